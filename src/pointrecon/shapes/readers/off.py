"""Reading OFF: polygons, or points alone, with colors of faces or vertices."""

import re
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.coarse import step_of
from pointrecon.shapes.readers.off_text import OffKind, OffParts, off_binary, off_text
from pointrecon.shapes.readers.paints import face_paint, mixed_paint, vertex_paint
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Surface
from pointrecon.shapes.readers.triangulate import triangulated

_HEADER = rb"\s*((?:ST|C|N|4|n)*)OFF(?=[\s\d]|$)[ \t]*(BINARY)?"
_COUNTS = re.compile(rb"\s*\d+[ \t]+\d+([ \t]+\d+)?[ \t]*[\r\n]")
_COMMENT = re.compile(rb"#[^\n\r]*")


def read_off(source: SourceFile) -> Surface:
    """A mesh, or a cloud where there are no faces; the header may be in any letters, glued to the counts, or missing.

    Colors of faces go before those of vertices; one by number of a color map is told and left out.

    Specification: OFF in "Geomview manual", section 4.2.5: [ST][C][N][4][n]OFF, text and binary.

    Raises:
        InputError: no OFF, cut short, of more than three dimensions, what should be a number is none.
    """
    content, path = source.read_bytes(), source.path
    header = _header(content[:64])
    notes: list[str] = []
    if header and header[2]:  # BINARY
        line = content.find(b"\n", header.end())
        kind, rest = _kind(header, content[line + 1 if line >= 0 else len(content) :], path)
        return _surface(off_binary(rest, kind, path), kind, notes)
    text = _COMMENT.sub(b"", source.read_text().encode("utf-8", "replace"))
    header = _header(text)
    if header is None and not _COUNTS.match(text):
        raise InputError(f"{path} is no readable OFF file (it does not begin with OFF): export it again")
    kind, rest = _kind(header, text[header.end() :], path) if header else (OffKind(), text)
    return _surface(off_text(rest, kind, path, notes), kind, notes)


def _header(text: bytes) -> re.Match[bytes] | None:
    return re.match(_HEADER, text) or re.match(_HEADER, text, re.IGNORECASE)


def _kind(header: re.Match[bytes], rest: bytes, path: Path) -> tuple[OffKind, bytes]:
    """What the header declares, and what follows it and the number of dimensions that nOFF has."""
    flags, dimensions = header[1], 3
    spelled = re.match(_HEADER, header[0]) is not None  # else n may as well be N
    if b"n" in flags and spelled:
        if header[2]:
            dimensions, rest = int.from_bytes(rest[:4], "big"), rest[4:]
        elif number := re.match(rb"\s*(\d{1,9})(?=\s)", rest):
            dimensions, rest = int(number[1]), rest[number.end() :]
        if not 1 <= dimensions <= 3:
            raise InputError(f"{path} has {dimensions} dimensions: give it in three")
        flags = flags.replace(b"n", b"")
    flags = flags.upper()
    return OffKind(dimensions, b"4" in flags, b"N" in flags, b"C" in flags, b"ST" in flags), rest


def _surface(parts: OffParts, kind: OffKind, notes: list[str]) -> Surface:
    table = parts.vertices
    points = np.zeros((len(table), 3))
    points[:, : kind.dimensions] = table[:, : kind.dimensions]
    step = 0.0 if kind.homogeneous else step_of(table[:, : kind.dimensions])
    if kind.homogeneous:
        with np.errstate(all="ignore"):
            points /= table[:, [kind.dimensions]]
    normals, colors = _of_vertices(table, kind, notes)
    if small := int((parts.sizes < 3).sum()):
        notes.append(f"{plural(small, 'face')} of fewer than three corners left out")
    if by_map := int(parts.by_map.sum()):
        notes.append(f"{plural(by_map, 'color')} of faces left out: they are numbers of a color map")
    faces, polygon = triangulated(points, parts.sizes, parts.corners)
    if not len(faces):
        return Surface([], Cloud(points, colors, normals, step=step), notes)
    paint = None if colors is None else vertex_paint(colors, np.clip(faces, 0, len(points) - 1))
    colored = np.isfinite(parts.colors[:, :3]).all(1)
    if colored.any():
        if paint is not None:
            notes.append("colors of vertices left out where faces have their own")
        own = np.zeros((len(colored), 3), np.uint8)
        own[colored] = as_bytes(parts.colors[colored])[:, :3]
        others, paints = (-1, list[Paint]()) if paint is None else (1, [paint])
        paint = mixed_paint(np.where(colored[polygon], 0, others), [face_paint(own[polygon]), *paints])
    return Surface([Piece(points, faces, paint, step=step)], notes=notes)


def _of_vertices(table: np.ndarray, kind: OffKind, notes: list[str]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Normals (V, 3), and colors (V, 3) uint8, of the rows of vertices; None for what is not there."""
    more = table.shape[1] - kind.plain
    if more < 0:
        notes.append("vertices have fewer numbers than the header declares: read as places alone")
        return None, None
    start = kind.place + 3 * kind.normals
    normals, found = table[:, kind.place : start], table[:, start : start + more]
    if kind.normals and kind.colors and more:  # MeshLab writes colors first
        behind = table[:, kind.place + more : start + more]
        if _unit_long(behind) > _unit_long(normals):
            normals, found = behind, table[:, kind.place : kind.place + more]
    directions = unit(normals) if kind.normals else None
    fits = more in (3, 4) and bool(((found >= 0) & (found <= 65535)).all())
    if more and not (fits and (kind.colors or not kind.texture)):
        notes.append(f"{more} more numbers of each vertex left out: they are no colors")
        return directions, None
    if more and not kind.colors:
        notes.append(f"{more} more numbers of each vertex than the header declares are read as colors")
    return directions, as_bytes(found)[:, :3] if more else None


def _unit_long(vectors: np.ndarray) -> float:
    """The share of vectors of length one."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float((np.abs((vectors**2).sum(1) - 1) < 0.02).mean()) if len(vectors) else 0.0
