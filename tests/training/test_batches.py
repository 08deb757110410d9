"""Who sees which shape, and what a drawn batch is."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pointrecon.errors import InputError
from pointrecon.geometry import prepare, turn_up
from pointrecon.shapes import ShapeArrays
from pointrecon.training.batches import epoch_order, steps_per_epoch
from pointrecon.training.training_set import TrainingSet


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 64), st.integers(1, 4), st.integers(0, 5))
def test_every_shape_is_seen_once_an_epoch(count: int, batch: int, world: int, epoch: int) -> None:
    if count // steps_per_epoch(count, batch) < world:
        return
    seen, sizes, per = [], [], []
    for rank in range(world):
        shares = list(epoch_order(count, batch, seed=1, epoch=epoch, rank=rank, world=world))
        assert len(shares) == steps_per_epoch(count, batch)
        seen += torch.cat([index for index, _ in shares]).tolist()
        sizes += [len(index) for index, _ in shares]
        per.append([len(index) for index, _ in shares])
    assert sorted(seen) == list(range(count))
    assert min(sizes) >= 1
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 2
    assert max(sum(step) for step in zip(*per, strict=True)) <= batch


def test_epochs_differ_and_repeat_by_seed() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat([i for i, _ in epoch_order(50, 8, seed=seed, epoch=epoch)]).tolist()

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)
    with pytest.raises(InputError, match="start fewer"):
        list(epoch_order(2, 8, seed=0, epoch=0, world=3))


@pytest.mark.parametrize("up", ["x", "y", "z"])
def test_turning_up_moves_the_axis_and_is_a_rotation(up: str) -> None:
    source = torch.zeros(1, 3)
    source[0, "xyz".index(up)] = 1
    assert turn_up(source, up, "y").tolist() == [[0, 1, 0]]
    assert torch.linalg.det(turn_up(torch.eye(3), up, "y")) == pytest.approx(1)
    assert torch.equal(turn_up(source, "unknown", "y"), source)


def test_prepare_centers_scales_and_counts() -> None:
    cloud = torch.rand(2, 40, 3, dtype=torch.float16) * 5
    for count in (16, 40, 100):
        out = prepare(cloud, count, up_from="z", generator=torch.Generator().manual_seed(0))
        assert out.shape == (2, count, 3)
        assert out.dtype == torch.float32
        assert out.norm(dim=-1).max() == pytest.approx(1, abs=1e-5)


def test_a_batch_draws_views_and_marks_what_is_missing() -> None:
    points = np.random.default_rng(0).normal(size=(4, 20, 3)).astype(np.float16)
    arrays = ShapeArrays.from_points(points, captions=[["a"], ["b"], ["a"], []])
    image = np.arange(4 * 3 * 2).reshape(4, 3, 2).astype(np.float16)
    image[2] = np.nan
    arrays.features = {"image/x": image}
    data = TrainingSet(arrays, points=16, image="image/x")
    drawn = data.draw(torch.tensor([0, 2, 3, 1]), torch.Generator().manual_seed(0))
    assert drawn.points.shape == (4, 16, 3)
    assert drawn.caption.tolist() == [0, 0, -1, 1]
    assert drawn.present["image"].tolist() == [True, False, True, True]
    assert drawn.features["image"].isfinite().all()
    views = {
        tuple(data.draw(torch.tensor([0]), torch.Generator().manual_seed(s)).features["image"][0].tolist())
        for s in range(30)
    }
    assert len(views) == 3
    assert "text" not in drawn.features
