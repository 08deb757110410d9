"""Shapes of a table are compared by the files they came from, else by what the table keeps, which is told."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.retrieval.compared import ComparedShapes, evidence_of
from pointrecon.shapes import import_shapes, open_table
from pointrecon.shapes.table.shape_table import ShapeTable

CUBE = np.array([[x, y, z] for x in (0.0, 4) for y in (0.0, 2) for z in (0.0, 1)])
SIDES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def write(path: Path, vertices: np.ndarray) -> None:
    lines = ["v " + " ".join(f"{x:.9g}" for x in v) for v in vertices] + [f"f {a} {b} {c}" for a, b, c in SIDES + 1]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def table(tmp_path: Path) -> ShapeTable:
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    skewed = CUBE.copy()
    skewed[7] += 1.0
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts/a.obj", skewed)
    write(tmp_path / "parts/b.obj", 25.4 * skewed @ (rotation * np.linalg.det(rotation)).T + 3)
    write(tmp_path / "parts/c.obj", CUBE)
    import_shapes(tmp_path / "parts", tmp_path / "t.npz", points=256, workers=1)
    return open_table(tmp_path / "t.npz")


def test_by_the_files(table: ShapeTable) -> None:
    found = evidence_of(table, "a", "b")
    assert (found.kind, found.scale, found.note) == ("rescaled", pytest.approx(25.4), "")
    shapes = ComparedShapes(table)
    assert shapes.evidence(0, 2).kind in ("variant", "similar")
    assert shapes.evidence(0, 0).kind == "identical"


def test_by_what_is_stored_where_a_file_changed(table: ShapeTable, tmp_path: Path) -> None:
    write(tmp_path / "parts/b.obj", CUBE + 1)
    found = evidence_of(open_table(tmp_path / "t.npz"), "a", "b")
    assert "by 256 stored points: the file itself is not there any more" in found.note
    assert found.scale == pytest.approx(25.4, rel=0.02)
    assert found.kind in ("remeshed", "similar")


def test_an_unknown_shape(table: ShapeTable) -> None:
    with pytest.raises(InputError, match="has no shape 'aa': did you mean 'a'"):
        evidence_of(table, "aa", "b")
