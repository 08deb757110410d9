"""On a GPU: the processor's numbers from the same weights and the same batch, and work that never waits for it.

Random numbers differ between devices. So what is compared is given: clouds, features and mask, or what is drawn by a
generator of the processor.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from labeled import model_folder, sticks
from labeled import settings as labeled_settings
from parted import parted, segmenter
from parted import settings as parted_settings
from pointrecon import as_shapes, create_model, finetune, geometry, load_model, pretrain, segment
from pointrecon.evaluation import extract_features
from pointrecon.geometry import Augmentation, augment, normalize
from pointrecon.models import Head, Teacher, model_config, save_model
from pointrecon.models.masks import draw_mask
from pointrecon.training.batches import Batch
from pointrecon.training.captured import CapturedStep
from pointrecon.training.classify_task import ClassifyTask
from pointrecon.training.loop_settings import Optimization
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.optimizer import make_optimizer
from pointrecon.training.pretrain_task import PretrainTask
from pointrecon.training.segment_task import SegmentTask
from pointrecon.training.training_set import StreamingSet, TrainingSet
from pointrecon.transfer.part_answers import part_answers
from repeated_runs import losses, weights
from small import SMALL
from training_tables import settings, small_table

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

COUNT = 6
TEACHERS = {"image": Teacher("looks", 5), "text": Teacher("words", 7)}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def clouds(count: int = COUNT, points: int = 96) -> Tensor:
    return normalize(torch.randn(count, points, 3, generator=generator()))


def sent(batch: Batch) -> Batch:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: inner.cuda() for name, inner in value.items()}
        return value.cuda() if isinstance(value, Tensor) else value

    return Batch(*(moved(value) for value in batch))


def batch() -> Batch:
    present = torch.ones(COUNT, dtype=torch.bool)
    return Batch(
        clouds(),
        {kind: torch.randn(COUNT, teacher.width, generator=generator(1)) for kind, teacher in TEACHERS.items()},
        {"image": present, "text": torch.arange(COUNT) != 2},
        torch.tensor([0, 1, 1, 2, -1, 0]),
        torch.tensor([0, 1, 2, 0, 1, 2]),
        torch.randint(-1, 3, (COUNT, 96), generator=generator(2)),
    )


def pretraining(**changes: Any) -> PretrainTask:
    objective = Objective(**changes)
    config = model_for(objective, model_config("nano", **SMALL, drop_path=0.0), TEACHERS)
    return PretrainTask(create_model(config, seed=0), objective).train()


def with_head(head: Head) -> Any:
    return create_model("nano", seed=0, **{**SMALL, "decoder_depth": 0}, drop_path=0.0, head=head)


def stepped(task: Any, given: Batch, steps: int = 4, *, bf16: bool = False, **how: Any) -> list[float]:
    """The losses of some steps of the optimizer."""
    factor = getattr(task, "learning_rate_factor", None)
    optimizer, found = make_optimizer(task, Optimization(learning_rate=1e-3), factor), []
    for _ in range(steps):
        with torch.autocast(given.points.device.type, torch.bfloat16, enabled=bf16):
            loss = torch.stack(list(task(given, **how).values())).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        found.append(float(loss.detach()))
    return found


GOALS: list[dict[str, Any]] = [
    {},
    {"contrast_loss": "infonce", "self_contrast": True},
    {"paradigm": "towers", "reconstruction_loss": "chamfer_l1"},
    {"batch_statistics": "all", "contrast_loss": "cosine"},
]


@pytest.mark.parametrize("goal", GOALS)
def test_steps_of_pretraining_have_the_processors_losses(goal: dict[str, Any]) -> None:
    task = pretraining(**goal)
    mask = draw_mask(task.model.cut(clouds()).centers, 0.6, generator=generator(3))
    here = stepped(pretraining(**goal), batch(), mask=mask)
    there = stepped(task.cuda(), sent(batch()), mask=mask.cuda())
    assert here[-1] < here[0]
    assert there == pytest.approx(here, rel=5e-3)
    half = stepped(pretraining(**goal).cuda(), sent(batch()), mask=mask.cuda(), bf16=True)
    assert half == pytest.approx(here, rel=0.1)


TASKS: dict[str, Callable[[], Any]] = {
    "classify": lambda: ClassifyTask(with_head(Head("linear", ["a", "b", "c"]))),
    "segment": lambda: SegmentTask(with_head(Head("parts", ["a", "b", "c"], 3))),
}


@pytest.mark.parametrize("kind", TASKS)
def test_a_step_of_each_transfer_has_the_processors_loss(kind: str) -> None:
    """In evaluation mode: dropout draws on the device."""
    here, there = (
        stepped(task.eval(), given) for task, given in ((TASKS[kind](), batch()), (TASKS[kind]().cuda(), sent(batch())))
    )
    assert there == pytest.approx(here, rel=2e-3)


def test_geometry_gives_the_processors_numbers() -> None:
    points, other = clouds(3, 200), clouds(3, 64).flip(0)
    near = {"rtol": 1e-4, "atol": 1e-5}
    assert torch.equal(
        geometry.farthest_point_sample(points.cuda(), 40).cpu(), geometry.farthest_point_sample(points, 40)
    )
    gaps = [geometry.group(p, p[:, :9], 8).norm(dim=3).sort(2).values.cpu() for p in (points, points.cuda())]
    torch.testing.assert_close(*gaps, **near)
    torch.testing.assert_close(
        geometry.chamfer(points.cuda(), other.cuda()).cpu(), geometry.chamfer(points, other), **near
    )
    raw = torch.rand(3, 50, 3, generator=generator()) * torch.tensor([1e-6, 1.0, 1e6])[:, None, None] + 3
    torch.testing.assert_close(normalize(raw.cuda()).cpu(), normalize(raw), rtol=1e-3, atol=1e-4)
    how = Augmentation(rotate="any", scale=0.7, shift=0.1, jitter=0.01, drop=0.3, crop=0.3, flip="x")
    changed = [augment(p, how, generator(4)).cpu() for p in (points, points.cuda())]
    torch.testing.assert_close(*changed, **near)


@pytest.mark.parametrize("streams", ["recon", "towers"])
def test_a_loaded_model_encodes_as_on_the_processor(tmp_path: Path, streams: str) -> None:
    save_model(create_model("nano", seed=0, **SMALL, streams=streams).eval(), tmp_path / "model")
    model, moved = load_model(tmp_path / "model"), load_model(tmp_path / "model").to("cuda")
    raw = np.random.default_rng(0).normal(size=(5, 150, 3))
    prepared = moved.prepare(raw)
    assert prepared.is_cuda
    torch.testing.assert_close(prepared.cpu(), model.prepare(raw), rtol=1e-5, atol=1e-6)
    for feature in ("recon", "all"):
        torch.testing.assert_close(
            moved.features(clouds(), feature).cpu(), model.features(clouds(), feature), rtol=1e-3, atol=1e-3
        )
    assert moved.reconstruct(clouds(2)).rebuilt.is_cuda


def test_streams_of_clouds_encode_as_on_the_processor(tmp_path: Path) -> None:
    table, model = small_table(tmp_path / "t.npz"), create_model("nano", seed=0, **{**SMALL, "points": 64})
    found = {
        (device, precision): extract_features(
            model, table, encode={"device": device, "precision": precision, "batch_size": 7}
        )
        for device, precision in (("cpu", "32"), ("cuda", "32"), ("cuda", "bf16"))
    }
    here = found["cpu", "32"]
    np.testing.assert_allclose(found["cuda", "32"], here, rtol=1e-3, atol=1e-3)
    half = found["cuda", "bf16"]
    cosine = (here * half).sum(1) / np.linalg.norm(here, axis=1) / np.linalg.norm(half, axis=1)
    assert cosine.min() > 0.99
    assert next(model.parameters()).device.type == "cpu"


@pytest.mark.parametrize("votes", [1, 3])
def test_parts_are_the_processors(tmp_path: Path, votes: int) -> None:
    model, shapes = segmenter(create_model("nano", seed=0, **SMALL)), as_shapes(parted(24))
    how = {"votes": votes, "augmentation": Augmentation(rotate="none", scale=0.8), "batch_size": 5}
    here, there = (part_answers(model, shapes, device=device, **how) for device in ("cpu", "cuda"))
    for ours, theirs in zip(there, here, strict=True):
        assert (ours == theirs).mean() > 0.99


@pytest.mark.parametrize(("hold", "kind"), [("device", TrainingSet), ("stream", StreamingSet)])
def test_steps_never_wait_for_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hold: str, kind: type
) -> None:
    """Nor does drawing a batch. Where the host would, torch raises; the first step warms up, the last reads losses."""
    draw, drawn, steps = kind.draw, [], 6

    def watched(*args: Any) -> Any:
        drawn.append(1)
        torch.cuda.set_sync_debug_mode("error" if 1 < len(drawn) < steps else "default")
        return draw(*args)

    how = settings(device="cuda", hold=hold, log_every=100, stop_after=steps)
    how["augment"] = {"rotate": "any", "jitter": 0.01, "flip": "x", "drop": 0.2, "crop": 0.2, "scale": 0.8}
    monkeypatch.setattr(kind, "draw", watched)
    try:
        run = pretrain(small_table(tmp_path / "t.npz"), tmp_path / "run", **how)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert run.step == len(drawn) == steps


def test_a_step_that_cannot_be_captured_goes_on_plainly_and_draws_what_it_would() -> None:
    """A failed capture leaves torch's generators as if it went on, and gradients that nobody computed."""
    weight, own = torch.ones(3, device="cuda", requires_grad=True), torch.Generator("cuda")

    def step(index: Tensor) -> dict[str, Tensor]:
        drawn = torch.rand((), generator=own, device="cuda") + torch.rand((), device="cuda")
        (weight * drawn * (index + 1)).sum().backward()
        float(drawn)  # waits for the device
        assert weight.grad is not None
        loss, weight.grad = weight.grad.sum(), None
        return {"loss": loss}

    def losses(function: Callable[[Tensor], dict[str, Tensor]], device: str) -> list[float]:
        found = []
        for number in range(6):
            torch.manual_seed(number)
            own.manual_seed(number)
            found.append(float(function(torch.tensor([number], device=device))["loss"]))
        return found

    wanted = losses(step, "cuda")
    with pytest.warns(UserWarning, match="cannot be captured"):
        assert losses(CapturedStep(step, own, [weight]), "cpu") == pytest.approx(wanted)


def test_held_and_streamed_runs_and_a_resumed_one_go_the_same_way(tmp_path: Path) -> None:
    table, how = small_table(tmp_path / "t.npz"), settings(device="cuda", hold="device")
    pretrain(table, tmp_path / "held", **how)
    pretrain(table, tmp_path / "stream", **settings(device="cuda", hold="stream"))
    assert not pretrain(table, tmp_path / "stopped", **settings(device="cuda", hold="device", stop_after=7)).finished
    assert pretrain(out=tmp_path / "stopped", resume=True, train={"stop_after": 0}).finished
    wanted = losses(tmp_path / "held")
    assert len(wanted) == 9
    for name in ("stream", "stopped"):
        found = losses(tmp_path / name)
        assert [step for step, _ in found] == [step for step, _ in wanted]
        assert [loss for _, loss in found] == pytest.approx([loss for _, loss in wanted], rel=5e-3)


def test_fine_tuning_repeats_to_the_last_bit(tmp_path: Path) -> None:
    """Unlike pre-training and segmentation: no gradient of it is a sum in no fixed order."""
    source = model_folder(tmp_path / "model")
    for name in "ab":
        finetune(source, sticks(), tmp_path / name, **labeled_settings(train={"device": "cuda", "epochs": 4}))
    one, two = weights(tmp_path / "a"), weights(tmp_path / "b")
    assert all(torch.equal(value, two[name]) for name, value in one.items())


def test_transfers_learn_on_the_device_by_default(tmp_path: Path) -> None:
    """In bfloat16 and with whatever else "auto" is there."""
    source = model_folder(tmp_path / "model")
    how: dict[str, Any] = {"device": "cuda", "precision": "auto"}
    assert finetune(source, sticks(), tmp_path / "a", **labeled_settings(train=how)).mean() > 0.9
    assert segment(source, parted(), tmp_path / "b", **parted_settings(train=how)).mean("instance_miou") > 0.7
