"""Polygons of a mesh as triangles: fanned only where that is exact, else by ear clipping."""

import numpy as np

from pointrecon.shapes.readers.ear_clipping import clipped_ears

_FLAT = 1e-12  # of a polygon's squared span: areas below are none


def triangulated(vertices: np.ndarray, sizes: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles that cover each polygon: n - 2 of its n corners, none left out, so that closed surfaces stay closed.

    Concave polygons, and holes that are bridged into the outer ring, are cut by ear clipping in the polygon's own plane
    (Newell's normal). A corner that repeats the one before it, or the last that repeats the first, is passed over.

    Args:
        vertices: (V, 3). sizes: (P,) corners of each polygon; below three it gives no triangle. corners: (sum of
            sizes,) into the vertices, one polygon after the other. A polygon with a corner out of range gives one
            triangle of -1, which `surface.checked` counts as left out.

    Returns:
        faces (F, 3), in the winding of the polygons and in their order, and of each the polygon it is of, (F,).
    """
    places, polygon = triangulated_corners(vertices, sizes, corners)
    return np.append(corners, -1)[places], polygon  # place -1 is the last


def triangulated_corners(vertices: np.ndarray, sizes: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `triangulated`, but faces (F, 3) into `corners`: for what each corner of a polygon has of its own."""
    sizes, corners = np.asarray(sizes, np.int64), np.asarray(corners, np.int64)
    if (sizes == 3).all():
        return np.arange(len(corners)).reshape(-1, 3), np.arange(len(sizes))
    sizes, kept = _without_repeats(sizes, corners)
    corners = corners[kept]
    starts = np.cumsum(sizes) - sizes
    outside = np.zeros(len(sizes), bool)
    outside[np.repeat(np.arange(len(sizes)), sizes)[(corners < 0) | (corners >= len(vertices))]] = True
    outside &= sizes >= 3
    count = np.where(outside, 1, np.maximum(sizes - 2, 0))
    ends = np.cumsum(count)
    polygon = np.repeat(np.arange(len(sizes)), count)
    within = np.arange(len(polygon)) - (ends - count)[polygon]
    fans = starts[polygon][:, None] + np.stack([within * 0, within + 1, within + 2], 1)
    many = np.flatnonzero((sizes > 3) & ~outside)
    if len(many):
        length = sizes[many]
        owner = np.repeat(np.arange(len(many)), length)
        begin = np.cumsum(length) - length
        inside = np.arange(len(owner)) - begin[owner]
        places = _centered(np.asarray(vertices, np.float64)[corners[starts[many][owner] + inside]], begin, owner)
        triangles = _covering(places, length, begin, owner)
        rows = np.repeat(ends[many] - count[many], length - 2) + _counted(length - 2)
        fans[rows] = triangles + (starts[many] - begin)[owner[triangles[:, :1]]]
    faces = kept[fans]
    faces[outside[polygon]] = -1
    return faces, polygon


def _without_repeats(sizes: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sizes, and which corners are left, once those are dropped that repeat the one before or close the ring.

    Polygons of three corners stay as they are.
    """
    kept = np.arange(len(corners))
    for closing in (False, True):
        owner = np.repeat(np.arange(len(sizes)), sizes)
        ends = np.cumsum(sizes)
        filled = np.flatnonzero(sizes)
        repeats = np.zeros(len(kept), bool)
        if closing:
            repeats[ends[filled] - 1] = corners[kept[ends[filled] - 1]] == corners[kept[(ends - sizes)[filled]]]
        else:
            repeats[1:] = corners[1:] == corners[:-1]
            repeats[(ends - sizes)[filled]] = False
        keep = ~repeats | (sizes[owner] <= 3)
        sizes, kept = np.bincount(owner[keep], minlength=len(sizes)), kept[keep]
    return sizes, kept


def _centered(places: np.ndarray, begin: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Corners of polygons (K, 3), about its first corner and divided by its span; zero where that is not finite."""
    with np.errstate(all="ignore"):
        places = places - places[begin][owner]
        span = np.maximum.reduceat(np.abs(places).max(1), begin)
        span = np.where(np.isfinite(span) & (span > 0), span, np.inf)
        return np.nan_to_num(places / span[owner, None], nan=0.0)


def _covering(places: np.ndarray, length: np.ndarray, begin: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Triangles (sum of length - 2, 3) into the corners `places` (K, 3), polygon by polygon.

    A fan is taken where none of its triangles lies the wrong way round: then it covers just the polygon. Any convex
    polygon has one, and a concave one of four corners from one of its first two.
    """
    following = np.arange(1, len(owner) + 1)
    following[begin + length - 1] = begin
    normals = np.add.reduceat(np.cross(places, places[following]), begin)  # twice the area, Newell
    size = np.linalg.norm(normals, axis=1)
    known = size > _FLAT
    normals = normals / np.where(known, size, 1.0)[:, None]
    of = np.repeat(np.arange(len(length)), length - 2)
    within = _counted(length - 2)
    triangles = begin[of][:, None] + np.stack([within * 0, within + 1, within + 2], 1)
    wrong = _any_wrong(places, triangles, normals, of) & known
    turned = wrong & (length == 4)
    if turned.any():
        rows = np.flatnonzero(turned[of])
        others = begin[of[rows]][:, None] + np.where(within[rows, None] == 0, [[1, 2, 3]], [[1, 3, 0]])
        triangles[rows] = others
        wrong &= _any_wrong(places, triangles, normals, of)
    if wrong.any():
        mine = np.flatnonzero(wrong[owner])
        flat = _in_own_planes(places[mine], normals[owner[mine]])
        ears = clipped_ears(flat, length[wrong])
        triangles[wrong[of]] = mine[ears]
    return triangles


def _any_wrong(places: np.ndarray, triangles: np.ndarray, normals: np.ndarray, of: np.ndarray) -> np.ndarray:
    a, b, c = (places[triangles[:, i]] for i in range(3))
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), normals[of])
    return np.bincount(of[facing < -_FLAT], minlength=len(normals)) > 0


def _in_own_planes(places: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Points (K, 3) seen against normals (K, 3): (K, 2), turning left as they do around the normal."""
    least = np.eye(3)[np.abs(normals).argmin(1)]
    u = np.cross(normals, least)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(normals, u)
    return np.stack([np.einsum("ij,ij->i", places, u), np.einsum("ij,ij->i", places, v)], 1)


def _counted(lengths: np.ndarray) -> np.ndarray:
    """0, 1, ... within each of these lengths."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
