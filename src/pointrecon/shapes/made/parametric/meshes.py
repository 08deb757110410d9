"""Light triangle meshes that objects are made of; y is up, sizes are full extents, normals point out."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

TAU = 2.0 * np.pi


class Mesh(NamedTuple):
    """Vertices (K, 3) float64 and faces (F, 3) int64, counter-clockwise seen from outside."""

    vertices: np.ndarray
    faces: np.ndarray


@lru_cache(maxsize=512)
def _grid_faces(rows: int, columns: int, wrap: bool) -> np.ndarray:
    """Two triangles per cell of a grid whose columns close on themselves (and whose rows do when `wrap`)."""
    i = np.arange(rows if wrap else rows - 1)[:, None]
    j = np.arange(columns)[None, :]
    up, right = (i + 1) % rows, (j + 1) % columns
    a, b, c, d = i * columns + j, up * columns + j, up * columns + right, i * columns + right
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    faces.setflags(write=False)
    return faces


@lru_cache(maxsize=64)
def circle(count: int, start: float = 0.0) -> np.ndarray:
    """Unit circle (count, 2), counter-clockwise, first point at `start` of a turn."""
    angle = TAU * (np.arange(count) / count + start)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points.setflags(write=False)
    return points


def _joined(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Coordinates of sections, each (R or 1, Q or 1), as (R, Q, 3)."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


def loft(sections: np.ndarray, *, caps: bool = True, wrap: bool = False) -> Mesh:
    """Skin over closed sections (R, Q, 3), ends closed by fans; `wrap` joins the last section to the first.

    Normals point out when the sections turn counter-clockwise seen from the side the rows come from.
    """
    sections = np.asarray(sections, dtype=np.float64)
    if caps and not wrap:
        ends = sections[[0, -1]].mean(axis=1, keepdims=True).repeat(sections.shape[1], axis=1)
        sections = np.concatenate([ends[:1], sections, ends[1:]])
    rows, columns = sections.shape[:2]
    return Mesh(sections.reshape(-1, 3), _grid_faces(rows, columns, wrap))


def lathe(profile: ArrayLike, segments: int = 16, *, wrap: bool = False) -> Mesh:
    """Surface of revolution about y of a profile (P, 2) of (radius, y), listed upward along the outside.

    Going on downward afterwards makes an inside (vessels); `wrap` closes the profile (rings, tubes).
    """
    line = np.asarray(profile, dtype=np.float64)
    ring = circle(segments)
    return loft(_joined(line[:, :1] * ring[:, 0], line[:, 1:], line[:, :1] * ring[:, 1]), caps=False, wrap=wrap)


def cylinder(radius: float, height: float, top: float | None = None, segments: int = 14) -> Mesh:
    """Closed cylinder from y = 0 to `height`; `top` is the upper radius (0 for a cone)."""
    upper = radius if top is None else top
    return lathe([(0.0, 0.0), (radius, 0.0), (upper, height), (0.0, height)], segments)


def tube(outer: float, inner: float, height: float, segments: int = 18) -> Mesh:
    """Hollow cylinder from y = 0 to `height`."""
    return lathe([(inner, 0.0), (outer, 0.0), (outer, height), (inner, height)], segments, wrap=True)


def dome(radius: float, height: float, segments: int = 16) -> Mesh:
    """Open half of an ellipsoid on y = 0."""
    angle = np.linspace(0.0, 1.0, 7) * TAU / 4.0
    return lathe(np.stack([radius * np.cos(angle), height * np.sin(angle)], axis=1), segments)


def ball(x: float, y: float, z: float, segments: int = 14) -> Mesh:
    """Ellipsoid about the origin with half-axes x, y, z."""
    angle = np.linspace(-0.25, 0.25, 9) * TAU
    mesh = lathe(np.stack([np.cos(angle), np.sin(angle)], axis=1), segments)
    return Mesh(mesh.vertices * (x, y, z), mesh.faces)


def torus(radius: float, thickness: float, segments: int = 24, around: int = 8) -> Mesh:
    """Ring about y through the origin; `thickness` is the radius of the tube."""
    return lathe(circle(around, 0.0) * thickness + (radius, 0.0), segments, wrap=True)


def box(width: float, height: float, depth: float, top: tuple[float, float] = (1.0, 1.0)) -> Mesh:
    """Box standing on y = 0, centered in x and z; `top` scales the upper face in x and z."""
    base = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * (width, depth)
    return stack(base, (0.0, height), ((1.0, 1.0), top))


def rounded(width: float, depth: float, squareness: float, count: int = 16) -> np.ndarray:
    """Superellipse (count, 2): 2 is an ellipse, larger numbers come close to a rectangle."""
    ring = circle(count, 0.5 / count)
    shape = np.sign(ring) * np.abs(ring) ** (2.0 / squareness)
    return shape * (width / 2.0, depth / 2.0)


def cushion(width: float, height: float, depth: float, inset: float = 0.12) -> Mesh:
    """Box with soft edges, standing on y = 0."""
    level = np.array([0.0, 0.22, 0.78, 1.0]) * height
    return stack(rounded(width, depth, 5.0), level, (1.0 - inset, 1.0, 1.0, 1.0 - inset))


def stack(outline: np.ndarray, levels: ArrayLike, scale: ArrayLike) -> Mesh:
    """Upright solid whose outline (Q, 2) in x and z is scaled by (R,) or (R, 2) factors at R levels."""
    level = np.asarray(levels, dtype=np.float64)[:, None]
    flat = outline * np.asarray(scale, dtype=np.float64).reshape(len(level), 1, -1)
    return loft(_joined(flat[..., 0], level, flat[..., 1]))


def prism(outline: np.ndarray, depth: float, hole: np.ndarray | None = None) -> Mesh:
    """Plate in the x-y plane, `depth` thick about z = 0, from a counter-clockwise outline (Q, 2).

    The outline must be star-shaped about its mean, or about the `hole` (Q, 2), point by point inside it.
    """
    z = np.full((len(outline), 1), depth / 2.0)
    front, back = np.hstack([outline, z]), np.hstack([outline, -z])
    if hole is None:
        return loft(np.stack([front, back]))
    return loft(np.stack([np.hstack([hole, z]), front, back, np.hstack([hole, -z])]), wrap=True)


def slab(stations: ArrayLike, low: ArrayLike, high: ArrayLike, depth: ArrayLike) -> Mesh:
    """Bar along y with, at each station (R,), x between `low` and `high` and z within half the `depth`."""
    y, a, b, d = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (stations, low, high, depth)))
    return loft(_joined(np.stack([a, b, b, a], axis=1), y[:, None], np.stack([-d, -d, d, d], axis=1) / 2.0))


def sweep(
    path: ArrayLike,
    section: float | np.ndarray,
    reference: Sequence[float] = (0.0, 0.0, 1.0),
    *,
    scale: ArrayLike = 1.0,
    closed: bool = False,
    around: int = 8,
) -> Mesh:
    """Solid swept along a path (P, 3); `section` is a radius or a counter-clockwise outline (Q, 2).

    `reference` is a direction the path never takes: the normal of a flat curve, the axis of a helix.
    `scale` (scalar or (P,)) multiplies the section along the way.
    """
    line = np.asarray(path, dtype=np.float64)
    outline = circle(around) * section if isinstance(section, int | float) else section
    ahead = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    if not closed:
        ahead[0], ahead[-1] = line[1] - line[0], line[-1] - line[-2]
    ahead = unit(ahead)
    side = unit(np.cross(ahead, np.asarray(reference, dtype=np.float64)))
    above = np.cross(side, ahead)
    flat = outline[None] * np.broadcast_to(np.asarray(scale, dtype=np.float64), (len(line),))[:, None, None]
    sections = line[:, None] + flat[..., :1] * side[:, None] + flat[..., 1:] * above[:, None]
    return loft(sections, wrap=closed)


def rod(start: Sequence[float], stop: Sequence[float], radius: float, top: float = 1.0) -> Mesh:
    """Straight round bar between two points; `top` scales the far end."""
    a, b = np.asarray(start, dtype=np.float64), np.asarray(stop, dtype=np.float64)
    flat = abs(b[2] - a[2]) < abs(b[1] - a[1]) + abs(b[0] - a[0])
    reference = (0.0, 0.0, 1.0) if flat else (0.0, 1.0, 0.0)
    return sweep(np.stack([a, b]), radius, reference, scale=(1.0, top))


def arc(radius_x: float, radius_y: float, start: float, stop: float, count: int = 10) -> np.ndarray:
    """Points (count, 3) on an ellipse in the x-y plane, angles in turns."""
    angle = np.linspace(start, stop, count) * TAU
    return np.stack([radius_x * np.cos(angle), radius_y * np.sin(angle), np.zeros(count)], axis=1)


def spindle(*stations: tuple[float, float, float], tall: float = 1.0) -> Mesh:
    """Round body along z through stations (z, radius, center height)."""
    s = np.array(stations, dtype=np.float64)
    ring = circle(12)
    x = s[:, 1:2] * ring[:, 0]
    y = s[:, 2:3] + tall * s[:, 1:2] * ring[:, 1]
    z = np.broadcast_to(s[:, :1], x.shape)
    return loft(np.stack([x, y, z], axis=2)[::-1])


def wing(span_: float, root: float, tip: float, sweep: float, rise: float = 0.0, thick: float = 0.05) -> Mesh:
    """Half wing from the origin along +x: chords along z, `sweep` moves the tip back, `rise` lifts it."""

    def section(chord: float, z: float, x: float, y: float, t: float) -> list[tuple[float, float, float]]:
        return [(x, y, z + chord / 2), (x, y + t, z + chord * 0.1), (x, y, z - chord / 2), (x, y - t, z + chord * 0.1)]

    ends = [section(root, 0, 0, 0, thick), section(tip, -sweep, span_, rise, thick * tip / root)]
    return loft(np.array(ends))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) scaled to length one; null vectors stay null."""
    length = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0.0)
