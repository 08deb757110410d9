"""Nearest neighbours and what is gathered from them."""

import torch
from torch import Tensor


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
    """Indices of the ``k`` points nearest to each query point, in no particular order.

    Shape:
        query: (B, Q, 3); points: (B, N, 3) → (B, Q, k) int64.

    Raises:
        ValueError: when ``k`` exceeds N.
    """
    if k > points.shape[1]:
        raise ValueError(f"cannot find {k} neighbours in clouds of {points.shape[1]} points")
    with torch.no_grad():
        return squared_distances(query, points).topk(k, dim=-1, largest=False, sorted=False).indices


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Pick rows: ``out[b, i...] = values[b, index[b, i...]]``; differentiable in ``values``.

    Shape:
        values: (B, N, D); index: (B, ...) → (B, ..., D).
    """
    flat = index.reshape(index.shape[0], -1, 1).expand(-1, -1, values.shape[-1])
    return values.gather(1, flat).reshape(*index.shape, values.shape[-1])


def group(points: Tensor, centres: Tensor, k: int) -> Tensor:
    """The ``k`` points nearest to each centre, moved so that the centre is the origin.

    Shape:
        points: (B, N, 3); centres: (B, G, 3) → (B, G, k, 3).

    Source: METHOD section 2.1.
    """
    return gather(points, knn(centres, points, k)) - centres.unsqueeze(2)
