"""From a cloud to patch tokens: grouping, the small PointNet that embeds a patch, and positions."""

import warnings
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.errors import InputError
from pointrecon.geometry import gather
from pointrecon.geometry.poses import turned
from pointrecon.models.fast.functions import embed_patches, farthest_point_sample, group
from pointrecon.models.fast.linear import Linear, SingleLinear, full_precision


class Patches(NamedTuple):
    """Clouds cut into overlapping patches."""

    points: Tensor  # (B, G, S, 3), each patch's center at its origin; of colored clouds (B, G, S, 6)
    centers: Tensor  # (B, G, 3)

    def take(self, index: Tensor) -> "Patches":
        """The patches of ``index`` (B, V)."""
        size = self.points.shape[2:]
        return Patches(gather(self.points.flatten(2), index).unflatten(2, size), gather(self.centers, index))

    def turned(self, turn: Tensor) -> "Patches":
        """The patches of clouds turned by ``turn`` (3, 3): farthest points and neighbors stay what they were."""
        return Patches(turned(self.points, turn), self.centers @ turn)


def cut(points: Tensor, patches: int, patch_size: int, skip_origin: bool = False) -> Patches:
    """Cut (B, N, 3) clouds into patches: farthest point centers and their nearest points (METHOD section 2.1)."""
    centers = gather(points, farthest_point_sample(points, patches, skip_origin=skip_origin))
    return Patches(group(points, centers, patch_size), centers)


def check_cuttable(points: Tensor, patches: int, patch_size: int, channels: int = 3) -> None:
    """Raise InputError for clouds of another shape than (B, N, channels), or of too few points."""
    if points.ndim != 3 or points.shape[2] != channels:
        raise InputError(f"clouds must have the shape (batch, points, {channels}), not {tuple(points.shape)}")
    if points.shape[1] < (least := max(patches, patch_size)):
        raise InputError(
            f"a cloud of {points.shape[1]} points is fewer than this model's {patches} patches of {patch_size} points "
            f"need; give at least {least} (pointrecon.geometry.resize repeats them up)"
        )


def warn_of_number(clouds: Tensor, points: int) -> None:
    """Warn whoever called the model's method that asks, where clouds have not the number of points it is made for."""
    if clouds.shape[1] != points:
        warnings.warn(
            f"clouds of {clouds.shape[1]} points are given to a model of {points}, whose features change with the "
            "number: model.prepare(points) draws as many",
            stacklevel=4,
        )


class PatchEmbedding(nn.Module):
    """A PointNet shared by all patches: (B, G, S, channels) → (B, G, C).

    The layer after the join sees [patch maximum, point]. It is linear, so its half for the maximum is applied once
    per patch instead of once per point (METHOD section 2.2 gives the plain form; the function is the same).
    """

    def __init__(self, width: int, stem: int = 128, channels: int = 3) -> None:
        super().__init__()
        self.lift = SingleLinear(channels, stem)
        self.norm1 = nn.BatchNorm1d(stem)
        self.point = nn.Linear(stem, 2 * stem)
        self.join = nn.Linear(4 * stem, 4 * stem)
        self.norm2 = nn.BatchNorm1d(4 * stem)
        self.out = nn.Linear(4 * stem, width)

    def forward(self, patches: Tensor) -> Tensor:
        return embed_patches(self, patches)

    def plain(self, patches: Tensor) -> Tensor:
        """The layers one after another: the twin of what is fused."""
        batch, count, size, channels = patches.shape
        with full_precision(patches):
            lifted = self.norm1(self.lift(patches.reshape(-1, channels)))
        rows = self.point(F.relu(lifted, inplace=True))
        joint = rows.shape[1]
        weight_maximum, weight_point = self.join.weight.split(joint, dim=1)
        per_patch = F.linear(rows.view(-1, size, joint).amax(1), weight_maximum, self.join.bias)
        joined = F.linear(rows, weight_point).view(-1, size, 2 * joint) + per_patch.unsqueeze(1)
        hidden = F.relu(self.norm2(joined.view(-1, 2 * joint)), inplace=True)
        return self.out(hidden).view(batch, count, size, -1).amax(2)


class Position(nn.Sequential):
    """A center's position code: 3 → 128, GELU, 128 → C."""

    def __init__(self, width: int) -> None:
        super().__init__(SingleLinear(3, 128), nn.GELU(), Linear(128, width))
