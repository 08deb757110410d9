"""A part of a scene at all its places."""

import numpy as np

from pointrecon.shapes.readers.surface import Paint, Piece


def moved(vertices: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) at all places (k, 4, 4), matrices that multiply columns: (k, V, 3)."""
    return vertices @ places[:, :3, :3].transpose(0, 2, 1) + places[:, None, :3, 3]


def placed(vertices: np.ndarray, faces: np.ndarray, paint: Paint | None, places: np.ndarray) -> Piece:
    """A part (V, 3), (F, 3) at all its places (k, 4, 4), as one piece; mirrored ones keep their outside outside."""
    count = len(faces)
    mirrored = np.linalg.det(places[:, :3, :3]) < 0
    shifts = (np.arange(len(places)) * len(vertices))[:, None, None]
    all_faces = faces[None] if len(places) == 1 else np.where(faces < 0, -1, faces + shifts)
    if mirrored.any():
        all_faces = np.where(mirrored[:, None, None], all_faces[:, :, [0, 2, 1]], all_faces)

    def at_all_places(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        assert paint is not None
        turned = mirrored[index // count, None]
        return paint(index % count, np.where(turned, weights[:, [0, 2, 1]], weights))

    return Piece(
        moved(vertices, places).reshape(-1, 3), all_faces.reshape(-1, 3), None if paint is None else at_all_places
    )
