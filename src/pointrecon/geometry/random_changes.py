"""Random changes to clouds that leave the shape what it is. Every one is a batched, seeded tensor operation.

All take (B, N, 3) clouds and an optional ``torch.Generator`` and return new (B, N, 3) clouds. Where points are dropped,
and in :func:`augment`, what stands behind the coordinates (colors) stays with its point, as it is.
"""

import math

import torch
from torch import Generator, Tensor

from pointrecon.geometry.augmentation import GRAY, Augmentation
from pointrecon.geometry.neighbors import gather


def _uniform(like: Tensor, *shape: int, generator: Generator | None) -> Tensor:
    device = generator.device if generator is not None else like.device
    return torch.rand(*shape, generator=generator, device=device).to(like.device)


def _normal(like: Tensor, *shape: int, generator: Generator | None) -> Tensor:
    device = generator.device if generator is not None else like.device
    return torch.randn(*shape, generator=generator, device=device).to(like.device)


def rotate_about(
    points: Tensor, axis: str = "y", generator: Generator | None = None, *, limit: float = math.pi
) -> Tensor:
    """Turn every cloud by its own random angle about one axis, at most ``limit`` radians either way."""
    return turn_about(points, axis, (2 * _uniform(points, len(points), generator=generator) - 1) * limit)


def turn_about(points: Tensor, axis: str, angle: Tensor) -> Tensor:
    """Turn every cloud by its angle (B,), in radians, about one axis."""
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    planes = list(points.unbind(-1))
    planes[first], planes[second] = (
        cos * planes[first] - sin * planes[second],
        sin * planes[first] + cos * planes[second],
    )
    return torch.stack(planes, -1)


def rotate_any(points: Tensor, generator: Generator | None = None) -> Tensor:
    """Turn every cloud by its own rotation, uniform over all of them (a random unit quaternion)."""
    quaternion = _normal(points, len(points), 4, generator=generator)
    w, x, y, z = (quaternion / quaternion.norm(dim=1, keepdim=True).clamp_min(1e-12)).unbind(1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return points @ torch.stack(rows, 1).view(-1, 3, 3).to(points.dtype).transpose(1, 2)


def scale_and_shift(
    points: Tensor, generator: Generator | None = None, *, low: float = 2 / 3, high: float = 3 / 2, shift: float = 0.2
) -> Tensor:
    """Scale each axis of each cloud by a factor in ``low … high`` and move it by up to ``shift`` (METHOD section 4)."""
    scale = low + (high - low) * _uniform(points, len(points), 1, 3, generator=generator)
    move = (2 * _uniform(points, len(points), 1, 3, generator=generator) - 1) * shift
    return points * scale + move


def tilt(points: Tensor, generator: Generator | None = None, *, sigma: float = 0.06) -> Tensor:
    """Turn each cloud a little about x, y and z: by Gaussian angles of deviation ``sigma``, cut at three times it."""
    angle = (_normal(points, 3, len(points), generator=generator) * sigma).clamp_(-3 * sigma, 3 * sigma)
    for axis, own in zip("xyz", angle, strict=True):
        points = turn_about(points, axis, own)
    return points


def fade(colors: Tensor, generator: Generator | None = None, *, share: float = 0.5) -> Tensor:
    """Make all colors (B, N, 3) of a share of the clouds the gray of what has none."""
    return torch.where(_uniform(colors, len(colors), 1, 1, generator=generator) < share, GRAY, colors)


def jitter(points: Tensor, generator: Generator | None = None, *, sigma: float = 0.01, clip: float = 0.05) -> Tensor:
    """Move each point by Gaussian noise of deviation ``sigma``, cut at ``clip``."""
    return points + (_normal(points, *points.shape, generator=generator) * sigma).clamp_(-clip, clip)


def drop(points: Tensor, generator: Generator | None = None, *, most: float = 0.5) -> Tensor:
    """Drop a random share (up to ``most``) of each cloud's points; a kept point stands in for each dropped one."""
    batch, total, _ = points.shape
    share = _uniform(points, batch, 1, generator=generator) * most
    keep = _uniform(points, batch, total, generator=generator) >= share
    keep[:, 0] |= ~keep.any(1)
    return _refill(points, keep, generator)


def crop(points: Tensor, generator: Generator | None = None, *, most: float = 0.5) -> Tensor:
    """Occlude: remove up to ``most`` of the points, those farthest along a random direction.

    Kept points are repeated in the removed ones' place, so the size stays.
    """
    batch, total, _ = points.shape
    direction = _normal(points, batch, 3, 1, generator=generator)
    rank = (points[..., :3] @ direction.to(points.dtype)).squeeze(-1).argsort(1).argsort(1)
    share = _uniform(points, batch, 1, generator=generator) * most
    return _refill(points, rank < ((1 - share) * total).clamp_min(1), generator)


def flip(points: Tensor, axis: str = "x", generator: Generator | None = None) -> Tensor:
    """Mirror half of the clouds along one axis."""
    sign = torch.ones(len(points), 1, 3, device=points.device, dtype=points.dtype)
    mirrored = _uniform(points, len(points), generator=generator) < 0.5
    sign[:, 0, "xyz".index(axis)] = torch.where(mirrored, -1.0, 1.0)
    return points * sign


def _refill(points: Tensor, keep: Tensor, generator: Generator | None) -> Tensor:
    """Put a random kept point wherever ``keep`` is False."""
    kept_first = (~keep).int().argsort(dim=1, stable=True)
    pick = _uniform(points, *keep.shape, generator=generator) * keep.sum(1, keepdim=True)
    other = kept_first.gather(1, pick.long().clamp_max(keep.shape[1] - 1))
    own = torch.arange(keep.shape[1], device=points.device).expand_as(keep)
    return gather(points, torch.where(keep, own, other))


def augment(points: Tensor, how: Augmentation, generator: Generator | None = None, *, up: str = "y") -> Tensor:
    """Apply the changes ``how`` names to (B, N, 3) clouds, or with colors behind, whose axis ``up`` points up."""
    if how.crop:
        points = crop(points, generator, most=how.crop)
    if how.drop:
        points = drop(points, generator, most=how.drop)
    points, beside = points[..., :3], points[..., 3:]
    if how.rotate == "any":
        points = rotate_any(points, generator)
    elif how.rotate == "up":
        points = rotate_about(points, up, generator)
    if how.tilt:
        points = tilt(points, generator, sigma=how.tilt)
    if how.flip != "none":
        points = flip(points, how.flip, generator)
    if how.scale < 1 or how.shift:
        points = scale_and_shift(points, generator, low=how.scale, high=1 / how.scale, shift=how.shift)
    if how.jitter:
        points = jitter(points, generator, sigma=how.jitter, clip=5 * how.jitter)
    if how.gray and beside.shape[-1]:
        beside = fade(beside, generator, share=how.gray)
    if how.lay_down:
        points = torch.stack([-points[..., 1], points[..., 0], points[..., 2]], -1)
    return torch.cat([points, beside], -1) if beside.shape[-1] else points
