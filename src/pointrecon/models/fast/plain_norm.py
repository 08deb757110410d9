"""A layer norm of a sum in plain PyTorch: what the kernel is compared with."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def summed_norm_plain(norm: nn.LayerNorm, *terms: Tensor, dtype: torch.dtype) -> Tensor:
    """``norm`` of a sum, computed in float32; the last of three terms may repeat.

    Shape:
        terms: one to three of (..., C); the third may lack leading dimensions → (..., C) of ``dtype``.
    """
    total = terms[0].float()
    for term in terms[1:]:
        total = total + term
    return F.layer_norm(total, norm.normalized_shape, norm.weight.float(), norm.bias.float(), norm.eps).to(dtype)
