"""Points of a shape that are measured: its corners, and places spread over its surface by area, from a seed."""

from typing import NamedTuple

import numpy as np

from pointrecon.retrieval.evidence.normal_form import NormalForm


class Samples(NamedTuple):
    """Points (n, 3), the triangle each lies on (n,), its weights (n, 3), share of the surface (n,): a corner's is 0."""

    points: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    share: np.ndarray


def samples_of(form: NormalForm, count: int, corners: int) -> Samples:
    """So many places by area, one in each of as many equal slices, and at most so many corners; made once.

    Where all corners are among them, so are the middles of as many triangles: small features have small ones. Of a
    cloud: its points, at most ``count``, evenly picked.
    """
    key = f"samples {count} {corners}"
    if key not in form.__dict__:
        form.__dict__[key] = _samples(form, count, corners)
    return form.__dict__[key]


def _samples(form: NormalForm, count: int, corners: int) -> Samples:
    rng = np.random.default_rng(0)
    if not len(form.faces):
        picked = np.sort(rng.permutation(len(form.points))[:count])
        return Samples(form.points[picked], picked, np.zeros((len(picked), 3)), np.full(len(picked), 1 / len(picked)))
    ends = np.cumsum(form.areas)
    slices = (np.arange(count) + rng.random(count)) / count * ends[-1]
    face = np.minimum(np.searchsorted(ends, slices, side="right"), len(ends) - 1)
    u, v = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - u, u * (1 - v), u * v], 1)
    order = rng.permutation(count)  # so that any first few are spread as well
    face, weights = face[order], weights[order]
    points = np.einsum("nk,nki->ni", weights, form.triangles[face])
    thick = np.flatnonzero(form.thick(form.tolerance))
    used, first = np.unique(form.faces[thick], return_index=True)
    picked = np.sort(rng.permutation(len(used))[:corners])
    middles = np.sort(rng.permutation(thick)[:corners]) if len(picked) < corners else thick[:0]
    added = np.zeros(len(picked) + len(middles))
    return Samples(
        np.concatenate([points, form.points[used[picked]], form.triangles[middles].mean(1)]),
        np.concatenate([face, thick[first[picked] // 3], middles]),
        np.concatenate([weights, np.eye(3)[first[picked] % 3], np.full((len(middles), 3), 1 / 3)]),
        np.concatenate([np.full(count, 1 / count), added]),
    )
