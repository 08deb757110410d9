"""What a file's shape measures, in the file's own unit: extents, area, volume where it is closed, faces, bodies."""

import numpy as np

from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.surface import Surface
from pointrecon.shapes.table.file_facts import Facts


def measured(shape: Surface | Cloud) -> Facts:
    """The facts of a checked shape, as `shapes.table.file_facts` names them; a volume only of a closed surface."""
    if isinstance(shape, Surface) and shape.pieces:
        return shape.facts | _of_surface(shape)
    cloud = shape.loose if isinstance(shape, Surface) else shape
    assert cloud is not None
    more = shape.facts if isinstance(shape, Surface) else cloud.facts
    return more | _extents(cloud.points) | {"vertices": len(cloud.points), "faces": 0}


def _of_surface(surface: Surface) -> Facts:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    triangles = surface.triangles
    # positions that are equal are one corner, whatever seams textures or normals cut
    points, corners = np.unique(triangles.reshape(-1, 3) + 0.0, axis=0, return_inverse=True)
    faces = corners.reshape(-1, 3)
    middle = (points.min(0) + points.max(0)) / 2  # far from the origin the volume's terms would cancel
    a, b, c = (triangles[:, i] - middle for i in range(3))
    cross = np.cross(b - a, c - a)
    facts: Facts = _extents(points)
    facts |= {"area": float(np.linalg.norm(cross, axis=1).sum() / 2)}
    facts |= {"vertices": sum(len(piece.vertices) for piece in surface.pieces), "faces": len(faces)}
    links = coo_array(
        (np.ones(2 * len(faces), bool), (faces[:, [0, 0]].ravel(), faces[:, 1:].ravel())), shape=(len(points),) * 2
    )
    facts["bodies"] = int(connected_components(links, directed=False, return_labels=False))
    if _closed(faces, len(points)):
        facts["volume"] = float(abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)
    return facts


def _closed(faces: np.ndarray, points: int) -> bool:
    """Whether each edge is passed as often one way as the other: the surface has an inside, and faces agree on it."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    there, back = np.sort(start * points + end), np.sort(end * points + start)
    return len(faces) > 0 and bool((there == back).all())


def _extents(points: np.ndarray) -> Facts:
    size = np.ptp(np.asarray(points, np.float64), axis=0)
    return {f"extent_{axis}": float(value) for axis, value in zip("xyz", size, strict=True)}
