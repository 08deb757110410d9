"""Bringing one shape onto another step by step: ICP that parts which differ do not pull away."""

import numpy as np

from pointrecon.retrieval.evidence.nearest_surface import NearestSurface
from pointrecon.retrieval.evidence.posing import Pose

_STILL = 3e-7  # a step this small, in units of the shape's size, is the last
_ON = 1e-9  # nearer has no direction to the surface
_LITTLE = 0.01  # what a distance within the slack counts


def registered(
    points: np.ndarray,
    onto: NearestSurface,
    pose: Pose,
    *,
    steps: int,
    floor: float,
    scaling: bool = False,
    slack: np.ndarray | None = None,
) -> Pose:
    """The pose after so many steps at most, of the points (n, 3) onto a surface.

    Each is a Gauss-Newton step on distances to the surface, where those beyond the usual count little (Geman and
    McClure's weights around the median); where most fit, what fits decides alone.

    Args:
        floor: distances below it all count fully. scaling: whether its scale changes too.
        slack: (F,) distances to each triangle that are as good as none.
    """
    for _ in range(steps):
        moved = pose(points)
        hit = onto(moved)
        distance = hit.distance
        usual = max(1.5 * float(np.median(distance)), floor)
        weight = 1 / (1 + (distance / usual) ** 2) ** 2
        if slack is not None:
            weight = np.where(distance < slack[hit.face], _LITTLE, 1 / (1 + (distance / floor) ** 2))
        way = (moved - hit.place) / np.maximum(distance, _ON)[:, None]
        way = np.where(distance[:, None] > _ON, way, onto.normals(hit.face))
        slope = np.concatenate([np.cross(moved, way), way], 1)
        if scaling:
            slope = np.column_stack([slope, (moved * way).sum(1)])
        weighted = slope * weight[:, None]
        square = weighted.T @ slope
        square[np.diag_indices(len(square))] += 1e-6 * np.trace(square)
        step = -np.linalg.solve(square, weighted.T @ distance)
        turn, scale = _turn(step[:3]), float(np.exp(step[6])) if scaling else 1.0
        shift = np.zeros(3) if pose.shift is None else pose.shift
        pose = Pose(turn @ pose.rotation, pose.scale * scale, scale * (turn @ shift) + step[3:6])
        if np.abs(step).max() < _STILL:
            break
    return pose


def _turn(axis: np.ndarray) -> np.ndarray:
    """(3, 3) about an axis by its length (Rodrigues)."""
    angle = float(np.linalg.norm(axis))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = axis / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
