"""The offline image teacher: a classical descriptor of a shape's views, no learned weights, no download.

Each view is described by histograms of oriented gradients (Dalal and Triggs 2005), a coarse map of nearness,
and Zernike moments (Khotanzad and Hong 1990). Turning the shape about its up axis moves the views around
their ring, so over the ring the magnitudes of the Fourier transform are kept, which hardly change. A fixed
random orthogonal map brings everything to `width` numbers.
"""

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.teachers.pictures import same_size

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import Pictures, Shading

_SIZE = 64  # pixels a side; larger pictures gain nothing on ModelNet10
_CELL = 8
_ANGLES = 9
_HARMONICS = 4  # of the ring: the mean over views and three more
_DEGREE = 10  # of the Zernike polynomials: 36 moments
# The projected parts have length sqrt(3) at most. 70 gives numbers of about 1 in size that vary by 0.7 over
# shapes, as the smooth L1 loss on raw features needs.
_SCALE = 70.0
_VERSION = 1  # of the recipe; features of different versions do not mix


class MultiView:
    """Views of a shape to one feature of ``width`` numbers, always the same; ``seed`` is that of the random map."""

    name = "multiview"
    together = True
    parallel = True
    size = _SIZE
    shading: "Shading" = "depth"

    def __init__(self, width: int = 384, seed: int = 0, device: str | torch.device = "cpu") -> None:
        blocks = (_SIZE // _CELL - 1) ** 2 * 4 * _ANGLES
        basis = zernike_basis(_SIZE, _DEGREE).flatten(1).T
        self._zernike = basis.real.contiguous().to(device), basis.imag.contiguous().to(device)
        described = _HARMONICS * (blocks + (_SIZE // _CELL) ** 2 + basis.shape[1])
        if not 1 <= width <= described:
            raise InputError(f"the multiview teacher cannot have width {width}: use 1 to {described}")
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randn(described, width, generator=generator, dtype=torch.float64)
        turned, triangle = torch.linalg.qr(rows)
        # the signs of a QR decomposition are a matter of the library's taste; these are not
        self._map = (turned * triangle.diagonal().sign() * _SCALE).float().to(device)
        self.width = width
        self.device = torch.device(device)
        self.info = {"model": f"multiview-{_VERSION}", "spec": "multiview", "width": width, "seed": seed}

    @torch.inference_mode()
    def encode(self, images: "Pictures") -> Tensor:
        """Pictures on white, dark where near (as ``render_clouds(shading="depth")`` draws them), to features.

        Args:
            images: (B, V, 1 or 3, H, W) float in 0..1, V views around the up axis at equal steps: one feature
                a shape. Or single pictures, (B, 1 or 3, H, W) or PIL: one feature a picture, as of a ring of
                copies.

        Returns:
            (B, D) float32 on the CPU; one shape's feature does not depend on the others.
        """
        views = 1
        if isinstance(images, Tensor) and images.ndim == 5:
            views, images = images.shape[1], images.flatten(0, 1)
        pictures = same_size(images, _SIZE).to(self.device)
        near = 1 - pictures.mean(1)  # nothing is 0, near is 1
        coarse = F.avg_pool2d(near, _CELL).flatten(1)
        moments = torch.hypot(*(near.flatten(1) @ part for part in self._zernike))
        parts = [_ring_spectrum(x, views) for x in (hog(near), coarse, moments)]
        return (torch.cat([F.normalize(x, dim=1) for x in parts], 1) @ self._map).cpu()


def hog(pictures: Tensor) -> Tensor:
    """Histograms of oriented gradients as scikit-image's: 9 angles, cells of 8 × 8 pixels, blocks of 2 × 2 cells.

    scikit-image takes one picture at a time, ten times as long on one core.

    Shape:
        pictures: (B, H, W), H and W multiples of 8 → (B, (H/8 - 1) · (W/8 - 1) · 36).
    """
    high, wide = pictures.shape[1] // _CELL, pictures.shape[2] // _CELL
    down, right = torch.zeros_like(pictures), torch.zeros_like(pictures)
    down[:, 1:-1] = pictures[:, 2:] - pictures[:, :-2]
    right[:, :, 1:-1] = pictures[:, :, 2:] - pictures[:, :, :-2]
    turned = torch.rad2deg(torch.atan2(down, right)).remainder(180)
    angle = (turned / (180 / _ANGLES)).long().clamp_(max=_ANGLES - 1)  # just below 0° is rounded to 180°
    rows, columns = (torch.arange(n * _CELL, device=pictures.device) // _CELL for n in (high, wide))
    place = angle + (rows[:, None] * wide + columns) * _ANGLES
    cells = pictures.new_zeros(len(pictures), high * wide * _ANGLES)
    cells.scatter_add_(1, place.flatten(1), torch.hypot(down, right).flatten(1))
    cells = (cells / _CELL**2).view(-1, high, wide, _ANGLES)
    blocks = cells.unfold(1, 2, 1).unfold(2, 2, 1).permute(0, 1, 2, 4, 5, 3).flatten(3)
    return _unit(_unit(blocks).clamp_(max=0.2)).flatten(1)  # "L2-Hys"


def zernike_basis(size: int, degree: int) -> Tensor:
    """Conjugate Zernike polynomials on the disc inside a square picture: all orders, repetitions from 0 up.

    The magnitude of a picture's inner product with each does not change when the picture turns.

    Shape:
        (K, size, size) complex64; K = 36 for degree 10.
    """
    axis = (torch.arange(size) + 0.5) / size * 2 - 1
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    radius, angle = torch.hypot(x, y), torch.atan2(y, x)
    inside = (radius <= 1) * (4 / math.pi / size**2)
    basis = []
    for n in range(degree + 1):
        for m in range(n % 2, n + 1, 2):
            radial = torch.zeros_like(radius)
            for k in range((n - m) // 2 + 1):
                ways = math.factorial(k) * math.factorial((n + m) // 2 - k) * math.factorial((n - m) // 2 - k)
                radial += (-1) ** k * math.factorial(n - k) / ways * radius ** (n - 2 * k)
            basis.append(torch.polar(torch.ones_like(angle), -m * angle) * (radial * inside * (n + 1)))
    return torch.stack(basis)


def _unit(blocks: Tensor) -> Tensor:
    return blocks / (blocks.square().sum(-1, keepdim=True) + 1e-10).sqrt()


def _ring_spectrum(parts: Tensor, views: int) -> Tensor:
    """(B · V, F) to (B, 4 · F): the mean over the views, and the magnitudes of the first three harmonics."""
    spectrum = torch.fft.rfft(parts.view(-1, views, parts.shape[1]), dim=1).abs() / views
    spectrum = spectrum[:, :_HARMONICS]
    spectrum[:, 1:] *= 2
    missing = _HARMONICS - spectrum.shape[1]
    return F.pad(spectrum, (0, 0, 0, missing)).flatten(1)
