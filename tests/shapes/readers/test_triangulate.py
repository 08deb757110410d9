"""Polygons as triangles: covered exactly, whatever their form, and none of their corners lost."""

import numpy as np
import pytest

from pointrecon.shapes.readers.triangulate import triangulated


def _area(vertices, faces):
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _newell(vertices):
    return float(np.linalg.norm(np.cross(vertices, np.roll(vertices, -1, 0)).sum(0)) / 2)


def _tilted(flat, seed=0):
    """A plane figure (n, 2) somewhere in space, (n, 3)."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return np.c_[flat, np.zeros(len(flat))] @ turn.T + rng.normal(size=3)


def _star(n, rng):
    angle = (np.arange(n) + rng.random(n) * 0.9) / n * 2 * np.pi
    radius = 0.05 + rng.random(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _comb(n):
    return np.array([[0, 0], [n - 1, 0], *([i, 1 if i % 2 else 0.1] for i in reversed(range(n)))], float)


def _spiral(n):
    angle = np.linspace(0, 6 * np.pi, n)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    return np.concatenate([ring * (1 + angle)[:, None], (ring * (3 + angle)[:, None])[::-1]])


def _plate(holes):
    """A strip with square holes, each bridged down to the lower edge: corners that come twice, and straight ones."""
    hole = np.array([[0.2, 0], [0.2, 0.2], [0.2, 0.8], [0.8, 0.8], [0.8, 0.2], [0.2, 0.2], [0.2, 0]])
    return np.concatenate(
        [[[0, 0]], *(hole + np.array([i, 0]) for i in range(holes)), [[holes, 0], [holes, 1], [0, 1]]]
    )


def _holes_at_one_corner():
    """A square whose three holes are all bridged to one of its corners."""
    square = np.array([[-0.3, -0.3], [-0.3, 0.3], [0.3, 0.3], [0.3, -0.3], [-0.3, -0.3]])
    holes = [np.concatenate([[[0, 0]], square + middle]) for middle in ((1, 3), (3, 3), (3, 1))]
    return np.concatenate([*holes, [[0, 0], [4, 0], [4, 4], [0, 4]]])


_RNG = np.random.default_rng(3)
_FIGURES = {
    "dart": np.array([[0, 0], [2, 1], [0, 2], [0.6, 1]]),
    "dart, turned": np.array([[2, 1], [0, 2], [0.6, 1], [0, 0]]),
    "u": np.array([[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3]]),
    "straight corners": np.array([[0, 0], [1, 0], [2, 0], [2, 2], [1, 1], [0, 2], [0, 1]]),
    "repeated place": np.array([[0, 0], [2, 0], [2, 0], [2, 2], [1, 0.5], [1, 0.5], [0, 2]]),
    "spike": np.array([[0, 0], [2, 0], [2, 2], [3, 3], [2, 2], [1, 0.5], [0, 2]]),
    "comb": _comb(40), "spiral": _spiral(60), "plate": _plate(5), "one corner": _holes_at_one_corner(),
    **{f"star {n}": _star(n, _RNG) for n in (5, 6, 7, 9, 20, 500)},
}  # fmt: skip


@pytest.mark.parametrize("name", _FIGURES)
@pytest.mark.parametrize("way", [1, -1])
def test_a_plane_polygon_is_covered_once_and_keeps_its_winding(name, way):
    for shift in range(min(len(_FIGURES[name]), 9)):
        figure = _tilted(np.roll(_FIGURES[name], shift, 0)[::way])
        faces, polygon = triangulated(figure, np.array([len(figure)]), np.arange(len(figure)))
        assert faces.shape == (len(figure) - 2, 3)
        assert not polygon.any()
        assert _area(figure, faces) == pytest.approx(_newell(figure), rel=1e-9)
        # each edge within is passed once each way, each outer one once: no gap, no overlap, nothing turned
        edges = {}
        for face in faces:
            for a, b in zip(face, np.roll(face, -1), strict=True):
                edges[a, b] = edges.get((a, b), 0) + 1
        outer = {edge for edge in edges if edge[::-1] not in edges}
        assert set(edges.values()) == {1}
        assert outer == {(i, (i + 1) % len(figure)) for i in range(len(figure))}


def test_many_polygons_at_once_stay_in_their_order():
    rng = np.random.default_rng(0)
    figures = [_tilted(_star(n, rng), n) * 10.0**k for k, n in enumerate((3, 8, 4, 5, 3, 12, 6))]
    sizes = np.array([len(figure) for figure in figures])
    vertices = np.concatenate(figures)
    faces, polygon = triangulated(vertices, sizes, np.arange(len(vertices)))
    assert (polygon == np.repeat(np.arange(7), sizes - 2)).all()
    for i, figure in enumerate(figures):
        assert _area(vertices, faces[polygon == i]) == pytest.approx(_newell(figure))


def test_corners_said_twice_small_polygons_and_such_out_of_range():
    vertices = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0.0]])
    sizes = np.array([5, 2, 1, 0, 4, 4, 3, 4])
    corners = [0, 1, 2, 3, 0, 0, 1, 2, 0, 1, 1, 2, 0, 1, 9, 2, 1, 2, 3, -1, 0, 1, 2]
    faces, polygon = triangulated(vertices, sizes, np.array(corners))
    assert polygon.tolist() == [0, 0, 4, 5, 6, 7]
    assert faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [-1, -1, -1], [1, 2, 3], [-1, -1, -1]]
    assert triangulated(vertices, np.zeros(0, int), np.zeros(0, int))[0].shape == (0, 3)
    assert triangulated(vertices, np.array([2, 1]), np.array([0, 1, 2]))[0].shape == (0, 3)


def test_polygons_without_a_plane_still_give_their_triangles():
    line = np.arange(6)[:, None] * np.array([[1.0, 2, 3]])
    knot = np.random.default_rng(0).normal(size=(60, 3))
    bow = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 1, 0.0]])
    gone = np.array([[0, 0, 0], [1, 0, 0], [np.nan, 1, 0], [0, np.inf, 0], [0, 2, 0]])
    point = np.zeros((5, 3))
    for figure in (line, knot, bow, gone, point):
        faces, _ = triangulated(figure, np.array([len(figure)]), np.arange(len(figure)))
        assert faces.shape == (len(figure) - 2, 3)
        assert set(faces.ravel().tolist()) <= set(range(len(figure)))


def test_a_bent_polygon_is_covered_as_seen_against_its_own_normal():
    flat = _FIGURES["u"]
    bent = np.c_[flat, 0.1 * np.sin(flat[:, 0])]
    faces, _ = triangulated(bent, np.array([8]), np.arange(8))
    assert _area(np.c_[flat, np.zeros(8)], faces) == pytest.approx(7.0)
