"""A task as small as can be, so that the loop itself is seen: a linear map of clouds, without randomness."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pointrecon.models.blocks import LayerStack
from pointrecon.shapes import ShapeArrays
from pointrecon.training.loop import Outcome, fit
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.processes import make_fabric
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_set import TrainingSet

COUNT = 12


class Block(LayerStack):
    """Something that can be told to compute anew."""


class TinyTask(nn.Module):
    """Squared distance of a linear map of each cloud's mean absolute coordinates from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Linear(3, 2)
        with torch.no_grad():
            self.model.weight.copy_(torch.arange(6.0).view(2, 3) / 10)
            self.model.bias.zero_()
        self.block = Block()
        self.compiled = 0

    def compile(self) -> None:
        self.compiled += 1

    def forward(self, batch: Any, generator: Any = None) -> dict[str, Tensor]:
        return {"distance": ((self.model(batch.points.abs().mean(1)) - 1) ** 2).sum(1).mean()}


def shapes() -> ShapeArrays:
    points = np.random.default_rng(0).normal(size=(COUNT, 16, 3)) * np.linspace(1, 3, COUNT)[:, None, None] ** [0, 1, 2]
    return ShapeArrays.from_points(points)


@contextmanager
def watched_steps() -> Iterator[list[Tensor]]:
    """The gradients of the weights at every step of AdamW."""
    found: list[Tensor] = []
    step = torch.optim.AdamW.step

    def watched(self: torch.optim.AdamW, *args: Any, **kwargs: Any) -> Any:
        found.append(self.param_groups[0]["params"][0].grad.clone())
        return step(self, *args, **kwargs)

    torch.optim.AdamW.step = watched  # type: ignore[method-assign,assignment]
    try:
        yield found
    finally:
        torch.optim.AdamW.step = step  # type: ignore[method-assign]


def run_tiny(
    folder: Path, optim: dict | None = None, train: dict | None = None, **how: Any
) -> tuple[Outcome, TinyTask]:
    """Fit it in a folder of its own."""
    settings = Training(**{"epochs": 2, "batch_size": 4, "log_every": 1, "precision": "32", **(train or {})})
    fabric, task = make_fabric(settings), TinyTask()
    data = TrainingSet(shapes(), points=16, device=fabric.device)
    optimization = Optimization(**{"learning_rate": 1e-2, "warmup_epochs": 0, **(optim or {})})
    return fit(task, data, optimization, settings, RunFolder(folder), fabric, **how), task
