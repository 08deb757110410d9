"""From arrays in memory to training batches: held on the device, drawn, centred and scaled there."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from pointrecon.errors import InputError
from pointrecon.geometry import normalise, resize
from pointrecon.shapes.arrays import ShapeArrays


class Batch(NamedTuple):
    """One training batch.

    Attributes:
        points: (B, N, 3) float32, centred, inside the unit sphere.
        features: "image" and/or "text" → (B, D) the teacher's features of one view or prompt each.
        present: "image" and/or "text" → (B,) bool, whether the shape has that feature.
        caption: (B,) int64, equal for equal first captions, -1 for none.
    """

    points: Tensor
    features: dict[str, Tensor]
    present: dict[str, Tensor]
    caption: Tensor


def turn_up(points: Tensor, up_from: str, up_to: str) -> Tensor:
    """Turn (..., 3) points so that axis ``up_from`` becomes ``up_to``; a proper rotation. "unknown" leaves them."""
    if up_from not in ("x", "y", "z") or up_from == up_to:
        return points
    return points.roll(("xyz".index(up_to) - "xyz".index(up_from)) % 3, dims=-1)


def prepare(
    points: Tensor,
    count: int,
    *,
    up_from: str = "unknown",
    up_to: str = "y",
    generator: Generator | None = None,
) -> Tensor:
    """Clouds as a model wants them: ``count`` points, turned up, centred, scaled.

    Args:
        points: (B, N, 3), any float type.
        count: points wanted; larger clouds are drawn from at random (with a generator) or cut to their first
            ``count`` points (without), smaller ones repeated up.
        up_from: the clouds' up axis.
        up_to: the model's up axis.
        generator: decides which points.

    Returns:
        (B, count, 3) float32.
    """
    return normalise(turn_up(resize(points.float(), count, generator), up_from, up_to))


class TrainingSet:
    """Shapes held on the device (float16), from which seeded batches are drawn without workers or copies."""

    def __init__(
        self,
        arrays: ShapeArrays,
        *,
        points: int,
        up: str = "y",
        image: str | None = None,
        text: str | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        """Take a collection.

        Args:
            arrays: the shapes.
            points: points per drawn cloud.
            up: the model's up axis.
            image: key of ``arrays.features`` for the image query, or None.
            text: the same for the text query.
            device: where batches are wanted.

        Raises:
            InputError: when there are no shapes.
        """
        if len(arrays) == 0:
            raise InputError("there are no shapes to train on; check the table and the split")
        self.count, self.up = points, up
        self.points = turn_up(torch.from_numpy(np.ascontiguousarray(arrays.points)), arrays.meta.up, up).to(device)
        self.features: dict[str, Tensor] = {}
        self.present: dict[str, Tensor] = {}
        for kind, key in (("image", image), ("text", text)):
            if key is not None:
                values = torch.from_numpy(np.ascontiguousarray(arrays.features[key]))
                self.present[kind] = values.isfinite().flatten(1).all(1).to(device)
                self.features[kind] = torch.nan_to_num(values, nan=0.0).to(device)
        numbers: dict[str, int] = {}
        first = [numbers.setdefault(c[0], len(numbers)) if c else -1 for c in arrays.captions]
        self.caption = torch.tensor(first, dtype=torch.long, device=device)

    def __len__(self) -> int:
        return len(self.points)

    def draw(self, index: Tensor, generator: Generator) -> Batch:
        """The batch of the shapes ``index`` (B,): random points, one random view and prompt of each shape."""
        index = index.to(self.points.device)
        features = {}
        for kind, values in self.features.items():
            view = torch.randint(values.shape[1], (len(index),), generator=generator, device=generator.device)
            features[kind] = values[index, view.to(values.device)].float()
        return Batch(
            prepare(self.points[index], self.count, up_to=self.up, generator=generator),
            features,
            {kind: present[index] for kind, present in self.present.items()},
            self.caption[index],
        )


def steps_per_epoch(count: int, batch_size: int, world: int = 1) -> int:
    """Optimiser steps of one epoch: batches of at most ``batch_size`` shapes on each of ``world`` processes."""
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


def mix(*numbers: int) -> int:
    """One seed from several numbers; different ones give unrelated seeds."""
    words = np.random.SeedSequence([n & 0xFFFFFFFF for n in numbers]).generate_state(2, np.uint32)
    return int(words[0]) << 31 ^ int(words[1])
