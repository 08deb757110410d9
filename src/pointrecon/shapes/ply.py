"""Writing a cloud with part labels as PLY, which viewers show in colours and programs read back."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import written_whole


def write_parts(
    path: str | Path, points: np.ndarray, part: np.ndarray, names: Sequence[str], colours: Mapping[int, str]
) -> None:
    """Write a binary PLY: ``x y z``, ``red green blue`` of the part, and ``part``, its number; names are comments.

    Args:
        path: the file, ``something.ply``.
        points: (N, 3).
        part: (N,) part numbers, -1 for none.
        names: of all parts.
        colours: part number → "#rrggbb", for the parts that occur.

    Raises:
        InputError: another suffix.
        OSError: the disk refuses.
    """
    path = Path(path)
    if path.suffix.lower() != ".ply":
        raise InputError(f"{path}: a cloud with colours is called something.ply")
    rows = np.zeros(
        len(points),
        [*((axis, "<f4") for axis in "xyz"), *((c, "u1") for c in ("red", "green", "blue")), ("part", "<i2")],
    )
    rows["x"], rows["y"], rows["z"] = np.asarray(points, np.float32).T
    numbers, back = np.unique(part, return_inverse=True)
    shades = np.array([[int(colours[n][i : i + 2], 16) for i in (1, 3, 5)] for n in numbers.tolist()], np.uint8)
    rows["red"], rows["green"], rows["blue"] = shades.reshape(-1, 3)[back.reshape(-1)].T
    rows["part"] = part
    kinds = {"<f4": "float", "|u1": "uchar", "<i2": "short"}
    header = ["ply", "format binary_little_endian 1.0"]
    header += [f"comment part {n} {_line(names[n])}" for n in numbers.tolist() if n >= 0]
    header += [f"element vertex {len(rows)}"]
    header += [f"property {kinds[rows.dtype[name].str]} {name}" for name in rows.dtype.names or ()]
    with written_whole(path) as file:
        file.write(("\n".join([*header, "end_header"]) + "\n").encode())
        file.write(rows.tobytes())


def _line(name: str) -> str:
    return re.sub(r"\s+", " ", name)
