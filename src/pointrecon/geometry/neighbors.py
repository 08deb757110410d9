"""Nearest neighbors and what is gathered from them."""

import torch
from torch import Tensor

from pointrecon.geometry import kernels

_MOST_DISTANCES = 1 << 23  # of one block in memory: 32 MB
_TREE_PAYS = 1 << 19  # distances of a cloud from which on a k-d tree is faster than computing them all


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

    On CUDA a Triton kernel does it (see ``kernels``) without the (Q × N) matrix; on CPUs a k-d tree does it for large
    clouds, whose distances in float64 may order points otherwise that float32 sees equally far.

    Shape:
        query: (B, Q, 3); points: (B, N, 3) → (B, Q, k) int64.

    Raises:
        ValueError: when ``k`` exceeds N.
    """
    _check(points, k)
    if _by_kernel(query, points):
        from pointrecon.geometry.kernels.nearest import nearest

        return nearest(query.detach(), points.detach(), k)
    if _has_tree(query, points) and bool(points.isfinite().all()):
        return _knn_by_tree(query, points, k)
    return knn_plain(query, points, k)


def knn_plain(query: Tensor, points: Tensor, k: int) -> Tensor:
    """``knn`` in plain PyTorch, a block of queries at a time: what the fast ways are compared with."""
    with torch.no_grad():
        rows = max(_MOST_DISTANCES // max(points.shape[0] * points.shape[1], 1), 1)
        parts = [
            squared_distances(part, points).topk(k, dim=-1, largest=False, sorted=False).indices
            for part in query.split(rows, 1)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def _knn_by_tree(query: Tensor, points: Tensor, k: int) -> Tensor:
    """``knn`` of large clouds on a CPU, in time near linear in the cloud instead of its square."""
    from scipy.spatial import cKDTree

    found = []
    for asked, cloud in zip(query.detach(), points.detach(), strict=True):
        tree = cKDTree(cloud.numpy(), balanced_tree=False)
        found.append(torch.from_numpy(tree.query(asked.numpy(), range(1, k + 1), workers=torch.get_num_threads())[1]))
    return torch.stack(found).long()


def _has_tree(query: Tensor, points: Tensor) -> bool:
    count, total = query.shape[1], points.shape[1]
    large = len(points) > 0 and total >= 2048 and count * total >= _TREE_PAYS
    return large and kernels.enabled and points.device.type == "cpu" and not torch.compiler.is_compiling()


def _check(points: Tensor, k: int) -> None:
    if k > points.shape[1]:
        raise ValueError(f"cannot find {k} neighbors in clouds of {points.shape[1]} points")


def _by_kernel(query: Tensor, points: Tensor) -> bool:
    single = query.dtype == points.dtype == torch.float32
    return single and points.shape[1] <= kernels.MOST_POINTS and kernels.usable(points)


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Pick rows: ``out[b, i...] = values[b, index[b, i...]]``; differentiable in ``values``.

    Shape:
        values: (B, N, D); index: (B, ...) → (B, ..., D).
    """
    flat = index.reshape(index.shape[0], -1, 1).expand(-1, -1, values.shape[-1])
    return values.gather(1, flat).reshape(*index.shape, values.shape[-1])


def group(points: Tensor, centers: Tensor, k: int) -> Tensor:
    """The ``k`` points nearest to each center, moved so that the center is the origin; differentiable in both.

    On CUDA one Triton kernel finds and gathers them where no gradient is asked for (see ``kernels``).

    Shape:
        points: (B, N, 3); centers: (B, G, 3) → (B, G, k, 3).

    Raises:
        ValueError: when ``k`` exceeds N.

    Source: METHOD section 2.1.
    """
    _check(points, k)
    differentiated = torch.is_grad_enabled() and (points.requires_grad or centers.requires_grad)
    if not differentiated and _by_kernel(centers, points):
        from pointrecon.geometry.kernels.nearest import patches

        return patches(points, centers, k)
    return gather(points, knn(centers, points, k)) - centers.unsqueeze(2)
