"""Which turns might bring one shape onto another: from principal axes, from farthest corners, from like triangles."""

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np

from pointrecon.retrieval.evidence.normal_form import NormalForm

_APART = 1e-3  # eigenvalues nearer to each other than this have no axes of their own
_ROUND = 0.02  # and nearer than this none that one should trust alone
_PICKED = 32  # triangles of a that are looked for in b
_SIGNS = np.array(list(product((1.0, -1.0), repeat=3)))
_ORDERS = np.array(list(permutations(range(3))))


def axis_turns(a: NormalForm, b: NormalForm) -> np.ndarray:
    """(8, 3, 3): principal axes onto principal axes, both ways each; (0, 3, 3) where a shape has none of its own."""
    (values, axes_a), (_, axes_b) = a.axes, b.axes
    if -np.diff(values).max() < _APART:
        return np.zeros((0, 3, 3))
    return np.einsum("ij,nj,kj->nik", axes_b, _SIGNS, axes_a)


def is_round(a: NormalForm) -> bool:
    """Whether its principal axes alone may not tell how it stands."""
    return bool(-np.diff(a.axes[0]).max() < _ROUND)


def triangle_turns(a: NormalForm, b: NormalForm, tolerance: float, most: int = 512) -> np.ndarray:
    """(n, 3, 3): those that bring a triangle of a, seen from the center, onto each one in b that is congruent.

    Of the triangles of a the one with the fewest such in b is taken. None where a is flat through its center.
    """
    nothing = np.zeros((0, 3, 3))
    if not len(a.faces) or not len(b.faces):
        return nothing
    lever = np.abs(np.linalg.det(a.triangles))  # how well three corners and the center fix a turn
    picked = np.argsort(-lever, kind="stable")[:_PICKED]
    picked = picked[lever[picked] > 1e-3 * max(float(lever[picked[0]]), 1e-3)]
    if not len(picked):
        return nothing
    look, order = _seen(b.triangles)
    by_first = np.argsort(look[:, 0], kind="stable")
    sorted_first = look[by_first, 0]
    best: tuple[int, list[tuple[np.ndarray, np.ndarray]]] | None = None
    for one in picked:
        corners = a.triangles[one]
        found = []
        wanted, _ = _seen(corners[_ORDERS], ordered=False)
        for turn in np.flatnonzero((np.diff(wanted[:, :3], axis=1) > -2 * tolerance).all(1)):
            low, high = np.searchsorted(sorted_first, wanted[turn, 0] + np.array([-4, 4]) * tolerance)
            near = by_first[low:high]
            hits = near[(np.abs(look[near] - wanted[turn]) < 4 * tolerance).all(1)]
            found.append((corners[_ORDERS[turn]], hits))
        count = sum(len(hits) for _, hits in found)
        if count and (best is None or count < best[0]):
            best = count, found
        if count == 1:
            break
    if best is None:
        return nothing
    turns = []
    for corners, hits in best[1]:
        there = np.take_along_axis(b.triangles[hits], order[hits][:, :, None], 1)
        turns.append(np.einsum("nki,kj->nij", there, np.linalg.inv(corners).T))
    return _orthogonal(np.concatenate(turns)[:most])


def far_turns(a: NormalForm, b: NormalForm, slack: float, most: int = 64) -> np.ndarray:
    """(n, 3, 3): those that bring a's farthest corner, and the one farthest from the line to it, onto such of b.

    Both belong to the surface, however it is cut into triangles. Each turn comes with its mirrored one.
    """
    p, q = _farthest(a.points)
    frame = _frame(p, q)
    radii = np.linalg.norm(b.points, axis=1)
    near = _evenly(np.flatnonzero(np.abs(radii - np.linalg.norm(p)) < slack), most)
    others = np.flatnonzero(np.abs(radii - np.linalg.norm(q)) < slack)
    height, reach = float(q @ p / np.linalg.norm(p)), float(np.linalg.norm(np.cross(q, p)) / np.linalg.norm(p))
    along = (b.points[near] / radii[near, None]) @ b.points[others].T
    across = np.sqrt(np.maximum(radii[others] ** 2 - along**2, 0))
    fits = (np.abs(along - height) < slack) & (np.abs(across - reach) < slack)
    turns = []
    for one, fit in zip(near, fits, strict=True):
        for other in others[_evenly(np.flatnonzero(fit), 4)]:
            onto = _frame(b.points[one], b.points[other])
            turns += [onto @ frame.T, onto @ np.diag([1.0, 1.0, -1.0]) @ frame.T]
    return np.array(turns).reshape(-1, 3, 3)


def ranked(a: NormalForm, b: NormalForm, turns: Sequence[np.ndarray] | np.ndarray, slack: float) -> list[np.ndarray]:
    """Those under which third and fourth moments agree within ``slack``: proper turns first, of each the best first."""
    all_turns = np.asarray(turns).reshape(-1, 3, 3)
    if not len(all_turns):
        return []
    off = moments_off(a, b, all_turns, fourth=False)
    kept = np.flatnonzero(off < slack)
    all_turns = all_turns[kept]
    off = moments_off(a, b, all_turns)
    mirrored = np.linalg.det(all_turns) < 0
    order = np.lexsort((off, mirrored))
    return [all_turns[i] for i in order if off[i] < slack]


def moments_off(a: NormalForm, b: NormalForm, turns: np.ndarray, *, fourth: bool = True) -> np.ndarray:
    """(n,) how far the third and fourth moments of a, turned so (n, 3, 3), are from those of b."""
    (third_a, fourth_a), (third_b, fourth_b) = a.higher, b.higher
    turned = np.einsum("nia,njb,nkc,abc->nijk", *[turns] * 3, third_a, optimize=True)
    off = np.sqrt(((turned - third_b) ** 2).sum((1, 2, 3)))
    if fourth:
        turned = np.einsum("nia,njb,nkc,nld,abcd->nijkl", *[turns] * 4, fourth_a, optimize=True)
        off = off + np.sqrt(((turned - fourth_b) ** 2).sum((1, 2, 3, 4)))
    return off


def _seen(triangles: np.ndarray, *, ordered: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """What stays of triangles (n, 3, 3) however they are turned around the center: (n, 6) radii and sides.

    Corners go by their radius, in the order (n, 3) that comes with it, or as they are.
    """
    radii = np.linalg.norm(triangles, axis=2)
    order = np.argsort(radii, axis=1, kind="stable") if ordered else np.tile(np.arange(3), (len(radii), 1))
    t = np.take_along_axis(triangles, order[:, :, None], 1)
    sides = np.linalg.norm(t[:, [1, 2, 0]] - t[:, [2, 0, 1]], axis=2)
    return np.concatenate([np.take_along_axis(radii, order, 1), sides], 1), order


def _evenly(places: np.ndarray, most: int) -> np.ndarray:
    return places[np.linspace(0, len(places) - 1, min(most, len(places))).astype(int)] if len(places) else places


def _farthest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = points[(points**2).sum(1).argmax()]
    across = ((points - np.outer(points @ p, p) / (p @ p)) ** 2).sum(1)
    return p, points[across.argmax()]


def _frame(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """(3, 3) orthonormal columns: along p, toward q, and across both."""
    first = p / np.linalg.norm(p)
    second = q - (q @ first) * first
    length = np.linalg.norm(second)
    if length < 1e-9:  # all on a line
        second = np.eye(3)[np.abs(first).argmin()]
        second = second - (second @ first) * first
        length = np.linalg.norm(second)
    second = second / length
    return np.stack([first, second, np.cross(first, second)], 1)


def _orthogonal(turns: np.ndarray) -> np.ndarray:
    """The orthogonal matrices nearest to these (n, 3, 3), without those that are none by far."""
    u, values, v = np.linalg.svd(turns)
    return (u @ v)[np.abs(values - 1).max(1, initial=0) < 0.05]
