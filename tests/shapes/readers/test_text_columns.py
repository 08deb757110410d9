"""Columns of text clouds: colors, normals and labels are what their values show, and what is left out is said."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes import import_shapes, open_table
from pointrecon.shapes.readers.read import read_file, read_shape
from pointrecon.shapes.readers.source_file import SourceFile

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


@pytest.mark.parametrize("start", [0.0, 1.6e9])
def test_a_clock_in_the_first_column_is_no_coordinate(tmp_path: Path, start: float) -> None:
    times = start + np.cumsum(0.1 + 0.02 * RNG.random((300, 1)), axis=0)
    np.savetxt(tmp_path / "a.txt", np.hstack([times, XYZ]), fmt="%.3f")
    with pytest.raises(InputError, match="which are x, y, z cannot be told"):
        read_shape(tmp_path / "a.txt", 300)
    by_x = XYZ[np.argsort(XYZ[:, 0])]
    read(tmp_path / "a.txt", by_x, INTENSITY)


def test_heights_over_a_grid_with_normals(tmp_path: Path) -> None:
    grid = np.stack([np.arange(300) % 20, np.arange(300) // 20], 1)
    check(read(tmp_path / "a.txt", grid, INTENSITY, NORMALS), None, True, "columns without names taken as x, y, z, nx")
    with pytest.raises(InputError, match="which are x, y, z cannot be told"):
        read(tmp_path / "a.txt", grid, XYZ, NORMALS)


def test_colors_by_german_and_french_names(tmp_path: Path) -> None:
    for header in ("X Y Z Rot Grün Blau", "x y z rouge vert bleu"):
        (tmp_path / "a.txt").write_text(header + "\n1.5 2 3 9 8 7\n4 5 6 3 2 200\n", "utf-8")
        assert read_file(SourceFile(tmp_path / "a.txt")).color.tolist() == [[9, 8, 7], [3, 2, 200]]  # type: ignore[union-attr]


LABELED = ": to keep parts, name the columns in a first line, such as 'x y z part', or with --columns"


@pytest.mark.parametrize(
    ("columns", "color", "normals", "taken"),
    [
        ((COLOR,), COLOR, False, "r, g, b"),
        ((COLOR, NORMALS), COLOR, True, "r, g, b, nx, ny, nz"),
        ((NORMALS, COLOR), COLOR, True, "nx, ny, nz, r, g, b"),
        ((COLOR, LABEL), COLOR, False, "r, g, b, _" + LABELED),
        ((COLOR, LABEL, LABEL), COLOR, False, "r, g, b, _, _" + LABELED),
        ((FLAT, LABEL), FLAT, False, "r, g, b, _" + LABELED),
        ((COLOR / 255, LABEL), COLOR, False, "r, g, b, _" + LABELED),
        ((NORMALS, LABEL), None, True, "nx, ny, nz, _" + LABELED),
        ((NORMALS, INTENSITY), None, True, "nx, ny, nz, _"),
        ((COLOR, NORMALS, LABEL), COLOR, True, "r, g, b, nx, ny, nz, _" + LABELED),
        ((LABEL, COLOR), COLOR, False, "_, r, g, b" + LABELED),
        ((LABEL, COLOR, NORMALS), COLOR, True, "_, r, g, b, nx, ny, nz" + LABELED),
        ((COLOR, np.full((300, 1), 255)), COLOR, False, "r, g, b, _"),
        ((COLOR, COLOR[:, :1]), COLOR, False, "r, g, b, _"),
        ((INTENSITY, COLOR), COLOR, False, "_, r, g, b"),
        ((COLOR[:, :1] * 8, COLOR), COLOR, False, "_, r, g, b"),  # one range for all three
        ((LABEL,), None, False, "_" + LABELED),
        ((INTENSITY, LABEL), None, False, "_, _" + LABELED),
    ],
)
def test_columns_without_names(
    tmp_path: Path, columns: tuple[np.ndarray, ...], color: np.ndarray | None, normals: bool, taken: str
) -> None:
    note = f"columns without names taken as x, y, z, {taken}"
    check(read(tmp_path / "a.xyz", XYZ, *columns), color, normals, note)
    np.save(tmp_path / "a.npy", np.hstack([XYZ, *columns]))
    check(read_shape(tmp_path / "a.npy", 300), color, normals, note)


COUNTED = np.arange(300)[:, None]


@pytest.mark.parametrize(
    "columns",
    [
        (XYZ, RNG.random((300, 3)) * 9),
        (XYZ, INTENSITY * 9, INTENSITY * 8, INTENSITY * 7, INTENSITY * 6),
        (XYZ, XYZ * 3, XYZ * 5),  # nine of which nobody knows
        (XYZ, COLOR, NORMALS, LABEL, INTENSITY),
        (COUNTED, XYZ),
        (COUNTED + 1, XYZ, LABEL),
        (LABEL, XYZ),
        (COUNTED // 20, COUNTED % 20, XYZ),
        (COLOR, XYZ),
        (NORMALS, XYZ * 9),
    ],
)
def test_columns_that_cannot_be_told_are_refused_with_the_remedy(
    tmp_path: Path, columns: tuple[np.ndarray, ...]
) -> None:
    with pytest.raises(InputError, match="cannot be told for sure: name them in a first line, or say --columns"):
        read(tmp_path / "a.txt", *columns)


def test_three_columns_need_no_words(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", XYZ).note == ""  # type: ignore[attr-defined]


def test_intensity_comes_first_in_pts(tmp_path: Path) -> None:
    shape = read(tmp_path / "a.pts", XYZ, COLOR[:, :1], COLOR, header="300")
    check(shape, COLOR, False, "columns without names taken as x, y, z, _, r, g, b")


def test_colors_of_0_and_1_are_told_apart_by_type_else_told(tmp_path: Path) -> None:
    dark = COLOR > 128
    np.save(tmp_path / "a.npy", np.hstack([np.floor(XYZ * 20 + 99), dark]).astype(np.uint8))
    np.testing.assert_array_equal(read_shape(tmp_path / "a.npy", 300).color, dark)
    shape = read(tmp_path / "b.txt", XYZ, dark, header="x y z r g b")
    np.testing.assert_array_equal(shape.color, dark * 255)  # type: ignore[attr-defined]
    assert shape.note == "colors are 0 and 1 only: taken as none and full, not as bytes"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ("x y z", "012"), ("Z,Y,X", "210"), ('"x";"y";"z"', "012"), ("//X Y Z", "012"), ("# x y z", "012"),
        ("% x y z", "012"), ("; x y z", "012"), ("# fields: z y x", "210"), ("x [m],y [m],z [m]", "012"),
        ("x [m] y [m] z [m]", "012"), ("X(mm) Y(mm) Z(mm)", "012"), ("x_m y_m z_m", "012"), ("x/m,y/m,z/m", "012"),
        ("Easting,Northing,Elevation", "012"), ("Northing (m),Easting (m),Height (m)", "102"), ("E N H", "012"),
        ("x y altitude", "012"), ('"Points:0","Points:1","Points:2"', "012"), ("Points_2 Points_1 Points_0", "210"),
        ("Points_m_XYZ:0,Points_m_XYZ:1,Points_m_XYZ:2", "012"), ("pos_x pos_y pos_z", "012"), ("px,py,pz", "012"),
        ("position.x,position.y,position.z", "012"), ("X_coord Y_coord Z_coord", "012"),
        ("coordX coordY coordZ", "012"),
        ("X coordinate,Y coordinate,Z coordinate", "012"), ("Position[0] Position[1] Position[2]", "012"),
    ],
)  # fmt: skip
def test_coordinates_by_name(tmp_path: Path, names: str, order: str) -> None:
    separator = next((sign for sign in ",;" if sign in names[1:]), " ")
    columns = np.empty_like(XYZ)
    for place, axis in enumerate(order):
        columns[:, place] = XYZ[:, int(axis)]
    np.savetxt(tmp_path / "a.txt", columns, delimiter=separator, header=names, comments="")
    cloud = read_file(SourceFile(tmp_path / "a.txt"))
    np.testing.assert_allclose(cloud.points, XYZ)
    assert (cloud.note, cloud.color) == ("", None)


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ("x y z r g b nx ny nz id", "id"), ("X,Y,Z,Red,Green,Blue,Nx,Ny,Nz,class", "class"),
        ("x y z Rf Gf Bf NormalX NormalY NormalZ scalar", "scalar"), ("//X Y Z R G B Nx Ny Nz Intensity", "Intensity"),
        ("x y z diffuse_red diffuse_green diffuse_blue normal_x normal_y normal_z q", "q"),
        ("x,y,z,RGB:0,RGB:1,RGB:2,Normals:0,Normals:1,Normals:2,t", "t"),
    ],
)  # fmt: skip
def test_colors_and_normals_by_name_and_the_rest_is_named(tmp_path: Path, names: str, left: str) -> None:
    np.savetxt(tmp_path / "a.txt", np.hstack([XYZ, COLOR, NORMALS, INTENSITY]), delimiter="," if "," in names else " ",
               header=names, comments="")  # fmt: skip
    check(read_shape(tmp_path / "a.txt", 300), COLOR, True, f"column {left} left out")


@pytest.mark.parametrize(
    "names", ["a,b,c", "lat,lon,alt", "# lat lon alt", "x,y,x", "x (m),y (m),z (mm)", "x1,y1,z1", "u v w", "r,g,b"]
)
def test_names_that_are_no_coordinates_are_refused(tmp_path: Path, names: str) -> None:
    separator = "," if "," in names else " "
    np.savetxt(tmp_path / "a.txt", XYZ, delimiter=separator, header=names, comments="")
    with pytest.raises(InputError, match="has no columns x, y, z, each once and in one unit"):
        read_shape(tmp_path / "a.txt", 300)
    shape = read_shape(tmp_path / "a.txt", 300, columns=("z", "y", "x"))  # which the user can say
    size = np.ptp(shape.points.astype(float), axis=0) / np.ptp(XYZ[:, ::-1], axis=0)
    np.testing.assert_allclose(size, size[0], rtol=1e-2)


def test_a_packed_color(tmp_path: Path) -> None:
    packed = (COLOR[:, 0] << 16 | COLOR[:, 1] << 8 | COLOR[:, 2])[:, None]
    bits = packed.astype(np.uint32).view(np.float32).astype(np.float64)
    for number, values in enumerate((packed.astype(np.float64), bits)):
        path = tmp_path / f"{number}.txt"
        np.savetxt(path, np.hstack([XYZ, values]), header="x y z rgb", comments="", fmt="%.12g")
        check(read_shape(path, 300), COLOR, False, "")


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
    columns = "part,_,-,_,r,g,b,x,y,z"
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
