"""The faces of a PLY file as triangles: polygons and triangle strips."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.ply_header import Columns, Lists
from pointrecon.shapes.readers.ply_pictures import places_of_corners
from pointrecon.shapes.readers.triangulate import triangulated

STRIPS = ("tristrips", "tristrip")
_CORNERS = ("vertex_indices", "vertex_index")


class PlyFaces(NamedTuple):
    """Triangles, and what each is of.

    Shape:
        triangles: (F, 3) into the vertices. polygon: (F,) the row of the element face, -1 of strips. pictures: (F,)
            number of the picture on it. places: (F, 3, 2) texture coordinates of its corners, or None.
    """

    triangles: np.ndarray
    polygon: np.ndarray
    pictures: np.ndarray
    places: np.ndarray | None


def ply_faces(rows: dict[str, Columns], vertices: np.ndarray, path: Path, notes: list[str]) -> PlyFaces:
    """All triangles of a file's elements ``rows``; ``notes`` are added to. InputError for faces without corners."""
    faces = PlyFaces(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), None)
    if (face := rows.get("face")) and (polygons := corners_of(face, "face", path)) is not None:
        if flat := int((polygons.sizes < 3).sum()):
            if flat == len(polygons.sizes):
                raise InputError(f"{path}: none of its {plural(flat, 'face')} has three corners: export it again")
            notes.append(f"{plural(flat, 'face')} of fewer than three corners left out")
        faces = _of_polygons(face, polygons, vertices)
    for name in STRIPS:
        if (strips := rows.get(name)) and (found := corners_of(strips, name, path)) is not None:
            more = _of_strips(*found)
            polygon = np.append(faces.polygon, np.full(len(more), -1))
            pictures = np.append(faces.pictures, np.zeros(len(more), np.int64))
            faces = PlyFaces(np.concatenate([faces.triangles, more]), polygon, pictures, None)
    return faces


def _of_polygons(face: Columns, polygons: Lists, vertices: np.ndarray) -> PlyFaces:
    sizes, corners = polygons
    uv = places_of_corners(face, sizes)
    if uv is not None and ((corners >= 0) & (corners < len(vertices))).all():
        slots, polygon = triangulated(vertices[corners], sizes, np.arange(len(corners)))
        triangles, places = corners[slots], uv[slots]
    else:
        triangles, polygon = triangulated(vertices, sizes, corners)
        places = None
    number = face.get("texnumber")
    pictures = number if isinstance(number, np.ndarray) else np.zeros(len(sizes))
    return PlyFaces(triangles, polygon, pictures.astype(np.int64)[polygon], places)


def corners_of(columns: Columns, element: str, path: Path) -> Lists | None:
    """The list of vertex indices of each row; None where there are no rows. InputError where there is no such list."""
    lists = {name: column for name, column in columns.items() if isinstance(column, Lists)}
    name = next((name for name in _CORNERS if name in lists), "")
    if not name:
        whole = [name for name, column in lists.items() if column.values.dtype.kind in "iu"]
        name = whole[0] if len(whole) == 1 else ""
    if not name:
        first = next(iter(columns.values()), np.zeros(0))
        if not len(first.sizes if isinstance(first, Lists) else first):
            return None
        there = ", ".join(columns)
        raise InputError(f"{path}: its '{element}' has no list vertex_indices (it has: {there}): export it again")
    sizes, values = lists[name]
    corners = values.astype(np.int64) if values.dtype.kind in "iu" else np.nan_to_num(np.rint(values), nan=-1.0)
    if values.dtype.kind == "f" and (corners != values).any():
        raise InputError(f"{path}: vertex indices of '{element}' are not whole numbers: export it again")
    return Lists(sizes, corners.astype(np.int64))


def _of_strips(sizes: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Triangles of strips: each corner makes one with the two before it, turned every other time; -1 begins anew."""
    ends = np.cumsum(sizes)
    corners = np.insert(corners, ends, -1)
    places = np.arange(len(corners))
    begin = np.maximum.accumulate(np.where(corners < 0, places, -1)) + 1
    faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], 1)
    inside = begin[2:] <= places[:-2]
    turned = (places[:-2] - begin[2:]) % 2 == 1
    faces[turned] = faces[turned][:, [1, 0, 2]]
    # a corner twice is how strips are sewn together
    real = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    return faces[inside & real]
