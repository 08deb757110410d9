"""What tests of mesh readers look at: the area of a surface, and its color in the middle of each face."""

import numpy as np

from pointrecon.shapes.readers.surface import Surface, colors_at


def area(surface: Surface) -> float:
    a, b, c = (surface.triangles[:, i] for i in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def middle_colors(surface: Surface) -> list[tuple[int, ...]] | None:
    """None where nothing is colored."""
    count = len(surface.triangles)
    found = colors_at(surface, np.arange(count), np.full((count, 3), 1 / 3))
    return None if found is None else [tuple(color) for color in found.tolist()]
