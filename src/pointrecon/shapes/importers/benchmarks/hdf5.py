"""Benchmarks' HDF5 files: labels at once, clouds some at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.readers.clouds import Cloud, unit

_SLAB = 256  # rows read at once: row by row, a compressed file would be unpacked again for each
_DAMAGE = (OSError, RuntimeError, ValueError, TypeError, KeyError)
_HINT = "damaged, cut short, or not of this benchmark: download it again"


def columns(
    path: Path, names: Sequence[str], *, per_point: Sequence[str] = ()
) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    """The columns of these names that are there, and the shape (M, N, channels) of ``data``.

    Args:
        per_point: names that must have a value for every point, (M, N) or (M, N, channels), where they are there.

    Raises:
        InputError: missing, unreadable, no ``data`` of clouds, or a column of another length.
    """
    with _opened(path) as file:
        shape = _clouds(file, path).shape
        for name in per_point:
            own = getattr(file[name], "shape", ()) if name in file else shape
            if tuple(own[:2]) != tuple(shape[:2]):
                raise InputError(f"{path}: '{name}' has the shape {own} for clouds of the shape {shape}: {_HINT}")
        try:
            found = {name: np.asarray(file[name]) for name in names if name in file}
        except _DAMAGE as error:
            raise InputError(f"{path}: its labels cannot be read: {_HINT}") from error
    for name, values in found.items():
        if values.ndim == 0 or len(values) != shape[0]:
            raise InputError(f"{path}: '{name}' has the shape {values.shape} for {shape[0]} clouds: {_HINT}")
    return found, shape


@contextmanager
def rows(path: Path, *, normals: str = "", part: str = "") -> Iterator[Callable[[int], Cloud]]:
    """A context: row number → cloud, with normals and part labels of these datasets where they are there."""
    with _opened(path) as file:
        sets = {"points": _clouds(file, path)}
        sets |= {key: file[name] for key, name in (("normals", normals), ("part", part)) if name and name in file}
        slab: dict[str, Any] = {}

        def cloud(row: int) -> Cloud:
            start = row - row % _SLAB
            if slab.get("start") != start:
                slab.clear()
                try:
                    slab.update({key: values[start : start + _SLAB] for key, values in sets.items()}, start=start)
                except _DAMAGE as error:
                    slab.clear()
                    raise InputError(f"{path}: shapes from {start} on cannot be read: {_HINT}") from error
            place = row - start
            return Cloud(
                np.asarray(slab["points"][place, :, :3], np.float64),
                normals=unit(slab["normals"][place, :, :3]) if "normals" in slab else None,
                part=np.asarray(slab["part"][place]).reshape(-1) if "part" in slab else None,
            )

        yield cloud


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    h5py = require("h5py", "files")
    if not path.is_file():
        raise InputError(f"there is no file {path}: get it with the rest of the benchmark")
    try:
        file = h5py.File(path, "r")
    except _DAMAGE as error:
        raise InputError(f"{path} is no readable HDF5 file: {_HINT}") from error
    try:
        yield file
    finally:
        file.close()


def _clouds(file: Any, path: Path) -> Any:
    data = file.get("data")
    shape: tuple[int, ...] = getattr(data, "shape", ())
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    if len(shape) != 3 or shape[2] < 3 or shape[1] < 1 or kind not in "fiu":
        raise InputError(f"{path} has no 'data' of clouds (shapes, points, 3): {_HINT}")
    return data
