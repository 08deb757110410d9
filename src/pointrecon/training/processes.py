"""One process or several: devices, leaving together, and losses that see the shapes of all of them."""

import os
from typing import Any

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
from torch import Tensor

from pointrecon.devices import in_bfloat16, pick_device
from pointrecon.errors import InputError
from pointrecon.training.loop_settings import Training


def make_fabric(settings: Training, *, unused_parameters: bool = False) -> Fabric:
    """Fabric for this process: one device, or one of many under ``torchrun`` (DDP).

    ``unused_parameters`` get no gradient (the queries, without contrast). InputError when the device is not there.
    """
    device = pick_device(settings.device, "train.device")
    world, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if world > 1 and device.index is not None:
        raise InputError(f"train.device is {device}, and several processes take one GPU each: say cuda, or auto")
    strategy: Any = DDPStrategy(find_unused_parameters=unused_parameters) if world > 1 else "auto"
    fabric = Fabric(
        accelerator=device.type,
        devices=local if device.index is None else [device.index],
        num_nodes=max(world // local, 1),
        strategy=strategy,
        precision="bf16-mixed" if in_bfloat16(settings.precision, device) else "32-true",
    )
    fabric.launch()
    return fabric


def leave(fabric: Fabric) -> None:
    """End the work of several processes together: one that only exits may be aborted while its threads still run."""
    if several():
        fabric.barrier()
        dist.destroy_process_group()


def several() -> bool:
    """Whether other processes work on the same steps."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def any_process(fabric: Fabric, asked: bool) -> bool:
    """Whether any of the processes says so."""
    total: Any = fabric.all_reduce(torch.tensor(float(asked), device=fabric.device), reduce_op="sum")
    return bool(total > 0)


def everywhere(own: Tensor, whole: int) -> Tensor:
    """The rows of all processes' shares of a step, in order; the gradient of a loss over them reaches each one's own.

    The loop weighs a process's loss by its share of the step and averages over processes. A loss over all rows is the
    same on each: its gradient is scaled so that it comes out as that of one process with the whole step.

    Shape:
        own: (B, ...) → (``whole``, ...); as it is with one process.
    """
    return own if not several() else _gathered(own, whole)


def of_all(part: Tensor | float, batch: int, whole: int) -> Tensor | float:
    """What a mean over this process's ``part`` of some sum (points, weights) counts in the mean over all processes.

    A factor of that mean's loss, for the loop's weighting by shapes: ``part`` of all parts over ``batch`` of ``whole``
    shapes; 1 with one process.
    """
    if not several():
        return 1.0
    total = torch.as_tensor(part, dtype=torch.float32).detach().clone()
    dist.all_reduce(total)
    return part / total.clamp_min(1e-12) * (whole / batch)


@torch.compiler.disable
def _gathered(own: Tensor, whole: int) -> Tensor:
    return _Gathered.apply(own, whole)


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor, whole: int) -> Tensor:
        world, rank = dist.get_world_size(), dist.get_rank()
        # shares as `epoch_order` cuts them: no process has to ask another how large its own is
        sizes = [whole // world + (r < whole % world) for r in range(world)]
        ctx.begin, ctx.scale, ctx.size = sum(sizes[:rank]), whole / sizes[rank], sizes[rank]
        sent = own.detach().to(torch.uint8) if own.dtype == torch.bool else own.detach()
        padded = sent.new_zeros(max(sizes), *own.shape[1:])
        padded[: len(own)] = sent
        found = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(found, padded)
        return torch.cat([rows[:size] for rows, size in zip(found, sizes, strict=True)]).to(own.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0][ctx.begin : ctx.begin + ctx.size] * ctx.scale, None
