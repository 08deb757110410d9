"""Reading LAS and LAZ clouds, as laser scanners and surveyors exchange them."""

import struct
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.readers.clouds import Cloud, as_bytes
from pointrecon.shapes.readers.source_file import SourceFile


def read_las(source: SourceFile) -> Cloud:
    """LAS, or LAZ through lazrs; colors where the point format has them, and a note on intensities and the like."""
    laspy, path = require("laspy", "files"), source.path
    _check_las_header(path)
    try:
        cloud = laspy.read(path)
        points = np.stack([cloud.x, cloud.y, cloud.z], 1)
        has_color = "red" in cloud.point_format.dimension_names
        rgb = np.stack([cloud.red, cloud.green, cloud.blue], 1) if has_color else None
        more = ["intensity", "classification", *cloud.point_format.extra_dimension_names]
        left = [name for name in more if np.asarray(cloud[name]).any()]
    except Exception as error:  # laspy and lazrs raise a dozen types on damage, some of them bare Exception
        raise InputError(f"{path} is no readable LAS/LAZ file ({' '.join(str(error).split())[:100]})") from error
    # all-black colors are how writers leave the fields out
    color = as_bytes(rgb) if rgb is not None and rgb.any() else None
    note = f"left out: {', '.join(left)}" if left else ""
    return Cloud(np.asarray(points, np.float64), color, note=note, facts={"reader": f"laspy {laspy.__version__}"})


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
    # bits 7 and 6 mark compression, where even a byte can hold many points, but not any number
    packed = kind & 0xC0
    room = size * 64 if packed else max(size - start, 0) // max(width, 1)
    if magic == b"LASF" and not packed and 0 < start <= size and width >= 20 and room < count < size:
        raise InputError(f"{path} is cut short: it has {room} of the {count} points that its header says")
    if magic != b"LASF" or start > size or records * 54 > size or extra * 60 > size or count > room:
        raise InputError(f"{path} is no readable LAS/LAZ file (its header does not fit the file)")
