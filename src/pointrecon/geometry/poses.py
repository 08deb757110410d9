"""Clouds in several poses: turned about their up axis, or as their own axes can lie, whatever pose they came in."""

from collections.abc import Iterator
from itertools import permutations, product

import torch
from torch import Tensor


def posed(clouds: Tensor, poses: str, up: str = "y") -> Iterator[Tensor]:
    """Every cloud (B, N, 3) in each of P poses, (B, N, 3) a pose, see :func:`turns_of`."""
    clouds, turns = turns_of(clouds, poses, up)
    for turn in turns:
        yield clouds if poses == "given" else turned(clouds, turn)


def turned(points: Tensor, turn: Tensor) -> Tensor:
    """Points (..., 3) times a turn (3, 3), or (B, 3, 3); what stands behind the coordinates, as colors do, stays."""
    if points.shape[-1] == 3:
        return points @ turn
    return torch.cat([points[..., :3] @ turn, points[..., 3:]], -1)


def turns_of(clouds: Tensor, poses: str, up: str = "y") -> tuple[Tensor, Tensor]:
    """Clouds (B, N, 3), or with colors, and the turns (P, 3, 3) into each of P poses. Nothing is mirrored.

    Args:
        clouds: centered.
        poses: "given": as they are. "turned": by 0, 90, 180 and 270 degrees about ``up``. "any": the 24 ways in which
            their principal axes can lie along x, y and z, so that a cloud that was turned anyhow has the same 24 (in
            some order), as far as its axes are of different length; the clouds are given with these axes along x, y, z.
        up: the axis that points up.
    """
    turns = _right_angles(clouds)
    if poses == "given":
        return clouds, turns[:1]
    if poses == "turned":
        axis = "xyz".index(up)
        return clouds, turns[turns[:, axis, axis] == 1]
    return along_axes(clouds), turns


def along_axes(clouds: Tensor) -> Tensor:
    """Centered clouds (B, N, 3) turned so that their principal axes are x, y and z, the longest first."""
    exact = clouds[..., :3].double()
    _, axes = torch.linalg.eigh(exact.transpose(1, 2) @ exact)
    axes = axes.flip(-1)
    mirrored = torch.linalg.det(axes) < 0
    axes[:, :, 2] = torch.where(mirrored[:, None], -axes[:, :, 2], axes[:, :, 2])
    return torch.cat([(exact @ axes).to(clouds.dtype), clouds[..., 3:]], -1)


def _right_angles(like: Tensor) -> Tensor:
    """(24, 3, 3) rotations that bring axes onto axes, the one that turns nothing first."""
    unit = torch.eye(3, dtype=torch.float64)
    every = [
        unit[list(order)] * torch.tensor(signs, dtype=torch.float64)[:, None]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
    return torch.stack([turn for turn in every if torch.linalg.det(turn) > 0]).to(like)
