"""The classification task: its loss, what is frozen, and how points are drawn."""

import pytest
import torch
import torch.nn.functional as F

from labeled import TINY
from pointrecon.errors import InputError
from pointrecon.geometry import farthest_point_sample, gather, normalize
from pointrecon.models import Head, create_model
from pointrecon.training.batches import Batch
from pointrecon.training.classify_task import ClassifyTask, balanced_weights, draw_farthest
from pointrecon.training.head_settings import Classification


def model_with(head: str):
    return create_model("nano", seed=0, **{**TINY, "decoder_depth": 0}, head=Head(head, ["a", "b", "c"]))


def batch(count: int = 6, points: int = 48) -> Batch:
    generator = torch.Generator().manual_seed(1)
    clouds = normalize(torch.randn(count, points, 3, generator=generator))
    return Batch(clouds, {}, {}, torch.full((count,), -1), torch.arange(count) % 3)


def gen(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_loss_is_cross_entropy_of_the_models_scores() -> None:
    task, data = ClassifyTask(model_with("linear")), batch()
    task.eval()
    scores = task.model(data.points)
    assert torch.allclose(task(data, gen())["classification"], F.cross_entropy(scores, data.label))
    smooth = ClassifyTask(task.model, how=Classification(label_smoothing=0.2)).eval()
    expected = F.cross_entropy(scores, data.label, label_smoothing=0.2)
    assert torch.allclose(smooth(data, gen())["classification"], expected)


def test_balanced_weights_make_every_class_count_the_same() -> None:
    counts = [30, 10, 0, 20]
    weights = balanced_weights(counts)
    assert weights[2] == 0
    shares = weights * torch.tensor(counts)
    assert torch.allclose(shares[[0, 1, 3]], torch.tensor(20.0))
    task = ClassifyTask(model_with("linear"), how=Classification(class_weights="balanced"), counts=[4, 1, 1]).eval()
    data = batch()
    expected = F.cross_entropy(task.model(data.points), data.label, balanced_weights([4, 1, 1]))
    assert torch.allclose(task(data, gen())["classification"], expected)


@pytest.mark.parametrize(("mode", "head"), [("linear", "linear"), ("mlp3", "mlp3")])
def test_a_frozen_backbone_gets_no_gradient_and_keeps_its_statistics(mode: str, head: str) -> None:
    task = ClassifyTask(model_with(head), mode)
    before = {name: value.clone() for name, value in task.model.encoder.state_dict().items()}
    task.train()
    assert not any(m.training for m in task.model.encoder.modules())
    assert all(m.training for m in task.model.head.modules())
    task(batch(), gen())["classification"].backward()
    assert all(p.grad is None for p in task.model.encoder.parameters())
    assert all(p.grad is not None for p in task.model.head.parameters())
    assert all(torch.equal(before[name], value) for name, value in task.model.encoder.state_dict().items())
    task.eval()
    assert not any(m.training for m in task.modules())


def test_full_fine_tuning_reaches_every_weight() -> None:
    task = ClassifyTask(create_model(model_with("linear").config, seed=0, stop_gradient=False)).train()
    task(batch(), gen())["classification"].backward()
    assert [name for name, p in task.named_parameters() if p.grad is None] == []


def test_the_head_learns_faster() -> None:
    task = ClassifyTask(model_with("linear"), how=Classification(head_rate=7.0))
    factors = {name: task.learning_rate_factor(name) for name, _ in task.named_parameters()}
    assert {name for name, factor in factors.items() if factor == 7.0} == {"model.head.0.weight", "model.head.0.bias"}


def test_farthest_points_are_drawn_from_somewhat_more() -> None:
    points = torch.randn(2, 400, 3, generator=gen(5))
    chosen = farthest_point_sample(points, 120)
    wide = gather(points, chosen)
    drawn = draw_farthest(points, 102, gen(1))
    assert drawn.shape == (2, 102, 3)
    for cloud, pool in zip(drawn, wide, strict=True):
        chosen_points = {tuple(point) for point in cloud.tolist()}
        assert len(chosen_points) == 102
        assert chosen_points <= {tuple(point) for point in pool.tolist()}
    assert torch.equal(draw_farthest(points, 102), wide[:, :102])
    assert not torch.equal(drawn, draw_farthest(points, 102, gen(2)))
    assert draw_farthest(points[:, :30], 48, gen()).shape == (2, 48, 3)


def test_the_task_draws_as_it_is_told() -> None:
    data = batch(points=64)
    task = ClassifyTask(model_with("linear"), how=Classification(draw="farthest")).eval()
    losses = [float(task(data, gen(seed))["classification"].detach()) for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(InputError, match="no classification head"):
        ClassifyTask(create_model("nano", seed=0, **TINY))
    with pytest.raises(InputError, match="mode 'probe'"):
        ClassifyTask(model_with("linear"), "probe")
    with pytest.raises(InputError, match="every class"):
        ClassifyTask(model_with("linear"), how=Classification(class_weights="balanced"))
    for wrong in ({"label_smoothing": 1.0}, {"class_weights": "some"}, {"draw": "all"}, {"head_rate": 0}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Classification(**wrong)
