"""Sampling, neighbors, distances and masks of the reference step: plain loops and full distance matrices.

Shapes: B clouds, N points, G patches, S points per patch.
"""

import numpy as np
import torch
from torch import Tensor


def farthest_points(points: Tensor, count: int, *, skip_near_origin: bool = False) -> Tensor:
    """Farthest point sampling from point 0, one center after another; (B, N, 3) -> indices (B, count).

    Args:
        skip_near_origin: never choose points with squared norm <= 1e-3, as the released CUDA kernel does.
    """
    batch, total, _ = points.shape
    rows = torch.arange(batch, device=points.device)
    chosen = torch.zeros(batch, count, dtype=torch.long, device=points.device)
    nearest = torch.full((batch, total), 1e10, device=points.device)
    allowed = (points**2).sum(-1) > 1e-3
    for step in range(1, count):
        last = points[rows, chosen[:, step - 1]].unsqueeze(1)
        nearest = torch.minimum(nearest, ((points - last) ** 2).sum(-1))
        score = nearest.masked_fill(~allowed, -1.0) if skip_near_origin else nearest
        chosen[:, step] = score.argmax(-1)
    return chosen


def pairwise(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances (..., P, Q) of (..., P, 3) to (..., Q, 3), from explicit differences."""
    return ((a.unsqueeze(-2) - b.unsqueeze(-3)) ** 2).sum(-1)


def group(points: Tensor, patches: int, size: int, *, skip_near_origin: bool = False) -> tuple[Tensor, Tensor]:
    """Centers (B, G, 3) and their nearest points moved to the origin (B, G, S, 3)."""
    rows = torch.arange(len(points), device=points.device)
    centers = points[rows[:, None], farthest_points(points, patches, skip_near_origin=skip_near_origin)]
    nearest = pairwise(centers, points).topk(size, dim=-1, largest=False).indices
    return centers, points[rows[:, None, None], nearest] - centers.unsqueeze(2)


def random_masks(batch: int, patches: int, masked: int, rng: np.random.Generator) -> Tensor:
    """One shuffled row of zeros and ones per cloud, made in a Python loop; bool (B, G), True = hidden."""
    rows = []
    for _ in range(batch):
        row = np.hstack([np.zeros(patches - masked), np.ones(masked)])
        rng.shuffle(row)
        rows.append(row)
    return torch.from_numpy(np.stack(rows)).bool()
