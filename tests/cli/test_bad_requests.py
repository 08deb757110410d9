"""Each command of a collection given what is wrong: one sentence and status 2, before anything is made or lost."""

from pathlib import Path

import numpy as np
import pytest

from labeled import model_folder
from pointrecon.cli.main import main
from pointrecon.shapes import create_table
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta

THERE = ("there.csv", "there.html", "there.json", "there.png", "there.parquet")
# the data of each is @, and what it writes is the last word
COMMANDS = (
    "search @ --like 0000 --csv new.csv",
    "search @ --like 0000 --html new.html",
    "search @ --like 0000 -o new.json",
    "duplicates @ --csv new.csv",
    "duplicates @ -o new.html",
    "name @ --names names.txt -o new.csv",
    "label @ --names names.txt --dry-run -o new.csv",
    "label @ --export new.csv",
    "label @ --suggest 2 -o new.html",
    "label @ --check -o new.csv",
    "label @ --history -o new.csv",
    "classify model @ -o new.json",
    "map @ -o new.html",
    "clusters @ -o new.csv",
    "show 0000 --data @ -o new.png",
    "embed model @ --with neighbors --in-table false -o new.parquet",
    "shapes info @ --csv new.csv",
    "shapes export @ -o new",
    "shapes import @ --update -o new.npz",
)
DATA = ("nowhere", "junk.npz", "newer.npz", "bad.stl", "empty")  # what is no collection, each in its way
_ANSWERED = ("duplicates", "label @ --export", "label @ --history")  # of no shapes there is nothing to tell
MORE = (
    ("search t.npz --like zz --model model", "neither a file nor an id"),
    ("search t.npz --like bad.stl --model model", "no readable shape"),
    ("search t.npz --like ../../../etc/passwd --model model", "passwd"),
    ("search t.npz --like 0000 --model nowhere", "no model 'nowhere'"),
    ("search t.npz --like 0000 --csv a.html", "call it something.csv"),
    ("search t.npz --like 0000 --html a.csv", "call it something.html"),
    ("search t.npz --like 0000 -o a.txt", "call it something.csv or something.html or something.json"),
    ("search t.npz", "give a shape (--like), --words or a --picture"),
    ("shapes info t.npz --csv a.txt", "call it something.csv"),
    ("search t.npz --like 0000 --table x.lance", "a table already: leave --table out"),
    ("search t.npz --like 0000 --up z --prune", "a table already: leave --up, --prune out"),
    ("search t.npz --model model --like 0000 --where volume_<", "not understood"),
    ("search t.npz --model model --like 0000 --where __import__('os')", "'__import__' that is not there"),
    ("duplicates t.npz --top -1", "-1 groups cannot be shown"),
    ("duplicates t.npz --csv a.txt", "call it something.csv"),
    ("duplicates t.npz --kinds same", "did you mean 'same-file'"),
    ("name t.npz --names empty.txt", "has no names"),
    ("name t.npz --names bad.png", "UTF-8"),
    ("name t.npz --names twice.txt", "keep one of the two"),
    ("name t.npz --names empty", "no file 'empty' with names"),
    ("label t.npz --from bad.png", "has no column 'id'"),
    ("label t.npz --from there.csv", "has no column 'id'"),
    ("classify model t.npz", "no classifier"),
    ("map t.npz --names bad.png -o m.html", "bad.png"),
    ("show bad.png --model model -o s.png", "bad.png"),
    ("show zz --data t.npz --model model -o s.png", "has no shape 'zz'"),
    ("embed model t.npz -o v.npz --with map", "something.parquet"),
    ("shapes export t.npz -o . --overwrite", "it is no export"),
    ("shapes import empty -o t.npz --update", "not made by an import"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("requests")
    points = np.random.default_rng(0).normal(size=(4, 96, 3))
    arrays = ShapeArrays.from_points(points, label=np.arange(4) % 2, classes=["a", "b"])
    arrays.save(place / "t.npz")
    create_table(place / "none.npz", TableMeta())
    model_folder(place / "model")
    (place / "empty").mkdir()
    stored = dict(np.load(place / "t.npz"))
    meta = bytes(stored["pointrecon_meta"]).decode().replace('"version": 2', '"version": 99')
    np.savez(place / "newer.npz", **stored | {"pointrecon_meta": np.frombuffer(meta.encode(), np.uint8)})
    (place / "junk.npz").write_bytes(b"junk")
    (place / "bad.stl").write_bytes(b"solid")
    (place / "bad.png").write_bytes(b"\xff\xfe\x00\x81no picture")
    texts = {"names.txt": "bolt\nnut\n", "empty.txt": "# none\n", "twice.txt": "bolt\nnut | bolt\n"}
    for name, text in {**texts, **dict.fromkeys(THERE, "mine")}.items():
        (place / name).write_text(text)
    return place


@pytest.fixture
def folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made


def seen() -> set[str]:
    """The files and folders; hidden is what a search keeps for the next."""
    return {str(path) for path in Path().rglob("*") if not str(path).startswith(".")}


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    before = seen()
    status, said = main(words), capsys.readouterr()
    lines = said.err.splitlines()
    assert status == 2, words
    assert lines[-1].startswith("pointrecon: "), words
    assert not [line for line in lines[:-1] if line.startswith((" ", "Traceback"))], words
    assert seen() == before, words
    assert all(Path(name).read_text() == "mine" for name in THERE)
    return lines[-1]


@pytest.mark.parametrize("data", DATA)
def test_what_is_no_collection(data: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in COMMANDS:
        said = refused(words.replace("@", data).split(), capsys)
        assert data in said or "'model' is no classifier" in said, words


def test_an_empty_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in COMMANDS:
        if not words.startswith((*_ANSWERED, "shapes import", "shapes info", "classify")):
            assert "none.npz" in refused(words.replace("@", "none.npz").split(), capsys)


@pytest.mark.parametrize("words", COMMANDS)
def test_what_is_there_stays(words: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start, _, new = words.replace("@", "t.npz").rpartition(" ")
    there = new.replace("new", "there") if "." in new else "model"
    if new != "new.npz":
        assert f"'{there}' exists already" in refused([*start.split(), there], capsys)
    suffix = new.removeprefix("new")
    for wrong in (*(["empty"] if suffix else []), f"there.csv/x{suffix}"):  # a folder; in a file
        refused([*start.split(), wrong], capsys)


@pytest.mark.parametrize(("words", "says"), MORE)
def test_other_wrong_words(words: str, says: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in refused([word.replace("_<", " <") for word in words.split()], capsys)
