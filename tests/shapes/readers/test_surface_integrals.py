"""Integrals over triangles are those of the surface: known in closed form, and the same however it is cut or turned."""

import numpy as np
import pytest

from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.surface import Piece, Surface
from pointrecon.shapes.readers.surface_integrals import spread_of

SOUP = np.random.default_rng(0).normal(size=(30, 3, 3))
NAMES = ("spread_1", "spread_2", "spread_3", "skew")


def spreads(soup: np.ndarray) -> list[float]:
    found = measured(Surface([Piece(soup.reshape(-1, 3), np.arange(3 * len(soup)).reshape(-1, 3))]))
    return [float(found[name]) for name in NAMES]


def halved(soup: np.ndarray) -> np.ndarray:
    """Each triangle in two, cut from a corner to the other side."""
    a, b, c = soup.swapaxes(0, 1)
    middle = 0.3 * b + 0.7 * c
    return np.concatenate([np.stack([a, b, middle], 1), np.stack([a, middle, c], 1)])


def test_a_right_triangle_in_closed_form() -> None:
    found = spread_of(np.array([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]]).transpose(1, 2, 0))
    assert found is not None
    assert (found.weight, found.size**2) == pytest.approx((0.5, 1 / 9))
    np.testing.assert_allclose(found.center, [1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(found.second[:2, :2], [[0.5, -0.25], [-0.25, 0.5]], rtol=1e-12)
    # mean of (x - 1/3)^3, (x - 1/3)^4 over the triangle
    third, fourth = found.higher
    assert third[0, 0, 0] * found.size**3 == pytest.approx(1 / 135)
    assert fourth[0, 0, 0, 0] * found.size**4 == pytest.approx(1 / 135)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_whatever_the_pose_the_side_and_the_triangles(size: float) -> None:
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    plain = spreads(SOUP)
    assert plain[0] > plain[1] > plain[2] > 0
    assert plain[3] > 0.01
    for changed in (SOUP @ rotation + 3, SOUP @ -rotation, halved(SOUP), SOUP[::-1, ::-1], np.concatenate([SOUP] * 2)):
        np.testing.assert_allclose(spreads(size * changed), size * np.array(plain), rtol=1e-9)


def test_what_has_no_area_has_no_spread() -> None:
    found = measured(Surface([Piece(np.eye(3), np.array([[0, 1, 1]]))]))
    assert not set(NAMES) & set(found)
