"""The faces of an OBJ file: which vertices and texture coordinates their corners name."""

import re
import warnings
from typing import NamedTuple

import numpy as np

from pointrecon.shapes.readers.obj_text import ObjText, words_begin

_CORNERS = re.compile(rb"\s*(?:[-+]?\d+(?:/(?:[-+]?\d+)?){0,2}\s+)*")
_POINTS = re.compile(rb"(?<=\d)\.0*(?=[\s/])")
_ALLOWED = np.zeros(256, bool)
_ALLOWED[[*b"0123456789-+/", *range(33)]] = True


class ObjFaces(NamedTuple):
    """Polygons as they stand in the file.

    Shape:
        sizes, lines: (P,) corners of each, and the number of its line.
        vertex, texture: (C,) of each corner the vertex and the texture coordinate, from 0; below 0 for none.
        unreadable: how many lines were left out since they are no numbers.
    """

    sizes: np.ndarray
    lines: np.ndarray
    vertex: np.ndarray
    texture: np.ndarray
    unreadable: int


def obj_faces(text: ObjText, vertices: int) -> ObjFaces:
    """All faces; numbers below zero count back from where the face stands.

    OBJ counts from 1. A file that names vertex 0, and neither its last of so many ``vertices`` nor any by a number
    below zero, counts from 0: it is read so, and a note says it.
    """
    plain, old = text.lines("f"), text.lines("fo")  # fo: how early versions wrote it
    lines = np.sort(np.concatenate([plain, old])) if len(old) else plain
    letters = text.after_word(lines, 1)
    if len(old):
        letters = np.where(letters == ord("o"), 32, letters).astype(np.uint8)
    if (letters == ord(".")).any():  # 1.000000, as tables of floats are written
        letters = np.frombuffer(_POINTS.sub(b"", letters.tobytes()), np.uint8)
    unreadable = 0
    if not _ALLOWED[letters].all():
        letters, unreadable = _readable(letters)
    numbers, begins, corner, slot = _numbers(letters)
    if len(numbers) != len(corner):  # such as 1-2 or +
        letters, unreadable = _readable(letters, unreadable)
        numbers, begins, corner, slot = _numbers(letters)
    ends = np.flatnonzero(letters == 10)
    sizes = np.diff(np.searchsorted(begins, ends), prepend=0)
    named = numbers[slot == 0]
    first = 0 if len(named) and named.min() == 0 and named.max() < vertices else 1
    if not first:
        text.notes.append("counts its vertices from 0, where OBJ counts from 1: read so")
    found = []
    for which, word in enumerate(("v", "vt")):
        mine = slot == which
        number, at = numbers[mine], corner[mine]
        back = number < 0
        number = number - np.where(back, 0, first)
        if back.any():
            before = np.searchsorted(text.lines(word), lines)
            number[back] += np.repeat(before, sizes)[at[back]]
        index = np.full(len(begins), -1)
        index[at] = np.maximum(number, -1)
        found.append(index)
    kept = sizes > 0 if unreadable else slice(None)
    return ObjFaces(sizes[kept], lines[kept], found[0], found[1], unreadable)


def _numbers(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All whole numbers, where corners begin, and of each number its corner and its place between the slashes."""
    begins = words_begin(letters)
    slashes = letters == ord("/")
    if not slashes.any():
        corner, slot = np.arange(len(begins)), np.zeros(len(begins), np.int8)
        spaced = letters
    else:
        spaced = np.where(slashes, np.uint8(32), letters)
        at = words_begin(spaced)
        seen = np.cumsum(slashes, dtype=np.int32)
        corner = np.searchsorted(begins, at, side="right") - 1
        slot = seen[at] - seen[begins[corner]] + slashes[begins[corner]]
    if not len(corner):
        return np.zeros(0, np.int64), begins, corner, slot
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # how numpy below 2.4 tells of what it cannot read
            numbers = np.fromstring(spaced.tobytes(), np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        numbers = np.zeros(0, np.int64)
    return numbers, begins, corner, slot


def _readable(letters: np.ndarray, before: int = 0) -> tuple[np.ndarray, int]:
    """The letters with those lines emptied that are no corners, and how many these are."""
    lines = [line + b"\n" for line in letters.tobytes().removesuffix(b"\n").split(b"\n")]
    good = [_CORNERS.fullmatch(line) is not None for line in lines]
    text = b"".join(line if fine else b"\n" for line, fine in zip(lines, good, strict=True))
    return np.frombuffer(text, np.uint8), before + good.count(False)
