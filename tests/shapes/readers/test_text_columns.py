"""Columns of text clouds: colors, normals and labels are what their values show, and what is left out is said."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes import import_shapes, open_table
from pointrecon.shapes.readers.read import read_shape

RNG = np.random.default_rng(0)
XYZ = RNG.normal(size=(300, 3))
COLOR = RNG.integers(0, 256, (300, 3))
NORMALS = RNG.normal(size=(300, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)
LABEL = (XYZ[:, :1] > 0) + 2.0 * (XYZ[:, 1:2] > 0)
FLAT = np.array([[200, 0, 0], [0, 90, 10], [0, 0, 250], [255, 255, 255]])[LABEL[:, 0].astype(int)]  # colored by label
INTENSITY = RNG.random((300, 1))


def read(path: Path, *columns: np.ndarray, header: str = "") -> object:
    np.savetxt(path, np.hstack(columns), header=header, comments="", fmt="%.9g")
    return read_shape(path, 300)


def check(shape: object, color: np.ndarray | None, normals: bool, note: str) -> None:
    if color is None:
        assert shape.color is None  # type: ignore[attr-defined]
    else:
        np.testing.assert_array_equal(shape.color, color)  # type: ignore[attr-defined]
    assert (shape.normals is not None) == normals  # type: ignore[attr-defined]
    if normals:
        np.testing.assert_allclose(shape.normals, NORMALS, atol=1e-3)  # type: ignore[attr-defined]
    assert shape.part is None  # type: ignore[attr-defined]
    assert shape.note.startswith(note) if note else shape.note == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("columns", "color", "normals", "note"),
    [
        ((COLOR,), COLOR, False, ""),
        ((COLOR, NORMALS), COLOR, True, ""),
        ((NORMALS, COLOR), COLOR, True, ""),
        ((COLOR, LABEL), COLOR, False, "unnamed column 7 left out: to keep parts, name"),
        ((FLAT, LABEL), FLAT, False, "unnamed column 7 left out: to keep parts, name"),
        ((COLOR / 255, LABEL), COLOR, False, "unnamed column 7 left out"),
        ((NORMALS, LABEL), None, True, "unnamed column 7 left out: to keep parts, name"),
        ((COLOR, NORMALS, LABEL), COLOR, True, "unnamed column 10 left out: to keep"),
        ((LABEL, COLOR), COLOR, False, "unnamed column 4 left out: to keep"),
        ((LABEL, COLOR, NORMALS), COLOR, True, "unnamed column 4 left out: to keep"),
        ((COLOR, np.full((300, 1), 255)), COLOR, False, "unnamed column 7 left out"),
        ((INTENSITY, COLOR), COLOR, False, "unnamed column 4 left out"),
        ((COLOR[:, :1], COLOR), None, False, "unnamed columns 4, 5, 6, 7 left out"),  # which are the color?
        ((LABEL,), None, False, "unnamed column 4 left out"),
        ((RNG.random((300, 3)) * 9,), None, False, "unnamed columns 4, 5, 6 left out"),
    ],
)
def test_columns_without_names(
    tmp_path: Path, columns: tuple[np.ndarray, ...], color: np.ndarray | None, normals: bool, note: str
) -> None:
    check(read(tmp_path / "a.xyz", XYZ, *columns), color, normals, note)
    np.save(tmp_path / "a.npy", np.hstack([XYZ, *columns]))
    check(read_shape(tmp_path / "a.npy", 300), color, normals, note)


def test_intensity_comes_first_in_pts(tmp_path: Path) -> None:
    check(read(tmp_path / "a.pts", XYZ, COLOR[:, :1], COLOR, header="300"), COLOR, False, "unnamed column 4 left out")


@pytest.mark.parametrize("name", ["part", "label"])
def test_a_named_label_is_kept_as_part(tmp_path: Path, name: str) -> None:
    for order in ((FLAT, NORMALS, LABEL), (LABEL, FLAT, NORMALS)):
        names = {"FLAT": "r g b", "NORMALS": "nx ny nz", "LABEL": name}
        said = [names["LABEL" if one is LABEL else "FLAT" if one is FLAT else "NORMALS"] for one in order]
        shape = read(tmp_path / "a.txt", XYZ, *order, header=" ".join(["x y z", *said]))
        np.testing.assert_array_equal(shape.part, LABEL[:, 0])  # type: ignore[attr-defined]
        np.testing.assert_array_equal(shape.color, FLAT)  # type: ignore[attr-defined]
        assert shape.note == ""  # type: ignore[attr-defined]
    shape = read(tmp_path / "b.txt", XYZ, LABEL / 7, header=f"x y z {name}")
    assert (shape.part, shape.note[:10]) == (None, "column '" + name[:2])  # type: ignore[attr-defined]


def test_parts_of_files_reach_the_table(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    read(tmp_path / "f" / "a.txt", XYZ, np.minimum(LABEL, 1), header="x y z part")
    read(tmp_path / "f" / "b.txt", XYZ, LABEL, header="x y z part")
    read(tmp_path / "f" / "c.txt", XYZ)
    import_shapes(tmp_path / "f", tmp_path / "t.npz", points=300, workers=1)
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.meta.part_names == ["part 0", "part 1", "part 2", "part 3"]
    assert arrays.part is not None
    np.testing.assert_array_equal(arrays.part[1], LABEL[:, 0])
    assert (arrays.part[2] == -1).all()


def test_the_user_names_the_columns(tmp_path: Path) -> None:
    values = np.hstack([LABEL, NORMALS * 3, COLOR, XYZ])
    (tmp_path / "f").mkdir()
    np.savetxt(tmp_path / "f" / "a.txt", values, fmt="%.9g")
    np.save(tmp_path / "f" / "b.npy", values)
    np.savetxt(tmp_path / "f" / "short.txt", XYZ)
    columns = "part,-,_,-,r,g,b,x,y,z"
    report = import_shapes(tmp_path / "f", tmp_path / "t.npz", points=300, workers=1, columns=columns)
    assert [(file, "has 3 columns, --columns names 10" in why) for file, why in report.skipped] == [("short.txt", True)]
    table = open_table(tmp_path / "t.npz")
    assert table.meta.imported["columns"] == columns.split(",")
    shapes, center = table.load(), XYZ - XYZ.mean(0)
    assert shapes.color is not None
    assert shapes.part is not None
    for color, part, points in zip(shapes.color, shapes.part, shapes.points, strict=True):
        np.testing.assert_array_equal(color, COLOR)
        np.testing.assert_array_equal(part, LABEL[:, 0])
        np.testing.assert_allclose(points, center / np.linalg.norm(center, axis=1).max(), atol=1e-3)


@pytest.mark.parametrize("columns", ["", "x,y", "x,y,z,z", "r,g,b", ["x", "y", "-"]])
def test_columns_that_name_no_coordinates_are_refused(tmp_path: Path, columns: str | list[str]) -> None:
    np.save(tmp_path / "a.npy", XYZ)
    with pytest.raises(InputError, match="should name x, y and z once"):
        import_shapes(tmp_path, tmp_path / "t.npz", columns=columns)
