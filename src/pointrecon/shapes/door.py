"""The one door: whatever a caller means by "some shapes" becomes shapes that are read by place."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import read_shape
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes, in_memory, open_collection
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

# a path (table, folder, file), an open table, shapes in memory, an (M, N, 3) array, or several of these
Data: TypeAlias = Any


def as_shapes(data: Data) -> Shapes:
    """Shapes from what every public function of this package takes.

    Args:
        data: the path of a shape table, of a folder of meshes or clouds, or of one such file; an open table; shapes in
            memory; an (M, N, 3) numpy or torch array; shapes from this function; or a sequence of these, joined.

    Raises:
        InputError: nothing there, nothing readable, or shapes that cannot be joined.
    """
    if isinstance(data, Shapes):
        return data
    if isinstance(data, ShapeArrays):
        return in_memory(data)
    if isinstance(data, ShapeTable):
        return open_collection([data])
    if isinstance(data, str | Path):
        return _at_path(data)
    if hasattr(data, "ndim"):
        return in_memory(ShapeArrays.from_points(np.asarray(data.detach().cpu() if hasattr(data, "detach") else data)))
    if isinstance(data, Sequence):
        if len(data) == 1:
            return as_shapes(data[0])
        return open_collection([open_table(one) if isinstance(one, str | Path) else one for one in data])
    raise InputError(f"shapes cannot be had from {type(data).__name__}: give a path, a table or an (M, N, 3) array")


def _at_path(path: str | Path) -> Shapes:
    place = Path(path)
    if "://" in str(path) or place.suffix in (".lance", ".npz"):
        return open_collection([open_table(path)])
    if place.is_file():
        shape = read_shape(place)
        return in_memory(ShapeArrays.from_points(shape.points[None], id=[place.stem], source=[place.name]))
    return open_collection([open_table(path)])
