"""Which files an import finds, under which ids, and what manifests say of them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.importers.folders import read_folder
from pointrecon.shapes.importers.import_plan import plan_folder
from pointrecon.shapes.importers.manifest import manifest_entries
from pointrecon.shapes.readers.source_file import SourceFile


def cloud(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(0).normal(size=(30, 3)))


@pytest.mark.parametrize("names", [("bolt", "screw"), ("screw", "bolt")])
def test_two_class_folders_one_a_link_to_the_other(tmp_path: Path, names: tuple[str, str]) -> None:
    """Made in either order: which comes first in the folder does not matter."""
    real, link = names
    cloud(tmp_path / real / "deep" / "a.xyz")
    (tmp_path / link).symlink_to(tmp_path / real, target_is_directory=True)
    assert [(e.id, e.label) for e in plan_folder(tmp_path).entries] == [
        ("bolt/deep/a", "bolt"),
        ("screw/deep/a", "screw"),
    ]


def test_loops_are_cut(tmp_path: Path) -> None:
    for name in "ab":
        cloud(tmp_path / name / "x.xyz")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "b").symlink_to(tmp_path / "b", target_is_directory=True)
    (tmp_path / "b" / "a").symlink_to(tmp_path / "a", target_is_directory=True)
    assert [e.id for e in plan_folder(tmp_path).entries] == ["a/b/x", "a/x", "b/a/x", "b/x"]


def test_a_name_that_is_another_files_stem(tmp_path: Path) -> None:
    for name in ("a.obj", "a.stl", "a.obj.ply", "b.ply", "b.ply.off"):
        (tmp_path / name).write_text("")
    ids = {e.path.name: e.id for e in plan_folder(tmp_path).entries}
    assert len(set(ids.values())) == 5
    assert (ids["a.obj"], ids["a.stl"], ids["a.obj.ply"]) == ("a.obj", "a.stl", "a.obj.ply")
    assert (ids["b.ply"], ids["b.ply.off"]) == ("b", "b.ply.off")


CAPTIONS = ["two\nlines", "a \x0b b", "a \x85 b", "a \u2028 b", 'a "quoted", word', "dos\r\nlines"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_captions_are_what_csv_and_json_say_they_are(tmp_path: Path, kind: str) -> None:
    manifest = tmp_path / f"list.{kind}"
    records = [{"path": f"{i}.obj", "caption": caption} for i, caption in enumerate(CAPTIONS)]
    with manifest.open("w", encoding="utf-8", newline="") as file:
        if kind == "csv":
            writer = csv.DictWriter(file, ["path", "caption"])
            writer.writeheader()
            writer.writerows(records)
        elif kind == "jsonl":
            file.writelines(json.dumps(record, ensure_ascii=False) + "\r\n" for record in records)
        else:
            json.dump(records, file, ensure_ascii=False)
    entries = manifest_entries(manifest)
    assert [entry.id for entry in entries] == [str(i) for i in range(len(CAPTIONS))]
    assert [entry.captions for entry in entries] == [[caption] for caption in CAPTIONS]


def test_a_caption_with_a_comma_outside_quotes_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("path,caption\na.obj,a bolt, M8\n")
    with pytest.raises(InputError, match="line 2 has more fields than the header"):
        manifest_entries(tmp_path / "list.csv")
    (tmp_path / "list.csv").write_text("path,caption\na.obj,a bolt,\n")
    assert manifest_entries(tmp_path / "list.csv")[0].captions == ["a bolt"]


def test_a_folder_in_memory_is_what_an_import_makes_of_it(tmp_path: Path) -> None:
    from pointrecon.shapes import import_shapes, open_table

    for name in ("bolt/a.xyz", "nut/b.xyz"):
        cloud(tmp_path / "parts" / name)
    import_shapes(tmp_path / "parts", tmp_path / "t.npz", points=16, workers=1)
    there, here = open_table(tmp_path / "t.npz").load(), read_folder(tmp_path / "parts", 16, workers=1)
    np.testing.assert_array_equal(here.points, there.points)
    assert here.id.tolist() == there.id.tolist() == ["bolt/a", "nut/b"]
    assert here.meta.classes == there.meta.classes
    assert here.captions == there.captions
    one = read_folder(tmp_path / "parts" / "bolt" / "a.xyz", 16)
    assert (one.id.tolist(), one.source.tolist()) == (["a"], ["a.xyz"])
    np.savetxt(tmp_path / "cloud.csv", np.random.default_rng(0).normal(size=(30, 3)), header="x,y,z", delimiter=",")
    np.save(tmp_path / "cloud.npy", np.random.default_rng(0).normal(size=(30, 3)))
    for name in ("cloud.csv", "cloud.npy"):
        assert read_folder(tmp_path / name, 16).id.tolist() == ["cloud"]
    (tmp_path / "list.csv").write_text("label,path\nbolt,parts/bolt/a.xyz\n")
    assert read_folder(tmp_path / "list.csv", 16, workers=1).id.tolist() == ["parts/bolt/a"]
    np.savez(tmp_path / "many.npz", points=np.random.default_rng(0).normal(size=(3, 20, 3)))
    assert read_folder(tmp_path / "many.npz").points.shape == (3, 20, 3)


def test_what_a_folder_in_memory_lacks_is_said(tmp_path: Path) -> None:
    cloud(tmp_path / "parts" / "a.xyz")
    (tmp_path / "parts" / "b.stl").write_text("garbage")
    with pytest.warns(UserWarning, match=r"1 file of .* left out: .*b.stl"):
        assert len(read_folder(tmp_path / "parts", 16, workers=1)) == 1
    (tmp_path / "parts" / "a.xyz").unlink()
    with pytest.raises(InputError, match="no readable shape"):
        read_folder(tmp_path / "parts", 16, workers=1)


def test_a_file_may_name_others_anywhere_in_the_folder_that_was_given(tmp_path: Path) -> None:
    """A material in ``models/`` that names a picture in ``images/``."""
    cloud(tmp_path / "models" / "a.xyz")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "x.png").write_bytes(b"picture")
    (tmp_path / "list.jsonl").write_text('{"path": "models/a.xyz"}')
    for entry in (*plan_folder(tmp_path).entries, *manifest_entries(tmp_path / "list.jsonl")):
        assert SourceFile(entry.path, entry.root).companion("../images/x.png").read_bytes() == b"picture"
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.jsonl").write_text(json.dumps({"path": str(tmp_path / "models" / "a.xyz")}))
    (tmp_path / "models" / "a.mtl").write_text("material")
    (far,) = manifest_entries(tmp_path / "lists" / "list.jsonl")
    assert SourceFile(far.path, far.root).companion("a.mtl").read_text() == "material"
