"""What makes made shapes as hard as scans: noise, missing regions, background clutter, any pose."""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.made.parametric.meshes import unit
from pointrecon.shapes.made.programs import random_rotation
from pointrecon.shapes.made.solids import Array


@dataclass(frozen=True)
class Difficulty:
    """How a shape is spoilt."""

    noise: float = 0.0  # standard deviation of each coordinate, relative to the shape's radius
    missing: float = 0.0  # fraction of the surface that is not seen: holes, or the side away from a camera
    clutter: float = 0.0  # fraction of the points that belong to the background: a floor, walls, lumps near by
    any_pose: bool = False  # turned by a rotation drawn uniformly from all

    def candidates(self, points: int) -> int:
        """How many surface points `degrade` needs to leave `points` of them."""
        return ceil(self.kept(points) / (1 - self.missing))

    def kept(self, points: int) -> int:
        """How many of `points` belong to the shape, not to clutter."""
        return max(1, points - round(self.clutter * points))


LEVELS = {
    "none": Difficulty(),
    "easy": Difficulty(noise=0.005, missing=0.1),
    "medium": Difficulty(noise=0.01, missing=0.25, clutter=0.1),
    "hard": Difficulty(noise=0.02, missing=0.4, clutter=0.2),
}


def choose_difficulty(
    level: str = "none",
    *,
    noise: float | None = None,
    missing: float | None = None,
    clutter: float | None = None,
    any_pose: bool = False,
) -> Difficulty:
    """A named level with single values replaced where given; no level turns shapes, only `any_pose` does.

    Raises:
        InputError: no such level, or a value out of range.
    """
    if level not in LEVELS:
        raise InputError(f"there is no difficulty '{level}'; use one of {', '.join(LEVELS)}")
    given = {"noise": noise, "missing": missing, "clutter": clutter}
    chosen = replace(LEVELS[level], any_pose=any_pose, **{k: v for k, v in given.items() if v is not None})
    for name, top in (("noise", 1.0), ("missing", 0.9), ("clutter", 0.9)):
        if not 0 <= getattr(chosen, name) <= top:  # false for NaN too
            raise InputError(f"'{name}' is {getattr(chosen, name)}, expected a fraction from 0 to {top:g}")
    return chosen


def degrade(
    xyz: Array, normals: Array, part: Array, points: int, difficulty: Difficulty, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Spoil one shape.

    Args:
        xyz: (M, 3) points of the surface in random order, M at least ``difficulty.candidates(points)``;
            normals: (M, 3); part: (M,).
        points: N, how many to return.

    Returns:
        xyz (N, 3), normals (N, 3), part (N,); clutter has part -1. Nothing is centered or scaled again.

    Raises:
        ValueError: when M is too small.
    """
    kept, needed = difficulty.kept(points), difficulty.candidates(points)
    if len(xyz) < needed:
        raise ValueError(f"degrade needs {needed} surface points to leave {points}, got {len(xyz)}")
    xyz, normals, part = xyz[:needed], normals[:needed], part[:needed]
    radius = float(np.sqrt(((xyz - xyz.mean(0)) ** 2).sum(1).max()))
    if difficulty.missing > 0:
        # Ties and order among equals are settled by position: a stable sort is the same everywhere.
        seen = np.sort(np.argsort(_hidden(xyz, normals, radius, rng), kind="stable")[:kept])
        xyz, normals, part = xyz[seen], normals[seen], part[seen]
    if kept < points:
        extra, facing = _clutter(xyz, radius, points - kept, rng)
        xyz, normals = np.concatenate([xyz, extra]), np.concatenate([normals, facing])
        part = np.concatenate([part, np.full(len(extra), -1, part.dtype)])
        # Mixed, so that the first points of a cloud are not all of the shape.
        order = rng.permutation(points)
        xyz, normals, part = xyz[order], normals[order], part[order]
    if difficulty.noise > 0:
        xyz = xyz + rng.standard_normal(xyz.shape) * (difficulty.noise * radius)
    if difficulty.any_pose:
        turn = random_rotation(rng)
        xyz, normals = xyz @ turn.T, normals @ turn.T
    return xyz, normals, part


def _hidden(xyz: Array, normals: Array, radius: float, rng: np.random.Generator) -> Array:
    """(M,) how soon each point goes missing, the largest first: around one to three holes, or from behind."""
    if rng.random() < 0.5:
        holes = xyz[rng.integers(len(xyz), size=int(rng.integers(1, 4)))]
        return -np.sqrt(((xyz[:, None] - holes[None]) ** 2).sum(-1)).min(1)
    camera = unit(rng.standard_normal(3))
    # A scanner loses first what faces away from it, then what lies far back.
    return -(normals @ camera) - (xyz @ camera) / radius


def _clutter(xyz: Array, radius: float, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points and normals of a floor, a wall behind, and lumps beside it; not all of them every time."""
    low, high = xyz.min(0), xyz.max(0)
    middle = (low + high) / 2
    shares = rng.random(5) * (rng.random(5) < (0.7, 0.25, 0.5, 0.4, 0.3))
    if shares.sum() == 0:
        shares[0] = 1.0
    edges = np.rint(np.cumsum(shares) / shares.sum() * count).astype(int)
    floor, wall, *lumps = np.diff(edges, prepend=0).tolist()
    pieces = [
        _patch(np.array([middle[0], low[1], middle[2]]), 1, radius, floor, rng),
        _patch(np.array([middle[0], middle[1], low[2]]), 2, radius, wall, rng),
        *(_lump(middle, radius, lump, rng) for lump in lumps),
    ]
    points, normals = zip(*pieces, strict=True)
    return np.concatenate(points), np.concatenate(normals)


def _patch(center: Array, axis: int, radius: float, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """A rectangle across `axis`, about as wide as the shape, touching it or a little off."""
    half = radius * rng.uniform(0.6, 1.2, 3)
    half[axis] = 0.0
    gap = np.zeros(3)
    gap[axis] = -radius * rng.uniform(0.0, 0.1)
    normal = np.zeros((count, 3))
    normal[:, axis] = 1.0
    return center + gap + rng.uniform(-1, 1, (count, 3)) * half, normal


def _lump(middle: Array, radius: float, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """An egg-shaped surface beside the shape."""
    direction = unit(rng.standard_normal(3))
    half = radius * rng.uniform(0.1, 0.35, 3)
    ball = unit(rng.standard_normal((count, 3)))
    return middle + direction * radius * rng.uniform(0.8, 1.2) + ball * half, unit(ball / half)
