"""Which of many pieces could be nearer to a point than a distance: a tree of boxes, walked for all points at once."""

import numpy as np

_BRANCH = 8
# puts two zeros behind each of 21 bits
_SPREAD = (
    (32, 0x1F00000000FFFF), (16, 0x1F0000FF0000FF), (8, 0x100F00F00F00F00F), (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)  # fmt: skip
_AT_ONCE = 400_000  # pairs of points and boxes that are looked at together


class BoxTree:
    """Boxes around groups of pieces, and around groups of these; pieces that lie near each other share them."""

    def __init__(self, low: np.ndarray, high: np.ndarray) -> None:
        """Of boxes (n, 3) around n pieces."""
        self._order = np.argsort(_along_a_curve((low + high) / 2), kind="stable")
        self._levels = [np.concatenate([low, high], 1)[self._order]]
        while len(self._levels[-1]) > _BRANCH:
            boxes = self._levels[-1]
            starts = np.arange(0, len(boxes), _BRANCH)
            grouped = [np.minimum.reduceat(boxes[:, :3], starts), np.maximum.reduceat(boxes[:, 3:], starts)]
            self._levels.append(np.concatenate(grouped, 1))

    def nearer(self, points: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (m,) of points (n, 3) and the pieces whose boxes are nearer to them than ``distance`` (n,)."""
        top = len(self._levels[-1])
        rows, nodes = np.repeat(np.arange(len(points)), top), np.tile(np.arange(top), len(points))
        squared = distance**2
        for level in range(len(self._levels) - 1, -1, -1):
            boxes = self._levels[level]
            kept = [
                start + np.flatnonzero(_squared(points[rows[part]], boxes[nodes[part]]) < squared[rows[part]])
                for start in range(0, len(rows), _AT_ONCE)
                for part in [slice(start, start + _AT_ONCE)]
            ]
            found = np.concatenate(kept) if kept else np.zeros(0, np.int64)
            rows, nodes = rows[found], nodes[found]
            if level:
                below = len(self._levels[level - 1])
                rows = np.repeat(rows, _BRANCH)
                nodes = (nodes[:, None] * _BRANCH + np.arange(_BRANCH)).ravel()
                inside = nodes < below
                rows, nodes = rows[inside], nodes[inside]
        return rows, self._order[nodes]


def _squared(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    away = np.maximum(np.maximum(boxes[:, :3] - points, points - boxes[:, 3:]), 0)
    return np.einsum("ij,ij->i", away, away)


def _along_a_curve(points: np.ndarray) -> np.ndarray:
    """(n,) numbers by which points that are near each other come near each other: Morton's, of 20 bits an axis."""
    low, span = points.min(0), max(float(np.ptp(points, axis=0).max()), 1e-300)
    cells = ((points - low) / span * 0xFFFFF).astype(np.uint64)
    for shift, mask in _SPREAD:
        cells = (cells | (cells << np.uint64(shift))) & np.uint64(mask)
    return cells[:, 0] | (cells[:, 1] << np.uint64(1)) | (cells[:, 2] << np.uint64(2))
