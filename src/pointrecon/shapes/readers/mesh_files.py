"""Reading meshes (OBJ, OFF, STL, PLY, GLB/GLTF) and sampling their surface by area."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import text_lines
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, check_cloud, unit

# from faces (m,) and barycentric weights (m, 3) to colors (m, 3) uint8
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass
class Piece:
    """One part of a scene: triangles (F, 3, 3) in scene coordinates, and how to color a point on them."""

    triangles: np.ndarray
    paint: Paint | None = None


def read_mesh(path: Path, count: int, rng: np.random.Generator) -> Cloud:
    """`count` points on the surface, by area, with face normals and colors (vertex, face or texture).

    A scene is flattened, with its transforms. Without any area (no faces, or flat ones) the vertices are it. InputError
    for what is not readable, empty, or has NaN or infinite coordinates.
    """
    pieces, vertices = _read(path)
    if any(len(piece.triangles) for piece in pieces):
        triangles = np.concatenate([piece.triangles for piece in pieces])
        check_cloud(Cloud(triangles.reshape(-1, 3)), path)
        span = np.abs(triangles).max()
        triangles = triangles / (span if span > 0 else 1.0)
        cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        area = np.linalg.norm(cross, axis=1)
        if area.sum() > 0:
            return _sample(pieces, triangles, cross, area, count, rng)
        vertices.points = triangles.reshape(-1, 3) if not len(vertices.points) else vertices.points
        vertices.note = "faces without area, its vertices are used"
    if not len(vertices.points):
        raise InputError(f"{path} is an empty mesh, without faces or vertices: remove it or export it again")
    return vertices


def read_triangles(path: Path) -> np.ndarray:
    """All triangles of a mesh file, (F, 3, 3) float64, in the scene's coordinates; InputError for none or damage."""
    pieces, _ = _read(path)
    if not pieces:
        raise InputError(f"{path} has no faces: only its points can be drawn")
    triangles = np.concatenate([piece.triangles for piece in pieces])
    check_cloud(Cloud(triangles.reshape(-1, 3)), path)
    return triangles


def _sample(
    pieces: list[Piece],
    triangles: np.ndarray,
    cross: np.ndarray,
    area: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> Cloud:
    ends = np.cumsum(area)
    # one point in each of `count` equal slices of the area: as fair as independent draws, and more even
    slices = (np.arange(count) + rng.random(count)) / count * ends[-1]
    faces = np.minimum(np.searchsorted(ends, slices, side="right"), len(area) - 1)
    u, v = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - u, u * (1 - v), u * v], 1)
    order = rng.permutation(count)  # else points would come sorted by face, and any prefix would be one-sided
    faces, weights = faces[order], weights[order]
    points = (weights[:, :, None] * triangles[faces]).sum(1)
    color = None
    if any(piece.paint for piece in pieces):
        color = np.full((count, 3), 128, np.uint8)
        start = 0
        for piece in pieces:
            mine = np.flatnonzero((faces >= start) & (faces < start + len(piece.triangles)))
            if piece.paint is not None and len(mine):
                color[mine] = piece.paint(faces[mine] - start, weights[mine])
            start += len(piece.triangles)
    return Cloud(points, color, unit(cross[faces]))


def _read(path: Path) -> tuple[list[Piece], Cloud]:
    """Triangles, and all loose vertices."""
    trimesh = require("trimesh", "files")
    logging.getLogger("trimesh").setLevel(logging.CRITICAL)  # it reports what we report ourselves
    try:
        geometries = trimesh.load_scene(str(path), process=False).dump()
        pieces = [_piece(g) for g in geometries if len(getattr(g, "faces", ()))]
        return pieces, _vertices(geometries)
    except Exception as error:  # trimesh's readers raise whatever a damaged file makes them stumble over
        if path.suffix.lower() in (".obj", ".off") and (found := _read_loosely(path)) is not None:
            return [Piece(found)], Cloud(np.zeros((0, 3)), note="odd faces left out")
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError(f"{path} is no readable {path.suffix[1:].upper()} file ({reason})") from error


def _piece(mesh: Any) -> Piece:
    vertices, faces = np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces)
    inside = ((faces >= 0) & (faces < len(vertices))).all(1)
    if not inside.all():  # faces that name vertices which are not there; then face colors no longer line up
        return Piece(vertices[faces[inside]])
    return Piece(vertices[faces], _paint(mesh.visual, faces))


def _paint(visual: Any, faces: np.ndarray) -> Paint | None:
    if visual.kind == "face":
        face_colors = np.asarray(visual.face_colors)[:, :3]
        return lambda index, weights: face_colors[index]
    if visual.kind == "vertex":
        vertex_colors = np.asarray(visual.vertex_colors)[:, :3].astype(np.float64)

        def blend(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
            return np.rint((weights[:, :, None] * vertex_colors[faces[index]]).sum(1)).astype(np.uint8)

        return blend
    material = getattr(visual, "material", None)
    if visual.kind != "texture" or material is None:
        return None
    uv = getattr(visual, "uv", None)
    image = getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
    if uv is None or image is None:
        plain = np.asarray(material.main_color)[:3].astype(np.uint8)
        return lambda index, weights: np.broadcast_to(plain, (len(index), 3))
    uv = np.asarray(uv, np.float64)

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.asarray(material.to_color((weights[:, :, None] * uv[faces[index]]).sum(1)))[:, :3]

    return look_up


def _vertices(geometries: list[Any]) -> Cloud:
    """All vertices as a cloud, with the colors and normals a PLY cloud carries."""
    clouds = [g for g in geometries if len(getattr(g, "vertices", ()))]
    if not clouds:
        return Cloud(np.zeros((0, 3)))
    cloud = Cloud(np.concatenate([np.asarray(g.vertices, np.float64) for g in clouds]))
    if len(clouds) == 1:
        raw = clouds[0].metadata.get("_ply_raw", {}).get("vertex", {}).get("data")
        # a dict of columns where the file is text, a structured array where it is binary
        names = raw.keys() if isinstance(raw, dict) else getattr(getattr(raw, "dtype", None), "names", None) or ()
        if {"nx", "ny", "nz"} <= set(names):
            normals = np.stack([np.asarray(raw[k]).reshape(-1) for k in ("nx", "ny", "nz")], 1)
            cloud.normals = unit(normals) if len(normals) == len(cloud.points) else None
        colors = np.asarray(getattr(clouds[0], "colors", np.zeros(0)))
        if colors.ndim == 2 and len(colors) == len(cloud.points) and colors.shape[1] >= 3:
            cloud.color = as_bytes(colors[:, :3]) if colors[:, :3].max(initial=0) > 1 else None
    return cloud


def _read_loosely(path: Path) -> np.ndarray | None:
    """Triangles (F, 3, 3) of an OBJ or OFF in the wild: polygons are fanned, senseless faces left out."""
    text = path.read_text(encoding="utf-8", errors="replace")
    vertices, faces = _obj_records(text) if path.suffix.lower() == ".obj" else _off_records(text)
    if not vertices or not faces:
        return None
    fans = [(face[0], *pair) for face in faces for pair in pairwise(face[1:])]
    fans = [fan for fan in fans if min(fan) >= 0 and max(fan) < len(vertices)]
    return np.array(vertices)[np.array(fans)] if fans else None


def _obj_records(text: str) -> tuple[list[list[float]], list[list[int]]]:
    vertices: list[list[float]] = []
    faces: list[list[int]] = []
    for line in text_lines(text):
        words = line.split()
        try:
            if words[:1] == ["v"]:
                # a vertex that cannot be read keeps its number; NaN is found later if a face uses it
                vertices.append([*map(float, words[1:4])] if len(words) > 3 else [np.nan] * 3)
            elif words[:1] == ["f"]:
                corners = [int(word.split("/")[0]) for word in words[1:]]
                faces.append([c - 1 if c > 0 else len(vertices) + c if c < 0 else -1 for c in corners])
        except ValueError:
            if words[0] == "v":
                vertices.append([np.nan] * 3)
    return vertices, faces


def _off_records(text: str) -> tuple[list[list[float]], list[list[int]]]:
    text = re.sub(r"#.*", "", text).strip()
    match = re.match(r"[A-Z0-9]*?OFF\s*", text)  # ModelNet has headers such as "OFF2095 1868 0"
    lines = [line.split() for line in text_lines(text[match.end() :]) if line.strip()] if match else []
    try:
        count, polygons = int(lines[0][0]), int(lines[0][1])
        vertices = [[float(word) for word in words[:3]] for words in lines[1 : 1 + count]]
        faces = [
            [int(word) for word in words[1 : 1 + int(words[0])]] for words in lines[1 + count : 1 + count + polygons]
        ]
    except (ValueError, IndexError):
        return [], []
    return (vertices, faces) if all(len(v) == 3 for v in vertices) else ([], [])
