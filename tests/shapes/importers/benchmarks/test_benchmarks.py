"""Every benchmark, from tiny files in its own layout to a table."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import layouts
from odd_readers import rows_of_noise, rows_that_crash
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, import_benchmark, open_table
from pointrecon.shapes.importers.benchmarks.benchmark import _read_stacks
from pointrecon.shapes.importers.benchmarks.folds import stored_folds
from pointrecon.shapes.importers.benchmarks.plan import RowEntry, Stack
from pointrecon.shapes.importers.benchmarks.registry import BENCHMARKS


def imported(name: str, folder: Path, **options: object) -> ShapeArrays:
    options = {"workers": 1, **options}
    out = folder.parent / f"{name}-{len(list(folder.parent.iterdir()))}.npz"
    import_benchmark(name, folder, out, **options)  # type: ignore[arg-type]
    return open_table(out).load(pictures=True)


def names(arrays: ShapeArrays) -> list[str]:
    return [arrays.meta.classes[i] for i in arrays.label.tolist()]


MODELNET_FORMS: dict[str, Callable[[Path], Path]] = {
    "text": layouts.modelnet_text,
    "pickle": lambda folder: layouts.modelnet_pickles(folder / "modelnet40_normal_resampled"),
}


@pytest.mark.parametrize("form", MODELNET_FORMS)
def test_modelnet40_text_and_pickles_give_the_same_table(tmp_path: Path, form: str) -> None:
    arrays = imported("modelnet40", MODELNET_FORMS[form](tmp_path), points=layouts.POINTS)
    assert arrays.id.tolist() == ["airplane_0001", "airplane_0002", "night_stand_0001", "airplane_0003", "xbox_0001"]
    assert names(arrays) == ["airplane", "airplane", "night_stand", "airplane", "xbox"]
    assert arrays.split.tolist() == ["train"] * 3 + ["test"] * 2
    assert arrays.captions[2] == ["night stand"]
    assert (len(arrays.meta.classes), arrays.meta.up, arrays.meta.name) == (40, "y", "ModelNet40")
    assert "academic" in arrays.meta.license
    assert arrays.normals is not None
    for i in range(5):
        np.testing.assert_allclose(arrays.points[i], layouts.unit_ball(layouts.cloud(i)[:, :3]), atol=2e-3)
        np.testing.assert_allclose(arrays.normals[i], layouts.cloud(i)[:, 3:], atol=2e-3)


def test_fewer_points_of_modelnet_are_the_first_ones(tmp_path: Path) -> None:
    arrays = imported("modelnet40", layouts.modelnet_pickles(tmp_path / "d"), points=10)
    np.testing.assert_allclose(arrays.points[1], layouts.unit_ball(layouts.cloud(1)[:10, :3]), atol=2e-3)


def test_pickles_without_lists_are_numbered(tmp_path: Path) -> None:
    arrays = imported("modelnet40", layouts.modelnet_pickles(tmp_path / "d", protocol=2, lists=False))
    assert arrays.id.tolist() == ["train-00000", "train-00001", "train-00002", "test-00000", "test-00001"]
    assert names(arrays)[2:4] == ["night_stand", "airplane"]
    assert arrays.points.shape == (5, layouts.POINTS, 3)


def test_modelnet40_hdf5(tmp_path: Path) -> None:
    arrays = imported("modelnet40", layouts.modelnet_hdf5(tmp_path))
    assert arrays.id.tolist() == ["airplane_0001", "bathtub_0002", "train-00002", "test-00000"]
    assert names(arrays) == ["airplane", "bathtub", "xbox", "bed"]
    np.testing.assert_allclose(arrays.points[2], layouts.unit_ball(layouts.cloud(10)[:, :3]), atol=2e-3)
    assert arrays.normals is not None
    np.testing.assert_allclose(arrays.normals[2], layouts.cloud(10)[:, 3:], atol=2e-3)


def test_modelnet10_meshes_and_text(tmp_path: Path) -> None:
    meshes = imported("modelnet10", layouts.modelnet_off(tmp_path), points=16)
    assert list(zip(meshes.id.tolist(), meshes.split.tolist(), names(meshes), strict=True)) == [
        ("chair_0001", "train", "chair"),
        ("chair_0002", "test", "chair"),
        ("night_stand_0001", "train", "night_stand"),
    ]
    assert (meshes.meta.up, len(meshes.meta.classes)) == ("z", 10)
    listed = {"train": ["bed_0001"], "test": ["night_stand_0002"]}
    text = imported("modelnet10", layouts.modelnet_text(tmp_path, 10, listed), points=16)
    assert (names(text), text.meta.up) == (["bed", "night_stand"], "y")


def test_a_layout_can_be_chosen(tmp_path: Path) -> None:
    folder = layouts.modelnet_text(tmp_path)
    layouts.modelnet_pickles(folder)
    (folder / "airplane" / "airplane_0001.txt").unlink()
    assert len(imported("modelnet40", folder)) == 5
    assert len(imported("modelnet40", folder, layout="text", points=16)) == 4
    with pytest.raises(InputError, match="in no known form \\(hdf5\\)"):
        imported("modelnet40", folder, layout="hdf5")
    with pytest.raises(InputError, match="has no layout 'pickles'; use pickle, text"):
        imported("modelnet40", folder, layout="pickles")


@pytest.mark.parametrize("protocol", [2, 5])
def test_fewshot_folds(tmp_path: Path, protocol: int) -> None:
    folder = layouts.fewshot(tmp_path, protocol)
    arrays = imported("modelnet40-fewshot", folder)
    assert len(arrays) == 2 * 2 * 10
    assert arrays.id[0] == "5way_10shot/0/train-0000"
    assert names(arrays)[:2] == ["car", "bench"]
    folds = stored_folds(arrays.id, arrays.label)
    assert {key: len(some) for key, some in folds.items()} == {(5, 10): 2, (5, 20): 2}
    second = folds[5, 20][1]
    assert arrays.id[second.test].tolist() == [f"5way_20shot/1/test-{i:04d}" for i in range(6)]
    assert second.classes.tolist() == [3, 7]
    assert len(imported("modelnet40-fewshot", folder / "5way_10shot", split=["test"])) == 12


def test_scanobjectnn(tmp_path: Path) -> None:
    folder = layouts.scanobjectnn(tmp_path)
    for name in ("scanobjectnn-obj-bg", "scanobjectnn-pb-t50-rs"):
        arrays = imported(name, folder)
        assert (len(arrays), names(arrays)[:5]) == (8, ["bag", "bin", "box", "cabinet", "chair"])
        np.testing.assert_allclose(arrays.points[6], layouts.unit_ball(layouts.cloud(1)[:, :3]), atol=2e-3)
        assert arrays.part is not None
        assert arrays.meta.part_names == ["background", "object"]
        assert arrays.part[0].tolist() == [0] * 6 + [1] * 18
    alone = imported("scanobjectnn-obj-only", folder)
    np.testing.assert_allclose(alone.points[0], layouts.unit_ball(layouts.cloud(100)[:, :3]), atol=2e-3)


DESCRIBED = [
    {"catalog": 2691156, "describe": "airplane, aeroplane"},
    {"catalog": 4554684, "describe": "washer,  automatic washer"},
]


@pytest.mark.parametrize(
    "described",
    [
        DESCRIBED,
        {key: {str(i): record[key] for i, record in enumerate(DESCRIBED)} for key in ("catalog", "describe")},
        {"catalog": {"0": "02691156", "1": "04554684"}, "describe": {"0": "airplane,aeroplane", "1": "washer"}},
        {f"0{record['catalog']}": record["describe"] for record in DESCRIBED},
    ],
    ids=["records", "columns", "released", "map"],
)
def test_shapenet55(tmp_path: Path, described: object) -> None:
    folder = layouts.shapenet55(tmp_path, described)
    arrays = imported("shapenet55", folder, points=layouts.POINTS)
    assert arrays.id.tolist() == layouts.SHAPENET["train"] + layouts.SHAPENET["test"]
    assert arrays.meta.classes == ["airplane", "washer"]
    assert arrays.label.tolist() == [0, 1, 0]
    assert arrays.captions[1][0] in ("washer, automatic washer", "washer")
    assert arrays.pictures == [[layouts.PNG], [], []]
    assert arrays.source[0].startswith("shapenet_pc/02691156-")


def test_shapenet55_without_its_extras(tmp_path: Path) -> None:
    arrays = imported("shapenet55", layouts.shapenet55(tmp_path), points=8, pictures=False)
    assert (len(arrays.meta.classes), names(arrays)[1], arrays.captions[1]) == (55, "washer", ["washer"])
    assert arrays.pictures is None


def test_shapenetpart_text(tmp_path: Path) -> None:
    arrays = imported("shapenetpart", layouts.shapenetpart_text(tmp_path), points=24)
    assert arrays.split.tolist() == ["train", "train", "val", "test"]
    assert names(arrays) == ["Airplane", "Mug", "Mug", "Table"]
    assert (len(arrays.meta.classes), len(arrays.meta.part_names)) == (16, 50)
    assert arrays.part is not None
    assert arrays.normals is not None
    # a random choice of 24 of 30 points: parts, normals and points stay together
    source = layouts.cloud(0, 30)
    found = np.abs(arrays.normals[0].astype(float)[:, None] - source[None, :, 3:]).sum(2).argmin(1)
    assert len(set(found.tolist())) == 24
    assert arrays.part[0].tolist() == layouts.part_labels("Airplane", 30)[found].tolist()
    np.testing.assert_allclose(arrays.points[0], layouts.unit_ball(source[found, :3]), atol=2e-3)
    table = {arrays.meta.part_names[p] for p in set(arrays.part[3].tolist())}
    assert table == {"Table/top", "Table/leg", "Table/drawer"}


def test_shapenetpart_hdf5(tmp_path: Path) -> None:
    arrays = imported("shapenetpart", layouts.shapenetpart_hdf5(tmp_path))
    assert names(arrays) == ["Airplane", "Mug", "Cap", "Table"]
    assert arrays.split.tolist() == ["train", "train", "val", "test"]
    assert arrays.part is not None
    assert arrays.part[3].tolist() == layouts.part_labels("Table", layouts.POINTS).tolist()


def test_objaverse_and_openshape(tmp_path: Path) -> None:
    folder = tmp_path / "clouds"
    (folder / "Objaverse" / "000-000").mkdir(parents=True)
    (folder / "meta_data" / "split").mkdir(parents=True)
    stored = {
        "id": "aa", "xyz": layouts.cloud(0)[:, :3], "rgb": np.full((layouts.POINTS, 3), 0.4), "text": ["a red mug"],
        "blip_caption": "a mug on a table", "text_feat": [{"original": np.zeros((1, 4))}], "group": "000-000",
    }  # fmt: skip
    np.save(folder / "Objaverse" / "000-000" / "aa.npy", stored, allow_pickle=True)
    np.save(folder / "bb.npy", layouts.cloud(1)[:, :3])
    np.savez(folder / "cc.npz", points=layouts.cloud(2)[:, :3])
    (folder / "captions.json").write_text(json.dumps({"bb": ["a chair", "a red chair"], "cc": {"caption": "a bed"}}))
    split = [{"id": "aa", "dataset": "Objaverse", "data_path": "../Objaverse/000-000/aa.npy", "category": "mug"}]
    (folder / "meta_data" / "split" / "train_all.json").write_text(json.dumps(split))
    (folder / "meta_data" / "test_pc.json").write_text(json.dumps(["cc"]))
    arrays = imported("objaverse", folder, points=20)
    assert arrays.id.tolist() == ["aa", "bb", "cc"]
    assert arrays.captions == [["a red mug", "a mug on a table", "mug"], ["a chair", "a red chair"], ["a bed"]]
    assert arrays.split.tolist() == ["train", "", "test"]
    assert (arrays.meta.classes, arrays.label.tolist()) == (["mug"], [0, -1, -1])
    assert arrays.color is not None
    assert set(np.unique(arrays.color[0]).tolist()) == {102}


def test_counts_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.scanobjectnn(tmp_path)
    words = ["shapes", "benchmark", "scanobjectnn-obj-bg", str(folder), "-o", str(tmp_path / "t.npz")]
    assert main([*words, "--strict"]) == 2
    sentence = "officially has 2309 training shapes, this folder has 5: 2304 fewer"
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "t.npz").exists()
    assert main([*words, "--split", "test", "--points", "16"]) == 0
    told = capsys.readouterr()
    assert sentence not in told.err
    assert "officially has 581 test shapes, this folder has 3" in told.err
    assert "3 shapes imported" in told.out
    assert open_table(tmp_path / "t.npz").load().points.shape == (3, 16, 3)


def test_whole_benchmarks_pass_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(import_counts(), 40, {"train": 3, "test": 2})
    folder = layouts.modelnet_text(tmp_path)
    report = import_benchmark("modelnet40", folder, tmp_path / "t.npz", strict=True, points=16, workers=1)
    assert (report.shapes, report.warnings) == (5, [])
    (folder / "xbox" / "xbox_0001.txt").unlink()  # listed, but not there
    with pytest.raises(InputError, match="officially has 2 test shapes, this folder has 1: 1 fewer"):
        import_benchmark("modelnet40", folder, tmp_path / "u.npz", strict=True, points=16, workers=1)


def import_counts() -> dict[int, dict[str, int]]:
    from pointrecon.shapes.importers.benchmarks import modelnet

    return modelnet._COUNTS


def test_bad_files_are_skipped_and_listed(tmp_path: Path) -> None:
    folder = layouts.modelnet_text(tmp_path)
    (folder / "airplane" / "airplane_0001.txt").write_text("1,2,3\n4,5\n")
    (folder / "airplane" / "airplane_0002.txt").write_text("nan,2,3,0,0,1\n4,5,6,0,0,1\n")
    (folder / "xbox" / "xbox_0001.txt").unlink()
    report = import_benchmark("modelnet40", folder, tmp_path / "t.npz", points=16, workers=1)
    assert report.shapes == 2
    assert [file for file, _ in report.skipped] == [
        "airplane/airplane_0001.txt", "airplane/airplane_0002.txt", "xbox/xbox_0001.txt",
    ]  # fmt: skip
    assert report.skipped_list is not None
    assert "does not hold columns of numbers" in report.skipped_list.read_text()


def test_bad_rows_and_damaged_files_of_many_shapes_are_skipped(tmp_path: Path) -> None:
    folder = layouts.modelnet_hdf5(tmp_path)
    with h5py.File(folder / "ply_data_train0.h5", "r+") as file:
        data = file["data"][()]
        data[1] = np.nan
        file["data"][...] = data
    path = folder / "ply_data_train1.h5"
    path.write_bytes(path.read_bytes()[:700])
    report = import_benchmark("modelnet40", folder, tmp_path / "t.npz")
    assert report.shapes == 2
    assert [file for file, _ in report.skipped] == ["ply_data_train1.h5", "ply_data_train0.h5"]
    assert "no readable HDF5" in report.skipped[0][1]
    assert "bathtub_0002" in report.skipped[1][1]


class Touch:
    """Makes a file when it is unpickled in the usual way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.path}",)


def test_malicious_pickles_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = layouts.modelnet_pickles(tmp_path / "d")
    for split in ("train", "test"):
        (folder / f"modelnet40_{split}_8192pts_fps.dat").write_bytes(pickle.dumps([[Touch(tmp_path / "ran")], [1]]))
    assert main(["shapes", "benchmark", "modelnet40", str(folder), "-o", str(tmp_path / "t.npz")]) == 2
    assert "was refused: it asks for" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"d"}
    few = layouts.fewshot(tmp_path)
    (few / "5way_10shot" / "0.pkl").write_bytes(pickle.dumps({"train": [Touch(tmp_path / "ran")], "test": []}))
    report = import_benchmark("modelnet40-fewshot", few / "5way_10shot", tmp_path / "t.npz")
    assert (report.shapes, report.skipped[0][0]) == (10, "5way_10shot/0.pkl")
    assert not (tmp_path / "ran").exists()


def test_lists_cannot_lead_out_of_their_folder(tmp_path: Path) -> None:
    folder = layouts.modelnet_text(tmp_path)
    (folder / "modelnet40_train.txt").write_text("../../secret_0001\n")
    with pytest.raises(InputError, match="no name of a file in this folder"):
        imported("modelnet40", folder)
    parts = layouts.shapenetpart_text(tmp_path / "p")
    listing = parts / "train_test_split" / "shuffled_train_file_list.json"
    for wrong in (["shape_data/02691156/.."], ["x"], 5):
        listing.write_text(json.dumps(wrong))
        with pytest.raises(InputError, match="get it anew|no name of a file|get the list anew"):
            imported("shapenetpart", parts)


def test_an_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder, out = layouts.modelnet_pickles(tmp_path / "d"), tmp_path / "t.lance"
    import_benchmark("modelnet40", folder, out, split=["train"])
    with pytest.raises(InputError, match="exists already"):
        import_benchmark("modelnet40", folder, out)
    report = import_benchmark("modelnet40", folder, out, resume=True)
    assert (report.shapes, report.already_there) == (2, 3)
    table = open_table(out)
    whole = imported("modelnet40", folder)
    assert table.ids().tolist() == whole.id.tolist()
    np.testing.assert_array_equal(table.load().points, whole.points)
    assert table.meta == whole.meta
    with pytest.raises(InputError, match="holds 'ModelNet40', not ScanObjectNN"):
        import_benchmark("scanobjectnn-obj-bg", layouts.scanobjectnn(tmp_path), out, resume=True)
    assert import_benchmark("modelnet40", folder, out, split=["test"], overwrite=True).shapes == 2


def test_several_processes_give_the_same_table(tmp_path: Path) -> None:
    folder = layouts.shapenetpart_text(tmp_path)
    one, two = (imported("shapenetpart", folder, points=16, workers=count) for count in (1, 2))
    np.testing.assert_array_equal(one.points, two.points)
    np.testing.assert_array_equal(one.part, two.part)


def test_a_part_of_another_category_is_bad(tmp_path: Path) -> None:
    folder = layouts.shapenetpart_text(tmp_path)
    path = folder / "03797390" / "b46e89.txt"
    values = np.loadtxt(path)
    values[0, 6] = 3
    np.savetxt(path, values)
    report = import_benchmark("shapenetpart", folder, tmp_path / "t.npz", workers=1, points=16)
    assert (report.shapes, len(report.skipped)) == (3, 1)
    assert "has the part 3, a Mug has 36 to 37" in report.skipped[0][1]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_folder_without_it_gives_a_sentence(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["shapes", "benchmark", name, str(tmp_path / "empty"), "-o", str(tmp_path / "t.lance")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "empty" in said
    assert not (tmp_path / "t.lance").exists()


def test_the_list_tells_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shapes", "benchmark", "--list"]) == 0
    text = capsys.readouterr().out
    for name, entry in BENCHMARKS.items():
        assert f"{name}: {entry.title}" in text
        for part in (entry.counts, entry.source, entry.terms, *entry.layouts, *entry.layouts.values()):
            assert part in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give a benchmark's name"),
        (["modelnet4", ".", "-o", "t.lance"], "did you mean 'modelnet40'?"),
        (["modelnet40", "nowhere", "-o", "t.lance"], "there is no folder nowhere"),
        (["modelnet40", ".", "-o", "t.lance", "--split", "trian"], "no split 'trian'"),
        (["modelnet40", ".", "-o", "t.lance", "--points", "0"], "at least one point"),
        (["modelnet40", ".", "-o", "t.lance", "--resume", "--overwrite"], "contradict"),
        (["modelnet40", ".", "-o", "t.lance", "--validation", "1.5"], "validation share"),
    ],
)
def test_wrong_words(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shapes", "benchmark", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_validation_shapes_come_from_the_training_shapes(tmp_path: Path) -> None:
    arrays = imported("modelnet40", layouts.modelnet_pickles(tmp_path / "d"), validation=0.4, seed=1)
    assert sorted(arrays.split.tolist()).count("val") in (1, 2)
    assert arrays.split[3:].tolist() == ["test", "test"]


def test_other_ids_are_no_folds() -> None:
    with pytest.raises(InputError, match="no id of a few-shot fold"):
        stored_folds(["chair_0001"], np.zeros(1))


def test_parts_and_pictures_reach_a_table_on_disk(tmp_path: Path) -> None:
    parts = layouts.shapenetpart_text(tmp_path)
    import_benchmark("shapenetpart", parts, tmp_path / "p.lance", points=16, workers=1)
    found, told = open_table(tmp_path / "p.lance").load(), imported("shapenetpart", parts, points=16)
    np.testing.assert_array_equal(found.part, told.part)
    assert found.meta == told.meta
    folder = layouts.shapenet55(tmp_path)
    (folder / "shapenet_img" / f"{layouts.SHAPENET['test'][0]}.png").write_bytes(b"GIF89a")
    report = import_benchmark("shapenet55", folder, tmp_path / "s.lance", points=16, workers=1)
    assert open_table(tmp_path / "s.lance").picture_ids() >= {layouts.SHAPENET["train"][0]}
    assert open_table(tmp_path / "s.lance").load(pictures=True).pictures == [[layouts.PNG], [], []]
    sentences = [sentence for _, sentence in report.warnings]
    assert any("is no PNG or JPEG picture, left out" in sentence for sentence in sentences)
    assert any("1 of 3 shapes have no picture" in sentence for sentence in sentences)


def test_a_file_of_many_shapes_that_crashes_its_reader_costs_its_shapes_alone(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.h5", "b.h5")]
    for file in files:
        file.touch()
    entries = [[RowEntry(file, f"{file.stem}{row}", row=row) for row in range(3)] for file in files]
    stacks = [Stack(own, opened) for own, opened in zip(entries, (rows_that_crash, rows_of_noise), strict=True)]
    writer = SimpleNamespace(done={"b1"}, batch=2)
    read = list(_read_stacks(stacks, writer, 16, 0, False))  # type: ignore[arg-type]
    told = {entry.id: result for chunk, results in read for entry, result in zip(chunk, results, strict=True)}
    assert {id for id, result in told.items() if not isinstance(result, str)} == {"b0", "b2"}
    assert {told.pop(f"a{row}") for row in range(3)} == {"crashes its reader (status 11)"}


def test_a_mesh_of_more_triangles_than_allowed_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bed", "desk"):
        (tmp_path / "ModelNet10" / name / "train").mkdir(parents=True)
        faces = "3 0 1 2\n" * (1 if name == "bed" else 2)
        mesh = f"OFF\n3 {faces.count('3')} 0\n0 0 0\n1 0 0\n0 1 0\n{faces}"
        (tmp_path / "ModelNet10" / name / "train" / f"{name}_0001.off").write_text(mesh)
    words = ["shapes", "benchmark", "modelnet10", str(tmp_path / "ModelNet10"), "-o", str(tmp_path / "t.npz")]
    assert main([*words, "--points", "16", "--triangles-per-file", "1"]) == 0
    assert "desk_0001.off has more than 1 triangle:" in capsys.readouterr().err
    assert open_table(tmp_path / "t.npz").ids().tolist() == ["bed_0001"]
