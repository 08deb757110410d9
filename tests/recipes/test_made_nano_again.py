"""The recipe `made-nano` remakes what it made: at a small size, its first twenty steps have the losses on record."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon import make_shapes, pretrain
from pointrecon.shapes import ShapeArrays
from small import SMALL

RECORD = Path(__file__).with_name("made_nano_losses.json")  # of `losses`, on one thread of an x86 processor
CLOSE = 0.005  # of a loss: what other processors, thread counts and releases of PyTorch may differ by


@pytest.fixture(scope="module")
def shapes() -> ShapeArrays:
    made: Any = make_shapes(count=64, family="both", points=128, difficulty="easy", split=(1, 0, 0), workers=1)
    rng = np.random.default_rng(0)  # in the place of teachers
    looks, words = (rng.normal(size=(64, count, 8)).astype(np.float16) for count in (2, 1))
    made.features = {"image/looks": looks, "text/words": words}
    return made


def losses(shapes: ShapeArrays, run: Path, **changed: Any) -> list[float]:
    """Of each step of the recipe's first twenty."""
    small = {"epochs": 5, "batch_size": 16, "log_every": 1, "compile": "off", "precision": "32", "device": "cpu"}
    settings = {"model": SMALL, "train": small, **changed}
    pretrain(shapes, run, recipe="made-nano", **settings)
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_its_first_steps_have_the_losses_on_record(shapes: ShapeArrays, tmp_path: Path) -> None:
    found = losses(shapes, tmp_path / "run")
    assert len(found) == 20
    np.testing.assert_allclose(found, json.loads(RECORD.read_text()), rtol=CLOSE)


def test_another_setting_has_others(shapes: ShapeArrays, tmp_path: Path) -> None:
    found = losses(shapes, tmp_path / "run", objective={"stop_gradient": True})
    assert not np.allclose(found, json.loads(RECORD.read_text()), rtol=CLOSE)
