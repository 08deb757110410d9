"""Shapes of nearly the form of the one asked with: the same part scanned, with noise or drawn anew, in any pose."""

from collections.abc import Callable

import numpy as np

from pointrecon.retrieval.query_shapes import QueryShapes
from pointrecon.retrieval.vectors import Vectors

# between forms: 99 of 100 shapes with noise of 2.5% of their radius are not further from what they were; of 100 other
# shapes the nearest, mostly of the same class, is so near for 10 to 20 (validation shapes)
NEAR = 0.15
_MOST = 20  # shapes that are looked for

Nearest = Callable[[np.ndarray, int, np.ndarray | None], tuple[np.ndarray, np.ndarray]]


def near_forms(
    vectors: Vectors, nearest: Nearest, asked: QueryShapes, among: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Places (m,) of the shapes whose form is within `NEAR`, the nearest first, and how far it is from it (m,).

    Args:
        vectors: the collection's forms. nearest: finds those most similar among them, as `Index.nearest`.
        asked: one shape; to several none is near. among: (M,) bool, which shapes may be found.
    """
    if asked.count != 1:
        return np.zeros(0, np.int64), np.zeros(0)
    (places,), (cosine,) = nearest(asked.vector(vectors), _MOST, among)
    far = apart(cosine)
    return places[far <= NEAR], far[far <= NEAR]


def apart(cosine: np.ndarray) -> np.ndarray:
    """How far vectors of length 1 are from one another, from their cosines."""
    return np.sqrt(np.maximum(2 - 2 * cosine, 0))
