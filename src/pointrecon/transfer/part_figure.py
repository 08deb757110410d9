"""A figure of part labels: for a few shapes the truth beside what the model says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole
from pointrecon.palette import GRAY, distinct_colors

_POINTS = 3000  # of a shape drawn at most
_FRONT, _HIGH = np.radians(35.0), np.radians(20.0)  # where the eye is: 35° from the front, 20° up


@dataclass(frozen=True)
class Panel:
    """One shape.

    Attributes:
        name: above it.
        points: (N, 3) its cloud.
        truth: (N,) part numbers, -1 for none.
        answer: (N,) what the model says.
        iou: how well they agree.
        part_names: of all parts, "Category/part" or plain.
    """

    name: str
    points: np.ndarray
    truth: np.ndarray
    answer: np.ndarray
    iou: float
    part_names: Sequence[str]


def part_colors(parts: Sequence[int]) -> dict[int, str]:
    """Part number → color; -1 is gray. Distinct for few parts, evenly spread hues beyond."""
    return {-1: GRAY, **dict(zip(parts, distinct_colors(len(parts)), strict=True))}


def flattened(points: np.ndarray, up: str) -> np.ndarray:
    """(N, 3) points as the eye sees them: right, high, toward the eye. "unknown" counts as y up."""
    x, y, z = np.roll(points, -{"x": 2, "y": 0, "z": 1}.get(up, 0), axis=1).T
    right = x * np.cos(_FRONT) - z * np.sin(_FRONT)
    near = x * np.sin(_FRONT) + z * np.cos(_FRONT)
    return np.stack([right, y * np.cos(_HIGH) - near * np.sin(_HIGH), y * np.sin(_HIGH) + near * np.cos(_HIGH)], 1)


def draw_parts(path: Path, panels: Sequence[Panel], *, up: str = "y") -> None:
    """Write the figure as PNG, a row for each shape: truth, answer, and what the colors mean.

    Args:
        path: the file.
        panels: the shapes.
        up: the clouds' up axis.

    Raises:
        InputError: when matplotlib is not installed.
    """
    require("matplotlib", "report")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.5 * len(panels)), layout="constrained")
    axes: Any = figure.subplots(len(panels), 2, squeeze=False)
    for row, panel in zip(axes, panels, strict=True):
        parts = sorted(({*panel.truth.tolist(), *panel.answer.tolist()}) - {-1})
        colors = part_colors(parts)
        step = max(1, -(-len(panel.points) // _POINTS))
        seen = flattened(panel.points[::step], up)
        order = np.argsort(seen[:, 2])  # the nearest last, on top
        titles = (panel.name, f"model, IoU {100 * panel.iou:.0f}%")
        for ax, numbers, title in zip(row, (panel.truth, panel.answer), titles, strict=True):
            shade = [colors[number] for number in numbers[::step][order].tolist()]
            ax.scatter(seen[order, 0], seen[order, 1], s=3.5, c=shade, linewidths=0)
            ax.set_title(title, fontsize=10)
            ax.set_aspect("equal")
            ax.axis("off")
        for part in parts:
            row[1].scatter([], [], s=24, c=colors[part], label=panel.part_names[part].rpartition("/")[2])
        row[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    with written_whole(path) as file:
        figure.savefig(file, format="png", dpi=130)
