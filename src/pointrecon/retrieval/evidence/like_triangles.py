"""Poses from triangles that two meshes have in common: what was not edited in a variant fits exactly."""

import numpy as np

from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.posing import Pose

_PICKED = 96  # large triangles of a that are looked for in b
_RARE = 12  # those that fit more often there tell little
_UNLIKE = 1e-3  # share by which sides must differ, else which corner is which is not told
_CLOSE = 1e-3  # logarithms of scales that are one
_LIKELY = 0.25  # share of the most votes that is enough for the likely scale
_VOTES = 3  # triangles that must agree on a scale


def common_scale(a: NormalForm, b: NormalForm, tolerance: float, likely: float) -> float | None:
    """How many times as large as in a (units of size) triangles of the same form are in b, if enough agree.

    That they are ``likely`` times as large needs fewer votes than another scale: parts of one shape are often alike.
    """
    picked = _picked(a)
    if not len(picked) or not len(b.faces):
        return None
    mine, theirs = np.sort(a.sides[picked], 1), np.sort(b.sides, 1)
    form, forms = mine[:, :2] / mine[:, 2:], theirs[:, :2] / theirs[:, 2:]
    slack = 4 * tolerance / mine[:, 2]
    logs, weights = [], []
    for one, near, length in zip(form, slack, mine[:, 2], strict=True):
        hits = np.flatnonzero((np.abs(forms - one) < near).all(1))
        if 0 < len(hits) <= 3 * _RARE:
            logs.append(np.log(theirs[hits, 2] / length))
            weights.append(np.full(len(hits), 1 / len(hits)))
    if not logs:
        return None
    values, weight = np.concatenate(logs), np.concatenate(weights)
    order = np.argsort(values, kind="stable")
    values, sums = values[order], np.concatenate([[0], np.cumsum(weight[order])])
    ends = np.searchsorted(values, values + _CLOSE, side="right")
    votes = sums[ends] - sums[:-1]
    best = int(votes.argmax())
    near = np.flatnonzero(np.abs(values - np.log(likely)) < _CLOSE)
    if len(near) and votes[near].max() >= _LIKELY * votes[best]:
        best = int(near[votes[near].argmax()])
    return float(np.exp(np.median(values[best : ends[best]]))) if votes[best] >= min(_VOTES, len(picked)) else None


def like_triangle_poses(a: NormalForm, b: NormalForm, scale: float, tolerance: float, most: int) -> list[Pose]:
    """Poses of this scale that bring a large triangle of a onto one that is congruent in b, and each one mirrored."""
    picked = _picked(a)
    if not len(picked) or not len(b.faces):
        return []
    order_a, order_b = np.argsort(a.sides[picked], 1, kind="stable"), np.argsort(b.sides, 1, kind="stable")
    mine = np.take_along_axis(a.sides[picked], order_a, 1) * scale
    theirs = np.take_along_axis(b.sides, order_b, 1)
    found = [np.flatnonzero((np.abs(theirs - one) < 4 * tolerance).all(1)) for one in mine]
    poses: list[Pose] = []
    for k in sorted((k for k in range(len(found)) if 0 < len(found[k]) <= _RARE), key=lambda k: len(found[k])):
        here = a.triangles[picked[k]][order_a[k]]
        for hit in found[k]:
            there = b.triangles[hit][order_b[hit]]
            for side in (1.0, -1.0):
                rotation = _frame(there) @ np.diag([1.0, 1.0, side]) @ _frame(here).T
                poses.append(Pose(rotation, scale, there.mean(0) - scale * rotation @ here.mean(0)))
        if len(poses) >= most:
            break
    return poses[:most]


def _picked(a: NormalForm) -> np.ndarray:
    """The largest triangles without two sides alike."""
    if not len(a.faces):
        return np.zeros(0, np.int64)
    sides = np.sort(a.sides, 1)
    unlike = (np.diff(sides, axis=1) > _UNLIKE * sides[:, 2:]).all(1) & a.thick(a.tolerance)
    return np.flatnonzero(unlike)[np.argsort(-a.areas[unlike], kind="stable")][:_PICKED]


def _frame(triangle: np.ndarray) -> np.ndarray:
    first = triangle[1] - triangle[0]
    first = first / np.linalg.norm(first)
    third = np.cross(first, triangle[2] - triangle[0])
    third = third / np.linalg.norm(third)
    return np.stack([first, np.cross(third, first), third], 1)
