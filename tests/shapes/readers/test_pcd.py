"""PCD clouds: what headers say, in all their versions, and how damage is told."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile

XYZ = np.random.default_rng(1).random((9, 3)).astype(np.float32)
ROWS = "".join(" ".join(map(str, row)) + "\n" for row in XYZ.tolist())


def header(kind: str, fields: str = "x y z", **changed: str) -> str:
    count = len(fields.split())
    said = {"FIELDS": fields, "SIZE": "4 " * count, "TYPE": "F " * count, "COUNT": "1 " * count}
    said |= {"WIDTH": "9", "HEIGHT": "1", "POINTS": "9", **changed, "DATA": kind}
    return "# .PCD v0.7\n" + "".join(f"{name} {words}\n" for name, words in said.items() if words)


def read(tmp_path: Path, head: str, body: str | bytes) -> Cloud:
    (tmp_path / "a.pcd").write_bytes(head.encode("latin-1") + (body if isinstance(body, bytes) else body.encode()))
    cloud = read_file(SourceFile(tmp_path / "a.pcd"))
    assert isinstance(cloud, Cloud)
    return cloud


def test_numbers_in_ascii_keep_their_digits(tmp_path: Path) -> None:
    far = "".join(f"51234{i}.25 541234{i}.125 1{i}0.5\n" for i in range(9))
    cloud = read(tmp_path, header("ascii"), far)
    assert cloud.points[3].tolist() == [512343.25, 5412343.125, 130.5]


@pytest.mark.parametrize("packed", ["16711935", "2.34184089e-38"])
def test_a_color_that_was_lost_in_text_is_none(tmp_path: Path, packed: str) -> None:
    head = header("ascii", "x y z rgb")
    assert read(tmp_path, head, ROWS.replace("\n", " nan\n")).color is None
    cloud = read(tmp_path, head, ROWS.replace("\n", f" {packed}\n").replace(packed, "nan", 1))
    assert cloud.color is not None
    assert cloud.color[:2].tolist() == [[0, 0, 0], [255, 0, 255]]
    assert cloud.note == "1 points without a color are black"


def test_headers_of_all_versions(tmp_path: Path) -> None:
    for head in (
        header("ascii"),
        header("ascii", COUNT="", HEIGHT="", WIDTH=""),
        header("ascii", POINTS=""),
        header("ascii", TYPE="f f f", POINTS="9\n# made by Stück\nVIEWPOINT 0 0 0 1 0 0 0"),
        header("ascii").replace("FIELDS", "COLUMNS"),
    ):
        np.testing.assert_allclose(read(tmp_path, head, ROWS).points, XYZ)
        np.testing.assert_allclose(read(tmp_path, head.replace("ascii", "binary"), XYZ.tobytes()).points, XYZ)


def test_fields_before_padding_and_wide_ones(tmp_path: Path) -> None:
    kinds = [
        ("h", "<f4", (5,)),
        ("_", "u1", (3,)),
        ("z", "<f8"),
        ("y", "<i8"),
        ("x", "<u8"),
        ("r", "u1"),
        ("g", "u1"),
        ("b", "u1"),
    ]
    table = np.zeros(9, [(name, *kind) for name, *kind in kinds])
    for axis, name in enumerate("xyz"):
        table[name] = XYZ[:, axis] * 100
    table["r"], table["b"] = 1, [0, 1] * 4 + [0]
    head = header("binary", "h _ z y x r g b", SIZE="4 1 8 8 8 1 1 1", TYPE="F U F I U U U U", COUNT="5 3 1 1 1 1 1 1")
    cloud = read(tmp_path, head, table.tobytes())
    np.testing.assert_allclose(
        cloud.points, np.stack([np.floor(XYZ[:, 0] * 100), np.floor(XYZ[:, 1] * 100), table["z"]], 1)
    )
    np.testing.assert_array_equal(
        cloud.color, np.stack([table["r"], table["g"], table["b"]], 1)
    )  # bytes, dark ones too
    assert cloud.note == "column h left out"


def test_what_the_header_says_otherwise_is_told(tmp_path: Path) -> None:
    followed = "its header says 5 points by WIDTH and HEIGHT, 9 by POINTS, which was followed"
    assert read(tmp_path, header("ascii", WIDTH="5"), ROWS).note == followed
    assert read(tmp_path, header("ascii"), ROWS + "1 2 3\n").note == "1 points after the last point left out"
    assert read(tmp_path, header("binary"), XYZ.tobytes() + b"more").note == "4 bytes after the last point left out"


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        (header("ascii"), ROWS[: ROWS.rindex("\n", 0, -1) + 1], "cut short: it has 8 of the 9 points"),
        (header("binary"), XYZ.tobytes()[:-1], "cut short: it has 8 of the 9 points"),
        (header("ascii"), ROWS.replace("\n", " 7\n", 1), "line 10, .* has 4 columns, not 3"),
        (header("ascii", "x y z q"), ROWS, "line 10, .* has 3 columns, not 4"),
        (header("ascii", "x y z q", POINTS="6", WIDTH="6"), ROWS[:-1] + " " + ROWS, "columns, not 4"),
        (header("ascii"), ROWS + "end\n", "line 19, 'end', has 1 columns"),
        (header("ascii", "x y q"), ROWS, "has no columns x, y, z"),
        (header("zip"), ROWS, "no readable PCD"),
        (header("binary", SIZE="3 3 3"), XYZ.tobytes(), "no readable PCD"),
        (header("binary", POINTS="-9"), XYZ.tobytes(), "no readable PCD"),
        (header("binary", POINTS="99999999999999999999"), XYZ.tobytes(), "cut short"),
    ],
)
def test_damage_is_refused_with_counts(tmp_path: Path, head: str, body: str | bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(tmp_path, head, body)
