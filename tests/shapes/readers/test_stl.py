"""STL is told apart by what it holds; wrong counts and missing ends are told; damage is refused."""

import struct
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface, colors_at
from surfaces import area

# a tetrahedron with corners at 0 and 1: area 1.5 + sqrt(3) / 2
CORNERS = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], float)
TRIANGLES = CORNERS[[(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]]
AREA = 1.5 + 3**0.5 / 2
NORMALS = np.array([(0, 0, -1), (0, -1, 0), (-1, 0, 0), (3**-0.5,) * 3])


def binary(count: int = 4, head: bytes = b"made here", attributes: tuple[int, ...] = (0, 0, 0, 0)) -> bytes:
    rows = [struct.pack("<12fH", *n, *t.ravel(), a) for n, t, a in zip(NORMALS, TRIANGLES, attributes, strict=True)]
    return head.ljust(80, b"\0") + struct.pack("<I", count) + b"".join(rows)


def ascii_stl(name: str = "part") -> str:
    facets = ""
    for normal, triangle in zip(NORMALS, TRIANGLES, strict=True):
        corners = "".join("   vertex {:.6e} {:g} {:g}\n".format(*corner) for corner in triangle)
        facets += " facet normal {:g} {:g} {:g}\n  outer loop\n".format(*normal) + corners + "  endloop\n endfacet\n"
    return f"solid {name}\n{facets}endsolid {name}\n"


def read(folder: Path, content: bytes | str) -> Surface:
    path = folder / "a.stl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
    surface = read_file(SourceFile(path))
    assert isinstance(surface, Surface)
    return surface


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (binary(), ""),
        (binary(head=b"solid part"), ""),
        (binary(head=b"solid facet normal vertex 1 2 3\n facet\n"), ""),
        (binary() + binary()[:0], ""),
        (binary() + b"15 bytes behind", "15 bytes after the last triangle ignored"),
        (binary() + b"\0" * 512, "512 bytes after the last triangle ignored"),
        (binary() + b"Some words of a program that signs its files. " * 4, "184 bytes after the last triangle ignored"),
        (binary(0), "declares 0 triangles, holds 4"),
        (binary(1), "declares 1 triangle, holds 4"),
        (binary(3) + b"tail", "declares 3 triangles, holds 4; 4 bytes after the last triangle ignored"),
        (binary(5), "declares 5 triangles, holds 4: the file may be cut short"),
        (binary(2**32 - 1), "declares 4294967295 triangles, holds 4: the file may be cut short"),
    ],
)  # fmt: skip
def test_binary(tmp_path: Path, content: bytes, note: str) -> None:
    surface = read(tmp_path, content)
    assert abs(area(surface) - AREA) < 1e-6
    assert "; ".join(surface.notes) == note


def test_several_binary_files_in_one(tmp_path: Path) -> None:
    surface = read(tmp_path, binary() + binary(head=b"solid two"))
    assert abs(area(surface) - 2 * AREA) < 1e-6
    assert surface.notes == []


RED, GREEN, BLUE = 31 << 10, 31 << 5, 31  # as VisCAM and SolidView have them
PART = b"COLOR=" + bytes([9, 8, 7, 255])


@pytest.mark.parametrize(
    ("head", "attributes", "colors"),
    [
        (b"", (0, 0, 0, 0), None),
        (b"", (RED, 1, 2, 3), None),  # not marked as colors
        (b"", (RED | 1 << 15, GREEN | 1 << 15, BLUE | 1 << 15, 0), [[255, 0, 0], [0, 255, 0], [0, 0, 255], [128] * 3]),
        (b"x " + PART, (RED, GREEN, BLUE, 1 << 15), [[0, 0, 255], [0, 255, 0], [255, 0, 0], [9, 8, 7]]),
        (PART, (0, 0, 0, 0), [[9, 8, 7]] * 4),
    ],
)
def test_colors(tmp_path: Path, head: bytes, attributes: tuple, colors: list | None) -> None:
    found = colors_at(read(tmp_path, binary(4, head, attributes)), np.arange(4), np.full((4, 3), 1 / 3))
    assert (None if found is None else found.tolist()) == colors


TEXT = ascii_stl()


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace(" ", "\t"),
        "\n\n  " + TEXT.replace("\n", " \n\n"),
        ascii_stl(""),
        ascii_stl("vertex 1 2 3 facet"),
        ascii_stl("Tür facet normal"),
        "\ufeff" + TEXT,
        TEXT.replace("endsolid", "end solid").replace("endloop", "end loop").replace("endfacet", "end facet"),
        TEXT.replace("endloop", "").replace("endfacet", ""),
        TEXT.replace("outer loop", ""),
        TEXT.replace("normal 0 0 -1", "normal -nan(ind) 1.#QNAN 1,5"),
        TEXT + "\0" * 30,
        TEXT.replace("\n", " "),
        TEXT.replace("e+00", "D+00"),
    ],
)
def test_ascii(tmp_path: Path, content: str) -> None:
    encodings = ["utf-8" if content.startswith("\ufeff") else "latin-1", "utf-16"]
    for encoding in encodings:
        surface = read(tmp_path, content.encode(encoding))
        assert abs(area(surface) - AREA) < 1e-6
        assert surface.notes == []


@pytest.mark.parametrize(
    ("content", "times", "note"),
    [
        (TEXT + ascii_stl("two"), 2, ""),
        (TEXT.replace("endsolid part\n", "") + ascii_stl("two"), 2, "1 of 2 solids without 'endsolid'"),
        (TEXT.replace("endsolid part\n", ""), 1, "1 of 1 solid without 'endsolid'"),
        (TEXT.replace(" endfacet\nendsolid part\n", ""), 1, "1 of 1 solid without 'endsolid'"),
    ],
)
def test_solids_of_ascii(tmp_path: Path, content: str, times: int, note: str) -> None:
    surface = read(tmp_path, content)
    assert abs(area(surface) - times * AREA) < 1e-6
    assert bool(surface.notes) == bool(note)
    assert note in "".join(surface.notes)


def test_facets_of_other_sizes(tmp_path: Path) -> None:
    """Polygons are cut into triangles; what is no facet is counted."""
    vertex = "vertex {:g} {:g} 0\n"
    ring = "".join(vertex.format(x, y) for x, y in [(0, 0), (2, 0), (2, 2), (1, 0.5)])  # concave
    line = vertex.format(0, 0) * 2
    facets = "".join(f"facet normal 0 0 1\nouter loop\n{ring_}endloop\nendfacet\n" for ring_ in (ring, line, ring))
    surface = read(tmp_path, f"solid\n{facets}endsolid\n")
    assert abs(area(surface) - 2 * 1.5) < 1e-6
    assert surface.notes == ["1 facet of fewer than three corners left out"]


def test_what_is_cut_short_is_refused_or_told(tmp_path: Path) -> None:
    whole = binary()
    for size in range(0, len(whole), 3):
        try:
            notes = read(tmp_path, whole[:size] or b"x").notes
        except InputError as error:
            assert "cut short" in str(error) or size < 84 + 50  # noqa: PT017
        else:
            assert "cut short" in notes[0]
    for size in range(TEXT.index("vertex") + 9, len(TEXT) - len("endsolid part\n"), 3):
        try:
            notes = read(tmp_path, TEXT[:size]).notes
        except InputError as error:
            assert "cut short" in str(error)  # noqa: PT017
        else:
            assert "cut short" in notes[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (np.random.default_rng(0).bytes(5000), "is no STL: neither"),
        (np.random.default_rng(0).bytes(84 + 50 * 20), "is no STL: neither"),
        (b"PK\3\4" + b"\0" * 2000, "is no STL: neither"),
        (b"short", "is no STL: it is text"),
        (b"Dear reader,\nthis is a letter of facets.\n" * 50, "is no STL: it is text"),
        (b"solid a\nendsolid a\n", "is no STL: it is text without any corner"),
        (b"\0" * 84, "STL without triangles"),
        (TEXT.replace("1 0\n", "1,5 0\n"), "decimal points"),
        (TEXT.replace("1 0\n", "one 0\n"), "'one' stands where a number"),
        (TEXT.replace("   vertex 0.000000e+00 1 0\n", "   vertex 1 0\n"), "stands where a number"),
        (TEXT.replace("1 0\n", "1 0 7\n"), "more than three numbers"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull"),
    ],
)
def test_what_is_no_stl_is_refused(tmp_path: Path, content: bytes | str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert reason in str(caught.value)
