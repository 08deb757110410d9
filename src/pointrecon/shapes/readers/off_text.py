"""The numbers of an OFF file: a table of vertices, and polygons with their colors; text or binary."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.number_text import numbers_of, words_of


class OffKind(NamedTuple):
    """What a header such as STCN4nOFF declares of each vertex, in this order.

    Attributes:
        dimensions: of a place. homogeneous: whether a divisor follows. normals, colors, texture: whether they follow.
    """

    dimensions: int = 3
    homogeneous: bool = False
    normals: bool = False
    colors: bool = False
    texture: bool = False

    @property
    def place(self) -> int:
        """Numbers of a place."""
        return self.dimensions + self.homogeneous

    @property
    def plain(self) -> int:
        """Numbers of a vertex, without its color."""
        return self.place + 3 * self.normals + 2 * self.texture


class OffParts(NamedTuple):
    """What an OFF file holds.

    Shape:
        vertices: (V, w) a row for each vertex. sizes: (P,), corners: (sum of sizes,), from 0.
        colors: (P, 4) red, green, blue, opacity as they stand, NaN where there is none. by_map: (P,) whether a face
            names a color of a map instead.
    """

    vertices: np.ndarray
    sizes: np.ndarray
    corners: np.ndarray
    colors: np.ndarray
    by_map: np.ndarray


def off_text(text: bytes, kind: OffKind, path: Path, notes: list[str]) -> OffParts:
    """The parts of a text after its header, comments taken out.

    One vertex and one face a line is the rule; where lines are wrapped otherwise, numbers are counted off, and there
    are no colors of faces then, since only a line's end tells where one ends.

    InputError for a file cut short, and what is no count or no index.
    """
    words = words_of(text)
    values = numbers_of(text, len(words.starts), path)
    heads = np.append(words.heads, len(values))
    first = int(heads[1] - heads[0]) if len(heads) > 1 else 0
    given = 2 if first == 2 else 3
    counts = values[:given]
    if len(counts) < 2 or not ((counts >= 0) & (counts < 2**62) & (counts == np.rint(counts))).all():
        raise InputError(f"{path} is no readable OFF file (its counts of vertices and faces are missing)")
    vertices, faces = int(counts[0]), int(counts[1])
    lines = heads[np.searchsorted(heads, given) :]
    by_line = len(lines) > vertices + faces and lines[0] == given
    width = _width(lines[: vertices + 1], kind) if by_line and vertices else 0
    if width:
        starts, ends = lines[vertices : vertices + faces], lines[vertices + 1 : vertices + faces + 1]
        if (values[starts] < ends - starts).all():
            table = values[given : int(lines[vertices])].reshape(vertices, width)
            return _faces_by_line(values, table, starts, ends, path, notes)
    for width in dict.fromkeys((kind.plain + 4 * kind.colors, kind.plain + 3 * kind.colors)):
        found = _counted_off(values[given:], vertices, width, faces)
        if found is not None and len(found.sizes) == faces and (found.corners < vertices).all():
            return found
    raise InputError(_cut_short(values[given:], vertices, faces, kind, path))


def off_binary(content: bytes, kind: OffKind, path: Path) -> OffParts:
    """The parts of a binary file after its header: 32 bits each, big-endian as Geomview writes it, or not.

    InputError for a file cut short.
    """
    for order in ">", "<":
        whole = np.frombuffer(content[: len(content) // 4 * 4], f"{order}i4").astype(np.int64)
        if len(whole) >= 3 and whole[:2].min() >= 0 and whole[:2].max() <= len(whole):
            break
    else:
        raise InputError(f"{path} is cut short, or no binary OFF file: it declares more than it holds")
    numbers = np.frombuffer(content[: len(whole) * 4], f"{order}f4")
    vertices, faces = int(whole[0]), int(whole[1])
    width = kind.plain + 4 * kind.colors
    at = 3 + vertices * width
    if at > len(whole):
        raise InputError(f"{path} is cut short: {(len(whole) - 3) // width} of {vertices} vertices are there")
    table = numbers[3:at].reshape(vertices, width)
    starts, shades = np.zeros(faces, np.int64), np.zeros(faces, np.int64)
    for face in range(faces):
        size = int(whole[at]) if at < len(whole) else -1
        end = at + 1 + size
        shade = int(whole[end]) if size >= 0 and end < len(whole) else -1
        if shade < 0 or end + 1 + shade > len(whole):
            raise InputError(f"{path} is cut short: {face} of {faces} faces are there")
        starts[face], shades[face], at = at, shade, end + 1 + shade
    sizes = whole[starts]
    colors = np.full((faces, 4), np.nan)
    for channel in range(4):
        mine = np.flatnonzero((shades > channel) & (shades >= 3) & (shades <= 4))
        colors[mine, channel] = numbers[starts[mine] + sizes[mine] + 2 + channel]
    return OffParts(table, sizes, whole[_ranges(starts + 1, sizes)], colors, shades == 1)


def _width(lines: np.ndarray, kind: OffKind) -> int:
    """The numbers on each line of a vertex; 0 where lines differ, or are too short."""
    widths = np.diff(lines)
    return int(widths[0]) if (widths == widths[0]).all() and widths[0] >= kind.place else 0


def _faces_by_line(
    values: np.ndarray, table: np.ndarray, starts: np.ndarray, ends: np.ndarray, path: Path, notes: list[str]
) -> OffParts:
    sizes = values[starts]
    if not _whole(sizes) or sizes.min(initial=0) < 0:
        raise InputError(f"{path}: a face has no whole number of corners: export it again")
    sizes = sizes.astype(np.int64)
    corners = values[_ranges(starts + 1, sizes)]
    if not _whole(corners):
        raise InputError(f"{path}: its faces name vertices by numbers that are not whole: export it again")
    more = ends - starts - 1 - sizes
    colors = np.full((len(starts), 4), np.nan)
    for channel in range(4):
        mine = np.flatnonzero((more > channel) & (more >= 3) & (more <= 4))
        colors[mine, channel] = values[starts[mine] + 1 + sizes[mine] + channel]
    if odd := int(((more == 2) | (more > 4)).sum()):
        notes.append(f"numbers after the corners of {odd} faces left out: they are no color")
    if len(values) > (int(ends[-1]) if len(ends) else 0) and len(ends):
        notes.append(f"{len(values) - int(ends[-1])} numbers after the last face ignored")
    return OffParts(table, sizes, corners.astype(np.int64), colors, more == 1)


def _counted_off(values: np.ndarray, vertices: int, width: int, faces: int) -> OffParts | None:
    """Parts of numbers that stand in order, whatever the lines; None where they do not fit."""
    at = vertices * width
    if at > len(values):
        return None
    table, rest = values[:at].reshape(vertices, width), values[at:]
    if len(rest) < faces or not _whole(rest):
        return None
    whole = rest.astype(np.int64)
    starts = np.zeros(faces, np.int64)
    place = 0
    for face in range(faces):
        if place >= len(whole) or whole[place] < 0:
            return None
        starts[face], place = place, place + 1 + int(whole[place])
    if place != len(whole):
        return None
    sizes = whole[starts]
    return OffParts(table, sizes, whole[_ranges(starts + 1, sizes)], np.full((faces, 4), np.nan), np.zeros(faces, bool))


def _cut_short(values: np.ndarray, vertices: int, faces: int, kind: OffKind, path: Path) -> str:
    width = kind.plain + 3 * kind.colors
    if len(values) < vertices * width:
        return f"{path} is cut short: {len(values) // width} of {vertices} vertices are there"
    rest = values[vertices * width :]
    place = there = 0
    while there < faces and place < len(rest) and 0 <= rest[place] < len(rest) - place:
        there, place = there + 1, place + 1 + int(rest[place])
    if there < faces:
        return f"{path} is cut short: {there} of {faces} faces are there, copy it again"
    return f"{path} is no readable OFF file (its lines do not hold what its counts declare)"


def _whole(numbers: np.ndarray) -> bool:
    return bool(((numbers == np.rint(numbers)) & (np.abs(numbers) < 2**62)).all())


def _ranges(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The places of each stretch, one after the other."""
    return np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
