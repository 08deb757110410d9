"""The plain reference of the benchmarks gives the released outputs and has the released names."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

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


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the benchmarks import one another as they do when run as scripts."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


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
def pretrained(bench: None):
    """The seeded tiny model, the released inputs, and its outputs with a graph to differentiate."""
    import reference

    model = with_seeded_weights(reference.Pretraining("tiny"), "pretrain_tiny")
    outputs = model(
        cloud(4, 1024, 1),
        torch.from_numpy(seeded.features(4, 768, 2)),
        torch.from_numpy(seeded.features(4, 512, 3)),
        torch.from_numpy(seeded.patch_mask(4, 64, 38, 4)),
    )
    return model, outputs


@pytest.mark.parametrize("size", ["tiny", "small", "base"])
def test_names_and_shapes_are_the_released_ones(bench: None, size: str) -> None:
    import reference

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
    np.testing.assert_array_equal(got.centres.numpy(), expected["centers"])


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


def test_sampling_near_the_origin_does_not_matter_for_the_released_clouds(bench: None) -> None:
    from reference_geometry import farthest_points

    points = cloud(4, 1024, 1)
    assert ((points**2).sum(-1) <= 1e-3).any()
    assert torch.equal(farthest_points(points, 64), farthest_points(points, 64, skip_near_origin=True))


def test_classification_gives_the_released_logits(bench: None) -> None:
    import reference_transfer

    model = with_seeded_weights(reference_transfer.Classifier(), "cls_full")
    with torch.no_grad():
        assert_close(model(cloud(3, 2048, 7)), np.load(DATA / "cls_full.npz")["logits"])


def test_part_segmentation_gives_the_released_log_probabilities(bench: None) -> None:
    import reference_transfer

    model = with_seeded_weights(reference_transfer.PartSegmenter(), "partseg")
    with torch.no_grad():
        got = model(cloud(2, 2048, 11), torch.eye(16)[[3, 9]])
    assert_close(got[:, ::64], np.load(DATA / "partseg.npz")["logp"])


def test_both_sides_of_the_benchmark_learn(bench: None) -> None:
    import pretrain_side

    for make in (pretrain_side.OurStep, pretrain_side.reference_step):
        assert len(pretrain_side.timed_steps(make("tiny", 2, "cpu"), 1, "cpu")) == 1
    step = pretrain_side.OurStep("nano", 4, "cpu")
    before = step.losses().item()
    for _ in range(3):
        step()
    assert step.losses().item() < before


def test_the_benchmark_finds_every_part_of_a_step(bench: None) -> None:
    import pretrain_side
    from pointrecon.models import patches

    untouched = patches.group
    parts = pretrain_side.breakdown("nano", 2, 1, "cpu")
    inside = {"sampling", "neighbours", "embedding", "blocks", "decoder"}
    assert parts.keys() == inside | {"backward", "optimiser", "losses, masks, rest"}
    assert patches.group is untouched


@pytest.mark.slow
def test_the_benchmark_runs_from_the_command_line(tmp_path: Path) -> None:
    answer = tmp_path / "step.json"
    words = ["--sizes", "tiny", "--batch", "2", "--steps", "1", "--rounds", "1", "--breakdown-batch", "2"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "pretrain_step.py"), *words, "-o", str(answer)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| tiny |" in done.stdout
    report = json.loads(answer.read_text())
    (tiny,) = report["sizes"]
    for side in ("ours", "reference"):
        assert len(tiny[side]["step_seconds"]) == 1
        assert tiny[side]["peak_bytes"] > tiny[side]["start_bytes"]
    assert report["breakdown"]["parts"]["backward"] > 0
