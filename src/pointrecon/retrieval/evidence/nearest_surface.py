"""Exact distances from points to a shape: to its triangles, wherever they are and however large, or to its points."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from pointrecon.retrieval.evidence.box_tree import BoxTree
from pointrecon.retrieval.evidence.normal_form import NormalForm

_PIECES = 2500  # about so many pieces large triangles are cut into
_FIRST = 2  # pieces of each tier that are looked at around each point
_TIERS = 3  # each of pieces a quarter as large


class Nearest(NamedTuple):
    """Of n points: the distance to the shape, the nearest triangle (or point), the place on it and its weights."""

    distance: np.ndarray
    face: np.ndarray
    place: np.ndarray
    weights: np.ndarray


class _Tier(NamedTuple):
    """Pieces of about one size: the tree of their centers, which they are, and how far each reaches from its center.

    Among pieces of all sizes the small ones would crowd the large ones out.
    """

    tree: cKDTree
    piece: np.ndarray
    reach: np.ndarray


class _Best:
    """The nearest that was found of each of n points."""

    def __init__(self, count: int) -> None:
        self.distance = np.full(count, np.inf)
        self.v, self.w, self.face = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)

    def improve(self, rows: np.ndarray, distance: np.ndarray, v: np.ndarray, w: np.ndarray, face: np.ndarray) -> None:
        """With candidates (m,) of these rows, of which one may come several times."""
        order = np.lexsort((distance, rows))
        first = order[np.concatenate([[True], rows[order[1:]] != rows[order[:-1]]])] if len(order) else order
        first = first[distance[first] < self.distance[rows[first]]]
        rows = rows[first]
        self.distance[rows], self.v[rows], self.w[rows] = distance[first], v[first], w[first]
        self.face[rows] = face[first]


class NearestSurface:
    """What points are to be measured against; made once for a shape."""

    def __init__(self, form: NormalForm) -> None:
        self._form = form
        if not len(form.faces):
            self._tree = cKDTree(form.points)
            return
        a, b, c = form.triangles.transpose(1, 0, 2)
        ab, ac = b - a, c - a
        d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
        denominator = d00 * d11 - d01**2
        with np.errstate(divide="ignore"):
            inverse = np.where(denominator > 1e-10 * d00 * d11, 1 / denominator, np.nan)
        self._facts = np.column_stack([a, ab, ac, d00, d01, d11, inverse])
        pieces, self._face = _pieces(form)
        self._boxes = BoxTree(pieces.min(1), pieces.max(1))
        center = pieces.mean(1)
        reach = np.sqrt(((pieces - center[:, None]) ** 2).sum(2).max(1))
        tier = np.minimum(np.floor(np.log2(reach.max() / np.maximum(reach, 1e-300)) / 2), _TIERS - 1)
        self._tiers = [
            _Tier(cKDTree(center[mine]), mine, reach[mine])
            for mine in (np.flatnonzero(tier == k) for k in range(_TIERS))
            if len(mine)
        ]

    def __call__(self, points: np.ndarray, *, up_to: float = 0.0, enough: float = 1e-7) -> Nearest:
        """Of points (n, 3): exact where the shape is nearer than ``up_to``, but no nearer place is looked for than one
        within ``enough``. Beyond, the distance may be told too large; never too small: it is that to a place there is.
        """
        if not len(self._form.faces):
            distance, hit = self._tree.query(points)
            return Nearest(distance, hit, self._form.points[hit], np.zeros((len(points), 3)))
        best = _Best(len(points))
        for tier in self._tiers:
            many = min(_FIRST, len(tier.piece))
            around, hit = tier.tree.query(points, k=[*range(1, many + 1)])
            rows = np.repeat(np.arange(len(points)), many)
            could = np.flatnonzero(around.ravel() - tier.reach[hit.ravel()] < best.distance[rows])
            self._improve(points, rows[could], tier.piece[hit.ravel()[could]], best)
        if up_to and len(open_ := np.flatnonzero(best.distance > enough)):
            rows, piece = self._boxes.nearer(points[open_], np.minimum(best.distance[open_], up_to))
            self._improve(points, open_[rows], piece, best)
        facts = self._facts[best.face]
        place = facts[:, :3] + best.v[:, None] * facts[:, 3:6] + best.w[:, None] * facts[:, 6:9]
        weights = np.column_stack([1 - best.v - best.w, best.v, best.w])
        return Nearest(best.distance, best.face, place, weights)

    def _improve(self, points: np.ndarray, rows: np.ndarray, piece: np.ndarray, best: _Best) -> None:
        """Measure pairs of points and pieces: the whole triangle that each is of."""
        faces = self._face[piece]
        squared, v, w = self._measure(points[rows], faces)
        best.improve(rows, np.sqrt(squared), v, w, faces)

    def normals(self, faces: np.ndarray) -> np.ndarray:
        """(n, 3) of length one, across these triangles; zero of a cloud's points."""
        if not len(self._form.faces):
            return np.zeros((len(faces), 3))
        normal = np.cross(self._facts[faces, 3:6], self._facts[faces, 6:9])
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)

    def _measure(self, points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Squared distances (n,) of points to triangles, and the places a + v ab + w ac there."""
        facts = self._facts[faces]
        off, ab, ac = points - facts[:, :3], facts[:, 3:6], facts[:, 6:9]
        d00, d01, d11, inverse = facts[:, 9:].T.copy()
        d1, d2, own = _dot(ab, off), _dot(ac, off), _dot(off, off)
        v, w = (d11 * d1 - d01 * d2) * inverse, (d00 * d2 - d01 * d1) * inverse
        inside = (v >= 0) & (w >= 0) & (v + w <= 1)  # False for what has no area
        along_ab, along_ac = _share(d1, d00), _share(d2, d11)
        d22 = d00 + d11 - 2 * d01
        along_bc = _share(d2 - d1 - d01 + d00, d22)
        to_ab = own - along_ab * (2 * d1 - along_ab * d00)
        to_ac = own - along_ac * (2 * d2 - along_ac * d11)
        to_bc = own - 2 * d1 + d00 - along_bc * (2 * (d2 - d1 - d01 + d00) - along_bc * d22)
        squared = np.where(inside, own - v * d1 - w * d2, np.minimum(np.minimum(to_ab, to_ac), to_bc))
        ab_is, ac_is = ~inside & (to_ab <= squared), ~inside & (to_ac <= squared)
        v = np.where(inside, v, np.where(ab_is, along_ab, np.where(ac_is, 0.0, 1 - along_bc)))
        w = np.where(inside, w, np.where(ab_is, 0.0, np.where(ac_is, along_ac, along_bc)))
        return np.maximum(squared, 0), v, w


def nearest_on(form: NormalForm) -> NearestSurface:
    """Of a shape; made once."""
    if "nearest" not in form.__dict__:
        form.__dict__["nearest"] = NearestSurface(form)
    return form.__dict__["nearest"]


def _pieces(form: NormalForm) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (n, 3, 3), large ones cut at their longest side until all are small, and whose piece each is (n,)."""
    side = form.sides.max(1)
    height = 2 * form.areas / side
    longest = 2.5 * float(np.sqrt(form.areas.sum() / _PIECES))
    while (np.maximum(side / longest, 1) * np.maximum(height / longest, 1)).sum() > _PIECES + len(side):
        longest *= 1.25
    rest, face = form.triangles, np.arange(len(form.faces))
    done, whose = [], []
    while len(rest):
        sides = ((rest[:, [1, 2, 0]] - rest[:, [2, 0, 1]]) ** 2).sum(2)
        opposite = sides.argmax(1)
        small = sides.max(1) <= longest**2
        done.append(rest[small])
        whose.append(face[small])
        rest, face, opposite = rest[~small], face[~small], opposite[~small]
        corner, b, c = (rest[np.arange(len(rest)), (opposite + k) % 3] for k in range(3))
        middle = (b + c) / 2
        rest = np.concatenate([np.stack([corner, b, middle], 1), np.stack([corner, middle, c], 1)])
        face = np.concatenate([face, face])
    return np.concatenate(done), np.concatenate(whose)


def _dot(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", u, v)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.clip(part / np.where(whole > 0, whole, 1.0), 0, 1)
