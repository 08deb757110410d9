"""Frozen features: in order, frozen, and leaving the model as it was."""

import threading

import numpy as np
import pytest
import torch

from pointrecon import create_model
from pointrecon.errors import InputError
from pointrecon.evaluation import extract_features
from pointrecon.geometry.poses import turns_of
from standin import StandIn, sticks


def test_one_float32_row_per_shape_whatever_the_batches():
    shapes = sticks(10)
    shapes.points = shapes.points[:, :32]  # nothing to draw: batches cannot change what a shape looks like
    whole = extract_features(StandIn(), shapes, encode={"batch_size": 10})
    parts = extract_features(StandIn(), shapes, encode={"batch_size": 3})
    assert whole.shape == (10, 6)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, parts, rtol=1e-6)


def test_the_same_seed_draws_the_same_points():
    first, again, other = (extract_features(StandIn(), sticks(6), encode={"points": 16, "seed": s}) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_model_is_left_as_it_was():
    model = StandIn().train()
    extract_features(model, sticks(4))
    assert model.training
    with pytest.raises(InputError):
        extract_features(model, sticks(4).select([]))
    assert model.training
    assert not torch.is_inference_mode_enabled()


def test_clouds_are_turned_to_the_model():
    shapes = sticks(3)
    shapes.meta.up = "z"
    turned = extract_features(StandIn(up="y"), shapes)
    # The cloud that was long along z (its up) is long along y (the model's).
    assert turned[2, :3].argmax() == 1


def test_unknown_kinds_and_broken_weights_are_refused():
    with pytest.raises(InputError, match="no feature 'best'"):
        extract_features(StandIn(), sticks(4), feature="best")
    broken = StandIn()
    broken.scale.data.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite for 4 of 4 shapes"):
        extract_features(broken, sticks(4))


def test_any_pose_gives_the_same_vector() -> None:
    shapes, turned = sticks(6), sticks(6)
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned.points = (turned.points.astype(np.float32) @ (rotation * np.linalg.det(rotation))).astype(np.float32)
    (given, other), (any_pose, again) = (
        [extract_features(StandIn(), x, encode={"points": 64, "poses": poses}) for x in (shapes, turned)]
        for poses in ("given", "any")
    )
    assert abs(given - other).max() > 0.1
    np.testing.assert_allclose(any_pose, again, atol=0.01)  # points are kept in half precision


def test_poses_are_turns_about_what_is_known_to_be_up() -> None:
    shapes = sticks(3)
    by_up = {}
    for up in ("unknown", "y"):
        shapes.meta.up = up
        by_up[up] = extract_features(StandIn(up="y"), shapes, encode={"poses": "auto"})
        same = extract_features(StandIn(up="y"), shapes, encode={"poses": "any" if up == "unknown" else "turned"})
        assert np.array_equal(by_up[up], same)
    assert not np.array_equal(by_up["unknown"], by_up["y"])
    with pytest.raises(InputError, match="poses are 'some'"):
        extract_features(StandIn(), shapes, encode={"poses": "some"})


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_batches_answered_at_once_are_those_answered_one_by_one(two_threads: None, monkeypatch) -> None:
    model, shapes = create_model("nano", seed=0, points=32, patches=4, patch_size=8, width=16, depth=1), sticks(11)
    seen, encode_prepared = [], model.encode_prepared
    first_is_late = threading.Event()

    def watched(clouds: torch.Tensor):
        seen.append((threading.current_thread(), torch.get_num_threads()))
        if len(seen) > 1:
            first_is_late.set()
        first_is_late.wait(20)  # until another thread works beside
        return encode_prepared(clouds)

    monkeypatch.setattr(model, "encode_prepared", watched)
    found = extract_features(model, shapes, encode={"batch_size": 2, "device": "cpu"}, progress=False)
    assert first_is_late.is_set()
    assert len({thread for thread, _ in seen}) == 2
    assert {threads for _, threads in seen} == {1}
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    alone = extract_features(model, shapes, encode={"batch_size": 2, "device": "cpu"}, progress=False)
    assert seen[-1] == (threading.main_thread(), 1)
    np.testing.assert_allclose(found, alone, atol=1e-6)


def test_what_a_thread_raises_is_told(two_threads: None) -> None:
    model = create_model("nano", seed=0, points=32, patches=4, patch_size=8, width=16, depth=1)
    model.pool = lambda encoding, feature: 1 / 0
    with pytest.raises(ZeroDivisionError):
        extract_features(model, sticks(9), encode={"batch_size": 2, "device": "cpu"}, progress=False)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("poses", ["turned", "any"])
def test_clouds_cut_once_are_those_cut_in_every_pose(poses: str, monkeypatch) -> None:
    model, shapes = create_model("nano", seed=0, points=64, patches=4, patch_size=8, width=16, depth=1), sticks(3)
    cuts, cut = [], model.cut
    monkeypatch.setattr(model, "cut", lambda clouds: cuts.append(clouds) or cut(clouds))
    found = extract_features(model, shapes, encode={"poses": poses, "device": "cpu"}, progress=False)
    assert len(cuts) == 1
    turns = turns_of(cuts[0], poses)[1]
    each = torch.stack([model.eval().features(cuts[0] @ turn) for turn in turns])
    assert len(each) == (4 if poses == "turned" else 24)
    np.testing.assert_allclose(found, each.amax(0), atol=1e-5)
