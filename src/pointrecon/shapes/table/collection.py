"""One or several tables seen as one collection, without its points in memory: short columns, and rows by place."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.geometry.upright import turns
from pointrecon.shapes.table.arrays import SPLITS, ShapeArrays, TableMeta, refuse_duplicates
from pointrecon.shapes.table.join import concatenate, merge_meta, renumber, repeat_views
from pointrecon.shapes.table.rows import ArrayRows, Block, Rows, Tags, tags_of
from pointrecon.shapes.table.sentences import JoinedSentences
from pointrecon.shapes.table.shape_table import ShapeTable

_READ = 1024  # shapes read at once
_IDS = 65_536  # ids read at once


class _Part(NamedTuple):
    rows: Rows
    tags: Callable[[], Iterable[Tags]]
    meta: TableMeta
    name: str
    prefix: str  # before its ids
    info: Callable[[str], dict]
    take: Callable[[np.ndarray], ShapeArrays]


class Shapes:
    """Shapes of one or several tables.

    Memory: some 30 bytes a shape, whatever its points and features. With several tables ids get their table's name
    before them, classes are merged by name, and N is that of the smallest, as `join.concatenate` does it. Tables that
    name another up axis than the first one that names any are turned as they are read; those that name none are left
    as they are. Get one from `open_collection` or `in_memory`.

    Attributes:
        name: for messages and records: the tables' paths.
        meta: of all tables together.
        size: N, points a shape.
        label: (M,) int64, index into ``meta.classes``, -1 none.
        caption: (M,) int64, equal for equal first captions, numbered as they come, -1 for none.
        feature_shapes: (V, D) of features kept by shape, (T, D) of those kept by sentence.
    """

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self.name = " + ".join(part.name for part in parts)
        self._ends = np.cumsum([len(part.rows) for part in parts])
        self.size = min((part.rows.size for part in parts if len(part.rows)), default=1)
        self.feature_shapes = _join_shapes([part.rows for part in parts])
        self.meta = parts[0].meta
        for part in parts[1:]:
            up = self.meta.up if turns(part.meta.up, self.meta.up) else part.meta.up
            self.meta = merge_meta(self.meta, replace(part.meta, up=up))
        label, split, caption = [np.zeros(0, np.int64)], [np.zeros(0, np.int8)], [np.zeros(0, np.int64)]
        numbers: dict[str, int] = {}
        for part in parts:
            for tags in part.tags():
                label.append(renumber(part.meta.classes, self.meta.classes, tags.label))
                if unknown := set(tags.split.tolist()) - set(SPLITS):
                    raise InputError(f"unknown split '{min(unknown)}' in the table; use train, val, test or nothing")
                split.append(np.array([SPLITS.index(name) for name in tags.split.tolist()], np.int8))
                first = [own[0] if own else "" for own in tags.captions]
                caption.append(
                    np.array([numbers.setdefault(text, len(numbers)) if text else -1 for text in first], np.int64)
                )
        self.label, self._split, self.caption = (np.concatenate(every) for every in (label, split, caption))
        self._place = np.arange(len(self.label))
        self._told: dict[str, JoinedSentences] = {}

    def __len__(self) -> int:
        return len(self._place)

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
        return {part.meta.up for part in self._parts}

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

        Returns:
            (M, C) int32, the numbers of each shape's sentences in order, -1 behind its last; and what reads
            their features (T, D) by number. Memory: these numbers and the sentences' words.

        Raises:
            InputError: another number of templates in another table.
        """
        told = self._joined(name)
        return None if told is None else (told.own[self._place], told)

    def _joined(self, name: str) -> JoinedSentences | None:
        with_them = [part.rows.sentences[name] for part in self._parts if name in part.rows.sentences]
        if not with_them:
            return None
        if name not in self._told:
            captions = (own for part in self._parts for tags in part.tags() for own in tags.captions)
            self._told[name] = JoinedSentences(with_them, captions, f"the features '{name}'")
        return self._told[name]

    def read(
        self,
        index: np.ndarray,
        features: Sequence[str] = (),
        *,
        ids: bool = True,
        parts: bool = False,
        up: str | None = None,
    ) -> Block:
        """The shapes at these places, in the given order.

        Args:
            index: (m,) int64. features: which ones to read; of those kept by sentence the first of each shape.
            ids: without them ids are "".
            parts: bring part labels, numbered as in ``meta.part_names``.
            up: axis to turn every table to that names its own; by default ``meta.up``.

        Raises:
            InputError: where the data is damaged.
        """
        place, up = self._place[index], up or self.meta.up
        told = {name: some.first(place) for name in features if (some := self._joined(name))}
        features = [name for name in features if name not in told]
        if len(self._parts) == 1:
            block = self._parts[0].rows.read(place, features, ids=ids, parts=parts)
            return block._replace(
                points=np.roll(block.points, turns(self.meta.up, up), axis=-1), features={**block.features, **told}
            )
        names = np.full(len(place), "", object)
        points = np.empty((len(place), self.size, 3), np.float16)
        values = {name: np.full((len(place), *self.feature_shapes[name]), np.nan, np.float16) for name in features}
        part = np.full((len(place), self.size), -1, np.int16) if parts else None
        numbers = np.searchsorted(self._ends, place, side="right")
        for number in np.unique(numbers):
            rows, mine = self._parts[number].rows, np.flatnonzero(numbers == number)
            have = [name for name in features if name in rows.feature_shapes]
            block = rows.read(place[mine] - (self._ends[number] - len(rows)), have, ids=ids, parts=parts)
            if ids:
                names[mine] = [self._parts[number].prefix + key for key in block.id.tolist()]
            turn = turns(self._parts[number].meta.up, up)
            points[mine] = np.roll(block.points[:, : self.size], turn, axis=-1)
            for name in have:
                values[name][mine] = repeat_views(block.features[name], values[name].shape[1])
            if part is not None and block.part is not None:
                own = self._parts[number].meta.part_names
                part[mine] = renumber(own, self.meta.part_names, block.part)[:, : self.size]
        return Block(names.astype(np.str_), points, {**values, **told}, part)

    def parts(self, index: np.ndarray) -> np.ndarray:
        """(m, N) int16 the part labels of the shapes at these places, -1 for points without."""
        blocks = [self.read(index[i : i + _READ], ids=False, parts=True).part for i in range(0, len(index), _READ)]
        return np.concatenate([block for block in blocks if block is not None] or [np.zeros((0, self.size), np.int16)])

    def has(self, name: str) -> np.ndarray:
        """(M,) bool, which shapes have these features."""
        if told := self._joined(name):
            return told.own[self._place, 0] >= 0
        parts = [part.rows for part in self._parts]
        every = [rows.has(name) if name in rows.feature_shapes else np.zeros(len(rows), bool) for rows in parts]
        return np.concatenate(every)[self._place]

    def load(self, index: np.ndarray | None = None) -> ShapeArrays:
        """The shapes at these places (all, for None) in memory: ids, labels, splits and points."""
        index = np.arange(len(self)) if index is None else np.asarray(index)
        blocks = [self.read(index[i : i + _READ]) for i in range(0, max(len(index), 1), _READ)]
        points, ids = (np.concatenate(every) for every in zip(*((b.points, b.id) for b in blocks), strict=True))
        arrays = ShapeArrays.from_points(
            points, id=ids, label=self.label[index], split=self.split[index], classes=self.meta.classes
        )
        return replace(arrays, meta=self.meta)

    def take(self, index: np.ndarray | None = None) -> ShapeArrays:
        """The shapes at these places (all, for None) with all they have but pictures and features, up as in `meta`."""
        place = self._place if index is None else self._place[index]
        numbers, found, order = np.searchsorted(self._ends, place, side="right"), [], []
        for number in np.unique(numbers):
            part, mine = self._parts[number], np.flatnonzero(numbers == number)
            some = part.take(place[mine] - (self._ends[number] - len(part.rows)))
            turn, names = turns(part.meta.up, self.meta.up), [part.prefix + key for key in some.id.tolist()]
            some = replace(some, id=np.array(names, np.str_), pictures=None, features={}, sentences={})
            some.points, some.meta = np.roll(some.points, turn, axis=-1), replace(some.meta, up=self.meta.up)
            some.normals = None if some.normals is None else np.roll(some.normals, turn, axis=-1)
            found.append(some)
            order.append(mine)
        return found[0] if len(found) == 1 else concatenate(found).select(np.argsort(np.concatenate(order)))

    def ids(self) -> Iterator[str]:
        """All ids, in the order of the selection."""
        for start in range(0, len(self), _IDS):
            place = self._place[start : start + _IDS]
            yield from self._ids_at(place)

    def _ids_at(self, place: np.ndarray) -> list[str]:
        names = np.full(len(place), "", object)
        numbers = np.searchsorted(self._ends, place, side="right")
        for number in np.unique(numbers):
            part, mine = self._parts[number], np.flatnonzero(numbers == number)
            found = part.rows.read(place[mine] - (self._ends[number] - len(part.rows)), points=False).id.tolist()
            names[mine] = [part.prefix + key for key in found]
        return names.tolist()

    def feature_info(self, name: str) -> dict:
        """What is known of the maker of these features: model, hash, templates; empty if nothing."""
        return next((info for part in self._parts if (info := part.info(name))), {})

    def fingerprint(self, features: Sequence[str] = ()) -> str:
        """A mark of all that training reads, the same however the shapes are read.

        It covers every id, caption, label and split, and some points, part labels and values of these features, with
        which shapes have them and who made them.
        """
        marks = [
            hashlib.blake2b(json.dumps([part.prefix + key, own]).encode(), digest_size=8).digest()
            for part in self._parts
            for tags in part.tags()
            for key, own in zip(tags.id.tolist(), tags.captions, strict=True)
        ]
        digest = hashlib.sha256(np.array(marks, "S8").astype("V8")[self._place].tobytes())
        digest.update(json.dumps([self.meta.classes, self.meta.part_names, self.size]).encode())
        digest.update(np.ascontiguousarray(self.label).tobytes() + np.ascontiguousarray(self._split).tobytes())
        block = self.read(np.arange(0, len(self), max(len(self) // 64, 1)), features, ids=False, parts=True)
        digest.update(np.ascontiguousarray(block.points).tobytes() + np.ascontiguousarray(block.part).tobytes())
        for name in features:
            info = {key: value for key, value in self.feature_info(name).items() if key not in ("model", "spec")}
            digest.update(json.dumps([name, info], sort_keys=True).encode() + self.has(name).tobytes())
            digest.update(np.ascontiguousarray(block.features[name]).tobytes())
        return digest.hexdigest()[:16]


def open_collection(tables: Sequence[ShapeTable]) -> Shapes:
    """Tables as one collection.

    Raises:
        InputError: no tables, a shape that is in two of them, or features of one name and different widths.
    """
    if not tables:
        raise InputError("there is nothing to join: give at least one table of shapes")
    stems = [Path(str(table.path)).stem for table in tables]
    parts = [
        _Part(
            table.rows(),
            table.tags,
            table.meta,
            str(table.path),
            f"{stem}:" if len(tables) > 1 else "",
            table.feature_info,
            table.take,
        )
        for table, stem in zip(tables, stems, strict=True)
    ]
    found = Shapes(parts)
    if len(set(stems)) < len(stems):  # within a table ids differ anyway
        refuse_duplicates(np.asarray(list(found.ids()), dtype=np.str_), "the joined tables")
    return found


def in_memory(arrays: ShapeArrays) -> Shapes:
    """Shapes in memory as a collection."""
    name = arrays.meta.name or "in memory"
    return Shapes(
        [_Part(ArrayRows(arrays), lambda: [tags_of(arrays)], arrays.meta, name, "", lambda name: {}, arrays.select)]
    )


def _as_they_come(numbers: np.ndarray) -> np.ndarray:
    """The same numbers, counted anew from 0 in the order they first occur; negative ones become -1."""
    there = numbers >= 0
    _, first, back = np.unique(numbers[there], return_index=True, return_inverse=True)
    result = np.full(len(numbers), -1, np.int64)
    result[there] = np.argsort(np.argsort(first))[back]
    return result


def _join_shapes(parts: Sequence[Rows]) -> dict[str, tuple[int, int]]:
    joined: dict[str, tuple[int, int]] = {}
    for name in {name for part in parts for name in part.sentences}:
        if any(name in part.feature_shapes and name not in part.sentences for part in parts):
            raise InputError(
                f"the features '{name}' are kept by sentence in one table, by shape in another: teach anew"
            )
    for part in parts:
        for name, (views, width) in part.feature_shapes.items():
            known = joined.get(name, (views, width))
            if known[1] != width:
                raise InputError(f"the features '{name}' differ in width: compute them again with one teacher")
            joined[name] = (max(known[0], views), width)
    return joined
