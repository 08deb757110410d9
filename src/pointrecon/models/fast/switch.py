"""The switch of the fast ways, and the one place that says where each of them is taken.

Every way has a plain PyTorch twin, which runs everywhere else and which tests compare it with. What
``docs/performance.md`` shows ahead of its twin on a kind of machine is taken there by itself:

| way | instead of | where | by itself |
|---|---|---|---|
| onednn | ``linear`` by MKL | CPUs with AVX-512, float32 | yes |
| fused | the patch embedding's layers | CPUs, no gradient to the points | yes |
| buckets | ``farthest_point_sample`` | CPUs, from 4,096 points, where fpsample is installed | yes |
| tree | ``knn``, ``group`` | CPUs, large clouds | yes |
| partition | ``knn``, ``group`` | CPUs, smaller clouds | yes |
| triton farthest | ``farthest_point_sample`` | CUDA, float32, clouds that fit a program | yes |
| triton nearest | ``knn``, ``group`` | CUDA, float32, clouds that fit a program | yes |
| triton chamfer | ``chamfer`` | CUDA, float32, sets that fit a program | yes |
| triton norm | a norm of a sum | CUDA, in a frozen encoder | yes |
| frozen | encoding by the model's layers | CUDA, bfloat16, models in evaluation mode | yes |

Triton's kernels are tried against their twins on every card first. ``POINTRECON_FAST`` in the environment is "auto",
"off" (only twins) or "all" (whatever can run here); :func:`use` sets the same from Python.
"""

import os
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.models.fast import onednn
from pointrecon.models.fast.trial import works_on as _triton_works

_KERNELS = ("farthest", "nearest", "chamfer", "norm")
_ON_CPU = ("onednn", "fused", "buckets", "tree", "partition")
EARNED = dict.fromkeys([*_ON_CPU, "frozen", *(f"triton {one}" for one in _KERNELS)], True)
MODES = ("auto", "off", "all")
MOST_POINTS = 16_384  # of a cloud: what the registers of one thread block hold
MOST_IN_SET = 1_024  # of a Chamfer set: one program walks through all pairs
_BUCKETS_PAY = 4096  # points; smaller clouds come in large batches, where the plain loop is as fast
_TREE_PAYS = 1 << 19  # distances of a cloud
_WIDE = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
_HAVE = {module: find_spec(module) is not None for module in ("fpsample", "triton")}
_mode = "auto"


def use(mode: str) -> str:
    """Choose "auto", "off" or "all" from here on.

    Returns:
        What was chosen before.

    Raises:
        InputError: for another word.
    """
    global _mode
    if mode not in MODES:
        raise InputError(f"POINTRECON_FAST must be auto, off or all, not '{mode}'")
    before, _mode = _mode, mode
    return before


use(os.environ.get("POINTRECON_FAST", "auto"))


def _wanted(way: str) -> bool:
    return _mode == "all" or (_mode == "auto" and EARNED[way])


def _eager_on_cpu(values: Tensor) -> bool:
    return values.device.type == "cpu" and not torch.compiler.is_compiling()


def by_onednn(values: Tensor) -> bool:
    """Whether products of ``values`` go through oneDNN explicitly."""
    return (
        _wanted("onednn")
        and _eager_on_cpu(values)
        and values.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and (_WIDE or _mode == "all")
        and bool(torch.backends.mkldnn.enabled)
        and _onednn_works()
    )


_onednn_works = cache(onednn.works)


def by_fused(points: Tensor, weight: Tensor) -> bool:
    """Whether patches (…, 3) go through the fused embedding, whose layers have weights like ``weight``."""
    differentiated = torch.is_grad_enabled() and points.requires_grad
    single = weight.dtype == torch.float32
    return _wanted("fused") and _eager_on_cpu(points) and single and points.numel() > 0 and not differentiated


def by_buckets(points: Tensor) -> bool:
    """Whether fpsample takes the farthest points of these (B, N, 3) clouds."""
    return _wanted("buckets") and points.shape[1] >= _BUCKETS_PAY and _eager_on_cpu(points) and _HAVE["fpsample"]


def by_tree(query: Tensor, points: Tensor) -> bool:
    """Whether a k-d tree finds neighbors."""
    count, total = query.shape[1], points.shape[1]
    large = len(points) > 0 and total >= 2048 and count * total >= _TREE_PAYS
    return large and _wanted("tree") and _eager_on_cpu(points) and bool(points.isfinite().all())


def by_partition(query: Tensor, points: Tensor, k: int) -> bool:
    """Whether neighbors on a CPU are found by the k-th smallest distance."""
    exact = query.dtype == points.dtype and points.dtype in (torch.float32, torch.float64)
    return exact and k > 0 and points.numel() > 0 and _wanted("partition") and _eager_on_cpu(points)


def by_frozen(clouds: Tensor) -> bool:
    """Whether a frozen model's clouds are encoded from one copy of its weights in bfloat16."""
    half = torch.is_autocast_enabled("cuda") and torch.get_autocast_dtype("cuda") == torch.bfloat16
    return _wanted("frozen") and clouds.is_cuda and half and not torch.is_grad_enabled()


def by_triton(kernel: str, values: Tensor) -> bool:
    """Whether Triton's ``kernel``, "farthest", "nearest", "chamfer" or "norm", runs on (B, N, C) values."""
    if not (values.is_cuda and _HAVE["triton"]):
        return False
    norm = kernel == "norm"  # is asked for elsewhere than the others
    wanted = [one for one in _KERNELS if (one == "norm") == norm and _wanted(f"triton {one}")]
    works = bool(wanted) and _triton_works(kernel, values.device, wanted)
    most = MOST_IN_SET if kernel == "chamfer" else MOST_POINTS
    return works and kernel in wanted and (norm or (values.dtype == torch.float32 and 0 < values.shape[1] <= most))
