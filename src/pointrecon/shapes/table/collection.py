"""Shapes of one or several tables, without their points in memory: short columns, and rows by place."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.geometry.upright import turns
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.column_checks import refuse_duplicates, refuse_missing
from pointrecon.shapes.table.fact_rows import frame_of
from pointrecon.shapes.table.file_facts import KINDS, SHORT, unknown
from pointrecon.shapes.table.join import NO_COLOR, repeat_views
from pointrecon.shapes.table.lance_reader import RowSource
from pointrecon.shapes.table.rows import Rows
from pointrecon.shapes.table.sentences import JoinedSentences
from pointrecon.shapes.table.table_meta import SPLITS, merge_meta, refuse_other_maker, renumber

if TYPE_CHECKING:
    from pandas import DataFrame

_READ = 1024  # shapes read at once
_IDS = 65_536  # ids read at once


class _Part(NamedTuple):
    rows: RowSource
    prefix: str  # before its ids, where there are several


class Shapes:
    """Shapes of one or several tables, or in memory, that are read by place; a selection of them, in its order.

    Memory: some 30 bytes a shape, whatever its points and features. With several tables ids get their table's name
    before them, classes are merged by name, and N is that of the smallest, as `ShapeArrays.concatenate` does it. Tables
    that name another up axis than the first one that names any are turned as they are read; those that name none are
    left as they are. Get one from `as_shapes`.

    Attributes:
        name: for messages and records: the tables' paths, or the collection's name.
        meta: of all tables together.
        size: N, points a shape.
        label: (M,) int64, index into ``meta.classes``, -1 none.
        remarks: what to know of numbers made with them: which labels are left out.
        caption: (M,) int64, equal for equal first captions, numbered as they come, -1 for none.
        feature_shapes: (V, D) of features kept by shape, (T, D) of those kept by sentence.
    """

    remarks: tuple[str, ...] = ()

    def __init__(self, sources: Sequence[RowSource]) -> None:
        """Take tables opened to be read, or shapes in memory.

        InputError for nothing to join, a shape that is in two of them, or features of one name that differ in width or
        maker.
        """
        if not sources:
            raise InputError("there is nothing to join: give at least one table of shapes")
        stems = [_stem(rows) or str(i + 1) for i, rows in enumerate(sources)]
        self._parts = [
            _Part(rows, f"{stem}:" if len(sources) > 1 else "") for rows, stem in zip(sources, stems, strict=True)
        ]
        self._ends = np.cumsum([len(rows) for rows in sources])
        self.name = " + ".join(rows.name or "in memory" for rows in sources)
        self.size = min((rows.size for rows in sources if len(rows)), default=1)
        self.feature_shapes = _join_shapes(sources)
        metas = [rows.meta for rows in sources]
        up = next((meta.up for meta in metas if meta.up != "unknown"), "unknown")
        self.meta = merge_meta([meta if meta.up == "unknown" else replace(meta, up=up) for meta in metas])
        label, split, caption = [np.zeros(0, np.int64)], [np.zeros(0, np.int8)], [np.zeros(0, np.int64)]
        guesser, makers = [np.zeros(0, np.int16)], dict[str, int]()
        numbers: dict[str, int] = {}
        for rows in sources:
            log = rows.label_history()
            for tags in rows.tags():
                by = log.guesses(tags.id)
                by[by >= 0] = [makers.setdefault(str(who), len(makers)) for who in log.who[by[by >= 0]].tolist()]
                guesser.append(by.astype(np.int16))
                label.append(renumber(rows.meta.classes, self.meta.classes, tags.label))
                if unknown := set(tags.split.tolist()) - set(SPLITS):
                    raise InputError(f"unknown split '{min(unknown)}' in the table; use train, val, test or nothing")
                split.append(np.array([SPLITS.index(name) for name in tags.split.tolist()], np.int8))
                first = [own[0] if own else "" for own in tags.captions]
                told = [numbers.setdefault(text, len(numbers)) if text else -1 for text in first]
                caption.append(np.array(told, np.int64))
        self.label, self._split, self.caption = (np.concatenate(every) for every in (label, split, caption))
        self._guesser, self._guessers = np.concatenate(guesser), list(makers)
        self._place = np.arange(len(self.label))
        self._told: dict[str, JoinedSentences] = {}
        if len(set(stems)) < len(stems):  # within a table ids differ anyway
            refuse_duplicates(np.asarray(list(self.ids()), dtype=np.str_), "the joined tables")

    @staticmethod
    def joined(several: Sequence["Shapes"]) -> "Shapes":
        """All shapes of these, one after the other, with their labels."""
        every = Shapes([part.rows for one in several for part in one._parts])
        before = np.cumsum([0, *(int(one._ends[-1]) for one in several)])
        chosen = every.select(
            np.concatenate([one._place + start for one, start in zip(several, before[:-1], strict=True)])
        )
        classes = merge_meta([replace(one.meta, up=every.meta.up) for one in several]).classes
        label = [renumber(one.meta.classes, classes, one.label) for one in several]
        return chosen.relabeled(np.concatenate(label), classes)

    def __len__(self) -> int:
        return len(self._place)

    def __repr__(self) -> str:
        return f"<shapes of {self.name}: {len(self)}, {len(self.meta.classes)} classes>"

    @property
    def places(self) -> np.ndarray:
        """(M,) int64, where the shapes stand in the table (in all tables, counted through)."""
        return self._place

    @property
    def split(self) -> np.ndarray:
        """(M,) str, as in `ShapeArrays`."""
        return np.array(SPLITS)[self._split]

    @property
    def splits(self) -> list[str]:
        """The splits that occur."""
        return sorted(SPLITS[code] for code in np.unique(self._split))

    @property
    def ups(self) -> set[str]:
        """What the tables say points up, "unknown" among it where one does not say."""
        return {part.rows.meta.up for part in self._parts}

    @property
    def guessed(self) -> np.ndarray:
        """(M,) bool, whose label a model gave, and nobody since."""
        label: np.ndarray = self.label
        return (self._guesser[self._place] >= 0) & (label >= 0)

    def by_people(self) -> "Shapes":
        """The same shapes with the labels that people gave them or that came with the files; models' guesses are none.

        Classes that only guesses are of go, too. ``remarks`` say how many were left out, and what to do about it.
        """
        given: np.ndarray = self.label
        guessed = self.guessed
        if not guessed.any():
            return self
        label = np.where(guessed, -1, given)
        unsaid = set(given[guessed].tolist()) - set(label.tolist())
        kept = [i for i in range(len(self.meta.classes)) if i not in unsaid]
        number = np.full(len(self.meta.classes) + 1, -1, np.int64)  # the last answers to -1
        number[kept] = np.arange(len(kept))
        found = self.relabeled(number[label], [self.meta.classes[i] for i in kept])
        makers = [self._guessers[i] for i in np.unique(self._guesser[self._place][guessed]).tolist()]
        more = f" and {len(makers) - 1} more" if len(makers) > 1 else ""
        found.remarks = (
            f"{int(guessed.sum())} of {int((given >= 0).sum())} labels were guessed by '{makers[0]}'{more}, and are "
            "not learned from or tested on: have people confirm them, with 'pointrecon label TABLE --from FILE' (a CSV "
            "of columns id and class)",
        )
        return found

    def in_split(self, *names: str) -> np.ndarray:
        """(m,) places of the shapes of these splits, in order."""
        return np.flatnonzero(np.isin(self._split, [SPLITS.index(name) for name in names if name in SPLITS]))

    def select(self, index: np.ndarray) -> "Shapes":
        """The shapes at these places (m,) int64, in that order; captions are numbered afresh."""
        chosen = object.__new__(Shapes)
        chosen.__dict__.update(self.__dict__)
        chosen.label, chosen._split, chosen._place = self.label[index], self._split[index], self._place[index]
        chosen.caption = _as_they_come(self.caption[index])
        return chosen

    def relabeled(self, label: np.ndarray, classes: list[str]) -> "Shapes":
        """The same shapes with other labels (M,) of other classes."""
        named = object.__new__(Shapes)
        named.__dict__.update(self.__dict__)
        named.label, named.meta = label, replace(self.meta, classes=classes)
        return named

    def sentences(self, name: str) -> tuple[np.ndarray, JoinedSentences] | None:
        """The sentences of a text teacher in all tables, merged by their words; None for features kept by shape.

        Given are (M, C) int32, the numbers of each shape's sentences in order, -1 behind its last; and what reads their
        features (T, D) by number. Memory: these numbers and the sentences' words. InputError where another table has
        another number of templates.
        """
        told = self._joined(name)
        return None if told is None else (told.own[self._place], told)

    def _joined(self, name: str) -> JoinedSentences | None:
        with_them = [part.rows.sentences[name] for part in self._parts if name in part.rows.sentences]
        if not with_them:
            return None
        if name not in self._told:
            captions = (own for part in self._parts for tags in part.rows.tags() for own in tags.captions)
            self._told[name] = JoinedSentences(with_them, captions, f"the features '{name}'")
        return self._told[name]

    def read(
        self,
        index: np.ndarray,
        features: Sequence[str] = (),
        columns: Sequence[str] = ("id", "points"),
        *,
        up: str | None = None,
    ) -> Rows:
        """The shapes at these places (m,) int64, in the given order; InputError for damaged data and unknown features.

        Args:
            features: which ones to read; of those kept by sentence the first of each shape.
            columns: as for `ShapeArrays.read`; part labels are numbered as in ``meta.part_names``.
            up: axis to turn every table to that names its own; by default ``meta.up``.
        """
        refuse_missing(features, self.feature_shapes, self.name)
        place, up, size = self._place[index], up or self.meta.up, self.size if "points" in columns else 0
        told = {name: some.first(place) for name in features if (some := self._joined(name))}
        features = [name for name in features if name not in told]
        if len(self._parts) == 1:
            rows = self._parts[0].rows
            found = rows.read(place, features, columns)
            turned = np.roll(found.points, turns(rows.meta.up, up), axis=-1)
            return found._replace(points=turned, features={**found.features, **told})
        names = np.full(len(place), "", object)
        clouds = np.empty((len(place), size, 3), np.float16)
        values = {name: np.full((len(place), *self.feature_shapes[name]), np.nan, np.float16) for name in features}
        part = np.full((len(place), self.size), -1, np.int16) if "part" in columns else None
        color = np.full((len(place), self.size, 3), NO_COLOR, np.uint8) if "color" in columns else None
        short = {name: unknown(name, len(place)).astype(object) for name in columns if name in SHORT}
        for (rows, prefix), mine, at in self._split_up(place):
            have = [name for name in features if name in rows.feature_shapes]
            found = rows.read(at, have, columns)
            if "id" in columns:
                names[mine] = [prefix + key for key in found.id.tolist()]
            clouds[mine] = np.roll(found.points[:, :size], turns(rows.meta.up, up), axis=-1)
            for name in have:
                values[name][mine] = repeat_views(found.features[name], values[name].shape[1])
            if part is not None and found.part is not None:
                part[mine] = renumber(rows.meta.part_names, self.meta.part_names, found.part)[:, : self.size]
            if color is not None and found.color is not None:
                color[mine] = found.color[:, : self.size]
            for name, told_here in found.short.items():
                short[name][mine] = told_here
        kept = {name: given.astype(KINDS[SHORT[name]]) for name, given in short.items()}
        return Rows(names.astype(np.str_), clouds, {**values, **told}, part, kept, color)

    def _split_up(self, place: np.ndarray) -> Iterator[tuple[_Part, np.ndarray, np.ndarray]]:
        """Of places in all tables: each table, which of them are its own, and where they are in it."""
        numbers = np.searchsorted(self._ends, place, side="right")
        for number in np.unique(numbers):
            part, mine = self._parts[number], np.flatnonzero(numbers == number)
            yield part, mine, place[mine] - (self._ends[number] - len(part.rows))

    def parts(self, index: np.ndarray) -> np.ndarray:
        """(m, N) int16 the part labels of the shapes at these places, -1 for points without."""
        starts = range(0, len(index), _READ)
        blocks = [self.read(index[i : i + _READ], columns=["part"]).part for i in starts]
        return np.concatenate([block for block in blocks if block is not None] or [np.zeros((0, self.size), np.int16)])

    def has(self, name: str) -> np.ndarray:
        """(M,) bool, which shapes have these features; or "color", "normals", "part" or "pictures"."""
        if told := self._joined(name):
            return told.own[self._place, 0] >= 0
        return np.concatenate([part.rows.has(name) for part in self._parts])[self._place]

    def load(
        self, index: np.ndarray | None = None, features: Sequence[str] = (), *, pictures: bool = False
    ) -> ShapeArrays:
        """The shapes at these places (all, for None) in memory, with these features."""
        index = np.arange(len(self)) if index is None else index
        if not len(index):
            return ShapeArrays.empty(self.meta)
        place, back = np.unique(self._place[index], return_inverse=True)
        found = []
        for (rows, prefix), _, at in self._split_up(place):
            arrays = rows.take(at, features, pictures=pictures).turned(self.meta.up)
            arrays.id = np.asarray([prefix + key for key in arrays.id.tolist()], np.str_)
            if prefix and arrays.given:
                told = np.asarray([prefix + key for key in arrays.given.id.tolist()], np.str_)
                arrays.given = replace(arrays.given, id=told)
            found.append(arrays)
        every = (found[0] if len(found) == 1 else ShapeArrays.concatenate(found)).select(back)
        part = None if every.part is None else renumber(every.meta.part_names, self.meta.part_names, every.part)
        return replace(every, label=self.label[index], part=part, meta=self.meta)

    def frame(self) -> "DataFrame":
        """A row a shape: id, source, split, class, and what its file is (`file_facts.FACTS`); <NA> or NaN if not known.

        No points are read. InputError where pandas is not installed.
        """
        return frame_of(self)

    def captions(self) -> list[list[str]]:
        """What is said of each shape."""
        every = [own for part in self._parts for tags in part.rows.tags() for own in tags.captions]
        return [every[i] for i in self._place.tolist()]

    def ids(self) -> Iterator[str]:
        """All ids, in the order of the selection."""
        for start in range(0, len(self), _IDS):
            yield from self.read(np.arange(start, min(start + _IDS, len(self))), columns=["id"]).id.tolist()

    def feature_info(self, name: str) -> dict:
        """What is known of the maker of these features: model, hash, templates; empty if nothing."""
        return next((info for part in self._parts if (info := part.rows.feature_info(name))), {})

    def fingerprint(self, features: Sequence[str] = ()) -> str:
        """A mark of all that training reads, the same however the shapes are read.

        It covers every id, caption, label and split, and some points, part labels and values of these features, with
        which shapes have them and who made them.
        """
        marks = bytearray()
        for rows, prefix in self._parts:
            for tags in rows.tags():
                for key, own in zip(tags.id.tolist(), tags.captions, strict=True):
                    marks += hashlib.blake2b(json.dumps([prefix + key, own]).encode(), digest_size=8).digest()
        digest = hashlib.sha256(np.frombuffer(marks, np.int64)[self._place].tobytes())
        digest.update(json.dumps([self.meta.classes, self.meta.part_names, self.size]).encode())
        digest.update(np.ascontiguousarray(self.label).tobytes() + np.ascontiguousarray(self._split).tobytes())
        some = self.read(np.arange(0, len(self), max(len(self) // 64, 1)), features, ["points", "part"])
        digest.update(np.ascontiguousarray(some.points).tobytes() + np.ascontiguousarray(some.part).tobytes())
        for name in features:
            info = {key: value for key, value in self.feature_info(name).items() if key not in ("model", "spec")}
            digest.update(json.dumps([name, info], sort_keys=True).encode() + self.has(name).tobytes())
            digest.update(np.ascontiguousarray(some.features[name]).tobytes())
        return digest.hexdigest()[:16]


def _stem(rows: RowSource) -> str:
    return Path(rows.name).stem if rows.name.endswith((".lance", ".npz")) else rows.name


def _as_they_come(numbers: np.ndarray) -> np.ndarray:
    """The same numbers, counted anew from 0 in the order they first occur; negative ones become -1."""
    there = numbers >= 0
    _, first, back = np.unique(numbers[there], return_index=True, return_inverse=True)
    result = np.full(len(numbers), -1, np.int64)
    result[there] = np.argsort(np.argsort(first))[back]
    return result


def _join_shapes(sources: Sequence[RowSource]) -> dict[str, tuple[int, int]]:
    joined: dict[str, tuple[int, int]] = {}
    for name in dict.fromkeys(name for rows in sources for name in rows.feature_shapes):
        have = [rows for rows in sources if name in rows.feature_shapes]
        if len({name in rows.sentences for rows in have}) > 1:
            raise InputError(
                f"the features '{name}' are kept by sentence in one table, by shape in another: teach anew"
            )
        shapes = [rows.feature_shapes[name] for rows in have]
        if len({width for _, width in shapes}) > 1:
            raise InputError(f"the features '{name}' differ in width: compute them again with one teacher")
        refuse_other_maker(name, [(rows.name or "memory", rows.feature_info(name)) for rows in have])
        joined[name] = max(shapes)
    return joined
