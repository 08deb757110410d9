"""Which column of a table of numbers is what: coordinates, then colors, normals and parts, by name or values."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit

_XYZ = [("x", "y", "z")]
_RGB = [("r", "g", "b"), ("red", "green", "blue")]
_NORMAL = [("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"), ("normalx", "normaly", "normalz")]
IGNORED = ("-", "_")  # as a column's name: leave it out
_PART = ("part", "label", "part_label")


def column_names(given: str | Sequence[str]) -> tuple[str, ...]:
    """What ``--columns x,y,z,r,g,b`` names, in order; "-" or "_" stands for a column to leave out.

    InputError where x, y and z are not among them, or one name is there twice.
    """
    names = tuple(re.split(r"[,;\s]+", given.strip()) if isinstance(given, str) else given)
    columns = {name: np.zeros(0) for name in names if name not in IGNORED}
    if len(columns) < sum(name not in IGNORED for name in names) or _three(columns, _XYZ) is None:
        raise InputError(f"--columns {','.join(names)} should name x, y and z once, and - for columns to leave out")
    return names


def cloud_of_names(columns: dict[str, np.ndarray], path: str | Path) -> Cloud:
    """A cloud from named columns, each (n,): x y z; r g b or red green blue, nx ny nz, part or label where there."""
    columns = {name.strip().strip('"').lower().removeprefix("//").strip(): v for name, v in columns.items()}
    xyz = _three(columns, _XYZ)
    if xyz is None:
        raise InputError(f"{path} has no columns x, y, z (it has: {', '.join(columns) or 'none'}): rename them")
    rgb, normals = _three(columns, _RGB), _three(columns, _NORMAL)
    cloud = Cloud(xyz, None if rgb is None else as_bytes(rgb), None if normals is None else unit(normals))
    name = next((name for name in _PART if name in columns), "")
    if name and _are_parts(columns[name]):
        cloud.part = np.asarray(columns[name]).astype(np.int64)
    elif name:
        cloud.note = f"column '{name}' left out: parts are whole numbers from -1 (none) to 32767"
    return cloud


def cloud_of_numbers(values: np.ndarray, path: str | Path, columns: tuple[str, ...] | None = None) -> Cloud:
    """A cloud from (n, channels) numbers without names: x y z, then colors and normals where the values show them.

    Normals are three columns of unit length, colors three of one range (0 to 1, bytes or 16 bits); where two choices of
    columns could be the color, the one is taken that leaves out a column of labels or one value, such as alpha; in a
    ``.pts`` file intensity comes first. What is left out the note says: a label's column needs a name to be kept.
    Where `columns` names them, that counts. InputError for what is not numbers, fewer than three channels, or more or
    fewer than `columns`.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        kind = "text" if values.dtype.kind in "US" else f"values of type {values.dtype}"
        raise InputError(f"{path} holds {kind}, not numbers: store the points as floats")
    if values.ndim != 2 or values.shape[1] < 3:
        hint = " (transpose it)" if values.ndim == 2 and values.shape[0] in (3, 6) else ""
        raise InputError(f"{path} has an array of shape {values.shape}, expected (points, 3 or more){hint}")
    if columns is not None:
        if len(columns) != values.shape[1]:
            raise InputError(f"{path} has {values.shape[1]} columns, --columns names {len(columns)}: name each, or -")
        named = {name: column for name, column in zip(columns, values.T, strict=True) if name not in IGNORED}
        return cloud_of_names(named, path)
    values = values.astype(np.float64)
    cloud = Cloud(values[:, :3])
    rest = list(range(3, values.shape[1]))
    if normals := next((three for three in _triples(rest) if _look_like_normals(values[:, three])), []):
        cloud.normals = unit(values[:, normals])
        rest = [column for column in rest if column not in normals]
    if color := _color(values, rest, intensity_first=Path(path).suffix.lower() == ".pts"):
        cloud.color = as_bytes(values[:, color])
        rest = [column for column in rest if column not in color]
    if rest:
        cloud.note = f"unnamed column{'s' * (len(rest) > 1)} {', '.join(str(column + 1) for column in rest)} left out"
        if any(_are_labels(values[:, column]) for column in rest):
            cloud.note += ": to keep parts, name the columns in a first line, such as 'x y z part'"
    return cloud


def _color(values: np.ndarray, rest: list[int], intensity_first: bool) -> list[int]:
    """The three columns that are the color, or nothing where that cannot be told."""
    able = [three for three in _triples(rest) if _look_like_colors(values[:, three])]
    labels = {column for column in rest if _are_labels(values[:, column])}
    better = [three for three in able if labels.isdisjoint(three)] or able
    if len(better) > 1:  # alpha, or an intensity that is the same everywhere
        same = {column for column in rest if (values[:, column] == values[0, column]).all()}
        flat = [three for three in better if set(rest) - set(three) <= same | labels]
        better = flat if len(flat) == 1 else better[-1:] if intensity_first and len(rest) == 4 else []
    return better[0] if better else []


def _triples(rest: list[int]) -> list[list[int]]:
    return [three for first in rest if set(three := [first, first + 1, first + 2]) <= set(rest)]


def _look_like_normals(three: np.ndarray) -> bool:
    length = np.linalg.norm(three, axis=1)
    return len(three) > 0 and bool((np.abs(length - 1) < 0.02).mean() > 0.9)


def _look_like_colors(three: np.ndarray) -> bool:
    """Fractions, or whole numbers of 8 or 16 bits: in all three columns."""
    if not len(three) or not np.isfinite(three).all() or three.min() < 0 or three.max() > 65535:
        return False
    return bool(three.max() <= 1 or (three == np.floor(three)).all())


def _are_labels(column: np.ndarray) -> bool:
    """Whole numbers that lie close together, more than one: colors spread."""
    if not _are_parts(column):
        return False
    found = np.unique(column)
    return 1 < len(found) <= 64 and found[0] <= 1 and found[-1] - found[0] < 2 * len(found)


def _are_parts(column: np.ndarray) -> bool:
    """Whole numbers that a part's number can be."""
    column = np.asarray(column, np.float64)
    if not len(column) or not np.isfinite(column).all():
        return False
    return bool((column == np.floor(column)).all() and column.min() >= -1 and column.max() <= 32767)


def _three(columns: dict[str, np.ndarray], names: list[tuple[str, str, str]]) -> np.ndarray | None:
    trio = next((trio for trio in names if columns.keys() >= set(trio)), None)
    return None if trio is None else np.stack([np.asarray(columns[name], np.float64) for name in trio], 1)
