"""The recipes of the models that come along remake them: at a small size, twenty steps have the losses on record."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon import make_shapes, pretrain
from pointrecon.models import create_model, save_model
from pointrecon.shapes import ShapeArrays
from small import SMALL

RUNS = ("made-nano-1", "made-nano-2", "made-nano")  # one after the other
CLOSE = 0.005  # of a loss: what other processors, thread counts and releases of PyTorch may differ by


@pytest.fixture(scope="module")
def shapes() -> ShapeArrays:
    made: Any = make_shapes(count=64, family="both", points=128, difficulty="easy", split=(1, 0, 0), workers=1)
    rng = np.random.default_rng(0)  # in the place of teachers
    looks, words = (rng.normal(size=(64, count, 8)).astype(np.float16) for count in (2, 1))
    made.features = {"image/first": looks, "text/words": words, "image/imagenet": looks[..., :6]}
    made.makers = {"image/imagenet": {"pooling": "max"}}
    return made


def record(recipe: str) -> list[float]:
    """Of `losses`, on one thread of an x86 processor."""
    found: list[float] = json.loads(Path(__file__).with_name(f"{recipe.replace('-', '_')}_losses.json").read_text())
    return found


def losses(recipe: str, shapes: ShapeArrays, run: Path, **changed: Any) -> list[float]:
    """Of each step of the recipe's first twenty, from random weights."""
    small = {"epochs": 5, "batch_size": 16, "log_every": 1, "compile": "off", "precision": "32", "device": "cpu"}
    settings = {"model": SMALL, "init": "none", "train": small, **changed}
    pretrain(shapes, run, recipe=recipe, **settings)
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("recipe", RUNS)
def test_its_first_steps_have_the_losses_on_record(recipe: str, shapes: ShapeArrays, tmp_path: Path) -> None:
    found = losses(recipe, shapes, tmp_path / "run")
    assert len(found) == 20
    np.testing.assert_allclose(found, record(recipe), rtol=CLOSE)


def test_the_larger_begins_deeper_than_what_it_goes_on_from(shapes: ShapeArrays, tmp_path: Path) -> None:
    save_model(create_model("nano", seed=0, **SMALL), tmp_path / "begun")
    deeper = {"model": {**SMALL, "depth": 5}, "init": str(tmp_path / "begun")}
    found = losses("made-mini", shapes, tmp_path / "run", **deeper)
    np.testing.assert_allclose(found, record("made-mini"), rtol=CLOSE)
    assert not np.allclose(
        losses("made-mini", shapes, tmp_path / "other", **{**deeper, "init": "none"}), found, rtol=CLOSE
    )


@pytest.mark.parametrize(
    ("recipe", "other"),
    [
        ("made-nano-1", {"stop_gradient": True}),
        ("made-nano-2", {"standardize": "none"}),
        ("made-nano", {"image": "none"}),
    ],
)
def test_another_setting_has_others(recipe: str, other: dict, shapes: ShapeArrays, tmp_path: Path) -> None:
    found = losses(recipe, shapes, tmp_path / "run", objective=other)
    assert not np.allclose(found, record(recipe), rtol=CLOSE)
