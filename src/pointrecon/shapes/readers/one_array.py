"""Reading one cloud, or one mesh, from the arrays of an NPY, NPZ or HDF5 file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.array_store import in_memory, open_arrays
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.columns import cloud_of_names, cloud_of_numbers
from pointrecon.shapes.readers.paints import vertex_paint
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Piece, Surface
from pointrecon.shapes.readers.triangulate import triangulated
from pointrecon.shapes.table.npy_members import Stored

POINT_KEYS = (
    *("points", "data", "xyz", "pos", "coords", "coord", "vertices", "verts", "pc", "pcd", "pc_norm", "pts"),
    *("pointcloud", "point_cloud", "cloud", "positions", "position", "coordinates"),
)
COLOR_KEYS = ("color", "colors", "colour", "colours", "rgb", "rgba")
NORMAL_KEYS = ("normals", "normal", "norms", "norm")
PART_KEYS = ("part", "parts", "part_label", "part_labels", "pid", "seg", "label_seg", "seglabel", "seg_label")
LABEL_KEYS = ("label", "labels")
_FACES = ("faces", "face", "triangles")
# arrays that are there only beside points of the space around a shape, not of its surface
_AROUND = ("occupancies", "occupancy", "sdf", "sdfs", "udf", "neg")


def read_array(source: SourceFile) -> Cloud | Surface:
    """One cloud: an array (n, 3 or more), or (3, n), of a usual name or the only one there is; or records with x, y, z.

    Beside it colors, alpha dropped, normals and part numbers are read by their names. Vertices with triangles are a
    mesh. A leading axis of one is dropped. InputError where it cannot be told which array, or which axis, it is.
    """
    with open_arrays(source.path) as arrays:
        return cloud_in(arrays, source.path, source.columns)


def cloud_in(arrays: Mapping[str, Stored], path: Path, named: tuple[str, ...] | None = None) -> Cloud | Surface:
    """What `read_array` gives, of arrays that are open; `named` says what the columns of the points are, if told."""
    arrays = _fields_apart(arrays)
    if around := sorted({*_AROUND} & arrays.keys()):
        raise InputError(
            f"{path} holds points of the space around a shape ('{around[0]}'), not of its surface: "
            "import the file with the surface's points"
        )
    columns = _columns(arrays)
    if columns:
        cloud, used, flipped = cloud_of_names(columns, path), {*columns, *("rgb", "rgba") * ("r" in columns)}, False
    else:
        name = points_name(arrays, path, 2)
        values = one_cloud(arrays[name].read(), path)
        if flipped := transposed(values.shape, path):
            values = values.T
        if (key := first(arrays, _FACES)) and _are_faces(arrays[key], values):
            return _mesh(values, arrays, key, name)
        if named is None and values.shape[1:] == (4,) and values.dtype.kind in "fiu" and (values[:, 3] == 1).all():
            values = values[:, :3]  # homogeneous coordinates
        cloud, used = cloud_of_numbers(values, path, named), {name}
    notes = [cloud.note, "read with its axes swapped, as it holds (channels, points)" if flipped else ""]
    used |= _add_beside(cloud, arrays, flipped, notes)
    count = len(cloud.points)
    left = [str(one) for key, one in arrays.items() if key not in used and count in _plain_shape(one.shape)]
    notes.append(f"left out: {', '.join(left[:5])}{' ...' if len(left) > 5 else ''}" if left else "")
    cloud.note = "; ".join(filter(None, notes))
    return cloud


def _are_faces(stored: Stored, vertices: np.ndarray) -> bool:
    shape = stored.shape
    return stored.dtype.kind in "iu" and len(shape) == 2 and 3 <= shape[1] <= 16 and vertices.shape[1:] == (3,)


def _mesh(vertices: np.ndarray, arrays: Mapping[str, Stored], key: str, name: str) -> Surface:
    """A mesh of polygons (F, 3 or more), short ones filled up with -1, with the vertices' colors."""
    faces = arrays[key].read().astype(np.int64)
    there = (faces >= 0) | (faces.shape[1] == 3)
    step, vertices = step_of(vertices), np.asarray(vertices, np.float64)
    triangles, _ = triangulated(vertices, there.sum(1), faces[there])
    color = first(arrays, COLOR_KEYS)
    colors = colors_of(arrays[color].read()) if color and arrays[color].shape[:1] == (len(vertices),) else None
    notes = [f"left out: {one}" for k, one in arrays.items() if k not in (key, name) and (colors is None or k != color)]
    paint = None if colors is None else vertex_paint(colors, triangles)
    return Surface([Piece(vertices, triangles, paint, step=step)], notes=notes)


def points_name(arrays: Mapping[str, Stored], path: Path, axes: int) -> str:
    """The name of the array with the points, of two axes in a cloud and three in a collection.

    A usual name counts before the only array there is; InputError with all names where neither tells.
    """
    listed = ", ".join(str(one) for one in list(arrays.values())[:10]) or "none"
    others = (*COLOR_KEYS, *NORMAL_KEYS, *PART_KEYS, *LABEL_KEYS, *_FACES)
    if len(arrays) == 1 and (only := next(iter(arrays))) not in others:
        return only
    shapes = {key: one.shape if axes == 3 else _plain_shape(one.shape) for key, one in arrays.items()}
    able = [key for key, one in arrays.items() if one.dtype.kind in "fiu" and len(shapes[key]) == axes]
    usual = [key for key in POINT_KEYS if key in able]
    if "points" in usual or len(usual) == 1:
        return usual[0]
    if named := [key for key in POINT_KEYS if key in arrays]:
        if not usual:
            return named[0]  # of another shape or type, which will be told
        able = usual
    able = [key for key in able if key not in others and (named or 3 <= min(shapes[key][-2:]) <= 16)]
    if len(able) == 1:
        return able[0]
    if able:
        raise InputError(
            f"{path} has several arrays that could be the points ({', '.join(str(arrays[key]) for key in able[:10])}): "
            "call the right one points"
        )
    raise InputError(f"{path} has no array called points (it has: {listed}): rename it")


def transposed(shape: tuple[int, ...], path: Path) -> bool:
    """Whether the last two axes are (channels, points), not (points, channels); InputError where that cannot be told.

    Three to nine channels beside more than 16 points are sure.
    """
    if len(shape) < 2:
        return False
    rows, columns = shape[-2:]
    few = 3 <= rows <= 9
    if few and columns > 16:
        return True
    if few and (columns > rows or rows == columns == 3):
        raise InputError(
            f"{path} has an array of shape {shape}, which could be (points, channels) or (channels, points): "
            "give it more points"
        )
    # voxels and pictures have two long axes of about one length
    if columns > 64 or (len(shape) == 3 and columns > 16 and rows < 4 * columns):
        raise InputError(f"{path} has an array of shape {shape}, expected (points, 3 or more), not a grid or features")
    return False


def one_cloud(values: np.ndarray, path: Path) -> np.ndarray:
    """(n, channels) of a file that may hold it with an axis of one."""
    if values.ndim == 3 and 1 in values.shape[:2]:
        return values[0] if values.shape[0] == 1 else values[:, 0]
    if values.ndim == 3:
        transposed(values.shape, path)  # says so of a grid
        raise InputError(f"{path} holds {len(values)} clouds: import this file by itself, not as part of a folder")
    return values


def colors_of(values: np.ndarray) -> np.ndarray | None:
    """Colors (..., 3) as bytes, of (..., 3 or 4) with alpha dropped; None for what is no color, such as below 0."""
    if values.dtype.kind not in "fiu" or values.ndim < 2 or values.shape[-1] not in (3, 4):
        return None
    values = values[..., :3]
    return as_bytes(values) if values.min(initial=0) >= 0 and values.max(initial=0) <= 65535 else None


def first(arrays: Mapping[str, Stored], names: Iterable[str]) -> str:
    """The first of these names that is there, or ""."""
    return next((name for name in names if name in arrays), "")


def _add_beside(cloud: Cloud, arrays: Mapping[str, Stored], flipped: bool, notes: list[str]) -> set[str]:
    """Give the cloud the colors, normals and parts of arrays of those names; the names that were of use."""
    count, used = len(cloud.points), set()

    def values(keys: Iterable[str], channels: tuple[int, ...]) -> np.ndarray | None:
        if not (name := first(arrays, keys)) or (shape := _plain_shape(arrays[name].shape)) == ():
            return None
        swapped = flipped and len(shape) == 2 and shape[1] == count and shape[0] in channels
        if not swapped and (shape[0] != count or (shape[1:] or (1,))[-1] not in channels or len(shape) > 2):
            return None
        used.add(name)
        read = arrays[name].read().reshape(shape)
        return read.T if swapped else read

    if (found := values(COLOR_KEYS, (3, 4))) is not None:
        cloud.color = colors_of(found)
        if cloud.color is None:
            notes.append("colors left out: they are no numbers from 0 to 1, 255 or 65535")
    if (found := values(NORMAL_KEYS, (3,))) is not None and found.dtype.kind in "fiu":
        cloud.normals = unit(found)
    if (found := values((*PART_KEYS, *LABEL_KEYS), (1,))) is not None:
        if found.dtype.kind in "iub" and found.min(initial=0) >= -1 and found.max(initial=0) <= 32767:
            cloud.part = found.reshape(-1).astype(np.int64)
        else:
            notes.append("labels left out: parts are whole numbers from -1 (none) to 32767")
    return used


def _plain_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Without a leading axis of one."""
    return shape[1:] if len(shape) > 2 and shape[0] == 1 else shape


def _fields_apart(arrays: Mapping[str, Stored]) -> Mapping[str, Stored]:
    """Records with x, y and z, or the only array where it is one, as an array for each field; else all as they are."""
    records = [one for one in arrays.values() if one.dtype.names]
    named = [one for one in records if {"x", "y", "z"} <= {name.lower() for name in one.dtype.names or ()}]
    some = named or (records if len(arrays) == 1 else [])
    return {one.name: one for one in _fields(some[0].read().reshape(-1))} if len(some) == 1 else arrays


def _fields(records: np.ndarray) -> list[Stored]:
    found = []
    for name in records.dtype.names or ():
        values = records[name]
        found += _fields(values) if values.dtype.names and values.ndim == 1 else [in_memory(name.lower(), values)]
    return found


def _columns(arrays: Mapping[str, Stored]) -> dict[str, np.ndarray]:
    """Arrays of one axis that are named as columns are, x, y and z among them; nothing without those."""
    if not {"x", "y", "z"} <= arrays.keys() or len(arrays["x"].shape) != 1:
        return {}
    shape = arrays["x"].shape
    if arrays["y"].shape != shape or arrays["z"].shape != shape:
        return {}
    columns = {k: one.read() for k, one in arrays.items() if one.shape == shape and one.dtype.kind in "fiu"}
    if bits := first(columns, ("rgb", "rgba")):  # type: ignore[arg-type]
        packed = columns.pop(bits)
        packed = packed.astype(np.float32).view(np.uint32) if packed.dtype.kind == "f" else packed.astype(np.uint32)
        columns |= {"r": packed >> 16 & 255, "g": packed >> 8 & 255, "b": packed & 255}
    return columns
