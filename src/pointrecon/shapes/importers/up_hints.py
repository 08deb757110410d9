"""What speaks for each of six directions to be up, measured on a cloud: how it would stand, balance and look."""

from typing import Any

import numpy as np

DIRECTIONS = ("x", "-x", "y", "-y", "z", "-z")
HINTS = (
    "support", "foot", "head", "balance", "low", "tall", "narrowing", "wide out", "hull below", "hull above",
    "hull off", "hollow above", "hollow below", "rough above", "rough below",
    "levels", "spread", "least spread", "most spread", "mirror", "own mirror", "turn", "half turn", "few levels",
    "walls", "hull sides",
)  # fmt: skip
_POINTS = 512  # that are looked at
_LAYER, _SKIN = 0.03, 0.025  # of the height, and of the radius: what touches the ground
_LEVELS, _CELLS = 24, 12
_STEEP = np.cos(np.radians(15))  # what faces this near to a direction faces there


def up_hints(points: np.ndarray) -> np.ndarray:
    """(6, len(HINTS)) of a cloud (N, 3), in the order of `DIRECTIONS`; the same whatever its place and size.

    Turning a cloud by right angles only moves the rows (on its head: nearly), so nothing is learned of which axis is
    the usual one.
    """
    cloud = np.asarray(points, np.float64)[: 4 * _POINTS]
    cloud = cloud[:: max(1, len(cloud) // _POINTS)][:_POINTS]
    cloud = cloud - cloud.mean(0)
    cloud /= max(np.sqrt((cloud**2).sum(1)).max(), 1e-12)
    shares = cloud.var(0) / max(float(cloud.var(0).sum()), 1e-12)
    faces, areas, middle = _hull_faces(cloud)
    found = []
    for axis in range(3):
        upright = np.roll(cloud, 1 - axis, axis=1)  # this axis becomes y, the others keep their order
        common = _of_axis(upright, shares[axis], shares)
        facing = faces[:, axis]
        sides = float(areas[np.abs(facing) < np.sqrt(1 - _STEEP**2)].sum())
        for sign in (1, -1):
            below, above = float(areas[sign * facing < -_STEEP].sum()), float(areas[sign * facing > _STEEP].sum())
            own = _of_direction(upright[:, 1] * sign, upright[:, [0, 2]])
            found.append([*own[:8], below, above, sign * middle[axis], *own[8:], *common, sides])
    return np.nan_to_num(np.array(found), posinf=0.0, neginf=0.0)


def _hull_faces(cloud: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the convex hull: normals of its faces (F, 3), their shares of its area (F,), and its middle (3,)."""
    hull = _hull(cloud)
    if hull is None:
        return np.zeros((0, 3)), np.zeros(0), np.zeros(3)
    corners = cloud[hull.simplices]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    volumes = np.abs(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))
    middle = (corners.mean(1) * 0.75 * volumes[:, None]).sum(0) / max(volumes.sum(), 1e-12)
    return hull.equations[:, :3], areas / max(areas.sum(), 1e-12), middle


def _of_direction(height: np.ndarray, flat: np.ndarray) -> list[float]:
    """Hints that change when the shape is put on its head; height (N,), and the floor plan (N, 2)."""
    low, high = height.min(), height.max()
    tall = max(high - low, 1e-9)
    whole = _area(flat)
    layer = _LAYER * tall + _SKIN
    foot, head = flat[height <= low + layer], flat[height >= high - layer]
    level = (height - low) / tall
    reach = np.sqrt(((flat - flat.mean(0)) ** 2).sum(1))
    thirds = [float(reach[part].mean()) if part.any() else 0.0 for part in (level < 1 / 3, level > 2 / 3)]
    size = np.sqrt(max(whole, 1e-9))
    cell = np.floor((flat - flat.min(0)) / np.maximum(np.ptp(flat, 0), 1e-9) * (_CELLS - 1e-6)).astype(int)
    cell = cell[:, 0] * _CELLS + cell[:, 1]
    above, below = np.full(_CELLS**2, -np.inf), np.full(_CELLS**2, np.inf)
    np.maximum.at(above, cell, height)
    np.minimum.at(below, cell, height)
    there = np.unique(cell)
    hollow_above, hollow_below = high - above[there], below[there] - low
    return [
        _area(foot) / max(whole, 1e-9), len(foot) / len(flat), len(head) / len(flat),
        float(np.clip(_margin(foot) / size, -2, 2)), float(level.mean()),
        float(np.log(tall / size)) if whole > 1e-6 else 0.0,
        float(np.log((thirds[1] + 0.05) / (thirds[0] + 0.05))), float(np.average(level, weights=1e-9 + reach)),
        float(hollow_above.mean()), float(hollow_below.mean()), float(hollow_above.std()), float(hollow_below.std()),
    ]  # fmt: skip


def _of_axis(cloud: np.ndarray, share: float, shares: np.ndarray) -> list[float]:
    """Hints that are the same upside down; the axis is y of the cloud (N, 3)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(cloud)
    half = cloud[::2]

    def apart(moved: np.ndarray) -> float:
        return float(tree.query(moved)[0].mean())

    height = cloud[:, 1]
    counts = np.histogram(height, _LEVELS)[0] / len(height)
    main = _main_ways(cloud[:, [0, 2]])
    mirror = min(apart(_mirrored(half, way)) for plane in (np.eye(2), main) for way in plane)
    x, y, z = half.T
    walls = np.histogram2d(cloud[:, 0], cloud[:, 2], _CELLS)[0] / len(cloud)
    return [
        float((counts**2).sum()), share, float(share <= shares.min()), float(share >= shares.max()), mirror,
        apart(half * [1, -1, 1]), apart(np.stack([z, y, -x], 1)), apart(np.stack([-x, y, -z], 1)),
        float((counts > 0.5 / _LEVELS).mean()), float((walls**2).sum()),
    ]  # fmt: skip


def _mirrored(cloud: np.ndarray, way: np.ndarray) -> np.ndarray:
    """At the upright plane whose normal in the floor plan is ``way``."""
    normal = np.array([way[0], 0.0, way[1]])
    return cloud - 2 * np.outer(cloud @ normal, normal)


def _main_ways(flat: np.ndarray) -> np.ndarray:
    """(2, 2) rows: the principal directions of a floor plan."""
    return np.linalg.eigh(np.cov(flat.T))[1].T


def _area(flat: np.ndarray) -> float:
    hull = _hull(flat)
    return 0.0 if hull is None else float(hull.volume)


def _margin(foot: np.ndarray) -> float:
    """How far within its foot a shape's center of mass, over the origin, stands; negative outside."""
    hull = _hull(foot)
    if hull is None:
        return -float(np.sqrt((foot**2).sum(1)).min()) if len(foot) else -1.0
    return float(-hull.equations[:, -1].max())


def _hull(points: np.ndarray) -> Any:
    """The convex hull of points (n, D), None where it has no content."""
    from scipy.spatial import ConvexHull, QhullError

    if len(points) <= points.shape[1]:
        return None
    try:
        return ConvexHull(points)
    except QhullError:
        return None
