"""Linear layers by whichever library is fastest; the same function up to rounding."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.models.fast.onednn import OneDnnLinear, product
from pointrecon.models.fast.switch import by_onednn


def full_precision(values: Tensor) -> torch.autocast:
    """A context without autocast on the device of ``values``: coordinates go in and come out in float32."""
    return torch.autocast(values.device.type, enabled=False)


def linear(values: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """As :func:`torch.nn.functional.linear`.

    Shape:
        values: (..., C); weight: (D, C); bias: (D,) → (..., D).
    """
    if not by_onednn(values):
        return F.linear(values, weight, bias)
    if torch.is_grad_enabled() and (values.requires_grad or weight.requires_grad):
        return OneDnnLinear.apply(values, weight, bias)
    return product(values, weight, bias)


def linear_gelu(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``gelu(linear(values, ...))``, in one pass where nothing is differentiated."""
    if not torch.is_grad_enabled() and by_onednn(values):
        return product(values, weight, bias, "gelu")
    return F.gelu(linear(values, weight, bias))


class Linear(nn.Linear):
    """:class:`torch.nn.Linear` through :func:`linear`."""

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)


class SingleLinear(Linear):
    """In float32 under autocast too: what reads coordinates, or makes them."""

    def forward(self, input: Tensor) -> Tensor:
        with full_precision(input):
            return super().forward(input.to(self.weight.dtype))
