"""How far a smooth surface may be from the facets, or the points, that stand for it."""

import numpy as np

from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.same_triangles import corner_tree

_SMOOTH = np.deg2rad(31)  # facets bent by more meet at an edge that was meant: of a cylinder at least 12 are
_INSIDE = 1e-6  # of a barycentric weight: less is on a side
_AROUND = 8  # points of a cloud within whose reach another sampling has one


def chords_of(form: NormalForm) -> np.ndarray:
    """(F,) the height of the arc over each triangle, as its bends toward its neighbors tell; 0 of a plane.

    Of a cloud: (n,) how far from each point another sampling's next one may be. Made once.
    """
    if "chords" not in form.__dict__:
        form.__dict__["chords"] = _of_facets(form) if len(form.faces) else _of_points(form)
    return form.__dict__["chords"]


def chords_at(form: NormalForm, face: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n,) of places on triangles, by their barycentric weights (n, 3): inside, that of the triangle.

    On a side it is what both its corners have, on a corner the highest around: the flat lid of a tube ends where the
    tube does.
    """
    chords = chords_of(form)
    if "corner chords" not in form.__dict__:
        highest = np.zeros(len(form.points))
        np.maximum.at(highest, form.faces.ravel(), np.repeat(chords, 3))
        form.__dict__["corner chords"] = highest
    corners = form.__dict__["corner chords"][form.faces[face]]
    there = np.where(weights > _INSIDE, corners, np.inf).min(1)
    return np.where((weights > _INSIDE).all(1), chords[face], np.maximum(there, chords[face]))


def _of_points(form: NormalForm) -> np.ndarray:
    many = min(_AROUND, len(form.points) - 1)
    return corner_tree(form).query(form.points, k=[many + 1])[0][:, 0]


def _of_facets(form: NormalForm) -> np.ndarray:
    faces, count = form.faces, len(form.faces)
    start, end = faces[:, [1, 2, 0]].T.ravel(), faces[:, [2, 0, 1]].T.ravel()  # the side opposite each corner
    key = np.minimum(start, end) * len(form.points) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    alike = key[order[1:]] == key[order[:-1]]
    more = np.concatenate([[False], alike, [False]])
    twice = np.flatnonzero(alike & ~more[:-2] & ~more[2:])  # two faces at an edge, not more
    one, other = order[twice], order[twice + 1]
    from_edge = _across(form, one), _across(form, other)
    heights = [np.linalg.norm(u, axis=1) for u in from_edge]
    cosine = -np.einsum("ij,ij->i", *from_edge) / np.maximum(heights[0] * heights[1], 1e-300)
    bend = np.arccos(np.clip(cosine, -1, 1))
    bend = np.where(bend < _SMOOTH, np.tan(bend / 4) / 2, 0.0)
    chords = np.zeros(count)
    for side, height in ((one, heights[0]), (other, heights[1])):
        np.add.at(chords, side % count, bend * height)
    return chords


def _across(form: NormalForm, side: np.ndarray) -> np.ndarray:
    """(n, 3) from each side, numbered corner by corner, square to it to the corner opposite."""
    corner, face = np.divmod(side, len(form.faces))
    t = form.triangles[face]
    rows = np.arange(len(side))
    tip, a, b = t[rows, corner], t[rows, (corner + 1) % 3], t[rows, (corner + 2) % 3]
    edge = b - a
    along = np.einsum("ij,ij->i", tip - a, edge) / np.maximum(np.einsum("ij,ij->i", edge, edge), 1e-300)
    return tip - a - along[:, None] * edge
