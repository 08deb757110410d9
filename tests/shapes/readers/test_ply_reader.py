"""PLY is read as its author meant it: any layout, polygons, strips, colors; damage is told with its reason."""

import struct
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface
from surfaces import area, middle_colors

CODES = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d"}
XYZ = [("float", "x"), ("float", "y"), ("float", "z")]
INDICES = ("list uchar int", "vertex_indices")
# a prism of 1 x 2 x 3: two triangles and three quads, area 2 * 1 + 3 + 6 + 3 * sqrt(5)
CORNERS = [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3), (1, 0, 3), (0, 2, 3)]
POLYGONS = [(0, 2, 1), (3, 4, 5), (0, 1, 4, 3), (0, 3, 5, 2), (1, 2, 5, 4)]
AREA = 2 + 3 + 6 + 3 * 5**0.5
TRIANGLES = [(p[0], p[i], p[i + 1]) for p in POLYGONS for i in range(1, len(p) - 1)]
QUADS = [p for p in POLYGONS if len(p) == 4]
Elements = list[tuple[str, list[tuple[str, str]], list[tuple]]]
KINDS = ["ascii", "binary_little_endian", "binary_big_endian"]


def ply(kind: str, elements: Elements, *, comments: str = "", end: str = "\n", counts: dict | None = None) -> bytes:
    """A PLY file; a tuple within a row is a list."""
    head, body = ["ply", f"format {kind} 1.0", *filter(None, [comments])], b""
    for name, properties, rows in elements:
        head += [f"element {name} {(counts or {}).get(name, len(rows))}", *(f"property {t} {n}" for t, n in properties)]
        for row in rows:
            if kind == "ascii":
                flat = [v for value in row for v in ((len(value), *value) if isinstance(value, tuple) else (value,))]
                body += (" ".join(map(str, flat)) + end).encode()
                continue
            order = "<" if "little" in kind else ">"
            for (kinds, _), value in zip(properties, row, strict=True):
                if isinstance(value, tuple):
                    _, length, each = kinds.split()
                    body += struct.pack(f"{order}{CODES[length]}{len(value)}{CODES[each]}", len(value), *value)
                else:
                    body += struct.pack(order + CODES[kinds], value)
    return (end.join([*head, "end_header"]) + end).encode() + body


def prism(faces: list = POLYGONS) -> Elements:
    return [("vertex", XYZ, CORNERS), ("face", [INDICES], [(face,) for face in faces])]


def read(folder: Path, content: bytes) -> Surface | Cloud:
    (folder / "a.ply").write_bytes(content)
    return read_file(SourceFile(folder / "a.ply"))


def mesh(folder: Path, content: bytes) -> Surface:
    surface = read(folder, content)
    assert isinstance(surface, Surface)
    return surface


def colors(surface: Surface) -> list[list[int]]:
    """Of the middle of each face."""
    found = middle_colors(surface)
    assert found is not None
    return [list(color) for color in found]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_polygons_of_all_kinds(tmp_path: Path, kind: str, end: str) -> None:
    for faces in (POLYGONS, TRIANGLES):
        surface = mesh(tmp_path, ply(kind, prism(faces), end=end))
        assert abs(area(surface) - AREA) < 1e-6
        assert surface.notes == []
    assert abs(area(mesh(tmp_path, ply(kind, prism(QUADS), end=end))) - (AREA - 2)) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_any_layout(tmp_path: Path, kind: str) -> None:
    """Elements in any order, properties around the list, types of any size, elements that nobody knows."""
    properties = [
        ("short", "flags"),
        ("list uchar float", "texcoord"),
        ("list ushort uint", "vertex_index"),
        ("double", "quality"),
    ]
    odd = [(7, (0.5,) * (n % 3), face, 1.5) for n, face in enumerate(POLYGONS)]
    same = [(7, (0.5, 0.25), face, 1.5) for face in TRIANGLES]
    vertex = [("uchar", "z"), ("float", "nx"), ("double", "x"), ("short", "y")]
    turned = [(z, 0.0, float(x), y) for x, y, z in CORNERS]
    extra: Elements = [("camera", [("float", "a"), ("list int double", "b")], [(1.0, (2.0, 3.0))])]
    extra += [("edge", [("int", "vertex1"), ("int", "vertex2")], [(0, 1), (1, 2)])]
    for rows in (odd, same):
        surface = mesh(tmp_path, ply(kind, [*extra, ("face", properties, rows), ("vertex", vertex, turned)]))
        assert abs(area(surface) - AREA) < 1e-6
        assert surface.notes == ["2 edges left out"]


@pytest.mark.parametrize("kind", KINDS)
def test_triangle_strips(tmp_path: Path, kind: str) -> None:
    """A strip begins anew at -1, turns every other triangle, and is sewn with corners that come twice."""
    flat = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 2, 0), (1, 2, 0)]
    strips = [((0, 1, 2, 3, -1, 2, 3, 4, 5),), ((0, 1, 2, 2, 3),)]
    surface = mesh(
        tmp_path, ply(kind, [("vertex", XYZ, flat), ("tristrips", [("list int int", "vertex_indices")], strips)])
    )
    t = surface.triangles
    assert len(t) == 5
    assert (np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0])[:, 2] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_colors_of_faces_follow_their_triangles(tmp_path: Path, kind: str) -> None:
    elements = prism()
    rgb = [("uchar", "red"), ("uchar", "green"), ("uchar", "blue")]
    rows = [(face, len(face), 0, 1) for face in POLYGONS]
    surface = mesh(tmp_path, ply(kind, [elements[0], ("face", [INDICES, *rgb], rows)]))
    assert colors(surface) == [[3, 0, 1]] * 2 + [[4, 0, 1]] * 6


def test_colors_of_materials(tmp_path: Path) -> None:
    names = [("uchar", f"diffuse_{color}") for color in ("red", "green", "blue")]
    rows = [(face, n % 3) for n, face in enumerate(POLYGONS)]
    elements: Elements = [prism()[0], ("material", names, [(1, 2, 3), (4, 5, 6)])]
    surface = mesh(tmp_path, ply(KINDS[1], [*elements, ("face", [INDICES, ("int", "material_index")], rows)]))
    assert colors(surface)[:4] == [[1, 2, 3], [4, 5, 6], [128] * 3, [128] * 3]
    assert surface.notes == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("types", "names", "value", "color"),
    [
        ("uchar", "red green blue", (200, 100, 0), [200, 100, 0]),
        ("uchar", "r g b", (1, 0, 1), [1, 0, 1]),  # dark, not a fraction
        ("uchar", "diffuse_red diffuse_green diffuse_blue", (9, 8, 7), [9, 8, 7]),
        ("ushort", "Red Green Blue", (65535, 257, 0), [255, 1, 0]),
        ("int", "red green blue", (255, 1, 0), [255, 1, 0]),
        ("int", "red green blue", (1, 0, 0), [1, 0, 0]),
        ("float", "red green blue", (1.0, 0.2, 0.0), [255, 51, 0]),
        ("float", "red green blue", (255.0, 2.0, 0.0), [255, 2, 0]),
        ("float", "rgb", (float(0x0A0B0C),), [10, 11, 12]),
        ("float", "rgb", (np.uint32(0x0A0B0C).view(np.float32).item(),), [10, 11, 12]),
        ("uint", "rgba", (0xFF0A0B0C,), [10, 11, 12]),
        ("float", "f_dc_0 f_dc_1 f_dc_2", (1.0, 0.0, -9.0), [199, 128, 0]),
    ],
)
def test_colors_of_vertices(tmp_path: Path, kind: str, types: str, names: str, value: tuple, color: list) -> None:
    elements = prism()
    properties = [*XYZ, *((types, name) for name in names.split()), ("uchar", "alpha")]
    rows = [(*corner, *value, 3) for corner in CORNERS]
    assert colors(mesh(tmp_path, ply(kind, [("vertex", properties, rows), elements[1]])))[0] == color
    cloud = read(tmp_path, ply(kind, [("vertex", properties, rows)]))
    assert isinstance(cloud, Cloud)
    assert cloud.color is not None
    assert cloud.color[0].tolist() == color


@pytest.mark.parametrize("kind", KINDS)
def test_clouds(tmp_path: Path, kind: str) -> None:
    """Normals and parts are kept, points that a scanner marked invalid are dropped, places stay exact."""
    properties = [*((("double", name)) for name in "xyz"), *(("float", f"n{axis}") for axis in "xyz"), ("int", "label")]
    rows = [(500000.2 + i, 4000000.5, 1.0, 0.0, 3.0, 0.0, i % 2) for i in range(5)]
    cloud = read(tmp_path, ply(kind, [("vertex", properties, [*rows, (np.nan,) * 6 + (0,)]), ("face", [INDICES], [])]))
    assert isinstance(cloud, Cloud)
    assert cloud.points[0].tolist() == [500000.2, 4000000.5, 1.0]
    assert cloud.normals is not None
    assert cloud.normals[0].tolist() == [0, 1, 0]
    assert cloud.part is not None
    assert cloud.part.tolist() == [0, 1, 0, 1, 0]
    assert cloud.note == "1 invalid (NaN) points of the scan dropped"


def test_splats_are_told(tmp_path: Path) -> None:
    names = ["nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0"]
    rows = [(*corner, *[0.0] * 8) for corner in CORNERS]
    cloud = read(tmp_path, ply(KINDS[1], [("vertex", [*XYZ, *(("float", name) for name in names)], rows)]))
    assert isinstance(cloud, Cloud)
    assert cloud.note.startswith("Gaussian splats")
    assert cloud.normals is None
    assert cloud.color is not None
    assert cloud.color[0].tolist() == [128] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_counts_of_faces_are_read_and_told(tmp_path: Path, kind: str) -> None:
    surface = mesh(tmp_path, ply(kind, prism(), counts={"face": 6}))
    assert abs(area(surface) - AREA) < 1e-6
    assert surface.notes == ["declares 6 faces, holds 5"]
    surface = mesh(tmp_path, ply(kind, prism(), counts={"face": 3}))
    assert abs(area(surface) - AREA) < 1e-6
    assert surface.notes == ["declares 3 faces, holds 5"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    content = ply(kind, prism())
    body = len(content) - content.index(b"end_header") - 11
    for cut in range(1, body, 1 if kind == "ascii" else 5):
        short = content[: len(content) - cut]
        if kind == "ascii" and cut < 3:
            continue  # the line's end, or half of the last number: nobody can know
        try:
            notes = mesh(tmp_path, short).notes
        except InputError as error:
            assert "cut short" in str(error) or "does not hold" in str(error)  # noqa: PT017
        else:
            assert notes == ["declares 5 faces, holds 4"]
    with pytest.raises(InputError, match="cut short: 6 of 100 vertices"):
        read(tmp_path, ply(kind, prism()[:1], counts={"vertex": 100}))
    with pytest.raises(InputError, match=f"of {10**15} faces"):
        read(tmp_path, ply(kind, prism(), counts={"face": 10**15}))


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_is_told(tmp_path: Path, kind: str) -> None:
    surface = mesh(tmp_path, ply(kind, prism()) + (b"1 2 3" if kind == "ascii" else b"xyz"))
    assert abs(area(surface) - AREA) < 1e-6
    assert surface.notes == [f"3 {'numbers' if kind == 'ascii' else 'bytes'} after the last element ignored"]


def test_lines_of_ascii(tmp_path: Path) -> None:
    """Blank lines, wrapped rows, all in one line, columns that the header forgot: read; shifted rows are not."""
    content = ply("ascii", prism())
    head, body = content.split(b"end_header\n")
    head += b"end_header\n"
    for odd in (
        b"\n\n" + body.replace(b"\n", b"\n  \n\t"),
        body.replace(b"\n", b" "),
        body.replace(b"4 ", b"4\n"),
        body.replace(b"4 ", b"  4\t"),
    ):
        surface = mesh(tmp_path, head + odd)
        assert abs(area(surface) - AREA) < 1e-6
        assert surface.notes == []
    assert abs(area(mesh(tmp_path, content.decode().encode("utf-16"))) - AREA) < 1e-6
    assert abs(area(mesh(tmp_path, head.replace(b" ", b" \t ").replace(b"\n", b" \n\n") + body)) - AREA) < 1e-6
    lines = body.splitlines()
    more = b"\n".join([*(line + b" 255 0" for line in lines[:6]), *lines[6:]])
    surface = mesh(tmp_path, head + more)
    assert abs(area(surface) - AREA) < 1e-6
    assert "2 more in each row of 'vertex'" in surface.notes[0]
    with pytest.raises(InputError, match="row 2 of 'vertex' does not hold"):
        mesh(tmp_path, head + b"\n".join([lines[0], lines[1] + b" 1", *lines[2:]]))
    with pytest.raises(InputError, match="decimal points"):
        mesh(tmp_path, head + body.replace(b"1 0 0", b"1,5 0 0"))


def test_faces_that_make_no_sense_are_counted(tmp_path: Path) -> None:
    nan = (np.nan,) * 3
    elements: Elements = [
        ("vertex", XYZ, [*CORNERS, nan]),
        ("face", [INDICES], [(f,) for f in [*POLYGONS, (0, 99, 1), (0, 1), ()]]),
    ]
    for kind in KINDS:
        surface = mesh(tmp_path, ply(kind, elements))
        assert abs(area(surface) - AREA) < 1e-6
        assert surface.notes[0] == "2 faces of fewer than three corners left out"
        assert "1 of 9 faces left out" in surface.notes[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"solid no ply", "does not begin with 'ply'"),
        (b"ply\nformat ascii 1.0\n", "header has no end"),
        (b"ply\nelement vertex 1\nproperty float x\nend_header\n1\n", "tells no format"),
        (b"ply\nformat ascii 1.0\nelement vertex x\nend_header\n", "'element vertex x'"),
        (b"ply\nformat ascii 1.0\nelement vertex -1\nend_header\n", "'element vertex -1'"),
        (b"ply\nformat ascii 1.0\nproperty float x\nend_header\n", "'property float x'"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty quark x\nend_header\n1\n", "'property quark x'"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty list float int x\nend_header\n1\n", "list float int"),
        (b"ply\nformat ascii 1.0\nelement dust 1\nproperty int x\nend_header\n1\n", "it has: dust"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "no columns x, y, z"),
        (ply("ascii", [prism()[0], ("face", [("int", "a")], [(1,)])]), "no list vertex_indices"),
        (ply("ascii", prism([(0, 1), (1, 2)])), "none of its 2 faces has three corners"),
        (ply("ascii", [*prism(), *prism()]), "two elements 'vertex'"),
        (ply(KINDS[1], [("vertex", [("list char int", "a")], [((0, 1, 2),)])])[:-13] + b"\xff" * 13, "-1 values"),
    ],
)
def test_what_is_no_ply_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert reason in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("corners", [True, False])
def test_pictures_as_meshlab_names_them(tmp_path: Path, kind: str, corners: bool) -> None:
    """By coordinates of each face's corners or of vertices, counted from the lowest row; another for some faces."""
    image = pytest.importorskip("PIL.Image")
    for name, rows in (("a b.png", [[[255, 0, 0]] * 2, [[0, 255, 0]] * 2]), ("b.png", [[[0, 0, 255]]])):
        image.fromarray(np.array(rows, np.uint8)).save(tmp_path / name)
    square = [
        (0.0, 0.0, 0.0, 0.2, 0.0),
        (1.0, 0.0, 0.0, 0.8, 0.0),
        (1.0, 1.0, 0.0, 0.8, 0.4),
        (0.0, 1.0, 0.0, 0.2, 0.4),
    ]
    quad, uv = (0, 1, 2, 3), (0.2, 1.0, 0.8, 1.0, 0.8, 0.6, 0.2, 0.6)
    properties = [INDICES, ("int", "texnumber"), *([("list uchar float", "texcoord")] if corners else [])]
    rows_of_faces = [(quad, n, *([uv] if corners else [])) for n in (0, 1, -1)]
    elements: Elements = [
        ("vertex", [*XYZ, ("float", "s"), ("float", "t")], square),
        ("face", properties, rows_of_faces),
    ]
    comments = "comment TextureFile a b.png\ncomment TextureFile b.png"
    surface = mesh(tmp_path, ply(kind, elements, comments=comments))
    low, high = [0, 255, 0], [255, 0, 0]
    assert colors(surface) == [high if corners else low] * 2 + [[0, 0, 255]] * 2 + [[128] * 3] * 2
    assert surface.notes == []
    for missing, why in (("c.png", "not there"), ("../../c.png", "outside"), ("a.ply", "no picture")):
        surface = mesh(tmp_path, ply(kind, elements, comments=f"comment TextureFile {missing}"))
        assert why in surface.notes[0]
        assert surface.pieces[0].paint is None
    surface = mesh(tmp_path, ply(kind, prism(), comments="comment TextureFile b.png"))
    assert surface.notes == ["pictures left out: there are no texture coordinates"]


def test_faces_without_a_property(tmp_path: Path) -> None:
    header = b"ply\nformat binary_little_endian 1.0\nelement vertex 2\n" + b"".join(
        b"property float %c\n" % axis for axis in b"xyz"
    )
    found = read(tmp_path, header + b"element face 5\nend_header\n" + np.arange(6, dtype="<f4").tobytes() + b"left")
    assert isinstance(found, Cloud) or found.loose is not None
