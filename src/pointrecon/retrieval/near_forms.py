"""Shapes of nearly the form of the one asked with: the same part scanned, with noise or drawn anew, in any pose."""

from collections.abc import Callable

import numpy as np

from pointrecon.retrieval.query_shapes import QueryShapes
from pointrecon.retrieval.vectors import Vectors

# Chosen on validation shapes: 99 of 100 that were drawn anew, with noise of 2.5% of their radius, come first by this,
# and the first hit is of the same class as often as before, to 0.2 points.
SURE = 0.12  # between forms: what is no further is put first
NEAR, _STANDS_OUT = 0.2, 0.7  # and what is no further than this, where the next one is so much further away
_MOST = 20  # shapes that are looked for

Nearest = Callable[[np.ndarray, int, np.ndarray | None], tuple[np.ndarray, np.ndarray]]


def near_forms(
    vectors: Vectors, nearest: Nearest, asked: QueryShapes, among: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Places (m,) of the shapes of nearly the form, the nearest first, and how far theirs is from it (m,).

    Args:
        vectors: the collection's forms. nearest: finds those most similar among them, as `Index.nearest`.
        asked: one shape; to several none is near. among: (M,) bool, which shapes may be found.
    """
    if asked.count != 1:
        return np.zeros(0, np.int64), np.zeros(0)
    (places,), (cosine,) = nearest(asked.vector(vectors), _MOST + 1, among)
    far = apart(cosine)
    count = how_many_near(far)
    return places[:count], far[:count]


def how_many_near(far: np.ndarray) -> int:
    """How many of these are nearly of the form, by how far they are from it (k,), the nearest first.

    Those of several scans of one part are about as far, so it is behind the last of them that a gap is looked for.
    """
    before_gaps = np.flatnonzero((far[:-1] <= NEAR) & (far[:-1] <= _STANDS_OUT * far[1:]))
    return max(int((far <= SURE).sum()), *(before_gaps[-1:] + 1).tolist(), 0)


def apart(cosine: np.ndarray) -> np.ndarray:
    """How far vectors of length 1 are from one another, from their cosines."""
    return np.sqrt(np.maximum(2 - 2 * cosine, 0))
