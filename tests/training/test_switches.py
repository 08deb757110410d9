"""Every switch of pre-training, at its default and at another value: something that is measured differs.

A switch without a case here fails the last test.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation, augment
from pointrecon.models import create_model, model_config
from pointrecon.models.model_config import Teacher
from pointrecon.shapes import as_shapes
from pointrecon.training.batches import Batch
from pointrecon.training.feature_spread import FeatureSpread
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.pretrain_task import PretrainTask
from pointrecon.training.processes import make_fabric
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_data import choose_teachers, make_set
from small import SMALL
from tiny_task import run_tiny, shapes

TEACHERS = {"image": Teacher("looks", 5), "text": Teacher("words", 6)}


def losses(objective: Objective) -> list[float]:
    """Losses of a step, and how much of each part of the model learns from it."""
    generator = torch.Generator().manual_seed(0)
    points, image, text = (torch.randn(*shape, generator=generator) for shape in ((6, 96, 3), (6, 5), (6, 6)))
    present = {"image": torch.ones(6, dtype=torch.bool), "text": torch.arange(6) != 2}
    batch = Batch(points / 3, {"image": image, "text": text}, present, torch.tensor([0, 1, 0, 2, 1, -1]))
    model = create_model(model_for(objective, model_config("nano", **SMALL, drop_path=0.0), TEACHERS), seed=0)
    spread = FeatureSpread(torch.tensor([1.0, 0, 0, 0, -1]), torch.tensor([2.0, 1, 1, 0.5, 1]))
    task = PretrainTask(model, objective, spreads={"image": spread} if objective.standardizes("image") else {}).train()
    found = task(batch, torch.Generator().manual_seed(1))
    sum(found.values()).backward()
    local = [p.grad.norm() for n, p in model.named_parameters() if n.startswith("encoder.embed") and p.grad is not None]
    return [*(float(value.detach()) for value in found.values()), float(sum(local))]


def teachers(objective: Objective) -> dict[str, str]:
    arrays = shapes()
    arrays.features = {name: np.zeros((len(arrays), 1, 4), np.float16) for name in ("image/a", "image/b", "text/a")}
    return choose_teachers(as_shapes(arrays), objective)[0]


def targets(objective: Objective) -> list[float]:
    arrays = shapes()
    arrays.features = {"image/a": np.arange(len(arrays) * 2, dtype=np.float16).reshape(-1, 2, 1)}
    data = make_set(
        as_shapes(arrays),
        model_config("nano"),
        {"image": "image/a"},
        torch.device("cpu"),
        targets=objective.for_model(model_config("nano")).targets,
    )
    return data.draw(torch.arange(len(arrays)), torch.Generator().manual_seed(0)).features["image"].flatten().tolist()


def changed(how: Augmentation) -> list[float]:
    points = torch.randn(3, 40, 6, generator=torch.Generator().manual_seed(0))  # with colors
    return augment(points, how, torch.Generator().manual_seed(1)).flatten().tolist()


def weights(folder: Path, **how: Any) -> list[float]:
    return run_tiny(folder, **how)[1].model.weight.flatten().tolist()


def lines(folder: Path, key: str, **how: Any) -> int:
    run_tiny(folder, probe=lambda model: {"seen": 1.0}, **how)
    return sum(key in line for line in RunFolder(folder).metrics())


def saved(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, **how: Any) -> int:
    calls: list[int] = []
    monkeypatch.setattr(RunFolder, name, lambda self, *_: calls.append(1))
    run_tiny(folder, **how)
    return len(calls)


# switch -> (another value, what else is set both times)
OBJECTIVE: dict[str, tuple[Any, dict]] = {
    "paradigm": ("multitask", {}),
    "stop_gradient": (False, {}),
    "mask_ratio": (0.3, {}),
    "mask_kind": ("block", {}),
    "batch_statistics": ("all", {}),
    "reconstruction_loss": ("chamfer_l1", {}),
    "contrast_loss": ("cosine", {}),
    "temperature": (0.5, {"contrast_loss": "infonce"}),
    "image": ("image/b", {}),
    "text": ("none", {}),
    "targets": ("mean", {}),
    "standardize": ("image", {"contrast_loss": "infonce"}),
    "regression_weight": (0.5, {"contrast_loss": "cosine"}),
    "self_contrast": (True, {}),
    "reconstruction_weight": (2.0, {}),
    "image_weight": (2.0, {}),
    "text_weight": (2.0, {}),
    "self_weight": (2.0, {"self_contrast": True}),
}
AUGMENTATION: dict[str, Any] = {
    "rotate": "any", "scale": 0.5, "shift": 0.2, "jitter": 0.1, "drop": 0.5, "crop": 0.5, "flip": "x", "tilt": 0.1,
    "gray": 0.9, "lay_down": True,
}  # fmt: skip
OPTIMIZATION: dict[str, tuple[Any, dict]] = {
    "learning_rate": (0.1, {}),
    "weight_decay": (0.5, {}),
    "warmup_epochs": (1.0, {}),
    "final_rate": (1e-3, {}),
    "clip": (1e-9, {}),
    "accumulate": (3, {}),
    "beta2": (0.5, {}),
}
LONG = {"epochs": 6}
TRAINING: dict[str, Callable[[Path, pytest.MonkeyPatch], list[Any]]] = {
    "epochs": lambda f, m: [weights(f / str(n), train={"epochs": n}) for n in (2, 3)],
    "batch_size": lambda f, m: [weights(f / str(n), train={"batch_size": n}) for n in (4, 6)],
    "seed": lambda f, m: [weights(f / str(n), train={"seed": n}) for n in (0, 1)],
    "precision": lambda f, m: [weights(f / n, train={"precision": n}) for n in ("32", "bf16")],
    "device": lambda f, m: [str(make_fabric(Training(device="cpu")).device), refusal("cuda:99")],
    "compile": lambda f, m: [
        run_tiny(f / n, train={"compile": n, "device": "cpu"})[1].compiled for n in ("auto", "graphs")
    ],
    "recompute": lambda f, m: [run_tiny(f / str(n), train={"recompute": n})[1].block.recompute for n in (False, True)],
    "hold": lambda f, m: [
        type(make_set(as_shapes(shapes()), model_config("nano"), {}, torch.device("cpu"), hold=n)).__name__
        for n in ("auto", "stream")
    ],
    "probe_every": lambda f, m: [lines(f / str(n), "probe/seen", train={"probe_every": n, **LONG}) for n in (5, 1, 0)],
    "keep_every": lambda f, m: [saved(f / str(n), m, "keep_model", train={"keep_every": n}) for n in (0, 1)],
    "checkpoint_minutes": lambda f, m: [
        saved(f / str(n), m, "save_checkpoint", train={"checkpoint_minutes": n}) for n in (2.0, 0)
    ],
    "log_every": lambda f, m: [lines(f / str(n), "loss", train={"log_every": n}) for n in (10, 1)],
    "stop_after": lambda f, m: [run_tiny(f / str(n), train={"stop_after": n})[0].step for n in (0, 3)],
}


def refusal(device: str) -> str:
    with pytest.raises(InputError, match=r"train\.device is cuda:99") as caught:
        make_fabric(Training(device=device))
    return str(caught.value)


@pytest.mark.parametrize("switch", OBJECTIVE)
def test_objective(switch: str) -> None:
    other, besides = OBJECTIVE[switch]
    base = Objective(**besides)
    measure = {"image": teachers, "text": teachers, "targets": targets}.get(switch, losses)
    assert measure(base) == measure(Objective(**besides))
    assert measure(base) != measure(replace(base, **{switch: other}))


@pytest.mark.parametrize("switch", AUGMENTATION)
def test_augmentation(switch: str) -> None:
    base = Augmentation() if switch == "rotate" else Augmentation(rotate="none")
    assert changed(base) == changed(replace(base))
    assert changed(base) != changed(replace(base, **{switch: AUGMENTATION[switch]}))


@pytest.mark.parametrize("switch", OPTIMIZATION)
def test_optimization(switch: str, tmp_path) -> None:
    other, besides = OPTIMIZATION[switch]
    long = {"epochs": 5}
    base = weights(tmp_path / "base", optim=besides, train=long)
    assert base == weights(tmp_path / "again", optim=besides, train=long)
    assert base != weights(tmp_path / "other", optim={**besides, switch: other}, train=long)


@pytest.mark.parametrize("switch", TRAINING)
def test_training(switch: str, tmp_path, monkeypatch) -> None:
    found = TRAINING[switch](tmp_path, monkeypatch)
    assert all(a != b for i, a in enumerate(found) for b in found[i + 1 :])


@pytest.mark.parametrize(
    ("kind", "cases"),
    [(Objective, OBJECTIVE), (Augmentation, AUGMENTATION), (Optimization, OPTIMIZATION), (Training, TRAINING)],
)
def test_no_switch_goes_without_a_test(kind: type, cases: dict) -> None:
    assert {field.name for field in fields(kind)} == set(cases)
