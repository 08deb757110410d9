"""A figure of part labels: for a few shapes the truth beside what the model says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pointrecon.drawing import flattened, new_figure, save_figure
from pointrecon.palette import GRAY, distinct_colors

_POINTS = 3000  # of a shape drawn at most


class Panel(NamedTuple):
    """One shape: (N, 3) points, their true parts (-1 for none), the model's, how well they agree, all names."""

    name: str
    points: np.ndarray
    truth: np.ndarray
    answer: np.ndarray
    iou: float
    part_names: Sequence[str]


def part_colors(parts: Sequence[int]) -> dict[int, str]:
    """Part number → color; -1 is gray. Distinct for few parts, evenly spread hues beyond."""
    return {-1: GRAY, **dict(zip(parts, distinct_colors(len(parts)), strict=True))}


def draw_parts(path: Path, panels: Sequence[Panel], *, up: str = "y") -> None:
    """Write the figure as PNG, a row for each shape: truth, answer, and what the colors mean."""
    figure = new_figure(7.2, 2.5 * len(panels))
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
    save_figure(figure, path)
