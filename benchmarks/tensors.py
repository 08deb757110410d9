"""What is computed on: seeded clouds and features, and the precision training computes in."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

IMAGE_WIDTH, TEXT_WIDTH = 768, 512


def clouds(batch: int, points: int, device: str) -> Tensor:
    """Seeded clouds (B, N, 3) in the unit sphere."""
    rng = np.random.default_rng(0)
    found = rng.standard_normal((batch, points, 3)).astype(np.float32)
    found -= found.mean(1, keepdims=True)
    found /= np.linalg.norm(found, axis=-1).max(1)[:, None, None]
    return torch.from_numpy(found).to(device)


def inputs(batch: int, points: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Clouds (B, N, 3), picture features (B, 768), text features (B, 512)."""
    rng = np.random.default_rng(1)
    image, text = (rng.standard_normal((batch, width)).astype(np.float32) for width in (IMAGE_WIDTH, TEXT_WIDTH))
    return clouds(batch, points, device), torch.from_numpy(image).to(device), torch.from_numpy(text).to(device)


def autocast(device: str, precision: str) -> Any:
    """What training computes in: "bf16" is torch's autocast, "32" leaves everything as it is."""
    return torch.autocast(device.split(":")[0], torch.bfloat16) if precision == "bf16" else nullcontext()
