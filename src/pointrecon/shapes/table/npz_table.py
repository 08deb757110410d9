"""The shape table in one ``.npz`` file: held in memory, the file rewritten whole at every change."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table import npz
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta, refuse_duplicates
from pointrecon.shapes.table.join import adopt_names, concatenate, join_sentences, merge_meta
from pointrecon.shapes.table.rows import ArrayRows, Rows, Tags, tags_of
from pointrecon.shapes.table.sentences import Sentences, check_sentences
from pointrecon.shapes.table.shape_table import (
    Outline,
    ShapeTable,
    check_features,
    check_indices,
    check_pictures,
    check_replaceable,
    no_features,
)


class NpzTable(ShapeTable):
    """A table for small collections and for places where LanceDB is not installed."""

    def __init__(self, path: Path, arrays: ShapeArrays, info: dict[str, dict]) -> None:
        self.path = path
        self.meta = arrays.meta
        self._arrays = arrays
        self._info = info

    @staticmethod
    def open(path: Path) -> "NpzTable":
        return NpzTable(path, *npz.load_with_info(path))

    @staticmethod
    def create(path: Path, meta: TableMeta, overwrite: bool) -> "NpzTable":
        if path.exists():
            check_replaceable(path, overwrite)
        empty = ShapeArrays.from_points(np.zeros((0, 1, 3)), where=str(path))
        empty.meta = meta
        empty.check(path)
        table = NpzTable(path, empty, {})
        table._keep(empty, {})
        return table

    def __len__(self) -> int:
        return len(self._arrays)

    def ids(self) -> np.ndarray:
        return self._arrays.id.copy()

    def append(self, arrays: ShapeArrays) -> None:
        arrays.check(self.path)
        if not len(arrays):
            return
        if not len(self):
            meta = merge_meta(self.meta, arrays.meta)
            self._keep(adopt_names(arrays, meta), self._info)
            return
        if arrays.points.shape[1] != self._arrays.points.shape[1]:
            raise InputError(
                f"{self.path} holds clouds of {self._arrays.points.shape[1]} points, the new ones have "
                f"{arrays.points.shape[1]}: sample them to the same number"
            )
        refuse_duplicates(np.concatenate([self._arrays.id, arrays.id]), self.path)
        self._keep(concatenate([self._arrays, arrays]), self._info)

    def feature_names(self) -> list[str]:
        return sorted({*self._arrays.features, *self._arrays.sentences})

    def add_features(self, name: str, ids: Any, values: Any) -> None:
        rows, values = check_features(name, ids, values, by_sentence=name in self._arrays.sentences)
        if not len(rows):
            return
        refuse_duplicates(rows, f"{self.path}, features '{name}'")
        place = {key: i for i, key in enumerate(self._arrays.id.tolist())}
        if unknown := [key for key in rows.tolist() if key not in place]:
            raise InputError(f"{self.path}: features '{name}' for '{unknown[0]}', but there is no such shape")
        if again := self.feature_ids(name) & set(rows.tolist()):
            raise InputError(f"{self.path}: '{min(again)}' has features '{name}' already")
        new = np.full((len(self), *values.shape[1:]), np.nan, np.float16)
        old = self._arrays.features.get(name)
        if old is not None:
            if old.shape[1:] != values.shape[1:]:
                raise InputError(
                    f"{self.path}: features '{name}' have (views, width) {old.shape[1:]}, "
                    f"the new ones {values.shape[1:]}: use another name"
                )
            new = old.copy()
        new[[place[key] for key in rows.tolist()]] = values
        self._keep(replace(self._arrays, features={**self._arrays.features, name: new}), self._info)

    def add_sentences(self, name: str, sentences: Sequence[str], values: Any) -> None:
        what, before = self._what(name), self.sentence_features(name)
        new = check_sentences(what, sentences, values, before, by_shape=name in self._arrays.features)
        if new.text:
            both = join_sentences([self._arrays.sentences, {name: new}])
            self._keep(replace(self._arrays, sentences=both), self._info)

    def sentence_features(self, name: str) -> Sentences | None:
        return self._arrays.sentences.get(name)

    def feature_ids(self, name: str) -> set[str]:
        if name in self._arrays.sentences:
            return self.ids_with(self._arrays.sentences[name])
        values = self._arrays.features.get(name)
        if values is None:
            return set()
        return set(self._arrays.id[~np.isnan(values).all((1, 2))].tolist())

    def feature_info(self, name: str) -> dict:
        return dict(self._info.get(name, {}))

    def set_feature_info(self, name: str, info: dict) -> None:
        self._keep(self._arrays, {**self._info, name: info})

    def drop_features(self, name: str) -> None:
        features, sentences, info = dict(self._arrays.features), dict(self._arrays.sentences), dict(self._info)
        if [found for found in (features, sentences, info) if found.pop(name, None) is not None]:
            self._keep(replace(self._arrays, features=features, sentences=sentences), info)

    def add_pictures(self, ids: Any, pictures: Sequence[Sequence[bytes]]) -> None:
        rows = check_pictures(self, ids, pictures)
        if not rows:
            return
        new = dict(zip(rows, pictures, strict=True))
        old = self._arrays.pictures or [[] for _ in range(len(self))]
        mine = [list(new.get(key, was)) for key, was in zip(self._arrays.id.tolist(), old, strict=True)]
        self._keep(replace(self._arrays, pictures=mine), self._info)

    def picture_ids(self) -> set[str]:
        pictures = self._arrays.pictures or []
        return {key for key, has in zip(self._arrays.id.tolist(), pictures, strict=False) if has}

    def load(
        self,
        split: str | Sequence[str] | None = None,
        *,
        features: Sequence[str] | None = None,
        pictures: bool = False,
    ) -> ShapeArrays:
        arrays = self._arrays
        if features is not None:
            if missing := [name for name in features if name not in self.feature_names()]:
                raise InputError(no_features(self, missing[0]))
            by_shape = {name: values for name, values in arrays.features.items() if name in features}
            told = {name: some for name, some in arrays.sentences.items() if name in features}
            arrays = replace(arrays, features=by_shape, sentences=told)
        if not pictures:
            arrays = replace(arrays, pictures=None)
        names = npz.names_of(split)
        # a copy, so that nobody changes the table by changing what was loaded
        return arrays.select(np.arange(len(arrays))) if names is None else arrays.in_split(*names)

    def take(self, indices: Any) -> ShapeArrays:
        return self._arrays.select(check_indices(indices, len(self)))

    def rows(self) -> Rows:
        return ArrayRows(self._arrays)  # no copy: a change of the table makes new arrays

    def tags(self) -> Iterator[Tags]:
        yield tags_of(self._arrays)

    def outline(self) -> Outline:
        a, count = self._arrays, len(self)
        return Outline(
            points=a.points.shape[1] if count else 0,
            id=a.id.copy(),
            label=a.label.copy(),
            split=a.split.copy(),
            captions=[list(c) for c in a.captions],
            color=0 if a.color is None else count,
            normals=0 if a.normals is None else count,
            part=0 if a.part is None else count,
            pictures=sum(bool(p) for p in a.pictures or []),
        )

    def set_meta(self, meta: TableMeta) -> None:
        changed = replace(self._arrays, meta=meta)
        changed.check(self.path)
        self._keep(changed, self._info)

    def _keep(self, arrays: ShapeArrays, info: dict[str, dict]) -> None:
        # the file first: what is in memory never runs ahead of it
        npz.save(arrays, self.path, info)
        self._arrays, self._info, self.meta = arrays, info, arrays.meta
