"""Pictures as tensors: decoding, resizing and normalizing, in torch alone (no torchvision)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.errors import InputError, require

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import Pictures


def decode(data: bytes, where: str, remedy: str = "render or import it again") -> Tensor:
    """A PNG (or JPEG) as (3, H, W) float in 0..1, on white; InputError, which names ``where``, for anything else."""
    image = require("PIL.Image", "teachers")
    try:
        return from_pil(image.open(io.BytesIO(data)))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{where} is not a picture that can be read: {remedy}") from error


def from_pil(image: Any) -> Tensor:
    """A PIL picture of any mode as (3, H, W) float in 0..1; transparent parts become white."""
    import numpy as np

    rgba = torch.from_numpy(np.array(image.convert("RGBA"))).permute(2, 0, 1).float() / 255
    color, alpha = rgba[:3], rgba[3:]
    return color * alpha + (1 - alpha)


def same_size(images: "Pictures", size: int) -> Tensor:
    """Any pictures as one (B, 3, size, size) batch: stretched, one gray channel repeated."""
    return torch.cat([_resize(batch, size, size) for batch in as_batches(images)])


def as_batches(images: "Pictures") -> list[Tensor]:
    """Pictures as (b, 3, H, W) tensors in order: one batch for a tensor, one for every PIL picture.

    Raises:
        InputError: a tensor of another shape than (B, 1 or 3, H, W), or no pictures.
    """
    if isinstance(images, Tensor):
        if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.is_floating_point() or not len(images):
            raise InputError(
                f"pictures have shape {tuple(images.shape)} and type {images.dtype}, "
                "expected float (pictures, 1 or 3, height, width) with values from 0 to 1"
            )
        return [images.float().expand(-1, 3, -1, -1)]
    if not isinstance(images, Sequence) or not len(images):
        raise InputError("there are no pictures to encode: pass a tensor or a list of PIL pictures")
    return [from_pil(image)[None] for image in images]


@dataclass(frozen=True)
class Preprocess:
    """What a model wants done to pictures, as its preprocessor configuration says."""

    shortest: int | None  # scale the shorter edge to it, keeping proportions; None: stretch to `size` at once
    size: tuple[int, int]  # (height, width) after the center crop
    mean: tuple[float, ...]
    std: tuple[float, ...]
    mode: str = "bicubic"

    @staticmethod
    def from_config(config: dict, default_size: int) -> "Preprocess":
        """Read ``preprocessor_config.json``, or the image part of ``processor_config.json``; may be empty."""
        config = config.get("image_processor", config)
        edge = config.get("size", default_size)
        crop = config.get("crop_size") if config.get("do_center_crop") else None
        shortest = None
        if isinstance(edge, dict) and "shortest_edge" in edge:
            shortest = int(edge["shortest_edge"])
            size = _pair(crop if crop is not None else shortest)
        elif isinstance(edge, int) and crop is not None:  # the older way to write a shortest edge
            shortest, size = edge, _pair(crop)
        else:
            size = _pair(crop if crop is not None else edge)
        half = (0.5, 0.5, 0.5)
        normalize = config.get("do_normalize", True)
        return Preprocess(
            shortest=shortest,
            size=size,
            mean=tuple(config.get("image_mean") or half) if normalize else (0.0, 0.0, 0.0),
            std=tuple(config.get("image_std") or half) if normalize else (1.0, 1.0, 1.0),
            mode="bilinear" if config.get("resample", 3) == 2 else "bicubic",
        )

    def __call__(self, images: "Pictures") -> Tensor:
        """Any pictures as (B, 3, height, width), normalized."""
        pixels = torch.cat([self._fit(batch) for batch in as_batches(images)])
        mean = torch.tensor(self.mean, device=pixels.device).view(1, 3, 1, 1)
        std = torch.tensor(self.std, device=pixels.device).view(1, 3, 1, 1)
        return (pixels - mean) / std

    def _fit(self, batch: Tensor) -> Tensor:
        if self.shortest is None:
            return _resize(batch, *self.size, mode=self.mode)
        height, width = batch.shape[-2:]
        scale = self.shortest / min(height, width)
        batch = _resize(batch, max(int(height * scale), 1), max(int(width * scale), 1), mode=self.mode)
        spare = [max(0, want - have) for want, have in zip(self.size, batch.shape[-2:], strict=True)]
        if any(spare):  # a crop larger than the picture: the model's own code pads with black too
            down, right = spare
            batch = F.pad(batch, (right // 2, right - right // 2, down // 2, down - down // 2))
        top, left = ((have - want) // 2 for have, want in zip(batch.shape[-2:], self.size, strict=True))
        return batch[..., top : top + self.size[0], left : left + self.size[1]]


def _resize(batch: Tensor, height: int, width: int, mode: str = "bicubic") -> Tensor:
    if batch.shape[-2:] == (height, width):
        return batch
    # bicubic overshoots; the models were trained on 8-bit pictures, which cannot
    return F.interpolate(batch, (height, width), mode=mode, antialias=True, align_corners=False).clamp(0, 1)


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, dict):
        return (int(size["height"]), int(size["width"])) if "height" in size else _pair(size["shortest_edge"])
    return int(size), int(size)
