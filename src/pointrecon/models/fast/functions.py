"""Functions of ``geometry`` and the patch embedding by whichever way :mod:`~pointrecon.models.fast.switch` takes."""

from typing import Any

import torch
from torch import Tensor, nn

from pointrecon import geometry
from pointrecon.models.fast import buckets, fused_embedding, switch
from pointrecon.models.fast.linear import full_precision
from pointrecon.models.fast.partition import nearest_by_partition
from pointrecon.models.fast.plain_norm import summed_norm_plain


def farthest_point_sample(points: Tensor, count: int, *, skip_origin: bool = False) -> Tensor:
    """As :func:`pointrecon.geometry.farthest_point_sample`.

    Where several points are farthest at exactly the same distance, fpsample (large clouds on CPUs) may take another
    of them first than the one of lowest index.
    """
    if 1 <= count <= points.shape[1]:
        single = points.detach().float()
        if switch.by_triton("farthest", single):
            from pointrecon.models.fast.farthest import farthest_points

            return farthest_points(single, count, skip_origin)
        if not skip_origin and switch.by_buckets(single):
            return torch.stack([buckets.bucketed(cloud, count) for cloud in single])
    return geometry.farthest_point_sample(points, count, skip_origin=skip_origin)


def knn(query: Tensor, points: Tensor, k: int) -> Tensor:
    """As :func:`pointrecon.geometry.knn`.

    The k-d tree (large clouds on CPUs) computes in float64: what float32 sees equally far may be ordered otherwise. Of
    points equally far those that come first are taken on CPUs (small clouds) and by the kernel.
    """
    if k <= points.shape[1]:
        if _by_kernel(query, points):
            from pointrecon.models.fast.nearest import nearest

            return nearest(query.detach(), points.detach(), k)
        if switch.by_tree(query, points):
            return _by_tree(query.detach(), points.detach(), k)
        if switch.by_partition(query, points, k):
            with torch.no_grad():
                return nearest_by_partition(query.detach(), points.detach(), k)
    return geometry.knn(query, points, k)


def group(points: Tensor, centers: Tensor, k: int) -> Tensor:
    """As :func:`pointrecon.geometry.group`; one kernel finds and gathers where no gradient is asked for."""
    differentiated = torch.is_grad_enabled() and (points.requires_grad or centers.requires_grad)
    if k <= points.shape[1] and not differentiated and _by_kernel(centers, points):
        from pointrecon.models.fast.nearest import patches

        return patches(points, centers, k)
    return geometry.gather(points, knn(centers, points, k)) - centers.unsqueeze(2)


def chamfer(first: Tensor, second: Tensor, *, norm: int = 2) -> Tensor:
    """As :func:`pointrecon.geometry.chamfer`."""
    if norm in (1, 2) and first.is_cuda:
        half = (torch.float16, torch.bfloat16)
        one, other = (side.float() if side.dtype in half else side for side in (first, second))
        if all(switch.by_triton("chamfer", side) for side in (one, other)):
            from pointrecon.models.fast.chamfer_sets import chamfer as by_kernel

            return by_kernel(one, other, norm)
    return geometry.chamfer(first, second, norm=norm)


def embed_patches(embedding: Any, patches: Tensor) -> Tensor:
    """Tokens (B, G, C) of (B, G, S, 3) patches, as ``embedding.plain(patches)``.

    Args:
        embedding: a :class:`pointrecon.models.patches.PatchEmbedding`.
        patches: each patch's center at its origin.
    """
    if switch.by_fused(patches, embedding.lift.weight):
        return fused_embedding.embed_patches(embedding, patches.flatten(0, 1)).unflatten(0, patches.shape[:2])
    return embedding.plain(patches)


def summed_norm(norm: nn.LayerNorm, *terms: Tensor, dtype: torch.dtype) -> Tensor:
    """As :func:`~pointrecon.models.fast.plain_norm.summed_norm_plain`; no gradient."""
    with full_precision(terms[0]):
        if switch.by_triton("norm", terms[0]):
            from pointrecon.models.fast.summed_norm import summed_norm as by_kernel

            return by_kernel(norm, *terms, dtype=dtype)
        return summed_norm_plain(norm, *terms, dtype=dtype)


def _by_kernel(query: Tensor, points: Tensor) -> bool:
    return query.dtype == torch.float32 and switch.by_triton("nearest", points)


def _by_tree(query: Tensor, points: Tensor, k: int) -> Tensor:
    """``knn`` of large clouds on a CPU, in time near linear in the cloud instead of its square."""
    from scipy.spatial import cKDTree

    found = []
    for asked, cloud in zip(query, points, strict=True):
        tree = cKDTree(cloud.numpy(), balanced_tree=False)
        found.append(torch.from_numpy(tree.query(asked.numpy(), range(1, k + 1), workers=torch.get_num_threads())[1]))
    return torch.stack(found).long()
