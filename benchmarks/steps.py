"""One pre-training step of each side, on clouds and teachers' features that are already tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.clock import peak_bytes, timed_steps
from benchmarks.tensors import IMAGE_WIDTH, TEXT_WIDTH, autocast, inputs


class OurStep:
    """The library's step as training takes it: augmentation, patches, losses, gradients, clipping, update."""

    def __init__(self, size: str, batch: int, device: str, precision: str = "32", *, compile: str = "auto") -> None:
        """Build model, task, optimizer and batch.

        Args:
            size: of the model.
            batch: clouds.
            device: where.
            precision: "32" or "bf16".
            compile: "auto", "on", "capture", "graphs" or "off", as ``train.compile``.
        """
        from pointrecon.memory import keep_freed_memory
        from pointrecon.models import Teacher, create_model, model_config
        from pointrecon.training.batches import Batch
        from pointrecon.training.captured import CapturedStep
        from pointrecon.training.half_weights import HalfWeights
        from pointrecon.training.loop_settings import Optimization
        from pointrecon.training.objective import Objective, model_for
        from pointrecon.training.optimizer import make_optimizer
        from pointrecon.training.pretrain_task import PretrainTask

        keep_freed_memory()
        objective, settings = Objective(), Optimization()
        teachers = {"image": Teacher("benchmark", IMAGE_WIDTH), "text": Teacher("benchmark", TEXT_WIDTH)}
        config = model_for(objective, model_config(size), teachers)
        self.model = create_model(config, seed=0).to(device).train()
        self.task = PretrainTask(self.model, objective).train()
        self.optimizer = make_optimizer(self.task, settings)
        self.clip = settings.clip
        self.device, self.precision = device, precision
        gpu = device.startswith("cuda")
        if compile in ("on", "graphs") or (compile == "auto" and gpu):
            self.task.compile()
        points, image, text = inputs(batch, config.points, device)
        everyone = torch.ones(batch, dtype=torch.bool, device=device)
        self.batch = Batch(
            points=points,
            features={"image": image, "text": text},
            present={"image": everyone, "text": everyone},
            caption=torch.arange(batch, device=device),
        )
        self.generator = torch.Generator(device=device).manual_seed(0)
        self.captured, self.half = None, None
        if compile in ("capture", "graphs") and gpu:
            for group in self.optimizer.param_groups:
                group["capturable"], group["lr"] = True, torch.tensor(settings.learning_rate, device=device)
            self.half = HalfWeights(self.task) if precision == "bf16" else None
            changed = [*self.task.parameters(), *(self.half.copies if self.half else [])]
            self.captured = CapturedStep(self._whole, self.generator, changed)

    def losses(self) -> Tensor:
        """Forward: the sum of all losses."""
        with autocast(self.device, self.precision):
            found = (self.half or self.task)(self.batch, self.generator)
            return torch.stack(list(found.values())).sum()

    def backward(self, loss: Tensor) -> None:
        """Gradients."""
        loss.backward()

    def update(self) -> None:
        """Clip, then one step of the optimizer."""
        if self.half is not None:
            self.half.hand_over()
        torch.nn.utils.clip_grad_norm_(self.task.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _whole(self, index: Tensor) -> dict[str, Tensor]:
        loss = self.losses()
        self.backward(loss)
        self.update()
        return {"loss": loss.detach()}

    def __call__(self) -> None:
        """One step."""
        index = torch.arange(len(self.batch.caption))
        if self.captured is not None:
            self.captured(index)
        else:
            self._whole(index)


class ReferenceStep:
    """The released step, plainly; with ``teacher_layers`` its frozen teachers run every time, as released."""

    def __init__(self, size: str, batch: int, device: str, *, teacher_layers: int = 0) -> None:
        from benchmarks.reference import Pretraining, make_optimizer

        torch.manual_seed(0)
        self.model = Pretraining(size).to(device).train()
        self.optimizer = make_optimizer(self.model)
        self.points, self.image, self.text = inputs(batch, 1024, device)
        self.rng = np.random.default_rng(0)
        self.teachers: Any = None
        if teacher_layers:
            from benchmarks.reference_teachers import PIXELS, WORDS, Teachers

            self.teachers = Teachers(teacher_layers).to(device)
            self.pictures = torch.rand(batch, 3, PIXELS, PIXELS, device=device)
            self.captions = torch.randint(self.teachers.words, (batch, WORDS), device=device)

    def losses(self) -> Tensor:
        """Forward: the sum of all losses."""
        from benchmarks.reference_geometry import random_masks

        hidden = random_masks(len(self.points), self.model.patches, self.model.masked, self.rng)
        image, text = self.image, self.text
        if self.teachers is not None:
            image, text = self.teachers(self.pictures, self.captions)
        out = self.model(self.points, image, text, hidden.to(self.points.device))
        return out.mdm + out.csc_img + out.csc_text

    def __call__(self) -> None:
        """One step."""
        self.losses().backward()
        self.optimizer.step()
        self.optimizer.zero_grad()


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Times and peak memory of steps; see `side`.

    Args:
        asked: side ("ours" or "reference"), size, batch, device, steps, precision, compile, teacher_layers.
    """
    device, start = asked["device"], peak_bytes(asked["device"])
    step: Callable[[], None]
    if asked["side"] == "ours":
        how = {"compile": asked.get("compile", "auto")}
        step = OurStep(asked["size"], asked["batch"], device, asked.get("precision", "32"), **how)
    else:
        layers = asked.get("teacher_layers", 0)
        step = ReferenceStep(asked["size"], asked["batch"], device, teacher_layers=layers)
    seconds = timed_steps(step, asked["steps"], device)
    return {"seconds": seconds, "start_bytes": start, "peak_bytes": peak_bytes(device)}
