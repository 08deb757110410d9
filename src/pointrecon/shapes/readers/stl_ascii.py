"""Facets of an STL file in text."""

import re
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.number_text import numbers_of, words_of
from pointrecon.shapes.readers.surface import Piece, Surface
from pointrecon.shapes.readers.triangulate import triangulated

_SOLID = re.compile(rb"solid(?:.*?(?=facet[ \t]+normal[ \t]+[-+.\d])|.*)")  # all may stand in one line


def stl_of_text(content: bytes, path: Path) -> Surface:
    """The facets, whatever their solids are called; normals, and words that are not known, are passed over.

    Corners that follow each other without another word between them are a facet. InputError where the text ends within
    a facet, or a corner is not three numbers.
    """
    notes: list[str] = []
    text = content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0\x1a").lower()
    text = _without_names(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), notes)
    letters = np.frombuffer(text, np.uint8)
    words = words_of(text)
    at = np.flatnonzero(_are(letters, words.starts, b"vertex"))
    sizes = np.diff(np.flatnonzero(np.append(at[1:] != at[:-1] + 4, True)), prepend=-1)  # another word ends a facet
    cut = InputError(f"{path} is cut short: it ends within facet {len(sizes)}, copy or export it again")
    bare = not re.search(rb"end[ \t]*(loop|facet)", text)
    if not len(at) or at[-1] + (3 if bare else 4) >= len(words.starts):
        raise cut
    vertices = numbers_of(_only(letters, words.starts[at + 1], words.ends[at + 3]), 3 * len(at), path).reshape(-1, 3)
    follow = letters[words.starts[np.minimum(at + 4, len(words.starts) - 1)]]
    if (follow[:-1] < ord("a")).any():
        raise InputError(f"{path} has corners of more than three numbers: export it again, with decimal points")
    behind = words.starts[at[-1] :]
    begun = _are(letters, behind, b"facet")
    begun[1:] &= ~_are(letters, behind[:-1], b"end ")
    if sizes[-1] < 3 or begun.any():
        raise cut
    if small := int((sizes < 3).sum()):
        notes.append(f"{plural(small, 'facet')} of fewer than three corners left out")
    faces, _ = triangulated(vertices, sizes, np.arange(len(vertices)))
    return Surface([Piece(vertices, faces)], notes=notes)


def _without_names(text: bytes, notes: list[str]) -> bytes:
    """The text without the lines that begin and end its solids, which may hold anything."""
    begun = ended = at = 0
    kept = []
    for line in _SOLID.finditer(text):
        before = text[text.rfind(b"\n", 0, line.start()) + 1 : line.start()].strip()
        begun, ended = begun + (not before), ended + before.endswith(b"end")
        if before in (b"", b"end"):
            kept += [text[at : line.start()], b"facet" if before else b""]
            at = line.end()
    if ended < begun:
        notes.append(f"{begun - ended} of {plural(begun, 'solid')} without 'endsolid': the file may be cut short")
    return b"".join([*kept, text[at:]])


def _are(letters: np.ndarray, starts: np.ndarray, word: bytes) -> np.ndarray:
    """Which words, by where they start, begin with this one."""
    found = np.ones(len(starts), bool)
    for i, letter in enumerate(word):
        found &= letters[np.minimum(starts + i, len(letters) - 1)] == letter
    return found


def _only(letters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bytes:
    """The text with blanks everywhere but between these places."""
    edges = np.zeros(len(letters) + 1, np.int8)
    edges[starts] = 1
    edges[ends] = -1
    return np.where(np.cumsum(edges[:-1], dtype=np.int8).view(bool), letters, np.uint8(32)).tobytes()
