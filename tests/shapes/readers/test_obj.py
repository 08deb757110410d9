"""OBJ as people's programs write it: every face, where it belongs, in its color; what is left out is told."""

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
QUADS = [(1, 3, 4, 2), (5, 6, 8, 7), (1, 2, 6, 5), (3, 7, 8, 4), (1, 5, 7, 3), (2, 4, 8, 6)]
V = "".join(f"v {x} {y} {z}\n" for x, y, z in CORNERS)
F = "".join("f {} {} {} {}\n".format(*quad) for quad in QUADS)
BACK = "".join("f {} {} {} {}\n".format(*(corner - 9 for corner in quad)) for quad in QUADS)


def _read(folder: Path, text: str | bytes, root: Path | None = None) -> Surface:
    path = folder / "shape.obj"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    shape = read_file(SourceFile(path, root))
    assert isinstance(shape, Surface)
    return shape


SOUND = {
    "plain": V + F,
    "tabs": (V + F).replace(" ", "\t"),
    "indents and more blanks": "".join(f" \t{line}  \n" for line in (V + F).replace(" ", "  ").splitlines()),
    "UTF-8 mark": b"\xef\xbb\xbf" + (V + F).encode(),
    "UTF-16": (V + F).encode("utf-16"),
    "UTF-16 without mark": (V + F).encode("utf-16-le"),
    "UTF-16 without mark, big-endian": (V + F).encode("utf-16-be"),
    "Latin-1": "# Körper\n".encode("latin-1") + (V + F).encode(),
    "CR LF": (V + F).replace("\n", "\r\n"),
    "CR": (V + F).replace("\n", "\r"),
    "no last line end": (V + F)[:-1],
    "continued": V + F.replace(" ", " \\\n"),
    "continued, glued": V + "".join(f"f {a}\\\n {b} {c}\\\n {d}\n" for a, b, c, d in QUADS),
    "continued, blanks behind": (V + F).replace(" ", " \\ \t\n"),
    "continued, CR LF": (V + F).replace(" ", " \\\r\n"),
    "a comment is not continued": "# from C:\\shapes\\\n" + V + "# to C:\\\n" + F,
    "comments behind": "".join(f"{line} # 1 2 3\n" for line in (V + F).splitlines()),
    "exponents": V.replace("0.5", "5.E-1").replace(" 2 ", " +20e-1 ").replace(" 1 ", " 1.0E+000 ") + F,
    "weights": V.replace("\n", " 1.0\n") + F,
    "faces first": F + V,
    "from behind": V + BACK,
    "from behind, in blocks": V + BACK + V.replace("v 0", "v 0").replace("v 2", "v 2") + BACK,
    "all forms": "vt 0 0\nvn 0 0 1\n" + V + F.replace("f 1 3 4 2", "f 1/1 3//1 4/1/1 2/"),
    "normals from behind": "vt 0 0\nvn 0 0 1\n" + V + F.replace("f 1 3 4 2", "f 1/-1/-1 3//-1 4/-1 2"),
    "closed polygons": V + "".join("f {0} {1} {2} {3} {0}\n".format(*quad) for quad in QUADS),
    "triangles written as quads": V + "".join(f"f {a} {b} {c} {c}\nf {a} {c} {d} {d}\n" for a, b, c, d in QUADS),
    "NaN that no face uses": V + "v nan nan nan\nv 1.#QNAN 0 -1.#IND\n" + F,
    "groups": "o box\n" + V + "s off\ng side a\n" + F + "g\n",
    "corners as floats": V + "".join("f {:.3f} {:.0f}. {:.1f} {:f}\n".format(*quad) for quad in QUADS),
    "old faces": V + F.replace("f ", "fo "),
}


@pytest.mark.parametrize("name", SOUND)
def test_every_spelling_of_a_box_is_the_box(tmp_path: Path, name: str) -> None:
    surface = _read(tmp_path, SOUND[name])
    assert area(surface) == pytest.approx(14.0 if "blocks" in name else 7.0)
    assert np.ptp(surface.triangles.reshape(-1, 3), axis=0).tolist() == [2, 1, 0.5]
    assert surface.notes == []


TOLD = {
    "out of range": (V + "f 1 2 99\n" + F, "1 of 13 faces left out: they name vertices that are not there"),
    "before the first": (V + "f -1 -2 -9\n" + F, "1 of 13 faces left out: they name vertices that are not there"),
    "zero": (V + "f 0 1 2\n" + F, "1 of 13 faces left out: they name vertices that are not there"),
    "quad out of range": (V + "f 1 2 99 4\n" + F, "1 of 13 faces left out: they name vertices that are not there"),
    "small": (V + "f 1\nf 1 2\n" + F, "2 faces of fewer than three corners left out"),
    "letters": (V + "f a b c\nf 1-2 3 4\nf 1/- 2/+/ 3\n" + F, "3 faces left out: no numbers"),
    "halves": (V + "f 1.5 2 3\n" + F, "1 face left out: no numbers"),
    "lines": (V + F + "l 1 2 3\nl 2 3\np 1\n", "2 lines left out; 1 point element left out"),
    "free-form": (V + F + "cstype bspline\ndeg 3\ncurv 0 1 1 2 3\nend\n", "1 free-form shape left out"),
    "calls": ("call other.obj\n" + V + F, "1 call of another file left out"),
    "from zero": (V + F.translate(str.maketrans("12345678", "01234567")), "counts its vertices from 0, where OBJ"),
    "short, unused": (V + "v 1\n" + F, "1 of 9 vertices lack coordinates, no face uses them"),
    "weights": (V.replace("\n", " 0.3\n") + F, "the fourth number of vertices left out"),
    "decimal commas": ((V + F).replace(".", ","), "decimal commas read as points"),
    "cut short": ("#\n# Vertices: 8\n# Faces: 7\n" + V + F, "cut short? Its head tells faces: 7, but 6 are there"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_left_out_is_told(tmp_path: Path, name: str) -> None:
    text, note = TOLD[name]
    surface = _read(tmp_path, text)
    assert area(surface) == pytest.approx(7.0)
    assert note in "; ".join(surface.notes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v 0 0\nv 1 0\nv 0 1\nf 1 2 3\n", "3 of its 3 vertices lack coordinates"),
        ("v 0 0\nv 1 0\nv 0 1\n", "3 of its 3 vertices lack coordinates"),
        (V.replace("0.5", "half") + F, "'half' stands where a number should be"),
        (V.replace("0.5", "1.#QNAN") + F, "NaN or infinite"),
        (V + "f a b c\n", "none of its 1 face can be read"),
        (V + "f 11 12 13\n", "all its 1 face name vertices that are not there"),
        (F, "name vertices that are not there"),
        ("what is this\n", "empty mesh"),
        (b"v 0 0 0\n\0\0\0", "not text"),
        ((V + "v 0 0 1").encode("utf-16")[:-1], "stands where a number should be"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path: Path, text: str | bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        _read(tmp_path, text)


def test_concave_polygons_are_covered(tmp_path: Path) -> None:
    u = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
    surface = _read(tmp_path, "".join(f"v {x} {y} 0\n" for x, y in u) + "f 1 2 3 4 5 6 7 8\n")
    assert area(surface) == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("numbers", "color"),
    [
        ("1 0 0.2", (255, 0, 51)), ("255 0 51", (255, 0, 51)), ("1 0 0.2 1", (255, 0, 51)),
        ("1.0 0.5 0.2 0.1", (128, 51, 26)), ("65535 0 13107", (255, 0, 51)), ("0 0 -1", None),
    ],
)  # fmt: skip
def test_colors_of_vertices(tmp_path: Path, numbers: str, color: tuple[int, ...] | None) -> None:
    lines = V.replace("\n", f" {numbers}\n")
    surface = _read(tmp_path, lines + F)
    assert middle_colors(surface) == (None if color is None else [color] * 12)
    cloud = _read(tmp_path, lines).loose
    assert cloud is not None
    assert (None if cloud.color is None else tuple(cloud.color[0].tolist())) == color
    assert cloud.points.tolist() == [list(corner) for corner in CORNERS]


def test_points_alone_keep_their_normals_and_tell_what_else_was_there(tmp_path: Path) -> None:
    surface = _read(tmp_path, V.replace("v", "vn 0 0 2\nv") + "curv2 1 2 3\nl 1 2\n")
    assert surface.loose is not None
    assert surface.loose.normals is not None
    assert surface.loose.normals.tolist() == [[0, 0, 1]] * 8
    assert surface.notes == ["1 line left out", "1 free-form shape left out"]


MTL = "newmtl red\nKd 1 0 0\nnewmtl dark blue\n\tKd\t0 0 0.5\nnewmtl gray\nkd 0.2\nnewmtl curve\nKd spectral a.rfl\n"


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("a.mtl", "a.mtl"), ("my own.mtl", "my own.mtl"), ("none.mtl my own.mtl", "my own.mtl"), (".\\a.mtl", "a.mtl"),
        ("A.MTL", "a.mtl"), ("C:\\work\\a.mtl", "a.mtl"), ('"my own.mtl"', "my own.mtl"), ("sub/a.mtl", "sub/a.mtl"),
        ("a.mtl # made by hand", "a.mtl"),
    ],
)  # fmt: skip
def test_materials_color_their_faces(tmp_path: Path, library: str, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(MTL)
    lines = [*F.splitlines()]
    for at, material in ((5, "red"), (3, "gray"), (2, "dark  blue"), (1, "red")):
        lines.insert(at, f"usemtl {material}")
    surface = _read(tmp_path, f"mtllib {library}\n" + V + "\n".join(lines))
    want = [(128, 128, 128)] * 2 + [(255, 0, 0)] * 2 + [(0, 0, 128)] * 2 + [(51, 51, 51)] * 4 + [(255, 0, 0)] * 2
    assert middle_colors(surface) == want
    assert not any("materials" in note for note in surface.notes)


def test_materials_that_are_not_there_are_told_and_no_failure(tmp_path: Path) -> None:
    surface = _read(tmp_path, "mtllib lost.mtl\n" + V + "usemtl red\n" + F)
    assert middle_colors(surface) is None
    assert surface.notes == [
        "'lost.mtl', which it names, is not there", "without the colors of materials that are not there: red",
    ]  # fmt: skip
    assert _read(tmp_path, "mtllib lost.mtl\n" + V + F).notes == []
    (tmp_path / "a.mtl").write_bytes(b"\0\1\2")
    assert "not text" in _read(tmp_path, "mtllib a.mtl\n" + V + "usemtl red\n" + F).notes[0]
    for name in ("x" * 300, "a%00b", "ö" * 200, "a/" * 3000):
        assert "no file's name" in _read(tmp_path, f"mtllib {name}\n" + V + "usemtl red\n" + F).notes[0]


# one face over the picture's lower half, which is blue; the upper is red
PLATE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0.1 0.1\nvt 0.3 0.1\nvt 0.3 0.3\nmtllib a.mtl\nusemtl a\nf 1/1 2/2 3/3\n"


def _picture(path: Path, mode: str = "RGB") -> None:
    image = pytest.importorskip("PIL.Image")
    path.parent.mkdir(exist_ok=True)
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2, :, 0] = pixels[2:, :, 2] = 255
    picture = image.fromarray(pixels)
    picture = picture.quantize() if mode == "P" else picture.convert(mode)
    picture.save(path)


@pytest.mark.parametrize(
    ("said", "file"),
    [
        ("a.png", "a.png"), ("-s 1 1 1 -o 0 0 0 -clamp on -bm 0.2 a.png", "a.png"), ("./pics/a b.png", "pics/a b.png"),
        ("pics\\a b.png", "pics/a b.png"), ('"a.png"', "a.png"), ("D:\\render\\A.PNG", "a.png"),
        ("/home/me/pics/a.png", "a.png"), ("/home/me/Pics/a.png", "Pics/a.png"),
        ("-s 2 2 -t 0 a.png", "a.png"), ("-o 0 1.0 a.png", "a.png"),
        ("a.png -s 1 1 1", "a.png"), ("-mm 0 1 a.png", "a.png"),
        ("a%20b.png", "a b.png"), ("-imfchan r -cc off -texres 512 a.png", "a.png"),
    ],
)  # fmt: skip
def test_pictures_of_materials(tmp_path: Path, said: str, file: str) -> None:
    _picture(tmp_path / file)
    (tmp_path / "a.mtl").write_text(f"newmtl a\nKd 0 1 0\nmap_Kd {said}\n")
    surface = _read(tmp_path, PLATE)
    assert surface.notes == []
    assert middle_colors(surface) == [(0, 0, 255)]


def test_a_picture_is_moved_scaled_and_clamped(tmp_path: Path) -> None:
    _picture(tmp_path / "a.png")
    for options, color in (("-o 0 0.5", (255, 0, 0)), ("-s 1 4", (255, 0, 0)), ("-clamp on -o 0 -5", (0, 0, 255)),
                           ("-clamp on -o 0 2", (255, 0, 0)), ("-o 0 2", (0, 0, 255))):  # fmt: skip
        (tmp_path / "a.mtl").write_text(f"newmtl a\nmap_Kd {options} a.png\n")
        assert middle_colors(_read(tmp_path, PLATE)) == [color]


@pytest.mark.parametrize("mode", ["RGBA", "P", "RGB"])
def test_kinds_of_pictures(tmp_path: Path, mode: str) -> None:
    _picture(tmp_path / "a.png", mode)
    (tmp_path / "a.mtl").write_text("newmtl a\nmap_Kd a.png\n")
    assert middle_colors(_read(tmp_path, PLATE)) == [(0, 0, 255)]


def test_pictures_stay_within_the_folder_that_was_named(tmp_path: Path) -> None:
    """As ShapeNet has them: models/shape.obj, images/a.png."""
    folder = tmp_path / "a" / "models"
    folder.mkdir(parents=True)
    _picture(tmp_path / "a" / "images" / "a.png")
    (folder / "a.mtl").write_text("newmtl a\nKd 0 1 0\nmap_Kd ../images/a.png\n")
    assert middle_colors(_read(folder, PLATE, tmp_path)) == [(0, 0, 255)]
    surface = _read(folder, PLATE)
    assert middle_colors(surface) == [(0, 255, 0)]
    assert surface.notes == ["'../images/a.png', which it names, lies outside the folder that was named"]
    (folder / "a.mtl").write_text("newmtl a\nKd 0 1 0\nmap_Kd ..\\images\\a.png\n")
    assert "lies outside the folder" in _read(folder, PLATE).notes[0]
    assert middle_colors(_read(folder, PLATE, tmp_path)) == [(0, 0, 255)]


def test_pictures_that_cannot_be_used_leave_the_material_s_color(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl a\nKd 0 1 0\nmap_Kd a.png\n")
    for content, note in ((None, "is not there"), (b"no picture", "no picture that can be read")):
        if content is not None:
            (tmp_path / "a.png").write_bytes(content)
        surface = _read(tmp_path, PLATE)
        assert middle_colors(surface) == [(0, 255, 0)]
        assert note in surface.notes[0]
    _picture(tmp_path / "a.png")
    for without in (PLATE.replace("/3", ""), PLATE.replace("3/3", "3/9"), PLATE.replace("vt 0.3 0.3", "vt nan 0")):
        assert middle_colors(_read(tmp_path, without)) == [(0, 255, 0)]
    broken = _read(tmp_path, PLATE.replace("vt 0.3 0.3", "vt a b"))
    assert broken.notes == ["pictures left out: their coordinates are no numbers"]
    assert middle_colors(broken) == [(0, 255, 0)]


def test_pictures_of_a_material_file_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.mtl").write_text("newmtl a\nmap_Kd pics/a.png\n")
    text = PLATE.replace("a.mtl", "sub/a.mtl")
    for place in ("pics", "sub/pics"):
        (tmp_path / place).mkdir()
        _picture(tmp_path / place / "a.png")
        assert middle_colors(_read(tmp_path, text)) == [(0, 0, 255)]
        (tmp_path / place / "a.png").unlink()
    assert _read(tmp_path, text).notes == ["'pics/a.png', which it names, is not there"]


def test_corners_of_polygons_keep_their_own_places_in_the_picture(tmp_path: Path) -> None:
    _picture(tmp_path / "a.png")
    (tmp_path / "a.mtl").write_text("newmtl a\nmap_Kd a.png\n")
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    text = "mtllib a.mtl\nusemtl a\n" + "".join(f"v {x} {y} 0\nvt {x} {y}\n" for x, y in square)
    assert middle_colors(_read(tmp_path, text + "f 1/1 2/2 3/3 4/4 1/1\n")) == [(0, 0, 255), (255, 0, 0)]
    assert middle_colors(_read(tmp_path, text + "f 1/3 1/3 2/4 3/1 4/2\n")) == [(255, 0, 0), (0, 0, 255)]


def test_a_picture_goes_before_colors_of_vertices_and_these_before_the_material_s(tmp_path: Path) -> None:
    _picture(tmp_path / "a.png")
    colored = PLATE.replace(" 0\nv", " 0 1 1 0\nv").replace("v 1 1 0\n", "v 1 1 0 1 1 0\n")
    (tmp_path / "a.mtl").write_text("newmtl a\nKd 0 1 0\nmap_Kd a.png\n")
    assert middle_colors(_read(tmp_path, colored)) == [(0, 0, 255)]
    (tmp_path / "a.mtl").write_text("newmtl a\nKd 0 1 0\n")
    assert middle_colors(_read(tmp_path, colored)) == [(255, 255, 0)]


def test_a_file_of_many_materials_tells_a_few_of_its_lost_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("".join(f"newmtl m{i}\nKd 0 {i} 0\nmap_Kd {i}.png\n" for i in range(6)))
    lines = [f"usemtl m{i}\n{face}" for i, face in enumerate(F.splitlines())]
    surface = _read(tmp_path, "mtllib a.mtl\n" + V + "\n".join(lines))
    assert middle_colors(surface) == [(0, shade, 0) for shade in (0, 0, 255, 255, 2, 2, 3, 3, 4, 4, 5, 5)]
    assert surface.notes[-2:] == ["'2.png', which it names, is not there", "3 more pictures cannot be read"]
