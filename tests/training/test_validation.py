"""The quick probe sees what the features know."""

import numpy as np

from pointrecon.training.validation import quick_probe


def test_quick_probe_agrees_with_the_labels_it_can_see() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = np.eye(3)[y] + 0.01 * rng.normal(size=(60, 3))
    assert quick_probe(x[:30], y[:30], x[30:], y[30:]) == {"svm": 1.0, "knn": 1.0}
    assert quick_probe(x[:30], y[:30], x[30:], np.roll(y[30:], 1)) == {"svm": 0.0, "knn": 0.0}
