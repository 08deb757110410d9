"""What one shape is of another: cheap exact numbers first, then candidate poses, each of them verified."""

from collections.abc import Sequence

import numpy as np

from pointrecon.retrieval.evidence.agreement import Agreement, agreement
from pointrecon.retrieval.evidence.candidate_poses import axis_turns, far_turns, is_round, ranked, triangle_turns
from pointrecon.retrieval.evidence.differing_regions import regions_of
from pointrecon.retrieval.evidence.facet_chords import chords_of
from pointrecon.retrieval.evidence.findings import Evidence
from pointrecon.retrieval.evidence.like_triangles import common_scale, like_triangle_poses
from pointrecon.retrieval.evidence.nearest_surface import NearestSurface, nearest_on
from pointrecon.retrieval.evidence.normal_form import Geometry, NormalForm
from pointrecon.retrieval.evidence.posing import Pose
from pointrecon.retrieval.evidence.registration import registered
from pointrecon.retrieval.evidence.same_triangles import same_triangles
from pointrecon.retrieval.evidence.surface_samples import samples_of

_EQUAL = 2e-3  # third and fourth moments of the same triangles differ less
_ALIKE, _ALIKE_CLOUDS = 0.02, 0.15  # shares of the variance along each axis, of the same surface cut or sampled anew
_NEAR, _NEAR_CLOUDS = 0.15, 0.6  # moments, of these
_FAR = 0.1  # units of size; what is farther off is simply off
_RATIO = 0.01  # sizes nearer to each other than this are one
_CHORDS = 1.25  # arcs that facets may be off
_TRIED = 24  # poses that are verified at most
_VARIANT = 0.5  # share of the surface, at least, that a variant has in common


def compare(a: Geometry, b: Geometry) -> Evidence:
    """What b is of a, with the pose that shows it. The same for the same two shapes, always.

    InputError where all points of one are in one place.
    """
    one, other = a.normal, b.normal
    tolerance = max(one.tolerance, other.tolerance)
    return _copy(one, other, tolerance) or _remeshed(one, other, tolerance) or _variant(one, other, tolerance)


def _copy(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    """Of the same triangles (or points)."""
    if np.abs(a.axes[0] - b.axes[0]).max() > 20 * tolerance:
        return None
    turns = axis_turns(a, b)
    tried = ranked(a, b, turns, _EQUAL)[:_TRIED]
    if is_round(a):
        tried = ranked(a, b, np.concatenate([turns, triangle_turns(a, b, tolerance)]), _EQUAL)[:_TRIED]
    for turn in tried:
        if found := same_triangles(a, b, Pose(turn), tolerance):
            pose, off = found
            if _mirrors(pose) and (proper := _symmetric(a, b, tolerance)):
                return _told("identical", a, b, proper[0], proper[1].residual, tolerance)
            return _told("mirrored" if _mirrors(pose) else "identical", a, b, pose, off, tolerance)
    return None


def _symmetric(a: NormalForm, b: NormalForm, tolerance: float) -> tuple[Pose, Agreement] | None:
    """How a lies on b without being mirrored, where b is its mirror image and it is its own."""
    if not len(a.faces):
        return None
    turns = [turn for turn in _turns(a, b, _EQUAL) if np.linalg.det(turn) > 0]
    found = _best_laid(a, b, turns, tolerance, most=10 * tolerance)
    return found if found and found[1].whole(tolerance) and found[1].residual <= 2 * tolerance else None


def _remeshed(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    """Of one surface, cut into other triangles, or sampled by other points."""
    clouds = not len(a.faces) or not len(b.faces)
    if np.abs(a.axes[0] - b.axes[0]).max() > (_ALIKE_CLOUDS if clouds else _ALIKE):
        return None
    turns = _turns(a, b, _NEAR_CLOUDS if clouds else _NEAR)
    proper = _best_laid(a, b, [turn for turn in turns if np.linalg.det(turn) > 0], tolerance)
    found = proper if proper and proper[1].whole(tolerance) else None
    if found is None or found[1].residual > tolerance:
        mirrored = _best_laid(a, b, [turn for turn in turns if np.linalg.det(turn) < 0], tolerance)
        if mirrored and mirrored[1].whole(tolerance) and (found is None or mirrored[1].mean < found[1].mean / 4):
            found = mirrored
    if found is None:
        return None
    note = f"within the sampling ({100 * found[1].a_on_b.allowed.mean() / b.diameter:.2g}%)" if clouds else ""
    return _told("remeshed", a, b, found[0], found[1].residual, tolerance, note=note)


def _variant(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence:
    """A variant, or what is only similar."""
    points = samples_of(a, 1000, 1000).points
    surface = nearest_on(b)
    same_size = a.size / b.size
    scales = [same_size] if 0.2 < same_size < 5 else []
    if scale := common_scale(a, b, tolerance):
        scales = [scale] if not scales or abs(scale / same_size - 1) > 1e-3 else scales
    poses = [pose for one in scales for pose in like_triangle_poses(a, b, one, tolerance, 24)]
    turns = list(axis_turns(a, b))
    if is_round(a):
        turns += list(far_turns(a, b, 0.05, 8))
    poses += [Pose(turn, one) for turn in turns or [np.eye(3)] for one in dict.fromkeys((*scales, 1.0))]
    rough = _rough(points[:48], surface, poses)
    best: tuple[float, Pose] | None = None
    for k in np.argsort(rough, kind="stable")[:2]:
        pose = registered(points[:200], surface, poses[k], steps=10, floor=tolerance)
        off = float(_rough(points[:200], surface, [pose])[0])
        if best is None or off < best[0]:
            best = off, pose
    assert best is not None
    pose = best[1]
    found = agreement(a, b, pose, tolerance, count=1000, corners=500)
    if found.clouds or found.share < _VARIANT:
        return _told("similar", a, b, pose, found.mean, tolerance, share=found.share)
    regions = regions_of(found, b)
    return _told("variant", a, b, pose, found.mean, tolerance, share=found.share, regions=regions)


def _turns(a: NormalForm, b: NormalForm, slack: float) -> list[np.ndarray]:
    turns = axis_turns(a, b)
    if is_round(a):
        turns = np.concatenate([turns, far_turns(a, b, 1e-3, 256), far_turns(a, b, 0.02)])
    return ranked(a, b, turns, slack)


def _best_laid(
    a: NormalForm, b: NormalForm, turns: Sequence[np.ndarray], tolerance: float, *, most: float = np.inf
) -> tuple[Pose, Agreement] | None:
    """The one of these turns that fits best, made to fit as well as it can, and how well that is.

    None where one of the points looked at then stays farther off than ``most``.
    """
    if not len(turns):
        return None
    ratio = a.size / b.size
    same_size = abs(ratio - 1) < _RATIO  # in units of size another tessellation's is a little off
    if len(a.faces) and not len(b.faces):  # points onto the surface, not the other way round
        found = _best_laid(b, a, [turn.T for turn in turns], tolerance, most=most)
        return found and (pose := found[0].inverse, agreement(a, b, pose, tolerance, count=1000, corners=1000))
    points, surface = samples_of(a, 1000, 1000).points, nearest_on(b)
    poses = [Pose(turn, ratio if same_size else 1.0) for turn in turns[:_TRIED]]
    pose = poses[int(np.argmin(_rough(points[:48], surface, poses)))]
    pose = registered(points[:200], surface, pose, steps=8, floor=tolerance, scaling=not same_size)
    if np.isfinite(most):
        off = surface(pose(points[:200]), up_to=2 * most, enough=tolerance).distance
        return None if off.max() > most else (pose, agreement(a, b, pose, tolerance, count=1000, corners=1000))
    found = pose, agreement(a, b, pose, tolerance, count=1000, corners=1000)
    if found[1].clouds or found[1].whole(tolerance) or found[1].share < _VARIANT:
        return found
    # facets that lie off the smooth surface pull: those that are as near as they can be let the others decide
    slack = _CHORDS * chords_of(b)
    pose = registered(points[:400], surface, pose, steps=8, floor=tolerance, scaling=not same_size, slack=slack)
    return max(found, (pose, agreement(a, b, pose, tolerance, count=1000, corners=1000)), key=lambda one: one[1].share)


def _rough(points: np.ndarray, surface: NearestSurface, poses: Sequence[Pose]) -> np.ndarray:
    """Of each pose how far the points are off: most should be near, the others may be as far as they like."""
    hit = surface(np.concatenate([pose(points) for pose in poses]))
    return np.minimum(hit.distance.reshape(len(poses), -1), _FAR).mean(1)


def _mirrors(pose: Pose) -> bool:
    return bool(np.linalg.det(pose.rotation) < 0)


def _told(
    kind: str,
    a: NormalForm,
    b: NormalForm,
    pose: Pose,
    off: float,
    tolerance: float,
    *,
    share: float = 1.0,
    regions: tuple = (),
    note: str = "",
) -> Evidence:
    """The evidence in the units of the geometries; a scale that is 1 within tolerance is 1."""
    shift = np.zeros(3) if pose.shift is None else pose.shift
    scale = pose.scale * b.size / a.size
    reach = float(np.linalg.norm(b.points, axis=1).max())
    if abs(scale - 1) * reach < (tolerance if kind in ("identical", "mirrored") else max(2 * tolerance, off)):
        scale = 1.0
    if kind == "identical" and scale != 1:
        kind = "rescaled"
    translation = b.center + b.size * shift - scale * (pose.rotation @ a.center)
    per_cent = 100 / b.diameter
    return Evidence(kind, scale, per_cent * off, pose.rotation, translation, share, per_cent * tolerance, regions, note)
