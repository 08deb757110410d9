"""Writing a cloud as PLY, which viewers show in its colors and programs read back."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import written_whole

_KINDS = {"<f4": "float", "|u1": "uchar", "<i2": "short"}


def write_ply(
    path: str | Path,
    points: np.ndarray,
    color: np.ndarray | None,
    more: Mapping[str, np.ndarray],
    comments: Sequence[str] = (),
) -> None:
    """Write a binary PLY: ``x y z``, ``red green blue`` where there are colors, and a property for each of ``more``.

    Args:
        path: the file, ``something.ply``. points: (N, 3). color: (N, 3) uint8, or None.
        more: property → (N,) numbers, written as 16 bit integers where they are integers and as floats otherwise.
        comments: lines of the header.
    """
    path = Path(path)
    if path.suffix.lower() != ".ply":
        raise InputError(f"{path}: a cloud with colors is called something.ply")
    shades = {} if color is None else dict(zip(("red", "green", "blue"), color.T, strict=True))
    fields = [*((axis, "<f4") for axis in "xyz"), *((name, "|u1") for name in shades)]
    fields += [(name, "<i2" if np.issubdtype(values.dtype, np.integer) else "<f4") for name, values in more.items()]
    rows = np.empty(len(points), fields)
    for name, values in zip(rows.dtype.names or (), [*points.T, *shades.values(), *more.values()], strict=True):
        rows[name] = values
    header = ["ply", "format binary_little_endian 1.0"]
    header += ["comment " + re.sub(r"\s+", " ", line) for line in comments]
    header += [f"element vertex {len(rows)}", *(f"property {_KINDS[kind]} {name}" for name, kind in fields)]
    with written_whole(path) as file:
        file.write(("\n".join([*header, "end_header"]) + "\n").encode() + rows.tobytes())


def write_parts(
    path: str | Path, points: np.ndarray, part: np.ndarray, names: Sequence[str], colors: Mapping[int, str]
) -> None:
    """Write a cloud colored by its parts, with their numbers as ``part`` and their names in comments.

    ``part`` are (N,) numbers, -1 for none; ``names`` those of all parts; ``colors`` "#rrggbb" of the parts that occur.
    """
    numbers, back = np.unique(part, return_inverse=True)
    shades = np.array([[int(colors[n][i : i + 2], 16) for i in (1, 3, 5)] for n in numbers.tolist()], np.uint8)
    comments = [f"part {n} {names[n]}" for n in numbers.tolist() if n >= 0]
    write_ply(path, points, shades.reshape(-1, 3)[back.reshape(-1)], {"part": np.asarray(part, int)}, comments)
