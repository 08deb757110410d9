"""Reading one cloud from NPY, NPZ or HDF5, and the arrays that such files hold."""

from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.columns import cloud_of_numbers
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.table.npz import DAMAGE

POINT_KEYS = ("points", "data", "xyz", "pos", "coords", "vertices")
COLOR_KEYS = ("color", "colors", "colour", "colours", "rgb")
NORMAL_KEYS = ("normals", "normal")


def read_array(source: SourceFile) -> Cloud:
    """NPY, one array (n, 3 or more); NPZ or HDF5, `points` (or data, xyz, ...) with colors and normals where there.

    A leading axis of one is dropped.
    """
    path = source.path
    arrays = load_arrays(path)
    if (points := points_of(arrays)) is None:
        raise InputError(f"{path} has no array called points (it has: {', '.join(arrays) or 'none'}): rename it")
    cloud = cloud_of_numbers(one_cloud(np.asarray(points), path), path, source.columns)
    if (color := beside(cloud, arrays, COLOR_KEYS)) is not None:
        cloud.color = as_bytes(color)
    if (normals := beside(cloud, arrays, NORMAL_KEYS)) is not None:
        cloud.normals = unit(normals)
    return cloud


def beside(cloud: Cloud, arrays: dict[str, Any], names: tuple[str, ...]) -> np.ndarray | None:
    """The first of these arrays that is there, if it holds three numbers a point."""
    values = np.asarray(first(arrays, names))
    return values if values.shape == cloud.points.shape and values.dtype.kind in "fiu" else None


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an NPZ or at the top level of an HDF5 file; that of an NPY is called "points"."""
    kind = path.suffix.lower()
    if kind in (".h5", ".hdf5"):
        return _hdf5_arrays(path)
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"points": loaded}
        with loaded as archive:
            return {name: archive[name] for name in archive.files}
    except DAMAGE as error:
        what = f"readable {'archive' if kind == '.npz' else 'array'}"
        raise InputError(f"{path} is no {what}: damaged, or pickled objects, which are never opened") from error


def _hdf5_arrays(path: Path) -> dict[str, np.ndarray]:
    h5py = require("h5py", "files")
    try:
        with h5py.File(path, "r") as file:
            return {
                key: item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]
                for key, item in file.items()
                if isinstance(item, h5py.Dataset)
            }
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} is no readable HDF5 file: damaged or cut short") from error


def one_cloud(values: np.ndarray, path: Path) -> np.ndarray:
    """(n, channels) of a file that may hold it with a leading axis."""
    if values.ndim == 3 and len(values) == 1:
        return values[0]
    if values.ndim == 3:
        raise InputError(f"{path} holds {len(values)} clouds: import this file by itself, not as part of a folder")
    return values


def first(arrays: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The first of these arrays that is there, or None."""
    return next((arrays[name] for name in names if name in arrays), None)


def points_of(arrays: dict[str, Any]) -> Any:
    """The points of one cloud or more: of a usual name, or the only array there is; None without."""
    return next(iter(arrays.values())) if len(arrays) == 1 else first(arrays, POINT_KEYS)
