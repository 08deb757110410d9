"""Ids and classes that would be markup, formulas or commands of a terminal, on each page, screen and CSV of a table."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from labeled import model_folder
from pointrecon.cli.main import main
from pointrecon.shapes.table.arrays import ShapeArrays

SCRIPT, FORMULA, SEQUENCE = "</script><script>alert(1)</script>", '=HYPERLINK("http://x")', "\x1b]0;owned\x07red"
UP = "../../evil"
TOLD = (
    ("search t.npz --like {id} --csv out.csv --html out.html", 2),
    ("duplicates t.npz --kinds same-file --csv out.csv --html out.html", 2),
    ("label t.npz --suggest 4 -o out.html", 1),
    ("label t.npz --suggest 4 -o out.csv", 1),
    ("label t.npz --check -o out.csv", 1),
    ("label t.npz --export out.csv", 1),
    ("clusters t.npz -o out.csv", 1),
    ("map t.npz --pictures 0 --layout pca -o out.html", 1),
    ("show {id} --data t.npz -o out.html", 1),
    ("shapes export t.npz -o out", 0),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    points = np.random.default_rng(0).normal(size=(12, 96, 3))
    points[9] = points[8]
    ids = [SCRIPT, FORMULA, SEQUENCE, UP, *(f"{name}{i}" for i in range(2) for name in (SCRIPT, FORMULA, SEQUENCE, UP))]
    label = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, -1, -1, -1])
    arrays = ShapeArrays.from_points(points, id=ids, label=label, classes=[SCRIPT, FORMULA, SEQUENCE], name=SCRIPT)
    arrays.source = np.array([f"{name}.stl" for name in ids])
    arrays.facts["hash"] = np.array([str(i // 2) * 64 for i in range(12)])
    arrays.save(place / "t.npz")
    model_folder(place / "model")
    return place


@pytest.mark.parametrize(("words", "files"), TOLD)
def test_names_are_text(
    words: str, files: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for name in ("out.csv", "out.html"):
        Path(name).unlink(missing_ok=True)
    before = set(folder.parent.rglob("*"))
    argv = [word.format(id=SCRIPT) for word in words.split()]
    model = [] if "export" in words else ["--model", "model"]
    assert main([*argv, *model]) == 0
    said = capsys.readouterr()
    assert not set("\x1b\x07") & set(said.out + said.err)
    made = [Path(name) for name in ("out.csv", "out.html") if Path(name).exists()]
    assert len(made) == files
    for path in made:
        text = path.read_text("utf-8")
        if path.suffix == ".csv":
            cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
            assert "'" + FORMULA in [cell[: len(FORMULA) + 1] for cell in cells]
            assert not [cell for cell in cells if cell.startswith("=")]
        else:
            assert "<script>alert" not in text
            assert not re.search(r"(src|href)=[\"']?http", text)
    if files == 0:
        assert {path.relative_to(folder).parts[0] for path in set(folder.parent.rglob("*")) - before} == {"out"}
        assert not list(folder.parent.parent.glob("*evil*"))
        assert "<script>" not in (folder / "out" / "README.md").read_text("utf-8")
