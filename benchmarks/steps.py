"""One pre-training step of each side, on clouds and teachers' features that are already tensors."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.clock import peak_bytes, timed, timed_steps

IMAGE_WIDTH, TEXT_WIDTH = 768, 512


def clouds(batch: int, points: int, device: str) -> Tensor:
    """Seeded clouds (B, N, 3) in the unit sphere."""
    rng = np.random.default_rng(0)
    found = rng.standard_normal((batch, points, 3)).astype(np.float32)
    found -= found.mean(1, keepdims=True)
    found /= np.linalg.norm(found, axis=-1).max(1)[:, None, None]
    return torch.from_numpy(found).to(device)


def inputs(batch: int, points: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Clouds (B, N, 3), picture features (B, 768), text features (B, 512)."""
    rng = np.random.default_rng(1)
    image, text = (rng.standard_normal((batch, width)).astype(np.float32) for width in (IMAGE_WIDTH, TEXT_WIDTH))
    return clouds(batch, points, device), torch.from_numpy(image).to(device), torch.from_numpy(text).to(device)


def autocast(device: str, precision: str) -> Any:
    """What training computes in: "bf16" is torch's autocast, "32" leaves everything as it is."""
    return torch.autocast(device.split(":")[0], torch.bfloat16) if precision == "bf16" else nullcontext()


class OurStep:
    """The library's step as training takes it: augmentation, patches, losses, gradients, clipping, update."""

    def __init__(self, size: str, batch: int, device: str, precision: str = "32", *, compile: str = "auto") -> None:
        """Build model, task, optimizer and batch.

        Args:
            size: of the model.
            batch: clouds.
            device: where.
            precision: "32" or "bf16".
            compile: "auto", "on", "graphs" or "off", as ``train.compile``.
        """
        from pointrecon.memory import keep_freed_memory
        from pointrecon.models import Teacher, create_model, model_config
        from pointrecon.training.batches import Batch
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
        if compile in ("on", "graphs") or (compile == "auto" and device.startswith("cuda")):
            self.task.compile(graphs=compile == "graphs")
        points, image, text = inputs(batch, config.points, device)
        everyone = torch.ones(batch, dtype=torch.bool, device=device)
        self.batch = Batch(
            points=points,
            features={"image": image, "text": text},
            present={"image": everyone, "text": everyone},
            caption=torch.arange(batch, device=device),
        )
        self.generator = torch.Generator(device=device).manual_seed(0)

    def losses(self) -> Tensor:
        """Forward: the sum of all losses."""
        with autocast(self.device, self.precision):
            return torch.stack(list(self.task(self.batch, self.generator).values())).sum()

    def backward(self, loss: Tensor) -> None:
        """Gradients."""
        loss.backward()

    def update(self) -> None:
        """Clip, then one step of the optimizer."""
        torch.nn.utils.clip_grad_norm_(self.task.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def __call__(self) -> None:
        """One step."""
        self.backward(self.losses())
        self.update()


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


def measure_beside_peak(asked: dict[str, Any]) -> dict[str, Any]:
    """Times of steps or encodings, and the peak of matrix products right before and after each; see `side`.

    What a machine can do changes while others use it, so a share of the peak needs both at the same time.

    Args:
        asked: job ("pretrain" or "encode"), side, size, batch, device, steps, precision, compile.

    Returns:
        "seconds": of each step; "peaks": floating point operations a second of the fastest library, the mean of
        both sides of that step; "torch.mm": the same of PyTorch's own matrix product.
    """
    from benchmarks.encoding import our_encoder, reference_encoder
    from benchmarks.peaks import DTYPES, products

    device, size, batch = asked["device"], asked["size"], asked["batch"]
    precision, ours = asked.get("precision", "32"), asked["side"] == "ours"
    step: Callable[[], object]
    if asked["job"] == "encode":
        encode = our_encoder(size, None, device, precision) if ours else reference_encoder(size, device)
        cloud = clouds(batch, 1024, device)
        step = lambda: encode(cloud)  # noqa: E731
    elif ours:
        step = OurStep(size, batch, device, precision, compile=asked.get("compile", "auto"))
    else:
        step = ReferenceStep(size, batch, device)
    side = 2048 if device == "cpu" else 8192
    calls = dict(products((side, side, side), DTYPES[precision], device))
    fastest = min(calls, key=lambda library: min(timed(calls[library], device, repeats=3)))

    def reached() -> dict[str, float]:
        return {name: 2 * side**3 / min(timed(calls[name], device, repeats=3)) for name in {fastest, "torch.mm"}}

    gpu = device.startswith("cuda")
    timed(step, device, repeats=1, warm_up=10 if gpu else 1)
    seconds: list[float] = []
    beside: list[dict[str, float]] = []
    before = reached()
    for _ in range(asked["steps"]):
        seconds += timed(step, device, repeats=1, warm_up=0, inner=10 if gpu else 1)
        after = reached()
        beside.append({name: (before[name] + after[name]) / 2 for name in before})
        before = after
    return {
        "seconds": seconds,
        "peaks": [rates[fastest] for rates in beside],
        "torch.mm": [rates["torch.mm"] for rates in beside],
    }


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
