"""Benchmarks' HDF5 files: labels at once, clouds some at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.importers.benchmarks.plan import Plan, label_names
from pointrecon.shapes.readers.array_store import hdf5_arrays
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud, unit

_SLAB = 256  # rows read at once: row by row, a compressed file would be unpacked again for each
_DAMAGE = (OSError, RuntimeError, ValueError, TypeError, KeyError)
_HINT = "damaged, cut short, or not of this benchmark: download it again"


def labels(plan: Plan, path: Path, *, normals: str = "", part: str = "") -> tuple[list[str], np.ndarray | None]:
    """The classes of a file's shapes, from its ``label``, and their parts; the plan learns how many points they have.

    InputError for a file that is missing, unreadable, without ``data`` of clouds or labels, or of uneven columns.
    """
    size, values, parts = read_apart(partial(_columns, path, normals, part), path)
    plan.points = size
    return label_names(values, plan.classes, path), parts


def _columns(path: Path, normals: str, part: str) -> tuple[int, np.ndarray, np.ndarray | None]:
    """Points of a shape, labels and parts. Runs in a reading process."""
    with _opened(path) as file:
        shape = _clouds(file, path).shape
        if "label" not in file:
            raise InputError(f"{path} has no labels: it is not of this benchmark")
        for name, like in (("label", 1), (normals, 2), (part, 2)):
            own = getattr(file[name], "shape", ()) if name in file else shape
            if tuple(own[:like]) != tuple(shape[:like]):
                raise InputError(f"{path}: '{name}' has the shape {own} for clouds of the shape {shape}: {_HINT}")
        try:
            values, parts = np.asarray(file["label"]), np.asarray(file[part]) if part in file else None
        except _DAMAGE as error:
            raise InputError(f"{path}: its labels cannot be read: {_HINT}") from error
    return shape[1], values, parts


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
                    read = {key: values[start : start + _SLAB] for key, values in sets.items()}
                except _DAMAGE as error:
                    raise InputError(f"{path}: shapes from {start} on cannot be read: {_HINT}") from error
                slab.update(read, start=start)
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
    with file:
        hdf5_arrays(path, file)  # refuses what leads to other files
        yield file


def _clouds(file: Any, path: Path) -> Any:
    data = file.get("data")
    shape: tuple[int, ...] = getattr(data, "shape", ())
    kind = getattr(getattr(data, "dtype", None), "kind", "")
    if len(shape) != 3 or shape[2] < 3 or shape[1] < 1 or kind not in "fiu":
        raise InputError(f"{path} has no 'data' of clouds (shapes, points, 3): {_HINT}")
    return data
