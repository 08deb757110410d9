"""Vectors on a plane, so that similar shapes lie side by side: a layout of neighbors, or PCA."""

from typing import NamedTuple

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.progress import Bar

LAYOUTS = {"neighbors": "similar shapes beside one another", "pca": "the two strongest principal components"}
PARTS = 50  # principal components that neighbors are looked for in: they keep nearly all, and cost a fraction
_CELLS = 1 << 24  # similarities computed at once
# pairs of each kind a shape, and steps: chosen on real shapes for the neighbors kept, at half of the paper's time
_NEAR, _MIDDLE, _FAR = 7, 5, 20
_STEPS = (60, 60, 180)
_BETAS, _RATE = (0.9, 0.999), 1.0  # of Adam


def project(
    features: np.ndarray, layout: str, seed: int, *, near: np.ndarray | None = None, progress: bool = False
) -> np.ndarray:
    """(M, D) features to the (M, 2) plane by a name of `LAYOUTS`, float32; the same for the same seed.

    ``near``: what `nearest_in` says, where that is known already. InputError for another name.
    """
    check_layout(layout)
    if layout == "pca":
        return strongest(features, 2)
    flat = strongest(features, PARTS)
    return _by_neighbors(flat, nearest_in(features) if near is None else near, seed, progress)


def check_layout(layout: str) -> None:
    """InputError where there is no such feature map."""
    if layout not in LAYOUTS:
        raise InputError(f"there is no layout '{layout}'; take {' or '.join(LAYOUTS)}")


def strongest(features: np.ndarray, count: int) -> np.ndarray:
    """(M, D) → (M, count) float32, the strongest principal components, zeros where there are not so many.

    Signs are those that make the largest share of each component positive.
    """
    around = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    axes = np.linalg.eigh(around.T @ around)[1][:, ::-1][:, :count]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    found = np.zeros((len(features), count), np.float32)
    found[:, : axes.shape[1]] = around @ axes
    return found


def nearest_in(features: np.ndarray) -> np.ndarray:
    """(M, k) int64, the few nearest others of each by cosine in the `PARTS` strongest components, best first."""
    return nearest_others(strongest(features, PARTS), _NEAR)[0]


def nearest_others(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The most similar others of every one of (M, D) vectors, best first: places (M, k) int64, cosines (M, k) float32.

    k is ``count``, or as many as there are others. Exact: the time grows with the square of M.
    """
    unit = torch.nn.functional.normalize(torch.from_numpy(np.ascontiguousarray(values, np.float32)), dim=1)
    count = min(count, len(unit) - 1)
    places, similarity = np.zeros((len(unit), count), np.int64), np.zeros((len(unit), count), np.float32)
    step = max(_CELLS // max(len(unit), 1), 1)
    for start in range(0, len(unit), step):
        scores = unit[start : start + step] @ unit.T
        scores.diagonal(start).fill_(-2)
        found = scores.topk(count, dim=1)
        mine = slice(start, start + len(scores))
        places[mine], similarity[mine] = found.indices.numpy(), found.values.numpy()
    return places, similarity


class _Pairs(NamedTuple):
    """Of M shapes, k others each: (M, k) int32, and the distance, squared and plus 1, at which they hardly pull."""

    others: np.ndarray
    reach: float


def _by_neighbors(x: np.ndarray, near: np.ndarray, seed: int, progress: bool) -> np.ndarray:
    """The layout that brings neighbors together and pushes random pairs apart, (M, D) → (M, 2).

    Source: Wang, Huang, Rudin, Shaposhnik, "Understanding how dimension reduction tools work" (PaCMAP), JMLR 2021:
    pairs of neighbors, of shapes in the middle distance, which order the whole while it forms, and of random others.
    """
    count, rng = len(x), np.random.default_rng(seed)
    spread = x[:, :2].std() or 1.0
    y = (1e-2 * x[:, :2] / spread).astype(np.float32)
    if count < 4:
        return y
    pairs = [_Pairs(near.astype(np.int32), 10.0), _Pairs(_middle(x, rng), 1e4), _Pairs(_random(count, _FAR, rng), 1.0)]
    first, second = np.zeros_like(y), np.zeros_like(y)
    total = sum(_STEPS)
    with Bar("laying out the map", total, show=progress) as bar:
        for step in range(total):
            gradient = sum(
                (_pull(y, some, weight) for some, weight in zip(pairs, _weights(step), strict=True) if weight),
                start=np.zeros_like(y),
            )
            first += (1 - _BETAS[0]) * (gradient - first)
            second += (1 - _BETAS[1]) * (gradient**2 - second)
            bias = np.sqrt(1 - _BETAS[1] ** (step + 1)) / (1 - _BETAS[0] ** (step + 1))
            y -= np.float32(_RATE * bias) * first / (np.sqrt(second) + np.float32(1e-7))
            bar.advance(1)
    return y - y.mean(0)


def _weights(step: int) -> tuple[float, float, float]:
    """Of neighbors, the middle and, with the opposite sign, random pairs, in the paper's three phases."""
    if step < _STEPS[0]:
        done = step / _STEPS[0]
        return 2.0, 1000 * (1 - done) + 3 * done, -1.0
    return (3.0, 3.0, -1.0) if step < sum(_STEPS[:2]) else (1.0, 0.0, -1.0)


def _pull(y: np.ndarray, pairs: _Pairs, weight: float) -> np.ndarray:
    """The gradient (M, 2) of weight · Σ d / (reach + d), with d the squared distance plus 1, of both ends of each pair.

    For random pairs, whose loss is 1 / (1 + d), that is the same up to the sign.
    """
    from scipy.sparse import csr_matrix

    count, each = pairs.others.shape
    apart = np.repeat(y, each, axis=0)
    tails = pairs.others.reshape(-1)
    apart -= y[tails]
    reach = np.float32(pairs.reach + 1) + np.einsum("ij,ij->i", apart, apart)
    force = np.float32(2 * weight * pairs.reach) / (reach * reach)
    links = csr_matrix((force, tails, np.arange(0, count * each + 1, each, dtype=np.int32)), shape=(count, count))
    gone = force.reshape(count, each).sum(1) + np.bincount(tails, force, count).astype(np.float32)
    return gone[:, None] * y - links @ y - links.T @ y


def _middle(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(M, k) int32, the second nearest of six random others, k times."""
    picked = _random(len(x), 6 * _MIDDLE, rng).reshape(len(x), _MIDDLE, 6)
    found = np.empty((len(x), _MIDDLE), np.int32)
    for start in range(0, len(x), 1024):
        some = picked[start : start + 1024]
        far = np.square(x[some] - x[start : start + 1024, None, None]).sum(-1)
        second = far.argsort(-1, kind="stable")[..., 1:2]
        found[start : start + 1024] = np.take_along_axis(some, second, -1)[..., 0]
    return found


def _random(count: int, each: int, rng: np.random.Generator) -> np.ndarray:
    """(M, each) int32 of others, never oneself."""
    other = rng.integers(0, count - 1, (count, each), dtype=np.int32)
    return other + (other >= np.arange(count, dtype=np.int32)[:, None])
