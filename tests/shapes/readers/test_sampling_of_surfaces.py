"""Points on a surface are to the bit those of the plain formula, face by face."""

from copy import deepcopy

import numpy as np

from pointrecon.shapes.readers.clouds import unit
from pointrecon.shapes.readers.surface import Piece, Surface, sample

COUNT = 500


def test_points_are_those_of_the_plain_formula() -> None:
    rng = np.random.default_rng(0)
    pieces = [Piece(rng.standard_normal((40, 3)) * 1e3, rng.integers(0, 40, (90, 3)).astype(np.uint32)) for _ in "ab"]
    pieces[0].vertices[39] = np.nan  # no face names it
    pieces[0].faces[pieces[0].faces == 39] = 0
    surface = Surface(pieces)
    found = sample(deepcopy(surface), COUNT, np.random.default_rng(1))

    rng = np.random.default_rng(1)
    span = np.abs(surface.triangles).max()
    triangles = surface.triangles / span
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    ends = np.cumsum(np.linalg.norm(cross, axis=1))
    faces = np.searchsorted(ends, (np.arange(COUNT) + rng.random(COUNT)) / COUNT * ends[-1], side="right")
    u, v = np.sqrt(rng.random(COUNT)), rng.random(COUNT)
    weights = np.stack([1 - u, u * (1 - v), u * v], 1)
    order = rng.permutation(COUNT)
    points = ((weights[:, :, None] * triangles[faces]).sum(1) * span)[order]
    assert np.array_equal(found.points, points)
    assert np.array_equal(found.normals, unit(cross[faces][order]))
