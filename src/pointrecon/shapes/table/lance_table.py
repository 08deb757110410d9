"""The shape table as a LanceDB folder: table `shapes`, one table per teacher, and `about` for the rest.

`about` only grows: rows of (key, JSON), of which the latest counts. So each change is one atomic append,
here as on object storage, and a killed process leaves the state before or after it.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.table import lance_rows
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta, refuse_duplicates
from pointrecon.shapes.table.join import adopt_names, merge_meta
from pointrecon.shapes.table.lance_errors import plain_errors
from pointrecon.shapes.table.lance_reader import LanceReader, LanceSentences, among, rows_at, tags
from pointrecon.shapes.table.npz import names_of
from pointrecon.shapes.table.rows import ArrayRows, Rows, Tags
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

_META = "table"
_FEATURES = "features/"
_DROPPED = "null"  # recorded about features that were dropped


class LanceTable(ShapeTable):
    """A table that grows by appends and is read in any order; on disk or object storage."""

    def __init__(self, path: Path | str, db: Any, about: dict[str, str]) -> None:
        self.path = path  # type: ignore[assignment]  # an object-storage address stays a string
        self.meta = TableMeta.from_json(about[_META], path)
        self._db = db
        self._about = about

    @staticmethod
    def open(path: str | Path) -> "LanceTable":
        place = _place(path)
        if isinstance(place, Path):  # connecting would make the folder
            if not place.exists():
                raise InputError(f"there is no shape table at {path}: make one with 'pointrecon shapes import'")
            if not (place / "about.lance").is_dir():
                raise InputError(f"{path} is not a shape table: 'pointrecon shapes import' makes one from files")
        with plain_errors(path):
            db = require("lancedb", "table").connect(str(place))
            found = _open(db, "about")
            about = {} if found is None else _latest(found)
        if _META not in about:
            raise InputError(f"{path} is not a shape table: it has no description")
        return LanceTable(place, db, about)

    @staticmethod
    def create(path: str | Path, meta: TableMeta, overwrite: bool) -> "LanceTable":
        lancedb, place = require("lancedb", "table"), _place(path)
        if isinstance(place, Path) and place.exists():
            check_replaceable(place, overwrite)
            shutil.rmtree(place)
        if isinstance(place, Path):
            place.mkdir(parents=True)  # a plain OSError here where the disk is read-only
        with plain_errors(path):
            db = lancedb.connect(str(place))
            if not isinstance(place, Path) and _open(db, "about") is not None:
                if not overwrite:
                    raise InputError(f"{path} exists already: choose another name, or say overwrite")
                db.drop_all_tables()
            db.create_table("about", data=lance_rows.about({_META: meta.to_json()}))
        return LanceTable(place, db, {_META: meta.to_json()})

    def __len__(self) -> int:
        table = self._shapes()
        return 0 if table is None else table.count_rows()

    def ids(self) -> np.ndarray:
        return self._column(self._shapes(), "id")

    def append(self, arrays: ShapeArrays) -> None:
        arrays.check(self.path)
        if not len(arrays):
            return
        table = self._shapes()
        size = lance_rows.cloud_size(table) if table is not None else None
        if size not in (None, arrays.points.shape[1]):
            raise InputError(
                f"{self.path} holds clouds of {size} points, the new ones have {arrays.points.shape[1]}: "
                "sample them to the same number"
            )
        refuse_duplicates(np.concatenate([self._column(table, "id"), arrays.id]), self.path)
        meta = merge_meta(self.meta, arrays.meta)
        if meta != self.meta:  # before the rows: a name too many does no harm, one too few would
            self.set_meta(meta)
        self._add("shapes", lance_rows.from_arrays(adopt_names(arrays, meta)))
        for name, values in arrays.features.items():
            there = ~np.isnan(values).all((1, 2))
            self.add_features(name, arrays.id[there], values[there])
        for name, some in arrays.sentences.items():
            before = self.sentence_features(name)
            known = set(before.text if before else ())
            new = [i for i, text in enumerate(some.text) if text not in known]
            self.add_sentences(name, [some.text[i] for i in new], some.values[new])

    def feature_names(self) -> list[str]:
        kept = [key for key, value in self._about.items() if key.startswith(_FEATURES) and value != _DROPPED]
        return sorted(key.removeprefix(_FEATURES) for key in kept)

    def drop_features(self, name: str) -> None:
        if name not in self.feature_names():
            return
        # the rows first: a name without rows is what a teacher begins with, rows without a name would be in the way
        with plain_errors(self.path):
            if _open(self._db, _table_of(name)) is not None:
                self._db.drop_table(_table_of(name))
        self._record(_FEATURES + name, _DROPPED)

    def add_features(self, name: str, ids: Any, values: Any) -> None:
        rows, values = check_features(name, ids, values, by_sentence=self.sentence_features(name) is not None)
        if not len(rows):
            return
        refuse_duplicates(rows, f"{self.path}, features '{name}'")
        batch = lance_rows.from_features(rows, values)
        table = self._open(_table_of(name))
        if len(unknown := rows[~self._among(batch["id"], self._shapes())]):
            raise InputError(f"{self.path}: features '{name}' for '{min(unknown)}', but there is no such shape")
        if len(again := rows[self._among(batch["id"], table)]):
            raise InputError(f"{self.path}: '{min(again)}' has features '{name}' already")
        if table is not None and table.schema.field("values").type != batch.schema.field("values").type:
            raise InputError(f"{self.path}: features '{name}' are of another size than {values.shape[1:]}")
        if name not in self.feature_names():
            self.set_feature_info(name, {})
        self._add(_table_of(name), batch)

    def add_sentences(self, name: str, sentences: Sequence[str], values: Any) -> None:
        before, there = self.sentence_features(name), self._open(_table_of(name)) is not None
        new = check_sentences(self._what(name), sentences, values, before, by_shape=there and before is None)
        if new.text:
            if name not in self.feature_names():
                self.set_feature_info(name, {})
            self._add(_table_of(name), lance_rows.from_features(new.text, new.values, "sentence"))

    def sentence_features(self, name: str) -> LanceSentences | None:
        table = self._open(_table_of(name))
        return LanceSentences(self.path, table) if table is not None and "sentence" in table.schema.names else None

    def feature_ids(self, name: str) -> set[str]:
        if sentences := self.sentence_features(name):
            return self.ids_with(sentences)
        return set(self._column(self._open(_table_of(name)), "id").tolist())

    def feature_info(self, name: str) -> dict:
        return json.loads(self._about.get(_FEATURES + name, "{}")) or {}

    def set_feature_info(self, name: str, info: dict) -> None:
        self._record(_FEATURES + name, json.dumps(info))

    def add_pictures(self, ids: Any, pictures: Sequence[Sequence[bytes]]) -> None:
        if rows := check_pictures(self, ids, pictures):
            self._add("pictures", lance_rows.from_pictures(rows, pictures))

    def picture_ids(self) -> set[str]:
        table = self._shapes()
        if table is None:
            return set()
        with plain_errors(self.path):
            own = table.search().where("pictures IS NOT NULL").select(["id"]).to_arrow()["id"].to_pylist()
        return {*own, *self._column(self._open("pictures"), "id").tolist()}

    def load(
        self,
        split: str | Sequence[str] | None = None,
        *,
        features: Sequence[str] | None = None,
        pictures: bool = False,
    ) -> ShapeArrays:
        table, names = self._shapes(), names_of(split)
        if table is None:
            return self._bring(None, np.zeros(0, np.int64), features, pictures)
        wanted = None
        if names is not None:
            wanted = np.flatnonzero(np.isin(self._column(table, "split"), names))
            if len(wanted) == table.count_rows():
                wanted = None
        return self._bring(table, wanted, features, pictures)

    def take(self, indices: Any) -> ShapeArrays:
        by_shape = [name for name in self.feature_names() if self.sentence_features(name) is None]
        return self._bring(self._shapes(), check_indices(indices, len(self)), by_shape, True)

    def rows(self) -> Rows:
        table = self._shapes()
        if table is None:
            return ArrayRows(self.load(features=()))
        opened = {name: self._open(_table_of(name)) for name in self.feature_names()}
        return LanceReader(self.path, table, {name: found for name, found in opened.items() if found is not None})

    def tags(self) -> Iterator[Tags]:
        table = self._shapes()
        if table is not None:
            yield from tags(self.path, table)

    def outline(self) -> Outline:
        table = self._shapes()
        if table is None:
            none = np.zeros(0, np.str_)
            return Outline(0, none, np.zeros(0, np.int64), none, [], 0, 0, 0, 0)
        with plain_errors(self.path):
            rows = table.search().select(["id", "label", "split", "captions"]).to_arrow()
            counts = [table.count_rows(f"{c} IS NOT NULL") for c in ("color", "normals", "part")]
            return Outline(
                lance_rows.cloud_size(table),
                np.asarray(rows["id"].to_pylist(), dtype=np.str_),
                rows["label"].to_numpy(),
                np.asarray(rows["split"].to_pylist(), dtype=np.str_),
                rows["captions"].to_pylist(),
                counts[0],
                counts[1],
                counts[2],
                len(self.picture_ids()),
            )

    def set_meta(self, meta: TableMeta) -> None:
        self._record(_META, meta.to_json())
        self.meta = meta

    def _bring(
        self, table: Any, index: np.ndarray | None, features: Sequence[str] | None, pictures: bool
    ) -> ShapeArrays:
        chosen = self.feature_names() if features is None else list(features)
        if missing := [name for name in chosen if name not in self.feature_names()]:
            raise InputError(no_features(self, missing[0]))
        if table is None:
            empty = ShapeArrays.from_points(np.zeros((0, 1, 3)), where=str(self.path))
            empty.meta = self.meta
            return empty
        columns = [c for c in lance_rows.COLUMNS if pictures or c != "pictures"]
        with plain_errors(self.path):
            rows = rows_at(table, columns, index)
            arrays = lance_rows.to_arrays(rows, self.meta, self.path)
        if pictures:
            self._add_later_pictures(arrays)
        for name in chosen:
            if told := self.sentence_features(name):
                arrays.sentences[name] = Sentences(told.text, told.read(np.arange(len(told.text))))
                continue
            values = self._features_of(name, arrays.id, whole=index is None)
            if values is not None:
                arrays.features[name] = values
        return arrays

    def _features_of(self, name: str, ids: np.ndarray, whole: bool) -> np.ndarray | None:
        table = self._open(_table_of(name))
        if table is None:
            return None
        have = self._column(table, "id").tolist()
        row = {key: i for i, key in enumerate(have)}
        place = np.array([row.get(key, -1) for key in ids.tolist()], dtype=np.int64)
        there = place >= 0
        with plain_errors(self.path):
            found = rows_at(table, ["views", "values"], None if whole else place[there])
            values = lance_rows.to_features(found)
        result = np.full((len(ids), *values.shape[1:]), np.nan, np.float16)
        result[there] = values[place[there]] if whole else values
        return result

    def _add_later_pictures(self, arrays: ShapeArrays) -> None:
        """Those from `add_pictures` take the place of those the shapes came with; the last ones count."""
        table = self._open("pictures")
        if table is None or not len(arrays):
            return
        row = {key: i for i, key in enumerate(self._column(table, "id").tolist())}
        there = [i for i, key in enumerate(arrays.id.tolist()) if key in row]
        wanted = np.array([row[str(arrays.id[i])] for i in there], dtype=np.int64)
        with plain_errors(self.path):
            found = rows_at(table, ["pictures"], wanted)["pictures"].to_pylist()
        mine = arrays.pictures or [[] for _ in range(len(arrays))]
        for i, pictures in zip(there, found, strict=True):
            mine[i] = list(pictures)
        arrays.pictures = mine if there or arrays.pictures else None

    def _among(self, ids: Any, table: Any) -> np.ndarray:
        """Which of these ids (Arrow) a table has: (m,) bool."""
        if table is None:
            return np.zeros(len(ids), bool)
        with plain_errors(self.path):
            return among(ids, table)

    def _shapes(self) -> Any:
        return self._open("shapes")

    def _open(self, name: str) -> Any:
        with plain_errors(self.path):
            return _open(self._db, name)

    def _add(self, name: str, batch: Any) -> None:
        with plain_errors(self.path):
            table = _open(self._db, name)
            if table is None:
                self._db.create_table(name, data=batch)
            else:
                table.add(batch)

    def _record(self, key: str, value: str) -> None:
        self._add("about", lance_rows.about({key: value}))
        self._about[key] = value

    def _column(self, table: Any, name: str) -> np.ndarray:
        if table is None:
            return np.zeros(0, np.str_)
        with plain_errors(self.path):
            return np.asarray(table.search().select([name]).to_arrow()[name].to_pylist(), dtype=np.str_)


def _place(path: str | Path) -> Path | str:
    return str(path) if "://" in str(path) else Path(path)


def _table_of(name: str) -> str:
    return name.replace("/", ".", 1)


def _open(db: Any, name: str) -> Any:
    """The table, or None where there is none of this name."""
    try:
        return db.open_table(name)
    except (ValueError, FileNotFoundError) as error:
        if "not found" in str(error):
            return None
        raise


def _latest(about: Any) -> dict[str, str]:
    rows = about.search().select(["key", "value"]).to_arrow()
    return dict(zip(rows["key"].to_pylist(), rows["value"].to_pylist(), strict=True))
