"""Short real runs of `pretrain`, for what their own metrics say about waiting for data."""

import statistics
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tensors import IMAGE_WIDTH, TEXT_WIDTH

HOLDS = ("device", "stream")  # in the device's memory, or read from the table while training
WARM_UP, EVERY = 10, 5  # steps, and steps between lines of the metrics


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Train for some steps on a table of clouds and features drawn at random, in both ways of feeding; see `side`.

    The table is a LanceDB one where that is installed, else one file.

    Args:
        asked: size, batch, steps, shapes, device, compile.

    Returns:
        "device" and "stream" → "waiting", the median share of the time between lines of the metrics, and
        "samples_per_second".
    """
    from pointrecon.models import model_config
    from pointrecon.shapes import ShapeArrays, create_table

    rng = np.random.default_rng(0)
    count, points = asked["shapes"], model_config(asked["size"]).points
    features = {
        "image/random": rng.standard_normal((count, 4, IMAGE_WIDTH)).astype(np.float16),
        "text/random": rng.standard_normal((count, 4, TEXT_WIDTH)).astype(np.float16),
    }
    clouds = rng.uniform(-0.5, 0.5, (count, points, 3)).astype(np.float16)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / ("random.lance" if find_spec("lancedb") else "random.npz")
        shapes = ShapeArrays.from_points(clouds, split="train", features=features)
        create_table(table, shapes.meta).append(shapes)
        return {hold: _run(table, Path(folder) / hold, hold, asked) for hold in HOLDS}


def _run(table: Path, run: Path, hold: str, asked: dict[str, Any]) -> dict[str, float]:
    from pointrecon.training.pretraining import pretrain
    from pointrecon.training.run_folder import RunFolder

    steps = WARM_UP + asked["steps"]
    train = {
        "batch_size": asked["batch"],
        "epochs": steps * asked["batch"] // asked["shapes"] + 1,
        "device": asked["device"],
        "compile": asked.get("compile", "auto"),
        "log_every": EVERY,
        "probe_every": 0,
        "checkpoint_minutes": 60.0,
        "stop_after": steps,
        "hold": hold,
    }
    pretrain(table, run, model={"size": asked["size"]}, train=train)
    lines = [line for line in RunFolder(run).metrics() if line["step"] > WARM_UP]
    return {name: statistics.median([line[name] for line in lines]) for name in ("waiting", "samples_per_second")}
