"""Figures with matplotlib: an empty one, its file, and clouds as the eye sees them."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FRONT, _HIGH = np.radians(35.0), np.radians(20.0)  # where the eye is: 35° from the front, 20° up


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches; InputError when matplotlib is not installed."""
    return require("matplotlib.figure", "report").Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path) -> None:
    """Write it as PNG, whole or not at all."""
    with written_whole(path) as file:
        figure.savefig(file, format="png", dpi=130)


def flattened(points: np.ndarray, up: str) -> np.ndarray:
    """(..., 3) points as the eye sees them: right, high, toward the eye. "unknown" counts as y up."""
    x, y, z = np.moveaxis(np.roll(points, -{"x": 2, "y": 0, "z": 1}.get(up, 0), axis=-1), -1, 0)
    right = x * np.cos(_FRONT) - z * np.sin(_FRONT)
    near = x * np.sin(_FRONT) + z * np.cos(_FRONT)
    return np.stack([right, y * np.cos(_HIGH) - near * np.sin(_HIGH), y * np.sin(_HIGH) + near * np.cos(_HIGH)], -1)
