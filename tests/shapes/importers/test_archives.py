"""ZIP archives are folders: what they hold is read where it is, with its materials, and nothing is written beside."""

import stat
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

import pointrecon
from pointrecon.errors import InputError
from pointrecon.shapes import import_shapes, open_table
from pointrecon.shapes.importers.folders import read_folder
from pointrecon.shapes.readers import packed_file, zip_members
from pointrecon.shapes.readers.packed_file import read_packed

OFF = "OFF\n4 4 0\n0 0 0\n1 0 0\n0 2 0\n0 0 3\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"
OBJ = "mtllib ../looks/a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"


def packed(path: Path, **members: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


def test_an_archive_is_a_folder(tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = tmp_path / "parts"
    members = {
        "new/a.off": OFF,
        "b.off": OFF,
        "__MACOSX/._b.off": "",
        ".hidden/c.off": OFF,
        "notes.md": "",
        "x.fbx": "",
    }
    packed(parts / "bolt.zip", **members, **{"more.zip": packed(tmp_path / "more.zip", **{"d.off": OFF}).read_bytes()})
    packed(parts / "nut.zip", **{"models/e.obj": OBJ, "looks/a.mtl": "newmtl red\nKd 1 0 0\n"})
    (parts / "nut").mkdir()
    (parts / "nut" / "f.off").write_text(OFF)
    report = import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    told = capsys.readouterr().err
    assert "classes: 2 (bolt, nut)" in told
    assert report.not_read == "not read: 1 .fbx (export scenes as GLB or OBJ); 1 .zip (unpack archives)"
    table = open_table(tmp_path / "t.npz").load()
    assert table.id.tolist() == ["bolt.zip/b", "bolt.zip/new/a", "nut/f", "nut.zip/models/e"]
    assert table.source.tolist()[-1] == "nut.zip/models/e.obj"
    assert [table.meta.classes[n] for n in table.label] == ["bolt", "bolt", "nut", "nut"]
    assert table.color is not None
    assert table.color[-1, 0].tolist() == [255, 0, 0]
    facts = table.facts
    assert facts["format"].tolist() == ["off", "off", "off", "obj"]
    assert facts["area"][0] == pytest.approx(9)
    assert facts["hash"][0] == facts["hash"][1]
    assert [*scratch.iterdir()] == []
    assert {path.name for path in parts.rglob("*")} == {"bolt.zip", "nut.zip", "nut", "f.off"}
    import_shapes(parts, tmp_path / "t.npz", points=16, workers=1, resume=True)
    assert len(open_table(tmp_path / "t.npz")) == 4


def test_an_archive_is_a_source(tmp_path: Path) -> None:
    source = packed(
        tmp_path / "parts.zip", **{"chair/a.off": OFF, "chair/b.off": OFF, "desk/c.off": OFF, "desk/bad.stl": "?"}
    )
    with pytest.warns(UserWarning, match=r"1 file of .* left out: .*parts.zip/desk/bad.stl"):
        shapes = read_folder(source, 16, workers=1)
    assert shapes.id.tolist() == ["chair/a", "chair/b", "desk/c"]
    assert shapes.source.tolist()[0] == "chair/a.off"
    assert shapes.meta.classes == ["chair", "desk"]
    with pytest.warns(UserWarning, match="left out"):
        assert len(pointrecon.as_shapes(source)) == 3
    (tmp_path / "unpacked" / "chair").mkdir(parents=True)
    (tmp_path / "unpacked" / "chair" / "a.off").write_text(OFF)
    with pytest.warns(UserWarning, match="one sub-folder only"):
        one = read_folder(tmp_path / "unpacked", 16, workers=1)
    np.testing.assert_array_equal(one.points[0], shapes.points[0])


def test_names_that_lead_out_are_left_out_and_told(tmp_path: Path, scratch: Path) -> None:
    link = zipfile.ZipInfo("link.off")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("../out.off", "/abs.off", "C:\\win.off", "x/../../y.off", "sub\\good.off"):
            archive.writestr(name, OFF)
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.obj", OBJ.replace("../looks", "../../looks"))
    with pytest.warns(UserWarning, match="a.zip") as told:
        shapes = read_folder(tmp_path / "a.zip", 16, workers=1)
    words = " ".join(str(one.message) for one in told)
    assert "a.zip: 4 unsafe names left out" in words
    assert "a.zip: 1 link left out" in words
    assert shapes.id.tolist() == ["b", "sub/good"]
    assert shapes.color is None
    assert not (tmp_path / "out.off").exists()
    assert [*scratch.iterdir()] == []


def test_what_cannot_be_unpacked_costs_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = tmp_path / "parts"
    content = packed(parts / "a.zip", **{"a.off": OFF, "b.off": OFF + "\n" * 3000}).read_bytes()
    (parts / "cut.zip").write_bytes(content[:-30])
    place = content.index(b"b.off") + 5
    (parts / "a.zip").write_bytes(content[:place] + b"\xff\xff\xff" + content[place + 3 :])
    with pytest.warns(UserWarning, match="damaged") as told:
        shapes = read_folder(parts, 16, workers=1)
    assert shapes.id.tolist() == ["a.zip/a"]
    words = " ".join(str(one.message) for one in told)
    assert "cut.zip is damaged" in words
    assert "a.zip is damaged (b.off" in words
    monkeypatch.setattr(zip_members, "MOST_UNPACKED", 1000)
    packed(parts / "bomb.zip", **{"a.off": OFF, "b.off": OFF + "\n" * 3000})
    assert read_packed(parts / "bomb.zip", "a.off", tmp_path, 16)[0].facts["faces"] == 4
    with pytest.raises(InputError, match="bomb.zip: b.off unpacks to more than"):
        read_packed(parts / "bomb.zip", "b.off", tmp_path, 16)
    packed_file._opened.cache_clear()
    (parts / "a.zip").unlink()
    (parts / "bomb.zip").unlink()
    with pytest.raises(InputError, match="holds no shape files.*cut.zip is damaged"):
        read_folder(parts, 16, workers=1)


def test_a_password_is_told(tmp_path: Path) -> None:
    content = bytearray(packed(tmp_path / "a.zip", **{"a.off": OFF}).read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(content))
    with pytest.raises(InputError, match="a.zip: 1 locked member left out"):
        read_folder(tmp_path / "a.zip", 16, workers=1)
