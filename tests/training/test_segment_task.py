"""The part segmentation task: its loss, which points count, and that labels go with their points."""

import pytest
import torch

from labeled import TINY
from parted import parted, segmenter
from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, normalize
from pointrecon.models import create_model
from pointrecon.training.batches import Batch
from pointrecon.training.head_settings import Segmentation
from pointrecon.training.segment_task import SegmentTask
from pointrecon.training.training_set import StreamingSet, TrainingSet


def model():
    return segmenter(create_model("nano", seed=1, **TINY))


def gen(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 4) -> Batch:
    clouds = normalize(torch.randn(count, 48, 3, generator=gen(1)))
    part = torch.randint(-1, 5, (count, 48), generator=gen(2))
    return Batch(clouds, {}, {}, torch.full((count,), -1), torch.arange(count) % 2, part)


def test_the_loss_is_the_mean_negative_log_likelihood_of_labeled_points() -> None:
    task, data = SegmentTask(model()).eval(), batch()
    scores = task.model(data.points, data.label)
    assert torch.allclose(scores.exp().sum(-1), torch.ones(4, 48), atol=1e-5)
    total, number = 0.0, 0
    for shape in range(4):
        for point, part in enumerate(data.part[shape].tolist()):
            if part >= 0:
                total, number = total - scores[shape, point, part].item(), number + 1
    assert task(data, gen())["segmentation"].item() == pytest.approx(total / number, rel=1e-5)


def test_a_batch_without_labeled_points_costs_nothing() -> None:
    data = batch()
    data = data._replace(part=torch.full_like(data.part, -1))
    assert SegmentTask(model()).eval()(data, gen())["segmentation"].item() == 0


def test_the_loss_reaches_every_weight() -> None:
    task = SegmentTask(model()).train()
    task(batch(), gen())["segmentation"].backward()
    assert [name for name, p in task.named_parameters() if p.grad is None] == []


def test_some_points_stand_for_all() -> None:
    whole, data = SegmentTask(model()).eval(), batch()
    some = SegmentTask(whole.model, Segmentation(loss_points=12)).eval()
    losses = [float(some(data, gen(seed))["segmentation"].detach()) for seed in range(40)]
    assert losses[0] == float(some(data, gen(0))["segmentation"].detach())
    assert len(set(losses)) == 40
    assert sum(losses) / 40 == pytest.approx(float(whole(data, gen())["segmentation"].detach()), rel=0.05)


def test_the_head_may_learn_faster() -> None:
    task = SegmentTask(model(), Segmentation(head_rate=5.0))
    fast = {name for name, _ in task.named_parameters() if task.learning_rate_factor(name) == 5.0}
    assert fast == {name for name, _ in task.named_parameters() if name.startswith("model.head.")}


@pytest.mark.parametrize("kind", [TrainingSet, StreamingSet])
def test_labels_go_with_their_points(kind) -> None:
    arrays = parted(12)
    drawn = kind(arrays, points=20, parts=True).draw(torch.tensor([3, 0, 8]), gen(4))
    again = kind(arrays, points=20).draw(torch.tensor([3, 0, 8]), gen(4))
    assert torch.equal(drawn.points, again.points)  # the same points as without labels
    assert again.part is None
    for place, index in enumerate([3, 0, 8]):
        along = drawn.points[place, :, index % 2]
        left, right = along[drawn.part[place] == index % 2 * 2], along[drawn.part[place] == (1, 4)[index % 2]]
        assert len(left) >= 3
        assert len(right) >= 3
        assert left.max() < right.min()
    assert (drawn.part == -1).any()


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(InputError, match="no part head"):
        SegmentTask(create_model("nano", seed=0, **TINY))
    for name in ("drop", "crop"):
        with pytest.raises(InputError, match=f"augment.{name}"):
            SegmentTask(model(), augmentation=Augmentation(rotate="none", **{name: 0.2}))
    for wrong in ({"loss_points": -1}, {"head_rate": 0}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Segmentation(**wrong)
