"""Confidences that mean what they say."""

import numpy as np
import pytest

from pointrecon.labeling.confidence import best_two, calibration_error, fitted_temperature, softmax


def test_the_temperature_that_made_labels_is_found() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(800, 4))
    for true in (0.3, 1.5):
        chances = softmax(scores, true)
        label = (chances.cumsum(1) > rng.uniform(size=(800, 1))).argmax(1)
        found = fitted_temperature(scores, label)
        assert found == pytest.approx(true, rel=0.2)
        best = best_two(softmax(scores, found))
        assert calibration_error(best.confidence, best.first == label) < 0.07
        cold = best_two(softmax(scores, true / 5))
        assert calibration_error(cold.confidence, cold.first == label) > 0.1


def test_the_two_best() -> None:
    best = best_two(np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]))
    assert best.first.tolist() == [1, 0]
    assert best.second.tolist() == [2, 1]
    assert best.confidence.tolist() == [0.5, 0.4]
    assert best.second_confidence.tolist() == [0.3, 0.4]
    assert best_two(np.ones((2, 1))).second_confidence.tolist() == [0, 0]


def test_calibration_error_is_its_definition() -> None:
    assert calibration_error(np.array([0.9, 0.9, 0.1, 1.0]), np.array([True, False, False, True])) == pytest.approx(
        (0.8 + 0.1 + 0.0) / 4
    )


def test_a_few_that_are_all_right_do_not_make_sure() -> None:
    scores = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    label = np.array([0, 1])
    assert softmax(scores, fitted_temperature(scores, label)).max() < 0.8
    many = np.repeat(scores, 200, axis=0)
    assert softmax(many, fitted_temperature(many, np.repeat(label, 200))).max() > 0.98
    assert softmax(scores, fitted_temperature(scores, label, doubt=0)).max() > 0.999
