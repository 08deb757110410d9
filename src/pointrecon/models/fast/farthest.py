"""Farthest point sampling: one program per cloud, its points in registers from the first round to the last."""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language import tensor as T

from pointrecon.models.fast.coordinates import load_xyz, squared

_IN_REGISTERS = 8_192  # beyond: only running minima stay there, coordinates come from the cache in every round


@triton.jit
def _start(x: T, y: T, z: T, inside: T, SKIP_ORIGIN: tl.constexpr) -> T:
    nearest = tl.where(inside, float("inf"), float("-inf"))
    if SKIP_ORIGIN:
        nearest = tl.where(inside & (squared(x, y, z) <= 1e-3), -1.0, nearest)
    return nearest


@triton.jit
def _farthest_points(
    points: T, chosen: T, total: T, count: T, cloud_stride: T, point_stride: T, axis_stride: T, BLOCK: tl.constexpr,
    SKIP_ORIGIN: tl.constexpr, HALVES: tl.constexpr,
) -> None:  # fmt: skip
    cloud = tl.program_id(0)
    points += cloud.to(tl.int64) * cloud_stride
    chosen += cloud.to(tl.int64) * count
    at = tl.arange(0, BLOCK)
    inside = at < total
    place = points + at * point_stride
    x, y, z = load_xyz(place, axis_stride, inside)
    nearest = _start(x, y, z, inside, SKIP_ORIGIN)
    if HALVES:
        inside_beyond = BLOCK + at < total
        beyond = points + (BLOCK + at) * point_stride
        u, v, w = load_xyz(beyond, axis_stride, inside_beyond)
        nearest_beyond = _start(u, v, w, inside_beyond, SKIP_ORIGIN)
    last = cloud * 0
    tl.store(chosen, last)
    for turn in range(1, count):
        center = points + last * point_stride
        cx = tl.load(center)
        cy = tl.load(center + axis_stride)
        cz = tl.load(center + 2 * axis_stride)
        if HALVES:
            x, y, z = load_xyz(place, axis_stride, inside)
        nearest = tl.minimum(nearest, squared(x - cx, y - cy, z - cz))
        value, last = tl.max(nearest, 0, return_indices=True)
        if HALVES:
            u, v, w = load_xyz(beyond, axis_stride, inside_beyond)
            nearest_beyond = tl.minimum(nearest_beyond, squared(u - cx, v - cy, w - cz))
            value_beyond, last_beyond = tl.max(nearest_beyond, 0, return_indices=True)
            last = tl.where(value_beyond > value, BLOCK + last_beyond, last)
        # The bound matters for coordinates that are not numbers only: no read outside the cloud.
        last = tl.minimum(last, total - 1)
        tl.store(chosen + turn, last)


@torch.library.custom_op("pointrecon::farthest_points", mutates_args=())
def farthest_points(points: Tensor, count: int, skip_origin: bool) -> Tensor:
    """As ``farthest_point_sample``, for (B, N, 3) float32 clouds of up to 16,384 points → (B, count) int64."""
    batch, total, _ = points.shape
    chosen = torch.empty(batch, count, dtype=torch.long, device=points.device)
    if batch == 0:
        return chosen
    block = max(triton.next_power_of_2(total), 32)
    halves = block > _IN_REGISTERS
    if halves:  # planes, read in whole lines
        points = points.transpose(1, 2).contiguous().transpose(1, 2)
    with torch.cuda.device_of(points):
        _farthest_points[(batch,)](
            *(points, chosen, total, count, *points.stride()),
            BLOCK=block // 2 if halves else block,
            SKIP_ORIGIN=skip_origin,
            HALVES=halves,
            num_warps=min(max(block // 256, 1), 32),
            enable_fp_fusion=False,
        )
    return chosen


@farthest_points.register_fake
def _(points: Tensor, count: int, skip_origin: bool) -> Tensor:
    return points.new_empty(points.shape[0], count, dtype=torch.long)
