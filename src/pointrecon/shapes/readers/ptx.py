"""Reading PTX, scans as Leica's Cyclone writes them: a grid's size, where the scanner stood, then its points."""

import io
import re
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, as_bytes

_LINE = r"[ \t]*[-+\d][-+.\deEdD]*(?:[ \t]+[-+\d][-+.\deEdD]*){%d}[ \t]*\n"
_HEAD = re.compile((_LINE % 0) * 2 + (_LINE % 2) * 4 + (_LINE % 3) * 4)
_HEAD_LINES = 10


def is_ptx(text: str) -> bool:
    """Whether a text begins as such scans do, whatever its name."""
    return _HEAD.match(text[:4096].lstrip()) is not None


@np.errstate(invalid="ignore", over="ignore")  # what is not finite will be refused
def read_ptx(text: str, path: Path) -> Cloud:
    """All scans of a file in the coordinates of their common system; what the scanner did not hit (0 0 0) is NaN.

    A scan is its columns, its rows, the scanner's place and axes (4 lines), a matrix (4 lines, for row vectors), and a
    line a point: x y z intensity, perhaps with r g b. Intensity is left out, which the note says.
    InputError where one is cut short.
    """
    lines, at, points, colors, scans, intense = text.split("\n"), 0, [], [], 0, False
    while at < len(lines) and (lines[at].strip() or any(line.strip() for line in lines[at:])):
        if not lines[at].strip():
            at += 1
            continue
        try:
            count = int(lines[at]) * int(lines[at + 1])
            matrix = np.loadtxt(io.StringIO("\n".join(lines[at + 6 : at + _HEAD_LINES])), ndmin=2)
            at += _HEAD_LINES
            rows = np.loadtxt(io.StringIO("\n".join(lines[at : at + count])), ndmin=2) if count else np.zeros((0, 4))
        except (ValueError, IndexError) as error:
            reason = " ".join(str(error).split("; ")[0].split())
            raise InputError(f"{path} is no readable PTX file: damaged or cut short ({reason})") from error
        if len(rows) != count or matrix.shape != (4, 4) or rows.shape[1] not in (3, 4, 7):
            raise InputError(f"{path} is cut short: its scan {scans + 1} has {len(rows)} of {count} points")
        own = rows[:, :3] @ matrix[:3, :3] + matrix[3, :3]
        own[(rows[:, :3] == 0).all(1)] = np.nan
        intense |= bool(rows[:, 3:4].any())
        points.append(own)
        colors.append(rows[:, 4:7] if rows.shape[1] == 7 else None)
        at, scans = at + count, scans + 1
    notes = [f"{scans} scans joined"] * (scans > 1) + ["left out: intensity"] * intense
    cloud = Cloud(np.concatenate(points), note="; ".join(notes))
    if all(color is not None for color in colors):
        cloud.color = as_bytes(np.concatenate([color for color in colors if color is not None]))
    return cloud
