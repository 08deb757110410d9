"""How one shape lies on another: turned (or mirrored), scaled, moved; and the best such for pairs of points."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pose:
    """x becomes scale * rotation x + shift; the rotation's determinant is -1 where it mirrors."""

    rotation: np.ndarray
    scale: float = 1.0
    shift: np.ndarray | None = None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Of points (n, 3)."""
        moved = points @ (self.scale * self.rotation.T)
        return moved if self.shift is None else moved + self.shift

    @property
    def inverse(self) -> "Pose":
        """What undoes it."""
        rotation = self.rotation.T
        return Pose(rotation, 1 / self.scale, None if self.shift is None else -(rotation @ self.shift) / self.scale)


def mirrors(pose: Pose) -> bool:
    """Whether it makes a left hand a right one."""
    return bool(np.linalg.det(pose.rotation) < 0)


def fitted(points: np.ndarray, onto: np.ndarray, *, mirrored: bool, scale: float | None = None) -> Pose:
    """The pose that brings points (n, 3) nearest to those they belong to (least squares; Umeyama 1991).

    A ``scale`` that is given is kept.
    """
    here, there = points.mean(0), onto.mean(0)
    x, y = points - here, onto - there
    u, values, v = np.linalg.svd(y.T @ x)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v)) * (-1 if mirrored else 1)])
    rotation = (u * signs) @ v
    if scale is None:
        scale = float((values * signs).sum() / max((x**2).sum(), 1e-300))
    return Pose(rotation, scale, there - scale * (rotation @ here))
