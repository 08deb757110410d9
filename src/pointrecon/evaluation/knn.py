"""k nearest neighbors by cosine on frozen features; k is chosen on the validation split."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

SETTINGS: tuple[dict[str, Any], ...] = ({"k": 1}, {"k": 5}, {"k": 10}, {"k": 20})
CHUNK = 1024  # queries compared at once: bounds memory to CHUNK × M similarities


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of (M, D) at length 1; rows of zeros stay zeros."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def nearest(gallery: np.ndarray, x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar gallery rows of each query, best first: indices (m, k) and cosines (m, k).

    Cosines are taken around the gallery's mean: normalized encoders give all shapes a large part in common,
    beside which every cosine would be 1.
    """
    middle = gallery.mean(0)
    gallery, x = unit(gallery - middle), unit(x - middle)
    k = min(k, len(gallery))
    indices, cosines = [], []
    for start in range(0, len(x), CHUNK):
        similarity = x[start : start + CHUNK] @ gallery.T
        best = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(similarity, best, 1)
        order = np.argsort(-value, axis=1, kind="stable")
        indices.append(np.take_along_axis(best, order, 1))
        cosines.append(np.take_along_axis(value, order, 1))
    return np.concatenate(indices), np.concatenate(cosines)


def predict_each(
    train_x: np.ndarray,
    train_y: np.ndarray,
    x: np.ndarray,
    settings: Sequence[Mapping[str, Any]],
    *,
    temperature: float = 0.07,
) -> list[np.ndarray]:
    """For each setting the (m,) labels by a vote of the k nearest training features, from one search for neighbors.

    A vote weighs exp(cosine / temperature), as in Wu et al. 2018 (instance discrimination), common for self-supervised
    features.
    """
    classes, position = np.unique(train_y, return_inverse=True)
    index, cosine = nearest(train_x, x, max(setting["k"] for setting in settings))
    # Only differences count; taking the best away keeps the exponential in range.
    weight = np.exp((cosine - cosine[:, :1]) / temperature)
    answers = []
    for setting in settings:
        k = setting["k"]
        votes = np.zeros((len(x), len(classes)))
        np.add.at(votes, (np.arange(len(x))[:, None], position[index[:, :k]]), weight[:, :k])
        answers.append(classes[votes.argmax(1)])
    return answers


def fit(train_x: np.ndarray, train_y: np.ndarray, *, k: int = 10) -> Callable[[np.ndarray], np.ndarray]:
    """What names (m, D) features by (m,) labels."""
    return lambda x: predict_each(train_x, train_y, x, [{"k": k}])[0]


def predict(train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, **setting: Any) -> np.ndarray:
    """`fit`, and name (m, D) features."""
    return fit(train_x, train_y, **setting)(x)
