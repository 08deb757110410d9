"""The quick probe sees what the features know."""

import warnings

import numpy as np
import pytest

from pointrecon.shapes import ShapeArrays, as_shapes
from pointrecon.training.validation import quick_probe, validation_probe


def test_quick_probe_agrees_with_the_labels_it_can_see() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = np.eye(3)[y] + 0.01 * rng.normal(size=(60, 3))
    assert quick_probe(x[:30], y[:30], x[30:], y[30:]) == {"svm": 1.0, "knn": 1.0}
    assert quick_probe(x[:30], y[:30], x[30:], np.roll(y[30:], 1)) == {"svm": 0.0, "knn": 0.0}


@pytest.mark.parametrize("strange", [0, 2])
def test_validation_shapes_of_classes_that_training_lacks_are_told(strange: int) -> None:
    label = np.array([0, 1, 0, 1, 0, 1, *[2] * strange])
    split = np.array(["train"] * 4 + ["val"] * (len(label) - 4))
    points = np.random.default_rng(0).normal(size=(len(label), 16, 3)).astype(np.float16)
    arrays = ShapeArrays.from_points(points, label=label, split=split, classes=["a", "b", "c"], up="y")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert validation_probe(as_shapes(arrays))
    assert [str(one.message)[:24] for one in said] == ["2 of the 4 validation sh"] * bool(strange)
