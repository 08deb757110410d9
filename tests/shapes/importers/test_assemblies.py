"""Assemblies taken apart: each part once, in true size, with how often and where it stands; kept up to date, too."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cad_samples import box_corners, step_assembly, step_text
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.retrieval.folder_table import originals
from pointrecon.shapes import import_shapes, open_table
from pointrecon.shapes.importers.import_writer import ImportReport
from pointrecon.shapes.table.npz_table import NpzTable

trimesh = pytest.importorskip("trimesh")
BOXES = {name: step_text(box_corners(*size)) for name, size in {"Bracket": (10, 20, 30), "Bolt": (2, 2, 8)}.items()}
BOLTS = [("Bolt", (20.0, 0, 0)), ("Bolt", (30.0, 0, 0)), ("Bolt", (40.0, 0, 5))]


def update(source: Path, out: Path, **settings: Any) -> ImportReport:
    return import_shapes(source, out, points=16, assemblies="parts", workers=1, update=True, **settings)


def parts_in(out: Path) -> dict[str, tuple[int, list[float]]]:
    """Id -> how often it is there, and its extents."""
    arrays = open_table(out).load()
    size = np.stack([arrays.facts[f"extent_{axis}"] for axis in "xyz"], 1).round(3)
    count = arrays.facts.get("instances", np.full(len(arrays), -1))
    return dict(zip(arrays.id.tolist(), zip(count.tolist(), size.tolist(), strict=True), strict=True))


def places_of(out: Path, key: str) -> np.ndarray:
    arrays = open_table(out).load()
    text = arrays.facts["places"][arrays.id.tolist().index(key)]
    return np.array(json.loads(text)).reshape(-1, 3, 4)


def crate(**boxes: list[np.ndarray]) -> Any:
    """A scene of boxes 1 x 2 x 3 with a corner of their own, under names, each at its places."""
    scene = trimesh.Scene()
    for name, places in boxes.items():
        mesh = trimesh.creation.box((1, 2, 3))
        mesh.vertices[0] += 0.25
        mesh.visual.face_colors = [200, 0, 0, 255] if name.startswith("red") else [0, 0, 200, 255]
        for number, place in enumerate(places):
            scene.add_geometry(mesh, node_name=f"{name}.{number}", geom_name=name, transform=place)
    return scene


def at(x: float, *, turn: float = 0.0, scale: float = 1.0, mirror: bool = False) -> np.ndarray:
    place = trimesh.transformations.rotation_matrix(turn, [0, 0, 1])
    place[:3, :3] *= scale
    place[:3, 0] *= -1 if mirror else 1
    place[0, 3] = x
    return np.asarray(place)


def test_parts_of_step_with_their_places_in_the_files_unit(tmp_path: Path) -> None:
    pytest.importorskip("cascadio")
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "asm.step").write_text(step_assembly(BOXES, [("Bracket", (0, 0, 0)), *BOLTS]))
    (parts / "one.step").write_text(BOXES["Bolt"])
    assert update(parts, tmp_path / "t.npz").shapes == 3
    assert parts_in(tmp_path / "t.npz") == {
        "asm#Bracket": (1, [10.0, 20.0, 30.0]), "asm#Bolt": (3, [2.0, 2.0, 8.0]), "one": (-1, [2.0, 2.0, 8.0])
    }  # fmt: skip
    places = places_of(tmp_path / "t.npz", "asm#Bolt")
    np.testing.assert_allclose(places[:, :, 3], [[0, 0, 0], [10, 0, 0], [20, 0, 5]], atol=1e-5)
    np.testing.assert_allclose(places[:, :, :3], np.tile(np.eye(3), (3, 1, 1)), atol=1e-6)
    table = open_table(tmp_path / "t.npz")
    files = originals(table)
    hashes = table.load().facts["hash"].tolist()
    assert len({*hashes}) == 3  # no part is the same file as another
    assert table.sources() == {"asm.step#Bracket": "asm#Bracket", "asm.step#Bolt": "asm#Bolt", "one.step": "one"}
    assert (files.path("asm.step#Bolt"), files.path("one.step")) == (None, parts / "one.step")  # no file is a part's


def test_turned_copies_are_one_part_and_mirrored_or_scaled_ones_are_not(tmp_path: Path) -> None:
    copies = [at(0), at(5, turn=0.7), at(9, scale=2.0), at(12, mirror=True), at(15, turn=2.0, mirror=True)]
    crate(red=copies, blue=[at(20)], red_too=[at(30)]).export(tmp_path / "crate.glb")
    update(tmp_path / "crate.glb", tmp_path / "t.npz")
    found = parts_in(tmp_path / "t.npz")
    # a mesh of the same corners is the same part, whatever its name and color
    assert [count for count, _ in found.values()] == [4, 1, 2]
    first, larger, _ = found
    assert first == "crate#red"
    assert found[larger][1] == pytest.approx([2 * value for value in found[first][1]], abs=1e-3)
    turns = places_of(tmp_path / "t.npz", "crate#red")[:, :, :3]
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.tile(np.eye(3), (4, 1, 1)), atol=1e-5)
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.color is not None
    assert (arrays.color.reshape(-1, 3) == [200, 0, 0]).all()


def test_objects_of_3mf_and_names_that_are_none(tmp_path: Path) -> None:
    corners = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3)])
    sides = "".join(
        f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    )
    mesh = f"<mesh><vertices>{corners}</vertices><triangles>{sides}</triangles></mesh>"
    other = mesh.replace('x="1"', 'x="4"')
    pair = "".join(f'<component objectid="1" transform="1 0 0 0 1 0 0 0 1 {x} 0 0"/>' for x in (0, 7))
    with zipfile.ZipFile(tmp_path / "plate.3mf", "w") as archive:
        archive.writestr(
            "3D/3dmodel.model",
            '<model unit="inch" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources>'
            f'<object id="1" name="a/b~">{mesh}</object><object id="2"><components>{pair}</components></object>'
            f'<object id="3">{other}</object></resources>'
            '<build><item objectid="2"/><item objectid="3"/></build></model>',
        )
    update(tmp_path / "plate.3mf", tmp_path / "t.npz")
    assert parts_in(tmp_path / "t.npz") == {"plate#a_b_": (2, [1.0, 2.0, 3.0]), "plate#part 2": (1, [4.0, 2.0, 3.0])}
    np.testing.assert_array_equal(places_of(tmp_path / "t.npz", "plate#a_b_")[:, :, 3], [[0, 0, 0], [7, 0, 0]])


def test_an_archive_of_assemblies(tmp_path: Path) -> None:
    crate(red=[at(0), at(5)], blue=[at(9, scale=2.0)]).export(tmp_path / "crate.glb")
    (tmp_path / "parts").mkdir()
    with zipfile.ZipFile(tmp_path / "parts" / "a.zip", "w") as archive:
        archive.write(tmp_path / "crate.glb", "in/crate.glb")
    update(tmp_path / "parts", tmp_path / "t.npz")
    counts = {key: count for key, (count, _) in parts_in(tmp_path / "t.npz").items()}
    assert counts == {"a.zip/in/crate#red": 2, "a.zip/in/crate#blue": 1}
    assert update(tmp_path / "parts", tmp_path / "t.npz").unchanged == 1


def test_a_changed_assembly_changes_its_parts_and_no_others(tmp_path: Path) -> None:
    out, parts = tmp_path / "t.npz", tmp_path / "parts"
    parts.mkdir()
    crate(one=[at(0)], two=[at(3, scale=2.0)], three=[at(9, scale=3.0)]).export(parts / "a.glb")
    crate(one=[at(0)], two=[at(3, scale=2.0)]).export(parts / "b.glb")
    update(parts, out)
    every = ["a#one", "a#three", "a#two", "b#one", "b#two"]
    table = open_table(out)
    assert sorted(table.ids().tolist()) == every
    table.add_features("embedding/own", every, np.ones((5, 1, 2)))
    crate(one=[at(0)], four=[at(9, scale=4.0)]).export(parts / "a.glb")
    report = update(parts, out)
    assert (report.unchanged, report.changed, report.shapes) == (1, 1, 1)
    table = open_table(out)
    assert sorted(table.ids().tolist()) == ["a#four", "a#one", "b#one", "b#two"]
    assert table.feature_ids("embedding/own") == {"b#one", "b#two"}
    (parts / "b.glb").unlink()
    assert update(parts, out).gone == ["b.glb"]
    assert update(parts, out, prune=True).pruned == 2
    assert sorted(open_table(out).ids().tolist()) == ["a#four", "a#one"]


def test_killed_between_new_parts_and_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts, out = tmp_path / "parts", tmp_path / "t.npz"
    parts.mkdir()
    crate(one=[at(0)], two=[at(3, scale=2.0)], three=[at(9, scale=3.0)]).export(parts / "a.glb")
    update(parts, out)
    crate(one=[at(0)], four=[at(9, scale=4.0)]).export(parts / "a.glb")
    with monkeypatch.context() as patch:
        patch.setattr(NpzTable, "_remove", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            update(parts, out)
    assert sorted(open_table(out).ids().tolist()) == ["a#four", "a#one", "a#three", "a#two"]
    update(parts, out)
    assert sorted(open_table(out).ids().tolist()) == ["a#four", "a#one"]
    assert update(parts, out).unchanged == 1


def test_a_file_that_is_called_as_a_part_is(tmp_path: Path) -> None:
    parts, out = tmp_path / "parts", tmp_path / "t.npz"
    parts.mkdir()
    crate(one=[at(0)], two=[at(3, scale=2.0)]).export(parts / "a.glb")
    trimesh.creation.box().export(parts / "a#one.stl")
    update(parts, out)
    assert sorted(open_table(out).ids().tolist()) == ["a#one", "a#one~", "a#two"]
    assert update(parts, out).unchanged == 2
    trimesh.creation.box((1, 1, 5)).export(parts / "a.stl")  # now the stem is that of two files
    assert (update(parts, out).shapes, len(open_table(out))) == (1, 4)


def test_an_assembly_that_was_only_touched_is_not_read_again(tmp_path: Path) -> None:
    parts, out = tmp_path / "parts", tmp_path / "t.npz"
    parts.mkdir()
    crate(one=[at(0)], two=[at(3, scale=2.0)]).export(parts / "a.glb")
    update(parts, out)
    os.utime(parts / "a.glb", ns=(5, 5))
    assert (
        update(parts, out).unchanged == update(parts, out).unchanged == update(parts, out, rehash=True).unchanged == 1
    )
    (parts / "a.glb").rename(parts / "b.glb")
    report = update(parts, out, prune=True)
    assert (report.shapes, report.pruned, report.moved) == (2, 2, 0)  # parts are read again


def test_what_is_asked_for_is_kept_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crate(one=[at(0)], two=[at(3, scale=2.0)]).export(tmp_path / "a.glb")
    main(["shapes", "import", str(tmp_path / "a.glb"), "-o", str(tmp_path / "t.npz"), "--assemblies", "parts"])
    assert "2 shapes imported" in capsys.readouterr().out
    with pytest.raises(InputError, match="--assemblies parts, not whole"):
        import_shapes(tmp_path / "a.glb", tmp_path / "t.npz", assemblies="whole", update=True)
    with pytest.raises(InputError, match="read whole or as parts, not 'half'"):
        import_shapes(tmp_path / "a.glb", tmp_path / "u.npz", assemblies="half")
