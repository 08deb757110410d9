"""Reading clouds from XYZ/TXT/CSV/PTS, NPY/NPZ, HDF5 and LAS/LAZ (PCD has its own file)."""

import io
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import text_lines
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.columns import cloud_of_names, cloud_of_numbers
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.table.npz import DAMAGE

POINT_KEYS = ("points", "data", "xyz", "pos", "coords", "vertices")
COLOR_KEYS = ("color", "colors", "colour", "colours", "rgb")
NORMAL_KEYS = ("normals", "normal")


def read_text(source: SourceFile) -> Cloud:
    """Columns of numbers between blanks, commas or semicolons; names, or a count, may come first."""
    path, text = source.path, source.read_text()
    # 1,5;2,5 is how spreadsheets write 1.5 and 2.5 where the comma is the decimal sign
    text = text.replace(",", ".").replace(";", " ") if ";" in text else text.replace(",", " ")
    lines = [line for line in text_lines(text) if line.strip() and not line.lstrip().startswith("#")]
    names: list[str] = []
    if lines and re.search(r"[a-df-zA-DF-Z_]", re.sub(r"\b(nan|inf)\b", "", lines[0], flags=re.IGNORECASE)):
        names = lines.pop(0).split()
    elif lines and len(lines[0].split()) == 1:  # .pts: the number of points
        lines.pop(0)
    if not lines:
        raise InputError(f"{path} has no points: remove it or export it again")
    try:
        values = np.loadtxt(io.StringIO("\n".join(lines)), dtype=np.float64, ndmin=2)
    except ValueError as error:
        reason = " ".join(str(error).split("; ")[0].split())
        raise InputError(f"{path} does not hold columns of numbers ({reason})") from error
    if {"x", "y", "z"} <= {name.lower() for name in names} and len(names) == values.shape[1]:
        return cloud_of_names(dict(zip(names, values.T, strict=True)), path)
    return cloud_of_numbers(values, path)


def read_array(source: SourceFile) -> Cloud:
    """NPY, one array (n, 3 or more); NPZ or HDF5, `points` (or data, xyz, ...) with colors and normals where there.

    A leading axis of one is dropped.
    """
    path = source.path
    arrays = load_arrays(path)
    if (points := points_of(arrays)) is None:
        raise InputError(f"{path} has no array called points (it has: {', '.join(arrays) or 'none'}): rename it")
    cloud = cloud_of_numbers(one_cloud(np.asarray(points), path), path)
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


def read_las(source: SourceFile) -> Cloud:
    """LAS, or LAZ through lazrs; colors where the point format has them."""
    laspy, path = require("laspy", "files"), source.path
    _check_las_header(path)
    try:
        cloud = laspy.read(path)
        points = np.stack([cloud.x, cloud.y, cloud.z], 1)
        has_color = "red" in cloud.point_format.dimension_names
        rgb = np.stack([cloud.red, cloud.green, cloud.blue], 1) if has_color else None
    except Exception as error:  # laspy and lazrs raise a dozen types on damage, some of them bare Exception
        raise InputError(f"{path} is no readable LAS/LAZ file ({' '.join(str(error).split())[:100]})") from error
    # all-black colors are how writers leave the fields out
    return Cloud(np.asarray(points, np.float64), as_bytes(rgb) if rgb is not None and rgb.any() else None)


def _check_las_header(path: Path) -> None:
    """Refuse a header that promises more than the file can hold: laspy would fill the memory believing it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(375)
    try:
        magic, minor = head[:4], head[25]
        start, records, kind, width, count = struct.unpack_from("<IIBHI", head, 96)
        extra = 0
        if minor >= 4:
            extra, count = struct.unpack_from("<IQ", head, 243)
    except (struct.error, IndexError) as error:
        raise InputError(f"{path} is no readable LAS/LAZ file (cut short)") from error
    # bit 7 marks compression, where even a byte can hold many points, but not any number
    room = size * 64 if kind & 0x80 else size // max(width, 1)
    if magic != b"LASF" or start > size or records * 54 > size or extra * 60 > size or count > room:
        raise InputError(f"{path} is no readable LAS/LAZ file (its header does not fit the file)")
