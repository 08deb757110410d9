"""Weights cast together are autocast's: the losses and gradients of a step in bfloat16, to the bit."""

import copy

import pytest
import torch
from test_compiled import batch, make_task

from pointrecon.models.fast import switch
from pointrecon.training.half_weights import HalfWeights


@pytest.mark.parametrize(
    "settings", [{}, {"contrast_loss": "infonce", "self_contrast": True}, {"paradigm": "reconstruct"}]
)
def test_losses_and_gradients_are_autocasts(settings: dict, monkeypatch) -> None:
    monkeypatch.setattr(switch, "_mode", "off")  # the fused embedding of CPUs casts its weights itself
    task = make_task(**settings, drop_path=0.3)
    plain = copy.deepcopy(task)
    half = HalfWeights(task)
    for _ in range(2):  # the second time gradients are there
        for one, run in ((plain, plain), (task, half)):
            torch.manual_seed(0)
            for parameter in one.parameters():
                parameter.grad = None
            with torch.autocast("cpu", torch.bfloat16):
                losses = run(batch(), torch.Generator().manual_seed(1))
            total = torch.stack(list(losses.values())).sum()
            total.backward()
            if one is plain:
                expected = total.detach()
        half.hand_over()
        assert torch.equal(total.detach(), expected)
        theirs = dict(plain.named_parameters())
        seen = 0
        for name, parameter in task.named_parameters():
            other = theirs[name].grad
            assert (parameter.grad is None) == (other is None), name
            if other is not None:
                assert torch.equal(parameter.grad, other), name
                seen += 1
        assert seen > 20
