"""NPY files and members of NPZ archives: what a header declares is checked before memory is asked for."""

import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from pointrecon.errors import InputError

# what numpy and zipfile raise on truncated, damaged or pickled members (an array's header is Python syntax)
DAMAGE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, EOFError, SyntaxError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError, struct.error, OSError),
)
MAGIC = b"\x93NUMPY"
_RATIO, _FREE = 100, 256 * 2**20
_PICKLED = "holds pickled objects, which are never opened: save plain numbers or text"


@dataclass
class Room:
    """How much may be unpacked from one file: 100 times its own size, 256 MiB in any case.

    Points hardly get smaller by packing; what grows more is made to fill the memory.
    """

    path: Path
    left: int | None = None

    def take(self, what: str, count: int) -> None:
        """Use up `count` bytes; InputError where there are not so many left."""
        size = self.path.stat().st_size
        self.left = (max(_FREE, _RATIO * size) if self.left is None else self.left) - count
        if self.left < 0:
            raise InputError(
                f"{self.path}: '{what}' would unpack to {count / 1e9:.1f} GB from a file of {size} bytes, which "
                "no shapes do, and was not opened: write it without packing if it is sound"
            )


@dataclass(frozen=True)
class Stored:
    """An array in a file that is open: its name, shape and type, and what reads it; text has the kind "S" or "U"."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray]

    def __str__(self) -> str:
        return f"{self.name} {self.shape}"


def stored_npy(path: Path, file: BinaryIO) -> Stored:
    """The array of an NPY file; InputError where the file is shorter or longer than its header says."""
    shape, dtype = _declared(file)
    start, size = file.tell(), os.fstat(file.fileno()).st_size
    needs = _bytes(shape, dtype)
    if not dtype.hasobject:
        _refuse_short(path, "its array", shape, needs, size - start)
        if start + needs < size:
            raise InputError(
                f"{path} goes on behind its array ({size - start - needs} bytes): several arrays belong in a .npz"
            )

    def read() -> np.ndarray:
        if dtype.hasobject:
            raise InputError(f"{path} {_PICKLED}")
        file.seek(0)
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))

    return Stored("points", shape, dtype, read)


def stored_npz(path: Path, archive: zipfile.ZipFile) -> dict[str, Stored]:
    """The arrays of an NPZ archive, by name; members that are none are passed over."""
    room, found = Room(path), {}
    for info in archive.infolist():
        with archive.open(info) as file:
            if file.read(len(MAGIC)) == MAGIC:
                file.seek(0)
                one = _member(path, archive, info, file, room)
                found[one.name] = one
    return found


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, head: IO[bytes], room: Room) -> Stored:
    name = info.filename.removesuffix(".npy")
    shape, dtype = _declared(head)
    start, needs = head.tell(), _bytes(shape, dtype)

    def read() -> np.ndarray:
        if dtype.hasobject:
            raise InputError(f"{path}: '{name}' {_PICKLED}")
        _refuse_short(path, f"'{name}'", shape, needs, info.file_size - start)
        room.take(name, needs)
        with archive.open(info) as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))

    return Stored(name, shape, dtype, read)


def _declared(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of the header at the file's place; ValueError where there is none."""
    version = np.lib.format.read_magic(file)
    # the third version is the second with names of columns in UTF-8, which are looked at when the array is read
    known = {(1, 0): np.lib.format.read_array_header_1_0}
    shape, _, dtype = known.get(version, np.lib.format.read_array_header_2_0)(file)
    if any(length < 0 for length in shape):
        raise ValueError("a negative length")
    return shape, dtype


def _bytes(shape: tuple[int, ...], dtype: np.dtype) -> int:
    return math.prod(shape) * max(dtype.itemsize, 1)


def _refuse_short(path: Path, what: str, shape: tuple[int, ...], needs: int, there: int) -> None:
    if needs > there:
        raise InputError(
            f"{path}: {what} should have the shape {shape}, {needs} bytes, but only {there} are there: it is cut short "
            "or damaged, write it again"
        )
