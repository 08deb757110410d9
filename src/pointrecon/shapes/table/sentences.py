"""What a text teacher makes of sentences, each in T templates: kept once, however many shapes have the sentence.

Which sentences are a shape's is said by its captions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pointrecon.errors import InputError


class SentenceReader(Protocol):
    """Sentences of one teacher that can be read by number, from several threads: S different texts; shape (T, D)."""

    @property
    def text(self) -> list[str]: ...

    @property
    def shape(self) -> tuple[int, int]: ...

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """(m, T, D) float16 for these numbers (m,)."""


@dataclass
class Sentences:
    """Sentences in memory: ``text`` (S,), all different, and ``values`` (S, T, D) float16."""

    text: list[str]
    values: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape[1], self.values.shape[2]

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """(m, T, D) float16 for these numbers (m,)."""
        return self.values[numbers]


class JoinedSentences:
    """The sentences of several tables, merged by their words, and which are each shape's.

    ``own`` is (M, C) int32, the numbers of each shape's sentences in order, -1 behind the last; C is at least 1.
    """

    def __init__(self, parts: Sequence[SentenceReader], captions: Iterable[Sequence[str]], what: str) -> None:
        """Take the tables' sentences and the captions of all shapes, in order."""
        self._parts, self.shape = parts, parts[0].shape
        place: dict[str, int] = {}
        where: list[tuple[int, int]] = []
        for number, part in enumerate(parts):
            refuse_other_shape(what, self.shape, part.shape)
            for row, text in enumerate(part.text):
                if place.setdefault(text, len(where)) == len(where):
                    where.append((number, row))
        self.text = list(place)
        self._part, self._row = np.array(where, np.int64).reshape(-1, 2).T
        rows = [[place[text] for text in spoken(own) if text in place] for own in captions]
        self.own = np.full((len(rows), max([1, *map(len, rows)])), -1, np.int32)
        for i, mine in enumerate(rows):
            self.own[i, : len(mine)] = mine

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """(m, T, D) float16 for these numbers (m,)."""
        values = np.empty((len(numbers), *self.shape), np.float16)
        for part in np.unique(self._part[numbers]):
            mine = self._part[numbers] == part
            values[mine] = self._parts[part].read(self._row[numbers[mine]])
        return values

    @property
    def bytes(self) -> int:
        """What all features take: two bytes a number."""
        return 2 * len(self.text) * self.shape[0] * self.shape[1]

    def first(self, index: np.ndarray) -> np.ndarray:
        """(m, T, D) float16, the first sentence of each of these shapes (m,), NaN where it has none."""
        numbers = self.own[index, 0]
        values = np.full((len(index), *self.shape), np.nan, np.float16)
        values[numbers >= 0] = self.read(numbers[numbers >= 0])
        return values


def spoken(captions: Sequence[str]) -> list[str]:
    """A shape's different sentences: its captions without space around them, empty ones left out."""
    return list(dict.fromkeys(text for caption in captions if (text := caption.strip())))


def check_sentences(
    what: str, text: Sequence[str], values: Any, before: SentenceReader | None, *, by_shape: bool
) -> Sentences:
    """What `add_sentences` was given, or InputError where it does not fit itself or what is there already.

    ``before`` are the sentences there are; ``by_shape`` says whether features of this name belong to shapes.
    """
    array = np.asarray(values)
    if array.ndim != 3 or len(array) != len(text) or array.dtype.kind not in "fiu":
        raise InputError(
            f"{what} have shape {array.shape} for {len(text)} sentences, expected (sentences, templates, width)"
        )
    if by_shape:
        raise InputError(f"{what} are kept for each shape, not by sentence: drop them, or use another name")
    with np.errstate(over="ignore"):  # it is looked for right below
        array = array.astype(np.float16)
    if bad := [i for i, row in enumerate(array) if not np.isfinite(row).all()]:
        raise InputError(
            f"{what} of '{text[bad[0]]}' are NaN or too large for float16: the teacher's weights are damaged"
        )
    known = set(before.text if before else ())
    for one in text:
        if one in known or one != one.strip() or not one:
            raise InputError(f"{what} of '{one}' are there already, or it is no sentence without space around it")
        known.add(one)
    if before:
        refuse_other_shape(what, before.shape, (array.shape[1], array.shape[2]))
    return Sentences(list(text), array)


def refuse_other_shape(what: str, before: tuple[int, int], now: tuple[int, int]) -> None:
    """Raise InputError where sentences have another number of templates or width."""
    if before != now:
        raise InputError(f"{what} are of {before[0]} templates x {before[1]} numbers, not {now[0]} x {now[1]}")
