"""The rows of an ascii PLY file as columns."""

from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.number_text import numbers_of, words_of
from pointrecon.shapes.readers.ply_header import Columns, Element, Header, Lists


class AsciiRows:
    """Reads one element after the other; ``left`` are the numbers behind the last one read.

    Each row has its line, and blank lines do not count. Files that wrap long rows, or put many into one line, are read
    number by number. What the lines hold beyond what the header declares is left out, which the ``notes`` say.
    """

    unit = "number"

    def __init__(self, content: bytes, header: Header, path: Path, notes: list[str]) -> None:
        """Begin behind the header; InputError for what is not numbers."""
        body = content[header.size :]
        words = words_of(body)
        self._values = numbers_of(body, len(words.starts), path)
        self._heads, self._at, self._path, self._notes = words.heads, 0, path, notes

    @property
    def left(self) -> int:
        """How many numbers are not read yet."""
        return len(self._values) - self._at

    def columns(self, element: Element) -> tuple[Columns, int]:
        """The columns of the next element, and how many whole rows it has: all, unless the file ends before.

        InputError where rows do not hold what the header declares.
        """
        count = element.count
        line = int(np.searchsorted(self._heads, self._at))
        begins = self._heads[line : line + count]
        if len(begins) and begins[0] != self._at:  # the last element ended within a line
            begins = begins[:0]
        limits = np.append(self._heads, len(self._values))[line + 1 : line + 1 + len(begins)]
        columns, ends = self._walked(element, begins, limits)
        exact = ends == limits
        good = len(begins) if exact.all() else int(exact.argmin())  # so many rows fill their lines
        end = int(limits[good - 1]) if good else self._at
        if good == count or end == len(self._values):
            self._at = end
            return columns, good
        if (starts := self._through_lines(element)) is not None:
            through, ends_there = self._walked(element, starts[:-1], starts[1:])
            if (ends_there == starts[1:]).all():
                self._at = int(starts[-1])
                return through, count
        more = np.unique(limits - ends)
        if len(begins) == count > 1 and len(more) == 1 and (ends >= 0).all():
            self._notes.append(f"{more[0]} more in each row of '{element.name}' than the header declares, left out")
            self._at = int(limits[-1])
            return columns, count
        if good == len(begins) - 1 and ends[good] < 0 and limits[good] == len(self._values):  # half a row is the last
            self._at = end
            return columns, good
        raise InputError(
            f"{self._path}: row {good + 1} of '{element.name}' does not hold what the header declares: export it again"
        )

    def _walked(self, element: Element, begins: np.ndarray, limits: np.ndarray) -> tuple[Columns, np.ndarray]:
        """Columns of rows between these numbers, and where their values do end: -1 for a row that does not fit."""
        columns: Columns = {}
        values, at, fits = np.append(self._values, np.nan), begins, np.ones(len(begins), bool)
        for each in element.properties:
            found = values[np.minimum(at, len(self._values))]
            at = at + 1
            if each.length is None:
                columns.setdefault(each.name, _of_kind(found, each.kind))
                continue
            with np.errstate(invalid="ignore"):
                good = (found >= 0) & (found == np.floor(found)) & (found <= limits - at)
            size, fits = np.where(good, found, 0).astype(np.int64), fits & good
            inside = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
            columns.setdefault(each.name, Lists(size, _of_kind(values[np.repeat(at, size) + inside], each.kind)))
            at = at + size
        return columns, np.where(fits & (at <= limits), at, -1)

    def _through_lines(self, element: Element) -> np.ndarray | None:
        """Where rows begin, and the last ends, (count + 1,), however lines are broken; None where that cannot be meant.

        Either rows go on in further lines, but each begins with one, or the whole file is a single line.
        """
        at, end, lists = self._at, len(self._values), element.lists
        if element.count * len(element.properties) > end - at:
            return None
        if not lists:
            starts = at + np.arange(element.count + 1) * len(element.properties)
        else:
            found = [at]
            for _ in range(element.count):
                for each in element.properties:
                    if at >= end:
                        return None
                    if each.length is not None:
                        if not 0 <= self._values[at] <= end - at:
                            return None
                        at += int(self._values[at])
                    at += 1
                found.append(at)
            starts = np.array(found, np.int64)
        if len(self._heads) > 1 and not np.isin(starts, np.append(self._heads, end)).all():
            return None
        return starts if starts[-1] <= end else None


def _of_kind(values: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Numbers in the type that the header declares, where it keeps them; all else as it is, in double precision."""
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            typed = values.astype(kind)
        return typed if np.array_equal(typed, values, equal_nan=True) else values
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return values
    limits = np.iinfo(kind)
    inside = not len(values) or (values.min() >= limits.min and values.max() <= limits.max)
    return values.astype(kind) if inside else values
