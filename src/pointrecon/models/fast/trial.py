"""Every Triton kernel tried against its twin before it is used: Triton wants a C compiler and a card it knows."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from pointrecon import geometry
from pointrecon.errors import first_line
from pointrecon.geometry.neighbors import squared_distances
from pointrecon.models.fast.plain_norm import summed_norm_plain

Pairs = list[tuple[Tensor, Tensor]]  # the kernel's answer, the twin's


_found: dict[tuple[str, int], bool] = {}  # kernel, number of the device → whether it works there


def untimely() -> bool:
    """Whether a step is being compiled or captured, so that nothing can be tried now."""
    return torch.compiler.is_compiling() or (torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())


def works_on(kernel: str, device: torch.device, wanted: Iterable[str]) -> bool:
    """Whether a kernel runs on a device and answers as its twin does.

    While a step is compiled or captured nothing is tried, so every kernel ``wanted`` is tried as soon as one of them is
    asked for; what was not tried does not run.
    """
    place = device.index or 0
    if not untimely():
        for one in wanted:
            if (one, place) not in _found:
                _found[one, place] = _tried(one, device)
    return _found.get((kernel, place), False)


@contextmanager
def surroundings(device: torch.device) -> Iterator[None]:
    """What is tried here is tried the same wherever it is asked for: gradients on, no inference mode, no autocast."""
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        yield


def _tried(kernel: str, device: torch.device) -> bool:
    """Whether it works; warns where it does not."""
    try:
        compare(kernel, device)
    except Exception as error:
        reason = first_line(error)
        warnings.warn(f"the Triton kernel '{kernel}' does not run here, plain PyTorch is used instead: {reason}")
        return False
    return True


def compare(kernel: str, device: torch.device) -> None:
    """Raise where a kernel of the switch's table does not run or answers otherwise than its twin."""
    with surroundings(device):
        cloud = torch.rand(2, 40, 3, generator=torch.Generator().manual_seed(0)).to(device)
        some = cloud[:, :9].contiguous()
        pairs = _PAIRS[kernel](cloud, some)
    for ours, theirs in pairs:
        if not torch.allclose(ours.double(), theirs.double(), rtol=1e-4, atol=1e-5):
            raise RuntimeError("it answers otherwise than PyTorch")


def _farthest(cloud: Tensor, some: Tensor) -> Pairs:
    from pointrecon.models.fast.farthest import farthest_points

    return [(farthest_points(cloud, 12, False), geometry.farthest_point_sample(cloud, 12))]


def _nearest(cloud: Tensor, some: Tensor) -> Pairs:
    from pointrecon.models.fast.nearest import nearest

    gaps = squared_distances(some, cloud)
    found, wanted = nearest(some, cloud, 7), geometry.knn(some, cloud, 7)
    return [(gaps.gather(2, found).sort(2).values, gaps.gather(2, wanted).sort(2).values)]


def _chamfer(cloud: Tensor, some: Tensor) -> Pairs:
    from pointrecon.models.fast.chamfer_sets import chamfer

    leaf, twin = some.clone().requires_grad_(), some.clone().requires_grad_()
    value, plain = chamfer(leaf, cloud, 2), geometry.chamfer(twin, cloud)
    (slope,), (wanted,) = torch.autograd.grad(value.sum(), leaf), torch.autograd.grad(plain.sum(), twin)
    return [(value.detach(), plain.detach()), (slope, wanted)]


def _norm(cloud: Tensor, _: Tensor) -> Pairs:
    from pointrecon.models.fast.summed_norm import summed_norm

    with torch.no_grad():
        values = cloud.view(5, 2, 24)
        norm, terms = nn.LayerNorm(24).to(cloud.device), (values.half(), values.half().flip(0), values[0])
        summed = [terms[:count] for count in (1, 2, 3)]
        ways = [[way(norm, *some, dtype=torch.float32) for some in summed] for way in (summed_norm, summed_norm_plain)]
        return list(zip(*ways, strict=True))


_PAIRS = {"farthest": _farthest, "nearest": _nearest, "chamfer": _chamfer, "norm": _norm}
