"""Shapes read by place: the little that batches are made of, from memory or from a table."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.sentences import SentenceReader


class Block(NamedTuple):
    """Some shapes of a collection.

    Shape:
        id: (m,) str. points: (m, N, 3) float16.
        features: name → (m, V, D) float16, NaN where a shape has none.
        part: (m, N) int16 part numbers, -1 for none; None where nobody asked.
    """

    id: np.ndarray
    points: np.ndarray
    features: dict[str, np.ndarray]
    part: np.ndarray | None = None


class Tags(NamedTuple):
    """What is short about some shapes, in order: (m,) id, (m,) label, (m,) split, and their captions."""

    id: np.ndarray
    label: np.ndarray
    split: np.ndarray
    captions: list[list[str]]


class Rows(Protocol):
    """Shapes that can be read by place, in any order, from several threads.

    Attributes:
        size: N, points a shape.
        feature_shapes: name → (V, D) of the features there are, (T, D) of those kept by sentence.
        sentences: name → those of a text teacher; they are not read by place.
    """

    size: int
    feature_shapes: dict[str, tuple[int, int]]
    sentences: dict[str, SentenceReader]

    def __len__(self) -> int: ...

    def read(
        self,
        index: np.ndarray,
        features: Sequence[str] = (),
        *,
        ids: bool = True,
        points: bool = True,
        parts: bool = False,
    ) -> Block:
        """The shapes at these places (m,) int64, in the given order, with these features.

        Without ``ids`` those are "", without ``points`` theirs are (m, 0, 3), without ``parts`` that is None; that
        saves reading them.

        Raises:
            InputError: where the data is damaged.
        """

    def has(self, name: str) -> np.ndarray:
        """(M,) bool, which shapes have these features."""


class ArrayRows:
    """Rows of a collection in memory."""

    def __init__(self, arrays: ShapeArrays) -> None:
        self._arrays = arrays
        self.size = arrays.points.shape[1]
        self.sentences: dict[str, SentenceReader] = dict(arrays.sentences)
        self.feature_shapes = {name: (v.shape[1], v.shape[2]) for name, v in arrays.features.items()}
        self.feature_shapes |= {name: some.shape for name, some in arrays.sentences.items()}

    def __len__(self) -> int:
        return len(self._arrays)

    def read(
        self,
        index: np.ndarray,
        features: Sequence[str] = (),
        *,
        ids: bool = True,
        points: bool = True,
        parts: bool = False,
    ) -> Block:
        arrays = self._arrays
        part = None
        if parts:
            part = np.full((len(index), self.size), -1, np.int16) if arrays.part is None else arrays.part[index]
        return Block(
            arrays.id[index],
            arrays.points[index, : None if points else 0].astype(np.float16, copy=False),
            {name: arrays.features[name][index].astype(np.float16, copy=False) for name in features},
            part,
        )

    def has(self, name: str) -> np.ndarray:
        return ~np.isnan(self._arrays.features[name]).all((1, 2))


def tags_of(arrays: ShapeArrays) -> Tags:
    """The tags of a whole collection in memory."""
    return Tags(arrays.id, arrays.label, arrays.split, arrays.captions)
