"""What users give as columns of shapes: kept as it is, or refused with the row's number; nothing is bent to fit."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError

_ALIKE = 1e-3  # float16's rounding of clouds that are centered and scaled already
_AT_ONCE = 512  # clouds in float64 at once
_GRAINS = 64  # a radius in steps of the numbers given: of fewer, the grid is what would be seen
_FEATURE_NAME = re.compile(r"[a-z]+/[A-Za-z0-9_.-]+")


def as_array(values: Any) -> np.ndarray:
    """Anything as a numpy array, torch tensors on any device included."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values  # numpy knows none
    return np.asarray(values)


def check_points(points: Any, where: str | Path, *, normalize: bool) -> np.ndarray:
    """(M, N, 3) finite numbers as float16, or InputError with the reason.

    float16 keeps 3 decimal digits: plenty inside the unit sphere, so clouds are brought there first.
    """
    if np.ma.is_masked(points):
        raise InputError(f"{where}: some points are masked; leave them out")
    try:
        points = as_array(points)
    except ValueError as error:
        raise InputError(f"{where}: the clouds differ in size; sample them to one number of points first") from error
    if points.dtype.kind not in "fiu":
        raise InputError(f"{where}: the points are of type {points.dtype}, expected numbers")
    if points.ndim != 3 or points.shape[2] != 3:
        raise InputError(f"{where}: points have shape {points.shape}, expected (shapes, points, 3)")
    if points.shape[1] == 0:
        raise InputError(f"{where}: the clouds have no points")
    if not np.isfinite(points).all():
        shape = int(np.flatnonzero(~np.isfinite(points).all((1, 2)))[0])
        raise InputError(f"{where}: shape {shape} has NaN or infinite coordinates; remove or repair it")
    if normalize:
        return center_and_scale(points, where)
    if points.dtype != np.float16 and points.size and np.abs(points).max() > 65504:
        raise InputError(f"{where}: coordinates reach beyond float16; center and scale the shapes first")
    return points.astype(np.float16, copy=False)


def center_and_scale(points: np.ndarray, where: str | Path) -> np.ndarray:
    """Clouds (M, N, 3) centered on the mean and scaled into the unit sphere, in float64, then float16.

    Clouds that this function gave stay as they are, to the bit. InputError where all points of a shape are equal, or
    its coordinates are too coarse so far from the origin.
    """
    grain = _GRAINS * np.finfo(points.dtype).eps if points.dtype.kind == "f" else 0.0
    done = np.empty(points.shape, np.float16)
    for start in range(0, len(points), _AT_ONCE):
        given = points[start : start + _AT_ONCE]
        clouds = given.astype(np.float64)
        span = np.abs(clouds).max((1, 2), keepdims=True)  # first: the mean near the float's limit would overflow
        span[span == 0] = 1
        clouds /= span
        middle = clouds.mean(1, keepdims=True)
        clouds -= middle
        radius = np.sqrt((clouds**2).sum(2).max(1))[:, None, None]
        for reason, bad in (
            ("points that are all equal, so there is no shape in it: remove it", radius <= 1e-12),
            (f"coordinates too coarse for {points.dtype} so far from the origin: center it before", radius < grain),
        ):
            if bad.any():
                raise InputError(f"{where}: shape {start + int(np.argmax(bad))} has {reason}")
        with np.errstate(over="ignore"):  # such clouds are no candidates
            kept = given.astype(np.float16)
        there = (np.abs(middle * span).max((1, 2)) < _ALIKE) & (np.abs(radius * span - 1)[:, 0, 0] < _ALIKE)
        there &= (kept == given).all((1, 2))
        done[start : start + _AT_ONCE] = np.where(there[:, None, None], kept, clouds / radius)
    return done


def check_labels(label: Any, classes: Iterable[str], count: int, where: str | Path) -> tuple[np.ndarray, list[str]]:
    """(M,) int64 labels, from numbers or class names ("" or None for none), and the classes."""
    names = [str(name) for name in classes]
    if label is None:
        return np.full(count, -1, np.int64), names
    label = as_array(label)
    if label.dtype.kind not in "OUS":
        return whole_numbers(label, "label", len(names) - 1, np.int64, where), names
    told = ["" if one is None else str(one) for one in label.reshape(-1).tolist()]
    names = names or sorted(set(told) - {""})
    place = {name: i for i, name in enumerate(names)} | {"": -1}
    for row, one in enumerate(told):
        if one not in place:
            raise InputError(f"{where}: shape {row} has label '{one}', which is none of the classes")
    return np.array([place[one] for one in told], np.int64).reshape(label.shape), names


def check_colors(color: Any, where: str | Path) -> np.ndarray:
    """Colors as uint8: of 0..255, or fractions of 0..1, told apart by type and range."""
    color = as_array(color)
    if color.dtype.kind == "f":
        one = not (color > 1).any()
        color = np.rint(color * 255.0 if one else color)
    return whole_numbers(color, "color", 255, np.uint8, where, lowest=0)


def whole_numbers(
    values: Any, what: str, highest: int, kind: type[np.generic], where: str | Path, *, lowest: int = -1
) -> np.ndarray:
    """Whole numbers of this range as this type, or InputError that names the row."""
    values = as_array(values)
    if values.dtype.kind not in "fiu":
        raise InputError(f"{where}: '{what}' is of type {values.dtype}, expected whole numbers")
    if values.dtype.kind != "f" and values.size and lowest <= values.min() and values.max() <= highest:
        return values.astype(kind)
    bad = ~((values >= lowest) & (values <= highest) & (values == np.rint(values)))
    if bad.any():
        row = int(np.argwhere(bad)[0][0])
        value = values[bad][0]
        none = ", -1 for none" if lowest else ""
        raise InputError(
            f"{where}: shape {row} has {what} {value:g}, but it must be a whole number up to {highest}{none}"
            if highest >= 0
            else f"{where}: shape {row} has {what} {value:g}, but there are no names for it"
        )
    return values.astype(kind)


def check_parts(part: Any, names: Sequence[str], where: str | Path) -> np.ndarray:
    """Numbers of parts as int16; one part needs no name. InputError that names the row, or what has no names."""
    part = as_array(part)
    if not names and part.dtype.kind in "fiu" and part.max(initial=0) > 0:
        raise InputError(f"{where}: parts up to {part.max():g} have no names: give part_names, the first for part 0")
    return whole_numbers(part, "part", max(len(names), 1) - 1, np.int16, where)


def check_normals(normals: Any, where: str | Path) -> np.ndarray:
    """Normals as float16."""
    normals, kept = _half(normals, "normals", where)
    if bad := _first(~np.isfinite(kept)):
        raise InputError(f"{where}: shape {bad[0]} has normals that are NaN or too large for float16")
    return kept


def check_values(name: str, values: Any, ids: Sequence[str] | np.ndarray, where: str | Path) -> np.ndarray:
    """Features (M, V, D) as float16; rows of NaN say that a shape has none."""
    given, kept = _half(values, f"features '{name}'", where)
    if given.ndim != 3 or len(given) != len(ids):
        raise InputError(
            f"{where}: features '{name}' have shape {given.shape} for {len(ids)} shapes, expected (M, V, D)"
        )
    none = np.isnan(kept).all((1, 2), keepdims=True)
    if bad := _first(~np.isfinite(kept) & ~none):
        raise InputError(
            f"{where}: features '{name}' of '{ids[bad[0]]}' are NaN or too large for float16: scale or remove them"
        )
    return kept


def check_strings(values: Any, count: int) -> np.ndarray:
    """(M,) str, from one for each shape or one for all."""
    if isinstance(values, str):
        values = [values] * count
    return np.asarray([str(v) for v in values], dtype=np.str_) if count else np.zeros(0, np.str_)


def refuse_duplicates(ids: np.ndarray, where: str | Path) -> None:
    """Raise InputError naming the first id that occurs twice."""
    unique, counts = np.unique(ids, return_counts=True)
    if len(unique) < len(ids):
        raise InputError(f"{where}: the id '{unique[counts > 1][0]}' occurs more than once; ids must be unique")


def refuse_missing(features: Iterable[str], there: Iterable[str], where: str | Path) -> None:
    """Raise InputError naming the first of these features that is not there, and those that are."""
    if missing := set(features) - set(there):
        have = ", ".join(sorted(there)) or "none"
        raise InputError(
            f"{where} has no features '{min(missing)}' (it has: {have}): 'pointrecon shapes teach' adds them"
        )


def _half(values: Any, what: str, where: str | Path) -> tuple[np.ndarray, np.ndarray]:
    values = as_array(values)
    if values.dtype.kind not in "fiu":
        raise InputError(f"{where}: {what} are of type {values.dtype}, expected numbers")
    with np.errstate(over="ignore"):  # looked for by the caller
        return values, values.astype(np.float16)


def _first(bad: np.ndarray) -> tuple[int, ...] | None:
    return tuple(int(i) for i in np.argwhere(bad)[0]) if bad.any() else None


def check_feature_name(name: str) -> str:
    """The name, or InputError where it is not such as "image/clip"."""
    if not _FEATURE_NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is no name for features: use image/NAME, text/NAME or embedding/NAME of letters, digits, . _ -"
        )
    return name


def check_indices(indices: Any, count: int) -> np.ndarray:
    """Places as int64, or InputError where one is outside the table."""
    index = np.asarray(indices).reshape(-1)
    if index.size and index.dtype.kind not in "iu":
        raise InputError(f"take wants whole numbers, not {index.dtype}")
    index = index.astype(np.int64)
    if index.size and (index.min() < 0 or index.max() >= count):
        raise InputError(
            f"there is no shape {int(index.min() if index.min() < 0 else index.max())}: the table has {count}"
        )
    return index
