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
        (np.concatenate([X[:2], np.full((1, *X.shape[1:]), 0.1, np.float32)]), "cloud 2 has points that are all equal"),
        ([X[0], X[1, :1]], "cloud 1 has points that are all equal"),
        (X[:2] + np.float32(1e7), "cloud 0 is too coarse in float32 so far from the origin"),
        (X[:2].astype(complex), "complex"),
        (np.ma.masked_greater(X[:2], 0.5), "masked"),
        ([X[0].tolist(), [[0, 1], [2]]], "shape 1 must be numbers"),
        ([X[:2]], "shape 0 is 2 clouds"),
    ],
)
def test_bad_shapes_are_one_sentence(encoder: ShapeEncoder, given: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        encoder.fit(given)


def test_points_are_what_they_are_in_whatever_array(encoder: ShapeEncoder) -> None:
    whole, far = encoder.fit_transform(X[:4]), X[:4].astype(np.float64) * 3 + [5e5, 5.4e6, 300]  # as surveyors count
    np.testing.assert_allclose(encoder.transform(far), whole, atol=1e-5)
    np.testing.assert_allclose(encoder.transform(list(far)), whole, atol=1e-5)
    learning = torch.tensor(X[:4], requires_grad=True)
    for given in (X[:4].astype(">f8"), X[3::-1][::-1], learning, X[:4].tolist()):
        np.testing.assert_allclose(encoder.transform(given), whole, atol=1e-6)
    np.testing.assert_allclose(encoder.transform(learning.bfloat16()), whole, atol=0.02)


def test_a_column_of_a_data_frame_will_do(encoder: ShapeEncoder) -> None:
    pandas = pytest.importorskip("pandas")
    np.testing.assert_array_equal(encoder.fit_transform(pandas.Series(list(X[:4]))), encoder.transform(X[:4]))
