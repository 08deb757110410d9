"""Collections in one array file: axes, labels of every shape, text of every kind; what cannot be told is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.array_files import holds_one, read_arrays
from pointrecon.shapes.readers.read import read_shape

h5py = pytest.importorskip("h5py")
CLOUDS = np.random.default_rng(0).normal(size=(6, 40, 3))
NUMBERS = np.array([0, 1, 2, 0, 1, 2])
NAMES = np.array(["chair", "desk", "lamp", "chair", "desk", "lamp"])


def read(path: Path, **arrays: Any) -> tuple[Any, str]:
    """The shapes of an archive of these arrays, and what was told of it."""
    np.savez(path / "a.npz", **arrays)
    whole, _, warnings = read_arrays(path / "a.npz", None)
    return whole, "; ".join(text for _, text in warnings)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    return read(tmp_path_factory.mktemp("plain"), points=CLOUDS)[0].points


@pytest.mark.parametrize("key", ["points", "data", "xyz", "pc", "arr_0", "Points"])
def test_channels_before_points_are_swapped_and_told(tmp_path: Path, plain: np.ndarray, key: str) -> None:
    normals = np.zeros((6, 3, 40))
    normals[:, 2] = 2
    colors = np.full((6, 4, 40), [[9], [8], [7], [255]], np.uint8)
    more = {} if key == "arr_0" else {"normals": normals, "rgb": colors}
    whole, told = read(tmp_path, **{key: CLOUDS.swapaxes(1, 2)}, **more)
    np.testing.assert_array_equal(whole.points, plain)
    assert "axes swapped" in told
    if more:
        np.testing.assert_array_equal(whole.normals[3, 5], [0, 0, 1])
        np.testing.assert_array_equal(whole.color[3, 5], [9, 8, 7])


@pytest.mark.parametrize("shape", [(6, 3, 3), (6, 3, 8), (6, 6, 9), (6, 40, 300), (6, 32, 32)])
def test_axes_that_cannot_be_told_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"could be \(points, channels\)|not a grid"):
        read(tmp_path, points=np.random.default_rng(0).normal(size=shape))


@pytest.mark.parametrize(
    "label",
    [
        NUMBERS, NUMBERS[:, None], NUMBERS.astype(np.float32), np.eye(3)[NUMBERS], np.eye(3, dtype=bool)[NUMBERS],
        NAMES, NAMES.astype("S"), NAMES.astype("S")[:, None], np.char.ljust(NAMES, 9).astype("S"),
    ],
    ids=lambda label: f"{label.dtype}{label.shape}",
)  # fmt: skip
def test_labels_of_shapes(tmp_path: Path, label: np.ndarray) -> None:
    whole, _ = read(
        tmp_path, points=CLOUDS, label=label, **({"classes": NAMES[:3]} if label.dtype.kind in "fib" else {})
    )
    assert [whole.meta.classes[i] for i in whole.label] == NAMES.tolist()


@pytest.mark.parametrize("key", ["label", "seg", "pid", "label_seg", "seglabel"])
@pytest.mark.parametrize("axis", [(), (1,)])
def test_labels_of_points_are_parts(tmp_path: Path, key: str, axis: tuple[int, ...]) -> None:
    parts = np.random.default_rng(1).integers(0, 5, (6, 40), np.uint8)
    whole, _ = read(tmp_path, points=CLOUDS, **{key: parts.reshape(6, 40, *axis)})
    np.testing.assert_array_equal(whole.part, parts)
    assert whole.label.tolist() == [-1] * 6
    assert whole.meta.part_names == [f"part {i}" for i in range(5)]


def test_a_class_and_parts_as_shapenetpart_has_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({"data": CLOUDS, "label": NUMBERS[:, None].astype(np.uint8), "pid": np.tile([0, 1], (6, 20))})
    whole, _, _ = read_arrays(tmp_path / "a.h5", None)
    assert whole.label.tolist() == NUMBERS.tolist()
    assert whole.part is not None
    assert whole.part[2].tolist() == [0, 1] * 20


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"label": np.ones((6, 4), int)}, r"'label' has shape \(6, 4\)"),
        ({"label": np.zeros((6, 4), int)}, r"'label' has shape \(6, 4\)"),
        ({"label": np.full((6, 3), 1 / 3)}, r"'label' has shape \(6, 3\)"),
        ({"label": np.eye(40)[NUMBERS]}, r"'label' has shape \(6, 40\)"),  # one-hot, or of each point?
        ({"label": np.eye(3)[NUMBERS], "classes": ["a", "b"]}, r"'label' has shape \(6, 3\)"),
        ({"label": np.full((6, 40), "a")}, r"'label' has shape \(6, 40\)"),
        ({"label": NUMBERS[None]}, r"'label' has shape \(1, 6\)"),
        ({"label": NAMES.astype(object)}, "'label' holds pickled objects, which are never opened"),
        ({"points": CLOUDS.astype(object)}, "never opened"),
        ({"seg": np.zeros((6, 39), int)}, r"'seg' has shape \(6, 39\)"),
        ({"seg": np.full((6, 40), 2_000_000_000)}, "from -1"),
        ({"seg": np.full((6, 40), 0.5)}, "whole numbers"),
        ({"normals": np.zeros((6, 39, 3))}, r"'normals' has shape \(6, 39, 3\)"),
        ({"color": np.zeros((6, 40))}, r"'color' has shape \(6, 40\)"),
        ({"names": ["a", "b", "c", "d", "e", ""]}, "shape 5 has an empty name"),
        ({"names": np.full((6, 2), "a")}, r"'names' has shape \(6, 2\)"),
        ({"split": np.zeros((6, 2), int)}, r"'split' has shape \(6, 2\)"),
        ({"classes": ["a", "b", "a"]}, "'classes' holds 'a' twice"),
        ({"xyz": CLOUDS, "pc": CLOUDS, "points": CLOUDS[0, 0]}, "could be the points"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_shape(tmp_path: Path, arrays: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(tmp_path, **{"points": CLOUDS, **arrays})


def test_numbers_of_a_list_elsewhere_make_one_class_each(tmp_path: Path) -> None:
    whole, _ = read(tmp_path, points=CLOUDS, label=np.array([2691156, 4379243, 2691156, -1, 2**40, 4379243]))
    assert whole.meta.classes == ["2691156", "4379243", "1099511627776"]
    assert whole.label.tolist() == [0, 1, 0, -1, 2, 1]


def test_bytes_are_text_everywhere(tmp_path: Path) -> None:
    whole, told = read(
        tmp_path, points=CLOUDS, label=NUMBERS, classes=np.array(["stühle", "tisch", "lampe"]).astype(object).tolist(),
        part=np.tile([0, 1], (6, 20)), part_names=np.array([b"leg", b"top"]), weight=np.ones(6),
        names=np.array([f"m{i}.{i}" for i in range(6)], "S"), split=np.array(["train", "test"] * 3, "S"),
        captions=np.array([[f"shape {i}", ""] for i in range(6)], "S"),
    )  # fmt: skip
    assert whole.meta.classes == ["stühle", "tisch", "lampe"]
    assert whole.meta.part_names == ["leg", "top"]
    assert whole.id[:2].tolist() == ["train/m0.0", "test/m1.1"]
    assert whole.captions[1] == ["shape 1"]
    assert told == "left out: weight (6,)"
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({"data": CLOUDS, "label": NAMES.astype("S"), "classes": [b"chair", b"desk", "lampé".encode()]})
        file["names"] = [f"ü{i}" for i in range(6)]  # text of any length
    with pytest.raises(InputError, match="label 'lamp'"):
        read_arrays(tmp_path / "a.h5", None)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        del file["classes"]
        file["classes"] = np.array(["chair", "desk", "lamp"], "S")
    whole, _, _ = read_arrays(tmp_path / "a.h5", None)
    assert whole.meta.classes == ["chair", "desk", "lamp"]
    assert whole.id[3] == "ü3"


@pytest.mark.parametrize(
    ("name", "id"),
    [("chair_0.5", "chair_0.5"), ("M8x1.25", "M8x1.25"), ("a/b.obj", "a/b"), ("v1.2.STEP", "v1.2"), (".obj", ".obj")],
)
def test_names_keep_their_dots(tmp_path: Path, name: str, id: str) -> None:
    whole, _ = read(tmp_path, points=CLOUDS[:1], names=[name])
    assert whole.id.tolist() == [id]


def test_channels_behind_the_coordinates_are_read_or_told(tmp_path: Path) -> None:
    normals = CLOUDS / np.linalg.norm(CLOUDS, axis=2, keepdims=True)
    colors = np.random.default_rng(0).integers(0, 256, (6, 40, 3))
    whole, told = read(tmp_path, points=np.concatenate([CLOUDS, colors, normals, CLOUDS[:, :, :1]], 2))
    np.testing.assert_array_equal(whole.color, colors)
    np.testing.assert_allclose(whole.normals, normals, atol=1e-3)
    assert told == "channels without names taken as x, y, z, r, g, b, nx, ny, nz, _ (--columns says otherwise)"
    assert (
        read(tmp_path, points=np.concatenate([CLOUDS, CLOUDS[:, :, :2]], 2))[1]
        == "channels 4, 5 of the points left out"
    )
    assert read(tmp_path, points=np.concatenate([CLOUDS, np.ones((6, 40, 1))], 2))[1] == ""


def test_named_channels_are_what_their_names_say(tmp_path: Path, plain: np.ndarray) -> None:
    features = np.random.default_rng(0).integers(0, 256, (6, 40, 3))  # they look like colors
    parts = np.arange(40) % 3 * np.ones((6, 1))
    np.save(tmp_path / "a.npy", np.concatenate([features, CLOUDS, parts[:, :, None]], 2))
    whole, _, warnings = read_arrays(tmp_path / "a.npy", None, columns=("_", "f", "_", "x", "y", "z", "part"))
    assert [text for _, text in warnings] == ["channel f of the points left out"]
    assert whole.color is None
    np.testing.assert_array_equal(whole.points, plain)
    np.testing.assert_array_equal(whole.part, parts)
    with pytest.raises(InputError, match="has 7 columns, --columns names 3"):
        read_arrays(tmp_path / "a.npy", None, columns=("x", "y", "z"))
    with pytest.raises(InputError, match="one channel for a whole color"):
        read_arrays(tmp_path / "a.npy", None, columns=("_", "_", "_", "x", "y", "z", "rgb"))


@pytest.mark.parametrize(
    ("points", "label"),
    [("X_{}", "y_{}"), ("{}_points", "{}_labels"), ("{}_x", "{}_y"), ("points_{}", "label_{}"), ("x_{}", "label_{}")],
)
@pytest.mark.parametrize("val", ["val", "valid", "validation"])
def test_splits_in_names_are_read_before_and_behind(tmp_path: Path, points: str, label: str, val: str) -> None:
    parts = {"train": slice(0, 3), val: slice(3, 4), "test": slice(4, 6)}
    arrays = {points.format(split): CLOUDS[some] for split, some in parts.items()}
    whole, told = read(tmp_path, **arrays, **{label.format(split): NAMES[some] for split, some in parts.items()})
    assert whole.split.tolist() == ["train"] * 3 + ["val"] + ["test"] * 2
    assert [whole.meta.classes[i] for i in whole.label] == NAMES.tolist()
    assert told == ""


def test_x_and_y_are_points_and_labels(tmp_path: Path) -> None:
    whole, told = read(tmp_path, X=CLOUDS, y=NAMES)
    assert [whole.meta.classes[i] for i in whole.label] == NAMES.tolist()
    assert told == ""
    assert read(tmp_path, X=CLOUDS, label=NUMBERS, y=CLOUDS[0])[1] == "left out: y (40, 3)"


def test_poses_are_no_clouds(tmp_path: Path) -> None:
    poses = np.tile(np.eye(4), (6, 1, 1))
    poses[:, :3, 3] = CLOUDS[:, 0, :3]
    with pytest.raises(InputError, match=r"holds matrices of shape \(4, 4\)"):
        read(tmp_path, arr_0=poses)
    np.save(tmp_path / "a.npy", poses[0])
    with pytest.raises(InputError, match="holds a matrix of 4 rows"):
        read_shape(tmp_path / "a.npy", 4)


def test_one_cloud_is_told_from_a_collection(tmp_path: Path) -> None:
    for arrays, one in [
        ({"points": CLOUDS}, False), ({"points": CLOUDS[0]}, True), ({"points": CLOUDS[0].T}, True),
        ({"points_train": CLOUDS}, False), ({"x": CLOUDS[0, 0], "y": CLOUDS[0, 1], "z": CLOUDS[0, 2]}, True),
        ({"xyz": CLOUDS[0], "views": CLOUDS}, True),
    ]:  # fmt: skip
        np.savez(tmp_path / "a.npz", **arrays)
        assert holds_one(tmp_path / "a.npz") == one


def test_splits_as_groups(tmp_path: Path, plain: np.ndarray) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({"train/data": CLOUDS[:4], "train/label": NAMES[:4].astype("S"), "test/data": CLOUDS[4:]})
        file["test/label"] = NAMES[4:].astype("S")
    whole, _, _ = read_arrays(tmp_path / "a.h5", None)
    assert [whole.meta.classes[i] for i in whole.label] == NAMES.tolist()
    assert whole.split.tolist() == ["train"] * 4 + ["test"] * 2
    np.testing.assert_array_equal(whole.points, plain)
