"""Exact integrals over triangles: area, center, and how a surface spreads around it, to the fourth degree."""

from dataclasses import dataclass

import numpy as np

# Dunavant's rule of degree 4 (1985, table II): two orbits of three points each; exact for all moments below
_NEAR, _FAR = 0.445948490915965, 0.091576213509771
_WEIGHTS = np.repeat([0.223381589678011, 0.109951743655322], 3)
_PLACES = np.array(
    [np.roll([1 - 2 * a, a, a], corner) for a in (_NEAR, _FAR) for corner in range(3)]
)  # (6, 3) barycentric

_PAIRS = np.triu_indices(3)  # of coordinates, each once
_PAIR = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])  # which one two coordinates are


@dataclass(frozen=True)
class Spread:
    """What a surface (or a cloud) weighs and how it spreads, around its center and in units of ``size``.

    Attributes:
        weight: the area; of a cloud its number of points. center: (3,), weighted by area.
        size: root mean square distance from the center, in the unit of the coordinates.
        places, weights: (3, n), (n,) whose weighted means of products of up to four coordinates are the surface's.
    """

    weight: float
    center: np.ndarray
    size: float
    places: np.ndarray
    weights: np.ndarray

    @property
    def second(self) -> np.ndarray:
        """(3, 3), of trace 1."""
        return (self.places * self.weights) @ self.places.T

    @property
    def higher(self) -> tuple[np.ndarray, np.ndarray]:
        """(3, 3, 3) and (3, 3, 3, 3): means of products of three and of four coordinates."""
        pairs = self.places[_PAIRS[0]] * self.places[_PAIRS[1]]
        weighted = pairs * self.weights
        return (weighted @ self.places.T)[_PAIR], (weighted @ pairs.T)[_PAIR[:, :, None, None], _PAIR]

    @property
    def spreads(self) -> np.ndarray:
        """(3,) root mean square extents along the principal axes, largest first, in the unit of the coordinates."""
        return self.size * np.sqrt(np.maximum(np.linalg.eigvalsh(self.second)[::-1], 0))

    @property
    def skew(self) -> float:
        """Cube root of the length of the mean of |x|² x: zero for what is symmetric around a point, any pose alike."""
        return float(self.size * np.cbrt(np.linalg.norm(self.places @ (squares(self.places) * self.weights))))


def normals_of(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals (3, F) of triangles (3 corners, 3 coordinates, F), as long as twice their areas, and these lengths."""
    a, b, c = triangles
    u, v = b - a, c - a
    normal = np.stack([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
    return normal, np.sqrt(squares(normal))


def squares(columns: np.ndarray) -> np.ndarray:
    """The squared lengths of columns (3, n), to the bit what ``(columns**2).sum(0)`` gives, in less time."""
    x, y, z = columns
    total = x * x
    term = y * y
    total += term
    total += np.multiply(z, z, out=term)
    return total


def spread_of(triangles: np.ndarray, twice: np.ndarray | None = None) -> Spread | None:
    """Of triangles (3 corners, 3 coordinates, F), twice whose areas (F,) may be known; None without area."""
    a, b, c = triangles
    area = (normals_of(triangles)[1] if twice is None else twice) / 2
    total = float(area.sum())
    if not 0 < total < np.inf:
        return None
    center = ((a + b + c) * area).sum(1) / (3 * total)
    around = triangles - center[:, None]
    places = np.einsum("pc,cif->ipf", _PLACES, around).reshape(3, -1)
    return _spread(places, np.outer(_WEIGHTS, area / total).ravel(), total, center)


def spread_of_points(points: np.ndarray) -> Spread | None:
    """Of points (3, n), each of weight one; None where all are equal."""
    if not points.shape[1]:
        return None
    center = points.mean(1)
    count = points.shape[1]
    return _spread(points - center[:, None], np.full(count, 1 / count), float(count), center)


def _spread(places: np.ndarray, weights: np.ndarray, total: float, center: np.ndarray) -> Spread | None:
    """Of places (3, n) around the center; the weights (n,) sum to one."""
    squared = float((squares(places) * weights).sum())
    if not 0 < squared < np.inf:
        return None
    size = np.sqrt(squared)
    return Spread(total, center, float(size), places / size, weights)
