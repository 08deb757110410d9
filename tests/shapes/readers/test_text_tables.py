"""Text tables: whatever parts cells and comes before rows, the numbers are those meant, or a sentence says why."""

import re
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile

XYZ = np.random.default_rng(3).random((12, 3)).round(4) + 0.5
ROWS = [[str(value) for value in row] for row in XYZ.tolist()]
PLAIN = "".join(" ".join(row) + "\n" for row in ROWS)


def table(separator: str, head: str = "", before: str = "", after: str = "\n", comma: bool = False) -> str:
    text = "".join(before + separator.join(row) + after for row in ROWS)
    return head + (text.replace(".", ",") if comma else text)


def read(tmp_path: Path, text: str | bytes, name: str = "a.txt") -> Cloud:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    cloud = read_file(SourceFile(path))
    assert isinstance(cloud, Cloud)
    return cloud


ALIKE = {
    "tabs": table("\t"),
    "commas and blanks": table(" , "),
    "commas and tabs": table(",\t"),
    "semicolons": table(";", "x;y;z\n"),
    "decimal comma, semicolons": table(";", "X;Y;Z\n", comma=True),
    "decimal comma, blanks": table(" ", comma=True),
    "decimal comma, tabs": table("\t", "x\ty\tz\n", comma=True),
    "decimal comma, quoted": "x,y,z\n" + table('","', before='"', after='"\n').replace(".", ","),
    "quotes": '"x","y","z"\n' + "".join('"' + '","'.join(row) + '"\n' for row in ROWS),
    "brackets": table(", ", before="[", after="]\n"),
    "parentheses": table(", ", before="(", after="),\n"),
    "json": str(XYZ.tolist()),
    "json in lines": "[" + ",\n".join(str(row) for row in XYZ.tolist()) + "]\n",
    "numpy": str(XYZ),
    "fortran": re.sub(r"(\d)(?=[ \n])", r"\1D+00", PLAIN),
    "returns": PLAIN.replace("\n", "\r"),
    "windows": PLAIN.replace("\n", "\r\n"),
    "mark": "\ufeff" + table(",", "x,y,z\n"),
    "comments": "# a\n// b\n% c\n" + PLAIN.replace("\n", "\n# d\n\n// e\n", 3),
    "comments behind": table(" ", after="  // e\n"),
    "a title": "Point cloud export\n" + PLAIN,
    "a title and names": "Scan of today\n\nx y z\n" + PLAIN,
    "names among words": "# x y z in meters\n" + PLAIN,
    "names behind a word": table(" ", "# columns: x y z i\n", after=" 7\n"),
    "such a word among names": "X Scalar_field Y Z\n" + "".join(f"{x} 7 {y} {z}\n" for x, y, z in ROWS),
    "such a word as a name": "# Name X Y Z\n" + table(" ", before="p "),
    "names behind a word, none behind": "# Format x y z\n" + PLAIN,
    "the end of a DOS text": PLAIN + "\x1a",
    "German names": "Punkt;Rechtswert;Höhe;Hochwert\n" + "".join(f"7;{x};{z};{y}\n" for x, y, z in ROWS),
    "German names, more": table(";", "Ost;Nord;Hoehe\n", comma=True),
    "German names with a word": table(";", "X-Koordinate;Y-Koordinate;Z-Koordinate\n"),
    "a list of what it is": "date = today\nunit : mm\n" + PLAIN,
    "French names": table(";", "Est;Nord;Altitude\n", comma=True),
    "units below names": table(",", "x,y,z\n[m],[m],[m]\n"),
    "count": "12\n" + PLAIN,
    "names and count": "//X Y Z\n12\n" + PLAIN,
    "count and columns": "12 3\n" + PLAIN,
    "landmarks": "version: 1\nn_points: 12\n{\n" + PLAIN + "}\n",
    "two scans": "5\n" + "".join(" ".join(row) + "\n" + "7\n" * (i == 4) for i, row in enumerate(ROWS)),
    "commas at the end": table(",", after=",\n"),
    "empty columns": table(",", "x,y,z,r,g,b\n", after=",,,\n"),
    "unnamed empty columns": table(";", "x;y;z\n", after=";;\n"),
    "empty rows at the end": table(",", "x,y,z\n") + ",,\n,,\n",
    "pandas": ",x,y,z\n" + "".join(f"{i},{','.join(row)}\n" for i, row in enumerate(ROWS)),
    "pandas, tabs": "\tx\ty\tz\n" + "".join("\t".join([str(i), *row]) + "\n" for i, row in enumerate(ROWS)),
    "pandas, numbers as names": table(",", "0,1,2\n"),
    "names that tools make up": table(",", "V1,V2,V3\n"),
    "pandas, numbers and an index": ",0,1,2\n" + "".join(f"{i},{','.join(row)}\n" for i, row in enumerate(ROWS)),
    "R": '"x" "y" "z"\n' + "".join(f'"{i + 1}" {" ".join(row)}\n' for i, row in enumerate(ROWS)),
    "text behind": table(",", "x,y,z,kind\n", after=",a chair\n"),
    "text first": table(",", "kind,x,y,z\n", before="chair,"),
    "text in quotes": table(",", "kind,x,y,z\n", before='"chair, big",'),
    "time": table(",", "time,x,y,z\n", before="2024-01-01 10:00:00,"),
    "missing elsewhere": table(",", "x,y,z,q\n", after=",NA\n"),
    "no numbers": PLAIN + "nan nan nan\n-1.#IND -1.#IND -1.#IND\n",
    "two bytes a letter": table(",", "x,y,z\n").encode("utf-16"),
    "one byte a letter": ("# Stück\n" + PLAIN).encode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ALIKE)
def test_the_same_points(tmp_path: Path, kind: str) -> None:
    np.testing.assert_allclose(read(tmp_path, ALIKE[kind]).points, XYZ, err_msg=kind)


@pytest.mark.parametrize(("separator", "comma"), [(";", True), (" ", True), ("\t", True), (", ", False)])
def test_whole_numbers_before_the_first_comma(tmp_path: Path, separator: str, comma: bool) -> None:
    first = "".join((";" if separator == ";" else " ").join([str(i)] * 3) + "\n" for i in range(200))
    np.testing.assert_allclose(read(tmp_path, first + table(separator, comma=comma)).points[-12:], XYZ)


REFUSED = {
    "a molecule": ("12\nwater\n" + table(" ", before="O "), "a molecule .* elements such as O"),
    "an OBJ file": (table(" ", before="v "), "another format by its first word, .v."),
    "an OBJ file with more": ("o a\n" + table(" ", before="v "), "another format by its rows"),
    "an OFF file": ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "another format by its first word, 'OFF'"),
    "a PCD file": ("# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\n" + PLAIN, "another format by its first word"),
    "a VTK file": ("# vtk DataFile Version 3.0\na\nASCII\nPOINTS 12 float\n" + PLAIN, "its first word, 'DataFile'"),
    "names in two places": ("# point x y z i\n" + PLAIN.replace("\n", " 7\n"), "names 5 columns .* its rows have 4"),
    "text first": (table(" ", before="chair "), "has text among its first columns"),
    "text for a coordinate": (table(",", "x,y,z\n") + "1,2,chair\n", "line 14 holds 'chair'"),
    "thousands": ("1,234.5 2,345.5 3.5\n" * 3, "1,234.5, whose comma"),
    "thousands or not": ("1,234 22,345 3\n" * 3, "1,234, whose comma"),
    "thousands by points": ("1.234,5;2.345,5;3,5\n" * 3, "1.234,5, whose comma"),
    "both signs": ("1,5 2.5 3,5\n" * 3, "1,5, whose comma"),
    "commas beside semicolons": ("1.5,2.5;3.5\n" * 3, "commas and semicolons"),
    "a last line": (PLAIN + "END\n", "line 13, 'END', has 1 columns, not 3"),
    "a short row": (PLAIN + "1 2\n", "line 13, '1 2', has 2 columns, not 3"),
    "a short row, behind text": (table(",", "n,x,y,z\n", before="a,") + "1,2,3\n", "line 14, '1,2,3', has 3 columns"),
    "blanks in a text": (table(" ", "kind x y z\n", before="chair ") + "big " + PLAIN, "has 4 columns|has 3 columns"),
    "a missing number": (table(",", "x,y,z\n") + ",1,2\n", "NaN or infinite coordinates .1 points"),
    "infinite": (PLAIN + "inf 0 0\n", "NaN or infinite coordinates .1 points"),
    "cut short": ("13\n" + PLAIN, "cut short: it has 12 of the 13 points"),
    "scans cut short": ("5\n" + PLAIN + "8\n", "cut short: it has 12 of the 13 points"),
    "other names than columns": (table(",", "z,y,x,r\n", after=",1,2\n"), "names 4 columns .z, y, x, r., its rows"),
    "two columns": ("1.5 2.5\n" * 4, "has 2 columns of numbers"),
    "points in columns": (" ".join(["1.5"] * 1500) + "\n", "has 1500 columns in a row"),
    "one long word": ("1" * 200_000 + "x\n" + "-" * 200_000 + "\n", "has no points"),
    "words": ("Hello\nthis is a readme\n", "has no points: it does not hold columns"),
    "commas everywhere": ("1,5, 2,5, 3,5\n" * 3, "commas as decimal signs and between columns"),
    "commas everywhere, no blanks": ("1,61,0,80,0,25\n1,07,2,5,3,5\n", "commas as decimal signs and between columns"),
    "commas everywhere, names": ("x,y,z\n1,61,0,80,0,25\n", "names 3 columns"),
    "a pose": ("1 0 0 5.5\n0 1 0 6.5\n0 0 1 7.5\n0 0 0 1\n", "holds a matrix of 4 rows"),
    "a camera": ("577.5 0 319.5\n0 577.5 239.5\n0 0 1\n", "holds a matrix of 3 rows"),
    "a grid": ("ncols 4\nnrows 2\n1 2 3 4\n5 6 7 8\n", "a grid of heights"),
    "names only": ("x,y,z\n", "has no points: it does not hold columns"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_with_the_true_reason(tmp_path: Path, kind: str) -> None:
    text, reason = REFUSED[kind]
    with pytest.raises(InputError, match=reason):
        read(tmp_path, text)


def test_what_is_told(tmp_path: Path) -> None:
    for text, note in (
        ("11\n" + PLAIN, "it says it has 11 points, all of its 12 are taken"),
        ("5\n" + PLAIN + "7\n", "2 scans joined"),
        (PLAIN + "nan nan nan\n", "1 invalid (NaN) points of the scan dropped"),
        (table(" ", after=" chair\n"), "a column of text left out"),
        (table(",", "x,y,z,r,g,b\n", after=",9,8,7\n") + "1,2,3,,,\n", "1 points without a color are black"),
    ):
        assert read(tmp_path, text).note == note


def test_a_minus_as_typesetters_have_it(tmp_path: Path) -> None:
    assert read(tmp_path, "1 2 3\n\u22121 2 3.5\n").points.tolist() == [[1, 2, 3], [-1, 2, 3.5]]


def test_whole_numbers_are_points_not_names(tmp_path: Path) -> None:
    assert read(tmp_path, "0 1 2\n3 4 5\n7 7 7\n").points.tolist() == [[0, 1, 2], [3, 4, 5], [7, 7, 7]]


def test_scans_of_a_ptx_file(tmp_path: Path) -> None:
    place = "0 0 0\n1 0 0\n0 1 0\n0 0 1\n"
    scans = ""
    for number, moved in enumerate(("0 0 1 0\n1 0 0 0\n0 1 0 0\n5 6 7 1\n", "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n")):
        scans += f"2\n7\n{place}{moved}" + "0 0 0 0.5 0 0 0\n" * 2 + table(" ", after=f" 0.5 {number} 0 255\n")
    for name in ("a.ptx", "a.pts"):
        cloud = read(tmp_path, scans, name)
        turned = XYZ[:, [1, 2, 0]] + [5, 6, 7]
        np.testing.assert_allclose(cloud.points, np.concatenate([turned, XYZ]))
        assert cloud.color is not None
        assert cloud.color.tolist() == [[0, 0, 255]] * 12 + [[1, 0, 255]] * 12
        assert cloud.note == "2 scans joined; left out: intensity; 4 invalid (NaN) points of the scan dropped"
    with pytest.raises(InputError, match="cut short"):
        read(tmp_path, scans[:-30], "a.ptx")
