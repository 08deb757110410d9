"""The figure of `show`: a row for each shape, a column for each panel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.drawing import BallView, ball_picture, ball_view, draw_picture, flattened, new_figure, save_figure
from pointrecon.evaluation.attention_figures import most_of
from pointrecon.evaluation.looks import Look
from pointrecon.palette import rgb_of
from pointrecon.readable import printable
from pointrecon.reports.look_tabs import ADDED, FAINT, LookTab, patch_colors

_SOFT = "#555c66"
_SIZE = 2.0  # of a panel, in inches
_NAME = 28  # letters of a shape's name


def draw_looks(path: Path, looks: Sequence[Look], tabs: Sequence[LookTab], title: str, up: str) -> None:
    """Write it as PNG, whole or not at all."""
    tabs = [tab for tab in tabs if not tab.pointed]
    ends = [_ends(look, up) for look in looks]
    heights = [(top - bottom) / 2 for bottom, top in ends]
    figure = new_figure(_SIZE * len(tabs), (_SIZE + 0.1) * sum(heights) + 0.7)
    grid: Any = figure.subplots(len(looks), len(tabs), squeeze=False, height_ratios=heights)
    for row, look, end in zip(grid, looks, ends, strict=True):
        every = ball_view(look.points, up)
        for axes, tab in zip(row, tabs, strict=True):
            draw_picture(axes, _picture(look, tab, every, up))
            axes.set_ylim(*end)
            if tab.key in look.kinds:
                most = most_of(look.attention[tab.start, look.kinds.index(tab.key)])
                axes.set_title(f"up to {most:.1f} even shares", y=-0.06, fontsize=7, color=_SOFT)
        row[0].text(
            -0.02, 0.5, _plain(look.name), rotation=90, ha="right", va="center", fontsize=9, transform=row[0].transAxes
        )
    for axes, tab in zip(grid[0], tabs, strict=True):
        told = f"{tab.title}, {tab.options[tab.start]}" if tab.key in looks[0].kinds else tab.title
        axes.text(0.5, 1.0, told, ha="center", fontsize=9, transform=axes.transAxes)
    figure.suptitle(_plain(title, 120), fontsize=10, color=_SOFT)
    save_figure(figure, path)


def _ends(look: Look, up: str) -> tuple[float, float]:
    """Where a row begins and ends, in radii: flat shapes take less of the paper."""
    high = flattened(look.points, up)[:, 1]
    middle, half = (high.max() + high.min()) / 2, max((high.max() - high.min()) / 2 + 0.12, 0.45)
    return float(middle - half), float(middle + half)


def _picture(look: Look, tab: LookTab, every: BallView, up: str) -> np.ndarray:
    if tab.key != "rebuilt":
        return ball_picture(every, patch_colors(look, tab, tab.start)[look.owner])
    both = np.concatenate([look.visible, look.rebuilt])
    colors = rgb_of([FAINT, ADDED])[np.repeat([0, 1], [len(look.visible), len(look.rebuilt)])]
    return ball_picture(ball_view(both, up), colors)


def _plain(text: str, most: int = _NAME) -> str:
    """One line that matplotlib takes for no formula."""
    told = printable(text)
    return (told if len(told) <= most else told[: most - 1] + "…").replace("$", r"\$")
