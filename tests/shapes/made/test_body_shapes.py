"""The soft shapes of living things: closed, facing outward, placed as told."""

import numpy as np
import pytest

from pointrecon.shapes.made.parametric.living.body_shapes import copies, cut, leaf, limb, orb, rough, scaled
from pointrecon.shapes.made.parametric.meshes import Mesh, box


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6.0)


@pytest.mark.parametrize("way", [(0, 0, 1), (0, 1, 0), (-1, 0, 0), (0.6, -0.5, 0.62)])
def test_a_limb_faces_outward_whichever_way_it_goes(way: tuple[float, float, float]) -> None:
    stop = 4 * np.array(way) / np.linalg.norm(way)
    mesh = limb((0, 0, 0, 0.5), (*stop, 0.5), around=60, blunt=False)
    assert volume(mesh) == pytest.approx(np.pi, rel=0.01)
    assert volume(limb((0, 0, 0, 0.5), (*stop, 0.5), around=60)) > volume(mesh)


def test_a_limb_passes_through_its_stations_and_is_widened_sideways() -> None:
    mesh = limb((0, 0, 0, 0.1), (0, 1, 1, 0.3), (0, 0, 2, 0.1), smooth=4, around=12, wide=2.0)
    rings = mesh.vertices.reshape(-1, 12, 3)
    middles = rings.mean(axis=1)
    for spot in ((0, 0, 0), (0, 1, 1), (0, 0, 2)):
        assert np.linalg.norm(middles - spot, axis=1).min() < 1e-9
    assert np.ptp(mesh.vertices[:, 0]) == pytest.approx(2 * 2 * 0.3 * np.cos(np.pi / 12), rel=0.05)
    assert volume(mesh) > 0


@pytest.mark.parametrize(("arch", "fold"), [(0.0, 0.0), (1.5, 0.3), (-1.0, -0.2)])
def test_a_leaf_is_thin_and_closed_and_bends_down(arch: float, fold: float) -> None:
    mesh = leaf(1.0, 0.4, arch=arch, fold=fold)
    assert 0 < volume(mesh) < 0.02
    tip = mesh.vertices[-1]
    assert np.sign(np.rint(tip[1] * 100)) == -np.sign(arch)
    assert abs(tip[0]) < 1e-12


def test_copies_stand_where_they_are_put_and_look_where_they_are_turned() -> None:
    point = Mesh(np.array([(0, 0, 1.0), (0, 0, 0), (0.1, 0, 0)]), np.array([[0, 1, 2]]))
    tips = copies(point, [(0, 0, 0), (5, 0, 0), (0, 5, 0)], [0, 90, 0], [0, 0, 90], [1, 2, 1]).vertices[::3]
    np.testing.assert_allclose(tips, [(0, 0, 1), (7, 0, 0), (0, 6, 0)], atol=1e-12)
    many = copies(box(1, 1, 1), np.eye(3) * 4, 30, 20, 2.0)
    assert volume(many) == pytest.approx(24.0)


def test_what_is_cut_keeps_its_faces_and_no_other_vertex() -> None:
    whole = orb(9, 12)
    half = cut(whole, whole.vertices[:, 1] > -1e-9)
    assert half.vertices[:, 1].min() > -1e-9
    assert set(np.unique(half.faces)) == set(range(len(half.vertices)))
    assert 0 < len(half.faces) < len(whole.faces)


def test_roughening_moves_no_vertex_further_than_twice_the_amount() -> None:
    rng = np.random.Generator(np.random.PCG64(0))
    ball = scaled(orb(), 2.0)
    length = np.linalg.norm(rough(ball, rng, 0.1).vertices, axis=1)
    assert length.min() >= 2 * 0.8 - 1e-6
    assert length.max() <= 2 * 1.2 + 1e-6
    assert np.ptp(length) > 0.05
