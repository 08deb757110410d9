"""``pointrecon duplicates`` on a folder: what is said and written of planted copies, and what is refused."""

import csv
import io
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from benchmarks.altered_meshes import mirrored, rescaled, subdivided, turned
from benchmarks.duplicates_speed import obj_text

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.retrieval.compared import ComparedShapes
from pointrecon.retrieval.folder_table import open_collection
from pointrecon.retrieval.found_duplicates import COLUMNS
from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.meshes import ball, box, prism

pytest.importorskip("lancedb")
PART = merge([box(4, 1, 2), place(box(1, 1, 0.5), (1.2, 1.1, 0.5)), place(box(0.4, 2, 0.3), (-1.5, 1.1, -0.8))])
PLATE = prism(np.array([(0.0, 0.0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)]) - (1, 0.7), 0.2)
VARIANT = merge([PART, place(box(0.4, 0.5, 0.4), (0, 1.1, 0.3))])


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted") / "parts"
    (folder / "old").mkdir(parents=True)
    meshes = {
        "=a": PART,
        "old/copy": PART,
        "turned": turned(*PART, 1),
        "mirrored": mirrored(*PART, 2),
        "inch": rescaled(*PART, 3, factor=1 / 25.4),
        "plate": PLATE,
        "subdivided": turned(*subdivided(*PLATE), 4),
        "<i>more": turned(*VARIANT, 5),
        "ball": ball(1.0, 0.7, 0.5),
    }
    for number, (name, mesh) in enumerate(meshes.items()):
        file = folder / f"{name}.obj"
        file.write_text(obj_text(*mesh))
        file.touch()
        os.utime(file, (10**9 + number, 10**9 + number))
    (folder / "broken.obj").write_text("v 1 2\nf 1 2 3\n")
    open_collection(folder, points=512, workers=1, progress=False)
    return folder


def test_a_folder_is_told_as_a_table_as_rows_and_as_a_page(
    parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    files = [str(tmp_path / "d.csv"), str(tmp_path / "d.html")]
    assert main(["duplicates", str(parts), "--poses", "given", "--csv", files[0], "--html", files[1]]) == 0
    told = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(Path(files[0]).read_text())))
    assert tuple(rows[0]) == COLUMNS
    assert {row["file"]: (row["proposal"], row["kind"]) for row in rows} == {
        "'=a.obj": ("keep", ""),
        "old/copy.obj": ("spare", "same-file"),
        "turned.obj": ("spare", "identical"),
        "mirrored.obj": ("look", "mirrored"),
        "inch.obj": ("look", "rescaled"),
        "<i>more.obj": ("look", "variant"),
        "subdivided.obj": ("keep", ""),  # the finest
        "plate.obj": ("spare", "remeshed"),
    }
    assert "mm to inch" in next(row["words"] for row in rows if row["kind"] == "rescaled")
    assert "9 shapes, 6 pairs compared: 1 same-file, 1 identical, 1 rescaled, 1 mirrored, 1 remeshed" in told
    assert "ball" not in told
    page = Path(files[1]).read_text()
    assert "&lt;i&gt;more.obj" in page
    assert "<i>more" not in page
    assert not re.search(r"(src|href)=[\"']?(http|//)", page)
    assert page.count("data:image/png") == 8
    assert main(["duplicates", str(parts), "--csv", files[0]]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_kinds_are_chosen_and_told_as_json(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["duplicates", str(parts), "--kinds", "identical,mirrored", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (group,) = told["groups"]
    assert [(row["file"], row["kind"]) for row in group] == [
        ("=a.obj", None), ("old/copy.obj", "identical"), ("turned.obj", "identical"), ("mirrored.obj", "mirrored")
    ]  # fmt: skip
    assert told["kinds"] == {"identical": 2, "mirrored": 1}
    assert np.linalg.det(group[3]["details"]["rotation"]) == pytest.approx(-1)
    file = str(tmp_path / "d.json")
    assert main(["duplicates", str(parts), "--kinds", "identical,mirrored", "-o", file]) == 0
    assert f"written to {file}" in capsys.readouterr().out
    assert json.loads(Path(file).read_text()) == told
    assert main(["duplicates", str(parts), "--kinds", "same-file,identical", "--top", "0"]) == 0
    assert "and 2 files more" in capsys.readouterr().out
    assert main(["duplicates", str(parts), "--min-similarity", "2"]) == 2
    assert "between -1 and 1" in capsys.readouterr().err
    assert main(["duplicates", str(parts), "--kinds", "identcal"]) == 2
    assert "did you mean 'identical'" in capsys.readouterr().err


def test_evidence_is_taken_once_and_a_damaged_journal_is_passed_over(
    parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds, taken = ["identical", "mirrored", "rescaled"], []
    look = ComparedShapes.of_numbers
    monkeypatch.setattr(ComparedShapes, "of_numbers", lambda *pair: taken.append(pair[1:]) or look(*pair))
    journal = parts.with_suffix(".lance") / "evidence.jsonl"
    journal.unlink(missing_ok=True)
    first = pointrecon.duplicates(parts, kinds=kinds, progress=False)
    assert len(taken) == first.compared > 0
    again = pointrecon.duplicates(parts, kinds=kinds, progress=False)
    assert len(taken) == first.compared
    assert again.summary() == first.summary()
    lines = journal.read_text().splitlines()
    other = json.dumps({**json.loads(lines[1]), "code": "another"})
    journal.write_text("\n".join(["{", "[]", "null", '{"a": 1}', lines[0], other, lines[2][:-9]]))
    third = pointrecon.duplicates(parts, kinds=kinds, progress=False)
    assert len(taken) == 2 * first.compared - 1
    assert third.summary() == first.summary()


def test_what_holds_no_duplicates_says_so(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    with pytest.raises(InputError):
        pointrecon.duplicates(folder, progress=False)
    for wrong, says in (
        *(({"kinds": kinds}, f"no kind of duplicates '{kinds}'") for kinds in (3, None)),
        ({"kinds": [None]}, "no kind of duplicates 'None'"),
        *(({"min_similarity": value}, f"the least similarity is {value}") for value in ("x", None)),
        *(
            ({"neighbors": value}, f"neighbors must be at least 1, a whole number, not {value}")
            for value in (2.5, None)
        ),
    ):
        with pytest.raises(InputError, match=says):
            pointrecon.duplicates(folder, progress=False, **wrong)
    (folder / "ball.obj").write_text(obj_text(*ball(1, 1, 1)))
    assert main(["duplicates", str(folder), "--csv", str(tmp_path / "d.csv")]) == 0
    assert (tmp_path / "d.csv").read_text().startswith("group,proposal,kind,id,")
    assert "1 shape, 0 pairs compared: no duplicates" in capsys.readouterr().out


def test_shapes_in_memory_are_compared_by_their_points() -> None:
    clouds = np.random.default_rng(0).normal(size=(3, 64, 3)) * (1, 2, 3)
    clouds[2] = turned(clouds[0], np.zeros((0, 3), int), 1)[0]
    found = pointrecon.duplicates(clouds, kinds=["identical", "remeshed"], progress=False)
    assert [(group.keep, [one.place for one in group.others]) for group in found.groups] == [(0, [2])]
    assert [tuple(row) for row in found.rows()] == [COLUMNS] * 2
