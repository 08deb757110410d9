"""Products of float32 matrices on CPUs through oneDNN, which PyTorch ships beside MKL.

On AMD processors with AVX-512 MKL reaches about three quarters of what oneDNN does; with AVX2 alone it is as fast or
faster. PyTorch has no public call that takes oneDNN in float32, so a private one is tried before it is relied on.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


def works() -> bool:
    """Whether this PyTorch has the operator, and it answers as ``linear`` does."""
    values, weight, bias = (torch.linspace(-1, 1, n, dtype=torch.float32, device="cpu") for n in (96, 40, 5))
    values, weight = values.view(4, 3, 8), weight.view(5, 8)
    try:
        pairs = [
            (product(values, weight, bias), F.linear(values, weight, bias)),
            (product(values, weight, bias, "gelu"), F.gelu(F.linear(values, weight, bias))),
        ]
    except Exception:
        return False
    return all(ours.shape == plain.shape and torch.allclose(ours, plain, atol=1e-5) for ours, plain in pairs)


def product(values: Tensor, weight: Tensor, bias: Tensor | None = None, then: str = "none") -> Tensor:
    """``values @ weightᵀ + bias``, and "gelu" of it if ``then`` says so; no gradient."""
    return torch.ops.mkldnn._linear_pointwise(_dense(values), _dense(weight), bias, then, [], "none")


def _dense(matrix: Tensor) -> Tensor:
    """oneDNN takes hundreds of times longer for other strides than those of a matrix or its transpose."""
    if matrix.is_contiguous() or (matrix.ndim == 2 and matrix.t().is_contiguous()):
        return matrix
    return matrix.contiguous()


def _weight_gradient(gradient: Tensor, values: Tensor) -> Tensor:
    """``gradientᵀ @ values``, (R, D) and (R, C) → (D, C). For long shapes oneDNN is faster, one way round; else MKL."""
    out, width = gradient.shape[1], values.shape[1]
    if out >= 3 * width:
        return product(values.t(), gradient.t()).t()
    if width >= 3 * out:
        return product(gradient.t(), values.t())
    return gradient.t() @ values


class OneDnnLinear(torch.autograd.Function):
    """``linear`` forward, for the gradient of its input and, where that is faster, for that of its weight."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(values, weight)
        return product(values, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        values, weight = ctx.saved_tensors
        to_values = product(gradient, weight.t()) if ctx.needs_input_grad[0] else None
        rows = gradient.reshape(-1, gradient.shape[-1])
        to_weight = _weight_gradient(rows, values.reshape(-1, values.shape[-1])) if ctx.needs_input_grad[1] else None
        return to_values, to_weight, rows.sum(0) if ctx.needs_input_grad[2] else None
