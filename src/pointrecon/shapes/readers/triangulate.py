"""Polygons of a mesh as triangles."""

import numpy as np


def triangulated(vertices: np.ndarray, sizes: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles that cover each polygon.

    Args:
        vertices: (V, 3). sizes: (P,) corners of each polygon. corners: (sum of sizes,) into the vertices, one polygon
            after the other.

    Returns:
        faces (F, 3), in the winding of the polygons and in their order, and of each the polygon it is of, (F,).
    """
    sizes, corners = np.asarray(sizes, np.int64), np.asarray(corners, np.int64)
    starts = np.cumsum(sizes) - sizes
    count = np.maximum(sizes - 2, 0)
    polygon = np.repeat(np.arange(len(sizes)), count)
    first = starts[polygon]
    within = np.arange(len(polygon)) - np.repeat(np.cumsum(count) - count, count)
    return np.stack([corners[first], corners[first + within + 1], corners[first + within + 2]], 1), polygon
