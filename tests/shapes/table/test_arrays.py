"""A collection in memory: defaults, checks, choosing, joining, and one file that brings it back the same."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.files import written_whole
from pointrecon.shapes import ShapeArrays
from pointrecon.shapes.table.npz import packed
from pointrecon.shapes.table.table_meta import FORMAT_VERSION
from shape_samples import assert_same, clouds, full


def test_defaults() -> None:
    arrays = ShapeArrays.from_points(clouds(3, 4))
    assert arrays.points.dtype == np.float16
    assert arrays.id.tolist() == ["0000", "0001", "0002"]
    assert arrays.label.tolist() == [-1] * 3
    assert arrays.captions == [[], [], []]
    assert arrays.features == {}
    assert len(arrays) == 3


@pytest.mark.parametrize(
    ("points", "options", "reason"),
    [
        (np.full((1, 4, 3), np.nan), {}, "NaN or infinite"),
        (np.full((1, 4, 3), np.inf), {}, "NaN or infinite"),
        (np.full((1, 4, 3), 1e9), {"normalize": False}, "float16"),
        (np.full((1, 4, 3), 0.1), {}, "shape 0 has points that are all equal"),
        (clouds(2, 4).astype(np.float32) + 3e5, {}, "shape 0 has coordinates too coarse for float32"),
        (np.ma.masked_greater(clouds(2, 4), 0), {}, "some points are masked"),
        (np.zeros((4, 3)), {}, "expected"),
        (np.zeros((1, 4, 2)), {}, "expected"),
        (np.zeros((1, 0, 3)), {}, "no points"),
        (np.full((1, 4, 3), "a"), {}, "expected numbers"),
        (np.full((1, 4, 3), None), {}, "expected numbers"),
        ([np.zeros((4, 3)), np.zeros((5, 3))], {}, "differ in size"),
        (clouds(2, 4), {"id": ["a", "a"]}, "'a' occurs more than once"),
        (clouds(2, 4), {"id": ["a"]}, "'id' has shape"),
        (clouds(2, 4), {"label": [0, 2], "classes": ["x", "y"]}, "shape 1 has label 2"),
        (clouds(2, 4), {"label": [0, -2], "classes": ["x", "y"]}, "shape 1 has label -2"),
        (clouds(2, 4), {"label": [0, 0.9], "classes": ["x", "y"]}, "shape 1 has label 0.9"),
        (clouds(2, 4), {"label": ["x", "z"], "classes": ["x", "y"]}, "shape 1 has label 'z'"),
        (clouds(2, 4), {"label": [0, 0]}, "shape 0 has label 0, but there are no names"),
        (clouds(2, 4), {"part": [[0] * 4, [0, 40000, 0, 0]], "part_names": ["p"]}, "shape 1 has part 40000"),
        (clouds(2, 4), {"part": [[0] * 4, [0, -5, 0, 0]], "part_names": ["p"]}, "shape 1 has part -5"),
        (clouds(2, 4), {"part": np.full((2, 4), 0.5), "part_names": ["p"]}, "shape 0 has part 0.5"),
        (clouds(2, 4), {"color": np.full((2, 4, 3), 300)}, "shape 0 has color 300"),
        (clouds(2, 4), {"color": np.full((2, 4, 3), -0.5)}, "shape 0 has color"),
        (clouds(2, 4), {"color": np.full((2, 4, 3), np.nan)}, "shape 0 has color nan"),
        (clouds(2, 4), {"normals": np.full((2, 4, 3), 1e5)}, "shape 0 has normals"),
        (clouds(2, 4), {"features": {"image/x": [[[1.0, 2]], [[1, 1e5]]]}}, "'image/x' of '0001' are NaN or too large"),
        (clouds(2, 4), {"features": {"image/x": [[[1.0, 2]], [[1, np.nan]]]}}, "'image/x' of '0001' are NaN"),
        (clouds(2, 4), {"split": "dev"}, "unknown split 'dev'"),
        (clouds(2, 4), {"up": "w"}, "up axis"),
        (clouds(2, 4), {"normals": np.zeros((2, 5, 3))}, "'normals'"),
        (clouds(2, 4), {"part": np.full((2, 4), 3), "part_names": ["p"]}, "shape 0 has part 3"),
        (clouds(2, 4), {"part": np.full((2, 4), 3)}, "parts up to 3 have no names: give part_names"),
        (clouds(2, 4), {"captions": [["a"]]}, "'captions' has 1 entries for 2"),
        (clouds(2, 4), {"features": {"image/x": np.zeros((2, 4))}}, "expected (M, V, D)"),
    ],
)
def test_bad_input_is_refused(points: object, options: dict, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        ShapeArrays.from_points(points, **options)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_tensors_of_half_the_digits_are_taken() -> None:
    points = torch.tensor(clouds(2, 4)).bfloat16()
    kept = ShapeArrays.from_points(points.requires_grad_()).points
    np.testing.assert_array_equal(kept, ShapeArrays.from_points(points.detach().float().numpy()).points)


@pytest.mark.parametrize("offset", [0, 20, 3000, 1e8])
def test_clouds_anywhere_come_to_the_unit_sphere(offset: float) -> None:
    here = np.random.default_rng(0).normal(size=(2, 64, 3))
    here -= here.mean(1, keepdims=True)
    here /= np.linalg.norm(here, axis=2).max(1)[:, None, None]
    far = ShapeArrays.from_points(7 * (here + offset)).points
    np.testing.assert_allclose(far, here, atol=1e-3)
    assert len(np.unique(far[0], axis=0)) == 64


def test_what_was_brought_there_stays_to_the_bit() -> None:
    once = ShapeArrays.from_points(np.random.default_rng(0).normal(size=(3, 64, 3)) + 5).points
    for again in (once, once.astype(np.float64), torch.from_numpy(once)):
        np.testing.assert_array_equal(ShapeArrays.from_points(again).points, once)
    kept = ShapeArrays.from_points(2 * once, normalize=False).points
    np.testing.assert_array_equal(kept, 2 * once)


def test_columns_are_understood_as_people_write_them() -> None:
    one = ShapeArrays.from_points(
        clouds(3, 4),
        label=["nut", "", "bolt"],
        color=np.full((3, 4, 3), 0.5),
        captions=["a nut", [], ["a bolt", "a screw"]],
        part=torch.zeros(3, 4),
        features={"image/x": [[[1.0]], [[np.nan]], [[2.0]]]},
    )
    assert (one.meta.classes, one.label.tolist()) == (["bolt", "nut"], [1, -1, 0])
    assert one.captions == [["a nut"], [], ["a bolt", "a screw"]]
    assert one.color is not None
    assert np.unique(one.color).tolist() == [128]
    assert one.has("image/x").tolist() == [True, False, True]
    whole = ShapeArrays.from_points(
        clouds(1, 4), label=["nut"], classes=["gear", "nut"], color=np.full((1, 4, 3), 255.0)
    )
    assert whole.label.tolist() == [1]
    assert whole.color is not None
    assert np.unique(whole.color).tolist() == [255]


def test_select_by_place_mask_and_split() -> None:
    arrays = full()
    chosen = arrays.select([4, 0, 4])
    assert chosen.id.tolist() == ["s4", "s0", "s4"]
    assert chosen.captions[1] == arrays.captions[0]
    assert chosen.pictures is not None
    assert arrays.pictures is not None
    assert chosen.pictures[0] == arrays.pictures[4]
    np.testing.assert_array_equal(chosen.features["image/views"][1], arrays.features["image/views"][0])
    assert_same(arrays.select(arrays.label == 1), arrays.select([1, 3]))
    assert arrays.in_split("train", "val").id.tolist() == ["s0", "s1", "s4"]
    with pytest.raises(InputError):
        arrays.select(np.ones(3, bool))


def test_a_file_brings_everything_back(tmp_path: Path) -> None:
    arrays = full()
    arrays.save(tmp_path / "a.npz")
    assert_same(ShapeArrays.load(tmp_path / "a.npz"), arrays)
    bare = ShapeArrays.from_points(clouds())
    bare.save(tmp_path / "b.npz")
    assert_same(ShapeArrays.load(tmp_path / "b.npz"), bare)


def test_joining_merges_names_and_pads() -> None:
    first = full(3, 8)
    second = ShapeArrays.from_points(clouds(2, 6), label=[0, 1], classes=["gear", "bolt"], id=["p", "q"])
    joined = ShapeArrays.concatenate([first, second])
    assert joined.points.shape == (5, 6, 3)
    assert joined.meta.classes == ["mug", "bolt", "gear"]
    assert [joined.meta.classes[i] for i in joined.label[3:]] == ["gear", "bolt"]
    assert joined.label[:3].tolist() == first.label.tolist()
    assert joined.meta.up == "y"
    assert joined.color is not None
    assert (joined.color[3:] == 128).all()
    assert joined.part is not None
    assert (joined.part[3:] == -1).all()
    assert np.isnan(joined.features["image/views"][3:]).all()
    assert joined.pictures is not None
    assert joined.pictures[3:] == [[], []]


def test_what_cannot_be_joined() -> None:
    with pytest.raises(InputError, match="more than once"):
        ShapeArrays.concatenate([full(), full()])
    with pytest.raises(InputError, match="up axis"):
        ShapeArrays.concatenate([full(), ShapeArrays.from_points(clouds(), up="z")])
    with pytest.raises(InputError, match="nothing to join"):
        ShapeArrays.concatenate([])


@pytest.mark.parametrize(("step", "says"), [(1, "newer pointrecon"), (-1, "earlier version.*import it again")])
def test_another_format_is_refused(tmp_path: Path, step: int, says: str) -> None:
    arrays = full()
    arrays.meta.version = FORMAT_VERSION + step
    arrays.save(tmp_path / "a.npz")
    with pytest.raises(InputError, match=says):
        ShapeArrays.load(tmp_path / "a.npz")


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "a.npz"
    full().save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(InputError, match="damaged"):
        ShapeArrays.load(path)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", points=clouds())
    with pytest.raises(InputError, match="shapes import"):
        ShapeArrays.load(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_text("hello")
    with pytest.raises(InputError, match="damaged"):
        ShapeArrays.load(tmp_path / "b.npz")
    with pytest.raises(InputError, match="no shape table"):
        ShapeArrays.load(tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("captions", packed(5)), ("captions", packed([None] * 5)), ("captions", packed([[7]] * 5)),
        ("features/image/x", np.float16(3)), ("features/image/x", np.array(["a"] * 5)), ("feature_info", packed([])),
        ("pointrecon_meta", packed({"version": 2, "classes": 5})),
        ("pointrecon_meta", packed({"version": 2, "part_names": [7]})),
    ],
)  # fmt: skip
def test_members_of_another_kind_are_one_sentence(tmp_path: Path, name: str, member: np.ndarray) -> None:
    full().save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        members = {key: archive[key] for key in archive.files}
    np.savez(tmp_path / "a.npz", **members | {name: member})
    with pytest.raises(InputError, match="damaged"):
        ShapeArrays.load(tmp_path / "a.npz")


def test_a_header_that_promises_terabytes_is_one_sentence(tmp_path: Path) -> None:
    full().save(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as old, zipfile.ZipFile(tmp_path / "b.npz", "w") as new:
        for name in old.namelist():
            with new.open(name, "w") as file:
                if name == "points.npy":
                    header = {"descr": "<f2", "fortran_order": False, "shape": (10**9, 1000, 3)}
                    np.lib.format.write_array_header_1_0(file, header)
                else:
                    file.write(old.read(name))
    with pytest.raises(InputError, match="only 0 are there"):
        ShapeArrays.load(tmp_path / "b.npz")


def test_pickled_objects_are_never_opened(tmp_path: Path) -> None:
    arrays = full()
    arrays.source = np.array([print] * 5, dtype=object)
    arrays.save(tmp_path / "a.npz")
    with pytest.raises(InputError, match="never opened"):
        ShapeArrays.load(tmp_path / "a.npz")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    full().save(path)
    before = path.read_bytes()

    def fill_the_disk() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        fill_the_disk()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
