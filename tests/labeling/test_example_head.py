"""A head from examples: what leaving one out says in closed form is what fitting again says."""

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.labeling import example_head
from pointrecon.labeling.confidence import calibration_error
from pointrecon.labeling.example_head import fit_head


def groups(count: int, classes: int = 4, noise: float = 0.4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    centers = np.random.default_rng(99).normal(size=(classes, 12))
    rng = np.random.default_rng(seed)
    label = rng.integers(0, classes, count)
    x = centers[label] + noise * 3 * rng.normal(size=(count, 12))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), label


def test_leaving_one_out_is_fitting_without_it() -> None:
    x, y = groups(40)
    features = np.concatenate([x, x**2], 1).astype(np.float64)
    targets = np.eye(4)[y]
    _, _, _, scores = example_head._Ridge(features, targets).without_one(0.1, y)
    for i in (0, 7, 39):
        others = np.arange(40) != i
        weights, offset = example_head._Ridge(features[others], targets[others]).weights(0.1)
        np.testing.assert_allclose(features[i] @ weights + offset, scores[i], atol=1e-8)


def test_it_is_right_and_as_sure_as_it_is_right() -> None:
    x, y = groups(300)
    head = fit_head(x, y)
    new, label = groups(1000, seed=1)
    found = head.probabilities(new)
    right = found.argmax(1) == label
    assert right.mean() > 0.7
    assert abs(right.mean() - head.accuracy) < 0.06
    assert calibration_error(found.max(1), right) < 0.08
    assert head.out_of_fold.shape == (300, 4)


def test_classes_with_one_example_say_that_there_are_more_without_any() -> None:
    x, y = groups(600, classes=40)
    shown = np.flatnonzero(np.isin(y, np.arange(30)))[:36]  # 10 classes have none
    head = fit_head(x[shown], y[shown])
    alone = (np.bincount(y[shown]) == 1).sum() / len(shown)
    assert alone > 0.1
    assert head.unseen == pytest.approx(0.4 * alone)
    found = head.probabilities(x)
    assert found.sum(1).max() <= 1 - head.unseen + 1e-6
    right = head.classes[found.argmax(1)] == y
    sure = found.max(1)
    assert calibration_error(sure, right) < calibration_error(sure / (1 - head.unseen), right)
    assert fit_head(*groups(60)).unseen == 0


def test_words_count_where_they_help() -> None:
    x, y = groups(24, noise=1.2)
    told = np.log(0.05 + 0.8 * np.eye(4)[y])
    assert fit_head(x, y, told).word_share > 0
    assert fit_head(x, y, told).accuracy > fit_head(x, y).accuracy
    wrong = np.log(0.05 + 0.8 * np.eye(4)[(y + 1) % 4])
    assert fit_head(x, y, wrong).word_share == 0


def test_what_is_like_no_example_is_of_no_class() -> None:
    x, y = groups(200, classes=2, noise=0.1)
    head = fit_head(x, y)
    assert head.probabilities(-x).sum(1).max() < 0.2
    assert np.median(head.probabilities(x).sum(1)) == pytest.approx(1)


def test_more_examples_than_landmarks(monkeypatch) -> None:
    x, y = groups(300)
    exact = fit_head(x, y)
    monkeypatch.setattr(example_head, "LANDMARKS", 100)
    monkeypatch.setattr(example_head, "MOST", 250)
    less = fit_head(x, y)
    assert len(less.places) == 250
    assert abs(less.accuracy - exact.accuracy) < 0.08
    np.testing.assert_array_equal(fit_head(x, y).out_of_fold, less.out_of_fold)  # the same answer every time


def test_one_class_tells_nothing() -> None:
    x, _ = groups(5)
    with pytest.raises(InputError, match="of one class only"):
        fit_head(x, np.zeros(5, np.int64))
    pair = fit_head(x[:2], np.array([3, 8]))  # two examples are the least there can be
    assert pair.classes.tolist() == [3, 8]
    assert np.isfinite(pair.probabilities(x)).all()
