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
        whole: shapes of this batch over all processes, its own B among them; 0 where there are no others.
    """

    points: Tensor
    features: dict[str, Tensor]
    present: dict[str, Tensor]
    caption: Tensor
    label: Tensor | None = None
    part: Tensor | None = None
    whole: int = 0


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Batches of one epoch: at most ``batch_size`` shapes each, over all processes."""
    return -(-count // batch_size)


def epoch_order(
    count: int, batch_size: int, *, seed: int, epoch: int, rank: int = 0, world: int = 1
) -> Iterator[tuple[Tensor, int]]:
    """Who sees which shape in an epoch: every shape exactly once, over all processes.

    The shuffled shapes are cut into nearly equal batches, the same for any number of processes, and each batch into
    nearly equal shares, so that sizes differ by at most one and no process is left without work.

    Yields:
        (indices of this process's share, size of the whole batch) for each batch.

    Raises:
        InputError: when a batch has fewer shapes than there are processes.
    """
    steps = steps_per_epoch(count, batch_size)
    if count // steps < world:
        raise InputError(
            f"{count} shapes in batches of {batch_size} cannot be shared among {world} processes; start fewer, or "
            "raise train.batch_size"
        )
    generator = torch.Generator().manual_seed(mix(seed, epoch))
    order = torch.randperm(count, generator=generator)
    for step in order.tensor_split(steps):
        yield step.tensor_split(world)[rank], len(step)


class Update(NamedTuple):
    """One step of the optimizer.

    Attributes:
        number: in the run, from 0.
        epoch: from 0.
        batches: whose gradients are added: this process's share of each, and its size over all processes.
        first: number of the first of these batches in the run.
        last: whether the epoch ends with it.
        done: epochs, and a share of one, that are done after it.
    """

    number: int
    epoch: int
    batches: list[tuple[Tensor, int]]
    first: int
    last: bool
    done: float


def coming_updates(
    count: int, batch_size: int, accumulate: int = 1, *, seed: int, epochs: int, first: int = 0, rank: int = 0,
    world: int = 1,
) -> Iterator[Update]:  # fmt: skip
    """The updates of a run on this process, all epochs through, from number ``first`` on."""
    steps = steps_per_epoch(count, batch_size)
    updates = -(-steps // accumulate)
    for epoch in range(first // updates, epochs):
        order = list(epoch_order(count, batch_size, seed=seed, epoch=epoch, rank=rank, world=world))
        for place in range(updates):
            own = order[place * accumulate : (place + 1) * accumulate]
            at, number = epoch * steps + place * accumulate, epoch * updates + place
            if number >= first:
                done = epoch + (place * accumulate + len(own)) / steps
                yield Update(number, epoch, own, at, place + 1 == updates, done)


def mix(*numbers: int) -> int:
    """One seed from several numbers; different ones give unrelated seeds."""
    words = np.random.SeedSequence([n & 0xFFFFFFFF for n in numbers]).generate_state(2, np.uint32)
    return int(words[0]) << 31 ^ int(words[1])
