"""The optimizer's steps: gradients of this process's batches, then their application; on GPUs as one graph if asked."""

from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Generator, Tensor

from pointrecon.devices import in_bfloat16
from pointrecon.training.batches import Update, mix
from pointrecon.training.captured import CapturedStep
from pointrecon.training.half_weights import HalfWeights
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.meter import Meter
from pointrecon.training.optimizer import learning_rate
from pointrecon.training.training_set import StreamingSet, TrainingSet


def way_of(
    train: Training, optim: Optimization, data: TrainingSet | StreamingSet, fabric: Fabric, *, waits: bool = False
) -> str:
    """How steps are run: "off", "on", "capture" or "graphs", as ``train.compile`` has them and as can be here.

    A task that ``waits`` for the device within a step cannot be captured.
    """
    on_gpu = fabric.device.type == "cuda"
    whole = on_gpu and fabric.world_size == 1 and optim.accumulate == 1 and isinstance(data, TrainingSet)
    whole = whole and not waits
    if train.compile == "auto":
        return "off" if not on_gpu else "capture" if whole else "on"
    return train.compile if whole else {"graphs": "on", "capture": "off"}.get(train.compile, train.compile)


class Steps:
    """Takes updates in order: :meth:`gradients`, then :meth:`apply`.

    Where a step is captured both happen in :meth:`gradients`.
    """

    def __init__(
        self,
        task: Any,
        optimizer: Any,
        data: TrainingSet | StreamingSet,
        optim: Optimization,
        train: Training,
        fabric: Fabric,
        *,
        way: str,
        total: int,
        warmup: int,
    ) -> None:
        """Prepare.

        Args:
            task, optimizer: as Fabric has set them up, the optimizer with its state.
            data, optim, train, fabric: see :func:`pointrecon.training.loop.fit`.
            way: from :func:`way_of`.
            total, warmup: updates of the whole run, and those of them that warm up.
        """
        self.task, self.optimizer, self.data, self.fabric = task, optimizer, data, fabric
        self.optim, self.seed, self.total, self.warmup = optim, train.seed, total, warmup
        self._generator = Generator(fabric.device if fabric.device.type == "cuda" else "cpu")
        graphs = way in ("graphs", "capture")
        self._captured, self._half = None, None
        if graphs:
            if in_bfloat16(train.precision, fabric.device):
                self._half = HalfWeights(task)
            changed = [*task.parameters(), *(self._half.copies if self._half else [])]
            self._captured = CapturedStep(self._whole, self._generator, changed)
        for group in optimizer.param_groups:  # what a graph reads anew at each replay lies on the device
            group["capturable"] = graphs
            group["lr"] = torch.zeros((), device=fabric.device) if graphs else 0.0

    def gradients(self, update: Update, meter: Meter) -> float:
        """The gradients of one update, whose losses ``meter`` is told; the learning rate it is made at."""
        rate = learning_rate(update.number, self.total, self.warmup, self.optim)
        for group in self.optimizer.param_groups:
            factored = rate * group.get("factor", 1.0)
            if self._captured is None:
                group["lr"] = factored
            else:
                group["lr"].fill_(factored)
        together = sum(whole for _, whole in update.batches)
        for place, (index, whole) in enumerate(update.batches):
            self._seed_batch(update.first + place)
            if self._captured is not None:
                losses = self._captured(index)
            else:
                with self.fabric.no_backward_sync(self.task, enabled=place + 1 < len(update.batches)):
                    losses = self._losses(index, whole, together)
            meter.add(losses, len(index))
        return rate

    def apply(self) -> None:
        """Clip the gradients, and move the weights."""
        if self._captured is None:
            self._apply()

    def _losses(self, index: Tensor, whole: int, together: int) -> dict[str, Tensor]:
        """The losses of a batch, "loss" their sum, whose gradients are added."""
        batch = self.data.draw(index, self._generator)._replace(whole=whole)
        losses: dict[str, Tensor] = (self._half or self.task)(batch, self._generator)
        loss = torch.stack(list(losses.values())).sum()
        # Processes' gradients are averaged; weigh each by its share so that every shape counts the same.
        self.fabric.backward(loss * (len(index) * self.fabric.world_size / together))
        return {name: value.detach() for name, value in {"loss": loss, **losses}.items()}

    def _apply(self) -> None:
        if self._half is not None:
            self._half.hand_over()
        if self.optim.clip:
            most = self.optim.clip
            self.fabric.clip_gradients(self.task, self.optimizer, max_norm=most, error_if_nonfinite=False)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _whole(self, index: Tensor) -> dict[str, Tensor]:
        losses = self._losses(index, len(index), len(index))
        self._apply()
        return losses

    def _seed_batch(self, number: int) -> None:
        """Seed everything random of one batch; dropped paths use torch's global generator."""
        torch.manual_seed(mix(self.seed, number, self.fabric.global_rank, 1))
        self._generator.manual_seed(mix(self.seed, number, self.fabric.global_rank, 2))
