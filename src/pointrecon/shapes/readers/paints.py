"""How a mesh is colored: one color, colors of faces or vertices, a picture laid over it."""

import io
import math
import struct

import numpy as np

from pointrecon.errors import require
from pointrecon.shapes.readers.surface import Paint

_MOST_PIXELS = 2**26  # of one picture: 8192 x 8192


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


def picture_paint(
    picture: np.ndarray, uv: np.ndarray, tint: np.ndarray | None = None, wrap: tuple[str, str] = ("repeat", "repeat")
) -> Paint:
    """A picture (H, W, 3) uint8 at texture coordinates of the corners, (F, 3, 2), v counted from the picture's top.

    ``tint`` (3,), 0 to 1, is multiplied in. ``wrap`` says for u and for v how the picture goes on beyond 0 to 1:
    "repeat", "mirror" or "clamp" (its edge).
    """
    height, width = picture.shape[:2]

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        at = np.nan_to_num((weights[:, :, None] * uv[index]).sum(1))
        column, row = (
            np.minimum(_wrapped(at[:, i], wrap[i]) * size, size - 1).astype(int)
            for i, size in enumerate((width, height))
        )
        found = picture[row, column]
        return found if tint is None else np.rint(found * tint).astype(np.uint8)

    return look_up


def multiplied(first: Paint, second: Paint) -> Paint:
    """Two paints over each other, as if one were light and the other what it falls on."""
    return lambda index, weights: np.rint(first(index, weights) * (second(index, weights) / np.float64(255))).astype(
        np.uint8
    )


def decoded_picture(content: bytes, most: int = 2**22) -> np.ndarray:
    """A picture file's colors (H, W, 3) uint8, made smaller where it has more than `most` pixels.

    ValueError or OSError where it cannot be read.
    """
    pil = require("PIL.Image", "files")
    try:
        image = pil.open(io.BytesIO(content))
        pixels = image.width * image.height
        if pixels > _MOST_PIXELS:
            raise ValueError(f"{image.width} x {image.height} pixels")
        if image.mode.startswith("I;16"):
            image = pil.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        image = image.convert("RGB")
        return np.asarray(image if pixels <= most else image.reduce(math.ceil(math.sqrt(pixels / max(most, 1)))))
    except pil.UnidentifiedImageError as error:
        raise ValueError("no picture of a known kind") from error
    except (pil.DecompressionBombError, SyntaxError, struct.error) as error:  # what pillow stumbles over
        raise ValueError(str(error)) from error


def _wrapped(at: np.ndarray, wrap: str) -> np.ndarray:
    """Coordinates (m,) within 0 to 1."""
    if wrap == "clamp":
        return np.clip(at, 0.0, 1.0)
    if wrap == "mirror":
        return 1.0 - np.abs(1.0 - np.mod(at, 2.0))
    return at - np.floor(at)


def mixed_paint(which: np.ndarray, paints: list[Paint]) -> Paint:
    """For each face (F,) the number of its paint, -1 for none: mid-gray."""

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        color = np.full((len(index), 3), 128, np.uint8)
        for number, paint in enumerate(paints):
            mine = np.flatnonzero(which[index] == number)
            if len(mine):
                color[mine] = paint(index[mine], weights[mine])
        return color

    return look_up
