"""The patch embedding on CPUs: a few patches at a time, so that nothing per point waits on memory twice.

The plain layers (:class:`pointrecon.models.patches.PatchEmbedding`) pass several times over 512 numbers per point.
Here the same function and its gradients are computed with less of both arithmetic and memory:

- the first batch norm follows a linear layer of a few coordinates, so its statistics follow from the mean and the
  covariance of the coordinates, and the norm folds into the layer;
- points go through the layers a chunk of patches at a time, small enough for the processor's caches; only the values
  before the second norm (and those before the join) are kept for the backward pass;
- of the last layer's output each channel keeps one point per patch, its maximum. The gradient reaches only those, so
  the backward pass of that layer is a weighted sum of S times fewer rows (``embedding_bag``) instead of two dense
  products.

Shapes: P patches of S points, R = P·S points, C width.
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from pointrecon.models.fast.linear import linear

CHUNK = 1 << 20  # numbers of the widest layer held at a time: 4 MB; 64 patches of 32 points in `base`


class Norm(NamedTuple):
    """A batch norm as an affine map of its input, ``scale · x + shift``; all (D,) float32."""

    mean: Tensor
    spread: Tensor  # 1 / sqrt(variance + eps)
    scale: Tensor
    shift: Tensor

    @classmethod
    def of(cls, norm: Any, mean: Tensor, variance: Tensor) -> "Norm":
        mean, spread = mean.float(), (variance + norm.eps).rsqrt().float()
        scale = norm.weight.detach() * spread
        return cls(mean, spread, scale, norm.bias.detach() - scale * mean)

    @classmethod
    def running(cls, norm: Any) -> "Norm":
        return cls.of(norm, norm.running_mean, norm.running_var)


def update_running(norm: Any, mean: Tensor, variance: Tensor, count: int) -> None:
    """Move a norm's running statistics as :class:`torch.nn.BatchNorm1d` does after a batch of ``count`` rows."""
    norm.num_batches_tracked += 1
    norm.running_mean.lerp_(mean.to(norm.running_mean.dtype), norm.momentum)
    norm.running_var.lerp_((variance * (count / max(count - 1, 1))).to(norm.running_var.dtype), norm.momentum)


def winners(values: Tensor, most: Tensor) -> Tensor:
    """Which of S values (P, S, C) is their maximum ``most`` (P, C), the last of equal ones: (P, C) uint8, or int16."""
    size = values.shape[1]
    number = torch.arange(size, dtype=torch.uint8 if size <= 256 else torch.int16)
    return (number[:, None] * (values == most[:, None])).amax(1)


class Moments:
    """Mean and variance per channel over chunks, added up in float64 (Chan's method)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: Any = 0.0
        self.square: Any = 0.0

    def add(self, values: Tensor) -> None:
        """Take a chunk of rows (R, D)."""
        count = len(values)
        found, spread = (part.double() for part in torch.batch_norm_update_stats(values.float(), None, None, 0.0))
        total = self.count + count
        gap = found - self.mean
        self.square = self.square + spread * count + gap * gap * (self.count * count / total)
        self.mean = self.mean + gap * (count / total)
        self.count = total

    def variance(self) -> Tensor:
        """(D,) the mean squared deviation."""
        return self.square / self.count


def embed_patches(module: Any, points: Tensor) -> Tensor:
    """What ``module`` (a :class:`~pointrecon.models.patches.PatchEmbedding`) makes of patches on a CPU.

    Shape:
        points: (P, S, 3), or with more channels → (P, C). Not differentiable in ``points``.
    """
    precision = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
    parameters = (
        module.lift.weight, module.lift.bias, module.norm1.weight, module.norm1.bias,
        module.point.weight, module.point.bias, module.join.weight, module.join.bias,
        module.norm2.weight, module.norm2.bias, module.out.weight, module.out.bias,
    )  # fmt: skip
    with torch.autocast("cpu", enabled=False):
        return _Embed.apply(module, points.detach().float(), precision, torch.is_grad_enabled(), *parameters)


class _Embed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, module: Any, points: Tensor, precision: torch.dtype, grad: bool, *parameters: Tensor
    ) -> Tensor:
        learns = grad and any(ctx.needs_input_grad)  # which says nothing of no_grad
        lift, lift_bias, _, _, point, point_bias, join, join_bias, _, _, out, out_bias = parameters
        size, rows = points.shape[1], points.flatten(0, 1)
        half = point.shape[0]
        chunk = max(CHUNK // (2 * half * size), 1)
        point_, point_bias_, out_ = point.to(precision), point_bias.to(precision), out.to(precision)

        if module.training:
            exact = rows.double()
            center = exact.mean(0)
            covariance = (exact - center).T @ (exact - center) / len(rows)
            lift64 = lift.double()
            mean1 = lift64 @ center + lift_bias
            variance1 = ((lift64 @ covariance) * lift64).sum(1)
            norm1 = Norm.of(module.norm1, mean1, variance1)
            update_running(module.norm1, mean1, variance1, len(rows))
        else:
            norm1 = Norm.running(module.norm1)
        folded = (norm1.scale[:, None] * lift).t()
        folded_bias = norm1.scale * lift_bias + norm1.shift

        moments = Moments()
        norm2 = None if module.training else Norm.running(module.norm2)
        folds = norm2 is not None and not learns  # the second norm is an affine map known beforehand too
        join_, join_bias_ = join, join_bias
        if norm2 is not None and folds:
            join_, join_bias_ = norm2.scale[:, None] * join, norm2.scale * join_bias + norm2.shift
        own, shared = _halves(join_, precision)
        join_bias_ = join_bias_.to(precision)
        result, wins = [], []
        kept: list[tuple[Tensor, Tensor, Tensor]] = []  # (rows after `point`, winners of the patch maximum, joined)

        def finish(hidden: Tensor) -> None:
            values = linear(hidden, out_).view(-1, size, len(out))
            most = values.amax(1)
            result.append(most + out_bias)
            if learns:
                wins.append(winners(values, most))

        for some in (part.flatten(0, 1) for part in points.split(chunk)):
            lifted = torch.addmm(folded_bias, some, folded).relu_().to(precision)
            inner = linear(lifted, point_, point_bias_)
            grid = inner.view(-1, size, half)
            most = grid.amax(1)
            joined = linear(inner, own)
            joined.view(-1, size, 2 * half).add_(linear(most, shared, join_bias_)[:, None])
            if folds:
                finish(joined.relu_())
                continue
            kept.append((inner, winners(grid, most), joined))
            if module.training:
                moments.add(joined)
        if module.training:
            norm2 = Norm.of(module.norm2, moments.mean, moments.variance())
            update_running(module.norm2, moments.mean, moments.variance(), moments.count)
        assert norm2 is not None
        for _, _, joined in kept:
            finish(_hidden(joined, norm2))
        if learns:
            ctx.training, ctx.precision, ctx.chunk = module.training, precision, chunk
            ctx.norm1, ctx.norm2, ctx.kept, ctx.wins = norm1, norm2, kept, wins
            ctx.save_for_backward(points, *parameters)
        return torch.cat(result)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        points, *parameters = ctx.saved_tensors
        lift, lift_bias, _, _, point, _, join, _, _, _, out, _ = parameters
        precision, norm1, norm2 = ctx.precision, ctx.norm1, ctx.norm2
        size, half, total = points.shape[1], point.shape[0], points.shape[0] * points.shape[1]
        own, shared = _halves(join, precision)
        point_, out_ = point.to(precision), out.to(precision)
        gradient = gradient.contiguous()
        folded, folded_bias = (norm1.scale[:, None] * lift).t(), norm1.scale * lift_bias + norm1.shift

        # Through the last layer, its maximum and ReLU; what the norm's own statistics need is added up.
        to_out = torch.zeros_like(out)
        sums = torch.zeros(2, 2 * half)  # of the gradient after the norm, and of gradient · input
        after_norm = []
        for part, (_, _, joined), win in zip(gradient.split(ctx.chunk), ctx.kept, ctx.wins, strict=True):
            hidden = _hidden(joined, norm2)
            weights, rows = _maximum_backward(part, win.long(), size, hidden, out_)
            to_out += weights
            change = torch.ops.aten.threshold_backward(rows, hidden, 0)
            sums[0] += change.sum(0, dtype=torch.float32)
            sums[1] += (change * joined).sum(0, dtype=torch.float32)
            after_norm.append(change)
        to_shift2 = sums[0]
        to_scale2 = norm2.spread * (sums[1] - norm2.mean * sums[0])
        # The norm's backward pass is an affine map of gradient and input: a·gradient + b·input + c.
        slope, level = _norm_backward(norm2, to_scale2, to_shift2, total, ctx.training)

        to_join = torch.zeros_like(join)
        to_join_bias = torch.zeros(2 * half)
        to_point, to_point_bias = torch.zeros_like(point), torch.zeros(half)
        first = torch.zeros(len(lift))  # Σ of the gradient after the first norm, and Σ gradient ⊗ coordinates
        first_points = torch.zeros_like(lift)
        for part, (inner, win, joined) in zip(points.split(ctx.chunk), ctx.kept, strict=True):
            some, change = part.flatten(0, 1), after_norm.pop(0)
            change = change.float().mul_(norm2.scale)
            if ctx.training:
                change = change.addcmul_(joined.float(), slope).add_(level)
            change = change.to(precision)
            per_patch = change.view(-1, size, 2 * half).sum(1)
            most = inner.view(-1, size, half).gather(1, win.long()[:, None]).squeeze(1)
            to_join[:, half:] += change.t() @ inner
            to_join[:, :half] += per_patch.t() @ most
            to_join_bias += per_patch.sum(0)
            to_inner = linear(change, own.t())
            to_most = linear(per_patch, shared.t())
            to_inner.view(-1, size, half).scatter_add_(1, win.long()[:, None], to_most[:, None])
            lifted = torch.addmm(folded_bias, some, folded).relu_()
            to_point += to_inner.t() @ lifted.to(precision)
            to_point_bias += to_inner.sum(0)
            to_lifted = torch.ops.aten.threshold_backward(linear(to_inner, point_.t()).float(), lifted, 0)
            first += to_lifted.sum(0)
            first_points += to_lifted.t() @ some
        ctx.kept = ctx.wins = None

        # The first norm and the layer before it: everything follows from those two sums.
        middle = lift_bias - norm1.mean  # normalized = spread · (lift · x + middle)
        to_scale1 = norm1.spread * ((first_points * lift).sum(1) + middle * first)
        to_lift = norm1.scale[:, None] * first_points
        to_lift_bias = norm1.scale * first
        if ctx.training:
            exact = points.flatten(0, 1).double()
            coordinates, products = exact.sum(0).float(), (exact.T @ exact).float()
            normalized = norm1.spread[:, None] * (lift @ products + torch.outer(middle, coordinates))
            to_lift -= norm1.scale[:, None] * (
                torch.outer(first / total, coordinates) + (to_scale1 / total)[:, None] * normalized
            )
            to_lift_bias = torch.zeros_like(lift_bias)  # a norm takes any constant away again
        return (
            None, None, None, None,
            to_lift, to_lift_bias, to_scale1, first,
            to_point, to_point_bias, to_join, to_join_bias,
            to_scale2, to_shift2, to_out, gradient.sum(0).float(),
        )  # fmt: skip


def _halves(join: Tensor, precision: torch.dtype) -> tuple[Tensor, Tensor]:
    """The join layer's weight for the points' own features and for the patch's maximum, each (D, D/2)."""
    shared, own = (part.to(precision).contiguous() for part in join.chunk(2, 1))
    return own, shared


def _hidden(joined: Tensor, norm: Norm) -> Tensor:
    """(R, D) after the second norm and ReLU, in the precision of ``joined``."""
    return torch.addcmul(norm.shift, joined.float(), norm.scale).relu_().to(joined.dtype)


def _norm_backward(norm: Norm, to_scale: Tensor, to_shift: Tensor, total: int, training: bool) -> tuple[Tensor, Tensor]:
    """(factor of the input, constant) by which a batch norm's statistics change the gradient of its input."""
    if not training:
        return torch.zeros_like(to_scale), torch.zeros_like(to_scale)
    slope = -norm.scale * norm.spread * to_scale / total
    return slope, -norm.scale * to_shift / total - slope * norm.mean


def _maximum_backward(
    gradient: Tensor, win: Tensor, size: int, hidden: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of the last layer's weight (C, D) and input (R, D), given that of the maxima of its output.

    Of every patch each channel has one point, its winner, so both are sums of P·C weighted rows.

    Shape:
        gradient: (P, C); win: (P, C) int64; hidden: (R, D); weight: (C, D).
    """
    patches, channels = win.shape
    precision = hidden.dtype
    gradient = gradient.to(precision)
    row = win + size * torch.arange(patches)[:, None]
    starts, shares = torch.arange(channels) * patches, gradient.t().reshape(-1)
    to_weight = F.embedding_bag(row.t().reshape(-1), hidden, starts, mode="sum", per_sample_weights=shares)
    order = win.argsort(1)
    won = row.view(-1).bincount(minlength=patches * size)
    starts, shares = won.cumsum(0) - won, gradient.gather(1, order).view(-1)
    to_hidden = F.embedding_bag(order.view(-1), weight, starts, mode="sum", per_sample_weights=shares)
    return to_weight.float(), to_hidden
