"""Every Triton kernel tried against its twin before it is used: Triton wants a C compiler and a card it knows."""

import warnings
from functools import cache

import torch

from pointrecon import geometry
from pointrecon.errors import first_line
from pointrecon.geometry.neighbors import squared_distances


@cache
def works_on(device: torch.device) -> bool:
    """Whether the kernels run on a device and answer as their twins do; warns where they do not."""
    try:
        compare(device)
    except Exception as error:
        reason = first_line(error)
        warnings.warn(f"Triton kernels do not run here, plain PyTorch is used instead: {reason}", stacklevel=2)
        return False
    return True


def compare(device: torch.device) -> None:
    """Raise where a kernel does not run, or answers otherwise than its twin."""
    from pointrecon.models.fast import chamfer_sets, farthest, nearest

    cloud = torch.rand(2, 40, 3, generator=torch.Generator().manual_seed(0)).to(device)
    some = cloud[:, :9].contiguous()
    gaps = squared_distances(some, cloud)
    found, wanted = nearest.nearest(some, cloud, 7), geometry.knn(some, cloud, 7)
    leaf, twin = some.clone().requires_grad_(), some.clone().requires_grad_()
    with torch.enable_grad():
        value, plain = chamfer_sets.chamfer(leaf, cloud, 2), geometry.chamfer(twin, cloud)
    pairs = {
        "farthest points": (farthest.farthest_points(cloud, 12, False), geometry.farthest_point_sample(cloud, 12)),
        "neighbors": (gaps.gather(2, found).sort(2).values, gaps.gather(2, wanted).sort(2).values),
        "Chamfer": (value.detach(), plain.detach()),
        "Chamfer's gradient": (*torch.autograd.grad(value.sum(), leaf), *torch.autograd.grad(plain.sum(), twin)),
    }
    for name, (ours, theirs) in pairs.items():
        if not torch.allclose(ours.double(), theirs.double(), rtol=1e-5, atol=1e-6):
            raise RuntimeError(f"the kernel for {name} answers otherwise than PyTorch")
