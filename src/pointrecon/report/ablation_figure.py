"""The figure of an experiment: accuracy over its variants, one panel for each table, with every seed shown."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole
from pointrecon.report.figures import COLOURS

MARKERS = ("o", "s", "^", "D")


@dataclass
class Line:
    """What one probe found on one table.

    Attributes:
        name: of the probe, for the legend.
        labels: of the variants.
        values: where they stand on a curve's axis.
        accuracies: of each variant, one for each seed, between 0 and 1.
    """

    name: str
    labels: list[str] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)
    accuracies: list[Sequence[float]] = field(default_factory=list)

    def add(self, label: str, value: float | None, accuracies: Sequence[float]) -> None:
        """One more variant."""
        self.labels.append(label)
        self.values.append(value)
        self.accuracies.append(list(accuracies))

    def means(self) -> np.ndarray:
        """(variants,) percent."""
        return np.array([100 * np.mean(every) for every in self.accuracies])

    def deviations(self) -> np.ndarray:
        """(variants,) percent, of a sample; 0 for a single seed."""
        return np.array([100 * np.std(every, ddof=1) if len(every) > 1 else 0.0 for every in self.accuracies])


def draw(
    path: Path,
    panels: Mapping[str, Sequence[Line]],
    *,
    title: str,
    axis: str,
    curve: bool = False,
    log: bool = False,
) -> None:
    """Write the figure as PNG: bars with deviation, or curves with a band; single seeds as dots.

    Args:
        path: the file.
        panels: table → what each probe found on it.
        title: of the figure.
        axis: what the variants differ in.
        curve: draw over the variants' values.
        log: with a logarithmic axis.

    Raises:
        InputError: when matplotlib is not installed.
    """
    require("matplotlib", "report")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    most = max(len(line.labels) for lines in panels.values() for line in lines)
    width = max(4.6, 0.9 * most + 1.4)
    figure = Figure(figsize=(width * len(panels), 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (table, lines) in zip(every, panels.items(), strict=True):
        (_curves if curve else _bars)(axes, lines)
        if curve:
            _value_axis(axes, lines, log)
        axes.set_title(table, fontsize=10)
        axes.set_xlabel(axis)
        axes.grid(axis="y", color="#8c95a1", alpha=0.3, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    counts = sorted({len(a) for lines in panels.values() for line in lines for a in line.accuracies})
    said = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    figure.suptitle(f"{title}  ({said} seed{'s' * (counts[-1] > 1)})", fontsize=11)
    every[0].legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=150)
    with written_whole(path) as file:
        file.write(held.getvalue())


def _bars(axes: Any, lines: Sequence[Line]) -> None:
    labels = list(dict.fromkeys(label for line in lines for label in line.labels))
    share = 0.8 / len(lines)
    for i, line in enumerate(lines):
        place = np.array([labels.index(label) for label in line.labels]) + (i - (len(lines) - 1) / 2) * share
        axes.bar(place, line.means(), share * 0.92, color=COLOURS[i], alpha=0.75, label=line.name)
        several = np.array([len(a) > 1 for a in line.accuracies])
        axes.errorbar(
            place[several], line.means()[several], line.deviations()[several], fmt="none", ecolor="#1d2430", capsize=2.5
        )
        for x, seeds in zip(place, line.accuracies, strict=True):
            spread = np.linspace(-0.25, 0.25, len(seeds)) * share if len(seeds) > 1 else [0.0]
            axes.plot(x + spread, 100 * np.array(seeds), "o", color="#1d2430", markersize=2.6, alpha=0.8)
    steep = len(labels) > 5 or max(map(len, labels)) > 11
    axes.set_xticks(range(len(labels)), labels, rotation=25 if steep else 0, ha="right" if steep else "center")
    low, high = _range(lines)
    axes.set_ylim(low, high)
    axes.set_ylabel("test accuracy, %" + (f" (axis starts at {low:g})" if low > 0 else ""))


def _curves(axes: Any, lines: Sequence[Line]) -> None:
    for i, line in enumerate(lines):
        order = np.argsort([float(value or 0) for value in line.values])
        x = np.array([float(value or 0) for value in line.values])[order]
        mean, deviation = line.means()[order], line.deviations()[order]
        axes.plot(x, mean, marker=MARKERS[i], color=COLOURS[i], label=line.name, markersize=5)
        axes.fill_between(x, mean - deviation, mean + deviation, color=COLOURS[i], alpha=0.18, linewidth=0)
        for at, seeds in zip(x, [line.accuracies[j] for j in order], strict=True):
            axes.plot([at] * len(seeds), 100 * np.array(seeds), ".", color=COLOURS[i], markersize=3.5, alpha=0.7)
    axes.set_ylabel("test accuracy, %")


def _value_axis(axes: Any, lines: Sequence[Line], log: bool) -> None:
    ticks = dict(pair for line in lines for pair in zip(line.values, line.labels, strict=True))
    if log:
        axes.set_xscale("log")
    axes.set_xticks([float(value or 0) for value in ticks], list(ticks.values()))
    axes.minorticks_off()


def _range(lines: Sequence[Line]) -> tuple[float, float]:
    """Where the axis starts and ends: a multiple of 10 well below the smallest value, so that differences are seen."""
    values = [100 * value for line in lines for seeds in line.accuracies for value in seeds]
    low, high = min(values), max(values)
    start = max(0.0, 10 * np.floor((low - max(2.0, 0.3 * (high - low))) / 10))
    return float(start), float(min(102.0, high + 0.08 * (high - start) + 0.5))
