"""Reading clouds from XYZ/TXT/CSV/PTS and LAS/LAZ (PCD and arrays have their own files)."""

import io
import re
import struct
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import text_lines
from pointrecon.shapes.readers.clouds import Cloud, as_bytes
from pointrecon.shapes.readers.columns import cloud_of_names, cloud_of_numbers
from pointrecon.shapes.readers.source_file import SourceFile


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
    if source.columns is None and {"x", "y", "z"} <= {name.lower() for name in names} and len(names) == values.shape[1]:
        return cloud_of_names(dict(zip(names, values.T, strict=True)), path)
    return cloud_of_numbers(values, path, source.columns)


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
    color = as_bytes(rgb) if rgb is not None and rgb.any() else None
    return Cloud(np.asarray(points, np.float64), color, facts={"reader": f"laspy {laspy.__version__}"})


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
