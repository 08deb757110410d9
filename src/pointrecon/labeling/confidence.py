"""From scores to confidences that mean what they say: a softmax whose temperature is chosen on labeled shapes."""

from typing import NamedTuple

import numpy as np

FEWEST = 30  # labeled shapes that a temperature is chosen on
LEAST = 1e-12  # probability that counts as none
_COLDEST, _HOTTEST = 0.005, 5.0


class Best(NamedTuple):
    """Of each of m shapes: the class (m,) int64 that fits best, its confidence (m,), and those of the second."""

    first: np.ndarray
    confidence: np.ndarray
    second: np.ndarray
    second_confidence: np.ndarray


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """(m, K) scores → (m, K) float64 probabilities."""
    shifted = (scores - scores.max(1, keepdims=True)).astype(np.float64) / temperature
    found = np.exp(shifted)
    return found / found.sum(1, keepdims=True)


def fitted_temperature(scores: np.ndarray, label: np.ndarray, *, doubt: float = 1.0) -> float:
    """The temperature under which the labels (m,) of these scores (m, K) are most likely (Guo et al. 2017).

    ``doubt`` counts as so many more shapes that may be of any class: a few that are all right allow any certainty.
    """
    from scipy.optimize import minimize_scalar

    def cost(power: float) -> float:
        found = softmax(scores, float(np.exp(power)))
        return surprise(found, label) - doubt / len(label) * float(np.log(np.maximum(found, LEAST)).mean())

    ends = tuple(np.log([_COLDEST, _HOTTEST]))
    return float(np.exp(minimize_scalar(cost, bounds=ends, method="bounded", options={"xatol": 1e-3}).x))


def surprise(probabilities: np.ndarray, label: np.ndarray) -> float:
    """Mean of -log of the probabilities (m, K) that the labels (m,) have."""
    own = probabilities[np.arange(len(label)), label]
    return float(-np.log(np.maximum(own, LEAST)).mean())


def best_two(probabilities: np.ndarray) -> Best:
    """The two best classes of each row of (m, K); with one class the second is the first, at confidence 0."""
    rows = np.arange(len(probabilities))
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    first, second = order[:, 0], order[:, -1]
    beside = probabilities[rows, second] if probabilities.shape[1] > 1 else np.zeros(len(rows))
    return Best(first, probabilities[rows, first], second, beside)


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far confidence (m,) and share of right answers (m,) bool lie apart, in bins."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[place == i].sum() - right[place == i].sum()) for i in range(bins)]
    return float(sum(gaps) / max(len(right), 1))
