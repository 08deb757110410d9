"""The shape table as a LanceDB folder: table `shapes`, one per teacher, `labels` given later, `about` for the rest.

`about` only grows: rows of (key, JSON), of which the latest counts. So each change is one atomic append,
here as on object storage, and a killed process leaves the state before or after it.
"""

import json
from dataclasses import replace
from itertools import chain
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import whole_folder
from pointrecon.shapes.table import lance_rows
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.lance_errors import folder_mark, plain_errors, refuse_replaced
from pointrecon.shapes.table.lance_import import lancedb
from pointrecon.shapes.table.lance_reader import LanceReader, RowSource, among, column
from pointrecon.shapes.table.table_base import Blocks, ShapeTable
from pointrecon.shapes.table.table_meta import TableMeta

_META = "table"
_FEATURES = "features/"
_ROWS = "rows/"  # where features were replaced: the name of the table that they are in now
_DELETED = 10_000  # rows deleted at once
_LABELS = "labels"  # given to shapes that were there, each with who gave it: the last word counts, not the column's
_PIECES = 32  # so many ...
_SMALL = 128  # ... of fewer rows, half of them, are joined
_DROPPED = "null"  # recorded about features that were dropped


class LanceTable(ShapeTable):
    """A table that grows by appends and is read in any order; on disk or object storage."""

    def __init__(self, path: Path | str) -> None:
        """Open what is there; InputError where it is damaged, or no table."""
        self.path = path  # type: ignore[assignment]  # an object-storage address stays a string
        self._about: dict[str, str] = {}
        self._about_version = 0
        self._writer: int | None = None  # the thread that changes the table, and what it opened for that
        self._held: dict[str, Any] = {}
        self._ids: set[str] = set()  # kept from one append to the next
        self._ids_version = 0
        self._mark = folder_mark(path)
        with plain_errors(path):
            self._db = lancedb().connect(str(path))
            self._refresh()
            self._release()
        if _META not in self._about:
            raise InputError(f"{path} is not a shape table: it has no description")

    @staticmethod
    def open(path: str | Path) -> "LanceTable":
        place = _place(path)
        if isinstance(place, Path):  # connecting would make the folder
            if not place.exists():
                raise InputError(f"there is no shape table at {path}: make one with 'pointrecon shapes import'")
            if not (place / "about.lance").is_dir():
                raise InputError(f"{path} is not a shape table: 'pointrecon shapes import' makes one from files")
        return LanceTable(place)

    @staticmethod
    def create(path: str | Path, meta: TableMeta, overwrite: bool) -> "LanceTable":
        """Make a table without shapes; one that is there gives way last."""
        package, place = lancedb(), _place(path)
        about = lance_rows.about({_META: meta.to_json()})
        if isinstance(place, Path):
            with whole_folder(place) as part, plain_errors(path):
                package.connect(str(part)).create_table("about", data=about)
            return LanceTable(place)
        with plain_errors(path):
            db = package.connect(place)
            if _open(db, "about") is not None:
                if not overwrite:
                    raise InputError(f"{path} exists already: choose another name, or say overwrite")
                db.drop_all_tables()
            db.create_table("about", data=about)
        return LanceTable(place)

    def __len__(self) -> int:
        table = self._open("shapes")
        return 0 if table is None else table.count_rows()

    def rows(self) -> RowSource:
        table = self._open("shapes")
        if table is None:
            return replace(ShapeArrays.empty(self.meta), file=str(self.path))
        opened = {
            name: found for name in self.feature_names() if (found := self._open(self._table_of(name))) is not None
        }
        makers = {name: self.feature_info(name) for name in opened}
        if (labels := self._open(_LABELS)) is not None:
            self._read_about()  # behind the labels: it has the classes of them all
        return LanceReader(self.path, self.meta, table, opened, makers, self._open("pictures"), labels)

    def label_history(self) -> LabelLog:
        if (labels := self._open(_LABELS)) is None:
            return LabelLog.empty()
        with plain_errors(self.path, self._mark):
            return lance_rows.to_log(labels.search().to_arrow())

    def sources(self) -> dict[str, str]:
        table = self._open("shapes")
        if table is None:
            return {}
        with plain_errors(self.path, self._mark):
            rows = table.search().select(["source", "id"]).to_arrow()
        return dict(zip(rows["source"].to_pylist(), rows["id"].to_pylist(), strict=True))

    def feature_names(self) -> list[str]:
        kept = [key for key, value in self._about.items() if key.startswith(_FEATURES) and value != _DROPPED]
        return sorted(key.removeprefix(_FEATURES) for key in kept)

    def feature_info(self, name: str) -> dict:
        return json.loads(self._about.get(_FEATURES + name, "{}")) or {}

    def drop_features(self, name: str) -> None:
        with self.writing():
            if name not in self.feature_names():
                return
            # the rows first: a name without rows is what a teacher begins with, rows without a name would be in the way
            with plain_errors(self.path, self._mark):
                if _open(self._db, self._table_of(name)) is not None:
                    self._db.drop_table(self._table_of(name))
            self._held.pop(self._table_of(name), None)
            self._record(_FEATURES + name, _DROPPED)

    def tidy(self) -> None:
        with self.writing():
            for name in ("shapes", *map(self._table_of, self.feature_names())):
                if (table := self._open(name)) is None:
                    continue
                with plain_errors(self.path, self._mark):
                    pieces = table.stats()["fragment_stats"]
                    if pieces["num_fragments"] > _PIECES and pieces["lengths"]["p50"] < _SMALL:
                        table.optimize()  # who reads an earlier version still finds it for a week

    def set_meta(self, meta: TableMeta) -> None:
        with self.writing():
            self._record(_META, meta.to_json())
            self.meta = meta

    def _size(self) -> int | None:
        table = self._open("shapes")
        return None if table is None else lance_rows.cloud_size(table)

    def _release(self) -> None:
        self._writer = None

    def _refresh(self) -> None:
        refuse_replaced(self.path, self._mark)
        self._writer, self._held = get_ident(), {}
        self._read_about()

    def _read_about(self) -> None:
        about = self._open("about")
        if about is not None and about.version != self._about_version:
            with plain_errors(self.path, self._mark):
                rows = about.search().select(["key", "value"]).to_arrow()
                self._about = dict(zip(rows["key"].to_pylist(), rows["value"].to_pylist(), strict=True))
            self._about_version = about.version
            if _META in self._about:
                self.meta = TableMeta.from_json(self._about[_META], self.path)

    def _among(self, ids: np.ndarray, name: str = "") -> np.ndarray:
        table = self._open(self._table_of(name) if name else "shapes")
        if table is None:
            return np.zeros(len(ids), bool)
        with plain_errors(self.path, self._mark):
            if name:
                return among(require("pyarrow", "table").array(ids.tolist()), table)
            if table.version != self._ids_version:
                self._ids, self._ids_version = set(column(table, "id").to_pylist()), table.version
        return np.array([key in self._ids for key in ids.tolist()], bool)

    def _append(self, arrays: ShapeArrays) -> None:
        self._make_room_for(arrays)
        self._ids_version = self._add("shapes", lance_rows.from_arrays(arrays))
        self._ids.update(arrays.id.tolist())
        for name, values in arrays.features.items():
            there = arrays.has(name)
            self.add_features(name, arrays.id[there], values[there], arrays.feature_info(name))
        for name, some in arrays.sentences.items():
            before = self.sentence_features(name)
            known = set(before.text if before else ())
            new = [i for i, text in enumerate(some.text) if text not in known]
            self.add_sentences(name, [some.text[i] for i in new], some.values[new], arrays.feature_info(name))

    def _make_room_for(self, arrays: ShapeArrays) -> None:
        if arrays.meta != self.meta:  # before the rows: a name too many does no harm, one too few would
            self._record(_META, arrays.meta.to_json())
            self.meta = arrays.meta
        if (table := self._open("shapes")) is not None:  # one that was made before there were these columns gets them
            with plain_errors(self.path, self._mark):
                lacking = [f for name, f in lance_rows.fact_fields().items() if name not in table.schema.names]
                if lacking:
                    table.add_columns(lacking)

    def _replace(self, arrays: ShapeArrays, bare: bool) -> None:
        self._make_room_for(arrays)
        if bare:
            self._bare(arrays.id)
        table = self._open("shapes")
        with plain_errors(self.path, self._mark):
            table.merge_insert("id").when_matched_update_all().execute(lance_rows.from_arrays(arrays))

    def _remove(self, ids: np.ndarray) -> None:
        self._bare(ids)
        self._delete("shapes", ids)

    def _bare(self, ids: np.ndarray) -> None:
        """Take all away that was added to these shapes, but for the classes that people gave them."""
        self._delete(_LABELS, ids, " AND confidence IS NOT NULL")
        for name in (*map(self._table_of, self.feature_names()), "pictures"):
            if self._delete(name, ids) and not self._open(name).count_rows():  # what comes next may be wider
                with plain_errors(self.path, self._mark):
                    self._db.drop_table(name)
                del self._held[name]

    def _delete(self, name: str, ids: np.ndarray, only: str = "") -> bool:
        """Delete the rows of these ids; whether there were any. ``only`` is SQL that says which."""
        table = self._open(name)
        if table is None or "id" not in table.schema.names:
            return False
        with plain_errors(self.path, self._mark):
            there = ids[among(require("pyarrow", "table").array(ids.tolist()), table)].tolist()
            for start in range(0, len(there), _DELETED):
                words = ", ".join("'" + id.replace("'", "''") + "'" for id in there[start : start + _DELETED])
                table.delete(f"id IN ({words}){only}")
        return bool(there)

    def _add_features(self, name: str, ids: np.ndarray, values: np.ndarray) -> None:
        self._add(self._table_of(name), lance_rows.from_features(ids, values))

    def _replace_features(self, name: str, blocks: Blocks, info: dict) -> None:
        rows = (lance_rows.from_features(*block) for block in blocks)
        if (first := next(rows, None)) is None:
            return
        batches = (batch for some in chain([first], rows) for batch in some.to_batches())
        before, usual = self._table_of(name), name.replace("/", ".", 1)
        now = usual if before != usual else f"NEW.{usual}"  # kinds are small letters: no other feature's
        with plain_errors(self.path, self._mark):
            self._db.create_table(now, data=batches, schema=first.schema, mode="overwrite")
            # one append: at no moment are there none, or those of one maker under another's name
            told = {_FEATURES + name: json.dumps(info), _ROWS + name: now}
            self._about_version = self._add("about", lance_rows.about(told))
            self._about.update(told)
            if _open(self._db, before) is not None:
                self._db.drop_table(before)
        self._held.pop(before, None)

    def _add_sentences(self, name: str, sentences: list[str], values: np.ndarray) -> None:
        self._add(self._table_of(name), lance_rows.from_features(sentences, values, "sentence"))

    def _add_pictures(self, pictures: dict[str, list[bytes]]) -> None:
        self._add("pictures", lance_rows.from_pictures(pictures))

    def _set_labels(self, entries: LabelLog, meta: TableMeta) -> None:
        if meta != self.meta:  # before the labels: a class too many does no harm, one too few would
            self._record(_META, meta.to_json())
            self.meta = meta
        self._add(_LABELS, lance_rows.from_log(entries))

    def _table_of(self, name: str) -> str:
        return self._about.get(_ROWS + name) or name.replace("/", ".", 1)

    def _record_maker(self, name: str, info: dict) -> None:
        self._record(_FEATURES + name, json.dumps(info))

    def _record(self, key: str, value: str) -> None:
        self._about_version = self._add("about", lance_rows.about({key: value}))
        self._about[key] = value

    def _open(self, name: str) -> Any:
        # opened once for each change of ours: with thousands of appends behind it that takes milliseconds
        mine = self._writer == get_ident()
        if mine and name in self._held:
            return self._held[name]
        with plain_errors(self.path, self._mark):
            found = _open(self._db, name)
        if mine and found is not None:
            self._held[name] = found
        return found

    def _add(self, name: str, batch: Any) -> int:
        """Append rows; the version of the table with them."""
        table = self._open(name)
        with plain_errors(self.path, self._mark):
            if table is None:
                return self._db.create_table(name, data=batch).version
            table.add(batch)
            return table.version


def _place(path: str | Path) -> Path | str:
    return str(path) if "://" in str(path) else Path(path)


def _open(db: Any, name: str) -> Any:
    """The table, or None where there is none of this name."""
    try:
        return db.open_table(name)
    except (ValueError, FileNotFoundError) as error:
        if "not found" in str(error):
            return None
        raise
