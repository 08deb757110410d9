"""Nearest neighbors in small clouds on CPUs: a few clouds at a time, by the k-th smallest distance of each query point.

NumPy finds that one value of a row several times faster than ``topk`` finds the k places, and their distances never
leave the processor's cache. Where several points are equally far, those that come first in the cloud are taken.
"""

import numpy as np
import torch
from torch import Tensor

from pointrecon import geometry
from pointrecon.geometry.neighbors import squared_distances

_AT_ONCE = 1 << 17  # distances: 512 KB, and as much for the copy that is partitioned


def nearest_by_partition(query: Tensor, points: Tensor, k: int) -> Tensor:
    """As :func:`pointrecon.geometry.knn`, in rising order; float32 or float64 on a CPU, 1 ≤ k ≤ N."""
    found = query.new_empty(*query.shape[:2], k, dtype=torch.long)
    total = points.shape[1]
    clouds, rows = max(_AT_ONCE // max(query.shape[1] * total, 1), 1), max(_AT_ONCE // total, 1)
    for some, those, out in zip(query.split(clouds), points.split(clouds), found.split(clouds), strict=True):
        for asked, place in zip(some.split(rows, 1), out.split(rows, 1), strict=True):
            place.copy_(_nearest(asked, those, k))
    return found


def _nearest(query: Tensor, points: Tensor, k: int) -> Tensor:
    total = points.shape[1]
    distances = squared_distances(query, points).view(-1, total).numpy()
    most = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    taken = distances <= most
    places = np.flatnonzero(taken)
    if len(places) != k * len(taken):
        if np.isnan(most).any():
            return geometry.knn(query, points, k)
        tied = distances == most
        taken &= ~tied | (tied.cumsum(1) <= k - (taken & ~tied).sum(1, keepdims=True))
        places = np.flatnonzero(taken)
    return torch.from_numpy(places % total).view(*query.shape[:2], k)
