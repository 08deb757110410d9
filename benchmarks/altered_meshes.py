"""Altered copies of a mesh, from a seed: turned, mirrored, rescaled, re-meshed, noisy, cropped, a feature changed.

Every function takes vertices (V, 3) and faces (F, 3) of whole numbers, and gives new ones; what is given stays as it
is. Those that move points alone take clouds too: F is 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pointrecon.errors import require
from pointrecon.shapes.readers.surface import Piece, Surface, sample

Pair = tuple[np.ndarray, np.ndarray]  # vertices (V, 3) float64, faces (F, 3) int64
_FLAT = 1e-9  # of 1 - cos: how far two triangles may be bent to count as one plane


class Changed(NamedTuple):
    """A mesh of which one place was changed, and where that is."""

    vertices: np.ndarray
    faces: np.ndarray
    center: np.ndarray  # (3,) in the copy's coordinates
    radius: float  # nothing further from the center was changed


def radius_of(vertices: np.ndarray) -> float:
    """The largest distance from the middle of the bounding box."""
    middle = (vertices.min(0) + vertices.max(0)) / 2
    return float(np.linalg.norm(vertices - middle, axis=1).max())


def turned(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, about: str = "") -> Pair:
    """Turned at random (about "x", "y" or "z" alone, where given) and moved, by up to twice the radius."""
    rng = np.random.default_rng(seed)
    return vertices @ _rotation(rng, about).T + _shift(rng, vertices), faces.copy()


def mirrored(vertices: np.ndarray, faces: np.ndarray, seed: int = 0) -> Pair:
    """The mirror image, turned and moved at random; its faces still look outward."""
    rng = np.random.default_rng(seed)
    return (vertices * (-1, 1, 1)) @ _rotation(rng).T + _shift(rng, vertices), faces[:, ::-1].copy()


def rescaled(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, factor: float = 0.0) -> Pair:
    """All lengths times a factor, drawn between 1/5 and 5 where it is 0; then turned and moved."""
    rng = np.random.default_rng(seed)
    size = factor or float(np.exp(rng.uniform(-1, 1) * np.log(5)))
    return turned(vertices * size, faces, int(rng.integers(2**31)))


def shuffled(vertices: np.ndarray, faces: np.ndarray, seed: int = 0) -> Pair:
    """The same surface with its vertices, faces and the corners of each face in another order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(vertices))
    number = np.argsort(order)
    first = rng.integers(3, size=(len(faces), 1))
    rolled = np.take_along_axis(faces, (first + np.arange(3)) % 3, 1)
    return vertices[order], number[rolled[rng.permutation(len(faces))]]


def subdivided(vertices: np.ndarray, faces: np.ndarray, times: int = 1) -> Pair:
    """Each triangle cut into four by the middles of its edges, so many times."""
    for _ in range(times):
        edges, _ = _edges(faces)
        vertices, faces = _split(vertices, faces, np.full(len(edges), 0.5))
    return vertices, faces


def retriangulated(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, share: float = 0.3) -> Pair:
    """The same surface with other triangles: edges split at random places, and edges within planes flipped."""
    rng = np.random.default_rng(seed)
    edges, _ = _edges(faces)
    where = np.where(rng.random(len(edges)) < share, rng.uniform(0.25, 0.75, len(edges)), np.nan)
    return shuffled(*flipped(*_split(vertices, faces, where), seed), seed)


def flipped(vertices: np.ndarray, faces: np.ndarray, seed: int = 0) -> Pair:
    """Of pairs of triangles in one plane the other diagonal, where that is inside; no face twice."""
    edges, own = _edges(faces)
    order = np.argsort(own.ravel(), kind="stable")
    count = np.bincount(own.ravel(), minlength=len(edges))
    starts = np.cumsum(count) - count
    twice = np.flatnonzero(count == 2)
    one, other = order[starts[twice]], order[starts[twice] + 1]  # corners of faces, counted through
    (f, i), (g, j) = divmod(one, 3), divmod(other, 3)
    a, b, c = (faces[f, (i + k) % 3] for k in range(3))
    d = faces[g, (j + 2) % 3]
    agree = (faces[g, j] == b) & (faces[g, (j + 1) % 3] == a) & (c != d)
    normal, beside = _normals(vertices, np.stack([a, b, c], 1)), _normals(vertices, np.stack([b, a, d], 1))
    new = np.stack([np.stack([a, d, c], 1), np.stack([d, b, c], 1)], 1)
    inside = [(_normals(vertices, new[:, k]) * normal).sum(1) > 1 - _FLAT for k in range(2)]
    good = np.flatnonzero(agree & ((normal * beside).sum(1) > 1 - _FLAT) & inside[0] & inside[1])
    faces, taken = faces.copy(), np.zeros(len(faces), bool)
    for k in np.random.default_rng(seed).permutation(good).tolist():
        if not taken[f[k]] and not taken[g[k]]:
            taken[f[k]] = taken[g[k]] = True
            faces[f[k]], faces[g[k]] = new[k]
    return vertices, faces


def decimated(vertices: np.ndarray, faces: np.ndarray, share: float = 0.1) -> Pair:
    """About this share of the triangles, by VTK's quadric edge collapse; the form is changed as little as that allows.

    InputError where PyVista is not installed.
    """
    pyvista = require("pyvista", "pictures")
    number = _places(vertices)
    corners = np.empty((number.max() + 1, 3))
    corners[number] = vertices
    whole = number[faces]
    whole = whole[(whole != np.roll(whole, 1, axis=1)).all(1)]
    fewer = pyvista.PolyData.from_regular_faces(corners, whole).decimate(1 - share)
    return np.asarray(fewer.points, np.float64), np.asarray(fewer.regular_faces, np.int64)


def noisy(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, sigma: float = 0.01) -> Pair:
    """Gaussian noise on every vertex, its deviation in each coordinate a share of the radius.

    Vertices at one place move together, so that nothing tears.
    """
    number = _places(vertices)
    moved = np.random.default_rng(seed).normal(size=(number.max() + 1, 3))
    return vertices + sigma * radius_of(vertices) * moved[number], faces.copy()


def cropped(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, share: float = 0.3) -> Pair:
    """What is left when a random plane takes about this share of the area (of a cloud: of the points) away.

    InputError where PyVista, which cuts meshes, is not installed.
    """
    rng = np.random.default_rng(seed)
    way = _unit(rng.normal(size=3))
    points = resampled(vertices, faces, seed, count=4096) if len(faces) else vertices
    level = float(np.quantile(points @ way, share))
    if not len(faces):
        return vertices[vertices @ way >= level], faces.copy()
    pyvista = require("pyvista", "pictures")
    mesh = pyvista.PolyData.from_regular_faces(np.asarray(vertices, np.float64), faces)
    left = mesh.clip(normal=way, origin=way * level, invert=False).triangulate()
    return np.asarray(left.points, np.float64), np.asarray(left.regular_faces, np.int64)


def resampled(vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, count: int = 512) -> np.ndarray:
    """(count, 3) points on the surface, drawn by area."""
    return sample(Surface([Piece(vertices, faces)]), count, np.random.default_rng(seed)).points


def changed(
    vertices: np.ndarray, faces: np.ndarray, seed: int = 0, *, kind: str = "", reach: float = 0.25, height: float = 0.1
) -> Changed:
    """A variant: one feature is another.

    Args:
        kind: "bump" or "dent", a dome out of the surface or into it; "part", one connected part, of at most half the
            area, a quarter larger (a bump where there is none); drawn where left out.
        reach, height: of bump and dent, in radii of the shape.
    """
    rng = np.random.default_rng(seed)
    kind = kind or str(rng.choice(["bump", "dent", "part"]))
    if kind == "part" and len(parts := _loose_parts(vertices, faces)):
        part = parts[int(rng.integers(len(parts)))]
        center = vertices[part].mean(0)
        new = vertices.copy()
        new[part] = center + 1.25 * (vertices[part] - center)
        return Changed(new, faces.copy(), center, float(np.linalg.norm(new[part] - center, axis=1).max()))
    size = radius_of(vertices)
    found = sample(Surface([Piece(vertices, faces)]), 1, rng)
    assert found.normals is not None
    center, way, far = found.points[0], found.normals[0], reach * size
    vertices, faces = _refined(vertices, faces, center, far, far / 4)
    near = np.clip(1 - (np.linalg.norm(vertices - center, axis=1) / far) ** 2, 0, None) ** 2
    lift = height * size * (-1 if kind == "dent" else 1)
    return Changed(vertices + lift * near[:, None] * way, faces, center, far + abs(lift))


# name -> a copy from vertices, faces and a seed; what each is to be recognized as
ALTERATIONS: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray, int], Pair]]] = {
    "turned": ("identical", turned),
    "mirrored": ("mirrored", mirrored),
    "rescaled": ("rescaled", rescaled),
    "subdivided": ("remeshed", lambda v, f, seed: turned(*subdivided(v, f), seed)),
    "retriangulated": ("remeshed", lambda v, f, seed: turned(*retriangulated(v, f, seed), seed)),
    "decimated": ("remeshed", lambda v, f, seed: turned(*decimated(v, f), seed)),
    "changed": ("variant", lambda v, f, seed: turned(*changed(v, f, seed)[:2], seed)),
}


def _rotation(rng: np.random.Generator, about: str = "") -> np.ndarray:
    from scipy.spatial.transform import Rotation

    if about:
        return Rotation.from_euler(about, rng.uniform(0, 2 * np.pi)).as_matrix()
    return Rotation.from_quat(_unit(rng.normal(size=4))).as_matrix()


def _shift(rng: np.random.Generator, vertices: np.ndarray) -> np.ndarray:
    return radius_of(vertices) * rng.uniform(-2, 2, 3)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)


def _places(vertices: np.ndarray) -> np.ndarray:
    """(V,) a number of each vertex, the same for those at one place."""
    return np.unique(vertices, axis=0, return_inverse=True)[1].ravel()


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return _unit(np.cross(b - a, c - a))


def _edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E, 2), each once, and the numbers (F, 3) of those from each corner of a face to the next."""
    start, end = faces, np.roll(faces, -1, axis=1)
    size = int(faces.max(initial=0)) + 1
    keys, own = np.unique(np.minimum(start, end) * size + np.maximum(start, end), return_inverse=True)
    return np.stack(divmod(keys, size), 1), own.reshape(-1, 3)


def _split(vertices: np.ndarray, faces: np.ndarray, where: np.ndarray) -> Pair:
    """Edges cut at a share (E,) of their length, NaN for not at all; no new vertex lies inside another edge."""
    edges, own = _edges(faces)
    cut = np.flatnonzero(~np.isnan(where))
    start, end = vertices[edges[cut, 0]], vertices[edges[cut, 1]]
    number = np.full(len(edges), -1)
    number[cut] = len(vertices) + np.arange(len(cut))
    middle = number[own]
    many = (middle >= 0).sum(1)
    # turn each face until its one cut edge, or its one whole edge of three, is the first
    first = np.where(many == 1, (middle >= 0).argmax(1), np.where(many == 2, (middle < 0).argmax(1), 0))
    roll = (first[:, None] + np.arange(3)) % 3
    (a, b, c), (ab, bc, ca) = np.take_along_axis(faces, roll, 1).T, np.take_along_axis(middle, roll, 1).T
    forms = {
        0: [(a, b, c)],
        1: [(a, ab, c), (ab, b, c)],
        2: [(ca, bc, c), (a, b, bc), (a, bc, ca)],
        3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
    }
    new = [np.stack(face, 1)[many == k] for k, several in forms.items() for face in several]
    return np.concatenate([vertices, start + where[cut, None] * (end - start)]), np.concatenate(new)


def _refined(vertices: np.ndarray, faces: np.ndarray, center: np.ndarray, radius: float, longest: float) -> Pair:
    """No edge of a triangle whose box comes within the radius of the center is longer than so."""
    for _ in range(12):  # halves: enough for edges of 4,000 times that length
        edges, own = _edges(faces)
        corners = vertices[faces]
        near = ((corners.min(1) - radius < center) & (center < corners.max(1) + radius)).all(1)
        cut = np.linalg.norm(vertices[edges[:, 1]] - vertices[edges[:, 0]], axis=1) > longest
        cut &= np.isin(np.arange(len(edges)), own[near])
        if not cut.any():
            break
        vertices, faces = _split(vertices, faces, np.where(cut, 0.5, np.nan))
    return vertices, faces


def _loose_parts(vertices: np.ndarray, faces: np.ndarray) -> list[np.ndarray]:
    """The vertices of each connected part that has between 1% and half of the area."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = _places(vertices)
    corners = number[faces]
    ends = np.stack([corners[:, [0, 1]], corners[:, [1, 2]]]).reshape(-1, 2).T
    count = number.max() + 1
    _, part = connected_components(coo_array((np.ones(ends.shape[1]), tuple(ends)), shape=(count, count)), False)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    area = np.bincount(part[corners[:, 0]], np.linalg.norm(np.cross(b - a, c - a), axis=1), minlength=part.max() + 1)
    some = np.flatnonzero((area > 0.01 * area.sum()) & (area <= 0.5 * area.sum()))
    return [np.flatnonzero(part[number] == k) for k in some]
