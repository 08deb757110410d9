"""Part of a GPU session: the Triton kernels with other warps and tiles than those the library reckoned."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import torch

from benchmarks.gpu_clock import capture, milliseconds
from benchmarks.gpu_kernels import difference
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.tensors import clouds

BATCH, POINTS, PATCHES, SIZE, HIDDEN = 128, 1024, 64, 32, 38  # of a step of base
Choices = dict[str, Any]
Tuned = Callable[[], torch.Tensor]


def measure(sheet: Sheet) -> None:
    """A line per kernel and choice: milliseconds of the kernel alone, replayed as a CUDA graph."""
    if sheet.rehearse:
        sheet.write("kernels", skipped="needs a GPU")
        return
    first: dict[str, torch.Tensor] = {}  # each kernel's first answer: what the others are compared with
    for kernel, ways in (("farthest", farthest), ("nearest", nearest), ("chamfer", chamfer)):
        for choices, call in ways("cuda"):
            named = ", ".join(f"{name} {value}" for name, value in choices.items())
            with sheet.attempt(f"{kernel}: {named}", needs=3) as found:
                if found is not None:
                    answer = call().clone()
                    found["difference"] = difference(answer, first.setdefault(kernel, answer))
                    found["ms"] = milliseconds(capture(call), "cuda")


def farthest(device: str, batch: int = BATCH) -> Iterator[tuple[Choices, Tuned]]:
    """Warps of a cloud's program."""
    from pointrecon.models.fast.farthest import _farthest_points

    points = clouds(batch, POINTS, device)
    chosen = torch.empty(batch, PATCHES, dtype=torch.long, device=device)
    fixed = {"BLOCK": POINTS, "SKIP_ORIGIN": False, "HALVES": False, "enable_fp_fusion": False}
    for warps in (1, 2, 4, 8, 16):
        how = {**fixed, "num_warps": warps}
        launch = partial(_farthest_points[(batch,)], points, chosen, POINTS, PATCHES, *points.stride(), **how)
        yield {"warps": warps}, _filling(chosen, launch)


def nearest(device: str, batch: int = BATCH) -> Iterator[tuple[Choices, Tuned]]:
    """Warps of a query's program."""
    from pointrecon.models.fast.nearest import _nearest_points

    points = clouds(batch, POINTS, device)
    query = points[:, :PATCHES].contiguous()
    out = torch.empty(batch, PATCHES, SIZE, 3, device=device)
    for warps in (1, 2, 4, 8):
        how = {"BLOCK": POINTS, "PATCHES": True, "enable_fp_fusion": False, "num_warps": warps}
        kernel = _nearest_points[(batch * PATCHES,)]
        yield {"warps": warps}, _filling(out, partial(kernel, query, points, out, out, PATCHES, POINTS, SIZE, **how))


def chamfer(device: str, batch: int = BATCH) -> Iterator[tuple[Choices, Tuned]]:
    """Rows, columns and warps of a pair's program, forward and backward."""
    from pointrecon.models.fast import chamfer_sets

    first = (torch.randn(batch * HIDDEN, SIZE, 3, device=device) * 0.1).requires_grad_()
    second = torch.randn(batch * HIDDEN, SIZE, 3, device=device) * 0.1
    for block, tile, warps in ((32, 8, 1), (32, 16, 1), (32, 32, 1), (32, 32, 2), (32, 32, 4), (16, 32, 1)):
        shape = {"BLOCK": block, "TILE": tile, "num_warps": warps, "enable_fp_fusion": False}

        def call(shape: Choices = shape) -> torch.Tensor:
            with mock.patch.object(chamfer_sets, "_shape", return_value=shape):
                return torch.autograd.grad(chamfer_sets.chamfer(first, second, 2).sum(), first)[0]

        yield {"rows": block, "columns": tile, "warps": warps}, call


def _filling(out: torch.Tensor, launch: Callable[[], object]) -> Tuned:
    def call() -> torch.Tensor:
        launch()
        return out

    return call


if __name__ == "__main__":
    run_part("tuning", measure)
