"""Soft shapes of living things: limbs through stations, leaf blades, many copies of a mesh, roughened surfaces."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, circle, lathe, loft, unit


def curve(points: ArrayLike, steps: int) -> np.ndarray:
    """Points (P, D) with `steps` - 1 more between any two, on a smooth curve (Catmull and Rom's)."""
    p = np.asarray(points, dtype=np.float64)
    if len(p) < 3 or steps < 2:
        return p
    own = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (own[i : len(own) - 3 + i, None] for i in range(4))
    between = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([between.reshape(-1, p.shape[1]), p[-1:]])


def limb(*stations: Sequence[float], smooth: int = 3, around: int = 8, wide: float = 1.0, blunt: bool = True) -> Mesh:
    """Body through stations (x, y, z, radius), curved smoothly between them; `blunt` rounds its ends.

    `wide` stretches it sideways: along x where it lies in the y-z plane.
    """
    s = curve(stations, smooth)
    line, radius = s[:, :3], np.maximum(s[:, 3], 1e-3 * s[:, 3].max())
    if blunt:
        first, last = unit(line[0] - line[1]), unit(line[-1] - line[-2])
        start = [line[0] + first * radius[0] * k for k in (0.9, 0.5)]
        stop = [line[-1] + last * radius[-1] * k for k in (0.5, 0.9)]
        line = np.concatenate([start, line, stop])
        radius = np.concatenate([radius[0] * np.array([0.4, 0.85]), radius, radius[-1] * np.array([0.85, 0.4])])
    ahead = np.concatenate([line[1:2] - line[:1], line[2:] - line[:-2], line[-1:] - line[-2:-1]])
    ahead = unit(ahead)
    side = np.zeros_like(line)
    # across the axis that the start takes least, then carried along without a turn
    carried = np.eye(3)[int(np.argmin(np.abs(np.rint(ahead[0] * 1e3))))]
    for i, along in enumerate(ahead):
        carried = side[i] = unit(carried - along * (carried * along).sum())
    above = np.cross(side, ahead)
    flat = circle(around, 0.5 / around)[None] * radius[:, None, None]
    return loft(line[:, None] + wide * flat[..., :1] * side[:, None] + flat[..., 1:] * above[:, None])


def tapered(points: np.ndarray, radii: Sequence[float], around: int = 8, smooth: int = 2) -> Mesh:
    """A limb through points (P, 3) with these radii."""
    return limb(*np.column_stack([points, radii]).tolist(), around=around, smooth=smooth)


@lru_cache(maxsize=16)
def orb(rows: int = 17, segments: int = 24) -> Mesh:
    """Unit ball about the origin, fine enough to be shaped by its vertices."""
    angle = np.linspace(-0.25, 0.25, rows) * TAU
    return lathe(np.stack([np.cos(angle), np.sin(angle)], axis=1), segments)


def scaled(mesh: Mesh, size: float | Sequence[float]) -> Mesh:
    """The mesh `size` times as large, in all or in each direction."""
    return Mesh(mesh.vertices * np.asarray(size), mesh.faces)


def cut(mesh: Mesh, kept: np.ndarray) -> Mesh:
    """The open surface of those faces whose corners are all among the `kept` (K,) vertices."""
    faces = mesh.faces[kept[mesh.faces].all(axis=1)]
    used, own = np.unique(faces, return_inverse=True)
    return Mesh(mesh.vertices[used], own.reshape(-1, 3))


def rough(mesh: Mesh, rng: np.random.Generator, amount: float, waves: float = 3.0) -> Mesh:
    """The mesh with smooth bumps: its vertices moved from or to its middle by about `amount`.

    The amount is a part of their distance to the middle; none moves by more than twice as much.
    """
    middle = mesh.vertices.mean(axis=0)
    own = (mesh.vertices - middle) / np.ptp(mesh.vertices, axis=0).max()
    turn = unit(rng.standard_normal((5, 3))) * waves
    bumps = np.sin(TAU * ((own[:, None] * turn).sum(axis=2) + rng.random(5))).mean(axis=1)
    return Mesh(middle + (mesh.vertices - middle) * (1.0 + 2.0 * amount * bumps[:, None]), mesh.faces)


def leaf(long: float, wide: float, *, widest: float = 0.5, arch: float = 0.0, fold: float = 0.0, rows: int = 7) -> Mesh:
    """Thin blade from the origin along +z, `widest` at that part of its length, its upper side +y.

    It bends down by `arch` radians on the way; `fold` lifts its edges by that part of its width.
    """
    t = np.linspace(0.0, 1.0, rows)[:, None]
    half = wide / 2 * np.maximum(np.sin(np.pi * t ** (np.log(0.5) / np.log(widest))), 0.04)
    turn = max(arch, 1e-3) if arch >= 0 else min(arch, -1e-3)
    z, y = long * np.sin(turn * t) / turn, long * (np.cos(turn * t) - 1.0) / turn
    thick = 0.03 * half + 0.002 * long
    x = half * (-1.0, 0.0, 1.0, 0.0)
    rise = np.concatenate([fold * half, thick, fold * half, -thick], axis=1)
    return loft(np.stack([x, y + rise * np.cos(turn * t), z + rise * np.sin(turn * t)], axis=2))


def copies(mesh: Mesh, at: ArrayLike, yaw: ArrayLike, pitch: ArrayLike = 0.0, size: ArrayLike = 1.0) -> Mesh:
    """Copies of a mesh at points (N, 3), scaled, +z lifted by `pitch` and turned about y by `yaw` (degrees)."""
    spot = np.asarray(at, dtype=np.float64).reshape(-1, 1, 3)
    up, turn, large = (np.broadcast_to(np.asarray(v, np.float64), len(spot))[:, None] for v in (pitch, yaw, size))
    up, turn = up * TAU / 360.0, turn * TAU / 360.0
    x, y, z = mesh.vertices.T
    y, z = np.cos(up) * y + np.sin(up) * z, np.cos(up) * z - np.sin(up) * y
    x, z = np.cos(turn) * x + np.sin(turn) * z, np.cos(turn) * z - np.sin(turn) * x
    vertices = spot + large[..., None] * np.stack([x, y, z], axis=2)
    faces = mesh.faces + np.arange(len(spot))[:, None, None] * len(mesh.vertices)
    return Mesh(vertices.reshape(-1, 3), faces.reshape(-1, 3))
