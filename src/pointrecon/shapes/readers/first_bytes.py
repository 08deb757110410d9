"""What a file looks like by its first bytes, where its name says something else."""

import re
from contextlib import suppress

from pointrecon.shapes.readers.source_file import SourceFile

# a format, its usual suffixes and how its files begin
_STARTS = (
    ("STL", (".stl",), rb"solid\s"),
    ("PLY", (".ply",), rb"ply\s"),
    ("OFF", (".off",), rb"(ST)?C?N?4?n?OFF\b"),
    ("glTF", (".glb",), rb"glTF"),
    ("STEP", (".step", ".stp"), rb"ISO-10303-21"),
    ("3MF or another ZIP archive", (".3mf", ".zip", ".npz"), rb"PK\x03\x04"),
    ("HDF5", (".h5", ".hdf5"), rb"\x89HDF\r\n\x1a\n"),
    ("a numpy array", (".npy",), rb"\x93NUMPY"),
)
_HEAD = 84  # bytes before the triangles of a binary STL, the last 4 of which count them; each has 50


def looks_like(source: SourceFile) -> str:
    """The end of a message on a file that cannot be read: "; it looks like STL: rename it to .stl", or ""."""
    head, size = b"", 0
    with suppress(OSError):
        if source.content is None:
            with source.path.open("rb") as file:
                head, size = file.read(_HEAD), source.path.stat().st_size
        else:
            head, size = source.content[:_HEAD], len(source.content)
    binary = len(head) == _HEAD and size == _HEAD + 50 * int.from_bytes(head[-4:], "little") > _HEAD
    found = _STARTS[0] if binary else next((one for one in _STARTS if re.match(one[2], head)), None)
    if found is None or source.path.suffix.lower() in found[1]:
        return ""
    return f"; it looks like {found[0]}: rename it to {' or '.join(found[1][:2])}"
