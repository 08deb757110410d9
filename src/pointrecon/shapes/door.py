"""The one door: whatever a caller means by "some shapes" becomes shapes that are read by place."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from pointrecon.checks import checked
from pointrecon.errors import InputError
from pointrecon.shapes.importers.folders import read_folder
from pointrecon.shapes.importers.import_source import source_place
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.read import read_shape as read_here
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.npz import plain_arrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

# a path (table, folder, file), an open table, shapes in memory, an (M, N, 3) array, or several of these
Data: TypeAlias = Any


def as_shapes(data: Data) -> Shapes:
    """Shapes from what every public function of this package takes.

    Args:
        data: the path of a shape table, of a folder of meshes or clouds (which is read into memory as `import_shapes`
            reads it), or of one such file; an open table; shapes in memory; an (M, N, 3) or (N, 3) numpy or torch
            array, whose clouds are centered and scaled; shapes from this function; or a sequence of these, joined: ids
            then have their table's name before them.

    Raises:
        InputError: nothing there, nothing readable, or shapes that cannot be joined.
    """
    if isinstance(data, Shapes):
        return data
    if isinstance(data, ShapeArrays):
        return Shapes([data])
    if isinstance(data, ShapeTable):
        return Shapes([data.rows()])
    if isinstance(data, str | Path):
        return _at_path(data)
    if hasattr(data, "ndim"):
        return Shapes([ShapeArrays.from_points(data[None] if data.ndim == 2 else data)])
    if isinstance(data, Sequence) and len(data):
        several = [as_shapes(one) for one in data]
        return several[0] if len(several) == 1 else Shapes.joined(several)
    what = "nothing" if isinstance(data, Sequence) else f"a {type(data).__name__}"
    raise InputError(f"shapes cannot be had from {what}: give a path, a table or an (M, N, 3) array")


@checked
def read_shape(
    path: str | Path,
    points: int = 2048,
    *,
    seed: int = 0,
    columns: tuple[str, ...] | None = None,
    limits: Limits | None = None,
) -> Cloud:
    """One file's shape as `readers.read.read_shape` reads it, in a process of its own and within `limits`.

    InputError as there, and where the reader crashes or the file costs more than the limits allow.
    """
    read = partial(read_here, path, points, seed=seed, columns=columns)
    cloud: Cloud = read_apart(read, path, limits=limits)
    return cloud


def _at_path(path: str | Path) -> Shapes:
    place = source_place(path)
    if "://" in str(path) or place.suffix == ".lance" or (place / "about.lance").is_dir():
        return Shapes([open_table(path).rows()])
    if place.suffix.lower() == ".npz" and place.is_file() and not plain_arrays(place):
        return Shapes([open_table(path).rows()])
    if not place.exists():
        raise InputError(
            f"there are no shapes at {path}: check the path, or make a table with 'pointrecon shapes import'"
        )
    return Shapes([read_folder(place)])
