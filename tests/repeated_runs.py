"""Whether two runs came out the same: to the last bit on a processor, nearly on a GPU.

There the gradients of the Chamfer distance and of interpolation are sums in no fixed order.
"""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from pointrecon import load_model
from pointrecon.devices import pick_device
from pointrecon.training.run_folder import RunFolder


def repeats() -> bool:
    """Whether equal runs are equal to the last bit on the device that "auto" is here."""
    return pick_device().type == "cpu"


def weights(run: Path) -> dict[str, Tensor]:
    return load_model(run / "model").state_dict()


def losses(run: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in RunFolder(run).metrics() if "loss" in line]


def assert_same_weights(first: Path, second: Path) -> None:
    """On a GPU half of the numbers are near: Adam takes whole steps even where a gradient is nothing but rounding."""
    one, two = weights(first), weights(second)
    assert one.keys() == two.keys()
    if repeats():
        assert all(torch.equal(value, two[name]) for name, value in one.items())
    gaps = torch.cat([(value - two[name]).abs().flatten().float() for name, value in one.items()])
    assert float(gaps.median()) < 5e-3  # of two seeds: 0.08


def assert_same_run(first: Path, second: Path) -> None:
    """The same losses at the same steps, and the same weights."""
    one, two = losses(first), losses(second)
    assert [step for step, _ in one] == [step for step, _ in two]
    assert [loss for _, loss in one] == same([loss for _, loss in two], 1e-3)
    assert_same_weights(first, second)


def same(values: object, far: float) -> object:
    """What is equal to these numbers: nothing else on a processor, on a GPU what is at most ``far`` from them."""
    return values if repeats() else pytest.approx(values, rel=far, abs=far)
