"""Which weights a run ends with: the best epoch's, the last's, or a moving average; and when to stop early."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from pointrecon.training.keeping import Keeping

State = dict[str, Tensor]
_STATE = ("best_epoch", "best", "last_epoch", "stopped", "_weights", "_average", "_steps", "_waiting")


class Selection:
    """Follows a run. All it knows goes into checkpoints, so a resumed run chooses the same weights."""

    def __init__(self, keep: Keeping | None = None, metric: str = "") -> None:
        """``metric`` is one of what the loop's probe returns, higher is better; without it the last epoch is kept."""
        self.keep, self.metric = keep or Keeping(epoch="last"), metric
        self.best_epoch = 0  # the epoch that did best so far, counted from 1
        self.best = float("-inf")  # its measure
        self.last_epoch = 0  # the last one measured
        self.stopped = False  # whether the run should end now
        self._weights: State | None = None
        self._average: State | None = None
        self._steps = self._waiting = 0

    @torch.no_grad()
    def after_step(self, model: nn.Module) -> None:
        """Move the average, if there is one, toward the weights."""
        if not self.keep.average:
            return
        self._steps += 1
        state = model.state_dict()
        if self._average is None:
            self._average = {name: value.detach().clone() for name, value in state.items()}
        decay = min(self.keep.average, (1 + self._steps) / (10 + self._steps))
        for name, value in state.items():
            mean = self._average[name]
            if value.is_floating_point():
                mean.lerp_(value.detach(), 1 - decay)
            else:
                mean.copy_(value)

    @contextmanager
    def shown(self, model: nn.Module) -> Iterator[nn.Module]:
        """The model with the weights that are measured: the average's, where there is one."""
        if self._average is None:
            yield model
            return
        own = {name: value.detach().clone() for name, value in model.state_dict().items()}
        model.load_state_dict(self._average)
        try:
            yield model
        finally:
            model.load_state_dict(own)

    def judge(self, epoch: int, found: dict[str, float], model: nn.Module) -> None:
        """Take note of a measured epoch; ``model`` has the weights that were measured."""
        self.last_epoch = epoch
        if not self.metric:
            return
        value = found[self.metric]
        better = value > self.best
        self._waiting = 0 if better else self._waiting + 1
        if better or value == self.best:
            self.best_epoch, self.best = epoch, value
            if self.keep.epoch == "best":
                self._weights = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
        self.stopped = bool(self.keep.patience) and self._waiting >= self.keep.patience

    def kept_epoch(self, epochs: int) -> int:
        """The epoch whose weights are kept, in a run of so many."""
        if self.best_epoch and self.keep.epoch == "best":
            return self.best_epoch
        return self.last_epoch if self.stopped else epochs

    def finish(self, model: nn.Module) -> None:
        """Give the model the weights to keep."""
        if self._weights is not None:
            model.load_state_dict(self._weights)
        elif self._average is not None:
            model.load_state_dict(self._average)

    def state(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {name: getattr(self, name) for name in _STATE}

    def load(self, state: dict[str, Any], device: torch.device) -> None:
        """From the checkpoint."""
        for name in _STATE:
            setattr(self, name, state[name])
        if self._average is not None:
            self._average = {name: value.to(device) for name, value in self._average.items()}
