"""Files changed at random, as damage and ill will change them; the same seed gives the same files."""

import re
import struct
from collections.abc import Sequence

import numpy as np

_NUMBERS = [
    *(
        b"0",
        b"-1",
        b"1",
        b"2",
        b"255",
        b"256",
        b"65536",
        b"-2147483649",
        b"2147483647",
        b"4294967295",
        b"1e308",
        b"-1e308",
    ),
    *(
        b"99999999999999999999",
        b"1e-320",
        b"nan",
        b"inf",
        b"-inf",
        b"0x10",
        b"1,5",
        b"",
        b"\xff",
        b"true",
        b"null",
        b"[]",
    ),
]
_WORDS = [struct.pack("<I", n) for n in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 20)]
_WORDS += [struct.pack("<f", x) for x in (float("nan"), float("inf"), 1e38, -0.0, 1e-45)]
_WORDS += [struct.pack("<Q", n) for n in (1 << 40, (1 << 64) - 1)]


def mutated(good: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """`good` with one to four changes; ``others`` are good files of the same format, parts of which may get in."""
    content = bytearray(good)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        _CHANGES[rng.integers(len(_CHANGES))](content, others, rng)
    return bytes(content)


def _at(content: bytearray, rng: np.random.Generator) -> int:
    # headers are where files are believed: half of the changes go there
    top = len(content) if rng.random() < 0.5 else min(len(content), 400)
    return int(rng.integers(0, top + 1))


def _span(content: bytearray, rng: np.random.Generator) -> slice:
    start = _at(content, rng)
    return slice(start, start + int(rng.integers(1, 65)))


def _flip(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 9))):
        if content:
            content[min(_at(content, rng), len(content) - 1)] ^= 1 << int(rng.integers(8))


def _scramble(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    span = _span(content, rng)
    content[span] = rng.bytes(len(content[span]))


def _cut(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    del content[int(rng.integers(0, len(content) + 1)) :]


def _remove(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    del content[_span(content, rng)]


def _repeat(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    span = _span(content, rng)
    content[span] = content[span] * int(rng.integers(2, 30))


def _insert(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    at = _at(content, rng)
    content[at:at] = rng.bytes(int(rng.integers(1, 33)))


def _splice(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    other = bytearray(others[rng.integers(len(others))])
    content[_span(content, rng)] = other[_span(other, rng)]


def _word(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    word, at = _WORDS[rng.integers(len(_WORDS))], _at(content, rng)
    content[at : at + len(word)] = word


def _number(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    found = list(re.finditer(rb"-?[0-9][0-9.e+-]*", bytes(content[:4000])))
    if found:
        start, end = found[rng.integers(len(found))].span()
        content[start:end] = _NUMBERS[rng.integers(len(_NUMBERS))]


def _line(content: bytearray, others: Sequence[bytes], rng: np.random.Generator) -> None:
    lines = bytes(content).split(b"\n")
    if len(lines) > 2:
        here, there = rng.integers(0, len(lines), 2)
        lines.insert(int(there), lines.pop(int(here)) if rng.random() < 0.5 else lines[int(here)])
        content[:] = b"\n".join(lines)


_CHANGES = [_flip, _scramble, _cut, _remove, _repeat, _insert, _splice, _word, _number, _number, _line]
