"""Operations are counted as one counts them by hand."""

import pytest
import torch
from benchmarks.flops import count_flops
from benchmarks.reference import DEPTH, PlainEncoder, Pretraining, svm_feature
from benchmarks.steps import OurStep, ReferenceStep
from benchmarks.tensors import clouds
from torch import nn


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.Linear(8, 16), (5, 8)), (nn.Conv1d(8, 16, 1), (1, 8, 5)), (nn.Conv2d(8, 16, 1), (1, 8, 5, 1))],
)
def test_a_product_costs_as_much_for_each_of_its_gradients(layer: nn.Module, shape: tuple[int, ...]) -> None:
    once = 2 * 5 * 8 * 16
    x = torch.randn(shape)
    assert count_flops(lambda: layer(x)) == (once, [])
    assert count_flops(lambda: layer(x).sum().backward()) == (2 * once, [])
    assert count_flops(lambda: layer(x.requires_grad_()).sum().backward()) == (3 * once, [])


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_attention_is_counted_on_a_cpu_too(kind: torch.dtype) -> None:
    q = torch.randn(2, 3, 7, 4, dtype=kind, requires_grad=True)
    k = torch.randn(2, 3, 11, 4, dtype=kind, requires_grad=True)
    product = 2 * (2 * 3) * 7 * 11 * 4
    attend = nn.functional.scaled_dot_product_attention
    assert count_flops(lambda: attend(q, k, k)) == (2 * product, [])
    # backward: the scores again, and two products for each of the forward's two
    assert count_flops(lambda: attend(q, k, k).sum().backward()) == (7 * product, [])


def test_a_product_nobody_counts_is_named() -> None:
    a, b = torch.randn(4, 4), torch.randn(4)
    assert count_flops(lambda: torch.addmv(b, a, b)) == (0, ["aten.addmv"])


def test_a_vector_is_a_thin_matrix() -> None:
    a, b = torch.randn(5, 7), torch.randn(7)
    assert count_flops(lambda: torch.mv(a, b)) == (2 * 5 * 7, [])


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="needs oneDNN")
def test_onednns_linear_layer_is_counted() -> None:
    x, weight, bias = torch.randn(3, 5, 8), torch.randn(16, 8), torch.randn(16)
    fused = torch.ops.mkldnn._linear_pointwise
    with torch.no_grad():
        assert count_flops(lambda: fused(x, weight, bias, "none", [], "")) == (2 * 3 * 5 * 8 * 16, [])


def test_the_references_encoder_by_hand() -> None:
    batch, patches, size, width, queries = 2, 64, 32, 192, 3
    model = PlainEncoder(width, 3).eval()
    points = clouds(batch, 1024, "cpu")
    rows = batch * patches * size
    embedding = 2 * rows * (3 * 128 + 128 * 256 + 512 * 512 + 512 * width)
    position = 2 * batch * patches * (3 * 128 + 128 * width)
    tokens = batch * patches * 12 * width**2  # q, k, v, output, and a network four times as wide
    asking = batch * (queries * 10 * width**2 + patches * 2 * width**2)  # k and v are of the patches
    scores = 2 * batch * width * (patches**2 + queries * patches)
    with torch.no_grad():
        counted = count_flops(lambda: svm_feature(model, points))
    assert counted == (embedding + position + DEPTH * 2 * (tokens + asking + scores), [])


def test_a_step_costs_in_proportion_to_its_batch() -> None:
    for make in (lambda batch: OurStep("nano", batch, "cpu"), lambda batch: ReferenceStep("tiny", batch, "cpu")):
        (two, missed), (four, _) = count_flops(make(2)), count_flops(make(4))
        assert two > 0
        assert four == pytest.approx(2 * two, rel=1e-4)  # but for what is folded once per step
        assert missed == []


def test_training_the_reference_costs_three_times_its_forward_pass_less_the_first_layers() -> None:
    step = ReferenceStep("tiny", 2, "cpu")
    assert isinstance(step.model, Pretraining)
    forward, _ = count_flops(step.losses)
    everything, _ = count_flops(step)
    assert 2.9 * forward < everything < 3 * forward
