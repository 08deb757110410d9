"""Vectors in groups, the same at every call: a tree of the nearest (Ward), where k-means begins; k by silhouette."""

import warnings
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.layout_2d import PARTS, strongest

# groups that are tried where nobody says how many
TRIED = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 96)
FEWEST = 8  # shapes a group on average, in what is tried
_NEARLY = 0.97  # of the highest silhouette
_TREE, _JUDGED = 4000, 1500  # shapes that the tree is made of, and that silhouettes are of: evenly spread over all


class Grouped(NamedTuple):
    """M vectors in k groups, the largest first.

    Shape:
        group: (M,) int64, below k. middle: (k,) int64, each group's most typical member: nearest to its mean.
        typical: (M,) float32, the cosine to the mean of the own group.
    """

    group: np.ndarray
    middle: np.ndarray
    typical: np.ndarray


def grouped(values: np.ndarray, count: int | None = None) -> Grouped:
    """Group M vectors of length 1 (M, D); so many groups, or the fewest whose mean silhouette is nearly the highest.

    Nothing is drawn, so nothing depends on a seed. InputError for a count below 1, above M, or above 4000.
    """
    most = min(len(values), _TREE)
    if count is not None and not 1 <= count <= most:
        raise InputError(f"{count} clusters of {len(values)} shapes cannot be: ask for 1 to {most}")
    flat = strongest(values, min(PARTS, values.shape[1]))
    group = _split(flat, count)
    # equal vectors may leave fewer groups than were asked for
    _, group, sizes = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    group = np.argsort(order)[group]
    means = np.stack([values[group == one].mean(0, dtype=np.float64) for one in range(len(order))])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    typical = np.einsum("md,md->m", values, means[group]).astype(np.float32)
    middle = [int(own[typical[own].argmax()]) for own in (np.flatnonzero(group == one) for one in range(len(order)))]
    return Grouped(group, np.array(middle, np.int64), typical)


def check_count(count: int | None) -> None:
    """InputError for a number of groups that no collection falls into."""
    if count is not None and not 1 <= count <= _TREE:
        raise InputError(f"{count} clusters cannot be: ask for 1 to {_TREE}, or leave it out for as many as fit best")


def _split(flat: np.ndarray, count: int | None) -> np.ndarray:
    """(M,) groups, in no order."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    some = _spread(len(flat), _TREE)
    tried = [count] if count else [k for k in TRIED if k * FEWEST <= len(flat)]
    if not tried or tried == [1]:
        return np.zeros(len(flat), np.int64)
    tree = linkage(flat[some], "ward")
    every = {k: _k_means(flat[some], cut_tree(tree, k)[:, 0]) for k in tried}
    best = count or _fewest({k: _silhouette(flat[some], group) for k, group in every.items()})
    return every[best] if len(some) == len(flat) else _k_means(flat, every[best], some)


def _fewest(silhouette: dict[int, float]) -> int:
    """The lowest k that is as good as the best, or nearly: far more groups that are hardly better help nobody."""
    enough = _NEARLY * max(silhouette.values())
    return min((k for k, value in silhouette.items() if value >= enough), default=min(silhouette))


def _k_means(flat: np.ndarray, start: np.ndarray, some: np.ndarray | None = None) -> np.ndarray:
    """Groups that k-means makes of all, begun at the means of those that ``some`` of them (all) start in."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    begun = flat if some is None else flat[some]
    means = np.stack([begun[start == one].mean(0) for one in np.unique(start)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of equal vectors there are fewer groups
        return KMeans(len(means), init=means, n_init=1, max_iter=50).fit(flat).labels_.astype(np.int64)


def _silhouette(flat: np.ndarray, group: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score

    some = _spread(len(flat), _JUDGED)
    return float(silhouette_score(flat[some], group[some])) if 1 < len(np.unique(group[some])) < len(some) else -1.0


def _spread(count: int, most: int) -> np.ndarray:
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.int64)
