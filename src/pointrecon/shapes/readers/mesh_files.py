"""Reading OBJ and OFF meshes."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Piece, Surface
from pointrecon.shapes.readers.trimesh_files import read_with_trimesh


def read_obj_or_off(source: SourceFile) -> Surface:
    """A mesh; InputError for what is not readable."""
    try:
        return read_with_trimesh(source)
    except InputError:
        if (found := _read_loosely(source.path)) is None:
            raise
        return Surface(
            [Piece(found.reshape(-1, 3), np.arange(3 * len(found)).reshape(-1, 3))], notes=["odd faces left out"]
        )


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
