"""Pictures that a PLY file names in its comments, as MeshLab writes them, laid over its faces."""

import numpy as np

from pointrecon.errors import first_line
from pointrecon.shapes.readers.paints import decoded_picture, picture_paint
from pointrecon.shapes.readers.ply_header import Columns, Lists
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint

_OF_VERTICES = [("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"), ("tx", "ty")]


def picture_names(comments: list[str]) -> list[str]:
    """Of ``comment TextureFile stone.png`` the name; faces name a picture by its number in this list."""
    return [line.split(None, 1)[1] for line in comments if line.lower().startswith("texturefile ")]


def places_of_corners(face: Columns, sizes: np.ndarray) -> np.ndarray | None:
    """Texture coordinates (all corners, 2) of polygons with so many corners; None where not every corner has them."""
    found = face.get("texcoord")
    if not isinstance(found, Lists) or (found.sizes != 2 * sizes).any():
        return None
    return np.asarray(found.values, np.float64).reshape(-1, 2)


def places_of_vertices(vertex: Columns) -> np.ndarray | None:
    """Texture coordinates (V, 2), by their usual names."""
    for pair in _OF_VERTICES:
        columns = [column for name in pair if isinstance(column := vertex.get(name), np.ndarray)]
        if len(columns) == 2:
            return np.stack([np.asarray(column, np.float64) for column in columns], 1)
    return None


def under_pictures(
    source: SourceFile,
    names: list[str],
    uv: np.ndarray | None,
    numbers: np.ndarray,
    base: Paint | None,
    notes: list[str],
) -> Paint | None:
    """The paint of faces (F,) with pictures over their ``base``; ``notes`` tell of those that cannot be had.

    Args:
        source: the file. names: its pictures. uv: (F, 3, 2) of the faces' corners, v counted from the picture's bottom.
        numbers: (F,) which picture each face has; others than there are mean none.
        base: the paint of faces without picture. notes: are added to.
    """
    if uv is None:
        notes.append("pictures left out: there are no texture coordinates")
        return base
    # at 0 and at 1 lies the lowest row, as graphics cards have it
    flipped = np.stack([uv[..., 0], 1 - 1e-9 - uv[..., 1]], -1)
    paints: dict[int, Paint] = {}
    for number in np.unique(numbers).tolist():
        if 0 <= number < len(names):
            try:
                picture = decoded_picture(SourceFile(source.companion(names[number])).read_bytes(), 2**24 // len(names))
                paints[number] = picture_paint(picture, flipped)
            except (OSError, ValueError) as error:
                notes.append(
                    f"picture '{names[number]}' left out: {first_line(error).removeprefix(f'{source.path}: ')}"
                )
    if not paints:
        return base

    def look_up(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        color = np.full((len(index), 3), 128, np.uint8) if base is None else np.array(base(index, weights))
        for number, paint in paints.items():
            mine = numbers[index] == number
            color[mine] = paint(index[mine], weights[mine])
        return color

    return look_up
