"""The training loop: Lightning Fabric underneath, every batch's randomness a function of (seed, its number, process).

Because of that a run resumed from a checkpoint repeats the uninterrupted one: exactly on the same kind of CPU, nearly
on a GPU, where some gradients are sums in no fixed order.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from lightning_fabric import Fabric
from torch import nn

from pointrecon.errors import InputError, Stopped
from pointrecon.interrupt import Interrupt
from pointrecon.memory import keep_freed_memory, peak_memory
from pointrecon.models.blocks import LayerStack
from pointrecon.models.facts import ModelFacts
from pointrecon.training.batches import coming_updates, steps_per_epoch
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.meter import Meter
from pointrecon.training.optimizer import make_optimizer, usual_decay
from pointrecon.training.processes import any_process
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.run_log import RunLog
from pointrecon.training.selection import Selection
from pointrecon.training.training_set import StreamingSet, TrainingSet
from pointrecon.training.updating import Steps, way_of

Probe = Callable[[nn.Module], dict[str, float]]


@dataclass
class Outcome:
    """How a call of :func:`fit` ended."""

    finished: bool  # False when ``train.stop_after`` ended it and it can be resumed
    step: int  # optimizer steps done in all
    loss: float  # mean of the last logged stretch
    samples_per_second: float  # of all processes, while training
    peak_memory: int  # bytes, the process's (CPU) or the device's (GPU); 0 where the system does not tell
    waiting: float = 0.0  # share of the time spent waiting for shapes to be read, 0 to 1


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
    keep_start: bool = False,
    what: str = "pre-training",
) -> Outcome:
    """Train ``task`` on ``data`` until the end of ``train.epochs``, going on from the folder's last checkpoint if any.

    Args:
        task: maps (batch, generator) to named losses; its ``model`` is what is saved. Where it has a
            ``learning_rate_factor(name)``, that multiplies the learning rate of the parameter of that name; where it
            has ``decays(name, parameter)``, that says whether one decays. Where it ``waits``, a step asks
            the device for values, so none is captured.
        fingerprint: of the data; a checkpoint of other data is refused.
        probe: called on the model in evaluation mode every ``train.probe_every`` epochs.
        selection: told what the probe found; it may end the run early. Its weights are not put into the model here.
        keep_start: write a checkpoint before the first step, so that the weights it begins with are in the folder.
        what: the run is called on the screen.

    Raises:
        InputError: when a loss is not finite, the checkpoint belongs to other data or settings, or is damaged.
        Stopped: by Ctrl-C or SIGTERM, with a checkpoint written.
    """
    world, rank, on_gpu = fabric.world_size, fabric.global_rank, fabric.device.type == "cuda"
    model: Any = task.model
    factor: Any = getattr(task, "learning_rate_factor", None)
    optimizer = make_optimizer(task, optim, factor, getattr(task, "decays", usual_decay))
    selection = selection or Selection()
    checkpoint, damaged = folder.load_checkpoint()
    done = 0
    if checkpoint is not None:
        if checkpoint["fingerprint"] != fingerprint or checkpoint["world"] != world:
            other = "data" if checkpoint["fingerprint"] != fingerprint else f"{checkpoint['world']} processes"
            raise InputError(f"the checkpoints of '{folder.path}' were made with other {other}; give it what it had")
        task.load_state_dict(checkpoint["task"])
        done = int(checkpoint["step"])
        if checkpoint.get("facts"):
            model.facts = ModelFacts.from_dict(checkpoint["facts"])
    if rank == 0:
        folder.forget_after(done)
    if not on_gpu:
        keep_freed_memory()
    way = way_of(train, optim, data, fabric, waits=bool(getattr(task, "waits", False)))
    if way in ("on", "graphs"):
        task.compile()
    for module in task.modules():
        if isinstance(module, LayerStack):
            module.recompute = train.recompute
    wrapped, optimizer = fabric.setup(task, optimizer)

    updates = -(-steps_per_epoch(len(data), train.batch_size) // optim.accumulate)
    total, warmup = updates * train.epochs, int(optim.warmup(train.epochs) * updates)
    meter = Meter(fabric.device)
    if checkpoint is not None:  # after the parameters are on their device, so that their states go there too
        optimizer.load_state_dict(checkpoint["optimizer"])
        meter.load(checkpoint["meter"])
        if "selection" in checkpoint:
            selection.load(checkpoint["selection"], fabric.device)

    steps = Steps(wrapped, optimizer, data, optim, train, fabric, way=way, total=total, warmup=warmup)

    def save() -> None:
        # A step may have ruined the weights while its loss was still finite; the next step then stops the run.
        if rank != 0 or not all(bool(p.isfinite().all()) for p in task.parameters()):
            return
        facts = getattr(model, "facts", None)
        state = {
            "selection": selection.state(),
            "task": task.state_dict(),
            "optimizer": optimizer.state_dict(),
            "step": done,
            "fingerprint": fingerprint,
            "world": world,
            "meter": meter.state(),
            "facts": asdict(facts) if facts else {},
        }
        folder.save_checkpoint(state)

    def measure(epoch: int) -> None:
        if rank == 0 and probe is not None:
            wrapped.eval()
            with selection.shown(model) as shown:
                found = probe(shown)
                selection.judge(epoch, found, shown)
            log.metrics({"step": done, "epoch": epoch, **{f"probe/{name}": value for name, value in found.items()}})
            wrapped.train()
        fabric.barrier()
        if world > 1:
            selection.stopped = any_process(fabric, selection.stopped)

    def ended(finished: bool) -> Outcome:
        speed, waiting = meter.overall(data.waited)
        return Outcome(finished, done, meter.last, speed * world, peak_memory(fabric.device), waiting)

    def coming() -> Any:
        return coming_updates(
            len(data), train.batch_size, optim.accumulate,
            seed=train.seed, epochs=train.epochs, first=done, rank=rank, world=world,
        )  # fmt: skip

    data.schedule(index for update in coming() for index, _ in update.batches)
    with closing(data), Interrupt() as interrupt, RunLog(folder, total, done, active=rank == 0, what=what) as log:
        for sentence in damaged:
            log.say(f"{sentence}; going on from the one before")
        if done:
            log.say(
                f"going on from step {done} of {total}" if done < total else f"all {total} steps were trained before"
            )
        if keep_start and checkpoint is None:
            save()
        last_saved, started_at = time.monotonic(), done
        wrapped.train()
        for update in coming():
            if selection.stopped:
                log.say(f"no better epoch since epoch {selection.best_epoch}: stopped early")
                break
            rate = steps.gradients(update, meter)
            # Asking a GPU for a number makes it wait: only where its numbers are read anyway.
            logs = update.last or (update.number + 1) % train.log_every == 0
            reads = logs or not on_gpu
            if reads and not meter.finite():
                last = folder.checkpoint_files()
                where = f"the last good checkpoint is {last[-1]}" if last else "there is no checkpoint yet"
                raise InputError(
                    f"the loss is not finite at step {update.number + 1} (epoch {update.epoch + 1}); {where}; "
                    "lower optim.learning_rate or check the data, then resume or start again"
                )
            steps.apply()
            selection.after_step(model)
            done = update.number + 1
            log.advance(done)
            if logs:
                read = meter.read(data.waited)
                read["samples_per_second"] *= world
                log.metrics({"step": done, "epoch": update.done, "lr": rate, **read})
            epoch = update.epoch + 1
            due = train.probe_every and (epoch % train.probe_every == 0 or epoch == train.epochs)
            if update.last and due and probe is not None:
                with meter.paused():
                    measure(epoch)
            if update.last and rank == 0 and train.keep_every and epoch % train.keep_every == 0:
                with meter.paused():
                    folder.keep_model(model, epoch)
            enough = 0 < train.stop_after <= done - started_at
            asked = interrupt.requested or enough
            if world > 1:
                asked = reads and any_process(fabric, asked)
            if asked or time.monotonic() - last_saved >= 60 * train.checkpoint_minutes:
                with meter.paused():
                    save()
                last_saved = time.monotonic()
            if asked and done < total:
                log.say(f"stopped at step {done} of {total}")
                if enough:
                    return ended(False)
                raise Stopped(interrupt.status)
        save()
        fabric.barrier()
        outcome = ended(True)
        peak = f"peak memory {outcome.peak_memory / 2**20:.0f} MiB, " if outcome.peak_memory else ""
        if done > started_at:
            log.say(
                f"trained {done} steps; {outcome.samples_per_second:.0f} samples/s, {peak}"
                f"{100 * outcome.waiting:.1f}% of the time waiting for data"
            )
    return outcome
