"""Shapes of one or several tables: ids as selected, a fingerprint of all that training reads."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pointrecon.shapes import ShapeArrays, Shapes, as_shapes
from shape_samples import clouds

IMAGE = "image/multiview"


def sample() -> ShapeArrays:
    rng = np.random.default_rng(0)
    return ShapeArrays.from_points(
        clouds(6),
        id=list("abcdef"),
        label=[0, 1, 0, 1, 0, -1],
        classes=["bolt", "nut"],
        split=["train"] * 4 + ["test"] * 2,
        captions=[["a bolt"], ["a nut"], ["a bolt"], [], [], ["a thing"]],
        part=rng.integers(0, 2, (6, clouds(6).shape[1])),
        part_names=["head", "shaft"],
        features={IMAGE: rng.normal(size=(6, 2, 3))},
    )


def test_ids_come_as_selected() -> None:
    shapes = as_shapes(sample())
    assert list(shapes.select(np.array([4, 0, 3, 0])).ids()) == ["e", "a", "d", "a"]
    assert list(shapes.select(np.zeros(0, np.int64)).ids()) == []


def test_loaded_is_what_was_selected() -> None:
    loaded = as_shapes(sample()).select(np.array([4, 0, 3])).load(np.array([2, 0]))
    assert loaded.id.tolist() == ["d", "e"]
    assert (loaded.split.tolist(), loaded.label.tolist()) == (["train", "test"], [1, 0])
    np.testing.assert_array_equal(loaded.points, sample().points[[3, 4]])
    assert as_shapes(sample()).load().id.tolist() == list("abcdef")


def changed(key: str, at: int, value: object) -> ShapeArrays:
    arrays = sample()
    column = arrays.features[IMAGE] if key == IMAGE else getattr(arrays, key)
    column[at] = value
    return arrays


CHANGES: dict[str, Callable[[], Shapes]] = {
    "id": lambda: as_shapes(changed("id", 3, "x")),
    "label": lambda: as_shapes(changed("label", 3, 0)),
    "class": lambda: as_shapes(replace(sample(), meta=replace(sample().meta, classes=["bolt", "screw"]))),
    "split": lambda: as_shapes(changed("split", 3, "val")),
    "caption": lambda: as_shapes(changed("captions", 1, ["another nut"])),
    "caption lost": lambda: as_shapes(changed("captions", 1, [])),
    "points": lambda: as_shapes(changed("points", 3, 0.5)),
    "part": lambda: as_shapes(changed("part", 3, -1)),
    "features": lambda: as_shapes(changed(IMAGE, 3, 0.5)),
    "features lost": lambda: as_shapes(changed(IMAGE, 3, np.nan)),
    "order": lambda: as_shapes(sample()).select(np.array([1, 0, 2, 3, 4, 5])),
    "fewer": lambda: as_shapes(sample()).select(np.arange(5)),
    "relabeled": lambda: as_shapes(sample()).relabeled(np.array([1, 0, 0, 1, 0, -1]), ["bolt", "nut"]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_fingerprint_covers_all_that_training_reads(what: str) -> None:
    before = as_shapes(sample()).fingerprint([IMAGE])
    assert before == as_shapes(sample()).fingerprint([IMAGE])
    assert before != as_shapes(sample()).fingerprint()
    assert CHANGES[what]().fingerprint([IMAGE]) != before
