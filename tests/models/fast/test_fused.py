"""The CPU's patch embedding against the plain layers and against float64."""

import copy

import pytest
import torch
from torch import Tensor

from pointrecon.models.fast import fused_embedding as fused
from pointrecon.models.fast import switch
from pointrecon.models.fast.fused_embedding import winners
from pointrecon.models.patches import PatchEmbedding

PATCHES = 67


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patches go through in several chunks, the last of them not full."""
    monkeypatch.setattr(fused, "CHUNK", 4480)


def make(width: int = 24, stem: int = 8) -> PatchEmbedding:
    torch.manual_seed(0)
    module = PatchEmbedding(width, stem)
    with torch.no_grad():
        for norm in (module.norm1, module.norm2):
            norm.weight.uniform_(0.5, 1.5)
            norm.weight[0] *= -1
            norm.bias.uniform_(-0.5, 0.5)
            norm.running_mean.uniform_(-0.2, 0.2)
            norm.running_var.uniform_(0.5, 2)
    return module


def clouds(batch: int = 2, count: int = PATCHES, size: int = 7) -> Tensor:
    """Some points are equal, as where clouds are repeated up."""
    points = torch.randn(batch, count, size, 3, generator=torch.Generator().manual_seed(1)) * 0.3
    points[0, :5, 1] = points[0, :5, 0]
    return points


def serves(module: PatchEmbedding, points: Tensor) -> bool:
    return switch.by_fused(points, module.lift.weight)


def run(module: PatchEmbedding, points: Tensor, weight: Tensor, fast: bool) -> tuple[Tensor, dict[str, Tensor]]:
    assert not fast or serves(module, points)
    out = module(points) if fast else module.plain(points)
    (out * weight).sum().backward()
    return out.detach(), {name: p.grad for name, p in module.named_parameters()}


@pytest.mark.parametrize("training", [True, False])
def test_fused_is_the_plain_embedding(training: bool) -> None:
    points, module = clouds(), make().train(training)
    weight = torch.randn(2, PATCHES, 24, generator=torch.Generator().manual_seed(2))
    exact, fast = copy.deepcopy(module).double(), copy.deepcopy(module)
    wanted, wanted_gradients = plain64(exact, points, weight)
    out, gradients = run(fast, points, weight, fast=True)
    torch.testing.assert_close(out.double(), wanted, atol=1e-5, rtol=1e-5)
    for name, gradient in gradients.items():
        layer = name.split(".")[0]  # a bias before a norm has no gradient: its rounding is its layer's
        scale = max(wanted_gradients[f"{layer}.{part}"].abs().max().item() for part in ("weight", "bias"))
        assert (gradient - wanted_gradients[name]).abs().max().item() <= 1e-5 * max(scale, 1.0), name
    for (name, buffer), other in zip(exact.named_buffers(), fast.buffers(), strict=True):
        torch.testing.assert_close(other.double(), buffer.double(), atol=1e-6, rtol=1e-6, msg=name)


def plain64(module: PatchEmbedding, points: Tensor, weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The layers as METHOD's section 2.2 has them, in float64: joined features, no split weight."""
    batch, count, size, _ = points.shape
    rows = module.point(module.norm1(module.lift(points.double().reshape(-1, 3))).relu())
    grid = rows.view(batch * count, size, -1)
    joined = torch.cat([grid.amax(1, keepdim=True).expand_as(grid), grid], 2).flatten(0, 1)
    out = module.out(module.norm2(module.join(joined)).relu()).view(batch, count, size, -1).amax(2)
    (out * weight).sum().backward()
    return out.detach(), {name: p.grad for name, p in module.named_parameters()}


def test_plain_form_is_the_same_function() -> None:
    points, module = clouds(), make().train()
    weight = torch.ones(2, PATCHES, 24)
    wanted, _ = plain64(copy.deepcopy(module).double(), points, weight)
    out, _ = run(module, points, weight, fast=False)
    torch.testing.assert_close(out.double(), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_bfloat16_stays_near(training: bool) -> None:
    """Stated tolerance: outputs within 1% of the largest. Gradients jump where rounding gives a maximum another point:
    they may be at most half as far again from float64 as the plain layers' own in bfloat16."""
    points, module = clouds(size=16), make(48, 16).train(training)
    weight = torch.randn(2, PATCHES, 48, generator=torch.Generator().manual_seed(2))
    wanted, wanted_gradients = plain64(copy.deepcopy(module).double(), points, weight)
    with torch.autocast("cpu", torch.bfloat16):
        out, gradients = run(copy.deepcopy(module), points, weight, fast=True)
        _, plain = run(module, points, weight, fast=False)
    assert (out.double() - wanted).abs().max() < 0.01 * wanted.abs().max()
    for name in ("lift.weight", "norm1.weight", "point.weight", "join.weight", "norm2.weight", "out.weight"):
        close = wanted_gradients[name]
        off, plainly_off = ((found[name].double() - close).norm() / close.norm() for found in (gradients, plain))
        assert off < 1.5 * plainly_off + 0.01, name


def test_no_gradient_wanted_none_kept() -> None:
    points, module = clouds(), make().eval()
    with torch.no_grad():
        quick = module(points)
    torch.testing.assert_close(quick, module.plain(points).detach(), atol=1e-5, rtol=1e-5)
    assert not quick.requires_grad


def test_gradient_to_points_takes_the_plain_form() -> None:
    points, module = clouds().requires_grad_(), make().eval()
    assert not serves(module, points)
    module(points).sum().backward()
    assert points.grad is not None
    assert points.grad.abs().sum() > 0


def test_switch_keeps_to_the_plain_form(monkeypatch: pytest.MonkeyPatch) -> None:
    module = make()
    assert serves(module, clouds())
    monkeypatch.setattr(switch, "_mode", "off")
    assert not serves(module, clouds())


def test_winners_name_the_maximum() -> None:
    for size in (5, 300):
        values = torch.randn(4, size, 6)
        most = values.amax(1)
        picked = values.gather(1, winners(values, most).long()[:, None]).squeeze(1)
        assert torch.equal(picked, most)
