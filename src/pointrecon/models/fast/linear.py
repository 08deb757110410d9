"""Linear layers at the processor's peak.

PyTorch multiplies float32 matrices on CPUs with MKL, which on AMD processors with AVX-512 reaches about three quarters
of what oneDNN does; PyTorch ships both. On CPUs with AVX-512 our linear layers go through oneDNN forward, for the
gradient of their input and, where that is faster, for that of their weight. The function is the same up to rounding. On
other devices (with AVX2 alone MKL is as fast or faster), in bfloat16 (where PyTorch takes oneDNN itself) and inside
``torch.compile`` they are the plain ones, and so they are where ``pointrecon.geometry.kernels.enabled`` is False
(``POINTRECON_KERNELS=0``).
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pointrecon.geometry import kernels

_WIDE = torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def full_precision(values: Tensor) -> torch.autocast:
    """A context without autocast on the device of ``values``: coordinates go in and come out in float32."""
    return torch.autocast(values.device.type, enabled=False)


def onednn_serves(values: Tensor) -> bool:
    """Whether products of ``values`` go through oneDNN explicitly: float32 on a CPU with AVX-512, in eager mode."""
    return bool(
        kernels.enabled
        and _WIDE
        and values.device.type == "cpu"
        and values.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def linear(values: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """As :func:`torch.nn.functional.linear`, through whichever library is fastest.

    Shape:
        values: (..., C); weight: (D, C); bias: (D,) → (..., D).
    """
    if not onednn_serves(values):
        return F.linear(values, weight, bias)
    if torch.is_grad_enabled() and (values.requires_grad or weight.requires_grad):
        return _Linear.apply(values, weight, bias)
    return _product(values, weight, bias)


def linear_gelu(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``gelu(linear(values, ...))``, in one pass where nothing is differentiated; see :func:`linear`."""
    if onednn_serves(values) and not torch.is_grad_enabled():
        return _product(values, weight, bias, "gelu")
    return F.gelu(linear(values, weight, bias))


class Linear(nn.Linear):
    """:class:`torch.nn.Linear` through :func:`linear`."""

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)


def _product(values: Tensor, weight: Tensor, bias: Tensor | None = None, then: str = "none") -> Tensor:
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
        return _product(values.t(), gradient.t()).t()
    if width >= 3 * out:
        return _product(gradient.t(), values.t())
    return gradient.t() @ values


def _rows(values: Tensor) -> Tensor:
    return values.reshape(-1, values.shape[-1])


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(values, weight)
        return _product(values, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        values, weight = ctx.saved_tensors
        to_values = _product(gradient, weight.t()) if ctx.needs_input_grad[0] else None
        rows = _rows(gradient)
        to_weight = _weight_gradient(rows, _rows(values)) if ctx.needs_input_grad[1] else None
        to_bias = rows.sum(0) if ctx.needs_input_grad[2] else None
        return to_values, to_weight, to_bias
