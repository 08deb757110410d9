"""A shape ready to be compared: centered, of size one, each corner and each triangle once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.solid import numbered
from pointrecon.shapes.readers.surface_integrals import Spread, spread_of, spread_of_points

# Coordinates are taken as the same within this share of the diameter, ...
_WRITTEN = 5e-5
# ... within this share of the largest coordinate: of a text of six digits (two of them, the diagonal of a step), or
# of float32; within two steps of a text of six decimals; ...
_SIX_DIGITS, _STORED, _SIX_DECIMALS = 1.5e-5, 5e-7, 2e-6
_COARSEST = 1e-3  # ... but never beyond this share of the diameter
_THICK = 4.0  # triangles of less height than so many tolerances are rounding's


@dataclass(frozen=True, eq=False)
class Geometry:
    """What a file holds: triangles, or a cloud where there are no faces.

    Shape:
        vertices: (V, 3) float64. faces: (F, 3) int64, into the vertices; F = 0: a cloud.

    Attributes:
        step: what coordinates were rounded to, where that is coarser than float32 or a text of six digits.

    Raises:
        InputError: other arrays, NaN or infinite corners, faces without their corners, or all points equal.
    """

    vertices: np.ndarray
    faces: np.ndarray
    step: float = 0.0

    def __post_init__(self) -> None:
        vertices, faces = np.asarray(self.vertices, np.float64), np.asarray(self.faces, np.int64).reshape(-1, 3)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or not len(vertices):
            raise InputError(f"a geometry has vertices (V, 3), not {vertices.shape}")
        if len(faces) and not (faces.min() >= 0 and faces.max() < len(vertices)):
            raise InputError(f"a geometry's faces name vertices that are not there: it has {len(vertices)}")
        if not np.isfinite(vertices[faces] if len(faces) else vertices).all():
            raise InputError("a geometry has NaN or infinite coordinates: repair it")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)

    @cached_property
    def normal(self) -> "NormalForm":
        """Computed once; InputError where all points are equal."""
        return _normal(self, once=False)

    @cached_property
    def normal_once(self) -> "NormalForm":
        """The same, where faces that are there twice weigh once."""
        return _normal(self, once=True) if self.normal.doubled else self.normal


@dataclass(eq=False)
class NormalForm:
    """A geometry around its center (by area), in units of its size: the root mean square distance from there.

    Shape:
        center: (3,), size: a number, in the geometry's unit. points: (n, 3), all different. faces: (F, 3), no two of
        the same corners, each of three; none of a cloud or of a mesh without area.
    """

    center: np.ndarray
    size: float
    points: np.ndarray
    faces: np.ndarray
    spread: Spread
    step: float  # what coordinates may be off by how they were written, in units of size
    doubled: bool  # whether faces were there twice

    @cached_property
    def diameter(self) -> float:
        """The longest distance between two corners that a few sweeps from the farthest one find, in units of size."""
        far, longest = self.points[(self.points**2).sum(1).argmax()], 0.0
        for _ in range(4):
            distance = np.linalg.norm(self.points - far, axis=1)
            longest, far = max(longest, float(distance.max())), self.points[distance.argmax()]
        return longest

    @cached_property
    def tolerance(self) -> float:
        """How far apart coordinates may be that are the same, in units of size."""
        return min(max(_WRITTEN * self.diameter, self.step), _COARSEST * self.diameter)

    @cached_property
    def higher(self) -> tuple[np.ndarray, np.ndarray]:
        """Third and fourth moments, see `Spread`."""
        return self.spread.higher

    @cached_property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (3,), which sum to 1, the largest first, and principal axes as columns (3, 3)."""
        values, vectors = np.linalg.eigh(self.spread.second)
        return values[::-1], vectors[:, ::-1]

    @cached_property
    def triangles(self) -> np.ndarray:
        """(F, 3, 3)."""
        return self.points[self.faces]

    @cached_property
    def areas(self) -> np.ndarray:
        """(F,)."""
        a, b, c = self.triangles.transpose(1, 2, 0)
        return np.linalg.norm(np.cross(b - a, c - a, axis=0), axis=0) / 2

    @cached_property
    def sides(self) -> np.ndarray:
        """(F, 3) lengths, each opposite its corner."""
        t = self.triangles
        return np.linalg.norm(t[:, [1, 2, 0]] - t[:, [2, 0, 1]], axis=2)

    def thick(self, tolerance: float) -> np.ndarray:
        """(F,) bool: triangles that are not as flat as rounding may leave them."""
        return 2 * self.areas > _THICK * tolerance * self.sides.max(1, initial=0)

    def corners(self, tolerance: float) -> np.ndarray:
        """Points that thick triangles have; of a cloud all."""
        return np.unique(self.faces[self.thick(tolerance)]) if len(self.faces) else np.arange(len(self.points))


def _normal(geometry: Geometry, *, once: bool) -> NormalForm:
    if len(geometry.faces):
        used = np.unique(geometry.faces)
        faces = np.searchsorted(used, geometry.faces).T
        corners = geometry.vertices[used].T + 0.0  # no -0.0
    else:
        faces, corners = np.zeros((3, 0), np.int64), geometry.vertices.T + 0.0
    number, count = numbered(np.ascontiguousarray(corners))
    points = np.empty((3, count))
    points[:, number] = corners
    step = max(2 * geometry.step, _step(points))
    span = float(np.ptp(points, axis=1).max())
    middle = (points.min(1) + points.max(1)) / 2
    if not (span > 0 and np.isfinite(span)):
        raise InputError("a geometry has all its points in one place, or too far apart: there is no shape to compare")
    points = (points - middle[:, None]) / span
    faces = number[faces]
    faces = faces[:, (faces[0] != faces[1]) & (faces[1] != faces[2]) & (faces[2] != faces[0])]
    every, faces = faces, _once(faces)
    # Of all faces, even those that are there twice: cut anew they would not be told to be the same.
    weighed = faces if once else every
    spread = spread_of(points[:, weighed].transpose(1, 0, 2)) if faces.shape[1] else None
    if spread is None:
        faces, spread = np.zeros((3, 0), np.int64), spread_of_points(points)
    assert spread is not None
    size = spread.size * span
    return NormalForm(
        middle + spread.center * span,
        size,
        ((points - spread.center[:, None]) / spread.size).T,
        faces.T,
        spread,
        step / size,
        every.shape[1] > faces.shape[1],
    )


def _once(faces: np.ndarray) -> np.ndarray:
    """Of faces (3, F) each once, whichever way it is wound."""
    low, high = faces.min(0), faces.max(0)
    number, count = numbered(np.stack([low, faces.sum(0) - low - high, high]))
    return faces if count == faces.shape[1] else faces[:, np.unique(number, return_index=True)[1]]


def _step(points: np.ndarray) -> float:
    """How far coordinates may be off by how they were written, as far as they show it."""
    sizes = np.abs(points)
    largest = float(sizes.max())
    digit = 10.0 ** (5 - np.floor(np.log10(np.maximum(sizes, 1e-200))))
    if _whole(points * digit).all():
        return _SIX_DIGITS * largest
    return max(_STORED * largest, _SIX_DECIMALS if _whole(points * 1e6).all() else 0.0)


def _whole(values: np.ndarray) -> np.ndarray:
    return np.abs(values - np.rint(values)) < 1e-3
