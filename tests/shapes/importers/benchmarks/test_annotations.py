"""Captions, classes and splits beside Objaverse's clouds are read in the forms researchers have them."""

import gzip
import json
from pathlib import Path

import numpy as np

import layouts
from pointrecon.shapes import ShapeArrays, import_benchmark, open_table
from pointrecon.shapes.importers.benchmarks.annotations import gather

RECORDS = {
    "aa": {"uid": "aa", "name": "Old  chair", "tags": [{"name": "wood"}], "license": "by", "description": "A chair."},
    "zz": {"uid": "zz", "name": "not here"},
}


def clouds(folder: Path, names: list[str]) -> None:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, layouts.cloud(number)[:, :3])  # arr_0, as ULIP has it


def imported(folder: Path) -> ShapeArrays:
    import_benchmark("objaverse", folder, folder.parent / "t.npz", points=8, workers=1)
    return open_table(folder.parent / "t.npz").load()


def test_ulips_clouds_and_objaverses_own_annotations(tmp_path: Path) -> None:
    folder = tmp_path / "ulip"
    clouds(folder / "objaverse_pc_parallel", ["aa/aa_8192.npz", "bb/bb_8192.npz", "cc_10.npz"])
    (folder / "metadata").mkdir()
    (folder / "metadata" / "000-000.json.gz").write_bytes(gzip.compress(json.dumps(RECORDS).encode()))
    (folder / "lvis-annotations.json").write_text(json.dumps({"chair": ["aa", "zz"], "mug": ["bb"]}))
    arrays = imported(folder)
    assert arrays.id.tolist() == ["aa", "bb", "cc_10"]  # the last is no ULIP name: nothing says that 10 is a number
    assert arrays.captions == [["A chair.", "Old chair"], ["mug"], []]
    assert (arrays.meta.classes, arrays.label.tolist()) == (["chair", "mug"], [0, 1, -1])


def test_two_sizes_of_a_cloud_stay_two_shapes(tmp_path: Path) -> None:
    clouds(tmp_path / "u", ["aa/aa_2048.npz", "aa/aa_8192.npz"])
    assert imported(tmp_path / "u").id.tolist() == ["aa_2048", "aa_8192"]


def test_captions_from_csv_with_and_without_a_header(tmp_path: Path) -> None:
    clouds(tmp_path / "c", ["aa.npz", "bb.npz"])
    (tmp_path / "c" / "Cap3D_automated_Objaverse.csv").write_text('aa,"a red, old mug"\nbb,a bed\n')
    (tmp_path / "c" / "more.csv").write_text("uid,caption,category\naa,a cup,mug\n")
    arrays = imported(tmp_path / "c")
    assert arrays.captions == [["a red, old mug", "a cup"], ["a bed"]]
    assert arrays.meta.classes == ["mug"]


def test_openshapes_lists_and_names(tmp_path: Path) -> None:
    (tmp_path / "meta_data" / "split").mkdir(parents=True)
    split = [{"dataset": "ABO", "group": "", "id": "aa", "data_path": "/x/ABO/aa.npy"}]
    (tmp_path / "meta_data" / "split" / "train_all.json").write_text(json.dumps(split))
    (tmp_path / "meta_data" / "gpt4_filtering.json").write_text(json.dumps({"aa": {"flag": "N"}}))
    (tmp_path / "test_split.json").write_text(json.dumps([{"name": "airplane_0627", "category": "airplane"}]))
    about, skipped = gather(tmp_path, {"aa"})
    assert about == {
        "aa": {"captions": [], "split": "train"},
        "airplane_0627": {"captions": [], "label": "airplane", "split": "test"},
    }
    assert skipped == []


def test_damaged_files_are_listed(tmp_path: Path) -> None:
    clouds(tmp_path / "d", ["aa.npz"])
    (tmp_path / "d" / "a.json").write_text("{")
    (tmp_path / "d" / "b.json.gz").write_bytes(gzip.compress(b"{}")[:-6])
    (tmp_path / "d" / "c.csv").write_bytes(b"aa,\xff\xfe\n")
    (tmp_path / "d" / "e.json").write_text("[" * 100_000)
    report = import_benchmark("objaverse", tmp_path / "d", tmp_path / "t.npz", points=8, workers=1)
    assert [name for name, _ in report.skipped] == ["a.json", "b.json.gz", "c.csv", "e.json"]
    assert "c.csv is no readable CSV: get it anew, or move it away" in report.skipped[2][1]
