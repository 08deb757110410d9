"""The bytes of an E57 file: pages with checksums, and the columns of points that are packed into them."""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural

_HEADER = struct.Struct("<8sIIQQQQ")
_CHECKSUM = 4  # bytes at the end of a page
_DATA = 1  # kind of a packet, and of a section


class E57Column(NamedTuple):
    """How a column is stored: floats of 32 or 64 bits, or whole numbers from `least` on, in so many bits."""

    name: str
    bits: int
    whole: bool = False
    least: int = 0
    scale: float = 1.0
    offset: float = 0.0


class E57Data:
    """A file's pages joined, by ASTM E2807 as http://www.libe57.org explains it.

    Attributes:
        path: the file. xml: what tells of all else.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        """Check and join the pages; InputError for what is cut short or damaged."""
        self.path = path
        if content[:8] != b"ASTM-E57" or len(content) < _HEADER.size:
            raise InputError(f"{path} is no readable E57 file (it does not begin with ASTM-E57)")
        _, _, _, length, xml_at, xml_length, self._page = _HEADER.unpack_from(content)
        if not 64 <= self._page <= 1 << 24 or length % self._page:
            raise InputError(f"{path} is no readable E57 file (pages of {self._page} bytes)")
        if len(content) < length:
            raise InputError(f"{path}: cut short, {len(content)} of {length} bytes: fetch or export it again")
        pages = np.frombuffer(content, np.uint8, length).reshape(-1, self._page)
        wrong = np.flatnonzero(_checksums(pages[:, :-_CHECKSUM]) != pages[:, -_CHECKSUM:].copy().view(">u4")[:, 0])
        if len(wrong):
            raise InputError(
                f"{path}: damaged, {plural(len(wrong), 'page')} of {len(pages)} do not fit their checksums"
            )
        self._bytes = pages[:, :-_CHECKSUM].tobytes()
        start = self._logical(xml_at)
        self.xml = self._bytes[start : start + xml_length]

    def columns(self, offset: int, count: int, columns: list[E57Column]) -> dict[str, np.ndarray]:
        """The values (count,) of each column of the section at a place in the file."""
        start = self._logical(offset)
        kind, size, data_at, _ = struct.unpack_from("<B7xQQQ", self._bytes, start)
        if kind != _DATA:
            raise ValueError(f"no points at {offset}")
        streams: list[list[bytes]] = [[] for _ in columns]
        at, end = self._logical(data_at), min(start + size, len(self._bytes))
        while at + 4 <= end:
            kind, _, length = struct.unpack_from("<BBH", self._bytes, at)
            if kind == _DATA:
                (parts,) = struct.unpack_from("<H", self._bytes, at + 4)
                if parts != len(columns):
                    raise ValueError(f"{parts} columns where there should be {len(columns)}")
                place = at + 6 + 2 * parts
                for stream, piece in zip(streams, struct.unpack_from(f"<{parts}H", self._bytes, at + 6), strict=True):
                    stream.append(self._bytes[place : place + piece])
                    place += piece
            at += length + 1
        return {
            column.name: self._values(b"".join(stream), count, column)
            for column, stream in zip(columns, streams, strict=True)
        }

    def _logical(self, physical: int) -> int:
        """A place in the file, without the checksums before it."""
        return physical - _CHECKSUM * (physical // self._page)

    def _values(self, content: bytes, count: int, column: E57Column) -> np.ndarray:
        if len(content) * 8 < count * column.bits:
            has = len(content) * 8 // column.bits
            raise InputError(f"{self.path}: cut short, {has} of {plural(count, 'point')}: fetch or export it again")
        if not column.whole:
            return np.frombuffer(content, f"<f{column.bits // 8}", count).astype(np.float64)
        if column.bits and count > len(content) * 8:
            raise ValueError(f"{count} points")
        return (_whole(content, count, column.bits) + column.least) * column.scale + column.offset


def _whole(content: bytes, count: int, bits: int) -> np.ndarray:
    """Whole numbers (count,) of so many bits each, the least first, one behind the other."""
    if bits in (0, 8, 16, 32):
        return np.frombuffer(content, f"<u{bits // 8}", count).astype(np.float64) if bits else np.zeros(count)
    if bits > 56:
        raise ValueError(f"numbers of {bits} bits")
    letters = np.frombuffer(content + bytes(8), np.uint8)
    at = np.arange(count, dtype=np.int64) * bits
    byte, shift = at >> 3, (at & 7).astype(np.uint64)
    values = np.zeros(count, np.uint64)
    for n in range((bits + 14) // 8):
        values |= letters[byte + n].astype(np.uint64) << np.uint64(8 * n)
    return ((values >> shift) & np.uint64((1 << bits) - 1)).astype(np.float64)


def _checksums(pages: np.ndarray) -> np.ndarray:
    """CRC-32C of each page (P, n) uint8, (P,) uint32."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    found = np.full(len(pages), 0xFFFFFFFF, np.uint32)
    for column in np.ascontiguousarray(pages.T):
        found = table[(found ^ column) & 0xFF] ^ (found >> 8)
    return ~found
