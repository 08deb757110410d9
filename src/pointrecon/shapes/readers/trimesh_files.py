"""Meshes that trimesh reads."""

import logging
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.shapes.readers.clouds import Cloud, as_bytes, unit
from pointrecon.shapes.readers.paints import face_paint, plain_paint, vertex_paint
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Surface


def read_with_trimesh(source: SourceFile) -> Surface:
    """A scene, flattened, with its transforms; InputError for what is not readable."""
    trimesh = require("trimesh", "files")
    logging.getLogger("trimesh").setLevel(logging.CRITICAL)  # it reports what we report ourselves
    source.read_bytes()
    try:
        geometries = trimesh.load_scene(str(source.path), process=False).dump()
        pieces = [_piece(g) for g in geometries if len(getattr(g, "faces", ()))]
        return Surface(pieces, _loose(geometries), facts={"reader": f"trimesh {trimesh.__version__}"})
    except Exception as error:  # trimesh's readers raise whatever a damaged file makes them stumble over
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError(f"{source.path} is no readable {source.path.suffix[1:].upper()} file ({reason})") from error


def _piece(mesh: Any) -> Piece:
    vertices, faces = np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces)
    inside = ((faces >= 0) & (faces < len(vertices))).all()
    return Piece(vertices, faces, _paint(mesh.visual, faces) if inside else None)


def _paint(visual: Any, faces: np.ndarray) -> Paint | None:
    if visual.kind == "face":
        return face_paint(np.asarray(visual.face_colors)[:, :3])
    if visual.kind == "vertex":
        return vertex_paint(np.asarray(visual.vertex_colors)[:, :3], faces)
    material = getattr(visual, "material", None)
    if visual.kind != "texture" or material is None:
        return None
    uv = getattr(visual, "uv", None)
    image = getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
    if uv is None or image is None:
        return plain_paint(np.asarray(material.main_color)[:3])
    uv = np.asarray(uv, np.float64)

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.asarray(material.to_color((weights[:, :, None] * uv[faces[index]]).sum(1)))[:, :3]

    return look_up


def _loose(geometries: list[Any]) -> Cloud:
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
