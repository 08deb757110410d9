"""3MF: what is built stands where it is placed, in its unit and colors; archives and XML that mean harm are refused."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from fire.mutators import mutated
from pointrecon.errors import InputError
from pointrecon.shapes.readers import zip_members
from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.limits import InForce, Limits
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface, colors_at

OWN = "http://schemas.microsoft.com/3dmanufacturing"
CORNERS = [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3)]
SIDES = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
FIRST = 'p1="0"'
PAIR = 'pid="6" p1="0" p2="1" p3="1"'
TEXTURED = 'pid="7" p1="0" p2="0" p3="0"'
AREA = 0.5 * (2 + 3 + 6 + 7)


def mesh(more: tuple[str, ...] = ("", "", "", "")) -> str:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}" />' for x, y, z in CORNERS)
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}" {m}/>' for (a, b, c), m in zip(SIDES, more, strict=True))
    return f"<mesh><vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh>"


ONE = f'<object id="1">{mesh()}</object>'
ITEM = '<item objectid="3"/>'


def model(resources: str, build: str = '<item objectid="1"/>', head: str = "") -> str:
    spaces = f'xmlns="{OWN}/core/2015/02" xmlns:m="{OWN}/material/2015/02" xmlns:p="{OWN}/production/2015/06"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model {spaces} {head}><resources>{resources}</resources>'
        f"<build>{build}</build></model>"
    )


def packed(path: Path, text: str | bytes, name: str = "3D/3dmodel.model", **others: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
        for other, content in others.items():
            archive.writestr(other, content)
    return path


def read(tmp_path: Path, text: str | bytes, **others: str) -> Surface:
    shape = read_file(SourceFile(packed(tmp_path / "a.3mf", text, **others)))
    assert isinstance(shape, Surface)
    return shape


def face_colors(shape: Surface) -> list[list[int]]:
    count = len(shape.triangles)
    color = colors_at(shape, np.arange(count), np.full((count, 3), 1 / 3))
    assert color is not None
    return color.tolist()


@pytest.mark.parametrize(("given", "unit"), [("", "mm"), ('unit="inch"', "in"), ('unit="micron"', "um")])
def test_unit_and_what_a_solid_measures(tmp_path: Path, given: str, unit: str) -> None:
    facts = measured(read(tmp_path, model(f'<object id="1" type="model">{mesh()}</object>', head=given)))
    assert (facts["unit"], facts["up"], facts["faces"], facts["bodies"]) == (unit, "z", 4, 1)
    assert (facts["area"], facts["volume"]) == (pytest.approx(AREA), pytest.approx(1))


def test_components_stand_where_all_their_transforms_place_them(tmp_path: Path) -> None:
    turned = "0 1 0 -1 0 0 0 0 1 10 0 0"  # x becomes y, then 10 along x
    mirrored = "-1 0 0 0 1 0 0 0 1 0 0 0"
    text = model(
        f'<object id="1">{mesh()}</object><object id="2"><components><component objectid="1" transform="{turned}"/>'
        f'<component objectid="1" transform="{mirrored}"/></components></object>',
        '<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 100"/>',
    )
    shape = read(tmp_path, text)
    tops = {tuple(corner) for corner in shape.triangles.reshape(-1, 3).round(6).tolist()}
    assert {(20, 0, 100), (20, 2, 100), (16, 0, 100), (20, 0, 106), (-2, 0, 100)} <= tops
    assert measured(shape)["volume"] == pytest.approx(2 * 8)  # the mirrored one is no hole


def test_parts_in_other_files_of_the_package(tmp_path: Path) -> None:
    """As Bambu Studio and Orca write it."""
    rels = f'<Relationships><Relationship Target="/3D/main.model" Id="r" Type="{OWN}/2013/01/3dmodel"/></Relationships>'
    text = model(
        '<object id="8"><components><component p:path="/3D/Objects/a%20b.model" objectid="1"/></components></object>',
        '<item objectid="8"/>', 'requiredextensions="p"',
    )  # fmt: skip
    part = model(f'<object id="1">{mesh()}</object>', "")
    with zipfile.ZipFile(tmp_path / "a.3mf", "w") as archive:
        for name, content in (
            ("_rels/.rels", rels),
            ("3D/main.model", text),
            ("3D/Objects/A b.model", part),
            ("3D/0.model", ""),
        ):
            archive.writestr(name, content)
    assert measured(read_file(SourceFile(tmp_path / "a.3mf")))["area"] == pytest.approx(AREA)


def test_modifiers_of_slicers_are_left_out(tmp_path: Path) -> None:
    """As Bambu Studio notes them for components, PrusaSlicer for ranges of triangles."""
    twice = '<component objectid="1"/><component objectid="2"/>'
    text = model(f'{ONE}{ONE.replace("1", "2", 1)}<object id="3"><components>{twice}</components></object>', ITEM)
    parts = '<part id="1" subtype="normal_part"/><part id="2" subtype="negative_part"/>'
    config = f'<config><object id="3"><metadata key="name" value="a"/>{parts}</object></config>'
    shape = read(tmp_path, text, **{"Metadata/model_settings.config": config})
    assert (len(shape.triangles), shape.notes) == (4, ["1 modifier left out"])
    kinds = zip(((0, 1), (2, 2), (3, 3)), ("ModelPart", "ParameterModifier", "SupportBlocker"), strict=True)
    volumes = "".join(
        f'<volume firstid="{a}" lastid="{b}"><metadata type="volume" key="volume_type" value="{kind}"/></volume>'
        for (a, b), kind in kinds
    )
    config = f'<config><object id="1" instances_count="1">{volumes}</object></config>'
    shape = read(tmp_path, model(ONE), **{"Metadata/Slic3r_PE_model.config": config})
    assert (len(shape.triangles), shape.notes) == (2, ["2 modifiers left out"])


def test_colors(tmp_path: Path) -> None:
    text = model(
        '<basematerials id="5"><base name="a" displaycolor="#FF0000"/><base displaycolor="#00FF0080"/></basematerials>'
        '<m:colorgroup id="6"><m:color color="#000000"/><m:color color="#0000ff"/></m:colorgroup>'
        '<m:texture2dgroup id="7" texid="9"><m:tex2coord u="0" v="0"/></m:texture2dgroup>'
        f'<object id="1" pid="5" pindex="1">{mesh(("", FIRST, PAIR, TEXTURED))}</object>'
    )  # fmt: skip
    shape = read(tmp_path, text)
    assert face_colors(shape) == [[0, 255, 0], [255, 0, 0], [0, 0, 170], [128, 128, 128]]
    assert shape.notes == ["the colors of 1 triangle are of a kind that is not read"]
    plain = read(tmp_path, model(f'<object id="1">{mesh()}</object>'))
    assert colors_at(plain, np.arange(4), np.full((4, 3), 1 / 3)) is None


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    beams = '<m:beamlattice><m:beams><m:beam v1="0" v2="1"/></m:beams></m:beamlattice>'
    text = model(
        f'<object id="1">{mesh()}</object><object id="2" type="support">{mesh()}</object>'
        f'<object id="3">{mesh().replace("</mesh>", beams + "</mesh>")}</object>',
        "",
    )  # fmt: skip
    shape = read(tmp_path, text)
    assert shape.notes == ["it builds nothing: all its objects are read", "1 support left out", "1 beam left out"]


ITSELF = '<object id="1"><components><component objectid="1"/></components></object>'
OUTSIDE = '<object id="1"><components><component p:path="/../x.model" objectid="1"/></components></object>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<model", "no readable 3MF file"),
        (model('<object id="1"><mesh/></object>'), "empty mesh"),
        (model("", '<item objectid="4"/>'), "it names object 4, which is not there"),
        (model(ONE, head='xmlns:b="http://b/2020" requiredextensions="b m"'), "requires http://b/2020, not read"),
        (model(ITSELF), "more than 64 deep"),
        (model(OUTSIDE), "'/../x.model' is not there"),
        (model(ONE).replace("<model", '<!DOCTYPE m [<!ENTITY a "aa">]><model'), "a DTD, which the format forbids"),
        (model(ONE.replace('x="1"', 'x="1,5"')), "could not convert"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        read(tmp_path, text)
    assert "a.3mf" in str(refused.value)


def test_faces_that_name_no_vertices_are_left_out_at_all_places(tmp_path: Path) -> None:
    text = model(ONE.replace('v1="1"', 'v1="9"'), '<item objectid="1"/>' * 3)
    shape = read(tmp_path, text)
    assert (len(shape.triangles), shape.notes) == (9, ["3 of 12 faces left out: they name vertices that are not there"])


def test_a_file_that_multiplies_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(id: int) -> str:
        below = f'<component objectid="{id - 1}"/>'
        return f'<object id="{id}"><components>{below}{below}</components></object>'

    text = model(f'<object id="1">{mesh()}</object>' + "".join(map(twice, range(2, 40))), '<item objectid="39"/>')
    monkeypatch.setattr(InForce, "limits", Limits(triangles=1000))
    with pytest.raises(InputError, match="more than 1000 triangles"):
        read(tmp_path, text)
    monkeypatch.setattr(zip_members, "MOST_UNPACKED", 10_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        read(tmp_path, b" " * 20_000)
    (tmp_path / "a.3mf").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(InputError, match="is damaged"):
        read_file(SourceFile(tmp_path / "a.3mf"))


def test_mutated_models_are_read_or_refused(tmp_path: Path) -> None:
    good = model(
        '<basematerials id="5"><base name="a" displaycolor="#FF0000"/></basematerials>'
        f'<object id="1">{mesh()}</object>'
        '<object id="2"><components>'
        '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/></components></object>',
        '<item objectid="2"/>',
    ).encode()
    refused = 0
    for number in range(150):
        try:
            read(tmp_path, mutated(good, [good], np.random.default_rng([7, number])))
        except InputError:
            refused += 1
    assert 30 < refused < 150
