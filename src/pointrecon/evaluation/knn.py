"""k nearest neighbors by cosine on frozen features; k is chosen on the validation split."""

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


def predict(
    train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, *, k: int = 10, temperature: float = 0.07
) -> np.ndarray:
    """Vote of the k nearest training features, each weighted by exp(cosine / temperature).

    The weighting is that of Wu et al. 2018 (instance discrimination), common for self-supervised features.

    Returns:
        (m,) labels.
    """
    classes, position = np.unique(train_y, return_inverse=True)
    index, cosine = nearest(train_x, x, k)
    # Only differences count; taking the best away keeps the exponential in range.
    weight = np.exp((cosine - cosine[:, :1]) / temperature)
    votes = np.zeros((len(x), len(classes)))
    np.add.at(votes, (np.arange(len(x))[:, None], position[index]), weight)
    return classes[votes.argmax(1)]
