"""Small tables and settings for training tests."""

from pathlib import Path

import numpy as np

from pointrecon.shapes import ShapeArrays
from small import SMALL


def small_table(path: Path, count: int = 60) -> Path:
    """Boxes and balls with captions, features and a validation split, as one .npz table."""
    rng = np.random.default_rng(0)
    label = np.arange(count) % 2
    points = rng.normal(size=(count, 96, 3))
    points /= np.where(label == 0, np.linalg.norm(points, axis=2).T, np.abs(points).max(2).T).T[:, :, None]
    arrays = ShapeArrays.from_points(
        points.astype(np.float16),
        label=label,
        split=np.where(np.arange(count) % 5 == 4, "val", "train"),
        captions=[[("ball", "box")[i]] for i in label],
        classes=["ball", "box"],
        up="y",
    )
    words = rng.normal(size=(2, 1, 6)).astype(np.float16)
    arrays.features = {"text/words": words[label], "image/looks": rng.normal(size=(count, 2, 5)).astype(np.float16)}
    arrays.save(path)
    return path


def settings(**train) -> dict:
    """Overrides for a run of a few seconds: in float32 and without compiling, on a GPU too."""
    short = {"epochs": 3, "batch_size": 8, "probe_every": 0, "log_every": 2, "precision": "32", "compile": "off"}
    return {
        "model": {**SMALL, "points": 64, "patches": 8, "depth": 2},
        "augment": {"rotate": "up", "jitter": 0.01},
        "optim": {"learning_rate": 2e-3, "warmup_epochs": 1},
        "train": {**short, **train},
    }
