"""What a training batch is, and who sees which shape when."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pointrecon.errors import InputError


class Batch(NamedTuple):
    """One training batch.

    Attributes:
        points: (B, N, 3) float32, centered, inside the unit sphere.
        features: "image" and/or "text" → (B, D) the teacher's features of one view, or one sentence in one template.
        present: "image" and/or "text" → (B,) bool, whether the shape has that feature.
        caption: (B,) int64, equal for equal first captions, -1 for none.
        label: (B,) int64, the classes' numbers, -1 for none; or None where nobody asked.
        part: (B, N) int64, the points' part numbers, -1 for none; or None where nobody asked.
    """

    points: Tensor
    features: dict[str, Tensor]
    present: dict[str, Tensor]
    caption: Tensor
    label: Tensor | None = None
    part: Tensor | None = None


def steps_per_epoch(count: int, batch_size: int, world: int = 1) -> int:
    """Optimizer steps of one epoch: batches of at most ``batch_size`` shapes on each of ``world`` processes."""
    return -(-count // (batch_size * world))


def epoch_order(
    count: int, batch_size: int, *, seed: int, epoch: int, rank: int = 0, world: int = 1
) -> Iterator[tuple[Tensor, int]]:
    """Who sees which shape in an epoch: every shape exactly once, over all processes.

    The shuffled shapes are cut into nearly equal steps and each step into nearly equal shares, so that sizes differ by
    at most one and no process is left without work.

    Yields:
        (indices of this process's share, size of the whole step) for each step.

    Raises:
        InputError: when there are fewer shapes than processes.
    """
    steps = steps_per_epoch(count, batch_size, world)
    if count < steps * world:
        raise InputError(f"{count} shapes cannot be shared among {world} processes; start fewer")
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    order = torch.randperm(count, generator=generator)
    for step in order.tensor_split(steps):
        yield step.tensor_split(world)[rank], len(step)


def coming_batches(
    count: int, batch_size: int, *, seed: int, epochs: int, first: int = 0, rank: int = 0, world: int = 1
) -> Iterator[Tensor]:
    """The indices of every batch of a run on this process, all epochs through, from step ``first`` on."""
    for epoch in range(epochs):
        steps = steps_per_epoch(count, batch_size, world)
        if (epoch + 1) * steps > first:
            order = epoch_order(count, batch_size, seed=seed, epoch=epoch, rank=rank, world=world)
            yield from (index for step, (index, _) in enumerate(order, epoch * steps) if step >= first)


def mix(*numbers: int) -> int:
    """One seed from several numbers; different ones give unrelated seeds."""
    words = np.random.SeedSequence([n & 0xFFFFFFFF for n in numbers]).generate_state(2, np.uint32)
    return int(words[0]) << 31 ^ int(words[1])
