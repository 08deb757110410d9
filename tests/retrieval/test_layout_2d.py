"""Layouts on a plane: groups stay together, the same seed gives the same map, neighbors are the nearest others."""

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.retrieval.layout_2d import LAYOUTS, nearest_in, nearest_others, project, strongest


def groups(count: int, each: int, apart: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(count), each)
    middles = apart * rng.normal(size=(count, 16)) / 4
    return (middles[label] + rng.normal(size=(len(label), 16))).astype(np.float32), label


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_keep_groups_together_and_repeat(layout):
    x, label = groups(2, 20)
    xy = project(x, layout, seed=0)
    assert xy.shape == (40, 2)
    between = np.linalg.norm(xy[label == 0].mean(0) - xy[label == 1].mean(0))
    assert between > np.linalg.norm(xy[label == 0] - xy[label == 0].mean(0), axis=1).mean()
    assert np.array_equal(xy, project(x, layout, seed=0))


def test_neighbors_on_the_map_are_neighbors_in_the_vectors():
    x, label = groups(12, 40)
    found = {}
    for layout in ("neighbors", "pca"):
        xy = project(x, layout, seed=1)
        near = np.linalg.norm(xy[:, None] - xy[None], axis=-1).argsort(1)[:, 1:6]
        found[layout] = (label[near] == label[:, None]).mean()
    assert found["neighbors"] > 0.97 > found["pca"]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_few_shapes_have_a_map_too(count):
    xy = project(np.random.default_rng(0).normal(size=(count, 6)).astype(np.float32), "neighbors", 0)
    assert xy.shape == (count, 2)
    assert np.isfinite(xy).all()


def test_equal_vectors_have_a_map_too():
    assert np.isfinite(project(np.ones((30, 8), np.float32), "neighbors", 0)).all()


def test_nearest_others_are_those_of_the_definition_and_never_oneself(monkeypatch):
    x = np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosine = unit @ unit.T - 3 * np.eye(50)
    monkeypatch.setattr("pointrecon.retrieval.layout_2d._CELLS", 350)  # several blocks
    places, similarity = nearest_others(x, 4)
    assert np.array_equal(places, np.argsort(-cosine, axis=1)[:, :4])
    assert np.allclose(similarity, np.take_along_axis(cosine, places, 1), atol=1e-5)
    assert nearest_others(x[:3], 4)[0].shape == (3, 2)


def test_components_are_those_of_the_singular_values():
    x = groups(3, 10)[0]
    left, size, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    assert np.allclose(np.abs(strongest(x, 3)), np.abs(left * size)[:, :3], atol=1e-4)
    assert not strongest(x[:, :2], 5)[:, 2:].any()


def test_neighbors_that_are_known_give_the_same_layout():
    x = groups(2, 20)[0]
    assert np.array_equal(project(x, "neighbors", 0, near=nearest_in(x)), project(x, "neighbors", 0))
    assert np.array_equal(nearest_in(x), nearest_others(strongest(x, 50), nearest_in(x).shape[1])[0])


def test_unknown_layouts_are_refused():
    with pytest.raises(InputError, match="no layout 'mds'"):
        project(np.zeros((9, 3), np.float32), "mds", 0)
