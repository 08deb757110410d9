"""The *programs* family: random solids joined, cut, bent, twisted and wire-framed; unlabeled shapes.

The idea is that of "Learning 3D Representations from Procedural 3D Programs" (arXiv 2411.17467): masked
pre-training needs varied geometry, not meaning. Numbers and distributions here are our own. numpy only; the
same seed gives the same shape on every machine (rounding differs by 1e-16, lost in the table's float16).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pointrecon.shapes.made.solids import REACH, Array, Solid, random_solid, wires

_MOST_PARTS = 16
_Axes = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Part:
    """A solid in its place."""

    quads: Array  # (Q, 4, 3) in the program's coordinates
    solid: Solid | None  # its inside test; None for a wire frame, which holds nothing
    inverse: Array  # (3, 3), takes a point, after `center`, back to the solid's own coordinates
    center: Array  # (3,)
    cut: bool = False  # take this solid away from what came before, instead of joining it

    def inside(self, points: Array) -> Array:
        """(n, 3) → (n,) bool."""
        if self.solid is None:
            return np.zeros(len(points), bool)
        local = (points - self.center) @ self.inverse.T
        x, y, z = np.abs(local.T)  # three comparisons are sooner done than one along a row of three
        near = np.flatnonzero((x < REACH) & (y < REACH) & (z < 1))
        inside = np.zeros(len(points), bool)
        inside[near] = self.solid.inside(local[near])  # most points are far from most parts: a third of the time
        return inside


@dataclass(frozen=True)
class Program:
    """Parts in the order they are joined or cut, then deformations of the whole."""

    parts: list[Part]
    deformations: list[Callable[[Array], Array]]

    def deform(self, points: Array) -> Array:
        """(..., 3) → (..., 3)."""
        for deformation in self.deformations:
            points = deformation(points)
        return points


def build_program(rng: np.random.Generator) -> Program:
    """Draw a program of one to nine steps; a symmetric one repeats steps mirrored or around an axis."""
    steps = int(rng.integers(1, 10))
    wire_odds = 1.0 if rng.random() < 0.08 else 0.08
    free_turns = 1.0 if rng.random() < 0.3 else 0.25
    thinness = rng.uniform(0.8, 2.4)  # up to a tenth as thick as long
    copies = _symmetry(rng)
    parts: list[Part] = []
    for step in range(steps):
        wire = bool(rng.random() < wire_odds)
        cut = bool(step and not wire and rng.random() < 0.3)
        solid = random_solid(rng, coarse=wire)
        turn = random_rotation(rng) if rng.random() < free_turns else _quarter_turn(rng)
        size = rng.uniform(0.6, 1.0) * np.exp(rng.uniform(-thinness, 0.0, 3))
        size = size if step == 0 else size * rng.uniform(0.3, 1.0)
        center = np.zeros(3) if step == 0 else _place(parts, rng)
        radius, towards = rng.uniform(0.01, 0.03), rng.standard_normal(3)
        repeat = copies if step and rng.random() < 0.6 else copies[:1]
        if len(parts) + len(repeat) > _MOST_PARTS:
            repeat = copies[:1]
        for copy in repeat:
            matrix = copy @ turn @ np.diag(size)
            quads = solid.quads @ matrix.T + copy @ center
            if wire:
                quads = wires(quads, radius, towards)
            elif np.linalg.det(copy) < 0:
                quads = quads[:, ::-1]  # a mirror turns corners clockwise
            inverse = np.diag(1 / size) @ turn.T @ copy.T
            parts.append(Part(quads, None if wire else solid, inverse, copy @ center, cut))
    return Program(parts, _deformations(parts, rng))


def sample_surface(program: Program, points: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points (N, 3) float64 spread evenly over a program's outer surface, and outward normals (N, 3).

    They are centered on the mean and scaled into the unit sphere.
    """
    xyz, normals = _sample(program, points, rng)
    if len(xyz) < points:
        # The cuts left nothing, or crumbs: the shape without them.
        whole = replace(program, parts=[replace(part, cut=False) for part in program.parts])
        xyz, normals = _sample(whole, points, rng, rounds=1000)
    xyz = xyz[:points] - xyz[:points].mean(0)
    return xyz / np.sqrt((xyz**2).sum(1).max()), normals[:points]


def random_rotation(rng: np.random.Generator) -> Array:
    """A rotation matrix, uniform over all rotations (from a unit quaternion)."""
    w, x, y, z = (q := rng.standard_normal(4)) / np.sqrt((q**2).sum())
    rows = [
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return np.array(rows)


def _sample(program: Program, points: int, rng: np.random.Generator, rounds: int = 10) -> tuple[Array, Array]:
    """Draw points by area on all parts, keep those on the surface of the result, until there are enough."""
    quads = np.concatenate([part.quads for part in program.parts])
    owner = np.repeat(np.arange(len(program.parts)), [len(part.quads) for part in program.parts])
    bent = program.deform(quads) if program.deformations else quads
    area = np.linalg.norm(np.cross(bent[:, 2] - bent[:, 0], bent[:, 3] - bent[:, 1]), axis=1)
    reach = np.cumsum(area)
    xyz, normals, draws = np.empty((0, 3)), np.empty((0, 3)), points + points // 2
    for _ in range(rounds):
        pick = np.minimum(np.searchsorted(reach, rng.random(draws) * reach[-1]), len(quads) - 1)
        u, v = rng.random((2, draws, 1))
        flat = quads[pick]
        rest = (flat[:, 0] * (1 - u) + flat[:, 1] * u) * (1 - v) + (flat[:, 3] * (1 - u) + flat[:, 2] * u) * v
        keep, flip = _on_surface(program.parts, owner[pick], rest)
        corner, u, v = bent[pick[keep]], u[keep], v[keep]
        along = (corner[:, 1] - corner[:, 0]) * (1 - v) + (corner[:, 2] - corner[:, 3]) * v
        across = (corner[:, 3] - corner[:, 0]) * (1 - u) + (corner[:, 2] - corner[:, 1]) * u
        normal = np.cross(along, across) * np.where(flip[keep], -1.0, 1.0)[:, None]
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        xyz, normals = np.concatenate([xyz, program.deform(rest[keep])]), np.concatenate([normals, normal])
        if len(xyz) >= points:
            break
    return xyz, normals


def _on_surface(parts: list[Part], owner: Array, points: Array) -> tuple[Array, Array]:
    """Which points of the parts lie on the surface of the result, and where it faces the other way.

    A point of part j is on the surface of the result where being just inside j or just outside it decides
    whether it is inside the result. Where just inside j is outside (a cut), the surface faces inward.
    """
    within = np.zeros(len(points), bool)  # inside the result, if just inside the owner
    without = np.zeros(len(points), bool)  # and if just outside
    for number, part in enumerate(parts):
        hit = part.inside(points)
        mine = owner == number
        for state, own in ((within, True), (without, False)):
            hit[mine] = own
            state[:] = state & ~hit if part.cut else state | hit
    return within != without, without


def _place(parts: list[Part], rng: np.random.Generator) -> Array:
    """A point on or near the surface of a part that is already there, so that shapes hold together."""
    part = parts[int(rng.integers(len(parts)))]
    spot = part.quads[int(rng.integers(len(part.quads)))].mean(0)
    return spot * rng.uniform(0.8, 1.1)


def _symmetry(rng: np.random.Generator) -> list[Array]:
    """Matrices under which steps are repeated; the first is the identity."""
    kind = rng.random()
    if kind < 0.45:
        return [np.eye(3)]
    if kind < 0.8:
        return [np.eye(3), np.diag([-1.0, 1.0, 1.0])]
    angles = 2 * np.pi * np.arange(count := int(rng.integers(2, 7))) / count
    return [np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]) for a in angles]


def _quarter_turn(rng: np.random.Generator) -> Array:
    """One of the three axes becomes the solid's own z axis."""
    return np.roll(np.eye(3), int(rng.integers(3)), axis=0)


def _deformations(parts: list[Part], rng: np.random.Generator) -> list[Callable[[Array], Array]]:
    """First into a cube of half width one, then up to two of bend, twist, taper, wave along random axes."""
    kept = np.concatenate([part.quads for part in parts if not part.cut]).reshape(-1, 3)
    low, high = kept.min(0), kept.max(0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2
    steps: list[Callable[[Array], Array]] = [lambda points: (points - middle) / half]
    for _ in range(int(rng.choice([0, 1, 2], p=[0.45, 0.4, 0.15]))):
        axes = np.roll(np.arange(3), int(rng.integers(3)))
        kind = _DEFORMATIONS[int(rng.integers(len(_DEFORMATIONS)))]
        steps.append(partial(_along, axes, kind, float(rng.choice([-1.0, 1.0])), float(rng.random())))
    return steps


def _along(axes: Array, kind: Callable[..., _Axes], sign: float, amount: float, points: Array) -> Array:
    moved = np.empty_like(points)
    for axis, values in zip(axes, kind(sign, amount, *(points[..., axis] for axis in axes)), strict=True):
        moved[..., axis] = values
    return moved


def _bend(sign: float, amount: float, x: Array, y: Array, z: Array) -> _Axes:
    """Turn the z axis into an arc of 23 to 92 degrees."""
    radius = sign / (0.2 + 0.6 * amount)  # longer than the half width, so nothing folds over
    return radius - (radius - x) * np.cos(z / radius), y, (radius - x) * np.sin(z / radius)


def _twist(sign: float, amount: float, x: Array, y: Array, z: Array) -> _Axes:
    rate = sign * (0.3 + 1.5 * amount)
    c, s = np.cos(rate * z), np.sin(rate * z)
    return c * x - s * y, s * x + c * y, z


def _taper(sign: float, amount: float, x: Array, y: Array, z: Array) -> _Axes:
    rate = sign * (0.2 + 0.6 * amount)
    return x * (1 + rate * z), y * (1 + rate * z), z


def _wave(sign: float, amount: float, x: Array, y: Array, z: Array) -> _Axes:
    rate = 2.0 + 4.0 * amount
    return x + sign * 0.5 / rate * np.sin(rate * z), y, z


_DEFORMATIONS = (_bend, _twist, _taper, _wave)
