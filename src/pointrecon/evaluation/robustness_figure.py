"""Accuracy over severities, one panel for each kind of damage and one curve for each model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole
from pointrecon.palette import COLORS, MARKERS

_ACROSS = 4  # panels in a row

# model → kind → (severity, accuracies over seeds between 0 and 1), severity 0 for undamaged clouds
Curves = Mapping[str, Mapping[str, Sequence[tuple[int, Sequence[float]]]]]


def draw_robustness(curves: Curves, path: Path, *, ticks: Mapping[str, Sequence[str]] | None = None) -> None:
    """Write the figure as PNG, whole or not at all: the mean over seeds, and a band of one standard deviation.

    Args:
        curves: what was measured; all models with the same kinds.
        path: the file.
        ticks: for a kind, what to write under its severities instead of their numbers.

    Raises:
        InputError: when matplotlib is not installed.
    """
    require("matplotlib", "report")
    from matplotlib.figure import Figure

    kinds = list(next(iter(curves.values())))
    across = min(_ACROSS, len(kinds))
    down = -(-len(kinds) // across)
    figure = Figure(figsize=(3.1 * across, 2.7 * down + 0.4), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False).flatten().tolist()
    for number, kind in enumerate(kinds):
        axes = panels[number]
        for model, (name, by_kind) in enumerate(curves.items()):
            color, marker = COLORS[model % len(COLORS)], MARKERS[model % len(MARKERS)]
            severity = np.array([at for at, _ in by_kind[kind]])
            values = [np.asarray(v, float) * 100 for _, v in by_kind[kind]]
            mean = np.array([v.mean() for v in values])
            spread = np.array([v.std(ddof=1) if len(v) > 1 else 0.0 for v in values])
            axes.fill_between(severity, mean - spread, mean + spread, color=color, alpha=0.18, linewidth=0)
            axes.plot(severity, mean, f"{marker}-", color=color, linewidth=1.8, markersize=4, label=name)
        shown = [at for at, _ in next(iter(curves.values()))[kind]]
        labels = ["clean" if at == 0 else str(at) for at in shown]
        own = (ticks or {}).get(kind)
        axes.set_xticks(shown, [labels[0], *own] if own else labels)
        axes.set_title(kind, fontsize=10)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("points" if own else "severity", fontsize=8)
        if number % across == 0:
            axes.set_ylabel("test accuracy, %", fontsize=9)
    for axes in panels[len(kinds) :]:
        axes.set_visible(False)
    panels[0].set_ylim(bottom=0)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(4, len(names)), fontsize=9, frameon=False)
    with written_whole(path) as file:
        figure.savefig(file, format="png", dpi=130)
