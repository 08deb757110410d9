"""The shape table on disk: how every table is changed."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.column_checks import check_feature_name, check_strings, check_values, refuse_duplicates
from pointrecon.shapes.table.label_log import LabelLog, may_be_given, new_entries
from pointrecon.shapes.table.lance_reader import RowSource
from pointrecon.shapes.table.sentences import check_sentences
from pointrecon.shapes.table.stored_shapes import StoredShapes
from pointrecon.shapes.table.table_lock import alone, making_alone, threads_of
from pointrecon.shapes.table.table_meta import TableMeta, merge_meta, refuse_other_maker

Blocks = Iterable[tuple[np.ndarray, np.ndarray]]


class ShapeTable(StoredShapes):
    """A collection of shapes on disk, a LanceDB folder or one ``.npz`` file. Get one from `open_table`.

    All shapes of a table have the same number of points. Appends are whole batches or nothing. One process changes a
    table at a time: another one waits some seconds, and then says who writes.
    """

    rewritten = False  # whether every change writes the whole table anew

    @abstractmethod
    def drop_features(self, name: str) -> None:
        """Take features of this name away, with what is recorded about them; nothing where there are none."""

    @abstractmethod
    def set_meta(self, meta: TableMeta) -> None:
        """Replace the description (whole or not at all)."""

    @abstractmethod
    def _refresh(self) -> None:
        """Take in what other processes changed."""

    def _release(self) -> None:  # most have nothing to let go
        """The change is over."""

    def tidy(self) -> None:  # most have nothing to join
        """Join the pieces that many small changes left on disk, where there are so many that reading suffers."""

    @abstractmethod
    def _size(self) -> int | None:
        """Points of a shape; None where there are no shapes."""

    @abstractmethod
    def _among(self, ids: np.ndarray, name: str = "") -> np.ndarray:
        """(m,) bool, which of these ids are those of a shape, or of one that has these features."""

    @abstractmethod
    def _append(self, arrays: ShapeArrays) -> None: ...

    @abstractmethod
    def _remove(self, ids: np.ndarray) -> None: ...

    @abstractmethod
    def _replace(self, arrays: ShapeArrays, bare: bool) -> None: ...

    @abstractmethod
    def _add_features(self, name: str, ids: np.ndarray, values: np.ndarray) -> None: ...

    @abstractmethod
    def _replace_features(self, name: str, blocks: Blocks, info: dict) -> None: ...

    @abstractmethod
    def _add_sentences(self, name: str, sentences: list[str], values: np.ndarray) -> None: ...

    @abstractmethod
    def _add_pictures(self, pictures: dict[str, list[bytes]]) -> None: ...

    @abstractmethod
    def _set_labels(self, entries: LabelLog, meta: TableMeta) -> None: ...

    @abstractmethod
    def _record_maker(self, name: str, info: dict) -> None: ...

    def append(self, arrays: ShapeArrays) -> None:
        """Add a batch of shapes, whole or not at all; features in it are added too.

        Classes and part names are matched by name; new ones are added to the table's. InputError for another number of
        points than the table's, an id that is there already, features of another maker than the table's of that name,
        or another process that is writing.
        """
        arrays.check(self.path)
        if not len(arrays):
            return
        with self.writing():
            self._check_size(arrays)
            if len(again := arrays.id[self._among(arrays.id)]):
                raise InputError(f"{self.path}: the id '{again[0]}' is there already; ids must be unique")
            if arrays.feature_shapes:
                rows = self.rows()
                for name in arrays.feature_shapes:
                    self._check_maker(name, arrays.feature_info(name), rows)
            arrays, guesses = _without_guesses(arrays.adopt(merge_meta([self.meta, arrays.meta])))
            self._append(arrays)
            self._set_guesses(guesses)

    def replace(self, arrays: ShapeArrays, *, bare: bool = True) -> None:
        """Put a batch in the place of the shapes of the same ids; the others stay.

        Their features, pictures and the classes that models gave them go; those that people gave them stay.
        Without ``bare`` they are the same shapes, told otherwise, and keep all of that.

        Features and pictures go first, then the rows change at once: who is killed meanwhile leaves shapes without
        features, never with those of what was there before. InputError for an id that is not there, features in the
        batch, or another number of points; or another process that is writing.
        """
        arrays.check(self.path)
        if not len(arrays):
            return
        with self.writing():
            self._check_size(arrays)
            if len(unknown := arrays.id[~self._among(arrays.id)]):
                raise InputError(f"{self.path}: there is no shape '{min(unknown)}' to be replaced")
            if arrays.feature_shapes:
                raise InputError(f"{self.path}: shapes are replaced without features: add them afterwards")
            arrays, guesses = _without_guesses(arrays.adopt(merge_meta([self.meta, arrays.meta])))
            self._replace(arrays, bare)
            self._set_guesses(guesses)

    def remove(self, ids: Any) -> int:
        """Forget these shapes with their features and pictures; how many there were. Others stay as they are.

        What people called them is kept, should they come back.

        Features and pictures go first and the rows last: who is killed meanwhile leaves shapes without features, never
        features that a later shape of the same id would take for its own. InputError where another process is writing.
        """
        keys = np.unique(check_strings(list(ids), len(ids)))
        with self.writing():
            there = keys[self._among(keys)] if len(keys) else keys
            if len(there):
                self._remove(there)
        return len(there)

    def add_features(self, name: str, ids: Any, values: Any, info: dict | None = None) -> None:
        """Append features of some shapes: ids (m,) str, values (m, V, D), kept as float16.

        ``info`` tells who made them, small and JSON-able: model, hash, templates; None: who made those that are there.
        InputError for an id that is unknown or has these features already, another V, D or maker than before, or values
        that float16 cannot hold.
        """
        what = self._what(name)
        keys = check_strings(list(ids), len(ids))
        values = check_values(name, values, keys, self.path)
        if not len(keys):
            return
        refuse_duplicates(keys, what)
        with self.writing():
            rows = self.rows()
            self._check_by_shape(name, rows)
            self._check_there(keys, what)
            if len(again := keys[self._among(keys, name)]):
                raise InputError(f"{self.path}: '{min(again)}' has features '{name}' already")
            now = values.shape[1:]
            if (before := rows.feature_shapes.get(name, now)) != now:
                raise InputError(f"{what} have (views, width) {before}, the new ones {now}: use another name")
            self._settle_maker(name, info, rows)
            self._add_features(name, keys, values)

    def replace_features(self, name: str, blocks: Blocks, info: dict) -> None:
        """Put these in the place of all features of this name: ids (m,) str and values (m, V, D), a block at a time.

        InputError where they are kept by sentence.
        """
        check_feature_name(name)
        with self.writing():
            self._check_by_shape(name, self.rows())
            self._replace_features(name, blocks, info)

    def add_sentences(self, name: str, sentences: Sequence[str], values: Any, info: dict | None = None) -> None:
        """Append what a text teacher makes of sentences, for all shapes that have them among their captions.

        Args:
            sentences: S, different, none of them there already.
            values: (S, T, D), a feature for each of T templates, kept as float16.
            name, info: such as "text/minilm"; who made them; else as for `add_features`, with its errors.
        """
        what = self._what(name)
        with self.writing():
            rows = self.rows()
            before = rows.sentences.get(name)
            by_shape = name in rows.feature_shapes and before is None
            new = check_sentences(what, sentences, values, before, by_shape=by_shape)
            if new.text:
                self._settle_maker(name, info, rows)
                self._add_sentences(name, new.text, new.values)

    def set_feature_info(self, name: str, info: dict) -> None:
        """Record who made these features, a small JSON-able dict; InputError where they are there, of another maker."""
        with self.writing():
            if self.feature_info(name):
                self._check_maker(name, info, self.rows())
            self._record_maker(name, info)

    def add_pictures(self, ids: Any, pictures: Sequence[Sequence[bytes]]) -> None:
        """Give some shapes pictures, a list of PNG bytes each, in place of those they have; all or nothing.

        InputError for an id that is unknown or named twice, or another number of lists than of ids.
        """
        keys = check_strings(list(ids), len(ids))
        if len(keys) != len(pictures):
            raise InputError(f"{self.path}: pictures of {len(pictures)} shapes for {len(keys)} ids")
        refuse_duplicates(keys, f"{self.path}, pictures")
        if not len(keys):
            return
        with self.writing():
            self._check_there(keys, f"{self.path}: pictures")
            self._add_pictures({key: list(own) for key, own in zip(keys.tolist(), pictures, strict=True)})

    def set_labels(
        self, ids: Any, classes: Any, who: Any, confidence: Any = None, *, overwrite: bool = False
    ) -> np.ndarray:
        """Give some shapes their classes, all or nothing; what was given stays in the table's history.

        Args:
            ids: (m,) str.
            classes: (m,) str, or one for all. One that is new becomes one of the table's; "" takes a class away.
            who: a person's name, or a model's; one for all, or (m,) str.
            confidence: (m,) from 0 to 1, which a model gives and a person does not (None).
            overwrite: a model's classes go over those of people and of the files, too.

        Returns:
            (m,) bool, which are as given now: without ``overwrite`` a model's are only for shapes without a class, or
            with one by a model.

        Raises:
            InputError: an id that is unknown or named twice, lengths that differ, or another process that is writing.
        """
        keys = check_strings(list(ids), len(ids))
        names = check_strings(classes, len(keys if isinstance(classes, str) else classes))
        with self.writing():
            self._check_there(keys, f"{self.path}: labels")
            log = self.label_history()
            new_entries(log, keys, names, who, confidence, str(self.path))  # refuses what does not fit
            free = np.ones(len(keys), bool)
            if confidence is not None and not overwrite:
                free = may_be_given(log, keys, self._labels(keys), names)
            told = None if confidence is None else np.asarray(confidence, np.float64)[free]
            by = who if isinstance(who, str) else check_strings(who, len(keys))[free]
            entries = new_entries(log, keys[free], names[free], by, told, str(self.path))
            if len(entries):
                known = dict.fromkeys([*self.meta.classes, *filter(None, entries.name.tolist())])
                self._set_labels(entries, replace(self.meta, classes=list(known)))
        return free

    def _set_guesses(self, guesses: LabelLog) -> None:
        """Models' guesses that shapes came with stay theirs; what was said here of these ids goes before."""
        fresh = guesses.select(~np.isin(guesses.id, self.label_history().id)) if len(guesses) else guesses
        if len(fresh):
            self._set_labels(fresh, self.meta)

    def _labels(self, ids: np.ndarray) -> np.ndarray:
        """(m,) int64, the labels that these shapes have."""
        place = {key: i for i, key in enumerate(ids.tolist())}
        found = np.full(len(ids), -1, np.int64)
        for tags in self.tags():
            for key, label in zip(tags.id.tolist(), tags.label.tolist(), strict=True):
                if key in place:
                    found[place[key]] = label
        return found

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A context in which this process alone changes the table, which it sees as it is now."""
        with threads_of(self.path), alone(self.path):
            self._refresh()
            try:
                yield
            finally:
                self._release()

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """A context in which this process alone makes features of this name; InputError where another one is at it.

        The table can be changed in other ways meanwhile.
        """
        with making_alone(self.path, check_feature_name(name)):
            with self.writing():  # what another process made before is seen
                pass
            yield

    def _check_size(self, arrays: ShapeArrays) -> None:
        if (size := self._size()) not in (None, arrays.size):
            raise InputError(
                f"{self.path} holds clouds of {size} points, the new ones have {arrays.size}: sample them to the "
                "same number"
            )

    def _check_there(self, ids: np.ndarray, what: str) -> None:
        if len(unknown := ids[~self._among(ids)]):
            raise InputError(f"{what} for '{min(unknown)}', but there is no such shape")

    def _check_by_shape(self, name: str, rows: RowSource) -> None:
        if name in rows.sentences:
            raise InputError(f"{self._what(name)} are kept by sentence, not for each shape: use another name for these")

    def _what(self, name: str) -> str:
        return f"{self.path}: the features '{check_feature_name(name)}'"

    def _check_maker(self, name: str, info: dict, rows: RowSource) -> None:
        if name in rows.feature_shapes:
            refuse_other_maker(name, [(str(self.path), self.feature_info(name)), ("what is added", info)])

    def _settle_maker(self, name: str, info: dict | None, rows: RowSource) -> None:
        if info is not None:
            self._check_maker(name, info, rows)
        if name not in rows.feature_shapes and (info is not None or name not in self.feature_names()):
            self._record_maker(name, info or {})

    def __repr__(self) -> str:
        return f"<shape table {self.path}: {len(self)} shapes, {len(self.meta.classes)} classes>"


def _without_guesses(arrays: ShapeArrays) -> tuple[ShapeArrays, LabelLog]:
    """The shapes without the labels that models guessed, and these."""
    log = arrays.label_history()
    by = np.where(arrays.label >= 0, log.guesses(arrays.id), -1)
    return replace(arrays, label=np.where(by >= 0, -1, arrays.label)), log.select(by[by >= 0])
