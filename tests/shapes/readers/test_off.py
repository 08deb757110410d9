"""OFF in every variant: what the header declares is read as such, a file cut short is refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface
from surfaces import area, middle_colors

# a box of 2 x 1 x 0.5: area 7
CORNERS = [(x, y, z) for z in (0, 0.5) for y in (0, 1) for x in (0, 2)]
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


def _off(head: str = "OFF\n8 6 12\n", behind: str = "", faces: str = "") -> str:
    lines = [f"{x} {y} {z}{behind}\n" for x, y, z in CORNERS]
    return head + "".join(lines) + "".join("4 {} {} {} {}{faces}\n".format(*quad, faces=faces) for quad in QUADS)


def _read(folder: Path, text: str | bytes) -> Surface:
    path = folder / "shape.off"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    shape = read_file(SourceFile(path))
    assert isinstance(shape, Surface)
    return shape


def _binary(
    order: str = ">", head: bytes = b"OFF BINARY\n", behind: tuple[float, ...] = (), shade: bool = False
) -> bytes:
    parts = [head, struct.pack(f"{order}3i", 8, 6, 0)]
    parts += [struct.pack(f"{order}{3 + len(behind)}f", *corner, *behind) for corner in CORNERS]
    for quad in QUADS:
        parts.append(struct.pack(f"{order}6i", 4, *quad, 3 if shade else 0))
        parts += [struct.pack(f"{order}3f", 1, 0, 0)] if shade else []
    return b"".join(parts)


SOUND = {
    "plain": _off(),
    "glued": _off("OFF8 6 12\n"),
    "same line": _off("OFF 8 6 12\n"),
    "lower case": _off("off\n8 6 12\n"),
    "mixed case": _off("Off 8 6 12\n"),
    "no header": _off("8 6 12\n"),
    "two counts": _off("OFF\n8 6\n"),
    "counts on lines": _off("OFF\n8\n6\n12\n"),
    "blank lines": _off("\n\nOFF\n\n8 6 12\n\n").replace("\n", "\n \n"),
    "comments": "# a box\n" + _off("OFF # made\n# by hand\n8 6 12 # 9 9\n").replace("2 1 0.5", "2 1 0.5 # last"),
    "CR LF": _off().replace("\n", "\r\n"),
    "CR": _off().replace("\n", "\r"),
    "tabs and indents": _off().replace(" ", "\t ").replace("\n", "\n  "),
    "UTF-8 mark": b"\xef\xbb\xbf" + _off().encode(),
    "UTF-16": _off().encode("utf-16"),
    "UTF-16 without mark": _off().encode("utf-16-le"),
    "UTF-16 without mark, big-endian": _off().encode("utf-16-be"),
    "no last line end": _off()[:-1],
    "on one line": "OFF\n8 6 12\n" + _off("").replace("\n", " "),
    "a number a line": _off().replace(" ", "\n"),
    "all on one line": _off().replace("\n", " "),
    "normals": _off("NOFF\n8 6 12\n", " 0 0 1"),
    "texture": _off("STOFF\n8 6 12\n", " 0.5 0.5"),
    "divisor": _off("4OFF\n8 6 12\n", " 1"),
    "all": _off("STCN4OFF\n8 6 12\n", " 1 0 0 1 255 0 0 255 0.5 0.5"),
    "dimensions": _off("nOFF\n3\n8 6 12\n"),
    "dimensions, divisor": _off("4nOFF 3\n8 6 12\n", " 1.0"),
    "colors on one line": "COFF\n8 6 12\n" + _off("", " 255 0 0 255").replace("\n", " "),
    "short colors on one line": "COFF\n8 6 12\n" + _off("", " 255 0 0").replace("\n", " "),
    "lower normals": _off("noff\n8 6 12\n", " 0 0 1"),
    "binary": _binary(),
    "binary, other order": _binary("<"),
    "binary, normals": _binary(head=b"NOFF BINARY\r\n", behind=(0, 0, 1)),
    "binary, colored": _binary(shade=True),
}


@pytest.mark.parametrize("name", SOUND)
def test_every_spelling_of_a_box_is_the_box(tmp_path: Path, name: str) -> None:
    surface = _read(tmp_path, SOUND[name])
    assert area(surface) == pytest.approx(7.0)
    assert np.ptp(surface.triangles.reshape(-1, 3), axis=0).tolist() == [2, 1, 0.5]
    assert surface.notes == []


def test_a_divisor_divides_and_flat_places_lie_at_zero(tmp_path: Path) -> None:
    assert area(_read(tmp_path, _off("4OFF\n8 6 0\n", " 2"))) == pytest.approx(7 / 4)
    flat = _read(tmp_path, "nOFF\n2\n4 1 0\n0 0\n2 0\n2 1\n0 1\n4 0 1 2 3\n")
    assert flat.triangles[..., 2].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert area(flat) == pytest.approx(2)


RED = (255, 0, 0)


@pytest.mark.parametrize(
    ("head", "behind", "faces", "color"),
    [
        ("COFF", " 255 0 0 255", "", RED), ("COFF", " 255 0 0", "", RED), ("COFF", " 1.0 0 0 1.0", "", RED),
        ("CNOFF", " 0 0 1 1 0 0 1", "", RED), ("coff", " 1 0 0", "", RED),
        ("NCOFF", " 255 0 0 255 0 0.6 -0.8", "", RED), ("STCOFF", " 255 0 0 0 0.5 0.5", "", RED),
        ("OFF", "", " 255 0 0", RED), ("OFF", "", " 255 0 0 255", RED), ("OFF", "", " 1.0 0.0 0.0", RED),
        ("OFF", "", " 1 0 0 1", RED), ("OFF", "", "  0.2 0.4 0.6 0.5 # soft", (51, 102, 153)),
    ],
)  # fmt: skip
def test_colors_of_vertices_and_faces(
    tmp_path: Path, head: str, behind: str, faces: str, color: tuple[int, ...]
) -> None:
    surface = _read(tmp_path, _off(f"{head}\n8 6 0\n", behind, faces))
    assert middle_colors(surface) == [color] * 12
    assert surface.notes == []


def test_binary_colors(tmp_path: Path) -> None:
    assert middle_colors(_read(tmp_path, _binary(shade=True))) == [RED] * 12
    assert middle_colors(_read(tmp_path, _binary(head=b"COFF BINARY\n", behind=(1, 0, 0, 1)))) == [RED] * 12


def test_some_faces_have_colors_and_others_those_of_their_vertices(tmp_path: Path) -> None:
    lines = _off().splitlines()
    lines[-1] += " 0 0 255"
    assert middle_colors(_read(tmp_path, "\n".join(lines))) == [(128, 128, 128)] * 10 + [(0, 0, 255)] * 2
    lines = _off("COFF\n8 6 0\n", " 255 0 0 255").splitlines()
    lines[-1] += " 0 0 255"
    surface = _read(tmp_path, "\n".join(lines))
    assert middle_colors(surface) == [RED] * 10 + [(0, 0, 255)] * 2
    assert surface.notes == ["colors of vertices left out where faces have their own"]


TOLD = {
    "color map": (_off(faces=" 3"), "6 colors of faces left out: they are numbers of a color map"),
    "odd colors": (_off(faces=" 3 4"), "numbers after the corners of 6 faces left out"),
    "out of range": (_off("OFF\n8 7 0\n") + "3 0 1 99\n", "1 of 13 faces left out: they name vertices that are not"),
    "small": (_off("OFF\n8 8 0\n") + "2 0 1\n1 0\n", "2 faces of fewer than three corners left out"),
    "more behind": (_off() + "3 0 1 2\n", "4 numbers after the last face ignored"),
    "undeclared": (
        _off(behind=" 255 0 0"),
        "3 more numbers of each vertex than the header declares are read as colors",
    ),
    "no colors": (_off(behind=" 0 0 -1"), "3 more numbers of each vertex left out: they are no colors"),
    "declared, not there": (_off("NOFF\n8 6 0\n"), "fewer numbers than the header declares"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_left_out_is_told(tmp_path: Path, name: str) -> None:
    text, note = TOLD[name]
    surface = _read(tmp_path, text)
    assert area(surface) == pytest.approx(7.0)
    assert note in "; ".join(surface.notes)


def test_points_alone_keep_colors_and_normals(tmp_path: Path) -> None:
    lines = _off("CNOFF\n8 0 0\n", " 0 0 2 255 0 0 255").splitlines()[:10]
    cloud = _read(tmp_path, "\n".join(lines)).loose
    assert cloud is not None
    assert cloud.points.tolist() == [list(corner) for corner in CORNERS]
    assert cloud.color is not None
    assert cloud.color.tolist() == [list(RED)] * 8
    assert cloud.normals is not None
    assert cloud.normals.tolist() == [[0, 0, 1]] * 8


@pytest.mark.filterwarnings("error")
def test_normals_beyond_measure_are_none(tmp_path: Path) -> None:
    cloud = _read(tmp_path, "NOFF\n2 0 0\n0 0 0 1e300 0 0\n1 0 0 0 0 1\n").loose
    assert cloud is not None
    assert cloud.normals is not None
    assert cloud.normals.tolist() == [[0, 0, 0], [0, 0, 1]]


def test_concave_polygons_are_covered(tmp_path: Path) -> None:
    u = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
    text = "OFF 8 1 0\n" + "".join(f"{x} {y} 0\n" for x, y in u) + "8 0 1 2 3 4 5 6 7 0.5 0.5 0.5\n"
    surface = _read(tmp_path, text)
    assert area(surface) == pytest.approx(7.0)
    assert middle_colors(surface) == [(128, 128, 128)] * 6


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole = _off()
    for end in range(12, len(whole) - 2, 7):
        with pytest.raises(InputError, match="cut short|no readable OFF"):
            _read(tmp_path, whole[:end])
    with pytest.raises(InputError, match="cut short: 5 of 6 faces"):
        _read(tmp_path, "\n".join(whole.splitlines()[:-1]))
    with pytest.raises(InputError, match="cut short: 7 of 8 vertices"):
        _read(tmp_path, "\n".join(whole.splitlines()[:9]))
    content = _binary()
    for end in range(len(content) - 1, 20, -7):
        with pytest.raises(InputError, match="cut short"):
            _read(tmp_path, content[:end])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("this is no mesh", "does not begin with OFF"),
        ("OFF\n", "counts of vertices and faces are missing"),
        ("OFF\n-1 2 0\n", "counts of vertices and faces are missing"),
        ("OFF\ninf 2 0\n", "counts of vertices and faces are missing"),
        ("OFF\n1e300 2 0\n0 0 0\n", "counts of vertices|cut short"),
        ("OFF\n999999999999 9 0\n0 0 0\n", "cut short: 1 of 999999999999 vertices"),
        (_off().replace("0.5", "0,5"), "'0,5' stands where a number should be: write decimal points"),
        (_off().replace("4 0 2 3 1", "4 0 2.5 3 1"), "not whole"),
        (_off().replace("0.5", "nan"), "NaN or infinite"),
        ("nOFF\n5\n1 1 0\n0 0 0 0 0\n3 0 0 0\n", "has 5 dimensions"),
        ("OFF BINARY\n", "cut short"),
        (b"OFF BINARY\n" + b"\xff" * 64, "cut short"),
        ("OFF\n0 0 0\n", "empty mesh"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path: Path, text: str | bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        _read(tmp_path, text)
