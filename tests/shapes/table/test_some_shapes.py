"""Shapes of one or several tables: ids as selected, a fingerprint of all that training reads."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pointrecon.shapes import ShapeArrays, Shapes
from pointrecon.shapes.table.collection import in_memory
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
    shapes = in_memory(sample())
    assert list(shapes.select(np.array([4, 0, 3, 0])).ids()) == ["e", "a", "d", "a"]
    assert list(shapes.select(np.zeros(0, np.int64)).ids()) == []


def test_loaded_is_what_was_selected() -> None:
    loaded = in_memory(sample()).select(np.array([4, 0, 3])).load(np.array([2, 0]))
    assert loaded.id.tolist() == ["d", "e"]
    assert (loaded.split.tolist(), loaded.label.tolist()) == (["train", "test"], [1, 0])
    np.testing.assert_array_equal(loaded.points, sample().points[[3, 4]])
    assert in_memory(sample()).load().id.tolist() == list("abcdef")


def changed(key: str, at: int, value: object) -> ShapeArrays:
    arrays = sample()
    column = arrays.features[IMAGE] if key == IMAGE else getattr(arrays, key)
    column[at] = value
    return arrays


CHANGES: dict[str, Callable[[], Shapes]] = {
    "id": lambda: in_memory(changed("id", 3, "x")),
    "label": lambda: in_memory(changed("label", 3, 0)),
    "class": lambda: in_memory(replace(sample(), meta=replace(sample().meta, classes=["bolt", "screw"]))),
    "split": lambda: in_memory(changed("split", 3, "val")),
    "caption": lambda: in_memory(changed("captions", 1, ["another nut"])),
    "caption lost": lambda: in_memory(changed("captions", 1, [])),
    "points": lambda: in_memory(changed("points", 3, 0.5)),
    "part": lambda: in_memory(changed("part", 3, -1)),
    "features": lambda: in_memory(changed(IMAGE, 3, 0.5)),
    "features lost": lambda: in_memory(changed(IMAGE, 3, np.nan)),
    "order": lambda: in_memory(sample()).select(np.array([1, 0, 2, 3, 4, 5])),
    "fewer": lambda: in_memory(sample()).select(np.arange(5)),
    "relabeled": lambda: in_memory(sample()).relabeled(np.array([1, 0, 0, 1, 0, -1]), ["bolt", "nut"]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_fingerprint_covers_all_that_training_reads(what: str) -> None:
    before = in_memory(sample()).fingerprint([IMAGE])
    assert before == in_memory(sample()).fingerprint([IMAGE])
    assert before != in_memory(sample()).fingerprint()
    assert CHANGES[what]().fingerprint([IMAGE]) != before
