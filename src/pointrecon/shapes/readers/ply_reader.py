"""Reading PLY: meshes of polygons and triangle strips, clouds, Gaussian splats; ascii or binary."""

import codecs
from contextlib import suppress
from copy import copy
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
from pointrecon.shapes.readers.ply_colors import COLOR_NAMES, SPLAT_NAMES, is_splat, ply_colors
from pointrecon.shapes.readers.ply_faces import STRIPS, PlyFaces, corners_of, ply_faces
from pointrecon.shapes.readers.ply_header import Columns, Element, Header, Lists, ply_header
from pointrecon.shapes.readers.ply_pictures import picture_names, places_of_vertices, under_pictures
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Surface

_SILENT = {"vertex", "face", "material", "camera", *STRIPS}  # elements that are read, and one that is no shape
_PLURALS = {"vertex": "vertices", "face": "faces"}


def read_ply(source: SourceFile) -> Surface | Cloud:
    """A mesh, or a cloud where there are no faces; elements and columns that are not known are passed over.

    A picture goes before colors of faces, and these before those of vertices. InputError for what is not readable, cut
    short, or has no x y z.
    """
    path, content = source.path, source.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = source.read_text().encode()
    header = ply_header(content, path)
    notes: list[str] = []
    rows = _rows(content, header, path, notes)
    if "vertex" not in rows:
        there = ", ".join(rows) or "none"
        raise InputError(f"{path} has no element 'vertex' (it has: {there}): export it with its vertices")
    vertex = rows["vertex"]
    cloud = _cloud(vertex, path)
    faces = ply_faces(rows, cloud.points, path, notes)
    for element in header.elements:
        if element.name not in _SILENT and element.count:
            notes.append(f"{plural(element.count, element.name)} left out")
    if not len(faces.triangles):
        return _finished_cloud(cloud, notes, splat=is_splat(vertex))
    paint = _paint(rows, faces, cloud.color, notes)
    if names := picture_names(header.comments):
        uv = places_of_vertices(vertex)
        uv = faces.places if uv is None or faces.places is not None else uv[np.clip(faces.triangles, 0, len(uv) - 1)]
        paint = under_pictures(source, names, uv, faces.pictures, paint, notes)
    return Surface([Piece(cloud.points, faces.triangles, paint, step=cloud.step)], notes=notes)


def _paint(rows: dict[str, Columns], faces: PlyFaces, of_vertices: np.ndarray | None, notes: list[str]) -> Paint | None:
    face = rows.get("face", {})
    colors = ply_colors(face)
    materials, index = ply_colors(rows.get("material", {})), face.get("material_index")
    if colors is None and materials is not None and isinstance(index, np.ndarray):
        inside = (index >= 0) & (index < len(materials))
        colors = np.where(inside[:, None], materials[np.where(inside, index, 0).astype(int)], np.uint8(128))
    if colors is not None and (faces.polygon >= 0).all():
        if of_vertices is not None:
            notes.append("colors of vertices left out: the faces have their own")
        return face_paint(colors[faces.polygon])
    return None if of_vertices is None else vertex_paint(of_vertices, faces.triangles)


def _rows(content: bytes, header: Header, path: Path, notes: list[str]) -> dict[str, Columns]:
    """The columns of every element.

    A last element that is short of exactly one row, with nothing half written, is taken as counted wrongly, and so are
    faces that go on to the very end of the file: ``notes`` says so, as it says what else follows the last row.
    InputError for a file cut short.
    """
    reader = BinaryRows(content, header, path) if header.order else AsciiRows(content, header, path, notes)
    found: dict[str, Columns] = {}
    for element in header.elements:
        before = copy(reader)
        columns, rows = reader.columns(element) if element.properties else ({}, element.count)
        last = element is header.elements[-1] and element.name != "vertex"
        if last and reader.left and (more := _uncounted(before, element, found)) is not None:
            reader, (columns, rows) = before, more
        if rows < element.count and not (last and rows == element.count - 1 and not reader.left):
            several = _several(element.name)
            raise InputError(f"{path} is cut short: {rows} of {element.count} {several} are there, copy it again")
        if rows != element.count:
            notes.append(f"declares {element.count} {_several(element.name)}, holds {rows}")
        found[element.name] = columns
    if reader.left:
        notes.append(f"{plural(reader.left, reader.unit)} after the last element ignored")
    return found


def _uncounted(
    reader: BinaryRows | AsciiRows, element: Element, found: dict[str, Columns]
) -> tuple[Columns, int] | None:
    """The columns of faces, and how many, where more than the header declares fill the file to its end, else None."""
    if element.name != "face" or not (vertex := found.get("vertex")):
        return None
    with suppress(InputError):
        columns, rows = reader.columns(replace(element, count=element.count + reader.left))
        corners = corners_of(columns, element.name, Path())
        if rows > element.count and not reader.left and corners is not None and corners.sizes.min() > 2:
            first = next(iter(vertex.values()))
            count = len(first.sizes if isinstance(first, Lists) else first)
            if corners.values.min() >= 0 and corners.values.max() < count:
                return columns, rows
    return None


def _several(name: str) -> str:
    return _PLURALS.get(name, name if name.endswith("s") else f"{name}s")


def _cloud(vertex: Columns, path: Path) -> Cloud:
    """The vertices as a cloud, with colors, normals and parts where they have them."""
    plain = {name: column for name, column in vertex.items() if isinstance(column, np.ndarray)}
    colors = ply_colors(plain)
    if colors is not None:
        plain = {name: column for name, column in plain.items() if name not in COLOR_NAMES}
    if is_splat(vertex):
        plain = {name: column for name, column in plain.items() if not SPLAT_NAMES.fullmatch(name)}
    cloud = cloud_of_names(plain, path)
    if cloud.normals is not None and not cloud.normals.any():  # splats and some exporters fill them with zeros
        cloud.normals = None
    return cloud if colors is None else replace(cloud, color=colors)


def _finished_cloud(cloud: Cloud, notes: list[str], *, splat: bool) -> Cloud:
    valid = ~np.isnan(cloud.points).all(1)
    if 0 < valid.sum() < len(valid):
        cloud = cloud[valid]
        notes.append(f"{int((~valid).sum())} invalid (NaN) points of the scan dropped")
    if splat:
        notes.append("Gaussian splats as points in their own color: size, direction and opacity left out")
    return replace(cloud, note="; ".join(filter(None, [cloud.note, *notes])))
