"""Patch embedding in evaluation mode as Triton kernels: a few patches per program, nothing per point leaves the chip.

The batch norms are folded into the linear layers. The layer after the join needs each patch's maximum times half of its
weight: a first kernel finds the maxima, PyTorch multiplies them (one row per patch), a second kernel recomputes the
points' first two layers (a tenth of the arithmetic) and does the rest. Products are taken in the weights' type
(bfloat16 or float16) and summed in float32; the first layer, on coordinates, is float32 throughout. Float32 weights
work as well, for comparing: on a GPU they are slow, since tensor cores would round them.

Needs triton; ``embed`` tries them once against the twin. Launch parameters are reckoned, not measured.
"""

import warnings
from typing import Any

import torch
import torch.nn.functional as F
import triton
import triton.language as tl
from torch import Tensor
from triton.language import tensor as T

from pointrecon.errors import first_line
from pointrecon.models.fast.folded_embedding import Folded, embed_patches_plain, fold
from pointrecon.models.fast.trial import surroundings, untimely

_ROWS = 64  # points of a program
_WIDEST = 512  # width whose sums fit a program's registers


def serves(points: Tensor, weights: Folded) -> bool:
    """Whether ``embed_patches`` pays: half precision, a stem of 16, 32 … 128, tokens up to 512, patches up to 64."""
    stem, width = weights.lift.shape[0], weights.out.shape[0]
    sizes = stem in (16, 32, 64, 128) and width <= _WIDEST and 1 <= points.shape[1] <= _ROWS
    return sizes and weights.point.dtype in (torch.bfloat16, torch.float16)


def embed(embedding: Any, patches: Tensor) -> Tensor | None:
    """Tokens (B, G, C) of (B, G, S, 3) patches by the kernels; None where they do not serve or fail their trial."""
    dtype = torch.get_autocast_dtype("cuda") if torch.is_autocast_enabled("cuda") else embedding.point.weight.dtype
    if dtype not in (torch.bfloat16, torch.float16):
        return None
    tokens = embed_folded(patches.flatten(0, 1), fold(embedding, dtype))
    return None if tokens is None else tokens.unflatten(0, patches.shape[:2])


def embed_folded(points: Tensor, weights: Folded) -> Tensor | None:
    """Tokens (P, C) of (P, S, 3) patches; None where the kernels do not serve or fail their trial."""
    width, wide = weights.out.shape
    works = serves(points, weights) and _agrees(points.device, weights.out.dtype, width, wide, points.shape[1])
    return embed_patches(points, weights) if works else None


_found: dict[tuple[int, ...], bool] = {}  # device, type and sizes → whether the kernels work


def _agrees(device: torch.device, dtype: torch.dtype, width: int, wide: int, size: int) -> bool:
    """Whether, on this device and for these sizes, the kernels run and give what their twin gives.

    While a step is compiled or captured nothing is tried; what was not tried before does not run.
    """
    key = device.index or 0, int(dtype == torch.bfloat16), width, wide, size
    if key not in _found and not untimely():
        _found[key] = _tried(device, dtype, width, wide, size)
    return _found.get(key, False)


def _tried(device: torch.device, dtype: torch.dtype, width: int, wide: int, size: int) -> bool:
    """Whether they do; warns where they do not."""
    stem, generator = wide // 4, torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return (torch.randn(*shape, generator=generator) / shape[-1] ** 0.5).to(device)

    shapes = [(2 * stem, stem), (2 * stem,), (wide, 2 * stem), (wide, 2 * stem), (wide,), (width, wide), (width,)]
    try:
        with surroundings(device):
            first = normal(stem, 3), normal(stem)
            weights = Folded(*first, *(normal(*shape).to(dtype) for shape in shapes))
            points = normal(9, size, 3)
            found, wanted = embed_patches(points, weights).float(), embed_patches_plain(points, weights).float()
        if (found - wanted).abs().max() <= 0.02 * wanted.abs().max():
            return True
        reason = "it answers otherwise than PyTorch"
    except Exception as error:
        reason = first_line(error)
    warnings.warn(f"the Triton patch embedding does not run here, plain layers are used: {reason}", stacklevel=2)
    return False


def embed_patches(points: Tensor, weights: Folded) -> Tensor:
    """Tokens of patches, as ``PatchEmbedding`` gives them in evaluation mode; no gradient.

    Shape:
        points: (P, S, 3) of any float type, each patch's center at its origin → (P, C) of the weights' type.
    """
    w = weights
    first = [w.lift, w.lift_bias, w.point, w.point_bias]
    per_patch = F.linear(_maxima(points, first), w.join_maximum, w.join_bias)
    return _tokens(points, per_patch, [*first, w.join_point, w.out, w.out_bias])


@triton.jit
def _features(
    points: T, lift: T, lift_bias: T, point: T, point_bias: T, patches: T, size: T, STEM: tl.constexpr,
    SIZE: tl.constexpr, GROUP: tl.constexpr, PRECISION: tl.constexpr,
) -> T:  # fmt: skip
    """(GROUP · SIZE, 2 · STEM) features in the weights' type; short patches repeat their last point."""
    row = tl.arange(0, GROUP * SIZE)
    patch = tl.minimum(tl.program_id(0) * GROUP + row // SIZE, patches - 1).to(tl.int64)
    place = points + (patch * size + tl.minimum(row % SIZE, size - 1)) * 3
    x = tl.load(place).to(tl.float32)
    y = tl.load(place + 1).to(tl.float32)
    z = tl.load(place + 2).to(tl.float32)
    stem = tl.arange(0, STEM)
    hidden = x[:, None] * tl.load(lift + stem * 3)[None, :]
    hidden += y[:, None] * tl.load(lift + stem * 3 + 1)[None, :]
    hidden += z[:, None] * tl.load(lift + stem * 3 + 2)[None, :]
    hidden = tl.maximum(hidden + tl.load(lift_bias + stem)[None, :], 0.0)
    wide = tl.arange(0, 2 * STEM)
    weight = tl.load(point + wide[None, :] * STEM + stem[:, None])
    features = tl.dot(hidden.to(weight.dtype), weight, input_precision=PRECISION)
    return (features + tl.load(point_bias + wide).to(tl.float32)[None, :]).to(weight.dtype)


@triton.jit
def _maxima_kernel(
    points: T, lift: T, lift_bias: T, point: T, point_bias: T, maxima: T, patches: T, size: T, STEM: tl.constexpr,
    SIZE: tl.constexpr, GROUP: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    features = _features(points, lift, lift_bias, point, point_bias, patches, size, STEM, SIZE, GROUP, PRECISION)
    largest = tl.max(tl.reshape(features.to(tl.float32), (GROUP, SIZE, 2 * STEM)), 1)
    patch = tl.program_id(0) * GROUP + tl.arange(0, GROUP)
    out = maxima + patch.to(tl.int64)[:, None] * (2 * STEM) + tl.arange(0, 2 * STEM)[None, :]
    tl.store(out, largest, mask=(patch < patches)[:, None])


@triton.jit
def _tokens_kernel(
    points: T, per_patch: T, lift: T, lift_bias: T, point: T, point_bias: T, join: T, out: T, out_bias: T, tokens: T,
    patches: T, size: T, width: T, STEM: tl.constexpr, SIZE: tl.constexpr, GROUP: tl.constexpr, WIDTH: tl.constexpr,
    CHUNK: tl.constexpr, PRECISION: tl.constexpr,
) -> None:  # fmt: skip
    features = _features(points, lift, lift_bias, point, point_bias, patches, size, STEM, SIZE, GROUP, PRECISION)
    row = tl.arange(0, GROUP * SIZE)
    owner = tl.minimum(tl.program_id(0) * GROUP + row // SIZE, patches - 1).to(tl.int64)
    wide = tl.arange(0, 2 * STEM)
    column = tl.arange(0, WIDTH)
    real = column < width
    total = tl.zeros((GROUP * SIZE, WIDTH), tl.float32)
    # The joined layer is never whole: a slice of its columns is made, and goes into the last product at once.
    for start in range(0, 4 * STEM, CHUNK):
        slice_ = start + tl.arange(0, CHUNK)
        weight = tl.load(join + slice_[None, :] * (2 * STEM) + wide[:, None])
        joined = tl.dot(features, weight, input_precision=PRECISION)
        joined += tl.load(per_patch + owner[:, None] * (4 * STEM) + slice_[None, :]).to(tl.float32)
        joined = tl.maximum(joined, 0.0).to(weight.dtype)
        last = tl.load(out + column[None, :] * (4 * STEM) + slice_[:, None], mask=real[None, :], other=0.0)
        total += tl.dot(joined, last, input_precision=PRECISION)
    largest = tl.max(tl.reshape(total, (GROUP, SIZE, WIDTH)), 1)
    largest += tl.load(out_bias + column, mask=real, other=0.0).to(tl.float32)[None, :]
    patch = tl.program_id(0) * GROUP + tl.arange(0, GROUP)
    place = tokens + patch.to(tl.int64)[:, None] * width + column[None, :]
    tl.store(place, largest, mask=(patch < patches)[:, None] & real[None, :])


def _launch(points: Tensor, weight: Tensor) -> tuple[tuple[int], dict[str, int | str | bool]]:
    """Grid, and what both kernels share."""
    size = triton.next_power_of_2(points.shape[1])
    group = _ROWS // size
    constants: dict[str, int | str | bool] = {
        **{"STEM": weight.shape[1], "SIZE": size, "GROUP": group, "num_warps": 8, "num_stages": 1},
        "enable_fp_fusion": True,
        "PRECISION": "ieee",  # of float32 products; half precision knows no other
    }
    return (triton.cdiv(points.shape[0], group),), constants


def _chunk(width: int) -> int:
    """Columns of the joined layer that a program makes at a time."""
    return 32 if width > 256 else 64


@torch.library.custom_op("pointrecon::patch_maxima", mutates_args=())
def _maxima(points: Tensor, weights: list[Tensor]) -> Tensor:
    (patches, size, _), point = points.shape, weights[2]
    maxima = torch.empty(patches, point.shape[0], dtype=point.dtype, device=points.device)
    if patches:
        grid, constants = _launch(points, point)
        with torch.cuda.device_of(points):
            _maxima_kernel[grid](points.contiguous(), *weights, maxima, patches, size, **constants)
    return maxima


@_maxima.register_fake
def _(points: Tensor, weights: list[Tensor]) -> Tensor:
    return weights[2].new_empty(points.shape[0], weights[2].shape[0])


@torch.library.custom_op("pointrecon::patch_tokens", mutates_args=())
def _tokens(points: Tensor, per_patch: Tensor, weights: list[Tensor]) -> Tensor:
    (patches, size, _), out = points.shape, weights[5]
    width = len(out)
    tokens = torch.empty(patches, width, dtype=out.dtype, device=points.device)
    if patches:
        grid, constants = _launch(points, weights[2])
        with torch.cuda.device_of(points):
            _tokens_kernel[grid](
                *(points.contiguous(), per_patch, *weights, tokens, patches, size, width),
                WIDTH=max(triton.next_power_of_2(width), 16),
                CHUNK=_chunk(width),
                **constants,
            )
    return tokens


@_tokens.register_fake
def _(points: Tensor, per_patch: Tensor, weights: list[Tensor]) -> Tensor:
    return weights[5].new_empty(points.shape[0], weights[5].shape[0])
