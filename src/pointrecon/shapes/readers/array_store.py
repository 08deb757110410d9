"""The arrays of an NPY, NPZ or HDF5 file: told by name and shape first, checked and read when asked for."""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.readers.limits import memory_reason
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.table.npy_members import DAMAGE, MAGIC, Room, Stored, stored_npy, stored_npz

_HDF5 = (".h5", ".hdf5")
_DEEP, _MANY = 3, 10_000  # groups within groups, and datasets, of an HDF5 file that are looked at
_TEXTS_AT_ONCE = 64


@contextmanager
def open_arrays(path: Path) -> Iterator[dict[str, Stored]]:
    """A context: the arrays of a file by name, in lower case where that keeps them apart; that of an NPY is "points".

    What an HDF5 file holds in groups is called ``group/name``, without the group where there is but one.

    Raises:
        InputError: here or when an array is read: a damaged file, an array that is longer than the file, one that would
            unpack to far more than points do, pickled objects, and HDF5 links, external storage and virtual datasets,
            as nothing is read from other files.
    """
    if not path.stat().st_size:
        raise InputError(f"{path} is an empty file: remove it or export it again")
    with path.open("rb") as file:  # one that may not be opened is not damaged
        if path.suffix.lower() in _HDF5:
            with _told(path, "HDF5 file"):
                opened = require("h5py", "files").File(path, "r")
            with opened:
                yield _lower(hdf5_arrays(path, opened))
            return
        with _told(path, "archive" if path.suffix.lower() == ".npz" else "array"):
            if file.read(len(MAGIC)) == MAGIC:
                file.seek(0)
                found = {"points": stored_npy(path, file)}
            else:
                file.seek(0)
                found = stored_npz(path, zipfile.ZipFile(file))
        yield _lower({name: _guarded(path, one) for name, one in found.items()})


def in_memory(name: str, values: np.ndarray) -> Stored:
    """An array that is there already, as one in a file."""
    return Stored(name, values.shape, values.dtype, lambda: values)


def texts(values: Any) -> np.ndarray:
    """Text of any kind, bytes in UTF-8 or Latin-1 among them, as str in an array of the same shape."""
    values = np.asarray(values)
    if values.dtype.kind == "S":
        try:
            return np.char.strip(np.char.decode(values, "utf-8"))
        except UnicodeDecodeError:
            return np.char.strip(np.char.decode(values, "latin-1"))
    if values.dtype.kind == "O":  # as it is: an array of str would take the longest one's room for each
        flat = np.empty(values.size, object)
        flat[:] = [_decoded(one) if isinstance(one, bytes) else str(one) for one in values.reshape(-1).tolist()]
        return flat.reshape(values.shape)
    return values.astype(np.str_)


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


@contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path} {memory_reason()}") from error
    except DAMAGE as error:
        if path.stat().st_size < 4096:
            SourceFile(path).read_bytes()  # tells where it only stands for the file
        kinds = "damaged or cut short" if what == "HDF5 file" else "damaged, or pickled objects, which are never opened"
        raise InputError(f"{path} is no readable {what}: {kinds}") from error


def _guarded(path: Path, one: Stored) -> Stored:
    def read() -> np.ndarray:
        with _told(path, f"file in its array '{one.name}'"):
            return one.read()

    return Stored(one.name, one.shape, one.dtype, read)


def _lower(found: dict[str, Stored]) -> dict[str, Stored]:
    lower = {name.lower(): one for name, one in found.items()}
    return lower if len(lower) == len(found) else found


def hdf5_arrays(path: Path, file: Any) -> dict[str, Stored]:
    """The arrays of an open HDF5 file; InputError as `open_arrays`, of links and other files here already."""
    with _told(path, "HDF5 file"):
        return _below(path, require("h5py", "files"), file)


def _below(path: Path, h5py: Any, file: Any) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    room = Room(path)
    todo = [("", file, 1)]
    while todo:
        before, group, depth = todo.pop()
        for key in group:
            link, name = group.get(key, getlink=True), f"{before}{key}"
            if not isinstance(link, h5py.HardLink):
                where = getattr(link, "filename", "") or link.path
                raise InputError(f"{path}: '{name}' is a link to '{where}', which is not followed: store what it means")
            item = group[key]
            if isinstance(item, h5py.Group) and depth < _DEEP:
                todo.append((f"{name}/", item, depth + 1))
            elif isinstance(item, h5py.Dataset):
                found[name] = _dataset(path, h5py, name, item, room)
            if len(found) > _MANY:
                raise InputError(f"{path} has more than {_MANY} datasets: it is no collection of shapes")
    while found and all("/" in name for name in found) and len({name.split("/")[0] for name in found}) == 1:
        found = {name.partition("/")[2]: one for name, one in found.items()}
    return found


def _dataset(path: Path, h5py: Any, name: str, item: Any, room: Room) -> Stored:
    if item.is_virtual or item.external:
        raise InputError(f"{path}: '{name}' lies in other files, which are not opened: store it in this one")
    is_text = h5py.check_string_dtype(item.dtype) is not None and item.dtype.kind == "O"

    def read() -> np.ndarray:
        with _told(path, "HDF5 file"):
            if item.shape is None or (item.dtype.hasobject and not is_text):
                raise InputError(f"{path}: '{name}' is of a type that is not read: store plain numbers or text")
            width = max(item.dtype.itemsize, 1)
            room.take(name, width * math.prod(item.shape) + width * math.prod(item.chunks or ()))
            return _text(name, item, room) if is_text and item.shape else np.asarray(item[()])

    return Stored(name, item.shape or (), np.dtype("S1") if is_text else item.dtype, read)


def _text(name: str, item: Any, room: Room) -> np.ndarray:
    """Text of any length: a few bytes of the file can be named by many entries."""
    parts = []
    for start in range(0, len(item), _TEXTS_AT_ONCE):
        parts.append(np.asarray(item[start : start + _TEXTS_AT_ONCE]))
        room.take(name, sum(len(one) for one in parts[-1].reshape(-1).tolist()))
    return np.concatenate(parts) if parts else np.zeros(item.shape, object)
