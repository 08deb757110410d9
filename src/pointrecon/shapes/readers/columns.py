"""Which column of a table of numbers is what: coordinates, then colors and normals, by name or values."""

from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit

_XYZ = [("x", "y", "z")]
_RGB = [("r", "g", "b"), ("red", "green", "blue")]
_NORMAL = [("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"), ("normalx", "normaly", "normalz")]


def cloud_of_names(columns: dict[str, np.ndarray], path: str | Path) -> Cloud:
    """A cloud from named columns, each (n,): x y z, and r g b / red green blue and nx ny nz where there."""
    columns = {name.strip().strip('"').lower().removeprefix("//").strip(): v for name, v in columns.items()}
    xyz = _three(columns, _XYZ)
    if xyz is None:
        raise InputError(f"{path} has no columns x, y, z (it has: {', '.join(columns) or 'none'}): rename them")
    rgb, normals = _three(columns, _RGB), _three(columns, _NORMAL)
    return Cloud(xyz, None if rgb is None else as_bytes(rgb), None if normals is None else unit(normals))


def cloud_of_numbers(values: np.ndarray, path: str | Path) -> Cloud:
    """A cloud from (n, channels) numbers without names: x y z, then intensity, colors, normals as they look.

    Raises:
        InputError: not numbers, or fewer than three channels.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        raise InputError(f"{path} holds {_kind(values)}, not numbers: store the points as floats")
    if values.ndim != 2 or values.shape[1] < 3:
        hint = " (transpose it)" if values.ndim == 2 and values.shape[0] in (3, 6) else ""
        raise InputError(f"{path} has an array of shape {values.shape}, expected (points, 3 or more){hint}")
    values = values.astype(np.float64)
    rest = values[:, 3:]
    if rest.shape[1] in (1, 4, 7):  # intensity, as in .pts
        rest = rest[:, 1:]
    color = normals = None
    for start in range(0, rest.shape[1] - 2, 3):
        three = rest[:, start : start + 3]
        if normals is None and _look_like_normals(three):
            normals = unit(three)
        elif color is None and np.isfinite(three).all() and three.min(initial=0) >= 0 and three.max(initial=0) <= 65535:
            color = as_bytes(three)
    return Cloud(values[:, :3], color, normals)


def _look_like_normals(three: np.ndarray) -> bool:
    length = np.linalg.norm(three, axis=1)
    return len(three) > 0 and bool((np.abs(length - 1) < 0.02).mean() > 0.9)


def _three(columns: dict[str, np.ndarray], names: list[tuple[str, str, str]]) -> np.ndarray | None:
    for trio in names:
        if all(name in columns for name in trio):
            return np.stack([np.asarray(columns[name], np.float64) for name in trio], 1)
    return None


def _kind(values: np.ndarray) -> str:
    return "text" if values.dtype.kind in "US" else f"values of type {values.dtype}"
