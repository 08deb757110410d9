"""Text that is mostly numbers, as arrays: where its words are, which begin a line, and their values."""

import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError

_MSVC = re.compile(rb"[-+]?1\.#\w+|[-+]?nan\(\w+\)", re.IGNORECASE)  # how old C libraries write NaN and infinity

_PLAIN = b"0123456789+-.eE \t\r\n"
_SHORT = 16  # letters: 15 digits and a point
_FEW = 16  # one word in so many may be otherwise
_POWERS = 10.0 ** np.arange(_SHORT)


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
    starts, ends = _edges(letters)
    breaks = np.flatnonzero((letters == 10) | (letters == 13))
    heads = np.append(0, np.searchsorted(starts, breaks))
    heads = heads[np.append(True, heads[1:] != heads[:-1]) & (heads < len(starts))]
    return Words(starts, ends, heads)


def _edges(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inked = np.zeros(len(letters) + 2, bool)
    inked[1:-1] = letters > 32
    edges = np.flatnonzero(inked[1:] != inked[:-1])
    return edges[0::2], edges[1::2]


def numbers_of(text: bytes, count: int, path: Path) -> np.ndarray:
    """The values (count,) float64 of a text of so many words; InputError for a word that is no number."""
    if (values := _decimals(text, count)) is not None:
        return values
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


def _decimals(text: bytes, count: int) -> np.ndarray | None:
    """The values, to the bit, where nearly all words are plain decimals of at most 16 letters; None for other texts.

    The digits without their point are a whole number below 2**53, and so are the powers of ten: one division of the two
    rounds as it should (W. Clinger, How to read floating point numbers accurately, 1990). A third of numpy's time.
    """
    if text.translate(None, _PLAIN):
        return None
    letters = np.frombuffer(text, np.uint8)
    starts, ends = _edges(letters)
    if len(starts) != count:
        return None
    odd = ends - starts > _SHORT
    if b"e" in text or b"E" in text:
        odd[np.searchsorted(starts, np.flatnonzero(letters | 32 == ord("e")), side="right") - 1] = True
    others = np.flatnonzero(odd)
    if not count or len(others) * _FEW > count:
        return None
    try:
        apart = [float(text[start:end]) for start, end in zip(starts[others], ends[others], strict=True)]
        if apart:
            letters = letters.copy()
            for start, end in zip(starts[others], ends[others], strict=True):
                letters[start:end] = ord(" ")
            letters[starts[others]] = ord("0")
            ends[others] = starts[others] + 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # how numpy below 2.4 tells of what it cannot read
            whole = np.fromstring(letters.tobytes().translate(None, b"."), np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    signs = np.flatnonzero((letters == ord("-")) | (letters == ord("+")))
    if (letters[signs[signs > 0] - 1] > 32).any():  # ".-5" is no number, nor are two of them in a word
        return None
    points = np.flatnonzero(letters == ord("."))
    word = np.arange(count)
    if not (len(points) == count and (points >= starts).all() and (points < ends).all()):
        word = np.searchsorted(starts, points, side="right") - 1
        if (word[1:] == word[:-1]).any():
            return None
    if len(whole) != count:
        return None
    values = whole.astype(np.float64)
    values[word] /= _POWERS[ends[word] - points - 1]
    zeros = np.flatnonzero(whole == 0)
    values[zeros[letters[starts[zeros]] == ord("-")]] = -0.0
    values[others] = apart
    return values


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
