"""Whether two meshes are the same triangles: corner for corner, whatever their order, seams, winding and slivers."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.posing import Pose, fitted, mirrors

_PROBES = 12  # corners that are looked at first
_LOOSE = 6.0  # tolerances that a corner may be off before the pose is fitted


def same_triangles(a: NormalForm, b: NormalForm, pose: Pose, tolerance: float) -> tuple[Pose, float] | None:
    """The pose fitted to the corners and the largest distance that it leaves, or None where triangles differ.

    Of clouds: where each point of one is a point of the other.
    """
    tree = corner_tree(b)
    corners = np.unique(a.faces[a.thick]) if len(a.faces) else np.arange(len(a.points))
    if bool(len(a.faces)) != bool(len(b.faces)) or not len(corners):
        return None
    first = corners[np.linspace(0, len(corners) - 1, min(_PROBES, len(corners))).astype(int)]
    if np.isinf(tree.query(pose(a.points[first]), distance_upper_bound=_LOOSE * tolerance)[0]).any():
        return None
    for bound in (_LOOSE * tolerance, 2 * tolerance):
        distance, hit = tree.query(pose(a.points[corners]), distance_upper_bound=bound)
        if np.isinf(distance).any():
            return None
        pose = fitted(a.points[corners], b.points[hit], mirrored=mirrors(pose))
    off, all_hit = tree.query(pose(a.points), distance_upper_bound=2 * tolerance)
    if (left := float(off[corners].max())) > tolerance:
        return None
    merged = np.append(_merged(b, tolerance), -1)  # -1: a corner that belongs to slivers alone, and is not in b
    if not len(a.faces):
        return (pose, left) if len(np.unique(merged[all_hit])) == merged.max() + 1 else None
    faces_a, faces_b = merged[all_hit][a.faces], merged[:-1][b.faces]
    keys_a, keys_b = _keys(faces_a, len(merged)), _keys(faces_b, len(merged))
    same = np.isin(keys_a[a.thick], keys_b).all() and np.isin(keys_b[b.thick], keys_a).all()
    return (pose, left) if same else None


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
