"""Imports: layouts, manifests, arrays; bad files are skipped and listed; bad input is one sentence."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import as_shapes, import_shapes, open_table
from pointrecon.shapes.importers.folders import read_folder
from pointrecon.shapes.importers.import_plan import plan_folder
from pointrecon.shapes.importers.import_splits import draw_splits, hold_out
from pointrecon.shapes.importers.pool import read_all
from pointrecon.shapes.readers.array_files import read_arrays
from pointrecon.shapes.table.lance_table import LanceTable
from shape_samples import crash_on_b

trimesh = pytest.importorskip("trimesh")
pytest.importorskip("lancedb")

RNG = np.random.default_rng(0)
BAD_FILES: dict[str, Callable[[Path], object]] = {
    "garbage.stl": lambda p: p.write_text("solid\ngarbage"),
    "empty.obj": lambda p: p.write_text("# nothing"),
    "nothing.ply": lambda p: p.write_bytes(b""),
    "nan.npy": lambda p: np.save(p, np.full((9, 3), np.nan)),
    "inf.xyz": lambda p: p.write_text("1 2 inf\n3 4 5\n"),
    "same.xyz": lambda p: p.write_text("1 2 3\n1 2 3\n"),
    "text.npy": lambda p: np.save(p, np.full((9, 3), "a")),
    "objects.npy": lambda p: np.save(p, np.full((9, 3), None), allow_pickle=True),
    "flat.npy": lambda p: np.save(p, np.zeros((9, 2))),
}


def box(path: Path, size: tuple[float, float, float] = (1, 2, 3)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    trimesh.creation.box(size).export(path)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Two classes of two boxes and a cloud."""
    folder = tmp_path / "parts"
    for name in ("HexBolt/a.obj", "HexBolt/b.stl", "flat_plate/deep/a.off"):
        box(folder / name)
    np.savetxt(folder / "flat_plate/cloud.xyz", RNG.normal(size=(50, 3)))
    (folder / "HexBolt" / "notes.md").write_text("not a shape")
    (folder / ".hidden").mkdir()
    box(folder / ".hidden/c.obj")
    return folder


def run(*words: object) -> int:
    return main([str(word) for word in words])


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The last line on standard error of a command that ends with status 2; before it may stand what was found."""
    assert run(*words) == 2
    *before, last = capsys.readouterr().err.splitlines()
    assert all(line.startswith(("classes: ", "warning: ", "not read: ")) for line in before), before
    assert last.startswith("pointrecon: ")
    return last


@pytest.mark.parametrize("out", ["t.lance", "t.npz"])
def test_a_folder(parts: Path, tmp_path: Path, out: str) -> None:
    report = import_shapes(parts, tmp_path / out, points=64, up="z", units="mm", license="CC0", workers=1)
    assert (report.shapes, report.skipped) == (4, [])
    assert report.warnings == [("flat_plate/cloud.xyz", "has 50 points, repeated up to 64")]
    table = open_table(tmp_path / out)
    arrays = table.load()
    assert arrays.id.tolist() == ["HexBolt/a", "HexBolt/b", "flat_plate/cloud", "flat_plate/deep/a"]
    assert arrays.source[1] == "HexBolt/b.stl"
    assert table.meta.classes == ["HexBolt", "flat_plate"]
    assert arrays.label.tolist() == [0, 0, 1, 1]
    assert arrays.captions == [["hex bolt"], ["hex bolt"], ["flat plate"], ["flat plate"]]
    assert (table.meta.name, table.meta.up, table.meta.units, table.meta.license) == ("parts", "z", "mm", "CC0")
    assert arrays.points.shape == (4, 64, 3)
    np.testing.assert_allclose(np.linalg.norm(arrays.points.astype(float), axis=2).max(1), 1, atol=1e-3)
    assert arrays.normals is not None
    assert (arrays.normals[2] == 0).all()  # the cloud has none
    assert (np.abs(arrays.normals[0]).sum(1) > 0).all()


def test_without_labels_or_captions(parts: Path, tmp_path: Path) -> None:
    import_shapes(parts, tmp_path / "a.npz", points=16, labels_from="none", workers=1)
    arrays = open_table(tmp_path / "a.npz").load()
    assert arrays.meta.classes == []
    assert (arrays.label == -1).all()
    assert arrays.captions == [[]] * 4
    import_shapes(parts, tmp_path / "b.npz", points=16, caption_from_class=False, workers=1)
    arrays = open_table(tmp_path / "b.npz").load()
    assert (arrays.label >= 0).all()
    assert arrays.captions == [[]] * 4


def test_processes_give_the_same_table_as_one(parts: Path, tmp_path: Path) -> None:
    import_shapes(parts, tmp_path / "one.npz", points=32, workers=1)
    import_shapes(parts, tmp_path / "two.npz", points=32, workers=2)
    one, two = (open_table(tmp_path / name).load() for name in ("one.npz", "two.npz"))
    assert one.id.tolist() == two.id.tolist()
    np.testing.assert_array_equal(one.points, two.points)


def test_bad_files_are_skipped_and_listed(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, write in BAD_FILES.items():
        write(parts / name)
    out = tmp_path / "t.lance"
    assert run("shapes", "import", parts, "-o", out, "--points", 32, "--workers", 1) == 0
    captured = capsys.readouterr()
    assert "4 shapes imported, 9 skipped" in captured.out
    assert "skipped: " in captured.err
    with (out / "skipped.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["file"] for row in rows} == BAD_FILES.keys()
    assert all(row["reason"] for row in rows)
    assert len(open_table(out)) == 4


def test_a_reader_that_crashes_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcd":
        np.savetxt(tmp_path / f"{name}.xyz", RNG.normal(size=(20, 3)))
    monkeypatch.setattr("pointrecon.shapes.importers.pool.read_entry", crash_on_b)
    told = {}
    for chunk, results in read_all(plan_folder(tmp_path).entries, 16, 0, 2, batch=2):  # the culprit ends the first
        told |= {entry.id: result for entry, result in zip(chunk, results, strict=True)}
    assert "crashes" in str(told.pop("b"))
    assert len(told) == 3
    assert not any(isinstance(result, str) for result in told.values())


def test_a_file_that_costs_more_than_the_limits_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box(tmp_path / "parts" / "mesh.off")
    np.savetxt(tmp_path / "parts" / "cloud.xyz", RNG.normal(size=(20, 3)))
    words = ("shapes", "import", tmp_path / "parts", "-o", tmp_path / "t.npz", "--points", 16)
    assert run(*words, "--triangles-per-file", 11) == 0
    assert "mesh.off has more than 11 triangles" in capsys.readouterr().err
    assert run(*words, "--resume", "--memory-per-file", "1GB", "--seconds-per-file", 30) == 0  # not settings of a table
    assert open_table(tmp_path / "t.npz").ids().tolist() == ["cloud", "mesh"]
    assert "write it as 4GB" in refused(capsys, *words, "--resume", "--memory-per-file", "much")
    np.savez_compressed(tmp_path / "bomb.npz", points=np.zeros((2, 8_000_000, 3), np.int8))
    words = ("shapes", "import", tmp_path / "bomb.npz", "-o", tmp_path / "b.npz", "--memory-per-file")
    assert "needs more than 0.3 GB" in refused(capsys, *words, "300MB")
    assert "allow a file 300MB or more" in refused(capsys, *words, "40MB")


def test_a_plain_script_may_import_with_several_workers(tmp_path: Path) -> None:
    for name in "abcd":
        np.savetxt(tmp_path / f"{name}.xyz", RNG.normal(size=(20, 3)))
    script = tmp_path / "script.py"
    script.write_text(
        "import pointrecon\n"
        "print('once')\n"
        f"made = pointrecon.import_shapes({str(tmp_path)!r}, {str(tmp_path / 't.npz')!r}, points=16, workers=2)\n"
        "print(made.shapes)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["once", "4"], done.stderr


def test_splits_from_folders(tmp_path: Path) -> None:
    for name in ("chair/train/c1.off", "chair/test/c2.off", "bed/train/b1.off"):
        box(tmp_path / "mn" / name)
    got = [(e.id, e.label, e.split) for e in plan_folder(tmp_path / "mn").entries]
    assert got == [
        ("bed/train/b1", "bed", "train"),
        ("chair/test/c2", "chair", "test"),
        ("chair/train/c1", "chair", "train"),
    ]
    for name in ("train/chair/c1.off", "validation/chair/c2.off"):
        box(tmp_path / "above" / name)
    assert [(e.label, e.split) for e in plan_folder(tmp_path / "above").entries] == [
        ("chair", "train"),
        ("chair", "val"),
    ]
    # a locomotive is no split
    for name in ("Train/t1.off", "Bus/b1.off"):
        box(tmp_path / "vehicles" / name)
    assert [(e.label, e.split) for e in plan_folder(tmp_path / "vehicles", split="test").entries] == [
        ("Bus", "test"),
        ("Train", "test"),
    ]


def test_one_stem_with_two_suffixes(tmp_path: Path) -> None:
    for name in ("a.obj", "a.stl", "b.stl"):
        box(tmp_path / "f" / name)
    assert [e.id for e in plan_folder(tmp_path / "f").entries] == ["a.obj", "a.stl", "b"]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
def test_manifests(parts: Path, tmp_path: Path, kind: str) -> None:
    records: list[dict] = [
        {"path": "HexBolt/a.obj", "label": "bolt", "caption": "a bolt, M8", "split": "train", "id": "one"},
        {"path": "HexBolt/b.stl", "label": "bolt", "split": "Test"},
        {"path": "flat_plate/cloud.xyz"},
        {"path": "gone.obj", "label": "bolt"},
    ]
    manifest = parts / f"list.{kind}"
    if kind == "csv":
        with manifest.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["path", "label", "caption", "split", "id"])
            writer.writeheader()
            writer.writerows(records)
    elif kind == "json":
        manifest.write_text(json.dumps(records))
    else:
        manifest.write_text("\n".join(json.dumps(r) for r in records) + "\n")
    report = import_shapes(manifest, tmp_path / "t.npz", points=16, workers=1)
    assert [file for file, _ in report.skipped] == ["gone.obj"]
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.id.tolist() == ["one", "HexBolt/b", "flat_plate/cloud"]
    assert arrays.captions == [["a bolt, M8"], ["bolt"], []]
    assert arrays.label.tolist() == [0, 0, -1]
    assert arrays.split.tolist() == ["train", "test", ""]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_manifest_from_windows(parts: Path, tmp_path: Path, encoding: str) -> None:
    text = "path;label\r\nHexBolt\\a.obj;Bürostuhl\r\nflat_plate\\cloud.xyz;Tür\r\n"
    text = text.replace(";", "\t") if encoding == "utf-16" else text
    (parts / "list.csv").write_bytes(text.encode(encoding))
    import_shapes(parts / "list.csv", tmp_path / "t.npz", points=16, workers=1)
    table = open_table(tmp_path / "t.npz")
    assert table.load().id.tolist() == ["HexBolt/a", "flat_plate/cloud"]
    assert sorted(table.meta.classes) == ["Bürostuhl", "Tür"]


def test_columns_of_a_manifest_that_are_not_read_are_told(
    parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (parts / "list.csv").write_text(",path,Kind\n0,HexBolt/a.obj,bolt\n")
    import_shapes(parts / "list.csv", tmp_path / "t.npz", points=16, workers=1)
    assert "warning: not read of the manifest: kind; read are path, label" in capsys.readouterr().err


def test_what_a_manifest_calls_guessed_is_a_guess(parts: Path, tmp_path: Path) -> None:
    (parts / "list.csv").write_text(
        "file_name,class,guessed,who,confidence\n"
        "HexBolt/a.obj,bolt,True,made-nano,0.75\nflat_plate/cloud.xyz,plate,false,Ada,\n"
    )
    import_shapes(parts / "list.csv", tmp_path / "t.npz", points=16, workers=1)
    table = open_table(tmp_path / "t.npz")
    assert as_shapes(table).guessed.tolist() == [True, False]
    assert (table.label_history().who.tolist(), table.label_history().confidence.tolist()) == (["made-nano"], [0.75])
    assert table.load().meta.classes == ["bolt", "plate"]
    assert read_folder(parts / "list.csv", 16, workers=1).guessed.tolist() == [True, False]


@pytest.mark.parametrize(("row", "reason"), [("maybe,", "'guessed' is 'maybe'"), ("true,2", "confidence '2' is no")])
def test_a_guess_that_is_none_is_refused(parts: Path, tmp_path: Path, row: str, reason: str) -> None:
    (parts / "list.csv").write_text(f"path,label,guessed,confidence\nHexBolt/a.obj,bolt,{row}\n")
    with pytest.raises(InputError, match=f"list.csv, entry 1.*{reason}"):
        import_shapes(parts / "list.csv", tmp_path / "t.npz", points=16, workers=1)


def test_a_table_is_told_to_be_one(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_shapes(parts, tmp_path / "t.npz", points=16, workers=1)
    assert "t.npz is a shape table already" in refused(
        capsys, "shapes", "import", tmp_path / "t.npz", "-o", tmp_path / "n.npz"
    )


def test_a_manifest_whose_files_are_gone_is_still_a_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text("path\na.obj\n")
    told = refused(capsys, "shapes", "import", tmp_path / "list.csv", "-o", tmp_path / "t.lance")
    assert "there is no file" in told
    assert "no manifest" not in told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("path,id\na.obj,x\nb.obj,x\n", "'x' occurs more than once"),
        ("path\na.obj\na.obj\n", "'a' occurs more than once"),
        ("file\na.obj\n", "no 'path'"),
        ("path,split\na.obj,dev\n", "unknown split 'dev'"),
        ("path\n", "lists no files"),
        ('path\n"a', "no readable CSV"),
    ],
)
def test_bad_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str) -> None:
    (tmp_path / "list.csv").write_text(content)
    assert reason in refused(capsys, "shapes", "import", tmp_path / "list.csv", "-o", tmp_path / "t.lance")
    assert not (tmp_path / "t.lance").exists()


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_manifest_nested_without_end_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (tmp_path / f"list.{kind}").write_text("[" * 100_000)
    told = refused(capsys, "shapes", "import", tmp_path / f"list.{kind}", "-o", tmp_path / "t.lance")
    assert f"no readable {kind.upper()} manifest (it is nested too deeply)" in told


def test_arrays_with_their_own_splits(tmp_path: Path) -> None:
    points = (RNG.uniform(-1, 1, (6, 40, 3)) * 32767).astype(np.int16)
    np.savez(
        tmp_path / "a.npz",
        points_train=points[:4], label_train=np.array([0, 1, 0, 1]), names_train=["c1", "c2", "c3", "c4"],
        points_test=points[4:], label_test=np.array([[1], [0]]), names_test=["c1", "c2"],
        classes=["night_stand", "bed"],
    )  # fmt: skip
    import_shapes(tmp_path / "a.npz", tmp_path / "t.lance", up="z", validation=0.5)
    table = open_table(tmp_path / "t.lance")
    arrays = table.load()
    assert arrays.id.tolist() == ["train/c1", "train/c2", "train/c3", "train/c4", "test/c1", "test/c2"]
    assert arrays.label.tolist() == [0, 1, 0, 1, 1, 0]
    assert sorted(arrays.split.tolist()) == ["test", "test", "train", "train", "val", "val"]
    assert sorted(arrays.label[arrays.split == "val"].tolist()) == [0, 1]
    assert arrays.captions[0] == ["night stand"]
    centered = points[0] / 32767 - (points[0] / 32767).mean(0)
    np.testing.assert_allclose(arrays.points[0], centered / np.linalg.norm(centered, axis=1).max(), atol=1e-3)


def test_arrays_with_parts_normals_and_bad_shapes(tmp_path: Path) -> None:
    points = RNG.normal(size=(5, 30, 3)).astype(np.float32)
    points[:, :, 0] += np.where(np.arange(30) % 2, 9, -9)
    points[1, 3, 0] = np.nan
    points[2] = 7
    normals = np.zeros((5, 30, 3), np.int8)
    normals[:, :, 1] = 127
    np.savez(
        tmp_path / "a.npz", points=points, normals=normals, part=np.tile([0, 1], (5, 15)),
        label=np.arange(5) % 2,
        split=np.array([0, 1, 2, 0, 1]), classes=["Bed", "Cup"], part_names=["Cup/body", "Cup/handle"],
        names=["Bed/1.off", "Cup/2.off", "Bed/3.off", "Cup/4.off", "Bed/5.off"],
    )  # fmt: skip
    report = import_shapes(tmp_path / "a.npz", tmp_path / "t.lance", points=20)
    assert [id for id, _ in report.skipped] == ["test/Cup/2", "val/Bed/3"]
    arrays = open_table(tmp_path / "t.lance").load()
    assert arrays.id.tolist() == ["train/Bed/1", "train/Cup/4", "test/Bed/5"]
    assert arrays.points.shape == (3, 20, 3)
    assert arrays.part is not None
    np.testing.assert_array_equal(arrays.part, arrays.points[:, :, 0] > 0)  # labels went with their points
    assert arrays.normals is not None
    np.testing.assert_array_equal(arrays.normals[0, 0], [0, 1, 0])
    assert arrays.meta.part_names == ["Cup/body", "Cup/handle"]


def test_hdf5_and_npy_collections(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    points = RNG.normal(size=(3, 30, 3)).astype(np.float32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({"data": points, "label": np.array([[2], [0], [2]])})
    arrays, _, _ = read_arrays(tmp_path / "a.h5", None, split="train")
    assert arrays.label.tolist() == [2, 0, 2]
    assert arrays.meta.classes == ["0", "1", "2"]
    assert arrays.split.tolist() == ["train"] * 3
    np.save(tmp_path / "a.npy", points)
    arrays, _, warnings = read_arrays(tmp_path / "a.npy", 64)
    assert arrays.points.shape == (3, 64, 3)
    assert "repeated up to 64" in warnings[0][1]


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"points": np.zeros((2, 9, 2))}, "expected (shapes, points, 3 or more)"),
        ({"points": np.zeros((9, 3))}, "all points are equal"),
        ({"points": np.full((2, 9, 3), "a")}, "expected numbers"),
        ({"points": np.full((2, 9, 3), np.nan)}, "NaN or infinite"),
        ({"points": np.full((2, 9, 3), np.inf)}, "NaN or infinite"),
        ({"points": np.ones((2, 9, 3))}, "all points are equal"),
        ({"cubes": np.ones((2, 9, 3)), "balls": np.ones((2, 9, 3))}, "could be the points (cubes (2, 9, 3), balls"),
        ({"points": RNG.normal(size=(2, 9, 3)), "names": ["a", "a"]}, "'a' occurs more than once"),
        ({"points": RNG.normal(size=(2, 9, 3)), "label": [0, 5], "classes": ["x"]}, "label 5"),
        ({"points": RNG.normal(size=(2, 9, 3)), "label": ["x", "y"], "classes": ["x"]}, "label 'y'"),
        ({"points": RNG.normal(size=(2, 9, 3)), "label": [0.5, 1]}, "label 0.5"),
        ({"points": RNG.normal(size=(2, 9, 3)), "label": [0.5, 1], "classes": ["x", "y"]}, "whole number"),
        ({"points": RNG.normal(size=(2, 9, 3)), "label": [0]}, "'label' has shape"),
        ({"points": RNG.normal(size=(2, 9, 3)), "split": [0, 7]}, "split 7"),
    ],
)
def test_bad_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str], arrays: dict, reason: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    assert reason in refused(capsys, "shapes", "import", tmp_path / "a.npz", "-o", tmp_path / "t.lance")
    assert not (tmp_path / "t.lance").exists()


def test_pickled_arrays_run_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "a.npz", allow_pickle=True, points=np.array([print], dtype=object))
    assert "never opened" in refused(capsys, "shapes", "import", tmp_path / "a.npz", "-o", tmp_path / "t.lance")


def test_bad_commands(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.lance"
    empty, hopeless = tmp_path / "empty", tmp_path / "hopeless"
    empty.mkdir()
    hopeless.mkdir()
    (hopeless / "bad.obj").write_text("garbage")
    for words, reason in [
        ((tmp_path / "gone", "-o", out), "there is no folder"),
        ((empty, "-o", out), "holds no shape files"),
        ((hopeless, "-o", out), "no readable shape"),
        (("", "-o", out), "no source was given"),
        ((parts / "HexBolt/notes.md", "-o", out), "nor a file that is read"),
        ((parts, "-o", out, "--labels-from", "pattern"), "did you mean 'parent'"),
        ((parts, "-o", out, "--workers", -1), "leave --workers out"),
        ((parts, "-o", out, "--labels-from", "bolt_*"), "{class} in it once"),
        ((parts, "-o", out, "--labels-from", "{class}_#"), "no file fits"),
        ((parts, "-o", out, "--splits-from", "parent"), "splits-from"),
        ((parts / "HexBolt/a.obj", "-o", out, "--labels-from", "parent"), "is no folder"),
        ((parts, "-o", tmp_path / "table"), "something.lance"),
        ((parts,), "--out is missing"),
        ((parts, "-o", out, "--pionts", 5), "pionts"),
        ((parts, "-o", out, "--points", 0), "at least one point"),
        ((parts, "-o", out, "--up", "w"), "up"),
        ((parts, "-o", out, "--validation", 1.5), "validation"),
        ((parts, "-o", out, "--test", 1), "test share"),
        ((parts, "-o", out, "--resume", "--overwrite"), "contradict"),
    ]:
        assert reason in refused(capsys, "shapes", "import", *words, *(("--workers", 1) if len(words) == 3 else ()))
        assert not out.exists()
    assert "did you mean 'import'" in refused(capsys, "shapes", "imprt")
    assert "no shape table" in refused(capsys, "shapes", "info", out)


def test_nothing_is_replaced_by_accident(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.lance"
    words = ("shapes", "import", parts, "-o", out, "--points", 16, "--workers", 1)
    assert run(*words) == 0
    capsys.readouterr()
    assert "exists already" in refused(capsys, *words)
    assert len(open_table(out)) == 4
    box(parts / "HexBolt/new.obj")
    assert run(*words, "--resume") == 0
    assert "1 shape imported (4 were there already)" in capsys.readouterr().out
    assert len(open_table(out)) == 5
    assert run(*words, "--overwrite", "--labels-from", "none") == 0
    assert open_table(out).meta.classes == []
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    np.savez(tmp_path / "own.npz", points=RNG.normal(size=(2, 9, 3)))
    capsys.readouterr()
    for target in ("own.npz", "own.npz"):
        told = refused(capsys, "shapes", "import", tmp_path / "own.npz", "-o", tmp_path / target, "--overwrite")
        assert "source itself" in told


def test_a_full_disk_keeps_what_was_written(
    parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "t.lance"
    monkeypatch.setattr("pointrecon.shapes.importers.pool._FIRST", 2)
    words = ("shapes", "import", parts, "-o", out, "--points", 16, "--workers", 1)
    add, calls = LanceTable._add, []

    def second_batch_fails(self: LanceTable, name: str, batch: object) -> None:
        calls.append(name)
        if calls.count("shapes") == 2:
            raise RuntimeError("lance error: LanceError(IO): No space left on device (os error 28)")
        add(self, name, batch)

    monkeypatch.setattr(LanceTable, "_add", through_plain_errors(second_batch_fails))
    assert "No space left on device" in refused(capsys, *words)
    assert open_table(out).ids().tolist() == ["HexBolt/a", "HexBolt/b"]
    monkeypatch.setattr(LanceTable, "_add", add)
    assert run(*words, "--resume") == 0
    assert open_table(out).ids().tolist() == ["HexBolt/a", "HexBolt/b", "flat_plate/cloud", "flat_plate/deep/a"]


@pytest.mark.parametrize("name", ["t.lance", "t.npz"])
@pytest.mark.parametrize("before", [False, True])
def test_a_disk_that_is_full_at_once_leaves_things_as_they_were(
    parts: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    before: bool,
) -> None:
    out = tmp_path / name
    words = ("shapes", "import", parts, "-o", out, "--points", 16, "--workers", 1)
    if before:
        assert run(*words) == 0
        capsys.readouterr()

    def full(self: object, arrays: object) -> None:
        raise OSError(28, "No space left on device", str(out))

    monkeypatch.setattr("pointrecon.shapes.table.lance_table.LanceTable.append", full)
    monkeypatch.setattr("pointrecon.shapes.table.npz_table.NpzTable.append", full)
    assert "No space left" in refused(capsys, *words, "--overwrite")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["parts", *([name] if before else [])])
    if before:
        assert len(open_table(out)) == 4


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize("name", ["t.lance", "t.npz"])
def test_a_read_only_place(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    place = tmp_path / "locked"
    place.mkdir(mode=0o555)
    told = refused(capsys, "shapes", "import", parts, "-o", place / name, "--points", 16, "--workers", 1)
    assert "ermission denied" in told


def through_plain_errors(function: Callable) -> Callable:
    from pointrecon.shapes.table.lance_errors import plain_errors

    def wrapped(self: LanceTable, name: str, batch: object) -> None:
        with plain_errors(self.path):
            function(self, name, batch)

    return wrapped


def test_info(parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.lance"
    run("shapes", "import", parts, "-o", out, "--points", 16, "--workers", 1, "--license", "CC0")
    capsys.readouterr()
    assert run("shapes", "info", out) == 0
    printed = capsys.readouterr().out
    for word in ("4 of 16 points", "HexBolt", "CC0"):
        assert word in printed
    assert run("shapes", "info", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["shapes"] == 4


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("shapes", "--help") == 0
    assert "examples:" in capsys.readouterr().out
    for command in ("import", "info"):
        with pytest.raises(SystemExit) as ended:
            run("shapes", command, "--help")
        assert ended.value.code == 0
        assert "examples:" in capsys.readouterr().out


def test_holding_out_is_stratified_seeded_and_leaves_test_alone() -> None:
    labels, splits = np.repeat(np.arange(20), 30), np.array((["train"] * 20 + ["test"] * 10) * 20)
    held = hold_out(labels, splits, 0.1, seed=3)
    assert [(held[labels == c] == "val").sum() for c in range(20)] == [2] * 20
    assert (held[splits == "test"] == "test").all()
    np.testing.assert_array_equal(held, hold_out(labels, splits, 0.1, seed=3))
    assert (held != hold_out(labels, splits, 0.1, seed=4)).any()
    assert (hold_out(labels, np.full(600, ""), 0.25, seed=0) == "val").sum() == 150
    np.testing.assert_array_equal(hold_out(labels, splits, 0.0, seed=0), splits)
    with pytest.raises(InputError):
        hold_out(labels, splits, 1.0, seed=0)


def test_a_test_split_is_drawn_before_validation_and_never_beside_one_that_is_there() -> None:
    labels, none = np.repeat(np.arange(6), 50), np.full(300, "")
    drawn = draw_splits(labels, none, test=0.2, validation=0.25, seed=0)
    for c in range(6):
        assert [(drawn[labels == c] == split).sum() for split in ("train", "val", "test")] == [30, 10, 10]
    np.testing.assert_array_equal(drawn, draw_splits(labels, none, test=0.2, validation=0.25, seed=0))
    # the validation share alone does not change which test shapes there are
    np.testing.assert_array_equal(drawn == "test", draw_splits(labels, none, test=0.2, validation=0, seed=0) == "test")
    with pytest.raises(InputError, match="test shapes already"):
        draw_splits(labels, drawn, test=0.2, validation=0, seed=0)


def test_a_folder_without_splits_gets_what_probes_need(parts: Path, tmp_path: Path) -> None:
    for source in (parts, tmp_path / "one.npz"):
        if source.suffix:
            np.savez(source, points=RNG.standard_normal((8, 64, 3)), label=np.arange(8) % 2)
        import_shapes(source, tmp_path / "t.npz", points=64, test=0.5, workers=1, overwrite=True)
        assert set(open_table(tmp_path / "t.npz").load(features=()).split.tolist()) == {"train", "test"}


@pytest.mark.skipif("POINTRECON_DATA" not in os.environ, reason="real shapes are not here")
@pytest.mark.parametrize(
    ("name", "count", "points", "classes"),
    [("modelnet10_1024", 4899, 1024, 10), ("shapes69_2048", 2470, 2048, 69), ("princeton_parts_2048", 380, 2048, 19)],
)
def test_real_collections(tmp_path: Path, name: str, count: int, points: int, classes: int) -> None:
    report = import_shapes(Path(os.environ["POINTRECON_DATA"]) / f"{name}.npz", tmp_path / "t.lance")
    assert (report.shapes, report.skipped) == (count, [])
    table = open_table(tmp_path / "t.lance")
    assert len(table.meta.classes) == classes
    assert table.rows().size == points
