"""Folders and files that are nearly right: found all the same, or one sentence that names the remedy."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import layouts
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import import_benchmark, open_table
from pointrecon.shapes.importers.benchmarks import modelnet


def run(name: str, folder: Path | str, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """The exit status and what the command said; where it failed, one line and nothing left."""
    status = main(["shapes", "benchmark", name, str(folder), "-o", str(out), "--points", "8", "--workers", "1", *more])
    said = capsys.readouterr().err
    if status:
        assert (status, said.count("\n")) == (2, 1)
        assert not out.exists()
        assert not list(out.parent.glob(f".{out.name}*"))
    return status, said


FORMS: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "text": ("modelnet40", layouts.modelnet_text, "airplane"),
    "meshes": ("modelnet10", layouts.modelnet_off, "chair/train"),
    "hdf5": ("modelnet40", layouts.modelnet_hdf5, ""),
    "few-shot": ("modelnet40-fewshot", layouts.fewshot, ""),
    "scans": ("scanobjectnn-obj-bg", lambda folder: layouts.scanobjectnn(folder) / "main_split", "../main_split_nobg"),
    "shapenet": ("shapenet55", layouts.shapenet55, "shapenet_pc"),
    "parts": ("shapenetpart", layouts.shapenetpart_text, "train_test_split"),
    "parts hdf5": ("shapenetpart", layouts.shapenetpart_hdf5, ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_folder_itself_its_parents_and_its_children(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, make, child = FORMS[form]
    right = make(tmp_path / "data" / "some")
    monkeypatch.chdir(right)
    assert run(name, ".", tmp_path / "a.npz", capsys)[0] == 0
    assert run(name, "..", tmp_path / "b.npz", capsys)[0] == 0
    far = right.parents[2] if form == "scans" else right.parents[1]
    status, said = run(name, far, tmp_path / "c.npz", capsys)
    assert status == 2
    assert "; perhaps you mean " in said
    if child:
        status, said = run(name, (right / child).resolve(), tmp_path / "d.npz", capsys)
        assert status == 2
        assert "; perhaps you mean " in said


def test_a_layout_is_looked_for_in_all_folders(tmp_path: Path) -> None:
    layouts.modelnet_text(tmp_path)
    layouts.modelnet_hdf5(tmp_path)
    report = import_benchmark("modelnet40", tmp_path, tmp_path / "t.npz", layout="hdf5", points=8)
    assert report.shapes == 4


def test_hdf5_files_without_their_lists_are_read_by_name(tmp_path: Path) -> None:
    folder, parts = layouts.modelnet_hdf5(tmp_path), layouts.shapenetpart_hdf5(tmp_path)
    renamed = parts.with_name("shapenet_part_seg_hdf5_data")  # as DGCNN calls it
    parts.rename(renamed)
    for path in [*folder.glob("*_files.txt"), *renamed.glob("*_list.txt")]:
        path.unlink()
    import_benchmark("modelnet40", folder, tmp_path / "m.npz", points=8)
    assert open_table(tmp_path / "m.npz").load().split.tolist() == ["train"] * 3 + ["test"]
    import_benchmark("shapenetpart", tmp_path, tmp_path / "p.npz", points=8)
    assert open_table(tmp_path / "p.npz").load().split.tolist() == ["train", "train", "val", "test"]


def test_the_hardest_scans_may_lie_alone_but_not_without_background(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = layouts.scanobjectnn(tmp_path) / "main_split"
    alone = shutil.copytree(right, tmp_path / "data")
    assert run("scanobjectnn-pb-t50-rs", alone, tmp_path / "a.npz", capsys)[0] == 0
    other = shutil.copytree(right, tmp_path / "else" / "main_split_nobg")
    assert "has no folder 'main_split'" in run("scanobjectnn-pb-t50-rs", other, tmp_path / "b.npz", capsys)[1]
    assert "has no folder 'main_split'" in run("scanobjectnn-obj-bg", alone, tmp_path / "c.npz", capsys)[1]


def test_a_missing_list_of_shapenet55_says_where_lists_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.shapenet55(tmp_path)
    (folder / "ShapeNet-55" / "train.txt").unlink()
    said = run("shapenet55", folder, tmp_path / "t.npz", capsys)[1]
    assert "there is no list" in said
    assert "Point-BERT's repository (data/ShapeNet55-34/ShapeNet-55)" in said


def test_ulips_shapenet_folder(tmp_path: Path) -> None:
    folder = layouts.shapenet55(tmp_path).rename(tmp_path / "shapenet-55")
    for path in (folder / "ShapeNet-55").iterdir():
        path.rename(folder / path.name)
    (folder / "ShapeNet-55").rmdir()
    taxonomy = [
        {"synsetId": "02691156", "name": "airplane,aeroplane, plane", "children": []},
        {"synsetId": "0", "name": ""},
    ]
    (folder / "taxonomy.json").write_text(json.dumps(taxonomy))
    import_benchmark("shapenet55", tmp_path, tmp_path / "t.npz", points=8, workers=1)
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.captions == [["airplane", "aeroplane", "plane"], ["washer"], ["airplane", "aeroplane", "plane"]]
    assert len(arrays.meta.classes) == 55
    (folder / "taxonomy.json").write_text("[1]")
    with pytest.raises(InputError, match="no list of classes with 'synsetId' and 'name'"):
        import_benchmark("shapenet55", tmp_path, tmp_path / "u.npz", points=8, workers=1)


def test_parts_without_normals_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.shapenetpart_text(tmp_path)
    (folder / "02691156" / "points").mkdir()
    (folder / "02691156" / "points" / "1a04e3.pts").write_text("0 0 0\n")
    assert "is the form without normals" in run("shapenetpart", folder, tmp_path / "t.npz", capsys)[1]


def test_a_shape_listed_twice_is_kept_once_and_never_trained_on_and_tested(tmp_path: Path) -> None:
    folder = layouts.shapenetpart_text(tmp_path)
    lists = {split: folder / "train_test_split" / f"shuffled_{split}_file_list.json" for split in ("train", "test")}
    lines = json.loads(lists["train"].read_text())
    lists["train"].write_text(json.dumps([lines[0], *lines]))
    lists["test"].write_text(json.dumps([*json.loads(lists["test"].read_text()), lines[1]]))
    report = import_benchmark("shapenetpart", folder, tmp_path / "t.npz", points=8, workers=1)
    arrays = open_table(tmp_path / "t.npz").load()
    assert arrays.id.tolist() == ["02691156/1a04e3", "03797390/b46e89", "04379243/4a2f3c", "03797390/a0c78f"]
    assert arrays.split.tolist() == ["train", "val", "test", "test"]
    sentences = " ".join(sentence for _, sentence in report.warnings)
    assert "2 lines name shapes listed before, such as '02691156/1a04e3': kept once" in sentences
    assert "officially has 12137 training shapes, this folder has 3:" in sentences  # lines, as in the official number


def test_wrong_columns_of_hdf5_name_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.scanobjectnn(tmp_path) / "main_split"
    for split, cut in (("training", 1), ("test", 10)):
        with h5py.File(folder / f"{split}_objectdataset.h5", "r+") as file:
            mask = file["mask"][:, :cut]
            del file["mask"]
            file["mask"] = mask[:, 0] if cut == 1 else mask
    said = run("scanobjectnn-obj-bg", folder, tmp_path / "t.npz", capsys)[1]
    assert "training_objectdataset.h5: 'mask' has the shape (5,) for clouds of the shape (5, 24, 3)" in said
    parts = layouts.shapenetpart_hdf5(tmp_path)
    with h5py.File(parts / "ply_data_val0.h5", "r+") as file:
        pid = file["pid"][:, 0]
        del file["pid"]
        file["pid"] = pid
    report = import_benchmark("shapenetpart", parts, tmp_path / "p.npz", points=8)
    assert (report.shapes, [name for name, _ in report.skipped]) == (3, ["ply_data_val0.h5"])


def test_a_damaged_block_of_hdf5_is_told(tmp_path: Path) -> None:
    folder = layouts.modelnet_hdf5(tmp_path)
    path = folder / "ply_data_train0.h5"
    with h5py.File(path) as file:
        start = file["data"].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[start + 10 : start + 60] = bytes(50)
    path.write_bytes(content)
    report = import_benchmark("modelnet40", folder, tmp_path / "t.npz", points=8)
    assert report.shapes == 2
    assert "ply_data_train0.h5: shapes from 0 on cannot be read: damaged, cut short" in report.skipped[0][1]


def test_a_benchmarks_hdf5_leads_to_no_other_file(tmp_path: Path) -> None:
    folder = layouts.modelnet_hdf5(tmp_path)
    (folder / "ply_data_train0.h5").rename(tmp_path / "elsewhere.h5")
    with h5py.File(tmp_path / "elsewhere.h5") as whole, h5py.File(folder / "ply_data_train0.h5", "w") as file:
        file["data"], file["label"] = h5py.ExternalLink("../elsewhere.h5", "data"), whole["label"][()]
    report = import_benchmark("modelnet40", folder, tmp_path / "t.npz", points=8)
    assert "'data' is a link to '../elsewhere.h5'" in report.skipped[0][1]


@pytest.mark.parametrize("content", [5, [5, [3]], [[1], 4], [np.float32(1), [2]], [[np.zeros((2, 3))], [None]]])
def test_other_pickles_are_no_modelnet(tmp_path: Path, content: object, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.modelnet_pickles(tmp_path / "d")
    for path in folder.glob("*.dat"):
        path.write_bytes(pickle.dumps(content))
    said = run("modelnet40", folder, tmp_path / "t.npz", capsys)[1]
    assert "modelnet40_train_8192pts_fps.dat" in said


def test_equal_names_in_two_hdf5_files_become_numbers(tmp_path: Path) -> None:
    folder = layouts.modelnet_hdf5(tmp_path)
    shutil.copy(folder / "ply_data_train0.h5", folder / "ply_data_train1.h5")
    shutil.copy(folder / "ply_data_train_0_id2file.json", folder / "ply_data_train_1_id2file.json")
    plan = modelnet.read_modelnet(folder, kind=40)
    ids = [entry.id for entry in plan.entries()]
    assert ids == ["airplane_0001", "bathtub_0002", "train-00002", "train-00003", "test-00000"]


def test_a_missing_folder_says_where_the_files_are_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run("shapenetpart", tmp_path / "nowhere", tmp_path / "t.npz", capsys)[1]
    assert "from https://shapenet.cs.stanford.edu/media/shapenetcore_partanno" in said


def test_what_macos_puts_beside_meshes_is_passed_over(tmp_path: Path) -> None:
    folder = layouts.modelnet_off(tmp_path)
    (folder / "chair" / "train" / "._chair_0001.off").write_bytes(b"\0\5\x16\7")
    report = import_benchmark("modelnet10", folder, tmp_path / "t.npz", points=8, workers=1)
    assert (report.shapes, report.skipped) == (3, [])
