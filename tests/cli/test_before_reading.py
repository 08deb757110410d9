"""What is wrong with a question is told before a folder is read for it, and before its shapes are embedded."""

import shlex
import shutil
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from labeled import TINY
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import create_model, save_model
from pointrecon.retrieval.asking import WEIGHTS
from pointrecon.retrieval.folder_table import open_collection
from pointrecon.retrieval.question import Question

pytest.importorskip("lancedb")
WRONG = (
    ("search @ --like sub/cc", "did you mean 'sub/c'"),
    ("search @ --like nowhere.step", "neither a file nor an id"),
    ("search @ --like a --not-like nothing", "neither a file nor an id"),
    ("search @ --like broken.stl", "broken.stl"),
    ("search @ --like a --not-like empty.ply", "empty.ply"),
    ("search @ --like bare.stl", "bare.stl"),
    ("search @ --like drawing.png", "is a picture, not a shape"),
    ("search @ --like a --where 'clas = 1'", "did you mean 'class'"),
    ("search @ --like a --where 'volume < '", "not understood"),
    ("search @ --like a --where \"volume < 'x'\"", "between a number and a text"),
    ("search @ --like a --size small", "give it in per cent"),
    ("search @ --words bolt --size 90-110", "around one shape, not none"),
    ("search @ --like a b --size 90-110", "around one shape, not 2"),
    ("search @ --like a --evidence some", "no evidence 'some'"),
    ("search @ --like a --weights words=1", "nothing of that to search by"),
    ("search @ --like a --above 80", "from 0 to 1"),
    ("search @ --like a --top 0", "at least 1"),
    ("search @ --like a --model nowhere", "no model 'nowhere'"),
    ("search @ --words ' '", "words to search by are empty"),
    ("search @ --words bolt --model mute", "cannot search by words"),
    ("search @ --picture nowhere.png", "no picture 'nowhere.png'"),
    ("search @ --picture names.txt", "give a PNG or JPEG"),
    ("duplicates @ --model nowhere", "no model 'nowhere'"),
    ("clusters @ --model nowhere", "no model 'nowhere'"),
    ("clusters @ --count 0", "0 clusters cannot be"),
    ("map @ --count -3", "-3 clusters cannot be"),
    ("map @ --seed -1", "the seed is -1"),
    ("name @ --names names.txt --seed -1", "the seed is -1"),
    ("shapes import @ -o x.npz --seed -1", "the seed is -1"),
    ("map @ --model nowhere", "no model 'nowhere'"),
    ("name @ --names names.txt --model mute", "without the text teacher"),
    ("name @ --names names.txt --templates none.txt", "none.txt"),
    ("name @ --names names.txt --temperature 0", "above 0"),
    ("name @ --names names.txt --split tests", "did you mean 'test'"),
    ("label @ --names names.txt --model mute", "without the text teacher"),
    ("label @ --names names.txt --templates 'no braces'", "no braces"),
    ("label @ --names names.txt --temperature -1", "above 0"),
    ("label @ --examples --split tests", "did you mean 'test'"),
    ("label @ --examples --vector view", "did you mean 'views'"),
    ("label @ --check --model nowhere", "no model 'nowhere'"),
    ("label @ --suggest 3 --vector view", "did you mean 'views'"),
    ("label @ --from nowhere.csv", "no file 'nowhere.csv'"),
    ("classify mute @ --temperature 0", "above 0"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with clouds, a model without words, names, and a table whose shapes are not embedded."""
    here = tmp_path_factory.mktemp("desk")
    for seed, name in enumerate(("a", "b", "sub/c")):
        (here / "parts" / name).parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(here / "parts" / f"{name}.xyz", np.random.default_rng(seed).normal(size=(20, 3)))
    (here / "names.txt").write_text("bolt\nnut\n")
    (here / "broken.stl").write_bytes(b"\0" * 80 + b"\x09\0\0\0cut")
    (here / "bare.stl").write_text("solid of no faces\nendsolid\n")
    for name in ("empty.ply", "drawing.png"):
        (here / name).touch()
    save_model(create_model("nano", seed=0, **TINY), here / "mute")
    open_collection(here / "parts", table=here / "read.lance", points=16, workers=1, progress=False)
    return here


@pytest.fixture
def at_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to work in, where nothing may be read and nothing embedded."""

    def forbidden(*given: object, **settings: object) -> NoReturn:
        pytest.fail("shapes were read or embedded first")

    monkeypatch.chdir(desk)
    monkeypatch.setattr("pointrecon.retrieval.folder_table.import_shapes", forbidden)
    monkeypatch.setattr("pointrecon.retrieval.embedding.embed", forbidden)
    monkeypatch.setattr("pointrecon.training.cloud_stream.CloudStream.__iter__", forbidden)
    return desk


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(shlex.split(line)) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(("line", "told"), WRONG)
def test_before_a_folder_is_read(line: str, told: str, at_desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in refused(line.replace("@", "parts"), capsys)
    assert not (at_desk / "parts.lance").exists()


@pytest.mark.parametrize(("line", "told"), [one for one in WRONG if one[0].startswith(("search", "name"))])
def test_before_a_table_is_embedded(line: str, told: str, at_desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in refused(line.replace("@", "read.lance"), capsys)


def test_what_may_be_a_shape_of_the_folder_passes(
    at_desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tmp_path / "parts"
    shutil.copytree(at_desk / "parts", parts)

    def put(*like: str) -> None:
        given = {name: list(like) if name == "like" else [] for name in WEIGHTS}
        question = Question.of(given, None, None, None, None, None, exact=False, evidence="copies")
        question.check_folder(parts, at_desk / "read.lance")

    put("a", "a.xyz", "sub/c", "c", "c.xyz", "sub/c.xyz", "a#lid", "c.xyz#lid~", str(at_desk / "parts" / "a.xyz"))
    (parts / "b.xyz").unlink()
    put("b")  # the table has it still
    np.savetxt(parts / "new.xyz", np.eye(3))
    put("new")  # it will have it
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "a", tmp_path / "rows.csv", parts / "rows.csv"):
        path.write_text("kind;rows\n")
    put("a", "rows.csv", "parts/rows.csv")  # an id, and what the table may know
    (parts / "rows.csv").unlink()
    with pytest.raises(InputError, match=r"rows\.csv"):
        put("rows.csv")


def test_a_file_of_the_folder_is_tried_as_it_will_be_imported(at_desk: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    shutil.copytree(at_desk / "parts", parts)
    np.savetxt(parts / "nine.txt", np.random.default_rng(0).normal(size=(20, 9)))
    shutil.copy(at_desk / "broken.stl", parts)

    def put(like: Path, **imports: object) -> None:
        given = {name: [like] if name == "like" else [] for name in WEIGHTS}
        question = Question.of(given, None, None, None, None, None, exact=False, evidence="copies")
        question.check_folder(parts, tmp_path / "none.lance", imports)

    shutil.copy(parts / "nine.txt", tmp_path)
    for place in (parts, tmp_path):
        put(place / "nine.txt", columns="x,y,z,_,_,_,_,_,_")
        with pytest.raises(InputError, match="nine"):
            put(place / "nine.txt")
    for place in (parts, at_desk):
        with pytest.raises(InputError, match=f"{place}/broken.stl"):
            put(place / "broken.stl")
