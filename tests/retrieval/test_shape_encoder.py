"""The scikit-learn transformer: clone-able, in pipelines, the same vector wherever a shape stands."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from pointrecon import ShapeEncoder, as_shapes
from pointrecon.errors import InputError
from pointrecon.evaluation.features import extract_features
from standin import StandIn, sticks

X = sticks(30).points.astype(np.float32)
Y = sticks(30).label


@pytest.fixture
def encoder() -> ShapeEncoder:
    return ShapeEncoder(StandIn(), device="cpu")


def test_clone_pipeline_and_cross_validation(encoder: ShapeEncoder) -> None:
    copy = clone(ShapeEncoder("made-nano", center=True, points=64))
    assert copy.get_params()["points"] == 64
    assert (copy.model, copy.center) == ("made-nano", True)
    pipeline = make_pipeline(encoder, LogisticRegression())
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.9
    assert clone(pipeline).fit(list(X), Y).score(list(X), Y) > 0.9
    names = pipeline.fit(X, Y)[0].get_feature_names_out()
    assert names.tolist() == [f"shape{i}" for i in range(6)]


def test_a_vector_does_not_depend_on_its_place(encoder: ShapeEncoder) -> None:
    whole = encoder.fit(X).transform(X)
    assert (whole.shape, whole.dtype) == ((30, 6), np.float32)
    np.testing.assert_allclose(encoder.transform(X[[7, 2]]), whole[[7, 2]], atol=1e-6)
    np.testing.assert_allclose(encoder.fit_transform(X), whole, atol=1e-6)
    np.testing.assert_allclose(encoder.transform(torch.from_numpy(X)), whole, atol=1e-6)
    mixed = encoder.transform([X[0], X[1][:25], X[2]])
    np.testing.assert_allclose(mixed[[0, 2]], whole[[0, 2]], atol=1e-6)


def test_files_tables_and_arrays_give_the_same(encoder: ShapeEncoder, tmp_path: Path) -> None:
    for i in (0, 1):
        np.savetxt(tmp_path / f"{i}.xyz", X[i])
    files = [tmp_path / "1.xyz", tmp_path / "0.xyz"]
    np.testing.assert_allclose(encoder.fit(X).transform(files), encoder.transform(X[[1, 0]]), atol=0.1)  # other points
    sticks(30).save(tmp_path / "t.npz")
    seen = extract_features(StandIn(), as_shapes(tmp_path / "t.npz"), progress=False)
    np.testing.assert_allclose(encoder.transform(tmp_path / "t.npz"), seen, atol=1e-6)
    assert len(encoder.transform(np.array([str(file) for file in files]))) == 2


def test_up_axis_and_center(encoder: ShapeEncoder) -> None:
    lying = np.roll(X, -1, axis=-1)  # y was up, x is
    turned = ShapeEncoder(StandIn(), up="x").fit(lying).transform(lying)
    np.testing.assert_allclose(turned, encoder.fit(X).transform(X), atol=1e-5)
    centered = ShapeEncoder(StandIn(), center=True).fit(X).transform(X)
    np.testing.assert_allclose(np.linalg.norm(centered, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "no shapes to encode"),
        ([np.zeros((4, 2))], "shape"),
        (["nothing.stl"], "there are no shapes at"),
        (np.full((1, 4, 3), np.nan), "not finite"),
    ],
)
def test_bad_shapes_are_one_sentence(encoder: ShapeEncoder, given: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        encoder.fit(given)
