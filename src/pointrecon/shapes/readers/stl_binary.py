"""Triangles of a binary STL file, and their colors."""

from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.paints import face_paint
from pointrecon.shapes.readers.surface import Piece, Surface

_ROW = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEAD = 84  # 80 bytes of anything, then the count of triangles


def fits_exactly(content: bytes) -> bool:
    """Whether the file is just as long as its count of triangles says, or made of several such files."""
    return bool(content) and not len(content) - _solids(content)[1]


def stl_of_bytes(content: bytes, path: Path) -> Surface:
    """The triangles that are there whole: where the count is wrong, the notes say so.

    InputError where the file ends within a triangle, has none, or holds no sensible numbers.
    """
    notes: list[str] = []
    solids, end = _solids(content)
    if end == len(content):
        rows = [np.frombuffer(content, _ROW, count, at + _HEAD) for at, count in solids]
    else:
        solids = [(0, 0)]
        rows = [_loosely(content, path, notes)]
    if not sum(map(len, rows)):
        raise InputError(f"{path} is an STL without triangles: remove it or export it again")
    stored = np.concatenate([each["corners"] for each in rows]).reshape(-1, 3)
    corners = stored.astype(np.float64)
    colors = [_colors(content[at : at + 80], each["attribute"]) for (at, _), each in zip(solids, rows, strict=True)]
    paint = None
    if any(color is not None for color in colors):
        gray = [np.full((len(each), 3), 128, np.uint8) for each in rows]
        paint = face_paint(np.concatenate([g if c is None else c for c, g in zip(colors, gray, strict=True)]))
    faces = np.arange(len(corners)).reshape(-1, 3)
    return Surface([Piece(corners, faces, paint, step=step_of(stored))], notes=notes)


def _solids(content: bytes) -> tuple[list[tuple[int, int]], int]:
    """Where solids begin and their counts of triangles, one file behind the other, and where the last of them ends."""
    solids, at = [], 0
    while at + _HEAD <= len(content):
        count = int.from_bytes(content[at + 80 : at + _HEAD], "little")
        end = at + _HEAD + count * _ROW.itemsize
        if end > len(content) or (at and not (count and _sound(np.frombuffer(content, _ROW, 1, at + _HEAD)).all())):
            break
        solids.append((at, count))
        at = end
    return solids, at


def _loosely(content: bytes, path: Path, notes: list[str]) -> np.ndarray:
    """The triangles of a file whose count does not fit its size."""
    room = max(len(content) - _HEAD, 0)
    there, tail = divmod(room, _ROW.itemsize)
    rows = np.frombuffer(content, _ROW, there, _HEAD) if there else np.zeros(0, _ROW)
    declared = int.from_bytes(content[80:_HEAD], "little")
    sound = _sound(rows)
    first = sound[: declared or None]
    if 2 * first.sum() < len(first) or not len(first):
        raise InputError(f"{path} is no STL: neither text with facets nor binary triangles, check what it is")
    if declared > there and tail:
        raise InputError(f"{path} is cut short: {there} of {declared} triangles are there, copy or export it again")
    if declared > there:
        notes.append(f"declares {declared} triangles, holds {there}: the file may be cut short")
        return rows
    # behind the declared ones there may be more, or anything else
    length = np.linalg.norm(rows["normal"].astype(np.float64), axis=1)
    more = (sound & ((length == 0) | ~(np.abs(length - 1) > 0.01)))[declared:]
    more_there = len(more) if more.all() else int(more.argmin())
    if more_there:
        notes.append(f"declares {plural(declared, 'triangle')}, holds {declared + more_there}")
    if left := room - (declared + more_there) * _ROW.itemsize:
        notes.append(f"{plural(left, 'byte')} after the last triangle ignored")
    return rows[: declared + more_there]


def _sound(rows: np.ndarray) -> np.ndarray:
    """Which rows hold corners as shapes have them: other bytes, read as floats, are of any magnitude."""
    size = np.abs(rows["corners"].reshape(-1, 9))
    with np.errstate(invalid="ignore"):
        usual = (size == 0) | ((size > 1e-25) & (size < 1e15))
    return np.asarray(usual.all(1) & (size > 0).any(1))


def _colors(head: bytes, attribute: np.ndarray) -> np.ndarray | None:
    """Colors (F, 3) uint8 from the two bytes of each triangle, five bits a channel; None where there are none.

    VisCAM and SolidView: bit 15 marks a color, red is the highest; what has none is gray. Materialise Magics, known by
    "COLOR=" in the header and the part's color behind it: bit 15 marks the part's color, and red is the lowest.
    """
    shades = (attribute[:, None] >> np.array([10, 5, 0], np.uint16)) & 31
    color = np.rint(shades * (255 / 31)).astype(np.uint8)
    marked = attribute >> 15 == 1
    at = head.find(b"COLOR=")
    if 0 <= at <= len(head) - 10:
        part = np.frombuffer(head, np.uint8, 3, at + 6)
        plain = marked if attribute.any() else ~marked
        return np.where(plain[:, None], part, color[:, ::-1])
    return np.where(marked[:, None], color, np.uint8(128)) if marked.any() else None
