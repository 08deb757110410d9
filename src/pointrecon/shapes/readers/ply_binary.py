"""The rows of a binary PLY file as columns."""

import struct
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.ply_header import Columns, Element, Header, Lists

_LETTERS = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}


class BinaryRows:
    """Reads one element after the other; ``left`` are the bytes behind the last one read."""

    unit = "byte"

    def __init__(self, content: bytes, header: Header, path: Path) -> None:
        """Begin behind the header."""
        self._content, self._at, self._path = content, header.size, path

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self._content) - self._at

    def columns(self, element: Element) -> tuple[Columns, int]:
        """The columns of the next element, and how many whole rows it has: all, unless the file ends before.

        InputError for a list of negative length.
        """
        least = sum((each.length or each.kind).itemsize for each in element.properties)
        if not least:
            return {}, element.count
        count = min(element.count, self.left // least)
        if not element.lists:
            return self._alike(element, [], count)[0], count
        first, _, sizes = self._found(element, min(count, 1))
        if len(first) and count == element.count:  # most often all rows are as long as the first
            width = least + sum(int(n) * each.kind.itemsize for n, each in zip(sizes[0], element.lists, strict=True))
            if width * count <= self.left:
                before = self._at
                columns, lengths = self._alike(element, sizes[0].tolist(), count)
                if all((length == size).all() for length, size in zip(lengths, sizes[0], strict=True)):
                    return columns, count
                self._at = before
        at, places, sizes = self._found(element, count)
        if len(at):
            ends = places[-1, -1] + sizes[-1, -1] * element.lists[-1].kind.itemsize
            self._at = int(ends) + self._after_the_last_list(element)
        return self._taken(element, at, places, sizes), len(at)

    def _alike(self, element: Element, sizes: list[int], count: int) -> tuple[Columns, list[np.ndarray]]:
        """Columns of rows with lists of these sizes, and the lengths that are written before the lists."""
        fields: list[tuple] = []
        left = iter(sizes)
        for i, each in enumerate(element.properties):
            if each.length is not None:
                fields += [(f"length {i}", each.length), (f"{i}", each.kind, (next(left),))]
            else:
                fields.append((f"{i}", each.kind))
        rows = np.frombuffer(self._content, np.dtype(fields), count, self._at)
        self._at += rows.nbytes
        columns: Columns = {}
        for i, each in enumerate(element.properties):
            column = rows[f"{i}"]
            lists = Lists(np.full(count, column.shape[1]), column.reshape(-1)) if each.length is not None else None
            columns.setdefault(each.name, column if lists is None else lists)
        return columns, [rows[name] for name in rows.dtype.names or () if name.startswith("length")]

    def _found(self, element: Element, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the next whole rows begin (rows,), where their lists do, and how long these are, (rows, lists)."""
        content, at, end = self._content, self._at, len(self._content)
        steps, skip = [], 0  # bytes before a list, how its length is read, bytes of that, bytes of a value
        for each in element.properties:
            if each.length is None:
                skip += each.kind.itemsize
            else:
                letter = _LETTERS[each.length.str[1:]]
                unpack = struct.Struct(each.length.str[0].replace("|", "<") + letter).unpack_from
                steps.append((skip, unpack, each.length.itemsize, each.kind.itemsize))
                skip = 0
        tail = skip
        begins: list[int] = []
        places: list[int] = []
        sizes: list[int] = []
        while len(begins) < count:
            begin = at
            for skip, unpack, width, value in steps:
                place = at + skip + width
                if place > end:
                    at = end + 1
                    break
                (size,) = unpack(content, place - width)
                if size < 0:
                    raise InputError(f"{self._path} has a list of {size} values in '{element.name}': export it again")
                places.append(place)
                sizes.append(size)
                at = place + size * value
            at += tail
            if at > end:
                break
            begins.append(begin)
        shape, whole = (len(begins), len(steps)), len(begins) * len(steps)
        return (
            np.array(begins, np.int64),
            np.array(places[:whole], np.int64).reshape(shape),
            np.array(sizes[:whole], np.int64).reshape(shape),
        )

    def _taken(self, element: Element, at: np.ndarray, places: np.ndarray, sizes: np.ndarray) -> Columns:
        columns: Columns = {}
        nth = 0
        for each in element.properties:
            if each.length is None:
                columns.setdefault(each.name, self._values(each.kind, at, 1).reshape(-1))
                at = at + each.kind.itemsize
                continue
            size, place = sizes[:, nth], places[:, nth]
            first = np.cumsum(size) - size
            values = np.empty(int(size.sum()), each.kind)
            for length in np.unique(size).tolist():
                mine = np.flatnonzero(size == length)
                values[first[mine, None] + np.arange(length)] = self._values(each.kind, place[mine], length)
            columns.setdefault(each.name, Lists(size, values))
            at, nth = place + size * each.kind.itemsize, nth + 1
        return columns

    def _values(self, kind: np.dtype, places: np.ndarray, count: int) -> np.ndarray:
        """So many values at each of these bytes: (places, count)."""
        width = count * kind.itemsize
        if not len(places) or not width:
            return np.zeros((len(places), count), kind)
        windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(self._content, np.uint8), width)
        return windows[places].view(kind)

    @staticmethod
    def _after_the_last_list(element: Element) -> int:
        last = max(i for i, each in enumerate(element.properties) if each.length is not None)
        return sum(each.kind.itemsize for each in element.properties[last + 1 :])
