"""A compiled step is the plain one, recomputing changes nothing, batch statistics are the released ones on request."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor

from pointrecon.models import Teacher, create_model, model_config
from pointrecon.models.blocks import LayerStack
from pointrecon.models.masks import draw_mask
from pointrecon.training.batches import Batch
from pointrecon.training.compiled import compiled
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.pretrain_task import PretrainTask
from small import SMALL

COUNT = 5
TEACHERS = {"image": Teacher("one", 16), "text": Teacher("two", 12)}


def make_task(depth: int = SMALL["depth"], drop_path: float = 0.0, **settings: Any) -> PretrainTask:
    objective = Objective(**settings)
    size = model_config("nano", **{**SMALL, "drop_path": drop_path, "depth": depth})
    config = model_for(objective, size, TEACHERS)
    return PretrainTask(create_model(config, seed=0).train(), objective)


def batch() -> Batch:
    generator = torch.Generator().manual_seed(0)
    everyone = torch.ones(COUNT, dtype=torch.bool)
    return Batch(
        torch.randn(COUNT, 96, 3, generator=generator) * 0.3,
        {kind: torch.randn(COUNT, teacher.width, generator=generator) for kind, teacher in TEACHERS.items()},
        {"image": everyone, "text": torch.arange(COUNT) > 0},
        torch.tensor([0, 1, 1, 2, -1]),
    )


def step(task: PretrainTask) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    task.zero_grad()
    losses = task(batch(), torch.Generator().manual_seed(1))
    torch.stack(list(losses.values())).sum().backward()
    return losses, {name: p.grad.clone() for name, p in task.named_parameters() if p.grad is not None}


def assert_same(first: PretrainTask, second: PretrainTask, tolerance: float = 1e-5) -> None:
    (losses, gradients), (others, other_gradients) = step(first), step(second)
    for name, loss in losses.items():
        torch.testing.assert_close(loss, others[name], atol=tolerance, rtol=tolerance)
    assert gradients.keys() == other_gradients.keys()
    for name, gradient in gradients.items():
        largest = max(gradient.abs().max().item(), 1.0)
        torch.testing.assert_close(gradient, other_gradients[name], atol=tolerance * largest, rtol=0, msg=name)


@pytest.mark.parametrize(
    "settings", [{}, {"contrast_loss": "infonce", "self_contrast": True}, {"paradigm": "towers", "mask_kind": "block"}]
)
def test_the_step_compiles_whole_and_stays_the_same(settings: dict[str, Any]) -> None:
    """One graph without a break, so nothing in it waits for the host; traced and differentiated, not lowered."""
    plain, traced = make_task(**settings), make_task(**settings)
    traced._losses = torch.compile(traced.losses, fullgraph=True, dynamic=False, backend="aot_eager")
    assert_same(plain, traced, 3e-5)


@pytest.mark.slow
def test_the_step_lowered_for_this_cpu_stays_the_same() -> None:
    plain, lowered = make_task(), make_task()
    lowered.compile()
    assert_same(plain, lowered, 3e-5)


def test_where_compiling_fails_the_plain_function_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise torch._dynamo.exc.TorchDynamoException("no compiler\nhere")

    monkeypatch.setattr(torch, "compile", lambda function, **how: broken)
    double = compiled(lambda x: 2 * x)
    with pytest.warns(UserWarning, match="without torch.compile, which failed: no compiler"):
        assert double(3) == 6
    assert double(4) == 8


@pytest.mark.parametrize("streams", ["recon", "towers"])
def test_recomputing_changes_nothing(streams: str) -> None:
    plain = make_task(paradigm=streams)
    forgetful = copy.deepcopy(plain)
    stacks = [module for module in forgetful.modules() if isinstance(module, LayerStack)]
    assert len(stacks) == (2 if streams == "recon" else 3)
    for module in stacks:
        module.recompute = True
    assert_same(plain, forgetful, 1e-6)


def test_all_patches_make_the_batch_statistics_when_asked() -> None:
    """The embedding's running statistics after a step are those of every patch, and tokens those of the visible."""
    task = make_task(batch_statistics="all")
    twin = copy.deepcopy(task.model.encoder.embed)
    patches = task.model.cut(batch().points)
    step(task)
    tokens = twin.plain(patches.points)
    torch.testing.assert_close(task.model.encoder.embed.norm2.running_mean, twin.norm2.running_mean)
    torch.testing.assert_close(task.model.encoder.embed.norm2.running_var, twin.norm2.running_var)
    mask = draw_mask(patches.centers, 0.6)
    fresh = copy.deepcopy(task.model.encoder)
    fresh.embed.load_state_dict(twin.state_dict())
    all_tokens = fresh.embed(patches.points)
    torch.testing.assert_close(all_tokens, tokens, atol=1e-5, rtol=1e-5)
    visible = (~mask).nonzero()[:, 1].view(COUNT, -1)
    *_, (_, found) = fresh.layers(patches, visible)
    assert found.shape == (COUNT, visible.shape[1], SMALL["width"])
    only_visible = make_task()
    step(only_visible)
    assert not torch.allclose(only_visible.model.encoder.embed.norm2.running_mean, twin.norm2.running_mean)


def test_a_deep_model_compiles_as_many_programs_as_a_shallow_one_and_stays_the_same(monkeypatch) -> None:
    """Layers that differ in weights and in the share of dropped paths alone are one program; traced, not lowered."""
    compile, counts = torch.compile, []
    monkeypatch.setattr(torch, "compile", lambda function, **how: compile(function, backend="aot_eager", **how))
    for depth in (2, 5):
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        plain = make_task(depth=depth, drop_path=0.3)
        traced = copy.deepcopy(plain)
        traced.compile()
        torch.manual_seed(0)
        losses, _ = step(plain)
        torch.manual_seed(0)
        others, _ = step(traced)
        for name, loss in losses.items():
            torch.testing.assert_close(others[name], loss, atol=1e-5, rtol=1e-5)
        counts.append(torch._dynamo.utils.counters["stats"]["unique_graphs"])
        assert all(
            LayerStack.call is module.call
            for module in copy.deepcopy(traced).modules()
            if isinstance(module, LayerStack)
        )
    assert counts[0] == counts[1] > 0
