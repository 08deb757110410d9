"""Reading PLY: meshes of polygons and triangle strips, clouds, Gaussian splats; ascii or binary."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.columns import cloud_of_names
from pointrecon.shapes.readers.paints import face_paint, vertex_paint
from pointrecon.shapes.readers.ply_ascii import AsciiRows
from pointrecon.shapes.readers.ply_binary import BinaryRows
from pointrecon.shapes.readers.ply_colors import COLOR_NAMES, is_splat, ply_colors
from pointrecon.shapes.readers.ply_header import Columns, Header, Lists, ply_header
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Surface
from pointrecon.shapes.readers.triangulate import triangulated

_CORNERS = ("vertex_indices", "vertex_index")
_STRIPS = ("tristrips", "tristrip")
_SILENT = {"vertex", "face", "camera", *_STRIPS}  # elements that are read, and one that is no shape
_PLURALS = {"vertex": "vertices", "face": "faces"}


def read_ply(source: SourceFile) -> Surface | Cloud:
    """A mesh, or a cloud where there are no faces; elements and columns that are not known are passed over.

    Colors of faces go before those of vertices. InputError for what is not readable, cut short, or has no x y z.
    """
    path, content = source.path, source.read_bytes()
    header = ply_header(content, path)
    notes: list[str] = []
    rows = _rows(content, header, path, notes)
    if "vertex" not in rows:
        there = ", ".join(rows) or "none"
        raise InputError(f"{path} has no element 'vertex' (it has: {there}): export it with its vertices")
    vertex = rows["vertex"]
    cloud = _cloud(vertex, path)
    faces, colors = _faces(rows, cloud.points, path, notes)
    for element in header.elements:
        if element.name not in _SILENT and element.count:
            notes.append(f"{element.count} {_several(element.name)} left out")
    if not len(faces):
        return _finished_cloud(cloud, notes, splat=is_splat(vertex))
    paint: Paint | None = None
    if colors is not None:
        paint = face_paint(colors)
        if cloud.color is not None:
            notes.append("colors of vertices left out: the faces have their own")
    elif cloud.color is not None:
        paint = vertex_paint(cloud.color, faces)
    return Surface([Piece(cloud.points, faces, paint)], notes=notes)


def _rows(content: bytes, header: Header, path: Path, notes: list[str]) -> dict[str, Columns]:
    """The columns of every element.

    A last element that is short of exactly one row, with nothing half written, is taken as counted wrongly: ``notes``
    says so, as it says what follows the last row. InputError for a file cut short.
    """
    reader = BinaryRows(content, header, path) if header.order else AsciiRows(content, header, path, notes)
    found = {}
    for element in header.elements:
        columns, rows = reader.columns(element) if element.properties else ({}, element.count)
        if rows < element.count:
            several = _several(element.name)
            last = element is header.elements[-1] and element.name != "vertex"
            if not (last and rows == element.count - 1 and not reader.left):
                raise InputError(f"{path} is cut short: {rows} of {element.count} {several} are there, copy it again")
            notes.append(f"declares {element.count} {several}, holds {rows}")
        found[element.name] = columns
    if reader.left:
        notes.append(f"{plural(reader.left, reader.unit)} after the last element ignored")
    return found


def _several(name: str) -> str:
    return _PLURALS.get(name, name if name.endswith("s") else f"{name}s")


def _cloud(vertex: Columns, path: Path) -> Cloud:
    """The vertices as a cloud, with colors, normals and parts where they have them."""
    columns = {name: column for name, column in vertex.items() if isinstance(column, np.ndarray)}
    cloud = cloud_of_names({name: column for name, column in columns.items() if name not in COLOR_NAMES}, path)
    if cloud.normals is not None and not cloud.normals.any():  # splats and some exporters fill them with zeros
        cloud.normals = None
    return replace(cloud, color=ply_colors(columns))


def _finished_cloud(cloud: Cloud, notes: list[str], *, splat: bool) -> Cloud:
    valid = ~np.isnan(cloud.points).all(1)
    if 0 < valid.sum() < len(valid):
        cloud = cloud[valid]
        notes.append(f"{int((~valid).sum())} invalid (NaN) points of the scan dropped")
    if splat:
        notes.append("Gaussian splats as points in their own color: size, direction and opacity left out")
    return replace(cloud, note="; ".join(filter(None, [cloud.note, *notes])))


def _faces(
    rows: dict[str, Columns], vertices: np.ndarray, path: Path, notes: list[str]
) -> tuple[np.ndarray, np.ndarray | None]:
    """All triangles (F, 3), and their own colors (F, 3) uint8 where they have them."""
    faces, colors = np.zeros((0, 3), np.int64), None
    if (face := rows.get("face")) and (polygons := _corners(face, "face", path)) is not None:
        sizes, corners = polygons
        if flat := int((sizes < 3).sum()):
            notes.append(f"{plural(flat, 'face')} of fewer than three corners left out")
        faces, polygon = triangulated(vertices, sizes, corners)
        if (of_faces := ply_colors(face)) is not None:
            colors = of_faces[polygon]
    for name in _STRIPS:
        if (strips := rows.get(name)) and (found := _corners(strips, name, path)) is not None:
            faces, colors = np.concatenate([faces, _of_strips(*found)]), None
    return faces, colors


def _corners(columns: Columns, element: str, path: Path) -> Lists | None:
    """The list of vertex indices of each row; None where there are no rows."""
    lists = {name: column for name, column in columns.items() if isinstance(column, Lists)}
    name = next((name for name in _CORNERS if name in lists), "")
    if not name:
        whole = [name for name, column in lists.items() if column.values.dtype.kind in "iu"]
        name = whole[0] if len(whole) == 1 else ""
    if not name:
        if not len(next(iter(columns.values()))[0:1]):
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
