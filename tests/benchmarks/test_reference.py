"""The plain reference of `python -m benchmarks` gives the released outputs and has the released names."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from benchmarks.reference_geometry import farthest_points

from benchmarks import reference, reference_transfer
from pointrecon.models import load_model

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "released"
KEYS = json.loads((DATA / "checkpoint_keys.json").read_text())


def load_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


seeded = load_file(DATA / "seeded_weights.py")


def with_seeded_weights(model: torch.nn.Module, name: str) -> torch.nn.Module:
    values = {key: torch.as_tensor(seeded.tensor(key, tuple(shape))) for key, shape in KEYS[name].items()}
    model.load_state_dict(values)
    return model.eval()


def assert_close(got: torch.Tensor, expected: np.ndarray) -> None:
    """Within 1e-5 of the largest value: float32 sums in another order differ more on entries near zero."""
    assert got.shape == expected.shape
    difference = np.abs(got.detach().numpy() - expected).max()
    assert difference <= 1e-5 * np.abs(expected).max()


def cloud(batch: int, points: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(seeded.clouds(batch, points, seed))


@pytest.fixture
def pretrained():
    """The seeded tiny model, the released inputs, and its outputs with a graph to differentiate."""
    model = with_seeded_weights(reference.Pretraining("tiny"), "pretrain_tiny")
    outputs = model(
        cloud(4, 1024, 1),
        torch.from_numpy(seeded.features(4, 768, 2)),
        torch.from_numpy(seeded.features(4, 512, 3)),
        torch.from_numpy(seeded.patch_mask(4, 64, 38, 4)),
    )
    return model, outputs


@pytest.mark.parametrize("size", ["tiny", "small", "base"])
def test_names_and_shapes_are_the_released_ones(size: str) -> None:
    with torch.device("meta"):
        model = reference.Pretraining(size)
    assert {key: list(value.shape) for key, value in model.state_dict().items()} == KEYS[f"pretrain_{size}"]


def test_pretraining_gives_the_released_outputs(pretrained) -> None:
    _, got = pretrained
    expected = np.load(DATA / "pretrain_tiny.npz")
    for name in ("mdm", "csc_img", "csc_text"):
        assert_close(getattr(got, name), expected[name])
    for place, name in enumerate(("cls", "img_token", "text_token")):
        assert_close(got.queries[:, place], expected[name])
    assert_close(got.tokens[:, :4], expected["tokens_head"])
    assert_close(got.visible[:, :4], expected["visible_head"])
    assert_close(got.rebuilt[:8], expected["reconstruction_head"])
    np.testing.assert_array_equal(got.centers.numpy(), expected["centers"])


def test_contrast_leaves_the_local_stream_alone_and_reconstruction_the_global(pretrained) -> None:
    model, outputs = pretrained

    def touched(loss: torch.Tensor) -> set[str]:
        names, parameters = zip(*model.named_parameters(), strict=True)
        grads = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        return {name for name, grad in zip(names, grads, strict=True) if grad is not None and grad.any()}

    contrast = touched(outputs.csc_img + outputs.csc_text)
    assert all(
        "contrast" in name or "_proj." in name or "_token" in name or "_pos" in name or ".norm." in name
        for name in contrast
    ), contrast
    assert not any("contrast" in name for name in touched(outputs.mdm))


def test_sampling_near_the_origin_does_not_matter_for_the_released_clouds() -> None:
    points = cloud(4, 1024, 1)
    assert ((points**2).sum(-1) <= 1e-3).any()
    assert torch.equal(farthest_points(points, 64), farthest_points(points, 64, skip_near_origin=True))


def test_classification_gives_the_released_logits() -> None:
    model = with_seeded_weights(reference_transfer.Classifier(), "cls_full")
    with torch.no_grad():
        assert_close(model(cloud(3, 2048, 7)), np.load(DATA / "cls_full.npz")["logits"])


def test_part_segmentation_gives_the_released_log_probabilities() -> None:
    model = with_seeded_weights(reference_transfer.PartSegmenter(), "partseg")
    with torch.no_grad():
        got = model(cloud(2, 2048, 11), torch.eye(16)[[3, 9]])
    assert_close(got[:, ::64], np.load(DATA / "partseg.npz")["logp"])


def test_the_feature_for_a_linear_svm_is_the_librarys(tmp_path: Path) -> None:
    model = with_seeded_weights(reference.Pretraining("tiny"), "pretrain_tiny")
    torch.save({"base_model": model.state_dict()}, tmp_path / "released.pth")
    points = cloud(2, 1024, 1)
    with torch.no_grad():
        plain = reference.svm_feature(model.MAE_encoder, points)
        assert_close(load_model(tmp_path / "released.pth").eval().features(points), plain.numpy())


def test_a_training_step_with_the_released_batch_statistics_is_the_references(tmp_path: Path) -> None:
    """Losses and gradients of the whole step in training mode: same weights, mask, clouds, features."""
    from pointrecon.models.files.released import convert_state, released_state
    from pointrecon.training.batches import Batch
    from pointrecon.training.objective import Objective
    from pointrecon.training.pretrain_task import PretrainTask

    plain = with_seeded_weights(reference.Pretraining("tiny", drop=0.0), "pretrain_tiny").train()
    torch.save({"base_model": plain.state_dict()}, tmp_path / "released.pth")
    ours = load_model(tmp_path / "released.pth", drop_path=0.0).train()
    clouds, mask = cloud(4, 1024, 1), torch.from_numpy(seeded.patch_mask(4, 64, 38, 4)).bool()
    image, text = (torch.from_numpy(seeded.features(4, width, seed)) for width, seed in ((768, 2), (512, 3)))
    everyone = torch.ones(4, dtype=torch.bool)
    data = Batch(clouds, {"image": image, "text": text}, {"image": everyone, "text": everyone}, torch.arange(4))
    losses = PretrainTask(ours, Objective(batch_statistics="all"))(data, mask=mask)
    wanted = plain(clouds, image, text, mask)
    for name, value in (("reconstruction", wanted.mdm), ("image", wanted.csc_img), ("text", wanted.csc_text)):
        torch.testing.assert_close(losses[name], value, rtol=1e-5, atol=1e-6)
    torch.stack(list(losses.values())).sum().backward()
    (wanted.mdm + wanted.csc_img + wanted.csc_text).backward()
    gradients = {name: p.grad for name, p in plain.named_parameters() if p.grad is not None}
    path = tmp_path / "released.pth"
    expected = convert_state(released_state({"base_model": gradients}, path), path)
    found = {name: p.grad for name, p in ours.named_parameters() if p.grad is not None}
    compared = 0
    for name, gradient in expected.items():
        if name in found and gradient.shape == found[name].shape:
            assert (gradient - found[name]).norm() <= 1e-4 * gradient.norm() + 1e-5, name  # zero before a norm
            compared += 1
    assert compared > 150
