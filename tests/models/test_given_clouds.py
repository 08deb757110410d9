"""What a model does with the clouds a caller gives: prepared ones of any kind are encoded, others never in silence."""

import warnings

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.evaluation import extract_features
from pointrecon.geometry import normalize
from pointrecon.models import Head, ReconModel, create_model
from pointrecon.shapes import ShapeArrays
from small import SMALL


def model(**more: object) -> ReconModel:
    return create_model("nano", seed=0, **{**SMALL, **more}).eval()


def raw(batch: int = 2, points: int = 300) -> np.ndarray:
    return np.random.default_rng(0).random((batch, points, 3)) * 40 + 100


def test_prepared_numpy_and_tensors_give_the_same_feature_without_gradient() -> None:
    made = model()
    clouds = made.prepare(raw())
    assert clouds.shape == (2, made.config.points, 3)
    features = made.features(clouds)
    assert torch.equal(made.features(clouds.numpy()), features)
    assert torch.equal(made.features(clouds.double()), features)
    assert not features.requires_grad
    assert torch.equal(made.encode(clouds.numpy()).queries, made.encode(clouds).queries)
    assert made.encode(clouds).queries.requires_grad


def test_prepare_turns_to_the_models_axis() -> None:
    tall = np.random.default_rng(0).random((400, 3)) * [1, 1, 9]
    for up, longest in (("z", 1), (None, 2), ("y", 2)):
        assert model(up="y").prepare(tall, up=up)[0].abs().amax(0).argmax() == longest


@pytest.mark.parametrize("use", ["encode", "features", "reconstruct", "__call__"])
def test_unprepared_and_broken_clouds_are_refused(use: str) -> None:
    made = model(head=Head("linear", ["a", "b"]))
    act = getattr(made, use)
    clouds = made.prepare(raw())
    act(clouds)
    broken = clouds.clone()
    broken[1, 3, 0] = float("nan")
    for bad, word in ((raw(2, 96), "model.prepare"), (clouds * 3, "model.prepare"), (broken, "not finite")):
        with pytest.raises(InputError, match=word):
            act(bad)


def test_clouds_the_library_prepared_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model()
    clouds, looked = made.prepare(raw()), []
    wanted = made.encode(clouds)
    monkeypatch.setattr("pointrecon.models.model.check_prepared", lambda points: looked.append(len(points)))
    assert torch.equal(made.encode_prepared(clouds).patches, wanted.patches)
    rows = ShapeArrays.from_points(raw(3))
    assert extract_features(made, rows, progress=False).shape == (3, 2 * made.config.width)
    assert looked == []
    made.features(clouds)
    assert looked == [2]


def test_training_goes_on_with_changed_clouds() -> None:
    made = model(head=Head("linear", ["a", "b"]))
    clouds = made.prepare(raw()) * 1.4 + 0.2
    made.classify(made.cut(clouds)).sum().backward()
    assert made.encoder.embed.lift.weight.grad is not None


def test_the_query_tower_learns_part_segmentation() -> None:
    made = model(streams="towers", head=Head("parts", ["a", "b"], 1)).train()
    clouds = made.prepare(raw())
    made.label_points(made.cut(clouds), clouds)[..., 0].sum().backward()
    assert made.query_encoder.queries.grad.abs().max() > 0
    assert made.query_encoder.embed.lift.weight.grad.abs().max() > 0


def test_a_model_says_in_a_line_what_it_is() -> None:
    words = repr(model(head=Head("linear", [str(i) for i in range(500)])))
    assert "500 classes" in words
    assert len(words) < 120


def test_another_number_of_points_than_the_models_is_told() -> None:
    made = model()
    clouds = made.prepare(raw())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.features(clouds)
    with pytest.warns(UserWarning, match=r"clouds of 200 points are given to a model of 96"):
        made.features(normalize(torch.from_numpy(raw(points=200))).float())


def test_arrays_that_cannot_be_written_are_prepared_without_a_warning() -> None:
    points = raw()
    points.setflags(write=False)
    torch.set_warn_always(True)  # it would warn once in a process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model().prepare(points)
    finally:
        torch.set_warn_always(False)
