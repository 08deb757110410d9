"""Altered copies of a mesh keep what they are to keep, and change what they are to change."""

import numpy as np
import pytest
from benchmarks.altered_meshes import (
    ALTERATIONS,
    changed,
    cropped,
    decimated,
    flipped,
    mirrored,
    noisy,
    radius_of,
    resampled,
    rescaled,
    retriangulated,
    shuffled,
    subdivided,
    turned,
)

from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.meshes import ball, box

BALL = ball(1.0, 0.7, 0.5, segments=16)
BOX = box(1.0, 2.0, 3.0)


def area_of(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def volume_of(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def test_lengths_volumes_and_sides_are_as_told() -> None:
    v, f = BOX
    same, _ = turned(v, f, 3)
    assert np.allclose(np.linalg.norm(same - same[0], axis=1), np.linalg.norm(v - v[0], axis=1))
    assert np.abs(same - v).max() > 0.1
    upright, _ = turned(v, f, 3, about="y")
    assert np.allclose(np.ptp(upright[:, 1]), 2)
    assert np.isclose(volume_of(*mirrored(v, f, 3)), 6)  # outward still
    assert np.isclose(volume_of(mirrored(v, f, 3)[0], f), -6)  # the other hand
    assert np.isclose(volume_of(*rescaled(v, f, 3, factor=25.4)), 6 * 25.4**3)


@pytest.mark.parametrize("mesh", [BALL, BOX], ids=["ball", "box"])
def test_other_triangles_are_the_same_surface(mesh: tuple[np.ndarray, np.ndarray]) -> None:
    v, f = mesh
    real = f[np.linalg.norm(np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]]), axis=1) > 1e-12]
    for new in (subdivided(v, real), retriangulated(v, real, 1), shuffled(v, real, 1), flipped(v, real, 1)):
        assert np.isclose(area_of(*new), area_of(v, real))
        assert np.isclose(volume_of(*new), volume_of(v, real))
    assert len(subdivided(v, real)[1]) == 4 * len(real)
    assert len(retriangulated(v, real, 1)[1]) > len(real)
    assert not np.array_equal(flipped(*BOX, 1)[1], BOX.faces)


def test_a_tenth_of_the_triangles_has_nearly_the_same_form() -> None:
    v, f = subdivided(*BALL, 2)
    few = decimated(v, f)
    assert 0.05 * len(f) < len(few[1]) < 0.15 * len(f)
    assert np.isclose(area_of(*few), area_of(v, f), rtol=0.03)


def test_noise_is_of_the_radius_and_tears_nothing() -> None:
    v, f = subdivided(*BALL, 2)
    moved = noisy(100 * v, f, 5, sigma=0.01)[0] - 100 * v
    assert np.isclose(moved.std(), radius_of(v), rtol=0.1)
    twice = np.concatenate([v, v])
    moved, _ = noisy(twice, f, 5)
    assert np.array_equal(moved[: len(v)], moved[len(v) :])


def test_a_plane_takes_its_share() -> None:
    v, f = BALL
    left = cropped(v, f, 2, share=0.3)
    assert np.isclose(area_of(*left) / area_of(v, f), 0.7, atol=0.04)
    points = resampled(v, f, 1, count=512)
    assert points.shape == (512, 3)
    assert len(cropped(points, f[:0], 2)[0]) == pytest.approx(0.7 * 512, abs=2)


@pytest.mark.parametrize("kind", ["bump", "dent", "part"])
def test_a_variant_differs_in_one_place(kind: str) -> None:
    v, f = merge([box(2, 1, 1), place(box(0.5, 0.5, 0.5), (0, 1.1, 0))])
    new = changed(v, f, 4, kind=kind)
    moved = abs(volume_of(new.vertices, new.faces) - volume_of(v, f))
    assert 1e-3 < moved < 0.3
    if kind == "part":
        far = np.linalg.norm(v - new.center, axis=1) > new.radius
        assert np.array_equal(new.vertices[far], v[far])
    else:  # every old vertex outside is still there
        far = v[np.linalg.norm(v - new.center, axis=1) > new.radius]
        assert len(far)
        assert all((new.vertices == one).all(1).any() for one in far)


@pytest.mark.parametrize("name", ALTERATIONS)
def test_a_seed_tells_the_copy(name: str) -> None:
    v, f = subdivided(*BALL)
    before = v.copy(), f.copy()
    make = ALTERATIONS[name][1]
    one, again, other = make(v, f, 1), make(v, f, 1), make(v, f, 2)
    assert all(map(np.array_equal, one, again))
    assert not np.array_equal(one[0], other[0])
    assert np.array_equal(v, before[0])
    assert np.array_equal(f, before[1])
