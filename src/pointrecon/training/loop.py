"""The training loop: Lightning Fabric underneath, every step's randomness a function of (seed, step, process).

Because of that a run resumed from a checkpoint repeats the uninterrupted run exactly, on the same kind of machine.
"""

import math
import os
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
from torch import Generator, Tensor, nn

from pointrecon.devices import in_bfloat16
from pointrecon.errors import InputError, Stopped
from pointrecon.interrupt import Interrupt
from pointrecon.memory import keep_freed_memory
from pointrecon.models.blocks import Recomputing
from pointrecon.training.batches import coming_batches, epoch_order, mix, steps_per_epoch
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.optimizer import learning_rate, make_optimizer
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.run_log import RunLog
from pointrecon.training.selection import Selection
from pointrecon.training.training_set import StreamingSet, TrainingSet

Probe = Callable[[nn.Module], dict[str, float]]


@dataclass
class Outcome:
    """How a call of :func:`fit` ended.

    Attributes:
        finished: False when it was interrupted and can be resumed.
        step: optimizer steps done in all.
        loss: mean loss of the last logged stretch.
        samples_per_second: of this process, while training.
        peak_memory: bytes, the process's (CPU) or the device's (GPU).
        waiting: share of the time spent waiting for shapes to be read, 0 to 1.
    """

    finished: bool
    step: int
    loss: float
    samples_per_second: float
    peak_memory: int
    waiting: float = 0.0


def make_fabric(settings: Training, *, unused_parameters: bool = False) -> Fabric:
    """Fabric for this process: one device, or one of many under ``torchrun`` (DDP).

    Args:
        settings: device and precision.
        unused_parameters: whether some parameters get no gradient (the queries, without contrast).

    Raises:
        InputError: when the asked device is not there.
    """
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise InputError("train.device is cuda, and torch sees no GPU; use --train.device cpu or install a GPU torch")
    if settings.device == "mps" and not torch.backends.mps.is_available():
        raise InputError("train.device is mps, and this machine has none; use --train.device cpu")
    accelerator = settings.device
    if accelerator == "auto":
        accelerator = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    world, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    strategy: Any = DDPStrategy(find_unused_parameters=unused_parameters) if world > 1 else "auto"
    fabric = Fabric(
        accelerator=accelerator,
        devices=local,
        num_nodes=max(world // local, 1),
        strategy=strategy,
        precision="bf16-mixed" if in_bfloat16(settings.precision, torch.device(accelerator)) else "32-true",
    )
    fabric.launch()
    return fabric


def leave(fabric: Fabric) -> None:
    """End the work of several processes together: one that only exits may be aborted while its threads still run."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        fabric.barrier()
        torch.distributed.destroy_process_group()


def fit(
    task: nn.Module,
    data: TrainingSet | StreamingSet,
    optim: Optimization,
    train: Training,
    folder: RunFolder,
    fabric: Fabric,
    *,
    fingerprint: str = "",
    probe: Probe | None = None,
    selection: Selection | None = None,
    again: str = "",
    what: str = "pre-training",
) -> Outcome:
    """Train ``task`` on ``data`` until the end of ``train.epochs``, going on from the folder's last checkpoint if any.

    Args:
        task: maps (batch, generator) to named losses; its ``model`` is what is saved. Where it has a
            ``learning_rate_factor(name)``, that multiplies the learning rate of the parameter of that name.
        data: the shapes.
        optim: optimizer settings.
        train: loop settings.
        folder: the run folder.
        fabric: from :func:`make_fabric`.
        fingerprint: of the data; a checkpoint of other data is refused.
        probe: called on the model in evaluation mode every ``train.probe_every`` epochs.
        selection: told what the probe found; it may end the run early. Its weights are not put into the model here.
        again: the command that goes on with a stopped run, to be told.
        what: the run is called on the screen.

    Raises:
        InputError: when a loss is not finite, the checkpoint belongs to other data or settings, or is damaged.
        Stopped: by Ctrl-C or SIGTERM, with a checkpoint written.
    """
    world, rank = fabric.world_size, fabric.global_rank
    factor: Any = getattr(task, "learning_rate_factor", None)
    optimizer = make_optimizer(task, optim, factor)
    checkpoint, damaged = folder.load_checkpoint()
    step = 0
    if checkpoint is not None:
        if checkpoint["fingerprint"] != fingerprint or checkpoint["world"] != world:
            other = "data" if checkpoint["fingerprint"] != fingerprint else f"{checkpoint['world']} processes"
            raise InputError(f"the checkpoints of '{folder.path}' were made with other {other}; give it what it had")
        task.load_state_dict(checkpoint["task"])
        step = int(checkpoint["step"])
    if rank == 0:
        folder.forget_after(step)
    model: Any = task.model
    on_gpu = fabric.device.type == "cuda"
    if not on_gpu:
        keep_freed_memory()
    if train.compile in ("on", "graphs") or (train.compile == "auto" and on_gpu):
        task.compile(graphs=train.compile == "graphs")
    for module in task.modules():
        if isinstance(module, Recomputing):
            module.recompute = train.recompute
    wrapped, optimizer = fabric.setup(task, optimizer)

    per_epoch = steps_per_epoch(len(data), train.batch_size, world)
    updates_per_epoch = -(-per_epoch // optim.accumulate)
    total = per_epoch * train.epochs
    total_updates = updates_per_epoch * train.epochs
    warmup = int(min(optim.warmup_epochs, train.epochs / 5) * updates_per_epoch)
    meter = _Meter(fabric.device)
    if checkpoint is not None:  # after the parameters are on their device, so that their states go there too
        optimizer.load_state_dict(checkpoint["optimizer"])
        meter.load(checkpoint["meter"])
        if selection is not None:
            selection.load(checkpoint["selection"], fabric.device)
    last_saved, started_at = time.monotonic(), step

    def save() -> None:
        # A step may have ruined the weights while its loss was still finite; the next step then stops the run.
        if rank != 0 or not all(bool(p.isfinite().all()) for p in task.parameters()):
            return
        state = {
            "task": task.state_dict(),
            "optimizer": optimizer.state_dict(),
            "step": step,
            "fingerprint": fingerprint,
            "world": world,
            "meter": meter.state(),
        }
        if selection is not None:
            state["selection"] = selection.state()
        folder.save_checkpoint(state)

    data.schedule(
        coming_batches(
            len(data), train.batch_size, seed=train.seed, epochs=train.epochs, first=step, rank=rank, world=world
        )
    )
    with closing(data), Interrupt() as interrupt, RunLog(folder, total, step, active=rank == 0, what=what) as log:
        for sentence in damaged:
            log.say(f"{sentence}; going on from the one before")
        if step:
            log.say(f"going on from step {step} of {total}")
        for epoch in range(step // per_epoch, train.epochs):
            if selection is not None and selection.stopped:
                log.say(f"no better epoch since epoch {selection.best_epoch}: stopped early")
                break
            shares = epoch_order(len(data), train.batch_size, seed=train.seed, epoch=epoch, rank=rank, world=world)
            for position, (index, whole) in enumerate(shares):
                if epoch * per_epoch + position < step:
                    continue
                generator = _seed_step(train.seed, step, rank, fabric.device)
                rate = learning_rate(
                    epoch * updates_per_epoch + position // optim.accumulate, total_updates, warmup, optim
                )
                for group in optimizer.param_groups:
                    group["lr"] = rate * group.get("factor", 1.0)
                ends = (position + 1) % optim.accumulate == 0 or position + 1 == per_epoch
                wrapped.train()
                with fabric.no_backward_sync(wrapped, enabled=not ends):
                    losses: dict[str, Tensor] = wrapped(data.draw(index, generator), generator)
                    loss = torch.stack(list(losses.values())).sum()
                    # Processes' gradients are averaged; weigh each by its share so that every shape counts the same.
                    fabric.backward(loss * (len(index) * world / whole / optim.accumulate))
                meter.add({"loss": loss, **losses}, len(index))
                at_end = position + 1 == per_epoch
                # Asking a GPU for a number makes it wait: only where its numbers are read anyway.
                reads = not on_gpu or at_end or (step + 1) % train.log_every == 0
                if reads and not meter.finite():
                    last = folder.checkpoint_files()
                    where = f"the last good checkpoint is {last[-1]}" if last else "there is no checkpoint yet"
                    raise InputError(
                        f"the loss is not finite at step {step + 1} (epoch {epoch + 1}); {where}; "
                        "lower optim.learning_rate or check the data, then resume or start again"
                    )
                if ends:
                    if optim.clip:
                        fabric.clip_gradients(wrapped, optimizer, max_norm=optim.clip, error_if_nonfinite=False)
                    optimizer.step()
                    optimizer.zero_grad(set_to_none=True)
                    if selection is not None:
                        selection.after_step(model)
                step += 1
                log.advance(step)
                if step % train.log_every == 0 or at_end:
                    rates = {"lr": rate, "samples_per_second": meter.speed() * world}
                    rates["waiting"] = meter.waiting(data.waited)
                    log.metrics({"step": step, "epoch": (epoch + (position + 1) / per_epoch), **meter.read(), **rates})
                if at_end and probe and train.probe_every and _due(epoch + 1, train):
                    with meter.paused():
                        if rank == 0:
                            wrapped.eval()
                            with selection.shown(model) if selection is not None else nullcontext(model) as shown:
                                measured = probe(shown)
                                if selection is not None:
                                    selection.judge(epoch + 1, measured, shown)
                            found = {f"probe/{name}": value for name, value in measured.items()}
                            log.metrics({"step": step, "epoch": epoch + 1, **found})
                        fabric.barrier()
                        if selection is not None and world > 1:
                            selection.stopped = _any_process(fabric, selection.stopped)
                if at_end and rank == 0 and train.keep_every and (epoch + 1) % train.keep_every == 0:
                    with meter.paused():
                        folder.keep_model(model, epoch + 1)
                asked = interrupt.requested or 0 < train.stop_after <= step - started_at
                if world > 1:
                    asked = reads and _any_process(fabric, asked)
                if ends and (asked or time.monotonic() - last_saved >= 60 * train.checkpoint_minutes):
                    with meter.paused():
                        save()
                    last_saved = time.monotonic()
                if ends and asked and step < total:
                    log.say(f"stopped at step {step} of {total}{f'; go on with: {again}' if again else ''}")
                    if not 0 < train.stop_after <= step - started_at:
                        leave(fabric)
                        raise Stopped(interrupt.status)
                    share = meter.overall_waiting(data.waited)
                    return Outcome(False, step, meter.last, meter.overall() * world, meter.peak(), share)
        save()
        fabric.barrier()
        speed, peak, share = meter.overall() * world, meter.peak(), meter.overall_waiting(data.waited)
        log.say(
            f"trained {step} steps; {speed:.0f} samples/s, peak memory {peak / 2**20:.0f} MiB, "
            f"{100 * share:.1f}% of the time waiting for data"
        )
    return Outcome(True, step, meter.last, speed, peak, share)


def _any_process(fabric: Fabric, asked: bool) -> bool:
    total: Any = fabric.all_reduce(torch.tensor(float(asked), device=fabric.device), reduce_op="sum")
    return bool(total > 0)


def _due(epoch: int, train: Training) -> bool:
    return epoch % train.probe_every == 0 or epoch == train.epochs


def _seed_step(seed: int, step: int, rank: int, device: torch.device) -> Generator:
    """Seed everything random of one step; dropped paths use torch's global generator."""
    torch.manual_seed(mix(seed, step, rank, 1))
    kind = device if device.type == "cuda" else torch.device("cpu")
    return Generator(kind).manual_seed(mix(seed, step, rank, 2))


class _Meter:
    """Running means of losses, and samples per second without the time spent on probes and checkpoints."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.last = device, math.nan
        self._sums: dict[str, Tensor] = {}
        self._finite = torch.tensor(True, device=device)
        self._count = self._samples = self._all_samples = 0
        self._begin = self._all_begin = time.monotonic()
        self._pause = self._all_pause = self._waited = 0.0

    def add(self, losses: dict[str, Tensor], samples: int) -> None:
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach()
        self._finite = self._finite & losses["loss"].detach().isfinite()
        self._count += 1
        self._samples += samples
        self._all_samples += samples

    def finite(self) -> bool:
        """Whether every loss so far was a number. Waits for the device."""
        return bool(self._finite)

    def read(self) -> dict[str, float]:
        means = {name: float(total) / self._count for name, total in self._sums.items()}
        self.last = means["loss"]
        self._sums, self._count = {}, 0
        self._samples, self._begin, self._pause = 0, time.monotonic(), 0.0
        return means

    def state(self) -> dict[str, Any]:
        """The half-filled means, so that a resumed run writes the same lines."""
        return {"sums": self._sums, "count": self._count}

    def load(self, state: dict[str, Any]) -> None:
        self._sums, self._count = {k: v.to(self.device) for k, v in state["sums"].items()}, state["count"]

    def speed(self) -> float:
        return self._samples / max(time.monotonic() - self._begin - self._pause, 1e-9)

    def waiting(self, waited: float) -> float:
        """Share of the time since the last line, ``waited`` being the seconds waited for data in all."""
        share = (waited - self._waited) / max(time.monotonic() - self._begin - self._pause, 1e-9)
        self._waited = waited
        return share

    def overall_waiting(self, waited: float) -> float:
        return waited / max(time.monotonic() - self._all_begin - self._all_pause, 1e-9)

    def overall(self) -> float:
        return self._all_samples / max(time.monotonic() - self._all_begin - self._all_pause, 1e-9)

    def peak(self) -> int:
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        import resource
        import sys

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def paused(self) -> "_Pause":
        return _Pause(self)


class _Pause:
    def __init__(self, meter: _Meter) -> None:
        self.meter = meter

    def __enter__(self) -> None:
        self.begin = time.monotonic()

    def __exit__(self, *_: object) -> None:
        spent = time.monotonic() - self.begin
        self.meter._pause += spent
        self.meter._all_pause += spent
