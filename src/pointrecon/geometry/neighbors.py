"""Nearest neighbors, what is gathered from them, and what they carry to other points."""

import torch
from torch import Tensor

_MOST_DISTANCES = 1 << 23  # of one block in memory: 32 MB


def squared_distances(query: Tensor, points: Tensor) -> Tensor:
    """Exact squared Euclidean distances, (B, Q, 3) × (B, N, 3) → (B, Q, N), without the matrix-product shortcut.

    The shortcut |a|² - 2ab + |b|² cancels badly for near points and would change which ones are nearest.
    """
    gap = query[..., 0].unsqueeze(-1) - points[..., 0].unsqueeze(-2)
    total = gap * gap
    for axis in (1, 2):
        gap = query[..., axis].unsqueeze(-1) - points[..., axis].unsqueeze(-2)
        total = torch.addcmul(total, gap, gap)
    return total


def knn(query: Tensor, points: Tensor, k: int) -> Tensor:
    """(B, Q, k) int64 indices of the ``k`` points (B, N, 3) nearest to each query point (B, Q, 3), unsorted.

    ValueError where k exceeds N.
    """
    if k > points.shape[1]:
        raise ValueError(f"cannot find {k} neighbors in clouds of {points.shape[1]} points")
    with torch.no_grad():
        rows = max(_MOST_DISTANCES // max(points.shape[0] * points.shape[1], 1), 1)
        parts = [
            squared_distances(part, points).topk(k, dim=-1, largest=False, sorted=False).indices
            for part in query.split(rows, 1)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Pick rows: ``out[b, i...] = values[b, index[b, i...]]``, (B, N, D) by (B, ...) → (B, ..., D), differentiable."""
    flat = index.reshape(index.shape[0], -1, 1).expand(-1, -1, values.shape[-1])
    return values.gather(1, flat).reshape(*index.shape, values.shape[-1])


def group(points: Tensor, centers: Tensor, k: int) -> Tensor:
    """The ``k`` points nearest to each center, moved so that the center is the origin; differentiable in both.

    Points (B, N, 3) and centers (B, G, 3) → (B, G, k, 3); ValueError where k exceeds N. Source: METHOD section 2.1.
    """
    return gather(points, knn(centers, points, k)) - centers.unsqueeze(2)


def interpolate_three(points: Tensor, centers: Tensor, features: Tensor) -> Tensor:
    """Inverse-distance mean of the features of the three nearest centers: (B, N, 3), (B, G, 3), (B, G, C) → (B, N, C).

    Weights are 1 / (squared distance + 1e-8), normalized to one. With fewer than three centers all are used.
    Source: METHOD section 2, "Part segmentation".
    """
    with torch.no_grad():
        gaps, index = squared_distances(points, centers).topk(min(3, centers.shape[1]), dim=-1, largest=False)
        weight = 1 / (gaps.clamp_min(0) + 1e-8)
        weight /= weight.sum(-1, keepdim=True)
    return (gather(features, index) * weight.unsqueeze(-1).to(features.dtype)).sum(2)
