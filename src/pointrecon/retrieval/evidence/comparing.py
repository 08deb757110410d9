"""What one shape is of another: cheap exact numbers first, then candidate poses, each of them verified."""

import numpy as np

from pointrecon.retrieval.evidence.candidate_poses import axis_turns, is_round, ranked, triangle_turns
from pointrecon.retrieval.evidence.findings import Evidence
from pointrecon.retrieval.evidence.normal_form import Geometry, NormalForm
from pointrecon.retrieval.evidence.posing import Pose, fitted
from pointrecon.retrieval.evidence.same_triangles import corner_tree, same_triangles

_EQUAL = 2e-3  # third and fourth moments of the same surface differ less
_TRIED = 24  # poses that are verified at most


def compare(a: Geometry, b: Geometry) -> Evidence:
    """What b is of a, with the pose that shows it. The same for the same two shapes, always.

    InputError where all points of one are in one place.
    """
    one, other = a.normal, b.normal
    tolerance = max(one.tolerance, other.tolerance)
    return _copy(one, other, tolerance) or _similar(one, other, tolerance)


def _copy(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    if np.abs(a.axes[0] - b.axes[0]).max() > 20 * tolerance:
        return None
    turns = axis_turns(a, b)
    tried = ranked(a, b, turns, _EQUAL)[:_TRIED]
    if is_round(a):
        tried = ranked(a, b, np.concatenate([turns, triangle_turns(a, b, tolerance)]), _EQUAL)[:_TRIED]
    for turn in tried:
        if found := same_triangles(a, b, Pose(turn), tolerance):
            pose, off = found
            mirrored = bool(np.linalg.det(pose.rotation) < 0)
            scale, rotation, translation = _in_units(a, b, pose)
            if abs(scale - 1) * float(np.linalg.norm(b.points, axis=1).max()) < tolerance:
                scale, translation = 1.0, b.center + b.size * _shift(pose) - rotation @ a.center
            kind = "mirrored" if mirrored else "identical" if scale == 1 else "rescaled"
            return Evidence(
                kind, scale, 100 * off / b.diameter, rotation, translation, tolerance=100 * tolerance / b.diameter
            )
    return None


def _similar(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence:
    turns = axis_turns(a, b)
    best: tuple[float, Pose] | None = None
    for turn in turns if len(turns) else np.eye(3)[None]:
        pose = Pose(turn)
        hit = corner_tree(b).query(pose(a.points))[1]
        pose = fitted(a.points, b.points[hit], mirrored=bool(np.linalg.det(turn) < 0), scale=1.0)
        off = float(corner_tree(b).query(pose(a.points))[0].mean())
        if best is None or off < best[0]:
            best = off, pose
    assert best is not None
    off, pose = best
    scale, rotation, translation = _in_units(a, b, pose)
    return Evidence("similar", scale, 100 * off / b.diameter, rotation, translation, 0.0, 100 * tolerance / b.diameter)


def _shift(pose: Pose) -> np.ndarray:
    return np.zeros(3) if pose.shift is None else pose.shift


def _in_units(a: NormalForm, b: NormalForm, pose: Pose) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation and translation between the geometries as they were."""
    scale = pose.scale * b.size / a.size
    return scale, pose.rotation, b.center + b.size * _shift(pose) - scale * (pose.rotation @ a.center)
