"""A cloud from a table of numbers: its columns by name, or without names in the usual orders where the values agree."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.column_names import IGNORED, Roles, roles_of

_SHOWN = 8  # names of columns in a sentence
_TRIOS = (["nx", "ny", "nz"], ["r", "g", "b"])
_WIDEST, _MORE = 10, 2  # columns of a table without names: all, and those that nothing tells


def cloud_of_names(columns: dict[str, np.ndarray], path: str | Path) -> Cloud:
    """A cloud from named columns, each (n,): x y z; r g b, nx ny nz, part or label where there, in many spellings.

    What is left out the note says; InputError without coordinates.
    """
    return cloud_of_columns(list(columns), list(columns.values()), path)


@np.errstate(invalid="ignore")  # NaN of every kind
def cloud_of_columns(names: Sequence[str], columns: Sequence[np.ndarray | None], path: str | Path) -> Cloud:
    """As `cloud_of_names`, of names that may come twice; a column that holds text, or was not read, is None."""
    roles = roles_of(names)
    if roles.xyz is None:
        raise InputError(f"{path} {no_coordinates(names)}")
    xyz = _three(columns, roles.xyz)
    if xyz is None:
        raise InputError(f"{path} has text in the columns {_list(names, roles.xyz)}, not numbers")
    cloud, kept, notes = Cloud(np.asarray(xyz, np.float64), step=step_of(xyz)), set(roles.xyz), []
    if (color := _color_of(columns, roles)) is not None:
        cloud.color, note = _as_color(color)
        kept |= {*(roles.color or ()), *(() if roles.packed is None else (roles.packed,))}
        notes += [note] if note else []
    if roles.normals and (normals := _three(columns, roles.normals)) is not None:
        cloud.normals, kept = unit(normals), {*kept, *roles.normals}
    if roles.part is not None:
        part, kept = columns[roles.part], {*kept, roles.part}
        if part is not None and _are_parts(part):
            cloud.part = np.asarray(part).astype(np.int64)
        else:
            notes.append(f"column '{names[roles.part]}' left out: parts are whole numbers from -1 (none) to 32767")
    left = [place for place, name in enumerate(names) if place not in kept and name.strip() not in ("", *IGNORED)]
    if left:
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        notes.append(f"column{'s' * (len(left) > 1)} {_list(names, left[:_SHOWN])}{more} left out")
    cloud.note = "; ".join(notes)
    return cloud


def no_coordinates(names: Sequence[str]) -> str:
    """What is wrong with these names, to follow a path."""
    known = _list(names, range(min(len(names), _SHOWN))) or "none"
    return (
        f"has no columns x, y, z, each once and in one unit (it has: {known}): rename them, or say "
        "--columns x,y,z,..., with _ for those to leave out"
    )


def cloud_of_numbers(values: np.ndarray, path: str | Path, columns: tuple[str, ...] | None = None) -> Cloud:
    """A cloud from (n, channels) numbers without names, which the note tells: x y z, then what the values show.

    Four or five columns are x y z and what is left out. Up to ten are x y z with colors, normals or both, and one or
    two more that are left out; in a ``.pts`` file intensity comes before the color, else the color before what follows
    it. Normals are three columns of unit length, colors three of one range (0 to 1, bytes or 16 bits). Where `columns`
    names them, that counts.

    Raises:
        InputError: not numbers, fewer than three channels, other than `columns`, or columns that cannot be told.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        kind = "text" if values.dtype.kind in "US" else f"values of type {values.dtype}"
        raise InputError(f"{path} holds {kind}, not numbers: store the points as floats")
    if values.ndim != 2 or values.shape[1] < 3:
        hint = " (transpose it)" if values.ndim == 2 and values.shape[0] in (3, 6) else ""
        raise InputError(f"{path} has an array of shape {values.shape}, expected (points, 3 or more){hint}")
    width = values.shape[1]
    if is_matrix(values):
        raise InputError(f"{path} holds a matrix of {width} rows, such as a camera or a pose, not a cloud: remove it")
    if columns is not None:
        check_width(columns, width, path)
        return cloud_of_columns(columns, list(values.T), path)
    typed, values = values, values.astype(np.float64)
    names = ["x", "y", "z"] + ["_"] * (width - 3)
    rest = list(range(3, width))
    for three, named in zip(usual_columns(values, Path(path).suffix.lower() == ".pts"), _TRIOS, strict=True):
        if three:
            names[three[0] : three[2] + 1] = named
            rest = [column for column in rest if column not in three]
    if len(rest) > _MORE or width > _WIDEST or (names[3:4] != ["nx"] and _are_other_columns(values)):
        raise InputError(
            f"{path} has {width} columns without names, and which are x, y, z cannot be told for sure: "
            "name them in a first line, or say --columns x,y,z,..., with _ for those to leave out"
        )
    cloud = cloud_of_columns(names, list(typed.T), path)
    if width > 3:
        told = f"columns without names taken as {', '.join(names)}"
        if any(_are_labels(values[:, column]) for column in rest):
            told += ": to keep parts, name the columns in a first line, such as 'x y z part', or with --columns"
        cloud.note = f"{told}; {cloud.note}" if cloud.note else told
    return cloud


def is_matrix(values: np.ndarray) -> bool:
    """Whether (..., rows, columns) are matrices of three or four rows whose last one is 0, ..., 0, 1."""
    size = values.shape[-1]
    square = size in (3, 4) and values.ndim > 1 and values.shape[-2] == size and values.size > 0
    return square and bool((values[..., -1, :] == np.eye(size)[-1]).all())


def usual_columns(values: np.ndarray, intensity_first: bool = False) -> tuple[list[int], list[int]]:
    """Which three columns behind x, y, z are normals, which colors, as values (n, channels) show; [] for none."""
    rest = list(range(3, values.shape[1]))
    normals = next((three for three in _triples(rest) if _look_like_normals(values[:, three])), [])
    return normals, _color(values, [column for column in rest if column not in normals], intensity_first)


def check_width(columns: Sequence[str], width: int, path: str | Path) -> None:
    """InputError where the user named more or fewer columns than there are."""
    if len(columns) != width:
        raise InputError(f"{path} has {width} columns, --columns names {len(columns)}: name each, or _ to leave it out")


def _list(names: Sequence[str], places: Sequence[int]) -> str:
    return ", ".join(names[place].strip().strip('"') or "(no name)" for place in places)


def _three(columns: Sequence[np.ndarray | None], places: Sequence[int]) -> np.ndarray | None:
    own = [column for place in places if (column := columns[place]) is not None]
    return np.stack(own, 1) if len(own) == 3 else None


def _color_of(columns: Sequence[np.ndarray | None], roles: Roles) -> np.ndarray | None:
    """(n, 3) as they stand, or None where there are none, or only empty cells."""
    if roles.packed is not None and (bits := columns[roles.packed]) is not None:
        bits = np.asarray(bits, np.float64)
        if not np.isfinite(bits).all() or not 255 < np.abs(bits).max(initial=0) < 2**32:
            if not 0 < np.abs(bits).max(initial=0) < 1e-2:
                return None
            bits = bits.astype(np.float32).view(np.uint32)  # a float's bits, as the Point Cloud Library has it
        packed = bits.astype(np.int64)
        return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], 1).astype(np.uint8)
    color = _three(columns, roles.color) if roles.color else None
    return None if color is None or np.isnan(color.astype(np.float64)).all() else color


def _as_color(color: np.ndarray) -> tuple[np.ndarray, str]:
    """Bytes, and what the user should know: where only 0 and 1 occur, the type or else the usual meaning decides."""
    note = ""
    if color.dtype.kind == "f" and (missing := int(np.isnan(color).any(1).sum())):
        note = f"{missing} points without a color are black"
    elif color.dtype.kind == "f" and color.max(initial=0) == 1 and np.isin(color, (0, 1)).all():
        note = "colors are 0 and 1 only: taken as none and full, not as bytes"
    return as_bytes(color), note


def _are_other_columns(values: np.ndarray) -> bool:
    """Whether the first of four or more columns count, label or place the rows in a grid: x, y, z come later."""
    some = values[:, :5]
    if some.shape[1] < 4 or len(some) < 3 or not np.isfinite(some).all():
        return False
    first, steps = some[:, 0], np.diff(some[:, 0])
    whole = (some == np.floor(some)).all(0).tolist()
    counts = steps[0] != 0 and bool(np.allclose(steps, steps[0], rtol=1e-6, atol=0))
    labels = whole[:4] == [True, False, False, False] and bool((first != 0).any())
    # as the clock does, not quite evenly; rows sorted by x are less even, or have the same x again
    times = len(steps) >= 16 and bool(steps.min() > 0) and bool(steps.std() < 0.5 * steps.mean() or first[0] > 1e8)
    return counts or labels or times or whole == [True, True, False, False, False]


def _color(values: np.ndarray, rest: list[int], intensity_first: bool) -> list[int]:
    """The three columns that are the color, or nothing where that cannot be told."""
    able = [three for three in _triples(rest) if _look_like_colors(values[:, three])]
    labels = {column for column in rest if _are_labels(values[:, column])}
    better = [three for three in able if labels.isdisjoint(three)] or able
    if len(better) > 1:  # alpha, or an intensity that is the same everywhere
        same = {column for column in rest if (values[:, column] == values[0, column]).all()}
        flat = [three for three in better if set(rest) - set(three) <= same | labels]
        better = flat if len(flat) == 1 else better[-1:] if intensity_first and len(rest) == 4 else better
    return better[0] if better else []


def _triples(rest: list[int]) -> list[list[int]]:
    return [three for first in rest if set(three := [first, first + 1, first + 2]) <= set(rest)]


def _look_like_normals(three: np.ndarray) -> bool:
    length = np.linalg.norm(three, axis=1)
    return len(three) > 0 and bool((np.abs(length - 1) < 0.02).mean() > 0.9)


def _look_like_colors(three: np.ndarray) -> bool:
    """Fractions, or whole numbers of 8 or 16 bits: in all three columns, or all the same in one."""
    if not len(three) or not np.isfinite(three).all() or three.min() < 0 or three.max() > 65535:
        return False
    tops = three.max(0)
    one_range = three.max() <= 255 or bool(((tops > 255) | (tops == 0)).all())
    return bool(three.max() <= 1 or (one_range and (three == np.floor(three)).all()))


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
