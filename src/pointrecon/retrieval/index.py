"""The index of a collection: its vectors, opened once, and the shapes nearest to others."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.vectors import MODEL, Vectors, collection_vectors
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

    from pointrecon.shapes.table.shape_table import ShapeTable

_CELLS = 1 << 24  # similarities computed at once
_DIGITS = 6  # of a similarity: what differs less is a tie, which ids decide


@dataclass(frozen=True)
class Index:
    """A collection that can be searched. Get one from `Index.open`.

    Attributes:
        vectors: one a shape, ready to be compared.
        table: where the shapes are, None for those in memory.
    """

    vectors: Vectors
    table: "ShapeTable | None" = None

    @staticmethod
    def open(
        data: Any,
        *,
        table: str | Path | None = None,
        model: "str | Path | torch.nn.Module" = MODEL,
        vector: str = "auto",
        progress: bool = True,
    ) -> "Index":
        """Open a collection to search it; shapes that were not embedded before are embedded now.

        Args:
            data: a table (a path or an open one), or other shapes as `as_shapes` takes them.
            table: where the table of a folder's shapes is, or is made.
            model, vector, progress: as for `collection_vectors`.

        Raises:
            InputError: as `collection_vectors`, and for shapes that cannot be had.
        """
        from pointrecon.retrieval.embedding import table_of

        if table is not None:
            raise InputError("a table beside the shapes is for folders, which are not imported here yet: leave it out")
        found = table_of(data)
        return Index(
            collection_vectors(data if found is None else found, model=model, vector=vector, progress=progress), found
        )

    @property
    def shapes(self) -> Shapes:
        """The M shapes, in the order of the vectors."""
        return self.vectors.shapes

    @cached_property
    def ids(self) -> np.ndarray:
        """(M,) str."""
        return np.asarray(list(self.shapes.ids()), np.str_)

    def __len__(self) -> int:
        return len(self.vectors.values)

    def nearest(self, queries: Any, top: int = 10, among: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """The most similar shapes of each query, best first; of equal ones those with the first ids.

        Args:
            queries: (Q, D) as ``vectors.values`` are, such as rows of them; any length.
            top: how many, or as many as there are.
            among: places (m,), or a mask (M,), of the shapes to look among; all when left out.

        Returns:
            places (Q, k) int64 in ``shapes``, and cosines (Q, k) float32 around the collection's mean.

        Raises:
            InputError: queries of another width, or fewer than one to find.
        """
        asked = np.atleast_2d(np.asarray(queries, np.float32))
        values = self.vectors.values
        if asked.ndim != 2 or asked.shape[1] != values.shape[1]:
            raise InputError(f"queries have shape {asked.shape}, expected (queries, {values.shape[1]})")
        if top < 1:
            raise InputError(f"top must be at least 1, not {top}")
        length = np.linalg.norm(asked, axis=1, keepdims=True)
        asked = asked / np.maximum(length, np.finfo(np.float32).tiny)
        places = np.arange(len(values))
        if among is not None:
            chosen = np.asarray(among)
            places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64).reshape(-1)
            values = values[places]
        count = min(top, len(places))
        found, similarity = np.zeros((len(asked), count), np.int64), np.zeros((len(asked), count), np.float32)
        step = max(_CELLS // max(len(places), 1), 1)
        for start in range(0, len(asked), step):
            scores = np.round(asked[start : start + step] @ values.T, _DIGITS)
            for row, own in enumerate(scores, start):
                order = best(own, self._rank[places], count)
                found[row], similarity[row] = places[order], own[order]
        return found, similarity

    @cached_property
    def _rank(self) -> np.ndarray:
        """(M,) the place of each id among all, sorted."""
        rank = np.empty(len(self.ids), np.int64)
        rank[np.argsort(self.ids, kind="stable")] = np.arange(len(rank))
        return rank


def best(scores: np.ndarray, rank: np.ndarray, count: int) -> np.ndarray:
    """(count,) where the highest of (M,) scores are, best first; of equal ones those of the lowest ``rank`` (M,)."""
    if not count:
        return np.zeros(0, np.int64)
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        among = np.flatnonzero(scores >= least)
    else:
        among = np.arange(len(scores))
    return among[np.lexsort((rank[among], -scores[among]))[:count]]
