"""Rows of a LanceDB table by place: opened once, then read in any order by any thread."""

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import numpy as np

from pointrecon.errors import require
from pointrecon.shapes.table import lance_rows
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.file_facts import SHORT
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.lance_errors import folder_mark, plain_errors
from pointrecon.shapes.table.rows import Rows, Tags
from pointrecon.shapes.table.sentences import SentenceReader, Sentences
from pointrecon.shapes.table.table_meta import TableMeta

_TAGS = 65_536  # rows of ids, labels and captions read at once


class LanceReader:
    """The shapes of a table as they were when it was opened; memory: 8 bytes for each shape and feature read.

    Its attributes and methods are those of `ShapeArrays` of the same names. ``features`` without rows are left out;
    ``pictures`` are those that were added later, and ``labels`` the classes that were given later; or None.
    """

    def __init__(
        self,
        path: Path | str,
        meta: TableMeta,
        shapes: Any,
        features: dict[str, Any],
        makers: dict[str, dict],
        pictures: Any,
        labels: Any = None,
    ) -> None:
        self.name, self.meta, self._shapes, self._makers, self._pictures = str(path), meta, shapes, makers, pictures
        self._plain_errors = partial(plain_errors, path, folder_mark(path))
        self._labels = labels
        self._features: dict[str, Any] = {}
        self._places: dict[str, np.ndarray] = {}
        self._lock = Lock()
        self.feature_shapes: dict[str, tuple[int, int]] = {}
        self.sentences: dict[str, SentenceReader] = {}
        with self._plain_errors():
            self._count = shapes.count_rows()
            self.size = lance_rows.cloud_size(shapes)
            self._columns = set(shapes.schema.names)  # a table made earlier has no facts
            for name, table in features.items():
                if "sentence" in table.schema.names:
                    self.sentences[name] = LanceSentences(path, table)
                    self.feature_shapes[name] = self.sentences[name].shape
                elif table.count_rows():
                    self._features[name] = table
                    self.feature_shapes[name] = _shape(table)

    def __len__(self) -> int:
        return self._count

    def read(self, index: np.ndarray, features: Sequence[str] = (), columns: Sequence[str] = ("id", "points")) -> Rows:
        clouds, names, part, color = np.zeros((len(index), 0, 3), np.float16), np.zeros(len(index), np.str_), None, None
        with self._plain_errors():
            there = [name for name in columns if name in self._columns]
            rows: Any = rows_at(self._shapes, there or ["id"], index) if columns else None
            if "points" in columns:
                flat = rows["points"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
                clouds = flat.reshape(len(index), self.size, 3)
            if "id" in columns:
                names = np.asarray(rows["id"].to_pylist(), dtype=np.str_)
            values = {name: self._read_features(name, index) for name in features}
            if "part" in columns:
                shape = (len(index), self.size)
                part = lance_rows.by_point(rows["part"], shape, np.int16, -1)
                part = np.full(shape, -1, np.int16) if part is None else part
            if "color" in columns:
                color = np.full((len(index), self.size, 3), NO_COLOR, np.uint8)
                if "color" in self._columns:
                    given = lance_rows.by_point(rows["color"], color.shape, np.uint8, NO_COLOR)
                    color = color if given is None else given
            told = {name: lance_rows.short(rows, name) for name in columns if name in SHORT}
        return Rows(names, clouds, values, part, told, color)

    def take(self, index: np.ndarray, features: Sequence[str] = (), *, pictures: bool = False) -> ShapeArrays:
        columns = [c for c in lance_rows.COLUMNS if c in self._columns and (pictures or c != "pictures")]
        with self._plain_errors():
            arrays = lance_rows.to_arrays(rows_at(self._shapes, columns, index), self.meta)
            arrays.label = self._log.over(arrays.id, arrays.label, self.meta.classes)
            arrays.given = self._log.of_shapes(arrays.id)
            if pictures and self._pictures is not None:
                self._add_later_pictures(arrays)
            for name in features:
                if name in self.sentences:
                    told = self.sentences[name]
                    arrays.sentences[name] = Sentences(told.text, told.read(np.arange(len(told.text))))
                elif name in self.feature_shapes:
                    arrays.features[name] = self._read_features(name, index)
        arrays.makers = {name: self._makers[name] for name in features if name in self.feature_shapes}
        return arrays

    def has(self, name: str) -> np.ndarray:
        with self._plain_errors():
            if name in self._features:
                return self._place(name) >= 0
            if name not in ("color", "normals", "part", "pictures"):
                return np.zeros(len(self), bool)
            have, every = self._shapes.search().where(f"{name} IS NOT NULL").select(["id"]).to_arrow()["id"], self._ids
            there = places(every, have) >= 0
            if name == "pictures" and self._pictures is not None:
                there |= places(every, column(self._pictures, "id")) >= 0
            return there

    @cached_property
    def _log(self) -> LabelLog:
        return LabelLog.empty() if self._labels is None else lance_rows.to_log(self._labels.search().to_arrow())

    def label_history(self) -> LabelLog:
        with self._plain_errors():
            return self._log

    @property
    def _ids(self) -> Any:
        return column(self._shapes, "id")

    def feature_info(self, name: str) -> dict:
        return self._makers.get(name, {})

    def tags(self) -> Iterator[Tags]:
        with self._plain_errors():
            for rows in self._shapes.search().select(["id", "label", "split", "captions"]).to_batches(_TAGS):
                ids = np.asarray(rows["id"].to_pylist(), dtype=np.str_)
                yield Tags(
                    ids,
                    self._log.over(ids, rows["label"].to_numpy(zero_copy_only=False), self.meta.classes),
                    np.asarray(rows["split"].to_pylist(), dtype=np.str_),
                    [captions or [] for captions in rows["captions"].to_pylist()],
                )

    def _read_features(self, name: str, index: np.ndarray) -> np.ndarray:
        place = self._place(name)[index]
        there = place >= 0
        values = np.full((len(index), *self.feature_shapes[name]), np.nan, np.float16)
        if there.any():
            values[there] = lance_rows.to_features(rows_at(self._features[name], ["views", "values"], place[there]))
        return values

    def _place(self, name: str) -> np.ndarray:
        """(M,) where each shape's features stand, found when they are first asked for."""
        with self._lock:
            if name not in self._places:
                self._places[name] = places(self._ids, column(self._features[name], "id"))
            return self._places[name]

    def _add_later_pictures(self, arrays: ShapeArrays) -> None:
        """Those that were added later take the place of those the shapes came with; the last ones count."""
        row = {key: i for i, key in enumerate(column(self._pictures, "id").to_pylist())}
        there = [i for i, key in enumerate(arrays.id.tolist()) if key in row]
        wanted = np.array([row[str(arrays.id[i])] for i in there], dtype=np.int64)
        found = rows_at(self._pictures, ["pictures"], wanted)["pictures"].to_pylist()
        mine = arrays.pictures or [[] for _ in range(len(arrays))]
        for i, pictures in zip(there, found, strict=True):
            mine[i] = list(pictures)
        arrays.pictures = mine if there or arrays.pictures else None


RowSource: TypeAlias = ShapeArrays | LanceReader  # shapes that can be read by place


class LanceSentences:
    """The sentences of a text teacher in a LanceDB table, read by number; memory: their words."""

    def __init__(self, path: Path | str, table: Any) -> None:
        self._table, self._plain_errors = table, partial(plain_errors, path, folder_mark(path))
        with self._plain_errors():
            self.shape = _shape(table)

    @cached_property
    def text(self) -> list[str]:
        """The S sentences, read when first asked for."""
        with self._plain_errors():
            return column(self._table, "sentence").to_pylist()

    def read(self, numbers: np.ndarray) -> np.ndarray:
        with self._plain_errors():
            return lance_rows.to_features(rows_at(self._table, ["views", "values"], numbers))


def _shape(table: Any) -> tuple[int, int]:
    """(V, D) of a LanceDB table of features that has rows."""
    views = rows_at(table, ["views"], np.zeros(1, np.int64))["views"][0].as_py()
    return views, table.schema.field("values").type.list_size // views


def column(table: Any, name: str) -> Any:
    """One column as Arrow."""
    return table.search().select([name]).to_arrow()[name]


def places(wanted: Any, have: Any) -> np.ndarray:
    """Where each of the Arrow strings ``wanted`` (m,) stands in ``have``: (m,) int64, -1 for nowhere."""
    compute = require("pyarrow.compute", "table")
    return np.asarray(compute.fill_null(compute.index_in(wanted, value_set=have), -1)).astype(np.int64)


def among(wanted: Any, table: Any) -> np.ndarray:
    """Which of the Arrow strings ``wanted`` (m,) are ids of a table: (m,) bool; reads some at a time."""
    found = np.zeros(len(wanted), bool)
    for rows in table.search().select(["id"]).to_batches(_TAGS):
        place = places(rows["id"], wanted)
        found[place[place >= 0]] = True
    return found


def rows_at(table: Any, columns: list[str], index: np.ndarray) -> Any:
    """Rows at these places, in this order with repetitions (LanceDB itself gives them sorted)."""
    if not len(index):
        return table.schema.empty_table().select(columns)
    order, back = np.unique(index, return_inverse=True)
    if len(order) == table.count_rows():
        found = table.search().select(columns).to_arrow()
    else:
        found = table.take_offsets(order.tolist()).select(columns).to_arrow()
    return found if np.array_equal(back, np.arange(len(back))) else found.take(back)
