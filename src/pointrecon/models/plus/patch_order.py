"""Colored patches, and patches in a row: what ReCon++ does between a cloud and its embedding."""

import torch
from torch import Tensor

from pointrecon.geometry import gather
from pointrecon.geometry.neighbors import squared_distances
from pointrecon.models.fast.functions import farthest_point_sample, group, knn
from pointrecon.models.patches import Patches
from pointrecon.models.plus.plus_config import KEPT


def cut_colored(
    points: Tensor, patches: int, patch_size: int, *, in_a_row: bool = False, skip_origin: bool = False
) -> Patches:
    """Cut (B, N, 3 or 6) clouds into patches by their coordinates; colors ride along unmoved.

    ``in_a_row`` orders them by :func:`row_of`. Source: METHOD-PLUS section 2.1.
    """
    places = points[..., :3].contiguous()
    centers = gather(places, farthest_point_sample(places, patches, skip_origin=skip_origin))
    if in_a_row:
        centers = gather(centers, row_of(centers))
    if points.shape[2] == 3:
        return Patches(group(places, centers, patch_size), centers)
    inside = gather(points, knn(centers, places, patch_size))
    moved = inside[..., :3] - centers.unsqueeze(2)
    return Patches(torch.cat([moved, inside[..., 3:]], -1), centers)


@torch.no_grad()
def row_of(centers: Tensor) -> Tensor:
    """The order of patches in a row, (B, G) int64: the first center, then always the nearest one not yet taken."""
    batch, count, _ = centers.shape
    gaps = squared_distances(centers, centers)
    order = [torch.zeros(batch, 1, 1, dtype=torch.long, device=centers.device)]
    for _ in range(count - 1):  # by what a CUDA graph can hold
        gaps.scatter_(2, order[-1].expand(-1, count, -1), torch.inf)  # nobody goes there again
        order.append(gaps.gather(1, order[-1].expand(-1, -1, count)).argmin(2, keepdim=True))
    return torch.cat(order, 1)[..., 0]


def seen_keys(count: int, hidden: Tensor | None, device: torch.device) -> Tensor:
    """Which positions of a row (columns) each one (row) reads, (G, G) bool: those up to it, itself always.

    ``hidden``, (G,) bool, are read by no other. Source: METHOD-PLUS section 2.8.
    """
    seen = torch.ones(count, count, dtype=torch.bool, device=device).tril()
    if hidden is None:
        return seen
    return (seen & ~hidden) | torch.eye(count, dtype=torch.bool, device=device)


def draw_hidden_columns(count: int, ratio: float, generator: torch.Generator | None = None) -> Tensor:
    """Positions of a row that are hidden as keys, (count,) bool: int((count - 10) · ratio), none of the first 10."""
    first, device = min(KEPT, count), generator.device if generator is not None else torch.device("cpu")
    mask = torch.zeros(count, dtype=torch.bool, device=device)
    hidden = hidden_columns(count, ratio)
    mask[first + torch.randperm(count - first, generator=generator, device=device)[:hidden]] = True
    return mask


def hidden_columns(count: int, ratio: float) -> int:
    """How many of ``count`` positions :func:`draw_hidden_columns` hides."""
    return int((count - min(KEPT, count)) * ratio)
