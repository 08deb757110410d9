"""The figure of an experiment: accuracy over its variants, one panel for each table, with every seed shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from pointrecon.drawing import new_figure, save_figure
from pointrecon.palette import COLORS, MARKERS

INK = "#1d2430"


@dataclass
class Line:
    """What one probe found on one table: accuracies of each variant over seeds, and its place on a curve's axis."""

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
    path: Path, panels: Mapping[str, Sequence[Line]], *, title: str, axis: str, curve: bool = False, log: bool = False
) -> None:
    """Write the figure as PNG: curves with a band, or a mean and deviation beside one another for each variant.

    Those are bars where every panel's axis starts at 0, else marks: a bar's length is to be read. Axes that start
    higher say so. Single seeds are small dots. ``panels`` has what each probe found on a table, ``axis`` says what the
    variants differ in, and ``log`` is for a curve's.
    """
    most = max(len(line.labels) for lines in panels.values() for line in lines)
    figure = new_figure(max(4.6, 0.9 * most + 1.4) * len(panels), 4.0)
    from matplotlib.ticker import MaxNLocator

    every = figure.subplots(1, len(panels), squeeze=False)[0]
    bars = all(_range(lines)[0] == 0 for lines in panels.values())
    for axes, (table, lines) in zip(every, panels.items(), strict=True):
        if curve:
            _curves(axes, lines)
            _value_axis(axes, lines, log)
        else:
            _beside(axes, lines, bars)
        low, high = _range(lines)
        axes.set_ylim(low, high)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True))
        axes.set_ylabel("test accuracy, %" + (f" (axis starts at {low:g})" if low > 0 else ""))
        axes.set_title(table, fontsize=10)
        axes.set_xlabel(axis)
        axes.grid(axis="y", color="#8c95a1", alpha=0.3, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    counts = sorted({len(a) for lines in panels.values() for line in lines for a in line.accuracies})
    said = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    figure.suptitle(f"{title}  ({said} seed{'s' * (counts[-1] > 1)})", fontsize=11)
    handles, names = every[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    save_figure(figure, path)


def _beside(axes: Any, lines: Sequence[Line], bars: bool) -> None:
    """Every variant at its place, the lines beside one another in it."""
    labels = list(dict.fromkeys(label for line in lines for label in line.labels))
    share = 0.8 / len(lines)
    for i, line in enumerate(lines):
        place = np.array([labels.index(label) for label in line.labels]) + (i - (len(lines) - 1) / 2) * share
        means, deviations = line.means(), line.deviations()
        if bars:
            axes.bar(place, means, share * 0.92, color=COLORS[i], alpha=0.75, label=line.name)
        else:
            axes.plot(place, means, MARKERS[i], color=COLORS[i], markersize=7, label=line.name)
        several = np.array([len(a) > 1 for a in line.accuracies])
        color = INK if bars else COLORS[i]
        axes.errorbar(
            place[several], means[several], deviations[several], fmt="none", ecolor=color, elinewidth=1.6, capsize=3
        )
        for x, seeds in zip(place, line.accuracies, strict=True):
            if len(seeds) > 1:
                aside = np.full(len(seeds), 0.3 * share)  # of the mark, which they would hide
                axes.plot(x + aside, 100 * np.array(seeds), "o", color=INK, markersize=2.6, alpha=0.7)
    labels = ["\n".join(wrap(label, 18)) for label in labels]
    steep = len(labels) > 5 or max(len(part) for label in labels for part in label.split("\n")) > 11
    axes.set_xticks(range(len(labels)), labels, rotation=25 if steep else 0, ha="right" if steep else "center")
    axes.set_xlim(-0.6, len(labels) - 0.4)
    for edge in range(len(labels) - 1):
        axes.axvline(edge + 0.5, color="#8c95a1", alpha=0.25, linewidth=0.6)


def _curves(axes: Any, lines: Sequence[Line]) -> None:
    for i, line in enumerate(lines):
        order = np.argsort([float(value or 0) for value in line.values])
        x = np.array([float(value or 0) for value in line.values])[order]
        mean, deviation = line.means()[order], line.deviations()[order]
        axes.plot(x, mean, marker=MARKERS[i], color=COLORS[i], label=line.name, markersize=5)
        axes.fill_between(x, mean - deviation, mean + deviation, color=COLORS[i], alpha=0.18, linewidth=0)
        for at, seeds in zip(x, [line.accuracies[j] for j in order], strict=True):
            axes.plot([at] * len(seeds), 100 * np.array(seeds), ".", color=COLORS[i], markersize=3.5, alpha=0.7)


def _value_axis(axes: Any, lines: Sequence[Line], log: bool) -> None:
    ticks = dict(pair for line in lines for pair in zip(line.values, line.labels, strict=True))
    if log:
        axes.set_xscale("log")
    axes.set_xticks([float(value or 0) for value in ticks], list(ticks.values()))
    axes.minorticks_off()


def _range(lines: Sequence[Line]) -> tuple[float, float]:
    """Where the axis starts and ends: a multiple of 5 well below the smallest value, so that differences are seen."""
    values = [100 * value for line in lines for seeds in line.accuracies for value in seeds]
    low, high = min(values), max(values)
    start = 5 * np.floor((low - max(2.0, 0.3 * (high - low))) / 5)
    start = 0.0 if start < 0.3 * high else start  # little would be won
    return float(start), float(min(102.0, high + 0.08 * (high - start) + 0.5))
