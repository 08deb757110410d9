"""The shape table in one ``.npz`` file: shapes in memory, the file rewritten whole at every change."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.sentences import Sentences
from pointrecon.shapes.table.table_base import Blocks, ShapeTable
from pointrecon.shapes.table.table_meta import TableMeta


class NpzTable(ShapeTable):
    """A table for small collections and for places where LanceDB is not installed."""

    rewritten = True

    def __init__(self, path: Path, arrays: ShapeArrays, seen: object = None) -> None:
        """Take what the file holds, and its mark from before it was read."""
        self.path = path
        self._told: dict[str, dict] = {}  # makers that are written with the next change
        self._hold(arrays, seen)

    @staticmethod
    def open(path: Path) -> "NpzTable":
        seen = _mark(path)
        return NpzTable(path, ShapeArrays.load(path), seen)

    @staticmethod
    def create(path: Path, meta: TableMeta) -> "NpzTable":
        empty = ShapeArrays.empty(meta)
        empty.check(path)
        empty.save(path)
        return NpzTable(path, empty, _mark(path))

    def __len__(self) -> int:
        return len(self._arrays)

    def rows(self) -> ShapeArrays:
        return self._arrays  # no copy: a change of the table makes new arrays

    def sources(self) -> dict[str, str]:
        return dict(zip(self._arrays.source.tolist(), self._arrays.id.tolist(), strict=True))

    def feature_names(self) -> list[str]:
        return sorted(self._arrays.feature_shapes)

    def feature_info(self, name: str) -> dict:
        return self._arrays.feature_info(name)

    def drop_features(self, name: str) -> None:
        with self.writing():
            columns: dict[str, Any] = {
                key: dict(getattr(self._arrays, key)) for key in ("features", "sentences", "makers")
            }
            if [found for found in columns.values() if found.pop(name, None) is not None]:
                self._keep(replace(self._arrays, **columns))

    def set_meta(self, meta: TableMeta) -> None:
        with self.writing():
            changed = replace(self._arrays, meta=meta)
            changed.check(self.path)
            self._keep(changed)

    def _size(self) -> int | None:
        return self._arrays.size if len(self) else None

    def _among(self, ids: np.ndarray, name: str = "") -> np.ndarray:
        return np.isin(ids, list(self.feature_ids(name)) if name else self._arrays.id)

    def _append(self, arrays: ShapeArrays) -> None:
        own = {name: self.feature_info(name) for name in self.feature_names()}
        makers = {**self._arrays.makers, **arrays.makers, **own}
        arrays = _labeled(arrays, self.label_history())
        every = ShapeArrays.concatenate([self._arrays, arrays]) if len(self) else arrays
        self._keep(replace(every, makers=makers, given=self._arrays.given))

    def _remove(self, ids: np.ndarray) -> None:
        given = self.label_history().without_guesses(ids)
        self._keep(replace(self._arrays.select(~np.isin(self._arrays.id, ids)), given=given))

    def _replace(self, arrays: ShapeArrays, bare: bool) -> None:
        others = self._arrays.select(~np.isin(self._arrays.id, arrays.id))
        given = self.label_history()
        if bare:
            given = given.without_guesses(arrays.id)
        else:
            place = {key: i for i, key in enumerate(self._arrays.id.tolist())}
            same = self._arrays.select([place[key] for key in arrays.id.tolist()])
            arrays = replace(arrays, features=same.features, pictures=same.pictures, makers=same.makers)
        every = ShapeArrays.concatenate([others, _labeled(arrays, given)])
        self._keep(replace(every, makers=self._arrays.makers, given=given))

    def _add_features(self, name: str, ids: np.ndarray, values: np.ndarray) -> None:
        old = self._arrays.features.get(name)
        new = np.full((len(self), *values.shape[1:]), np.nan, np.float16) if old is None else old.copy()
        place = {key: i for i, key in enumerate(self._arrays.id.tolist())}
        new[[place[key] for key in ids.tolist()]] = values
        self._keep(replace(self._arrays, features={**self._arrays.features, name: new}))

    def _replace_features(self, name: str, blocks: Blocks, info: dict) -> None:
        place = {key: i for i, key in enumerate(self._arrays.id.tolist())}
        new: np.ndarray | None = None
        for ids, values in blocks:
            if new is None:
                new = np.full((len(self), *values.shape[1:]), np.nan, np.float16)
            new[[place[key] for key in ids.tolist()]] = values
        if new is not None:
            self._record_maker(name, info)
            self._keep(replace(self._arrays, features={**self._arrays.features, name: new}))

    def _add_sentences(self, name: str, sentences: list[str], values: np.ndarray) -> None:
        new = Sentences(sentences, values)
        if before := self._arrays.sentences.get(name):
            new = Sentences(before.text + sentences, np.concatenate([before.values, values]))
        self._keep(replace(self._arrays, sentences={**self._arrays.sentences, name: new}))

    def label_history(self) -> LabelLog:
        return self._arrays.given or LabelLog.empty()

    def _set_labels(self, entries: LabelLog, meta: TableMeta) -> None:
        label = entries.over(self._arrays.id, self._arrays.label, meta.classes)
        self._keep(replace(self._arrays, meta=meta, label=label, given=self.label_history().and_then(entries)))

    def _add_pictures(self, pictures: dict[str, list[bytes]]) -> None:
        old = self._arrays.pictures or [[] for _ in range(len(self))]
        mine = [list(pictures.get(key, was)) for key, was in zip(self._arrays.id.tolist(), old, strict=True)]
        self._keep(replace(self._arrays, pictures=mine))

    def _record_maker(self, name: str, info: dict) -> None:
        self._told[name] = info

    def _release(self) -> None:
        if self._told:
            self._keep(self._arrays)

    def _refresh(self) -> None:
        if (seen := _mark(self.path)) != self._seen:
            self._hold(ShapeArrays.load(self.path), seen)

    def _keep(self, arrays: ShapeArrays) -> None:
        told, self._told = self._told, {}
        arrays = replace(arrays, makers={**arrays.makers, **told})
        # the file first: what is in memory never runs ahead of it
        arrays.save(self.path)
        self._hold(arrays, _mark(self.path))

    def _hold(self, arrays: ShapeArrays, seen: object) -> None:
        self._arrays, self._seen, self.meta = replace(arrays, file=str(self.path)), seen, arrays.meta


def _labeled(arrays: ShapeArrays, given: LabelLog) -> ShapeArrays:
    return replace(arrays, label=given.over(arrays.id, arrays.label, arrays.meta.classes))


def _mark(path: Path) -> tuple[int, int, int] | None:
    """What tells that another process wrote the file."""
    if not path.exists():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
