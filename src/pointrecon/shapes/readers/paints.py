"""How a mesh is colored: one color, colors of faces or vertices, a picture laid over it."""

import numpy as np

from pointrecon.shapes.readers.surface import Paint


def plain_paint(color: np.ndarray) -> Paint:
    """One color (3,) uint8 everywhere."""
    return lambda index, weights: np.broadcast_to(np.asarray(color, np.uint8), (len(index), 3))


def face_paint(colors: np.ndarray) -> Paint:
    """Colors of the faces, (F, 3) uint8."""
    return lambda index, weights: colors[index]


def vertex_paint(colors: np.ndarray, faces: np.ndarray) -> Paint:
    """Colors of the vertices, (V, 3) uint8, blended over the faces (F, 3)."""
    colors = np.asarray(colors, np.float64)
    return lambda index, weights: np.rint((weights[:, :, None] * colors[faces[index]]).sum(1)).astype(np.uint8)


def picture_paint(picture: np.ndarray, uv: np.ndarray, tint: np.ndarray | None = None) -> Paint:
    """A picture (H, W, 3) uint8 at texture coordinates of the corners, (F, 3, 2), v counted from the picture's top.

    Beyond 0 to 1 the picture repeats. ``tint`` (3,), 0 to 1, is multiplied in.
    """
    height, width = picture.shape[:2]

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        at = np.nan_to_num((weights[:, :, None] * uv[index]).sum(1))
        at -= np.floor(at)
        found = picture[
            np.minimum(at[:, 1] * height, height - 1).astype(int), np.minimum(at[:, 0] * width, width - 1).astype(int)
        ]
        return found if tint is None else np.rint(found * tint).astype(np.uint8)

    return look_up
