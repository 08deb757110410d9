"""Nearest neighbors, and patches of them, without a matrix of distances in memory: one program per query point.

Distances stay in registers. The k-th smallest is found by bisection on their bits (non-negative floats sort as integers
do), which costs the same for every k; points up to it are then written in the order of the cloud.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language import tensor as T

from pointrecon.models.fast.coordinates import load_xyz, squared


@triton.jit
def _nearest_points(
    query: T, points: T, index: T, patches: T, queries: T, total: T, k: T, BLOCK: tl.constexpr, PATCHES: tl.constexpr
) -> None:
    row = tl.program_id(0).to(tl.int64)
    points += (row // queries) * total * 3
    center_x = tl.load(query + row * 3)
    center_y = tl.load(query + row * 3 + 1)
    center_z = tl.load(query + row * 3 + 2)
    at = tl.arange(0, BLOCK)
    inside = at < total
    x, y, z = load_xyz(points + at * 3, 1, inside)
    bits = squared(center_x - x, center_y - y, center_z - z).to(tl.int32, bitcast=True)
    # What is not a number counts as infinite, so that there are always k to write.
    bits = tl.where(inside, tl.minimum(bits & 0x7FFFFFFF, 0x7F800000), 0x7FFFFFFF)

    # Fewer than k distances are at most `low`; `found`, at least k, are at most `high`.
    low = tl.min(bits, 0) - 1
    high = tl.max(tl.where(inside, bits, 0), 0)
    found = total + low * 0
    while (high - low > 1) & (found != k):
        middle = low + (high - low) // 2
        count = tl.sum((bits <= middle).to(tl.int32), 0)
        enough = count >= k
        high = tl.where(enough, middle, high)
        low = tl.where(enough, low, middle)
        found = tl.where(enough, count, found)

    nearer = bits < high
    equal = bits == high
    both = tl.cumsum(nearer.to(tl.int32) + equal.to(tl.int32) * 65536, 0)  # two counts in one scan
    ties = both >> 16
    room = k - tl.sum(nearer.to(tl.int32), 0)
    take = nearer | (equal & (ties <= room))
    place = (both & 65535) + tl.minimum(ties, room) - 1
    if PATCHES:
        patches += row * k * 3 + place * 3
        tl.store(patches, tl.load(points + at * 3, mask=take) - center_x, mask=take)
        tl.store(patches + 1, tl.load(points + at * 3 + 1, mask=take) - center_y, mask=take)
        tl.store(patches + 2, tl.load(points + at * 3 + 2, mask=take) - center_z, mask=take)
    else:
        tl.store(index + row * k + place, at, mask=take)


def _launch(query: Tensor, points: Tensor, k: int, out: Tensor, patches: bool) -> Tensor:
    total = points.shape[1]
    rows = query.shape[0] * query.shape[1]
    if rows and k:
        block = max(triton.next_power_of_2(total), 32)
        with torch.cuda.device_of(points):
            _nearest_points[(rows,)](
                *(query.contiguous(), points.contiguous(), out, out, query.shape[1], total, k),
                BLOCK=block,
                PATCHES=patches,
                num_warps=min(max(block // 512, 1), 16),
                enable_fp_fusion=False,
            )
    return out


@torch.library.custom_op("pointrecon::nearest", mutates_args=())
def nearest(query: Tensor, points: Tensor, k: int) -> Tensor:
    """As ``knn``, for (B, Q, 3) and (B, N, 3) float32, N up to 16,384 → (B, Q, k) int64, in rising order."""
    out = torch.empty(*query.shape[:2], k, dtype=torch.long, device=points.device)
    return _launch(query, points, k, out, patches=False)


@nearest.register_fake
def _(query: Tensor, points: Tensor, k: int) -> Tensor:
    return query.new_empty(*query.shape[:2], k, dtype=torch.long)


@torch.library.custom_op("pointrecon::patches", mutates_args=())
def patches(points: Tensor, centers: Tensor, k: int) -> Tensor:
    """As ``group``, for (B, N, 3) and (B, G, 3) float32, N up to 16,384 → (B, G, k, 3); no gradient."""
    out = torch.empty(*centers.shape[:2], k, 3, device=points.device)
    return _launch(centers, points, k, out, patches=True)


@patches.register_fake
def _(points: Tensor, centers: Tensor, k: int) -> Tensor:
    return centers.new_empty(*centers.shape[:2], k, 3)
