"""Which shapes of a collection are worth comparing: near in facts, or in vectors, such as forms.

Facts go into cells of a grid, so that not all pairs are looked at; vectors are searched for a few neighbors.
"""

from collections import defaultdict
from itertools import product

import numpy as np

from pointrecon.retrieval.evidence.likely_copies import FACTS_READ, TOLERANCE, pose_free
from pointrecon.shapes.table.collection import Shapes

UNLIKE = 0.3  # of forms: of 100 meshes with one feature changed 98 stay nearer to what they were
_BLOCK = 4096  # rows whose neighbors are looked for at once
_CELL = 2 * TOLERANCE  # then what is within the tolerance lies in at most two cells along each axis


class FactGrid:
    """Shapes by their facts: who of those that were added could be a copy of another one. Memory: theirs alone."""

    def __init__(self, facts: np.ndarray) -> None:
        """Take the numbers (M, 4) of `pose_free`; those of shapes whose facts are not known are NaN."""
        self._facts = facts
        self._cells: dict[tuple[int, ...], list[int]] = defaultdict(list)

    def add(self, i: int) -> None:
        """Let this shape be found from now on."""
        if not np.isnan(self._facts[i]).any():
            self._cells[tuple(np.floor(self._facts[i] / _CELL).astype(np.int64).tolist())].append(i)

    def near(self, i: int, most: int) -> list[int]:
        """Those within the tolerance, the nearest first; of equally near ones the first added."""
        own = self._facts[i]
        if np.isnan(own).any():
            return []
        sides = [
            sorted({int(np.floor((value - TOLERANCE) / _CELL)), int(np.floor((value + TOLERANCE) / _CELL))})
            for value in own
        ]
        among = [j for cell in product(*sides) for j in self._cells.get(cell, ())]
        if not among:
            return []
        off = np.round(np.abs(self._facts[among] - own).max(1), 6)  # rounding tells no copy from another
        order = np.argsort(off, kind="stable")[: most + 1]
        return [among[k] for k in order.tolist() if off[k] <= TOLERANCE][:most]


def file_hashes(shapes: Shapes) -> list[str]:
    """SHA-256 of the file of every shape; "" where it is not known, or where the geometry lies in other files."""
    told = shapes.read(np.arange(len(shapes)), columns=["hash", "format", "companions"]).short
    elsewhere = (told["format"] == "gltf") & (told["companions"] != "")
    return np.where(elsewhere, "", told["hash"]).tolist()


def facts_of_shapes(shapes: Shapes) -> np.ndarray:
    """(M, 4) of `pose_free` for every shape, NaN where the table does not know them."""
    rows = shapes.read(np.arange(len(shapes)), columns=list(FACTS_READ)).short
    return pose_free(rows)[0]


def near_pairs(values: np.ndarray, most: int, farthest: float) -> set[tuple[int, int]]:
    """Pairs i < j of rows (m, D) of which one is among the ``most`` nearest of the other, and not farther than so."""
    from sklearn.neighbors import NearestNeighbors

    if len(values) < 2:
        return set()
    search = NearestNeighbors(n_neighbors=min(most + 1, len(values)), algorithm="brute").fit(values)
    pairs: set[tuple[int, int]] = set()
    for start in range(0, len(values), _BLOCK):
        distance, index = search.kneighbors(values[start : start + _BLOCK])
        for i, (far, others) in enumerate(zip(distance.tolist(), index.tolist(), strict=True), start):
            pairs |= {(min(i, j), max(i, j)) for d, j in zip(far, others, strict=True) if j != i and d <= farthest}
    return pairs
