"""Coordinates in kernels."""

import triton
import triton.language as tl
from triton.language import tensor as T


@triton.jit
def load_xyz(place: T, axis_stride: T, inside: T) -> T:
    """The three coordinates of the points at ``place``, 0 for those not ``inside``."""
    x = tl.load(place, mask=inside, other=0.0)
    y = tl.load(place + axis_stride, mask=inside, other=0.0)
    z = tl.load(place + 2 * axis_stride, mask=inside, other=0.0)
    return x, y, z


@triton.jit
def squared(x: T, y: T, z: T) -> T:
    """Squared length."""
    return x * x + y * y + z * z
