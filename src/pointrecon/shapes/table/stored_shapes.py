"""The shape table on disk: what of every table is read."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.column_checks import check_indices, refuse_missing
from pointrecon.shapes.table.fact_rows import frame_of
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.lance_reader import RowSource
from pointrecon.shapes.table.rows import Tags
from pointrecon.shapes.table.sentences import SentenceReader, spoken
from pointrecon.shapes.table.table_meta import TableMeta

if TYPE_CHECKING:
    from pandas import DataFrame


class StoredShapes(ABC):
    """The reading half of a :class:`~pointrecon.shapes.table.table_base.ShapeTable`."""

    path: Path
    meta: TableMeta

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def rows(self) -> RowSource:
        """The shapes to be read by place, for a table of any size, as they are now: what is added is not seen."""

    @abstractmethod
    def sources(self) -> dict[str, str]:
        """File that a shape came from -> the shape's id."""

    @abstractmethod
    def feature_names(self) -> list[str]:
        """Such as "image/multiview", "text/minilm" and "embedding/parts"."""

    @abstractmethod
    def feature_info(self, name: str) -> dict:
        """What was recorded about the teacher behind these features; empty if nothing."""

    @abstractmethod
    def label_history(self) -> LabelLog:
        """Every class that was given to shapes since they came in: who gave it, when, and how sure a model was."""

    def tags(self) -> Iterator[Tags]:
        """Ids, labels, splits and captions of all shapes, in order, some at a time."""
        return self.rows().tags()

    def ids(self) -> np.ndarray:
        """(M,) str, in order."""
        return np.concatenate([np.zeros(0, np.str_), *(tags.id for tags in self.tags())])

    def sentence_features(self, name: str) -> SentenceReader | None:
        """The sentences under this name and their features (T, D); None where there are none."""
        return self.rows().sentences.get(name)

    def feature_ids(self, name: str) -> set[str]:
        """The shapes that have these features (none if nothing was added under this name)."""
        rows = self.rows()
        if sentences := rows.sentences.get(name):
            known, every = set(sentences.text), ((t.id.tolist(), t.captions) for t in rows.tags())
            pairs = (pair for ids, captions in every for pair in zip(ids, captions, strict=True))
            return {key for key, own in pairs if not known.isdisjoint(spoken(own))}
        return set(self.ids()[rows.has(name)].tolist())

    def picture_ids(self) -> set[str]:
        """The shapes that have pictures."""
        return set(self.ids()[self.rows().has("pictures")].tolist())

    def load(
        self, split: str | Sequence[str] | None = None, *, features: Sequence[str] | None = None, pictures: bool = False
    ) -> ShapeArrays:
        """Everything, or the shapes of these splits, in memory; ``features`` None brings all of them."""
        rows, index = self.rows(), np.arange(len(self))
        if split is not None:
            told = np.concatenate([np.zeros(0, np.str_), *(tags.split for tags in rows.tags())])
            index = np.flatnonzero(np.isin(told, [split] if isinstance(split, str) else list(split)))
        refuse_missing(features or (), self.feature_names(), self.path)
        return rows.take(index, list(rows.feature_shapes if features is None else features), pictures=pictures)

    def take(self, indices: Any) -> ShapeArrays:
        """The shapes at these places (0 to M-1), in the given order, with pictures and the features kept by shape."""
        rows = self.rows()
        by_shape = [name for name in rows.feature_shapes if name not in rows.sentences]
        return rows.take(check_indices(indices, len(rows)), by_shape, pictures=True)

    def batches(self, size: int) -> Iterator[ShapeArrays]:
        """The whole table in order, `size` shapes at a time."""
        for start in range(0, len(self), size):
            yield self.take(np.arange(start, min(start + size, len(self))))

    def frame(self) -> "DataFrame":
        """A row a shape: id, source, split, class, and what its file is (`file_facts.FACTS`); <NA> or NaN if not known.

        No points are read. InputError where pandas is not installed.
        """
        return frame_of(Shapes([self.rows()]))
