"""What a training batch is, and who sees which shape when."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pointrecon.errors import InputError


class Batch(NamedTuple):
    """One training batch; "image" and/or "text" are the keys."""

    points: Tensor  # (B, N, 3) float32, centered, inside the unit sphere; with colors behind (B, N, 6)
    # (B, D) the teacher's, of one view, or one sentence in one template; (B, V, D) of all, rows of zeros for none
    features: dict[str, Tensor]
    present: dict[str, Tensor]  # (B,) bool, whether the shape has that feature
    caption: Tensor  # (B,) int64, equal for equal first captions, -1 for none
    label: Tensor | None = None  # (B,) int64, the classes' numbers, -1 for none; None where nobody asked
    part: Tensor | None = None  # (B, N) int64, the points' part numbers, -1 for none; None where nobody asked
    whole: int = 0  # shapes of this batch over all processes, its own B among them; 0 where there are no others


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Batches of one epoch: at most ``batch_size`` shapes each, over all processes."""
    return -(-count // batch_size)


def check_smallest(why: str, count: int, batch_size: int, world: int = 1) -> None:
    """Raise InputError, beginning with why, where a process would get a batch of one shape."""
    smallest = count // steps_per_epoch(count, batch_size) // world
    if smallest < 2:
        raise InputError(
            f"{why}; {count} training shapes in batches of {batch_size} leave {smallest} in some: change "
            "train.batch_size"
        )


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
    """One step of the optimizer."""

    number: int  # in the run, from 0
    epoch: int  # from 0
    batches: list[tuple[Tensor, int]]  # whose gradients are added: this process's share, and the size over all
    first: int  # number of the first of these batches in the run
    last: bool  # whether the epoch ends with it
    done: float  # epochs, and a share of one, that are done after it


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
