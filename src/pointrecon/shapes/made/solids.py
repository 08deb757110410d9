"""Solids that programs are put together from: each a surface of quadrilaterals and a test of what is inside.

Quads are (Q, 4, 3) with corners counter-clockwise seen from outside: surfaces can be bent and sampled by area
without knowing what they came from. Inside tests call a point of the surface itself outside (by a margin of
1e-6), so that faces of two solids that coincide are judged the same on every machine, whatever its rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Inside = Callable[[Array], Array]
_MARGIN = 1e-6
REACH = 1.5  # every solid lies within this along x and y, and within 1 along z


@dataclass(frozen=True)
class Solid:
    """A primitive in its own coordinates, about one unit in radius."""

    quads: Array  # (Q, 4, 3) float64
    inside: Inside  # (n, 3) → (n,) bool


def random_solid(rng: np.random.Generator, coarse: bool = False) -> Solid:
    """One primitive with random proportions; a ``coarse`` one has few, large quads, whose edges make a wire frame."""
    kind = rng.choice(len(_ODDS), p=list(_ODDS.values()))
    return list(_ODDS)[kind](rng, coarse)


def superquadric(polar: float, azimuth: float, coarse: bool = False) -> Solid:
    """Superellipsoid: exponents 1 make a ball, near 0 a box, 2 an octahedron, above 2 a star (Barr 1981)."""
    around, up = (8, 4) if coarse else (24, 12)
    u, v = np.linspace(-np.pi, np.pi, around + 1)[:, None], np.linspace(-np.pi / 2, np.pi / 2, up + 1)
    ring = _power(np.cos(v), polar)
    grid = _grid(ring * _power(np.cos(u), azimuth), ring * _power(np.sin(u), azimuth), _power(np.sin(v), polar))

    def inside(points: Array) -> Array:
        if polar == azimuth == 1.0:
            return np.einsum("ij,ij->i", points, points) < 1 - _MARGIN
        # Beyond the unit box nothing is inside; the clip keeps the powers finite there.
        size = np.minimum(np.abs(points) * (1 + _MARGIN), 2.0)
        flat = size[:, 0] ** (2 / azimuth) + size[:, 1] ** (2 / azimuth)
        return flat ** (azimuth / polar) + size[:, 2] ** (2 / polar) < 1

    return Solid(_quads(grid), inside)


def column(outline: Array, heights: Array, widths: Array, coarse: bool = False) -> Solid:
    """An outline swept along z and scaled on the way: prisms, cylinders, cones, stars, turned profiles.

    Args:
        outline: (K, 2) corners counter-clockwise, seen from the origin at increasing angles in (-π, π].
        heights: (L,) increasing z. widths: (L,) scale of the outline at each height, 0 or more.
    """
    loop = np.concatenate([outline, outline[:1]])
    x, y = loop.T[:, :, None]
    rings = np.linspace(1, 0, 2 if coarse else 3)
    parts = [_quads(_grid(x * widths, y * widths, heights))]
    for end, order in ((-1, rings), (0, rings[::-1])):
        if widths[end] > 0:
            parts.append(_quads(_grid(x * order * widths[end], y * order * widths[end], heights[end])))
    angles = np.arctan2(outline[:, 1], outline[:, 0])

    def inside(points: Array) -> Array:
        points = points * (1 + _MARGIN)
        scale = np.interp(points[:, 2], heights, widths, left=0, right=0)
        corner = np.searchsorted(angles, np.arctan2(points[:, 1], points[:, 0])) - 1
        start, end = loop[corner], loop[:-1][(corner + 1) % len(outline)]
        edge, gap = end - start, points[:, :2] - start * scale[:, None]
        return (edge[:, 0] * gap[:, 1] - edge[:, 1] * gap[:, 0] > 0) & (scale > 0)

    return Solid(np.concatenate(parts), inside)


def ring(thickness: float, arc: float, coarse: bool = False) -> Solid:
    """A torus of radius 1 with a tube of radius `thickness`, or the first `arc` radians of one with flat ends."""
    around, about = (10, 4) if coarse else (28, 10)
    whole = arc >= 2 * np.pi
    theta = np.linspace(0, 2 * np.pi if whole else arc, around + 1)
    phi = np.linspace(-np.pi, np.pi, about + 1)
    parts = [_quads(_tube(theta[:, None], phi[None, :], thickness))]
    if not whole:
        radii = thickness * np.linspace(1, 0, 3)
        for angle, order in ((0.0, radii), (arc, radii[::-1])):
            parts.append(_quads(_tube(np.full((1, 1), angle), phi[:, None], order[None, :])))

    def inside(points: Array) -> Array:
        distance = np.hypot(points[:, 0], points[:, 1]) - 1
        near = distance**2 + points[:, 2] ** 2 < thickness**2 * (1 - _MARGIN)
        if whole:
            return near
        angle = np.mod(np.arctan2(points[:, 1], points[:, 0]), 2 * np.pi)
        return near & (angle > _MARGIN) & (angle < arc - _MARGIN)

    return Solid(np.concatenate(parts), inside)


def wires(quads: Array, radius: float, towards: Array) -> Array:
    """Thin six-sided tubes along the edges of quads, (Q, 4, 3) → (12·Q or fewer, 4, 3).

    Args:
        towards: (3,) any direction; the tubes' corners are placed relative to it. A random one is never
            parallel to an edge, so no machine's rounding decides.
    """
    start = np.concatenate([quads[:, 0], quads[:, 0]])
    end = np.concatenate([quads[:, 1], quads[:, 3]])
    along = end - start
    length = np.linalg.norm(along, axis=1)
    keep = length > 1e-6
    start, end, along = start[keep], end[keep], along[keep] / length[keep, None]
    first = np.cross(along, towards)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    turn = np.linspace(0, 2 * np.pi, 7)
    offset = radius * (np.cos(turn)[None, :, None] * first[:, None] + np.sin(turn)[None, :, None] * second[:, None])
    grid = np.stack([start[:, None] + offset, end[:, None] + offset], 2)  # (E, 7, 2, 3)
    corners = [grid[:, :-1, 0], grid[:, 1:, 0], grid[:, 1:, 1], grid[:, :-1, 1]]
    return np.stack(corners, 2).reshape(-1, 4, 3)


def _tube(theta: Array, phi: Array, radius: float | Array) -> Array:
    reach = 1 + radius * np.cos(phi)
    return _grid(reach * np.cos(theta), reach * np.sin(theta), radius * np.sin(phi))


def _grid(x: Array, y: Array, z: Array) -> Array:
    return np.stack(np.broadcast_arrays(x, y, z), -1)


def _quads(grid: Array) -> Array:
    """Cells of a grid of points, (a + 1, b + 1, 3) → (a·b, 4, 3)."""
    return np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], 2).reshape(-1, 4, 3)


def _power(value: Array, exponent: float) -> Array:
    return np.sign(value) * np.abs(value) ** exponent


def _regular(corners: int, inner: float = 1.0) -> Array:
    """A regular polygon, or a star whose inner corners are at `inner`."""
    place = np.arange(corners if inner == 1.0 else 2 * corners)
    angle = -np.pi + 2 * np.pi * (place + 0.5) / len(place)
    radius = np.where(place % 2 == 0, 1.0, inner)
    return np.stack([np.cos(angle) * radius, np.sin(angle) * radius], -1)


def _random_superquadric(rng: np.random.Generator, coarse: bool) -> Solid:
    return superquadric(float(rng.uniform(0.15, 2.4)), float(rng.uniform(0.15, 2.4)), coarse)


def _straight(outline: Array, top: float, coarse: bool) -> Solid:
    """A column with straight walls."""
    levels = 2 if coarse else 7  # walls get corners in between, so that they can bend
    return column(outline, np.linspace(-1, 1, levels), np.linspace(1, top, levels), coarse)


def _random_prism(rng: np.random.Generator, coarse: bool) -> Solid:
    """Box, prism, pyramid or frustum."""
    sides = int(rng.choice([3, 4, 4, 4, 5, 6, 8]))
    top = float(rng.choice([1.0, 1.0, 1.0, 0.0, rng.uniform(0.2, 0.9)]))
    outline = _regular(sides)
    if not coarse:  # long faces get corners in between, so that they can bend
        steps = np.linspace(0, 1, 4, endpoint=False)[None, :, None]
        outline = (outline[:, None] * (1 - steps) + np.roll(outline, -1, 0)[:, None] * steps).reshape(-1, 2)
    return _straight(outline[np.argsort(np.arctan2(outline[:, 1], outline[:, 0]))], top, coarse)


def _random_cylinder(rng: np.random.Generator, coarse: bool) -> Solid:
    """Cylinder, cone or frustum."""
    top = float(rng.choice([1.0, 1.0, 0.0, rng.uniform(0.2, 0.9)]))
    return _straight(_regular(8 if coarse else 24), top, coarse)


def _random_star(rng: np.random.Generator, coarse: bool) -> Solid:
    """A star or toothed wheel."""
    return _straight(_regular(int(rng.integers(3, 9)), float(rng.uniform(0.35, 0.85))), 1.0, coarse)


def _random_turned(rng: np.random.Generator, coarse: bool) -> Solid:
    """A turned profile, as from a lathe."""
    knots = rng.uniform(0.2, 1.0, int(rng.integers(3, 7)))
    levels = 5 if coarse else 13
    widths = np.interp(np.linspace(0, len(knots) - 1, levels), np.arange(len(knots)), knots)
    return column(_regular(8 if coarse else 24), np.linspace(-1, 1, levels), widths, coarse)


def _random_ring(rng: np.random.Generator, coarse: bool) -> Solid:
    whole = rng.random() < 0.6
    arc = float(rng.uniform(0.6, 1.8) * np.pi)
    return ring(float(rng.uniform(0.1, 0.45)), 2 * np.pi if whole else arc, coarse)


_ODDS: dict[Callable[[np.random.Generator, bool], Solid], float] = {
    lambda _, coarse: superquadric(1.0, 1.0, coarse): 0.14,
    _random_superquadric: 0.16,
    _random_prism: 0.26,
    _random_cylinder: 0.16,
    _random_star: 0.07,
    _random_turned: 0.09,
    _random_ring: 0.12,
}
