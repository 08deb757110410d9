"""Text that is mostly numbers, as arrays: where its words are, which begin a line, and their values."""

import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError

_MSVC = re.compile(rb"[-+]?1\.#\w+|[-+]?nan\(\w+\)", re.IGNORECASE)  # how old C libraries write NaN and infinity


class Words(NamedTuple):
    """Where the words of a text are.

    Shape:
        starts, ends: (W,) first byte of each word, and the byte after its last. heads: (L,) the words that begin a
            line; lines are ended by line feed, carriage return or both, and those without words do not count.
    """

    starts: np.ndarray
    ends: np.ndarray
    heads: np.ndarray


def words_of(text: bytes) -> Words:
    """The words between blanks."""
    letters = np.frombuffer(text, np.uint8)
    inked = np.zeros(len(letters) + 2, bool)
    inked[1:-1] = letters > 32
    edges = np.flatnonzero(inked[1:] != inked[:-1])
    starts, ends = edges[0::2], edges[1::2]
    breaks = np.flatnonzero((letters == 10) | (letters == 13))
    heads = np.append(0, np.searchsorted(starts, breaks))
    heads = heads[np.append(True, heads[1:] != heads[:-1]) & (heads < len(starts))]
    return Words(starts, ends, heads)


def numbers_of(text: bytes, count: int, path: Path) -> np.ndarray:
    """The values (count,) float64 of a text of so many words; InputError for a word that is no number."""
    plain = text
    for mend in (None, _without_msvc, _without_fortran):
        plain = mend(plain) if mend else plain
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # how numpy below 2.4 tells of what it cannot read
                values = np.fromstring(plain, np.float64, sep=" ") if plain.strip() else np.zeros(0)
        except (ValueError, DeprecationWarning):
            continue
        if len(values) == count:
            return values
    word = next((word for word in _without_msvc(text).split() if not _is_number(word)), b"")
    remedy = "write decimal points, not commas" if b"," in word else "export it again"
    raise InputError(f"{path}: {word[:40].decode('latin-1')!r} stands where a number should be: {remedy}")


def _without_msvc(text: bytes) -> bytes:
    return _MSVC.sub(b"nan", text)


def _without_fortran(text: bytes) -> bytes:
    return text.replace(b"D", b"e").replace(b"d", b"e")  # 1.5D+03


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return b"_" not in word
