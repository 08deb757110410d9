"""How far one point set is from another."""

import torch
from torch import Tensor

from pointrecon.geometry.neighbors import gather, squared_distances


def chamfer(first: Tensor, second: Tensor, *, norm: int = 2) -> Tensor:
    """Chamfer distance of each pair of sets, (B, N, 3) × (B, M, 3) → (B,): the mean nearest distances, both ways added.

    Half precision is computed in float32. The nearest partner is found without gradients; the distance to it is then
    differentiated, which is the exact gradient of the minimum and keeps no (N × M) matrix for the backward pass. With
    ``norm`` 2 distances are *squared* ("Chamfer L2", the released loss); with 1 they are not, and halved as the field's
    "Chamfer L1" is.
    """
    if norm not in (1, 2):
        raise ValueError(f"norm must be 1 or 2, not {norm}")
    half = (torch.float16, torch.bfloat16)
    first, second = (side.float() if side.dtype in half else side for side in (first, second))
    with torch.no_grad():
        gaps = squared_distances(first, second)
        to_second, to_first = gaps.argmin(2), gaps.argmin(1)
    forth = (first - gather(second, to_second)).square().sum(-1)
    back = (second - gather(first, to_first)).square().sum(-1)
    if norm == 1:
        tiny = torch.finfo(first.dtype).eps ** 2
        forth, back = (forth + tiny).sqrt() / 2, (back + tiny).sqrt() / 2
    return forth.mean(1) + back.mean(1)
