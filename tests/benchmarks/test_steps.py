"""Both sides of the benchmark do what they are there for, and our step can be taken apart."""

import numpy as np
import pytest
import torch
from benchmarks.clock import timed
from benchmarks.encoding import measure_cloud, our_encoder, reference_encoder
from benchmarks.fpsample_beside import exact_variants

from benchmarks import parts, steps, tensors
from pointrecon.geometry import farthest_point_sample
from pointrecon.models import patches
from pointrecon.training.pretrain_task import PretrainTask


def test_our_step_learns() -> None:
    step = steps.OurStep("nano", 4, "cpu")
    before = step.losses().item()
    for _ in range(3):
        step()
    assert step.losses().item() < before


def test_bf16_is_what_training_calls_bf16() -> None:
    step = steps.OurStep("nano", 4, "cpu", "bf16")
    seen = set()
    for module in step.model.modules():
        module.register_forward_hook(lambda *args: seen.add(getattr(args[2], "dtype", None)))
    loss = step.losses()
    assert torch.bfloat16 in seen
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(steps.OurStep("nano", 4, "cpu").losses().item(), rel=0.05)
    assert all(parameter.dtype == torch.float32 for parameter in step.model.parameters())


@pytest.mark.parametrize(("compile", "asked"), [("auto", 0), ("off", 0), ("capture", 0), ("on", 1), ("graphs", 1)])
def test_the_step_is_compiled_when_training_would(monkeypatch: pytest.MonkeyPatch, compile: str, asked: int) -> None:
    calls: list[object] = []
    monkeypatch.setattr(PretrainTask, "compile", lambda self: calls.append(self))
    steps.OurStep("nano", 2, "cpu", compile=compile)
    assert len(calls) == asked


def test_the_references_step_learns_and_its_teachers_do_not() -> None:
    pytest.importorskip("transformers")
    step = steps.ReferenceStep("tiny", 2, "cpu", teacher_layers=1)
    teacher, student = (next(model.parameters()).clone() for model in (step.teachers, step.model))
    image, text = step.teachers(step.pictures, step.captions)
    assert (image.shape, text.shape) == ((2, 768), (2, 512))
    step()
    assert torch.equal(teacher, next(step.teachers.parameters()))
    assert all(parameter.grad is None for parameter in step.teachers.parameters())
    assert not torch.equal(student, next(step.model.parameters()))


def test_both_encoders_give_a_feature_of_the_same_width() -> None:
    points = tensors.clouds(2, 1024, "cpu")
    assert our_encoder("tiny", None, "cpu")(points).shape == reference_encoder("tiny", "cpu")(points).shape


def test_patches_of_a_larger_cloud_are_in_proportion() -> None:
    model = our_encoder("nano", 2048, "cpu")
    sizes = []
    cut = patches.farthest_point_sample
    with pytest.MonkeyPatch.context() as context:
        context.setattr(patches, "farthest_point_sample", lambda p, n, **k: sizes.append(n) or cut(p, n, **k))
        model(tensors.clouds(1, 2048, "cpu"))
    assert sizes == [128]
    found = measure_cloud({"size": "nano", "points": 1024, "device": "cpu", "steps": 2})
    assert len(found["seconds"]) == 2
    assert found["extra_bytes"] >= 0


def test_every_call_is_made_and_only_the_later_ones_are_timed() -> None:
    calls = []
    assert len(timed(lambda: calls.append(1), "cpu", repeats=3, warm_up=2, inner=5)) == 3
    assert len(calls) == 2 + 3 * 5


def test_every_part_of_a_step_is_found_and_everything_is_as_before() -> None:
    untouched = patches.group
    found = parts.breakdown("nano", 2, 1, "cpu")
    inside = {"sampling", "neighbors", "embedding", "blocks", "decoder"}
    assert found.keys() == inside | {"backward", "optimizer", "losses, masks, rest"}
    assert patches.group is untouched


def test_operators_are_grouped_by_what_they_do() -> None:
    found = parts.operators("nano", 2, 1, "cpu")
    assert {"matrix products, convolutions", "optimizer", "norms"} <= found["kinds"].keys()
    assert len(found["top"]) == parts.TOP
    assert [row[1] for row in found["top"]] == sorted((row[1] for row in found["top"]), reverse=True)


@pytest.mark.parametrize(
    ("operator", "kind"),
    [
        ("aten::addmm", "matrix products, convolutions"),
        ("aten::mkldnn_convolution", "matrix products, convolutions"),
        ("aten::convolution_backward", "matrix products, convolutions"),
        ("aten::_scaled_dot_product_flash_attention_for_cpu", "attention"),
        ("aten::native_layer_norm_backward", "norms"),
        ("aten::native_batch_norm", "norms"),
        ("aten::linalg_vector_norm", "elementwise, reductions"),
        ("aten::gelu_backward", "elementwise, reductions"),
        ("aten::add_", "elementwise, reductions"),
        ("aten::topk", "gather, scatter, sort"),
        ("aten::_embedding_bag", "gather, scatter, sort"),
        ("aten::scatter_add_", "gather, scatter, sort"),
        ("aten::copy_", "copies"),
        ("aten::cat", "copies"),
        ("aten::_fused_adamw_", "optimizer"),
        ("aten::as_strided", "rest"),
    ],
)
def test_the_kind_of_an_operator(operator: str, kind: str) -> None:
    assert parts.kind_of(operator) == kind


def test_what_sampling_is_compared_with_is_exact() -> None:
    pytest.importorskip("fpsample")
    cloud = np.ascontiguousarray(tensors.clouds(1, 700, "cpu")[0].numpy())
    ours = farthest_point_sample(torch.from_numpy(cloud)[None], 90)[0].numpy()
    for chosen in (ours, *(sample(cloud, 90).astype(int) for _, sample in exact_variants())):
        nearest = ((cloud - cloud[chosen[0]]) ** 2).sum(1)
        for index in chosen[1:]:
            assert nearest[index] >= nearest.max() * (1 - 1e-5)
            nearest = np.minimum(nearest, ((cloud - cloud[index]) ** 2).sum(1))


def test_every_fast_way_is_measured_beside_its_twin() -> None:
    from benchmarks.bench_rows import TWINS
    from benchmarks.twins import measure, on_gpu

    from pointrecon.models.fast import switch

    found = measure({"device": "cpu", "steps": 1, "quick": True})["found"]
    assert found.keys() == TWINS["cpu"].keys()
    calls = on_gpu("cpu", small=True)
    assert calls.keys() == TWINS["cuda"].keys() == switch.EARNED.keys() - found.keys()
    assert all(call() is not None for call in calls.values())
    assert all(len(side) == 1 for sides in found.values() for side in sides.values())
    assert switch.use("auto") == "auto"
