"""A labeled table that is easy to learn, and a small model to start from."""

from pathlib import Path

import numpy as np

from pointrecon.models import Teacher, create_model, save_model
from pointrecon.shapes import ShapeArrays
from small import SMALL

TINY = {**SMALL, "points": 48, "patches": 8, "depth": 2}


def sticks(count: int = 72, *, splits: tuple[str, ...] = ("train", "train", "val", "test"), classes: int = 3):
    """Clouds of 64 points stretched along x, y or z (then along the diagonals), one class each."""
    rng = np.random.default_rng(0)
    ways = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]])[:classes]
    label = np.arange(count) % classes
    points = rng.uniform(-0.05, 0.05, (count, 64, 3))
    points += rng.uniform(-0.9, 0.9, (count, 64, 1)) * ways[label][:, None]
    split = np.array(splits)[(np.arange(count) // classes) % len(splits)]
    names = [f"kind {i}" for i in range(classes)]
    return ShapeArrays.from_points(
        points, label=label, split=split, classes=names, name="sticks", up="y", normalize=False
    )


def model_folder(path: Path) -> Path:
    """An untrained model as pre-training leaves it: with decoder and a projection."""
    return save_model(create_model("nano", seed=3, **TINY, teachers={"text": Teacher("words", 4)}), path)


def settings(**more) -> dict:
    """A fine-tuning of a few seconds: in float32 and without compiling, on a GPU too."""
    short = {"epochs": 12, "batch_size": 12, "precision": "32", "compile": "off", "log_every": 3}
    train = {**short, **more.pop("train", {})}
    return {"optim": {"learning_rate": 2e-3, "warmup_epochs": 1}, "train": train, "drop_path": 0.0, "seeds": 1, **more}
