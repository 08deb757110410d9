"""What a file is: the columns that a table keeps of each shape's file beside its points."""

from typing import TypeAlias

# of one file: name of a column -> its value; what nobody knows is left out
Facts: TypeAlias = dict[str, str | int | float]

# In the file's own unit, before any scaling. Where a fact is not known: "", NaN, or -1.
FACTS: dict[str, type] = {
    "hash": str,  # SHA-256 of the file's bytes, hexadecimal
    "bytes": int,  # its size
    "format": str,  # "obj", "ply", "step", ...
    "reader": str,  # what read it, such as "pointrecon" or "laspy 2.7.0"
    "unit": str,  # "m", "mm", ... where the format or the user tells
    "scale": float,  # what the points were divided by to fit the unit sphere
    "extent_x": float,
    "extent_y": float,
    "extent_z": float,
    "area": float,  # of the whole surface
    "volume": float,  # where the surface is closed
    "vertices": int,  # of a mesh, or the points of a cloud
    "faces": int,  # triangles; 0 of a cloud
    "bodies": int,  # connected parts of the surface
    "up": str,  # "x", "y" or "z"
    "up_source": str,  # "format" where the format prescribes it, "user" where the user said so
}
