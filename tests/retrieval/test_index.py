"""The index: vectors around the mean, missing ones embedded, neighbors in an order that is always the same."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon import create_model, embed, open_table
from pointrecon.errors import InputError
from pointrecon.retrieval.index import Index, best
from pointrecon.retrieval.searching import search
from pointrecon.retrieval.vectors import collection_vectors
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
from small import SMALL
from tiny_teachers import CountingImage


def shapes(count: int = 40, seed: int = 0) -> ShapeArrays:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 96, 3)) * rng.uniform(0.1, 1, (count, 1, 3))
    return ShapeArrays.from_points(points, id=[f"s{seed}-{i:03d}" for i in range(count)], up="y")


@pytest.fixture(scope="module")
def model():
    return create_model("nano", seed=0, **SMALL).eval()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    made = create_table(tmp_path / "parts.npz", TableMeta(up="y"))
    made.append(shapes())
    return made.path


def test_queries_and_places_that_are_none_are_refused(table: Path, model) -> None:
    with pytest.raises(InputError, match="a model is named, or loaded, not 3"):
        Index.open(table, model=3, progress=False)
    index = Index.open(table, model=model, **GIVEN)
    queries = index.vectors.values[:2].copy()
    for wrong, says in (("x", "queries are numbers"), ([[1, 2], [3]], "queries are numbers"), (None, "have shape")):
        with pytest.raises(InputError, match=says):
            index.nearest(wrong)
    with pytest.raises(InputError, match="a whole number, not 2.5"):
        index.nearest(queries, 2.5)
    for among in ([40], [-1], [0.5], ["s0-001"], np.ones(3, bool)):
        with pytest.raises(InputError, match="among are places from 0 to 39, or a mask of 40 shapes"):
            index.nearest(queries, 3, among)
    assert index.nearest(queries, 3, np.array([], np.int64))[0].shape == (2, 0)
    queries[1, 0] = np.nan
    with pytest.raises(InputError, match="queries hold NaN or infinity"):
        index.nearest(queries)


QUIET = {"progress": False}
GIVEN = QUIET | {"poses": "given"}


def test_vectors_are_centered_and_of_length_one(table: Path, model) -> None:
    found = collection_vectors(table, model=model, **GIVEN)
    stored = open_table(table).load(features=["embedding/reconmodel"]).features["embedding/reconmodel"][:, 0]
    around = stored.astype(np.float32) - stored.astype(np.float64).mean(0)
    np.testing.assert_allclose(found.values, around / np.linalg.norm(around, axis=1, keepdims=True), atol=1e-4)
    np.testing.assert_allclose(found.prepare([stored]), found.values, atol=1e-5)
    assert found.name == "embedding/reconmodel"
    assert found.shapes.read(np.arange(40)).id.tolist() == shapes().id.tolist()


def test_only_what_is_missing_is_embedded(table: Path, model, monkeypatch) -> None:
    collection_vectors(table, model=model, **GIVEN)
    open_table(table).append(shapes(3, seed=1))
    encoded = []
    cut = type(model).cut
    monkeypatch.setattr(type(model), "cut", lambda self, points: encoded.append(len(points)) or cut(self, points))
    assert len(collection_vectors(table, model=model, **GIVEN).values) == 43
    assert sum(encoded) == 3
    other = create_model("nano", seed=1, **SMALL)
    with pytest.raises(InputError, match="made with sha256"):
        collection_vectors(table, model=other, **GIVEN)


def test_views_and_fused_weigh_the_same(table: Path, model, monkeypatch) -> None:
    monkeypatch.setattr("pointrecon.evaluation.views_model.load_image_teacher", lambda *_, **__: CountingImage())
    monkeypatch.setattr("pointrecon.retrieval.vectors.TEACHER", "multiview")
    alone = collection_vectors(table, model=model, **GIVEN)
    assert alone.name == "embedding/reconmodel"
    embed("multiview", table, **QUIET)
    both = collection_vectors(table, model=model, **GIVEN)
    assert both.name == "embedding/reconmodel + embedding/multiview"
    views = collection_vectors(table, vector="views", **GIVEN)
    np.testing.assert_allclose(both.values, np.concatenate([alone.values, views.values], 1) / 2**0.5, atol=1e-6)
    monkeypatch.setattr("pointrecon.retrieval.index.TEACHER", "multiview")
    (note,) = search(table, "s0-000", model=model, **GIVEN).notes
    assert "by the model and by pictures" in note
    assert search(table, "s0-000", model=model, vector="fused", **GIVEN).notes == []
    open_table(table).append(shapes(3, seed=1))
    (note,) = search(table, "s0-000", model=model, **GIVEN).notes
    assert "by the model alone" in note
    assert "of 40 of 43 shapes only" in note
    with pytest.raises(InputError, match="no vector 'pictures'"):
        collection_vectors(table, model=model, vector="pictures", **GIVEN)


def test_one_or_two_shapes_can_be_compared(model) -> None:
    alone = collection_vectors(shapes(1), model=model, **GIVEN).values
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    twice = np.concatenate([shapes(1).points] * 2)
    same = collection_vectors(ShapeArrays.from_points(twice, up="y"), model=model, **GIVEN).values
    assert same[0] @ same[1] > 0.99


def test_nearest_are_those_of_the_highest_cosine(table: Path, model) -> None:
    index = Index.open(table, model=model, **QUIET)
    places, similarity = index.nearest(index.vectors.values[:7], 5)
    cosines = index.vectors.values[:7] @ index.vectors.values.T
    assert places[:, 0].tolist() == list(range(7))
    np.testing.assert_allclose(similarity, -np.sort(-cosines, axis=1)[:, :5], atol=1e-5)
    among, _ = index.nearest(3 * index.vectors.values[0], 9, among=np.array([4, 8, 30]))
    assert sorted(among[0].tolist()) == [4, 8, 30]
    mask = np.arange(40) >= 38
    assert set(index.nearest(index.vectors.values[0], 5, mask)[0][0].tolist()) == {38, 39}
    with pytest.raises(InputError, match="expected"):
        index.nearest(np.zeros((1, 3)))
    with pytest.raises(InputError, match="top must be"):
        index.nearest(index.vectors.values[:1], 0)


def test_ties_go_by_id() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.5, 0.1], np.float32)
    rank = np.array([4, 3, 0, 2, 1])
    assert best(scores, rank, 3).tolist() == [1, 2, 3]
    assert best(scores, rank, 5).tolist() == [1, 2, 3, 0, 4]
    assert best(scores, rank, 0).tolist() == []
