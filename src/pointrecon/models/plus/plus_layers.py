"""The layers that ReCon++ has and ReCon has not: the large patch embedding, fixed positions, the guided block."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.models.blocks import CrossAttention, Mlp, PreNormBlock, layer_scale, weighed
from pointrecon.models.fast.linear import Linear, SingleLinear, full_precision, linear


class LargePatchEmbedding(nn.Module):
    """A deeper PointNet shared by all patches: (B, G, S, channels) → (B, G, C).

    As in :class:`pointrecon.models.patches.PatchEmbedding`, the join's half for the patch maximum is applied once per
    patch. Source: METHOD-PLUS section 2.2.
    """

    def __init__(self, width: int, channels: int = 3, stem: int = 256) -> None:
        super().__init__()
        self.lift = SingleLinear(channels, stem)
        self.norm1 = nn.BatchNorm1d(stem)
        self.widen = Linear(stem, 2 * stem)
        self.norm2 = nn.BatchNorm1d(2 * stem)
        self.point = Linear(2 * stem, 4 * stem)
        self.join = nn.Linear(8 * stem, 8 * stem)
        self.norm3 = nn.BatchNorm1d(8 * stem)
        self.out = Linear(8 * stem, width)

    def forward(self, patches: Tensor) -> Tensor:
        batch, count, size, channels = patches.shape
        with full_precision(patches):
            lifted = self.norm1(self.lift(patches.reshape(-1, channels)))
        widened = self.norm2(self.widen(F.relu(lifted, inplace=True)))
        rows = self.point(F.relu(widened, inplace=True))
        joint = rows.shape[1]
        of_maximum, of_point = self.join.weight.split(joint, dim=1)
        per_patch = linear(rows.view(-1, size, joint).amax(1), of_maximum, self.join.bias)
        joined = linear(rows, of_point).view(-1, size, 2 * joint) + per_patch.unsqueeze(1)
        hidden = F.relu(self.norm3(joined.view(-1, 2 * joint)), inplace=True)
        return self.out(hidden).view(batch, count, size, -1).amax(2)


def sine_positions(places: Tensor, width: int) -> Tensor:
    """Fixed codes of places, (B, G, 3) → (B, G, width): sin 2πu, cos 2πu, sin 2πu, … of each coordinate, then zeros.

    There is one frequency. Source: METHOD-PLUS section 2.3.
    """
    pairs = width // 3 // 2
    angle = places * (2 * math.pi)
    both = torch.stack([angle.sin(), angle.cos()], -1)  # (B, G, 3, 2)
    codes = both.unsqueeze(-2).expand(*both.shape[:3], pairs, 2).flatten(2)
    return F.pad(codes, (0, width - codes.shape[2]))


class GuidedBlock(nn.Module):
    """The ReCon-block of ReCon++: local first, then the queries read what came of it.

    The place of a patch stays in the residual. One norm, the queries', is applied to both streams before the queries
    read; they do not see one another. Source: METHOD-PLUS section 2.5.
    """

    branches = 4

    def __init__(
        self, width: int, heads: int, mlp_width: int, *, scaled: bool = False, stop_gradient: bool = False
    ) -> None:
        super().__init__()
        self.stop_gradient = stop_gradient
        self.local = PreNormBlock(width, heads, bias=True, inner=mlp_width, scaled=scaled)
        self.query_norm1 = nn.LayerNorm(width)
        self.cross = CrossAttention(width, heads, bias=True)
        self.query_norm2 = nn.LayerNorm(width)
        self.query_mlp = Mlp(width, mlp_width)
        self.query_scale1, self.query_scale2 = (layer_scale(width) if scaled else None for _ in range(2))

    def forward(
        self, queries: Tensor, patches: Tensor, paths: Tensor | None = None, seen: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(B, Q, C) queries and (B, G, C) patches with their places added.

        ``paths``, (4, B, 1, 1), are its :func:`pointrecon.models.blocks.kept_paths`; ``seen``, (G, G) bool, which
        patches (columns) each one reads.
        """
        patches = self.local(patches, 0, paths, seen)
        memory = self.query_norm1(patches.detach() if self.stop_gradient else patches)
        found = self.cross(self.query_norm1(queries), memory)
        queries = queries + weighed(found, paths, 2, self.query_scale1)
        return queries + weighed(self.query_mlp(self.query_norm2(queries)), paths, 3, self.query_scale2), patches
