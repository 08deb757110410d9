"""Chamfer distance between small sets, forward and backward: one program per pair of sets, no matrix in memory.

The backward pass reads, for every point, its own partner and all points whose partner it is, in a fixed order: no
atomic additions, so the gradient is the same in every run.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language import tensor as T

from pointrecon.models.fast.coordinates import load_xyz, squared

_TINY = torch.finfo(torch.float32).eps ** 2  # keeps the root's slope finite, as in the twin


@triton.jit
def _one_way(
    first: T, second: T, partner: T, rows: T, columns: T, tiny: T, NORM: tl.constexpr, BLOCK: tl.constexpr,
    TILE: tl.constexpr,
) -> T:  # fmt: skip
    """Sum over ``first`` of the distance to the nearest of ``second``, whose number goes to ``partner``."""
    total = 0.0
    for start in range(0, rows, BLOCK):
        row = start + tl.arange(0, BLOCK)
        real = row < rows
        x, y, z = load_xyz(first + row * 3, 1, real)
        best = tl.full((BLOCK,), float("inf"), tl.float32)
        at = tl.full((BLOCK,), 0, tl.int32)
        for other in range(0, columns, TILE):
            column = other + tl.arange(0, TILE)
            there = column < columns
            u, v, w = load_xyz(second + column * 3, 1, there)
            gap = squared(x[:, None] - u[None, :], y[:, None] - v[None, :], z[:, None] - w[None, :])
            gap = tl.where(there[None, :], gap, float("inf"))
            least = tl.min(gap, 1)
            where = other + tl.argmin(gap, 1)
            closer = least < best
            best = tl.where(closer, least, best)
            at = tl.where(closer, where, at)
        tl.store(partner + row, at, mask=real)
        if NORM == 1:
            best = tl.sqrt(best + tiny) * 0.5
        total += tl.sum(tl.where(real, best, 0.0), 0)
    return total


@triton.jit
def _chamfer(
    first: T, second: T, value: T, to_second: T, to_first: T, rows: T, columns: T, tiny: T, NORM: tl.constexpr,
    BLOCK: tl.constexpr, TILE: tl.constexpr,
) -> None:  # fmt: skip
    pair = tl.program_id(0).to(tl.int64)
    first += pair * rows * 3
    second += pair * columns * 3
    forth = _one_way(first, second, to_second + pair * rows, rows, columns, tiny, NORM, BLOCK, TILE)
    back = _one_way(second, first, to_first + pair * columns, columns, rows, tiny, NORM, BLOCK, TILE)
    tl.store(value + pair, forth / rows + back / columns)


@triton.jit
def _slope(gap: T, scale: T, tiny: T, NORM: tl.constexpr) -> T:
    """What a difference of points is multiplied with in the gradient."""
    if NORM == 1:
        return scale * 0.5 / tl.sqrt(gap + tiny)
    else:
        return scale * 2.0 + gap * 0.0


@triton.jit
def _pull(
    first: T, second: T, to_second: T, to_first: T, grad_first: T, rows: T, columns: T, own: T, others: T, tiny: T,
    NORM: tl.constexpr, BLOCK: tl.constexpr, TILE: tl.constexpr,
) -> None:  # fmt: skip
    """Gradient of both directions with respect to ``first``; ``own`` and ``others`` are the directions' weights."""
    for start in range(0, rows, BLOCK):
        row = start + tl.arange(0, BLOCK)
        real = row < rows
        x, y, z = load_xyz(first + row * 3, 1, real)
        partner = second + tl.load(to_second + row, mask=real, other=0) * 3
        px, py, pz = load_xyz(partner, 1, real)
        slope = _slope(squared(x - px, y - py, z - pz), own, tiny, NORM)
        gx = slope * (x - px)
        gy = slope * (y - py)
        gz = slope * (z - pz)
        for other in range(0, columns, TILE):
            column = other + tl.arange(0, TILE)
            there = column < columns
            u, v, w = load_xyz(second + column * 3, 1, there)
            mine = tl.load(to_first + column, mask=there, other=-1)[None, :] == row[:, None]
            dx = x[:, None] - u[None, :]
            dy = y[:, None] - v[None, :]
            dz = z[:, None] - w[None, :]
            weight = tl.where(mine, _slope(squared(dx, dy, dz), others, tiny, NORM), 0.0)
            gx += tl.sum(weight * dx, 1)
            gy += tl.sum(weight * dy, 1)
            gz += tl.sum(weight * dz, 1)
        tl.store(grad_first + row * 3, gx, mask=real)
        tl.store(grad_first + row * 3 + 1, gy, mask=real)
        tl.store(grad_first + row * 3 + 2, gz, mask=real)


@triton.jit
def _chamfer_gradient(
    grad: T, first: T, second: T, to_second: T, to_first: T, grad_first: T, grad_second: T, rows: T, columns: T,
    tiny: T, NORM: tl.constexpr, BLOCK: tl.constexpr, TILE: tl.constexpr,
) -> None:  # fmt: skip
    pair = tl.program_id(0).to(tl.int64)
    here = pair * rows
    there = pair * columns
    weight = tl.load(grad + pair)
    forth = weight / rows
    back = weight / columns
    first += here * 3
    second += there * 3
    to_second += here
    to_first += there
    _pull(
        first, second, to_second, to_first, grad_first + here * 3, rows, columns, forth, back, tiny, NORM, BLOCK, TILE
    )
    _pull(
        second, first, to_first, to_second, grad_second + there * 3, columns, rows, back, forth, tiny, NORM, BLOCK, TILE
    )


def _shape(rows: int, columns: int) -> dict[str, Any]:
    """Rows and columns of a tile, and warps: one warp a pair for patches of up to 32 points, four for larger sets."""
    small = max(rows, columns) <= 32
    block, tile = (32, 8) if small else (64, 16)
    return {"BLOCK": block, "TILE": tile, "num_warps": 1 if small else 4, "enable_fp_fusion": False}


@torch.library.custom_op("pointrecon::chamfer", mutates_args=())
def _forward(first: Tensor, second: Tensor, norm: int) -> tuple[Tensor, Tensor, Tensor]:
    first, second = first.contiguous(), second.contiguous()
    (pairs, rows, _), columns = first.shape, second.shape[1]
    value = first.new_empty(pairs)
    to_second = torch.empty(pairs, rows, dtype=torch.int32, device=first.device)
    to_first = torch.empty(pairs, columns, dtype=torch.int32, device=first.device)
    if pairs:
        with torch.cuda.device_of(first):
            _chamfer[(pairs,)](
                first, second, value, to_second, to_first, rows, columns, _TINY, NORM=norm, **_shape(rows, columns)
            )
    return value, to_second, to_first


@_forward.register_fake
def _(first: Tensor, second: Tensor, norm: int) -> tuple[Tensor, Tensor, Tensor]:
    (pairs, rows, _), columns = first.shape, second.shape[1]
    to_second = first.new_empty(pairs, rows, dtype=torch.int32)
    return first.new_empty(pairs), to_second, first.new_empty(pairs, columns, dtype=torch.int32)


@torch.library.custom_op("pointrecon::chamfer_gradient", mutates_args=())
def _backward(
    grad: Tensor, first: Tensor, second: Tensor, to_second: Tensor, to_first: Tensor, norm: int
) -> tuple[Tensor, Tensor]:
    grad, first, second = grad.contiguous(), first.contiguous(), second.contiguous()
    (pairs, rows, _), columns = first.shape, second.shape[1]
    grad_first, grad_second = torch.empty_like(first), torch.empty_like(second)
    if pairs:
        with torch.cuda.device_of(first):
            _chamfer_gradient[(pairs,)](
                *(grad, first, second, to_second, to_first, grad_first, grad_second, rows, columns, _TINY),
                NORM=norm,
                **_shape(rows, columns),
            )
    return grad_first, grad_second


@_backward.register_fake
def _(
    grad: Tensor, first: Tensor, second: Tensor, to_second: Tensor, to_first: Tensor, norm: int
) -> tuple[Tensor, Tensor]:
    return first.new_empty(first.shape), second.new_empty(second.shape)


def _remember(ctx: Any, inputs: tuple[Tensor, Tensor, int], output: tuple[Tensor, Tensor, Tensor]) -> None:
    first, second, ctx.norm = inputs
    ctx.save_for_backward(first, second, *output[1:])


def _differentiate(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, Tensor, None]:
    return *_backward(grad, *ctx.saved_tensors, ctx.norm), None


_forward.register_autograd(_differentiate, setup_context=_remember)


def chamfer(first: Tensor, second: Tensor, norm: int) -> Tensor:
    """As ``pointrecon.geometry.chamfer``, for float32 sets of 1 … 1,024 points; differentiable once in both."""
    return _forward(first, second, norm)[0]
