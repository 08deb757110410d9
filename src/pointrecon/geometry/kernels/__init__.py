"""Triton kernels behind the public functions of this room, picked by device and never required.

Each has its plain PyTorch twin, which runs everywhere else and which the tests compare it with:

| kernel | used by | limits (beyond them: the twin) |
|---|---|---|
| ``sampling.farthest_points`` | ``farthest_point_sample`` | up to 16,384 points |
| ``neighbors.nearest``, ``neighbors.patches`` | ``knn``, ``group`` | float32, up to 16,384 points, any k |
| ``distances.chamfer`` (and its backward) | ``chamfer`` | float32, sets of up to 1,024 points, first derivatives |

They are used for CUDA tensors where triton is installed (PyTorch's CUDA builds bring it) and a first trial on the card
agrees with the twins. ``POINTRECON_KERNELS=0`` in the environment, or ``pointrecon.geometry.kernels.enabled = False``,
keeps to the plain functions; this leaves out the fast ways of CPUs as well (fpsample, the k-d tree, oneDNN's linear
layers and the fused patch embedding of ``models``). Each kernel is one opaque operator (``torch.library.custom_op``),
so a compiled step neither breaks nor looks inside.

Multiplications and additions are not contracted (``enable_fp_fusion=False``): sampling returns its twin's indices, bit
for bit. In ``knn`` the twin's own rounding differs by device in the last place (``addcmul``), so that two points whose
distances differ only there may change places at the edge of a patch; exact ties go to the lowest index.

Not yet run on a GPU: tested against the twins with Triton's interpreter on a CPU, and compiled for compute capability
9.0. Launch parameters (warps, points per thread) are reckoned, not measured. AMD cards have not been tried at all.
"""

import os
import warnings
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

enabled = os.environ.get("POINTRECON_KERNELS", "1") != "0"

MOST_POINTS = 16_384  # of a cloud: what the registers of one thread block hold
MOST_IN_SET = 1_024  # of a Chamfer set: one program walks through all pairs

_TRITON = find_spec("triton") is not None


def usable(tensor: Tensor) -> bool:
    """Whether kernels are to run on ``tensor``'s device."""
    if not (enabled and _TRITON and tensor.is_cuda):
        return False
    # torch.compile needs the same tools as the kernels, and should not see the trial.
    return torch.compiler.is_compiling() or _work_on(tensor.device)


@cache
def _work_on(device: torch.device) -> bool:
    """A trial of every kernel against its twin: Triton wants a C compiler at run time and a card it knows."""
    try:
        _try(device)
    except Exception as error:
        reason = str(error).splitlines() or [type(error).__name__]
        warnings.warn(f"Triton kernels do not run here, plain PyTorch is used instead: {reason[0]}", stacklevel=2)
        return False
    return True


def _try(device: torch.device) -> None:
    """Raise where a kernel does not run, or answers otherwise than its twin."""
    from pointrecon.geometry import distances, sampling
    from pointrecon.geometry import neighbors as neighbors
    from pointrecon.geometry.kernels.chamfer_sets import chamfer
    from pointrecon.geometry.kernels.farthest import farthest_points
    from pointrecon.geometry.kernels.nearest import nearest

    cloud = torch.rand(2, 40, 3, generator=torch.Generator().manual_seed(0)).to(device)
    some = cloud[:, :9].contiguous()
    gaps = neighbors.squared_distances(some, cloud)
    found, wanted = nearest(some, cloud, 7), neighbors.knn_plain(some, cloud, 7)
    answers = [
        (farthest_points(cloud, 12, False), sampling.farthest_point_sample_plain(cloud, 12)),
        (gaps.gather(2, found).sort(2).values, gaps.gather(2, wanted).sort(2).values),
    ]
    for function in (chamfer, lambda a, b, norm: distances.chamfer_plain(a, b, norm=norm)):
        leaf = some.clone().requires_grad_()
        with torch.enable_grad():
            value = function(leaf, cloud, 2)
        answers.append((value.detach(), torch.autograd.grad(value.sum(), leaf)[0]))
    (value, gradient), (plain_value, plain_gradient) = answers[-2:]
    answers[-2:] = [(value, plain_value), (gradient, plain_gradient)]
    for number, (ours, twin) in enumerate(answers):
        if not torch.allclose(ours.double(), twin.double(), rtol=1e-5, atol=1e-6):
            name = ("farthest points", "neighbors", "Chamfer", "Chamfer's gradient")[number]
            raise RuntimeError(f"the kernel for {name} answers otherwise than PyTorch")
