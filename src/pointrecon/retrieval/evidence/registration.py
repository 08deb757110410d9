"""Bringing one shape onto another step by step: ICP that parts which differ do not pull away."""

import numpy as np

from pointrecon.retrieval.evidence.nearest_surface import NearestSurface
from pointrecon.retrieval.evidence.posing import Pose

_STILL = 1e-7  # a step this small, in units of the shape's size, is the last


def registered(points: np.ndarray, onto: NearestSurface, pose: Pose, *, steps: int, floor: float) -> Pose:
    """The pose after so many steps at most, of the points (n, 3) onto a surface; its scale stays.

    Each is a Gauss-Newton step on distances to the surface, where those beyond the usual count little (Geman and
    McClure's weights around the median); where most fit, what fits decides alone. ``floor``: distances below it all
    count fully.
    """
    for _ in range(steps):
        moved = pose(points)
        hit = onto(moved)
        away = moved - hit.place
        distance = hit.distance
        usual = max(1.5 * float(np.median(distance)), floor)
        weight = 1 / (1 + (distance / usual) ** 2) ** 2
        way = np.where(distance[:, None] > 1e-9, away / np.maximum(distance, 1e-9)[:, None], onto.normals(hit.face))
        slope = np.concatenate([np.cross(moved, way), way], 1)
        weighted = slope * weight[:, None]
        square = weighted.T @ slope
        square[np.diag_indices(6)] += 1e-6 * np.trace(square)
        step = -np.linalg.solve(square, weighted.T @ distance)
        turn = _turn(step[:3])
        shift = np.zeros(3) if pose.shift is None else pose.shift
        pose = Pose(turn @ pose.rotation, pose.scale, turn @ shift + step[3:])
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
