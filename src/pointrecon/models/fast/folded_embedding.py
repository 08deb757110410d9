"""A frozen patch embedding without its batch norms: they are folded into the linear layers."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Folded(NamedTuple):
    """Weights of a patch embedding without its batch norms; H is the stem's width, C the token's.

    Attributes:
        lift, lift_bias: (H, 3), (H,) float32, first batch norm included; relu follows.
        point, point_bias: (2H, H), (2H,); the maximum over a patch's points is taken of what comes out.
        join_maximum, join_point, join_bias: (4H, 2H), (4H, 2H), (4H,), second batch norm included; relu follows.
        out, out_bias: (C, 4H), (C,); then the maximum over a patch's points.
    """

    lift: Tensor
    lift_bias: Tensor
    point: Tensor
    point_bias: Tensor
    join_maximum: Tensor
    join_point: Tensor
    join_bias: Tensor
    out: Tensor
    out_bias: Tensor


def fold(embedding: Any, dtype: torch.dtype = torch.float32) -> Folded:
    """The weights of ``embedding`` with its running statistics folded in; the lift is float32, the rest ``dtype``."""
    scale1, shift1 = _affine(embedding.norm1)
    scale2, shift2 = _affine(embedding.norm2)
    with torch.no_grad():
        lift, join = embedding.lift, embedding.join
        maximum, point = (scale2[:, None] * join.weight).chunk(2, dim=1)
        rest = [
            *(embedding.point.weight, embedding.point.bias),
            *(maximum, point, scale2 * join.bias + shift2),
            *(embedding.out.weight, embedding.out.bias),
        ]
        first = (scale1[:, None] * lift.weight).float(), (scale1 * lift.bias + shift1).float()
        return Folded(*(w.detach().contiguous() for w in first), *(w.detach().to(dtype).contiguous() for w in rest))


def _affine(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias - scale * norm.running_mean


def embed_folded(points: Tensor, weights: Folded) -> Tensor:
    """Tokens of patches, with fewer passes over memory than the layers take one by one; no gradient.

    relu(j + p) = max(j, -p) + p, where p is the same for all points of a patch: so is what the last layer makes of it,
    which can wait until the maximum over the points is taken.

    Shape:
        points: (P, S, 3) of any float type, each patch's center at its origin → (P, C) of the weights' type.
    """
    w = weights
    hidden = _lifted(points.float().reshape(-1, 3), w)
    hidden = torch.addmm(w.point_bias, hidden, w.point.T).view(*points.shape[:2], -1)
    per_patch = torch.addmm(w.join_bias, hidden.amax(1), w.join_maximum.T)
    joined = F.linear(hidden, w.join_point)
    torch.maximum(joined, -per_patch[:, None], out=joined)
    return F.linear(joined, w.out).amax(1) + torch.addmm(w.out_bias, per_patch, w.out.T)


def _lifted(rows: Tensor, w: Folded) -> Tensor:
    """The first layer of (R, 3) coordinates, in the weights' type; nothing float32 of its width is ever in memory.

    In half precision coordinates and weights are sums of two such numbers each, 16 bits or more, and the four products
    are summed in float32 by one product of 16 columns.
    """
    weight, dtype = torch.cat([w.lift, w.lift_bias[:, None]], 1), w.point.dtype
    rows = F.pad(rows, (0, 1), value=1.0)
    if dtype == torch.float32:
        return (rows @ weight.T).relu_()
    high, low = _halves(rows, dtype)
    first, second = _halves(weight, dtype)
    left, right = torch.cat([high, low, high, low], 1), torch.cat([first, first, second, second], 1)
    return torch._addmm_activation(torch.zeros_like(right[:, 0]), left, right.T)  # with relu


def _halves(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    high = values.to(dtype)
    return high, (values - high.float()).to(dtype)
