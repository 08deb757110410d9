"""Which points of a larger cloud are taken: decided by the shape's file and a seed, whatever else is in its batch."""

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pointrecon.geometry import gather

if TYPE_CHECKING:
    from pointrecon.shapes.table.rows import Rows

COLUMNS = ("id", "points", "hash")  # what is read of shapes that are drawn from


def marks_of(rows: "Rows", seed: int) -> Tensor:
    """(B,) int64, one number for each shape and seed: equal for copies of a file; by id for a shape without a file."""
    keys = (told or id for told, id in zip(rows.short["hash"].tolist(), rows.id.tolist(), strict=True))
    digests = (hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=8).digest() for key in keys)
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests], dtype=torch.long)


def draw_points(points: Tensor, count: int, marks: Tensor) -> Tensor:
    """A uniform draw of ``count`` points of each cloud, without repetition, in random order.

    The draw depends on the mark alone: the same on every device, in every batch.

    Shape:
        points: (B, N, 3); marks: (B,) int64 → (B, count, 3). Clouds of ``count`` points or fewer stay as they are.
    """
    total = points.shape[1]
    if total <= count:
        return points
    # Every point gets a number that looks random; the points of the largest are taken (the SplitMix64 generator).
    place = torch.arange(1, total + 1, device=points.device)
    state = marks.to(points.device)[:, None] + place * -0x61C8864680B583EB
    state = (state ^ _shift(state, 30)) * -0x40A7B892E31B1A47
    state = (state ^ _shift(state, 27)) * -0x6B2FB644ECCEEE15
    return gather(points, (state ^ _shift(state, 31)).topk(count, dim=1).indices)


def _shift(state: Tensor, bits: int) -> Tensor:
    """Shifted right with zeros coming in; torch repeats the sign."""
    return (state >> bits) & ((1 << (64 - bits)) - 1)
