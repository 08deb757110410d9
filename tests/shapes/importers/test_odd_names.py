"""Names that are no plain text, links that lead elsewhere, formats that are not read: all told, nothing lost."""

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.readable import printable
from pointrecon.shapes import as_shapes, import_shapes, open_table
from pointrecon.shapes.importers.folders import read_folder
from pointrecon.shapes.importers.import_plan import plan_folder, told_before
from pointrecon.shapes.importers.skipped_files import kind_of, reasons

ODD = [
    b"caf\xe9.xyz",
    b"two\nlines.xyz",
    b"a[/b].xyz",
    b"\x1b[31mred.xyz",
    "büchse \u202egpj.xyz".encode(),
    b"=1+1.xyz",
]
SHOWN = [r"caf\xe9", r"two\nlines", "a[/b]", r"\x1b[31mred", r"büchse \u202egpj", "=1+1"]


def cloud(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(0).normal(size=(30, 3)))
    return path


def run(*words: object) -> int:
    return main(["shapes", *map(str, words)])


def test_what_is_printable() -> None:
    assert [printable(os.fsdecode(name)) for name in ODD] == [f"{name}.xyz" for name in SHOWN]
    for name in ("Größe 5 µm", "椅子\u3000大", "👩\u200d🔧", r"C:\n"):
        assert printable(name) == name


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such names cannot be")
@pytest.mark.parametrize("out", ["t.lance", "t.npz"])
def test_names_that_are_no_plain_text_are_read_and_shown_escaped(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], out: str
) -> None:
    pytest.importorskip("lancedb")
    parts = tmp_path / "parts"
    for folder in (b"on[b]", b"tw\xf6"):
        for name in ODD:
            cloud(parts / os.fsdecode(folder) / os.fsdecode(name))
        (parts / os.fsdecode(folder) / os.fsdecode(b"bad \xe9\n.stl")).write_bytes(b"")
    assert run("import", parts, "-o", tmp_path / out, "--points", 30, "--workers", 1) == 0
    told = capfd.readouterr()
    assert r"classes: 2 (on[b], tw\xf6)" in told.out
    assert r"bad \xe9\n.stl" in told.err
    assert "\x1b" not in told.err + told.out
    arrays = open_table(tmp_path / out).load()
    assert sorted(arrays.id.tolist()) == sorted(f"{folder}/{name}" for folder in ("on[b]", r"tw\xf6") for name in SHOWN)
    assert set(arrays.source.tolist()) == {f"{id}.xyz" for id in arrays.id.tolist()}
    listed = tmp_path / ("t.skipped.csv" if out.endswith("npz") else "t.lance/skipped.csv")
    with listed.open(encoding="utf-8", newline="") as file:
        assert {row["file"] for row in csv.DictReader(file)} == {r"on[b]/bad \xe9\n.stl", r"tw\xf6/bad \xe9\n.stl"}
    assert run("info", tmp_path / out) == 0
    assert "on[b]" in capfd.readouterr().out
    assert run("import", parts, "-o", tmp_path / out, "--resume", "--workers", 1) == 0
    assert "0 shapes imported (12 were there already)" in capfd.readouterr().out


def test_what_a_message_names_is_shown_escaped_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", tmp_path / "\x1b[31mgone\n", "-o", tmp_path / "t.npz") == 2
    assert r"\x1b[31mgone\n: check the path" in capsys.readouterr().err
    with pytest.raises(InputError, match="no source was given"):
        as_shapes("")


def test_two_names_that_are_shown_alike_have_two_ids(tmp_path: Path) -> None:
    for name in ("a\n.xyz", r"a\n.xyz"):
        cloud(tmp_path / name)
    assert len({entry.id for entry in plan_folder(tmp_path).entries}) == 2


def test_a_new_file_changes_no_id_that_is_there(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    parts = tmp_path / "parts"
    parts.mkdir()
    for name in ("a.obj", "b.obj"):
        trimesh.creation.box().export(parts / name)
    import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    for name in ("a.stl", "a.obj.ply"):
        trimesh.creation.box().export(parts / name)
    (parts / "b.obj").unlink()
    trimesh.creation.box().export(parts / "b.stl")  # another file: not the shape that is there
    assert import_shapes(parts, tmp_path / "t.npz", resume=True, workers=1).shapes == 3
    arrays = open_table(tmp_path / "t.npz").load()
    assert dict(zip(arrays.id.tolist(), arrays.source.tolist(), strict=True)) == {
        "a": "a.obj", "b": "b.obj", "a.obj.ply": "a.obj.ply", "a.stl": "a.stl", "b.stl": "b.stl",
    }  # fmt: skip


def test_an_import_that_goes_on_keeps_to_the_layout_that_was_decided(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    for name in ("bolt/a", "bolt/b", "nut/c"):
        cloud(parts / f"{name}.xyz")
    import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    for i in range(5):  # decided now, there would be no classes
        cloud(parts / f"{i}.xyz")
    cloud(parts / "nut" / "d.xyz")
    import_shapes(parts, tmp_path / "t.npz", resume=True, workers=1)
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.label[arrays.id.tolist().index("nut/d")] == arrays.meta.classes.index("nut")


def test_links_out_of_the_folder_are_followed_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud(tmp_path / "other" / "far.xyz")
    parts = tmp_path / "parts"
    cloud(parts / "bolt" / "a.xyz")
    cloud(parts / "nut" / "b.xyz")
    (parts / "gear").symlink_to(tmp_path / "other", target_is_directory=True)
    (parts / "nut" / "linked.xyz").symlink_to(tmp_path / "other" / "far.xyz")
    (parts / "nut" / "within.xyz").symlink_to(parts / "bolt" / "a.xyz")
    plan = plan_folder(parts)
    assert [entry.id for entry in plan.entries] == ["bolt/a", "nut/b", "nut/within"]
    assert "2 links out of the folder not followed" in plan.doubts[0]
    plan = plan_folder(parts, follow_links=True)
    assert [entry.id for entry in plan.entries] == ["bolt/a", "gear/far", "nut/b", "nut/linked", "nut/within"]
    assert plan.doubts == []
    (parts.parent / "door").symlink_to(parts, target_is_directory=True)  # what was named is no link out
    assert len(plan_folder(parts.parent / "door").entries) == 3
    assert run("import", parts, "-o", tmp_path / "t.npz", "--points", 16, "--follow-links", "true", "--workers", 1) == 0
    assert "5 shapes imported" in capsys.readouterr().out
    for path in (parts / "bolt", parts / "nut"):
        for file in path.iterdir():
            file.unlink()
    (parts / "nut" / "linked.xyz").symlink_to(tmp_path / "other" / "far.xyz")
    with pytest.raises(InputError, match=r"no shape files.*2 links out of the folder.*--follow-links"):
        plan_folder(parts)


def test_files_of_other_formats_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = tmp_path / "parts"
    for name in ("a.x_t", "B.X_T", "c.SLDPRT", "d.fbx", "all.rar", "v.prt.3", "scan.bin"):
        (parts / "bolt").mkdir(parents=True, exist_ok=True)
        (parts / "bolt" / name).write_bytes(b"?")
    told = "not read: 2 .x_t, 1 .prt, 1 .sldprt (export CAD files as STL, OBJ or GLB); 1 .bin (save arrays as NPY or "
    told += "NPZ); 1 .fbx (export scenes as GLB or OBJ); 1 .rar (unpack archives)"
    assert run("import", parts, "-o", tmp_path / "t.npz") == 2  # nothing else is there
    assert told in capsys.readouterr().err
    for name in ("m.mtl", "tex.PNG", "README.md", "about.json", "LICENSE", ".hidden.zip", "g/scene.bin", "x.3"):
        (parts / name).parent.mkdir(exist_ok=True)
        (parts / name).write_bytes(b"?")
    (parts / "g" / "scene.gltf").write_text("{}")
    cloud(parts / "bolt" / "a.xyz")
    assert run("import", parts, "-o", tmp_path / "t.npz", "--points", 16, "--workers", 1) == 0
    printed = capsys.readouterr()
    assert told in printed.err.splitlines()
    assert told in printed.out
    with pytest.warns(UserWarning, match="not read: 2 .x_t"):
        read_folder(parts / "bolt", 16, workers=1)


def test_one_file_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trimesh = pytest.importorskip("trimesh")
    trimesh.creation.box().export(tmp_path / "bracket.stl")
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).normal(size=(30, 3)))
    cloud(tmp_path / "pts.csv")
    for name in ("bracket.stl", "scan.npy", "pts.csv"):
        out = tmp_path / f"{name}.lance.npz"
        assert run("import", tmp_path / name, "-o", out, "--points", 16, "--split", "test", "--workers", 1) == 0
        printed = capsys.readouterr()
        assert "classes: none; splits: test 1" in printed.err
        assert f"next: pointrecon shapes info {out}" in printed.out
        arrays = open_table(out).load()
        assert (arrays.id.tolist(), arrays.source.tolist()) == ([name.rpartition(".")[0]], [name])
    (tmp_path / "list.csv").write_text("file,label\na.obj,bolt\n")
    assert run("import", tmp_path / "list.csv", "-o", tmp_path / "t.npz") == 2
    assert "no 'path' column" in capsys.readouterr().err


def test_what_was_found_is_told_before_and_what_was_made_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stray text beside the split folders of one class takes no test shape into training."""
    parts = tmp_path / "parts"
    for c in "abcdefg":
        for split in ("train", "test"):
            for i in range(2):
                cloud(parts / c / split / f"{c}{i}.xyz")
        (parts / c / "README.txt").write_text("What this is\n")
    (parts / "docs").mkdir()
    (parts / "docs" / "train.txt").write_text("a/train/a0\n")
    words = ("import", parts, "-o", tmp_path / "t.npz", "--points", 30, "--workers", 1)
    assert run(*words, "--test", 0.1) == 2
    assert "test shapes already" in capsys.readouterr().err
    assert run(*words) == 0
    told = capsys.readouterr()
    line = "classes: 7 (a, b, c, d, e, and 2 more); splits: train 14, test 14"
    assert told.err.splitlines()[0] == f"{line}; to be tried as clouds: 8 text files"
    assert f"{line}; up axis: unknown" in told.out
    assert " (and 7 more like it)" in told.err
    arrays = open_table(tmp_path / "t.npz").load()
    assert sorted(arrays.split.tolist()) == ["test"] * 14 + ["train"] * 14
    assert arrays.meta.classes == list("abcdefg")


def test_notes_beside_clouds_that_are_texts_too_are_no_shapes_outside_the_splits(tmp_path: Path) -> None:
    for name in ("a/train/x.txt", "a/test/y.txt", "b/train/x.txt", "b/test/y.txt", "README.txt", "a/class_names.csv"):
        cloud(tmp_path / name)
    plan = plan_folder(tmp_path)
    assert plan.doubts == []
    assert told_before(plan.entries).startswith("classes: 2 (a, b); splits: train 2, test 2; to be tried as clouds: 2 ")
    cloud(tmp_path / "a" / "z.txt")
    assert "1 of 5 files lie in no train" in plan_folder(tmp_path).doubts[0]


def test_a_pattern_is_taken_as_it_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In YAML the first would be a comment, the last a mapping."""
    cloud(tmp_path / "parts" / "x" / "01-bolt.xyz")
    cloud(tmp_path / "parts" / "y" / "02-nut.xyz")
    for pattern, told in (
        ("#-{class}", "2 (bolt, nut)"),
        ("*-{class}", "2 (bolt, nut)"),
        ("{class}", "2 (01-bolt, 02-"),
    ):
        words = ("import", tmp_path / "parts", "-o", tmp_path / "t.npz", "--labels-from", pattern, "--overwrite")
        assert run(*words, "--points", 30, "--workers", 1) == 0
        assert f"classes: {told}" in capsys.readouterr().err


def test_reasons_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for i in range(9):
        (parts / f"{i}.xyz").write_text("" if i < 4 else f"{i} 1 2\n{i} 1 2\n")
    assert run("import", parts, "-o", tmp_path / "t.npz", "--workers", 1) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert "(9 files tried): 5 × all points are equal, there is no shape in it, 4 × is an empty file; such as " in told
    assert kind_of("a b/x.stl", "/p q/a b/x.stl has 3 points (1 bad), not 4: check it") == "has … points , not …"
    assert kind_of("x.step", "/p/x.step lacks END-ISO-10303-21 at its end") == "lacks END-ISO-10303-21 at its end"
    assert kind_of("x.stl", "cannot be opened: No such file") == "cannot be opened"
    assert reasons([("x.stl", "/p/x.stl is empty: remove it")]) == "/p/x.stl is empty: remove it"
    assert reasons([("x", f"{'abcdefghi'[i]} is no {'abcdefghi'[i]}") for i in range(9)]).count("×") == 4
