"""Damage as scans and sensors do it, at five severities, to measure what a model still makes of it.

The kinds and their severities are those of ModelNet-C (Ren, Pan and Liu, "Benchmarking and Analyzing Point Cloud
Classification under Corruptions", ICML 2022), whose counts are for 1,024 points and grow with the cloud here. Its
"scale" is left out, as clouds are scaled to the unit sphere anyway; "density" is added.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from pointrecon.geometry.neighbors import gather
from pointrecon.geometry.random_changes import _normal, _uniform, jitter, rotate_about
from pointrecon.geometry.sampling import random_sample, resize

SEVERITIES = (1, 2, 3, 4, 5)
DENSITIES = (8192, 2048, 512, 256, 128)  # points, by severity
DROPPED = (0.25, 0.375, 0.5, 0.625, 0.75)  # shares, by severity
_CLUSTERS = 7  # at most
_MADE_FOR = 1024  # points of ModelNet-C's clouds


def noise(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Gaussian noise on every point, of deviation 0.01 · severity ("jitter")."""
    return jitter(points, generator, sigma=0.01 * severity, clip=math.inf)


def drop(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Random points gone, 25, 37.5, 50, 62.5 or 75% of them ("drop global"): (B, N, 3) → (B, fewer, 3)."""
    kept = max(1, int(points.shape[1] * (1 - DROPPED[severity - 1])))
    return gather(points, random_sample(points, kept, generator))


def crop(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Whole regions gone, 1 to 7 of random sizes, together 100 · severity of 1,024 points ("drop local").

    A region is a random point that is left, with its nearest ones. (B, N, 3) → (B, fewer, 3).
    """
    batch, total, _ = points.shape
    gone = min(_counted(total, 100 * severity), total - 1)
    sizes = torch.zeros(batch, _CLUSTERS, dtype=torch.long, device=points.device)
    own = _clusters(points, gone, generator)
    sizes.scatter_add_(1, own, torch.ones_like(own))
    left = torch.ones(batch, total, dtype=torch.bool, device=points.device)
    for size in sizes.unbind(1):
        draw = _uniform(points, batch, total, generator=generator).masked_fill(~left, -1)
        middle = gather(points, draw.argmax(1, keepdim=True))
        distance = (points - middle)[..., :3].square().sum(2).masked_fill(~left, math.inf)
        left &= distance.argsort(1).argsort(1) >= size[:, None]
    return gather(points, (~left).int().argsort(dim=1, stable=True)[:, : total - gone])


def clutter(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Clusters added, 1 to 7 of random sizes, together 100 · severity for 1,024 points ("add local").

    Each lies around a point of the cloud, Gaussian, of a deviation between 0.075 and 0.125; what falls outside the unit
    sphere is pulled in. (B, N, 3) → (B, more, 3).
    """
    batch, total, _ = points.shape
    own = _clusters(points, _counted(total, 100 * severity), generator)
    order = _uniform(points, batch, total, generator=generator).argsort(1)
    middles = gather(points, order[:, torch.arange(_CLUSTERS, device=points.device) % total])
    spread = 0.075 + 0.05 * _uniform(points, batch, _CLUSTERS, generator=generator)
    added = gather(middles, own) + spread.gather(1, own)[..., None] * _normal(
        points, *own.shape, 3, generator=generator
    )
    added = added / added.square().sum(2, keepdim=True).clamp_min(1)
    return torch.cat([points, added.to(points.dtype)], 1)


def outliers(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Points added anywhere in the unit ball, 10 · severity for 1,024 points ("add global")."""
    batch, total, _ = points.shape
    count = _counted(total, 10 * severity)
    way = _normal(points, batch, count, 3, generator=generator)
    radius = _uniform(points, batch, count, 1, generator=generator) ** (1 / 3)
    added = radius * way / way.norm(dim=2, keepdim=True).clamp_min(1e-12)
    return torch.cat([points, added.to(points.dtype)], 1)


def rotation(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """Turned about x, then y, then z, each by a random angle of at most 6° · severity either way ("rotate")."""
    for axis in "xyz":
        points = rotate_about(points, axis, generator, limit=math.radians(6 * severity))
    return points


def density(points: Tensor, severity: int, generator: Generator | None = None) -> Tensor:
    """The same cloud with 8192, 2048, 512, 256 or 128 points: drawn at random, or repeated where there are fewer.

    Give it the largest cloud there is. Not in ModelNet-C.
    """
    return resize(points, DENSITIES[severity - 1], generator)


_KINDS: dict[str, Callable[[Tensor, int, Generator | None], Tensor]] = {
    kind.__name__: kind for kind in (noise, drop, crop, clutter, outliers, rotation, density)
}
CORRUPTIONS = tuple(_KINDS)
_CHOOSING = ("drop", "crop", "density")  # some of the points as they are; the others move points, or add some


def corrupt(
    points: Tensor, kind: str, severity: int, generator: Generator | None = None, *, beside: float = 0.0
) -> Tensor:
    """Damage clouds; every cloud of the batch is drawn on its own, and all keep one number of points.

    (B, N, 3) in the unit sphere → (B, n, 3), not scaled again; n is N for "noise" and "rotation". What stands behind
    the coordinates (colors, in (B, N, 6)) stays with its point, as it is; of points that are added it is ``beside``.
    ValueError for a kind that is none of ``CORRUPTIONS``, and for a severity outside 1 to 5.
    """
    if kind not in _KINDS:
        raise ValueError(f"there is no corruption {kind!r}; take one of {', '.join(CORRUPTIONS)}")
    if severity not in SEVERITIES:
        raise ValueError(f"severity must be 1 to 5, not {severity}")
    if kind in _CHOOSING:
        return _KINDS[kind](points, severity, generator)
    found = _KINDS[kind](points[..., :3], severity, generator)
    colors = points.new_full((*found.shape[:2], points.shape[2] - 3), beside)
    colors[:, : points.shape[1]] = points[..., 3:]  # added points come last
    return torch.cat([found, colors], -1)


def _counted(total: int, of_1024: int) -> int:
    return max(1, round(total * of_1024 / _MADE_FOR))


def _clusters(points: Tensor, count: int, generator: Generator | None) -> Tensor:
    """(B, count) cluster of each of ``count`` points, among 1 to 7 clusters a cloud."""
    clusters = (_uniform(points, len(points), 1, generator=generator) * _CLUSTERS).long().clamp_max(_CLUSTERS - 1) + 1
    own = (_uniform(points, len(points), count, generator=generator) * clusters).long()
    return torch.minimum(own, clusters - 1)
