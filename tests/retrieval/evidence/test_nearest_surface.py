"""Distances to a surface are those to its nearest triangle, as every one of them tells."""

import numpy as np
import pytest

from pointrecon.retrieval.evidence import Geometry
from pointrecon.retrieval.evidence.nearest_surface import NearestSurface, nearest_on


@pytest.mark.parametrize("seed", range(2))
def test_as_every_triangle_tells(seed: int) -> None:
    """Of triangles of all sizes, slivers and one without area among them."""
    rng = np.random.default_rng(seed)
    soup = rng.normal(size=(40, 1, 3)) + rng.normal(size=(40, 3, 3)) * 10 ** rng.uniform(-2, 1, (40, 1, 1))
    soup[0, 2] = 0.3 * soup[0, 0] + 0.7 * soup[0, 1]
    soup[1, 2] = 0.3 * soup[1, 0] + 0.7 * soup[1, 1] + 1e-4
    form = Geometry(soup.reshape(-1, 3), np.arange(120).reshape(-1, 3)).normal
    points = rng.normal(size=(12, 3))
    hit = nearest_on(form)(points, up_to=100.0)
    closest = pytest.importorskip("trimesh").triangles.closest_point
    truth = [np.linalg.norm(closest(form.triangles, np.tile(p, (40, 1))) - p, axis=1).min() for p in points]
    np.testing.assert_allclose(hit.distance, truth, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(hit.place - points, axis=1), hit.distance, atol=1e-9)
    quick = NearestSurface(form)(points)
    assert (quick.distance >= hit.distance - 1e-12).all()


def test_on_the_surface_it_is_nothing() -> None:
    rng = np.random.default_rng(0)
    soup = rng.normal(size=(200, 3, 3))
    form = Geometry(soup.reshape(-1, 3), np.arange(600).reshape(-1, 3)).normal
    weights = rng.dirichlet(np.ones(3), 200)
    assert nearest_on(form)(np.einsum("nk,nki->ni", weights, form.triangles), up_to=0.01).distance.max() < 1e-6
