"""What one shape is of another: cheap exact numbers first, then candidate poses, each of them verified."""

from collections.abc import Sequence

import numpy as np

from pointrecon.retrieval.evidence.agreement import MOST_CHORD, Agreement, agreement
from pointrecon.retrieval.evidence.candidate_poses import (
    axis_turns,
    far_turns,
    is_round,
    moments_off,
    ranked,
    triangle_turns,
)
from pointrecon.retrieval.evidence.differing_regions import regions_of
from pointrecon.retrieval.evidence.facet_chords import chords_of
from pointrecon.retrieval.evidence.findings import Evidence
from pointrecon.retrieval.evidence.laying import CORNERS, COUNT, laid, laid_either_way, laid_facets
from pointrecon.retrieval.evidence.like_triangles import common_scale, like_triangle_poses
from pointrecon.retrieval.evidence.nearest_surface import nearest_on
from pointrecon.retrieval.evidence.normal_form import Geometry, NormalForm
from pointrecon.retrieval.evidence.posing import Pose, mirrors
from pointrecon.retrieval.evidence.same_triangles import same_triangles
from pointrecon.retrieval.evidence.surface_samples import samples_of

_EQUAL = 2e-3  # third and fourth moments of the same triangles differ less
_ALIKE, _ALIKE_CLOUDS = 0.02, 0.15  # shares of the variance along each axis, of the same surface cut or sampled anew
_BY_CHORDS = 6.0  # of the mean arc over facets: what shares of the variance can be off by
_NEAR, _NEAR_CLOUDS = 0.15, 0.6  # moments, of these
_ALL = 100_000  # corners
_LIKE = 48  # poses from triangles that are looked at
_CLEARLY = 4.0  # times as far off are moments of the wrong hand
_FAR_BETTER = 4.0  # times nearer one hand must lie than the other, where both are one surface
_EDITED = 0.05  # what an edit may change sizes by, for triangles of another size not to be others
_RATIO = 0.01  # sizes nearer to each other than this are one
_PROVEN = 256  # turns under which triangles are compared at most: most fail by the first few
_TRIED = 24  # poses that are looked at in other ways at most
_LOOSE = 3.0  # tolerances that a surface may be off where its triangles could still be the same
_COARSE = 0.02  # of the diameter: clouds that coarse do not tell that two shapes are the same
_STRAY = 0.02  # of a few samples; where more are far off, all need not be measured
_VARIANT = 0.4  # share of the surface, at least, that a variant has in common
_UNSURE = 0.15  # what a share told by a fifth of the samples may be off: four deviations


def compare(a: Geometry, b: Geometry) -> Evidence:
    """What b is of a, with the pose that shows it. The same for the same two shapes, always.

    InputError where all points of one are in one place.
    """
    forms = [(a.normal, b.normal)]
    if a.normal.doubled or b.normal.doubled:  # in one of them the doubles may be gone
        forms.append((a.normal_once, b.normal_once))
    for look in (_copy, _edited, _remeshed):
        for one, other in forms:
            if found := look(one, other, max(one.tolerance, other.tolerance)):
                return found
    one, other = forms[0]
    return _variant(one, other, max(one.tolerance, other.tolerance))


def _copy(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    """Of the same triangles (or points)."""
    if np.abs(a.axes[0] - b.axes[0]).max() > 20 * tolerance:
        return None
    tried = axis_turns(a, b)
    if is_round(a):
        more = triangle_turns(a, b, tolerance)
        if not len(more):  # flat
            more = far_turns(a, b, 4 * tolerance)
        tried = np.concatenate([tried, more])
    for turn in ranked(a, b, tried, _EQUAL)[:_PROVEN]:
        if found := same_triangles(a, b, Pose(turn), tolerance):
            pose, off = found
            if mirrors(pose) and (proper := _symmetric(a, b, tolerance)):
                return _told("identical", a, b, proper[0], proper[1].residual, tolerance)
            return _told("mirrored" if mirrors(pose) else "identical", a, b, pose, off, tolerance)
    return None


def _symmetric(a: NormalForm, b: NormalForm, tolerance: float) -> tuple[Pose, Agreement] | None:
    """How a lies on b without being mirrored, where b is its mirror image and it is its own.

    A feature too small for samples has corners, and moves the moments, so all of these are looked at.
    """
    turns = [turn for turn in _turns(a, b, tolerance) if np.linalg.det(turn) > 0]
    if not turns or not len(a.faces):
        return None
    pose = laid(a, b, [Pose(turn) for turn in turns[:_TRIED]], tolerance)
    points = samples_of(a, COUNT, CORNERS).points[:200]
    if nearest_on(b)(pose(points), up_to=10 * tolerance, enough=tolerance).distance.max() > 2 * tolerance:
        return None
    found = agreement(a, b, pose, tolerance, count=COUNT, corners=_ALL)
    return (pose, found) if found.residual <= 2 * tolerance and found.whole(tolerance) else None


def _edited(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    """Of meshes that have large triangles in common, which tell the pose exactly: a variant, or one surface."""
    likely = a.size / b.size
    scale = common_scale(a, b, tolerance, likely)
    if scale is None or abs(scale / likely - 1) > _EDITED:
        return None
    if not (poses := like_triangle_poses(a, b, scale, tolerance, _LIKE)):
        return None
    pose = laid_either_way(a, b, poses, tolerance)
    found = agreement(a, b, pose, tolerance, count=COUNT, corners=CORNERS)
    if found.all_near and not found.whole(tolerance):
        found = agreement(a, b, pose, tolerance, count=found.needed, corners=_ALL)
    if found.whole(tolerance):
        if mirrors(pose):  # of what is its own mirror image both fit
            proper = [turn for turn in _turns(a, b, _NEAR) if np.linalg.det(turn) > 0][:_TRIED]
            other = _one_surface(a, b, proper, tolerance, None) if proper else None
            if other and other[1].mean <= _FAR_BETTER * found.mean:
                pose, found = other
        return _one_told(a, b, pose, found, tolerance)
    if found.share < _VARIANT:
        return None
    unmoved = np.abs(a.axes[0] - b.axes[0]).max() < tolerance  # then it may be one surface, in another pose
    if unmoved or found.residual < 1.5 * MOST_CHORD * b.diameter + tolerance:  # or facets might explain it
        return None
    return _variant_told(a, b, pose, found, tolerance)


def _remeshed(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence | None:
    """Of one surface, cut into other triangles, or sampled by other points."""
    clouds = not len(a.faces) or not len(b.faces)
    # facets can move moments by no more than they lie off what is round
    chords = 0.0 if clouds else sum(float(chords_of(one) @ one.areas / one.areas.sum()) for one in (a, b))
    likely = _ALIKE_CLOUDS if clouds else min(_ALIKE, 20 * tolerance + _BY_CHORDS * chords)
    if np.abs(a.axes[0] - b.axes[0]).max() > likely:
        return None
    turns = _turns(a, b, _NEAR_CLOUDS if clouds else _NEAR)
    found: tuple[Pose, Agreement] | None = None
    sides = [[turn for turn in turns if np.linalg.det(turn) * side > 0][:_TRIED] for side in (1, -1)]
    off = [float(moments_off(a, b, np.array(some[:1]))[0]) if some else np.inf for some in sides]
    for some, own in zip(sides, off, strict=True):
        if own > _CLEARLY * min(off) + 5 * tolerance:
            continue
        if some and (this := _one_surface(a, b, some, tolerance, found)):
            found = this
        if found and found[1].residual <= tolerance:
            break
    if found is None:
        return None
    return _one_told(a, b, *found, tolerance)


def _one_surface(
    a: NormalForm, b: NormalForm, turns: Sequence[np.ndarray], tolerance: float, before: tuple[Pose, Agreement] | None
) -> tuple[Pose, Agreement] | None:
    """The best of these turns, if a then is the same surface as b; only one far better than that ``before``."""
    ratio = a.size / b.size
    scaling = abs(ratio - 1) > _RATIO  # in units of size another tessellation's is a little off
    pose = laid(a, b, [Pose(turn, 1.0 if scaling else ratio) for turn in turns], tolerance, scaling=scaling)
    some = samples_of(a, COUNT, CORNERS).points[:200]
    far = MOST_CHORD * b.diameter + tolerance
    off = nearest_on(b)(pose(some), up_to=far).distance
    clouds = not len(a.faces) or not len(b.faces)
    if (before and off.mean() > before[1].mean / _FAR_BETTER) or (not clouds and (off >= far).mean() > _STRAY):
        return None
    found = agreement(a, b, pose, tolerance, count=COUNT, corners=CORNERS)
    if not found.clouds and not found.whole(tolerance) and found.share >= _VARIANT:
        if found.all_near:  # areas differ, or facets are a little off
            found = agreement(a, b, pose, tolerance, count=found.needed, corners=_ALL)
        else:
            pose = laid_facets(a, b, pose, tolerance, scaling=scaling)
            found = agreement(a, b, pose, tolerance, count=COUNT, corners=CORNERS)
    better = before is None or found.mean <= before[1].mean / _FAR_BETTER
    return (pose, found) if better and found.whole(tolerance) else None


def _one_told(a: NormalForm, b: NormalForm, pose: Pose, found: Agreement, tolerance: float) -> Evidence:
    """Of what is one surface: the same triangles after all (rounding can make faces one that are two), or others."""
    if found.residual <= _LOOSE * tolerance and (same := same_triangles(a, b, pose, tolerance)):
        return _told("mirrored" if mirrors(pose) else "identical", a, b, *same, tolerance)
    if not found.clouds:
        return _told("remeshed", a, b, pose, found.residual, tolerance)
    sampled = max(float(one.allowed.mean()) for one in (found.a_on_b, found.b_on_a)) / b.diameter
    note = f"the same within the sampling ({100 * sampled:.2g}%)"
    if sampled < _COARSE:
        return _told("remeshed", a, b, pose, found.residual, tolerance, note=note)
    return _told("similar", a, b, pose, found.mean, tolerance, note=f"{note}, too coarse to tell more")


def _variant(a: NormalForm, b: NormalForm, tolerance: float) -> Evidence:
    """A variant, or what is only similar."""
    same_size = a.size / b.size
    scales = [same_size] if 0.2 < same_size < 5 else []
    if scale := common_scale(a, b, tolerance, same_size):
        scales += [scale] if not scales or abs(scale / same_size - 1) > 1e-3 else []
    poses = [pose for one in scales for pose in like_triangle_poses(a, b, one, tolerance, _LIKE)]
    turns = list(axis_turns(a, b))
    if is_round(a):
        turns += list(far_turns(a, b, 0.05, 8))
    poses += [Pose(turn, one) for turn in turns or [np.eye(3)] for one in dict.fromkeys((*scales, 1.0))]
    pose = laid_either_way(a, b, poses, tolerance)
    found = agreement(a, b, pose, tolerance, count=COUNT // 5, corners=0)
    if not found.clouds and found.share > _VARIANT - _UNSURE:
        found = agreement(a, b, pose, tolerance, count=COUNT, corners=CORNERS // 2)
    if found.clouds or found.share < _VARIANT:
        return _told("similar", a, b, pose, found.mean, tolerance, share=found.share)
    if found.all_near:
        found = agreement(a, b, pose, tolerance, count=found.needed, corners=_ALL)
        if found.whole(tolerance):
            return _one_told(a, b, pose, found, tolerance)
    return _variant_told(a, b, pose, found, tolerance)


def _variant_told(a: NormalForm, b: NormalForm, pose: Pose, found: Agreement, tolerance: float) -> Evidence:
    return _told("variant", a, b, pose, found.mean, tolerance, share=found.share, regions=regions_of(found, b))


def _turns(a: NormalForm, b: NormalForm, slack: float) -> list[np.ndarray]:
    turns = axis_turns(a, b)
    if is_round(a):
        turns = np.concatenate([turns, far_turns(a, b, 1e-3, 256), far_turns(a, b, 0.02)])
    return ranked(a, b, turns, slack)


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
