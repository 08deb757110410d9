"""Linear layers, attention and blocks of the fast paths against their plain twins."""

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.models.blocks import CrossAttention, Mlp, PreNormBlock, ReconBlock
from pointrecon.models.fast import onednn, switch
from pointrecon.models.fast.linear import Linear, linear, linear_gelu


@pytest.fixture(autouse=True, params=["oneDNN", "MKL"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways on every processor, whichever it would take by itself."""
    monkeypatch.setattr(switch, "_WIDE", request.param == "oneDNN")


def gradients(function: Callable[..., Tensor], *values: Tensor) -> tuple[Tensor, list[Tensor]]:
    leaves = [value.clone().requires_grad_() for value in values]
    out = function(*leaves)
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(9))
    return out.detach(), list(torch.autograd.grad((out * weight).sum(), leaves))


@pytest.mark.parametrize("shape", [(5, 7, 16), (3, 16), (0, 16), (1, 1, 16)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_is_torchs(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    values = [torch.randn(shape), torch.randn(24, 16)] + [torch.randn(24)] * bias
    out, found = gradients(linear, *values)
    wanted, close = gradients(F.linear, *values)
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=1e-5)
    for one, other in zip(found, close, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_linear_takes_any_strides() -> None:
    torch.manual_seed(0)
    values, weight = torch.randn(4, 9, 12).transpose(1, 2), torch.randn(10, 18)
    torch.testing.assert_close(linear(values, weight[:, 9:]), F.linear(values, weight[:, 9:]), atol=1e-5, rtol=1e-5)
    square = torch.randn(9, 9)
    torch.testing.assert_close(linear(values, square.t()), values @ square, atol=1e-5, rtol=1e-5)


def test_gelu_in_one_pass() -> None:
    torch.manual_seed(0)
    values, weight, bias = torch.randn(6, 8), torch.randn(12, 8), torch.randn(12)
    with torch.no_grad():
        torch.testing.assert_close(
            linear_gelu(values, weight, bias), F.gelu(F.linear(values, weight, bias)), atol=1e-5, rtol=1e-5
        )


def test_layer_has_torchs_parameters() -> None:
    torch.manual_seed(0)
    ours = Linear(6, 4)
    torch.manual_seed(0)
    plain = nn.Linear(6, 4)
    assert ours.state_dict().keys() == plain.state_dict().keys()
    assert torch.equal(ours.weight, plain.weight)


def test_switch_and_other_precisions_take_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    values = torch.randn(3, 4)
    assert not switch.by_onednn(values.double())
    with torch.autocast("cpu", torch.bfloat16):
        assert not switch.by_onednn(values)
    monkeypatch.setattr(switch, "_mode", "off")
    assert not switch.by_onednn(values)


def broken(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's private operator gone, raising, or answering something else."""
    answers = {"gone": None, "raises": lambda *_: 1 / 0, "lies": lambda values, weight, *_: values @ weight.t() + 1}
    operators = type("Operators", (), {"_linear_pointwise": staticmethod(answers[kind])} if answers[kind] else {})
    monkeypatch.setattr(torch.ops, "mkldnn", operators)


@pytest.mark.parametrize("kind", ["gone", "raises", "lies"])
def test_without_the_private_operator_layers_are_torchs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(kind, monkeypatch)
    assert not onednn.works()
    monkeypatch.setattr(switch, "_onednn_works", onednn.works)
    torch.manual_seed(0)
    layer, values = Linear(6, 4), torch.randn(3, 6)
    assert torch.equal(layer(values), F.linear(values, layer.weight, layer.bias))
    with torch.no_grad():
        assert torch.equal(linear_gelu(values, layer.weight, layer.bias), F.gelu(layer(values)))
    mlp = Mlp(8)
    mlp(torch.randn(2, 3, 8)).sum().backward()
    assert mlp.fc1.weight.grad is not None


def test_the_trial_draws_no_random_numbers() -> None:
    torch.manual_seed(0)
    onednn.works()
    found = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(found, torch.rand(1))


def test_mlp_is_its_layers() -> None:
    torch.manual_seed(0)
    ours = Mlp(16)
    plain = copy.deepcopy(ours)
    tokens = torch.randn(3, 5, 16)
    out, (to_tokens,) = gradients(ours, tokens)
    wanted, (close,) = gradients(lambda x: plain.fc2(F.gelu(plain.fc1(x))), tokens)
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(to_tokens, close, atol=1e-5, rtol=1e-5)


def plain_cross(layer: CrossAttention, queries: Tensor, memory: Tensor) -> Tensor:
    """Keys and values of every memory token, as published."""
    batch, count, width = queries.shape
    q = layer.q(queries).view(batch, count, layer.heads, -1).transpose(1, 2)
    k, v = layer.kv(memory).view(batch, memory.shape[1], 2, layer.heads, -1).permute(2, 0, 3, 1, 4)
    return layer.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, width))


def test_cross_attention_without_keys_and_values() -> None:
    torch.manual_seed(0)
    layer = CrossAttention(32, 4)
    queries, memory = torch.randn(5, 3, 32), torch.randn(5, 11, 32)
    out, found = gradients(layer, queries, memory)
    wanted, close = gradients(lambda q, m: plain_cross(layer, q, m), queries, memory)
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=1e-5)
    for one, other in zip(found, close, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    weights = list(layer.parameters())
    mine = torch.autograd.grad(layer(queries, memory).square().sum(), weights)
    theirs = torch.autograd.grad(plain_cross(layer, queries, memory).square().sum(), weights)
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-5)


def test_a_block_of_some_tokens_is_the_end_of_the_whole_block() -> None:
    torch.manual_seed(0)
    block = PreNormBlock(32, 4)
    tokens = torch.randn(3, 9, 32)
    out, found = gradients(lambda x: block(x, 4), tokens)
    wanted, close = gradients(lambda x: block(x)[:, 4:], tokens)
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[0], close[0], atol=1e-5, rtol=1e-5)


def test_blocks_in_bfloat16_stay_near() -> None:
    """Stated tolerance: 2% of the largest value for outputs, 3% of the norm for gradients."""
    torch.manual_seed(0)
    block = ReconBlock(64, 4)
    queries, tokens = torch.randn(4, 3, 64), torch.randn(4, 26, 64)

    def both(q: Tensor, t: Tensor) -> Tensor:
        return torch.cat(block(q, t), 1).float()

    wanted, close = gradients(both, queries, tokens)
    with torch.autocast("cpu", torch.bfloat16):
        out, found = gradients(both, queries, tokens)
    assert (out - wanted).abs().max() < 0.02 * wanted.abs().max()
    for one, other in zip(found, close, strict=True):
        assert (one - other).norm() < 0.03 * other.norm()
