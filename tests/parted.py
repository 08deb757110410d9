"""A table whose parts are easy to learn, and how to learn them in seconds."""

import numpy as np

from pointrecon.models import Head, ReconModel
from pointrecon.shapes import ShapeArrays
from pointrecon.transfer.transfer_way import with_head

PARTS = ["Rod/left", "Rod/right", "Pole/foot", "Pole/middle", "Pole/top"]
CATEGORIES = {"Rod": [0, 1], "Pole": [2, 3, 4]}


def parted(
    count: int = 64, *, points: int = 64, splits: tuple[str, ...] = ("train", "train", "val", "test"), seed: int = 0
) -> ShapeArrays:
    """Rods along x of two parts and poles along y of three; the part is where a point lies, every 8th has none."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) % 2
    along = rng.uniform(-0.95, 0.95, (count, points))
    clouds = rng.uniform(-0.15, 0.15, (count, points, 3))
    clouds[label == 0, :, 0] = along[label == 0]
    clouds[label == 1, :, 1] = along[label == 1]
    part = np.where(label[:, None] == 0, along > 0, 2 + np.digitize(along, (-0.35, 0.35)))
    part[:, ::8] = -1
    split = np.array(splits)[(np.arange(count) // 2) % len(splits)]
    return ShapeArrays.from_points(
        clouds, label=label, split=split, classes=list(CATEGORIES), part=part, part_names=PARTS, name="parted", up="y"
    )


def segmenter(source: ReconModel, **how) -> ReconModel:
    """A model that tells these parts, with this one's backbone."""
    return with_head(source, Head("parts", PARTS, len(CATEGORIES), CATEGORIES), **{"seed": 0, **how})


def settings(**more) -> dict:
    """A segmentation of a few seconds: in float32 and without compiling, on a GPU too."""
    short = {"epochs": 10, "batch_size": 8, "precision": "32", "compile": "off", "log_every": 3}
    train = {**short, **more.pop("train", {})}
    size = {"points": 48, "patches": 8}
    return {
        "optim": {"learning_rate": 3e-3, "warmup_epochs": 1},
        "train": train,
        "drop_path": 0.0,
        "seeds": 1,
        **size,
        **more,
    }
