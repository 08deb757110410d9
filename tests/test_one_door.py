"""Every public function takes every kind of shapes, and says the same of them. A new function is one line below."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import pointrecon
from labeled import TINY
from labeled import settings as quick
from parted import segmenter
from parted import settings as quick_parts
from pointrecon.evaluation.features import extract_features
from pointrecon.models import Teacher, create_model
from pointrecon.models.facts import weights_hash
from pointrecon.shapes import ShapeArrays, as_shapes, create_table, import_shapes, open_table
from pointrecon.shapes.table.summary import describe

pytestmark = pytest.mark.filterwarnings("error:The given NumPy array is not writable")

pytest.importorskip("lancedb")
CLASSES, SPLITS, QUIET = ["flat", "long", "round"], ["train", "train", "test"], {"progress": False}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shapes as a folder of files, as tables of both kinds, and as two tables of half of them each."""
    place, rng = tmp_path_factory.mktemp("door"), np.random.default_rng(0)
    for i in range(18):
        stretch = np.array([[1, 1, 0.1], [1, 0.1, 0.1], [1, 1, 1]])[i % 3]
        file = place / "files" / SPLITS[i // 6] / CLASSES[i % 3] / f"{i:02d}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = np.column_stack([rng.normal(size=(96, 3)) * stretch + 7, rng.integers(0, 2, 96)])
        np.savetxt(file, rows, fmt="%.6g", delimiter=",", header="x,y,z,part", comments="")
    import_shapes(place / "files", place / "t.lance", workers=1)
    table = open_table(place / "t.lance")
    create_table(place / "t.npz", table.meta).append(table.load())
    return place


# what holds the same shapes, made from their place
SAME: dict[str, Callable[[Path], Any]] = {
    "a .lance table": lambda place: place / "t.lance",
    "its name": lambda place: str(place / "t.lance"),
    "a .npz table": lambda place: place / "t.npz",
    "an open .lance table": lambda place: open_table(place / "t.lance"),
    "an open .npz table": lambda place: open_table(place / "t.npz"),
    "arrays": lambda place: open_table(place / "t.lance").load(),
    "shapes": lambda place: as_shapes(place / "t.lance"),
    "a selection of all": lambda place: as_shapes(place / "t.npz").select(np.arange(18)),
    "a list of one": lambda place: [place / "t.lance"],
    "a folder of files": lambda place: place / "files",
}


@cache
def model(parts: bool = False) -> Any:
    plain = create_model("nano", seed=0, **TINY, teachers={"text": Teacher("words", 4)})
    return segmenter(plain) if parts else plain


def measured(results: Any) -> list:
    return [(record.task, record.metrics, record.counts, record.data_fingerprint) for record in results]


def vectors(data: Any, out: Path) -> Any:
    pointrecon.embed(model(), data, out / "v.npz", in_table=False, **QUIET)
    with np.load(out / "v.npz") as found:
        return {name: found[name] for name in found.files if found[name].dtype.kind in "fU"}


def pretrained(data: Any, run: Path) -> str:
    train = {"epochs": 1, "batch_size": 6, "device": "cpu"}
    pointrecon.pretrain(data, run, model=TINY, train=train, objective={"paradigm": "reconstruct"})
    return weights_hash(pointrecon.load_model(run))


# what each function says of shapes, given a place for what it writes; True: too slow for every kind
FUNCTIONS: dict[str, tuple[Callable[[Any, Path], Any], bool]] = {
    "info": (lambda data, out: {**describe(as_shapes(data)), "path": ""}, False),
    "fingerprint": (lambda data, out: as_shapes(data).fingerprint(), False),
    "features": (lambda data, out: extract_features(model(), data, **QUIET), False),
    "probe": (lambda data, out: measured(pointrecon.probe(model(), data, probes="knn", show=False, **QUIET)), False),
    "zero_shot": (
        lambda data, out: measured(pointrecon.zero_shot(model(), data, class_matrix=np.eye(4)[:3], **QUIET)),
        False,
    ),
    "few_shot": (
        lambda data, out: measured(
            pointrecon.few_shot(model(), data, way=2, shot=2, queries=2, folds=1, method="knn", **QUIET)
        ),
        False,
    ),
    "robustness": (
        lambda data, out: measured(
            pointrecon.robustness(
                model(), data, corruptions=["noise"], severities=[1], seeds=1, probe="knn", show=False, **QUIET
            )
        ),
        True,
    ),
    "embed": (vectors, False),
    "attention": (lambda data, out: measured([pointrecon.attention(model(), data, **QUIET).record]), False),
    "estimate_up": (lambda data, out: pointrecon.estimate_up(data).words(), True),
    "show": (lambda data, out: [look.colors for look in pointrecon.show(data, model=model(), **QUIET).looks], True),
    "label_parts": (lambda data, out: pointrecon.label_parts(model(True), data, category="Rod").part, False),
    "finetune": (
        lambda data, out: measured(
            pointrecon.finetune(model(), data, out / "run", **quick(mode="linear", train={"epochs": 1}))
        ),
        True,
    ),
    "segment": (
        lambda data, out: measured(pointrecon.segment(model(), data, out / "run", **quick_parts(train={"epochs": 1}))),
        True,
    ),
    "pretrain": (lambda data, out: pretrained(data, out / "run"), True),
}
FEW = ("a .npz table", "arrays", "a folder of files")
CASES = [(name, kind) for name, (_, slow) in FUNCTIONS.items() for kind in (FEW if slow else SAME)]


@pytest.fixture(scope="module")
def expected(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    @cache
    def of(name: str) -> Any:
        return FUNCTIONS[name][0](place / "t.lance", tmp_path_factory.mktemp("expected"))

    return of


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_same_is_said_however_shapes_are_handed_over(
    name: str, kind: str, place: Path, tmp_path: Path, expected: Callable[[str], Any]
) -> None:
    found = FUNCTIONS[name][0](SAME[kind](place), tmp_path)
    np.testing.assert_equal(found, expected(name))


@pytest.mark.parametrize("kind", ["numpy", "torch", "float64", "far away", "a list of arrays"])
def test_points_alone_are_shapes(kind: str) -> None:
    points = np.random.default_rng(0).normal(size=(5, 64, 3))
    arrays = ShapeArrays.from_points(points)
    data: Any = {
        "numpy": arrays.points,
        "torch": torch.from_numpy(points).requires_grad_(),
        "float64": points,
        "far away": 5 * points + 1e5,
        "a list of arrays": [points[:2], arrays.points[2:]],
    }[kind]
    shapes = as_shapes(data)
    np.testing.assert_allclose(shapes.load().points, arrays.points, atol=1e-3)
    if kind in ("numpy", "torch", "float64"):
        assert shapes.fingerprint() == as_shapes(arrays).fingerprint()
    assert as_shapes(points[0]).load().points.shape == (1, 64, 3)


def test_several_of_any_kind_are_joined(place: Path, tmp_path: Path) -> None:
    whole = as_shapes(place / "t.npz")
    first, second = whole.select(np.arange(17, 8, -1)), create_table(tmp_path / "u.lance", whole.meta)
    second.append(whole.load())
    named = open_table(place / "t.npz").load()
    named.meta.name = "mine"
    joined = as_shapes([first, second, named, np.ones((1, 2048, 3)) * np.arange(2048)[:, None]])
    assert len(joined) == 9 + 18 + 18 + 1
    assert [key.split(":")[0] for key in joined.ids()] == ["t"] * 9 + ["u"] * 18 + ["mine"] * 18 + ["4"]
    np.testing.assert_array_equal(joined.label[:9], whole.label[17:8:-1])
    np.testing.assert_array_equal(joined.label[27:45], whole.label)
    np.testing.assert_array_equal(joined.load(np.arange(9)).points, whole.load(np.arange(17, 8, -1)).points)
    relabeled = whole.relabeled(1 - whole.label.clip(max=1), ["long", "other"])
    again = as_shapes([relabeled, named])
    assert [again.meta.classes[n] for n in again.label[:3]] == ["other", "other", "long"]


def test_a_file_is_a_shape(place: Path, tmp_path: Path) -> None:
    file = place / "files" / "train" / "flat" / "00.csv"
    alone = as_shapes(file)
    assert (list(alone.ids()), len(alone), alone.size) == (["00"], 1, 2048)
    np.save(tmp_path / "many.npy", np.random.default_rng(0).normal(size=(4, 32, 3)))
    assert (len(as_shapes(tmp_path / "many.npy")), as_shapes(tmp_path / "many.npy").size) == (4, 32)


@pytest.mark.parametrize("data", [None, 3, [], {"points": 1}, "nowhere", "nowhere.lance", "nowhere.npz", [None]])
def test_what_is_no_shapes_is_told_in_one_sentence(data: object, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pointrecon.InputError) as caught:
        as_shapes(data)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
