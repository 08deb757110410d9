"""A classifier from confirmed examples, in a second: ridge regression on frozen vectors, checked by leaving one out.

A shape is described by how near it is to the examples, exp(cosine - 1), and a linear head reads that. In closed form
each example's answer by a head that did not see it is known without fitting again: strength, temperature, share of the
words and accuracy all come from those. A shape that is less like its nearest example than nearly all examples are like
theirs may be of no class at all: its probabilities sum to less than 1. So do those of all shapes where many classes
have one example alone: then others have none yet, and their shapes are always named wrongly.
"""

from dataclasses import dataclass, field

import numpy as np

from pointrecon.errors import InputError
from pointrecon.labeling.confidence import LEAST, fitted_temperature, softmax, surprise

LANDMARKS = 1500  # examples that others are described by, at most
MOST = 20_000  # examples that are learned from, at most
_STRENGTHS = 10.0 ** np.arange(-2, 0.6, 0.5)
_RARE = 0.05  # share of the examples that are as far from any other as what may be of no class
# of the share of examples that are alone in their class, which of random ones is that of shapes of classes without any
# (Good 1953): what people are asked to label is alone more often; chosen on validation shapes
_UNSEEN = 0.4
_SHARES = (0.0, 0.25, 0.5)  # of what the words say; more was worse on validation shapes


@dataclass(frozen=True)
class ExampleHead:
    """Probabilities of K classes for vectors of length 1.

    Attributes:
        classes: K numbers of classes, ascending, as the examples were labeled.
        out_of_fold: (n, K) the probabilities of each example by a head that did not see it.
        accuracy: of those. word_share: exponent of what the words say, 0 where that does not help.
        temperature: of the answers. unseen: share of all shapes that are likely of classes without an example.
        places: (n,) which of the given examples were learned from.
    """

    classes: np.ndarray
    out_of_fold: np.ndarray
    accuracy: float
    word_share: float
    temperature: float
    unseen: float
    places: np.ndarray
    _landmarks: np.ndarray = field(repr=False)
    _weights: np.ndarray = field(repr=False)  # (landmarks, K)
    _offset: np.ndarray = field(repr=False)
    _first_temperature: float = field(repr=False)
    _near: np.ndarray = field(repr=False)  # (n,) cosines of examples and the landmarks nearest to them, ascending

    def probabilities(self, vectors: np.ndarray, words: np.ndarray | None = None) -> np.ndarray:
        """(m, K) of vectors (m, D), each row's sum at most 1.

        ``words`` are log-probabilities (m, K) by the names of the classes, as the head was given for the examples.
        """
        near = vectors @ self._landmarks.T
        scores = np.exp(near - 1) @ self._weights + self._offset
        found = _mixed(scores, words, self._first_temperature, self.word_share, self.temperature)
        return found * ((1 - self.unseen) * _familiar(near.max(1), self._near))[:, None]


def fit_head(vectors: np.ndarray, label: np.ndarray, words: np.ndarray | None = None, *, seed: int = 0) -> ExampleHead:
    """Fit on n examples of K >= 2 classes.

    Args:
        vectors: (n, D) float32 of length 1.
        label: (n,) int64.
        words: (n, K) log-probabilities by the names of the classes in ascending order; what they weigh is chosen.
        seed: draws examples and landmarks where there are more than ``MOST`` and ``LANDMARKS``.

    Raises:
        InputError: one class only.
    """
    classes, every = np.unique(label, return_inverse=True)
    if len(classes) < 2:
        raise InputError("examples of one class only tell nothing apart: confirm some of another one")
    rng = np.random.default_rng(seed)
    places = np.arange(len(label)) if len(label) <= MOST else np.sort(rng.permutation(len(label))[:MOST])
    x, y = vectors[places].astype(np.float64), every[places]
    marked = np.arange(len(x)) if len(x) <= LANDMARKS else np.sort(rng.permutation(len(x))[:LANDMARKS])
    landmarks, nearness = x[marked], x @ x[marked].T
    values, axes = np.linalg.eigh(np.exp(landmarks @ landmarks.T - 1))
    kept = values > 1e-9 * values[-1]
    spread = axes[:, kept] / np.sqrt(values[kept])  # nearness to the landmarks → features whose product is the kernel
    features = np.exp(nearness - 1) @ spread
    nearness[marked, np.arange(len(marked))] = -1  # not to themselves
    near = nearness.max(1)
    solved = _Ridge(features, np.eye(len(classes))[y])
    found = min((solved.without_one(strength, y) for strength in _STRENGTHS), key=lambda one: one[0])
    _, strength, first, scores = found
    shares = _SHARES if words is not None else (0.0,)
    mixtures = []
    for share in shares:
        logs = _log(softmax(scores, first)) + (share * words[places] if words is not None and share else 0.0)
        own = fitted_temperature(logs, y)
        mixtures.append((surprise(softmax(logs, own), y), share, own))
    _, share, temperature = min(mixtures)
    inner = None if words is None else words[places]
    out_of_fold = _mixed(scores, inner, first, share, temperature) * _familiar(near, np.sort(near))[:, None]
    weights, offset = solved.weights(strength)
    return ExampleHead(
        classes, out_of_fold, float((out_of_fold.argmax(1) == y).mean()), share, temperature,
        _UNSEEN * float((np.bincount(y) == 1).sum()) / len(y), places,
        landmarks.astype(np.float32), (spread @ weights).astype(np.float32), offset, first, np.sort(near),
    )  # fmt: skip


class _Ridge:
    """Ridge regression of targets (n, K) on features (n, m), with an intercept, for any strength."""

    def __init__(self, features: np.ndarray, targets: np.ndarray) -> None:
        self.targets, self._mean, self._middle = targets, targets.mean(0), features.mean(0)
        around = features - self._middle
        values, self._axes = np.linalg.eigh(around.T @ around)
        self._values = np.maximum(values, 0)
        self._turned = around @ self._axes
        self._answers = self._turned.T @ (targets - self._mean)

    def without_one(self, strength: float, y: np.ndarray) -> tuple[float, float, float, np.ndarray]:
        """How surprising the labels are to heads that did not see them, the strength, a temperature, and their scores.

        The error without one is the error with it over 1 - leverage (Allen's PRESS).
        """
        shrunk = 1 / (self._values + strength)
        leverage = (self._turned**2 * shrunk).sum(1) + 1 / len(y)
        fitted = (self._turned * shrunk) @ self._answers + self._mean
        scores = self.targets - (self.targets - fitted) / np.maximum(1 - leverage, 1e-6)[:, None]
        temperature = fitted_temperature(scores, y)
        return surprise(softmax(scores, temperature), y), strength, temperature, scores

    def weights(self, strength: float) -> tuple[np.ndarray, np.ndarray]:
        """(m, K) weights and (K,) offset."""
        found = self._axes @ (self._answers / (self._values + strength)[:, None])
        return found, self._mean - self._middle @ found


def _familiar(near: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(m,) 1, or less for cosines (m,) below nearly all of these ascending ones (n,)."""
    rank = (np.searchsorted(among, near, side="right") + 1) / (len(among) + 1)
    return np.minimum(rank / _RARE, 1)


def _mixed(scores: np.ndarray, words: np.ndarray | None, first: float, share: float, temperature: float) -> np.ndarray:
    logs = _log(softmax(scores, first))
    return softmax(logs + share * words if words is not None and share else logs, temperature)


def _log(chances: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(chances, LEAST))
