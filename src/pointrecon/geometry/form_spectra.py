"""What stays of a cloud's form however it is turned, mirrored or rescaled: power spectra of spherical harmonics.

Points are weighed onto concentric shells around their mean; on each shell spherical harmonics tell how they are spread,
and of these all that a rotation does not change is kept: for every degree the energy on each shell (Kazhdan et al.,
"Rotation Invariant Spherical Harmonic Representation of 3D Shape Descriptors", SGP 2003), and the inner products with
the next two shells, which also tell how shells lie to one another (the power spectrum of Bartok et al., "On
representing chemical environments", Phys. Rev. B 2013).
"""

from math import pi, sqrt

import torch
from torch import Tensor

SHELLS, DEGREE, NEXT = 12, 10, 2
WIDTH = (DEGREE + 1) * sum(SHELLS - apart for apart in range(NEXT + 1))
_FAR = 2.5  # root mean square distances from the mean: the last shell; what is further out counts as on it
_AT_ONCE = 1 << 14  # points whose harmonics are in memory at once


def form(points: Tensor) -> Tensor:
    """Clouds (B, N, 3) of any size, pose and hand to vectors (B, WIDTH) float32 of length 1, to compare by distance.

    Equal clouds are at 0; the same surface drawn anew with 2,048 points, with noise of 2.5% of its radius, at about
    0.1; different shapes mostly beyond 0.2. Roots of the spectra are compared, each degree divided by the root of the
    number of its harmonics.
    """
    step = max(_AT_ONCE // max(points.shape[1], 1), 1)
    return torch.cat([_form(some) for some in points.float().split(step)])


def _form(points: Tensor) -> Tensor:
    around = points - points.mean(1, keepdim=True)
    radius = around.norm(dim=2)
    tiny = torch.finfo(around.dtype).tiny
    way = around / radius.unsqueeze(2).clamp_min(tiny)
    size = radius.square().mean(1, keepdim=True).sqrt().clamp_min(tiny)
    level = (radius / size / _FAR * SHELLS - 0.5).clamp(0, SHELLS - 1)
    shells = torch.arange(SHELLS, device=points.device)
    weight = (1 - (level.unsqueeze(2) - shells).abs()).clamp_min(0) / points.shape[1]  # to the two shells around it
    spread = harmonics(way) @ weight  # (B, harmonics, SHELLS)
    parts = []
    for degree in range(DEGREE + 1):
        own = spread[:, degree**2 : (degree + 1) ** 2]
        for apart in range(NEXT + 1):
            power = (own[:, :, : SHELLS - apart] * own[:, :, apart:]).sum(1) * (sqrt(2) if apart else 1)
            parts.append(power.sign() * power.abs().sqrt() / sqrt(2 * degree + 1))
    return torch.nn.functional.normalize(torch.cat(parts, 1), dim=1)


def harmonics(way: Tensor) -> Tensor:
    """Real orthonormal spherical harmonics (B, (DEGREE + 1)², N) of directions (B, N, 3), degree by degree.

    By the recurrence of associated Legendre polynomials in z, with the powers of x + iy in the place of their sines.
    """
    x, y, z = way.unbind(2)
    found = way.new_empty(len(way), (DEGREE + 1) ** 2, way.shape[1])
    real, imaginary, first = torch.ones_like(x), torch.zeros_like(x), sqrt(1 / (4 * pi))
    for m in range(DEGREE + 1):
        if m:
            real, imaginary = x * real - y * imaginary, x * imaginary + y * real
            first *= -sqrt((2 * m + 1) / (2 * m))
        before, now = torch.zeros_like(z), torch.full_like(z, first * (sqrt(2) if m else 1))
        for degree in range(m, DEGREE + 1):
            if degree > m:
                up = sqrt((4 * degree**2 - 1) / (degree**2 - m**2))
                down = sqrt(((degree - 1) ** 2 - m**2) / (4 * (degree - 1) ** 2 - 1)) if degree > 1 else 0.0
                before, now = now, up * (z * now - down * before)
            torch.mul(now, real, out=found[:, degree * (degree + 1) + m])
            if m:
                torch.mul(now, imaginary, out=found[:, degree * (degree + 1) - m])
    return found
