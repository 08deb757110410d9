"""Settings and tables for short pre-training runs of ReCon++."""

from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.shapes import ShapeArrays
from training_tables import settings, small_table

TINY: dict[str, Any] = {
    **{"size": "plus-nano", "points": 64, "patches": 16, "patch_size": 8, "width": 24, "heads": 2, "depth": 2},
    **{"mlp_width": 48, "stem": 8, "decoder_depth": 1, "image_queries": 3, "text_queries": 2},
}


def colored_table(path: Path) -> Path:
    """As `small_table`, half of it with colors, a caption missing here and there, five pictures a shape."""
    small_table(path)
    arrays = ShapeArrays.load(path)
    rng = np.random.default_rng(1)
    arrays.color = rng.integers(0, 256, (*arrays.points.shape[:2], 3), dtype=np.uint8)
    arrays.color[::2] = 128  # none
    words = arrays.features["text/words"]
    words[::7] = np.nan
    arrays.features = {"text/words": words, "image/looks": rng.normal(size=(len(arrays), 5, 7)).astype(np.float16)}
    arrays.save(path)
    return path


def plus_settings(objective: dict | None = None, model: dict | None = None, **train: Any) -> dict[str, Any]:
    """Overrides for a run of a few seconds."""
    return settings(**train) | {
        "model": {**TINY, **(model or {})},
        "objective": {"mask_ratio": 0.6, **(objective or {})},
        "augment": {"rotate": "up", "scale": 0.8, "shift": 0.1, "tilt": 0.06, "gray": 0.5},
    }
