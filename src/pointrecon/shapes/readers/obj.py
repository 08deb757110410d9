"""Reading OBJ: polygons, or points alone, with the colors of vertices and materials."""

import re
from collections import Counter
from contextlib import suppress

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.obj_faces import ObjFaces, obj_faces
from pointrecon.shapes.readers.obj_materials import obj_materials
from pointrecon.shapes.readers.obj_text import ObjText
from pointrecon.shapes.readers.paints import face_paint, mixed_paint, picture_paint, vertex_paint
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Surface
from pointrecon.shapes.readers.triangulate import triangulated_corners

# statements of shapes that are not read
_NOT_READ = {
    **dict.fromkeys(("curv", "curv2", "scrv", "surf", "bzp", "bsp", "cdc", "cdp", "res"), "free-form shape"),
    **dict.fromkeys(("call", "csh"), "call of another file"),
}


def read_obj(source: SourceFile) -> Surface:
    """A mesh, or a cloud where there are no faces.

    Colors are those of a material's picture (map_Kd), else of the vertices (x y z r g b, as MeshLab and others write
    them), else of a material (Kd). Lines, points and free-form shapes are left out and told.

    Raises:
        InputError: what should be a number is none, no face is readable, or vertices lack coordinates.
    """
    text = ObjText(source.read_text(), source.path)
    table, counts = text.numbers("v")
    vertices = np.ascontiguousarray(table[:, :3])
    colors = _vertex_colors(table, counts, text.notes)
    polygons = obj_faces(text, len(vertices))
    _tell_left_out(text, polygons)
    kept = polygons.sizes >= 3
    if not kept.any():
        if polygons.unreadable:
            raise InputError(
                f"{source.path}: none of its {plural(polygons.unreadable, 'face')} can be read: export it again"
            )
        _check_short(counts, np.arange(len(counts)), source, text.notes)
        return Surface([], Cloud(vertices, colors, _normals(text, len(vertices))), text.notes)
    corners, polygon = triangulated_corners(vertices, polygons.sizes, polygons.vertex)
    faces = np.append(polygons.vertex, -1)[corners]
    _check_short(counts, faces, source, text.notes)
    paint = None if colors is None else vertex_paint(colors, np.clip(faces, 0, len(vertices) - 1))
    names = [(line, name) for line, word, name in text.said("u") if word == "usemtl"]
    if names:
        paint = _material_paint(source, text, polygons, corners, polygon, names, paint)
    return Surface([Piece(vertices, faces, paint)], notes=text.notes)


def _material_paint(
    source: SourceFile,
    text: ObjText,
    polygons: ObjFaces,
    corners: np.ndarray,
    polygon: np.ndarray,
    names: list[tuple[int, str]],
    of_vertices: Paint | None,
) -> Paint | None:
    """What colors each triangle: the picture of its material, else the vertices, else the material's color.

    ``names`` are the lines with usemtl, and what these name.
    """
    libraries = [name for _, word, name in text.said("m") if word == "mtllib"]
    materials, notes = obj_materials(source, libraries, [name for _, name in names])
    text.notes += notes
    numbers = {name: number for number, name in enumerate(dict.fromkeys(name for _, name in names))}
    of_line = np.array([-1, *(numbers[name] for _, name in names)])
    material = of_line[np.searchsorted(np.array([line for line, _ in names]), polygons.lines[polygon])]
    uv, placed = None, np.zeros(len(corners), bool)
    if any(m.picture is not None for m in materials.values()):
        uv, placed = _texture_coordinates(text, np.append(polygons.texture, -1)[corners])
    shades = np.full((len(numbers) + 1, 3), 128, np.uint8)
    known = np.zeros(len(numbers) + 1, bool)  # the last is of faces before the first usemtl
    for name, found in materials.items():
        if found.color is not None:
            shades[numbers[name]], known[numbers[name]] = found.color, True
    paints = [of_vertices or face_paint(shades[material])]
    which = np.where((of_vertices is not None) | known[material], 0, -1)
    for name, found in materials.items():
        if found.picture is not None and uv is not None:
            mine = (material == numbers[name]) & placed
            which[mine] = len(paints)
            uv[mine] = uv[mine] * found.scale + found.offset
            uv[mine, :, 1] = 1 - uv[mine, :, 1]  # counted from below here
            way = "clamp" if found.clamp else "repeat"
            paints.append(picture_paint(found.picture, uv, wrap=(way, way)))
    return mixed_paint(which, paints) if (which >= 0).any() else None


def _texture_coordinates(text: ObjText, index: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Those of the corners of triangles, (F, 3, 2), and whether all three are there, (F,)."""
    try:
        table, counts = text.numbers("vt")
    except InputError:
        text.notes.append("pictures left out: their coordinates are no numbers")
        return None, np.zeros(len(index), bool)
    table[counts == 1, 1] = 0.0
    there = np.all((index >= 0) & (index < len(table)), axis=1)
    uv = np.vstack([table[:, :2], [[0.0, 0.0]]])[np.where(there[:, None], index, -1)]
    return uv, there & np.isfinite(uv).all((1, 2))


def _vertex_colors(table: np.ndarray, counts: np.ndarray, notes: list[str]) -> np.ndarray | None:
    """(V, 3) uint8 from x y z r g b, mid-gray where a vertex has none; None where none has, or they can be no colors.

    Of seven numbers the last is taken as opacity (MeshLab), but the fourth as weight where it is 1 everywhere and the
    last is not. A weight alone has no meaning for polygons.
    """
    colored = counts >= 6
    if (weights := table[counts == 4, 3]).size and (weights != 1).any():
        notes.append("the fourth number of vertices left out")
    if (counts == 5).any() or (counts > 7).any():
        notes.append("more numbers of vertices than x y z r g b left out")
    if not colored.any():
        return None
    first = 3
    last, fourth = table[colored, 6], table[colored, 3]
    if (counts[colored] == 7).all() and (fourth == 1).all() and not ((last == 1).all() or (last == 255).all()):
        first = 4
    found = table[colored, first : first + 3]
    if not np.isfinite(found).all() or found.min() < 0 or found.max() > 65535:
        notes.append("three more numbers of vertices left out: as colors they are out of range")
        return None
    colors = np.full((len(table), 3), 128, np.uint8)
    colors[colored] = as_bytes(found)
    return colors


def _normals(text: ObjText, count: int) -> np.ndarray | None:
    """Those of a cloud, where each point has one."""
    if len(text.lines("vn")) != count:
        return None
    with suppress(InputError):
        return unit(text.numbers("vn")[0][:, :3])
    return None


def _check_short(counts: np.ndarray, used: np.ndarray, source: SourceFile, notes: list[str]) -> None:
    """InputError where vertices that are ``used`` have fewer than three numbers; a note where only others have."""
    short = counts < 3
    if not short.any():
        return
    inside = used[(used >= 0) & (used < len(counts))]
    if short[inside].any():
        raise InputError(f"{source.path}: {short.sum()} of its {len(short)} vertices lack coordinates: export it again")
    notes.append(f"{short.sum()} of {len(short)} vertices lack coordinates, no face uses them")


def _tell_left_out(text: ObjText, polygons: ObjFaces) -> None:
    notes = text.notes
    for kind, there in (("Vertices", len(text.lines("v"))), ("Faces", len(polygons.sizes) + polygons.unreadable)):
        declared = re.search(rf"#\s*{kind}:\s*(\d{{1,12}})\s".encode(), text.letters[:2000].tobytes())  # MeshLab
        if declared and int(declared[1]) > there:
            notes.append(f"cut short? Its head tells {kind.lower()}: {int(declared[1])}, but {there} are there")
    if polygons.unreadable:
        notes.append(f"{plural(polygons.unreadable, 'face')} left out: no numbers")
    if small := int((polygons.sizes < 3).sum()):
        notes.append(f"{plural(small, 'face')} of fewer than three corners left out")
    kinds = Counter({"line": len(text.lines("l")), "point element": len(text.lines("p"))})
    kinds.update(_NOT_READ[word] for _, word, _ in text.said("cbsr") if word in _NOT_READ)
    notes.extend(f"{plural(count, kind)} left out" for kind, count in kinds.items() if count)
