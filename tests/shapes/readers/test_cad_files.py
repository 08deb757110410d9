"""STEP and IGES: sizes in the file's own unit, closed solids, what is missing told, no other file opened."""

import math
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cad_samples import BOX, INCH, METER, MILLIMETER, SIDES, box_corners, iges_text, step_text
from fire.mutators import mutated
from pointrecon.errors import InputError
from pointrecon.shapes.readers.cad_files import read_step
from pointrecon.shapes.readers.child import Children
from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.iges_text import IgesText
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.read import read_file, read_shape
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.step_text import StepText
from pointrecon.shapes.readers.surface import Surface, colors_at
from pointrecon.shapes.table.file_facts import Facts

pytest.importorskip("cascadio")


def read(path: Path, text: str) -> tuple[Surface, Facts]:
    path.write_text(text)
    shape = read_file(SourceFile(path))
    assert isinstance(shape, Surface)
    return shape, measured(shape)


def extents(facts: Facts) -> list[float]:
    return [float(facts[f"extent_{axis}"]) for axis in "xyz"]


@pytest.mark.parametrize(
    ("entity", "unit"),
    [(MILLIMETER, "mm"), (METER, "m"), (INCH, "in"), (METER.replace("$", ".MICRO."), "um"), (METER.lower(), "m")],
)
def test_a_solid_in_its_own_unit(tmp_path: Path, entity: str, unit: str) -> None:
    if entity.islower():
        entity = entity.upper().replace(",", " ,\n ")
    shape, facts = read(tmp_path / "a.STEP", step_text(box_corners(30, 20, 10), unit=entity, color=(0.5, 0.25, 1)))
    assert extents(facts) == pytest.approx([30, 20, 10], rel=1e-6)
    assert (facts["unit"], facts["bodies"], facts["faces"], facts.get("up")) == (unit, 1, 12, None)
    assert (facts["area"], facts["volume"]) == pytest.approx((2200, 6000), rel=1e-6)
    assert str(facts["reader"]).startswith("cascadio ")
    assert shape.notes == []
    color = colors_at(shape, np.arange(12), np.full((12, 3), 1 / 3))
    assert color is not None
    assert np.unique(color, axis=0).tolist() == [[128, 64, 255]]


@pytest.mark.parametrize("entity", [MILLIMETER, METER])
def test_numbers_without_a_point_lose_no_face(tmp_path: Path, entity: str) -> None:
    text = step_text(box_corners(0.002, 5e-05, 3e-06), unit=entity).replace("part #1", "part (5E-05,5E-05)")
    assert "(0.0,5E-05,0.0)" in text
    assert b"'part (5E-05,5E-05)'" in StepText(text.encode(), tmp_path).content
    shape, facts = read(tmp_path / "a.step", text)
    assert shape.notes == []
    assert (facts["bodies"], facts["faces"]) == (1, 12)
    assert extents(facts) == pytest.approx([0.002, 5e-05, 3e-06], rel=1e-4)


def test_a_solid_without_unit_keeps_its_numbers(tmp_path: Path) -> None:
    text = step_text(box_corners(30, 20, 10)).replace("(#9001,#9005)", "(#9005)")
    _, facts = read(tmp_path / "a.stp", text)
    assert extents(facts) == pytest.approx([30, 20, 10], rel=1e-6)
    assert "unit" not in facts


@pytest.mark.parametrize(
    ("flag", "name", "unit"), [(1, "4HINCH", "in"), (6, "1HM", "m"), (3, "2HCM", "cm"), (2, "", "mm")]
)
def test_a_rectangle_of_iges(tmp_path: Path, flag: int, name: str, unit: str) -> None:
    _, facts = read(tmp_path / "a.igs", iges_text(3, 2, flag, name))
    assert extents(facts) == pytest.approx([3, 2, 0], rel=1e-6)
    assert (facts["unit"], facts["area"]) == (unit, pytest.approx(6))
    assert "volume" not in facts


def test_iges_with_letters_of_its_own_between_values() -> None:
    text = iges_text(1, 1, 1, "4HINCH").replace("1H,,1H;", "1H/,1H#")
    start, rest = text.split("\n", 1)
    head, _, tail = rest.partition("G0000001")
    lines = rest.split("\n")
    told = "".join(line[:72] for line in lines[:3]).replace(",", "/").replace(";", "#").replace("1H//", "1H//", 1)
    lines[:3] = [told[i : i + 72].ljust(72) + f"G{i // 72 + 1:07}" for i in (0, 72, 144)]
    assert IgesText("\n".join([start, *lines]).encode(), Path("a.igs")).meters == pytest.approx(0.0254)
    assert head
    assert tail


def ball(radius: float) -> str:
    """One solid of a single face."""
    text = step_text(box_corners(1, 1, 1))
    shell = next(line for line in text.splitlines() if "CLOSED_SHELL" in line)
    entities = [
        "#8000=DIRECTION('',(0.,0.,1.));", "#8001=DIRECTION('',(1.,0.,0.));", "#8002=CARTESIAN_POINT('',(0.,0.,0.));",
        "#8003=AXIS2_PLACEMENT_3D('',#8002,#8000,#8001);", f"#8004=SPHERICAL_SURFACE('',#8003,{radius!r});",
        f"#8005=CARTESIAN_POINT('',(0.,0.,{radius!r}));", "#8006=VERTEX_POINT('',#8005);",
        "#8007=VERTEX_LOOP('',#8006);",
        "#8008=FACE_BOUND('',#8007,.T.);", "#8009=ADVANCED_FACE('',(#8008),#8004,.T.);",
        f"{shell.split('=')[0]}=CLOSED_SHELL('',(#8009));",
    ]  # fmt: skip
    return text.replace(shell, "\n".join(entities))


def test_curved_faces_are_as_fine_at_any_size(tmp_path: Path) -> None:
    found = []
    for radius in (0.01, 1.0, 1000.0):
        _, facts = read(tmp_path / "a.step", ball(radius))
        found.append(
            (float(facts["area"]) / (4 * math.pi * radius**2), float(facts["volume"]) / radius**3, facts["bodies"])
        )
    assert found[0] == pytest.approx(found[1], rel=1e-4)
    assert found[2] == pytest.approx(found[1], rel=1e-4)
    assert 0.998 < found[0][0] < 1


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    text = step_text(box_corners(3, 2, 1))
    face = next(line for line in text.splitlines() if "ADVANCED_FACE" in line)
    plane = face.rsplit("#", 1)[1].split(",")[0]
    shape, facts = read(tmp_path / "a.step", text.replace(f"\n#{plane}=PLANE(", f"\n#{plane}=NO_SUCH_SURFACE("))
    assert shape.notes == ["1 of 6 faces left out, of which OpenCASCADE made no triangles"]
    assert "volume" not in facts
    shape, _ = read(tmp_path / "a.step", text.replace(f"{face}\n", ""))
    assert shape.notes == ["it refers to 1 definition that it lacks: parts may be missing"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.step", "probe begin\n", "no STEP file: it does not begin with ISO-10303-21"),
        ("a.step", step_text(box_corners(3, 2, 1))[:-300], "cut short, it lacks END-ISO-10303-21"),
        ("a.step", "ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n", "finds no shape"),
        ("a.iges", "solid\n", "no IGES file"),
        ("a.iges", iges_text(3, 2)[:-90], "cut short, it lacks the section T"),
        ("a.iges", re.sub(".*P0000002\n", "", iges_text(3, 2)), "1 of 2 lines of section P"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path / name, text)


def test_no_other_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCASCADE would look for parts wherever the text says, from the current folder on."""
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    (outside / "secret.stp").write_text(step_text(box_corners(3, 2, 1)))
    names = "#8001=DOCUMENT_FILE('secret.stp','',$,#8002,'',$);\n#8002=DOCUMENT_TYPE('');\n"
    names += "#8003=external_source(IDENTIFIER('secret.stp'));\n"
    text = step_text(box_corners(3, 2, 1)).replace("ENDSEC;\nEND-ISO", f"{names}ENDSEC;\nEND-ISO")
    found = StepText(text.encode(), Path("a.step"))
    assert found.others == ["secret.stp"]
    assert b"DOCUMENT_FILE" not in found.content
    assert b"external_source" not in found.content
    shape, _ = read(tmp_path / "a.step", text)
    assert shape.notes == ["1 other file that it names not read"]
    bare = "\n".join(line for line in text.splitlines() if "ADVANCED_FACE" not in line)
    with pytest.raises(InputError, match="its parts are in 1 other file, such as secret.stp: import those"):
        read(tmp_path / "b.step", bare)


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.step").write_text(step_text(BOX))
    monkeypatch.setitem(sys.modules, "cascadio", None)
    with pytest.raises(InputError, match=r"this needs the package 'cascadio': pip install .*\[cad\]"):
        read_step(SourceFile(tmp_path / "a.step"))


def test_mutated_files_cost_a_line_each(tmp_path: Path) -> None:
    good = step_text(BOX, SIDES).encode()
    paths = [tmp_path / f"{number}.step" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(mutated(good, [good], np.random.default_rng([5, number])))
    with Children(1, Limits(seconds=2)) as children:
        results = list(children.read([(partial(read_shape, path, 32), path) for path in paths]))
    reasons = [result for result in results if isinstance(result, str)]
    assert len(results) == 6
    assert len(reasons) > 1
    assert all("\n" not in reason and "Traceback" not in reason for reason in reasons)
