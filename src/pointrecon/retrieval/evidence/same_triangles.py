"""Whether two meshes are the same triangles: corner for corner, whatever their order, seams, winding and slivers."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.posing import Pose, fitted, mirrors

_PROBES = 16  # triangles that are looked at first
_UNEQUAL = 0.1  # share of the corners that rounding can make one, or bring into slivers
_LOOSE = 6.0  # tolerances that a corner may be off before the pose is fitted


def same_triangles(a: NormalForm, b: NormalForm, pose: Pose, tolerance: float) -> tuple[Pose, float] | None:
    """The pose fitted to the corners and the largest distance that it leaves, or None where triangles differ.

    Of clouds: where each point of one is a point of the other.
    """
    tree, corners = corner_tree(b), a.corners(tolerance)
    if bool(len(a.faces)) != bool(len(b.faces)) or not len(corners):
        return None
    if abs(len(corners) - len(b.corners(tolerance))) > _UNEQUAL * len(corners):
        return None
    merged, keys_b = _known(b, tolerance)
    if len(a.faces):  # a few triangles tell most other poses
        thick_a, thick_b = np.flatnonzero(a.thick(tolerance)), b.thick(tolerance)
        few = a.faces[thick_a[np.linspace(0, len(thick_a) - 1, min(_PROBES, len(thick_a))).astype(int)]]
        _, hit = tree.query(pose(a.points[few.ravel()]), distance_upper_bound=_LOOSE * tolerance)
        if not np.isin(_keys(merged[hit].reshape(-1, 3), len(merged)), keys_b).all():
            return None
    for bound in (_LOOSE * tolerance, 2 * tolerance):
        distance, hit = tree.query(pose(a.points[corners]), distance_upper_bound=bound)
        if np.isinf(distance).any():
            return None
        pose = fitted(a.points[corners], b.points[hit], mirrored=mirrors(pose))
    off, hit = tree.query(pose(a.points), distance_upper_bound=2 * tolerance)
    if (left := float(off[corners].max())) > tolerance:
        return None
    if not len(a.faces):
        return (pose, left) if len(np.unique(merged[hit])) == merged.max() + 1 else None
    keys_a = _keys(merged[hit][a.faces], len(merged))
    same = np.isin(keys_a[thick_a], keys_b).all() and np.isin(keys_b[thick_b], keys_a).all()
    return (pose, left) if same else None


def _known(b: NormalForm, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (n + 1,) of the points, -1 behind them for one that is not there, and keys (F,) of the faces; kept."""
    key = f"keys {tolerance}"
    if key not in b.__dict__:
        merged = np.append(_merged(b, tolerance), -1)
        b.__dict__[key] = merged, _keys(merged[:-1][b.faces], len(merged))
    return b.__dict__[key]


def corner_tree(form: NormalForm) -> cKDTree:
    """Of all its points; made once."""
    if "corner_tree" not in form.__dict__:
        form.__dict__["corner_tree"] = cKDTree(form.points)
    return form.__dict__["corner_tree"]


def _merged(form: NormalForm, tolerance: float) -> np.ndarray:
    """(n,) a number for each point, the same for points within a tolerance of each other."""
    pairs = corner_tree(form).query_pairs(2 * tolerance, output_type="ndarray")
    count = len(form.points)
    if not len(pairs):
        return np.arange(count)
    return connected_components(coo_array((np.ones(len(pairs)), pairs.T), shape=(count, count)), directed=False)[1]


def _keys(faces: np.ndarray, count: int) -> np.ndarray:
    """(F,) a number for each face, whatever the order of its corners; that of one without area or corner is none's."""
    low, high = faces.min(1), faces.max(1)
    middle = faces.sum(1) - low - high
    if count < 2_000_000:
        return np.where(low < 0, -1, (low * count + middle) * count + high)
    return np.where(low < 0, -1, low ^ (middle * np.int64(0x9E3779B9)) ^ (high * np.int64(0x61C8864680B583EB)))
