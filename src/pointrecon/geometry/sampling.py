"""Which points of a cloud to keep."""

import torch
from torch import Tensor

from pointrecon.geometry.neighbors import gather


def farthest_point_sample(points: Tensor, count: int, *, skip_origin: bool = False) -> Tensor:
    """Indices (B, count) int64 of points, each the farthest from those chosen before it; the first is point 0.

    Ties go to the lowest index. When ``count`` exceeds the number of distinct points, points repeat. Coordinates (B, N,
    3) are compared in float32. With ``skip_origin`` points of squared norm up to 1e-3 are never chosen (after the
    first), as the released CUDA code does. ValueError when ``count`` is not in 1 … N.
    """
    batch, total, _ = points.shape
    if not 1 <= count <= total:
        raise ValueError(f"cannot choose {count} farthest points from clouds of {total}")
    with torch.no_grad():
        # One contiguous (3, B, N) copy: each round reads coordinates as three flat planes.
        x, y, z = points.detach().float().permute(2, 0, 1).contiguous()
        nearest = torch.full((batch, total), float("inf"), device=points.device)
        if skip_origin:
            nearest.masked_fill_(x * x + y * y + z * z <= 1e-3, -1.0)
        chosen = torch.zeros(batch, count, dtype=torch.long, device=points.device)
        last = chosen[:, :1]
        for round_ in range(1, count):
            gap = (x - x.gather(1, last)).square_()
            gap += (y - y.gather(1, last)).square_()
            gap += (z - z.gather(1, last)).square_()
            torch.minimum(nearest, gap, out=nearest)
            last = nearest.argmax(1, keepdim=True)
            chosen[:, round_ : round_ + 1] = last
    return chosen


def random_sample(points: Tensor, count: int, generator: torch.Generator | None = None) -> Tensor:
    """Indices (B, count) int64 of different points of every cloud, drawn uniformly; ValueError for more than it has."""
    batch, total, _ = points.shape
    if count > total:
        raise ValueError(f"cannot draw {count} different points from clouds of {total}")
    device = generator.device if generator is not None else points.device
    draw = torch.rand(batch, total, generator=generator, device=device)
    return draw.topk(count, dim=1, sorted=False).indices.to(points.device)


def resize(points: Tensor, count: int, generator: torch.Generator | None = None) -> Tensor:
    """Clouds of exactly ``count`` points, (B, N, D) → (B, count, D): larger ones drawn from, smaller ones repeated up.

    Without a generator the choice is fixed: the first ``count`` points, so stored order (farthest-point or shuffled)
    decides.
    """
    total = points.shape[1]
    if total < count:
        points = points.repeat(1, -(-count // total), 1)[:, :count]
    elif total > count:
        points = points[:, :count] if generator is None else gather(points, random_sample(points, count, generator))
    return points
