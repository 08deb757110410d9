"""Laying one shape on another: the best of some turns, made to fit, and fitted to the corners that both have."""

from collections.abc import Sequence

import numpy as np

from pointrecon.retrieval.evidence.facet_chords import chords_of
from pointrecon.retrieval.evidence.nearest_surface import NearestSurface, nearest_on
from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.posing import Pose, fitted, mirrors
from pointrecon.retrieval.evidence.registration import registered
from pointrecon.retrieval.evidence.same_triangles import corner_tree
from pointrecon.retrieval.evidence.surface_samples import samples_of

COUNT, CORNERS = 1000, 1000  # samples that are measured: by area, and corners
_FEW, _SOME = 48, 200  # points that are looked at to choose a pose, and to fit it
_FAR, _ON = 0.1, 0.005  # units of size; what is farther off is simply off, what is not nearer not on the surface
_WIDE = 0.02  # units of size
_UNLIKELY = 0.05
_CHORDS = 1.25  # arcs that facets may be off
_RADII = (20.0, 5.0, 1.5)  # tolerances within which corners are taken as the same, one after the other
_MOST = 3000  # corners that are looked at
_ENOUGH = 0.1  # share of the corners, at least, that must be the same to decide


def laid(a: NormalForm, b: NormalForm, poses: Sequence[Pose], tolerance: float, *, scaling: bool = False) -> Pose:
    """The one of these poses under which a is nearest to b, made to fit as well as it can."""
    if len(a.faces) and not len(b.faces):  # points onto the surface, not the other way round
        return laid(b, a, [pose.inverse for pose in poses], tolerance, scaling=scaling).inverse
    points, surface = samples_of(a, COUNT, CORNERS).points, nearest_on(b)
    # those given first are likely ones; the quick look may be misled by slivers
    by_look = np.argsort(rough(points[:_FEW], surface, poses), kind="stable").tolist()
    sides = [[k for k in by_look if mirrors(poses[k]) == side][:2] for side in (False, True)]
    few = [*dict.fromkeys([0, *sides[0], *sides[1]])]
    exact_off = rough(points[:_FEW], surface, [poses[k] for k in few], up_to=_FAR)
    order = [few[k] for k in np.argsort(exact_off, kind="stable")[:2]]
    if (exact := snapped(a, b, poses[order[0]], tolerance)) is None:
        fits = [poses[k] for k in order]
        # without corners, what is small but fixes a turn, such as a fin on a tube, is to count first
        for floor in (_WIDE, tolerance) if len(b.faces) and not len(a.faces) else (tolerance,):
            fits = [registered(points[:_SOME], surface, p, steps=10, floor=floor, scaling=scaling) for p in fits]
        best = fits[int(rough(points[:_SOME], surface, fits).argmin())]
        if (exact := snapped(a, b, best, tolerance)) is None:
            return best
        off = rough(points[:_SOME], surface, [best, exact], up_to=_FAR)
        return exact if off[1] <= 1.02 * off[0] + 1e-6 else best
    return exact


def laid_either_way(a: NormalForm, b: NormalForm, poses: Sequence[Pose], tolerance: float) -> Pose:
    """As `laid`; where that mirrors, only if no other pose fits as well: of what is nearly symmetric both fit."""
    pose = laid(a, b, poses, tolerance)
    if not mirrors(pose) or not (others := [one for one in poses if not mirrors(one)]):
        return pose
    both = [laid(a, b, others, tolerance), pose]
    return both[int(rough(samples_of(a, COUNT, CORNERS).points[:COUNT], nearest_on(b), both, up_to=_FAR).argmin())]


def laid_facets(a: NormalForm, b: NormalForm, pose: Pose, tolerance: float, *, scaling: bool) -> Pose:
    """A pose made to fit where facets off the smooth surface pull: those as near as they can be decide nothing."""
    points, slack = samples_of(a, COUNT, CORNERS).points, _CHORDS * chords_of(b)
    return registered(points[: 2 * _SOME], nearest_on(b), pose, steps=8, floor=tolerance, scaling=scaling, slack=slack)


def rough(points: np.ndarray, surface: NearestSurface, poses: Sequence[Pose], *, up_to: float = 0.0) -> np.ndarray:
    """How badly each pose fits, 0 to 2: most points should be near, and many on the surface; the others may be far.

    One that mirrors fits a little worse, so that of two that fit alike the other is taken. Distances below ``up_to``
    are exact.
    """
    hit = surface(np.concatenate([pose(points) for pose in poses]), up_to=up_to)
    distance = hit.distance.reshape(len(poses), -1)
    off = sum(np.minimum(distance / far, 1).mean(1) for far in (_FAR, _ON))
    return off * [1 + _UNLIKELY * mirrors(pose) for pose in poses]


def snapped(a: NormalForm, b: NormalForm, pose: Pose, tolerance: float) -> Pose | None:
    """The pose that the corners (or points) of a that are corners of b tell; None where too few are."""
    tree, mirrored = corner_tree(b), mirrors(pose)
    points = a.points[:: 1 + len(a.points) // _MOST]
    least = max(8.0, _ENOUGH * len(points) * min(1.0, len(b.points) / len(a.points)))
    for radius in _RADII:
        distance, hit = tree.query(pose(points), distance_upper_bound=radius * tolerance)
        same = np.isfinite(distance)
        if same.sum() < least:
            return None
        pose = fitted(points[same], b.points[hit[same]], mirrored=mirrored)
    return pose
