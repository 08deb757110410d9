"""What robustness measurements come to: a table, and accuracy over severities, a panel a kind and a curve a model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.drawing import new_figure, save_figure
from pointrecon.evaluation.contenders import labels_of
from pointrecon.evaluation.damage import CLEAN
from pointrecon.evaluation.measured import Results
from pointrecon.geometry.corruptions import SEVERITIES
from pointrecon.palette import COLORS, MARKERS

if TYPE_CHECKING:
    from rich.table import Table

_ACROSS = 4  # panels in a row

# model → kind → (severity, accuracies over seeds between 0 and 1), severity 0 for undamaged clouds
Curves = Mapping[str, Mapping[str, Sequence[tuple[int, Sequence[float]]]]]


def by_model(found: Results) -> dict[str, Results]:
    """Short name → the results of one model over its seeds, in the order the models were given."""
    models = list(dict.fromkeys((record.model, record.weights) for record in found))
    return {label: found.where(model=name, weights=how) for (name, how), label in labels_of(models).items()}


def kinds_of(found: Results) -> list[str]:
    """The kinds of damage, as measured."""
    every = dict.fromkeys(record.task.removeprefix("robustness/") for record in found if "/" in record.task)
    return [kind for kind in every if kind != CLEAN]


def curves(found: Results) -> Curves:
    """Results for `draw_robustness`."""
    severities = [s for s in SEVERITIES if any(f"severity_{s}" in record.metrics for record in found)]

    def curve(one: Results, task: str) -> list[tuple[int, list[float]]]:
        whole = (0, one.values("clean_accuracy", task=task))
        return [whole, *((s, one.values(f"severity_{s}", task=task)) for s in severities)]

    kinds = kinds_of(found)
    return {name: {k: curve(one, f"robustness/{k}") for k in kinds} for name, one in by_model(found).items()}


def robustness_table(found: Results) -> "Table":
    """Rows: kinds of damage and their mean. Columns: models, mean ± deviation over seeds, in %."""
    from rich.table import Table

    first, models, kinds = found.records[0], by_model(found), kinds_of(found)
    seeds = len({record.seed for record in found})
    table = Table(
        title=f"accuracy on {first.counts['test']} damaged '{first.split}' shapes of {first.data}",
        min_width=60,
        caption=f"mean over severities, {seeds} seed{'s' * (seeds > 1)}, protocol {first.protocol}",
    )
    for name in ("", *models):
        table.add_column(name, justify="right" if name else "left")
    rows = [(kind, "accuracy", f"robustness/{kind}") for kind in (CLEAN, *kinds)]
    rows += [("mean, not clean", "accuracy", "robustness"), ("relative to clean", "relative_accuracy", "robustness")]
    for title, metric, task in rows:
        cells = [one.percent(metric, task=task).removesuffix("%") for one in models.values()]
        table.add_row(title, *cells, end_section=title == kinds[-1])
    return table


def draw_robustness(curves: Curves, path: Path, *, ticks: Mapping[str, Sequence[str]] | None = None) -> None:
    """Write the figure as PNG, whole or not at all: the mean over seeds, and a band of one standard deviation.

    Args:
        curves: what was measured; all models with the same kinds.
        ticks: for a kind, what to write under its severities instead of their numbers.

    Raises:
        InputError: when matplotlib is not installed.
    """
    kinds = list(next(iter(curves.values())))
    across = min(_ACROSS, len(kinds))
    down = -(-len(kinds) // across)
    figure = new_figure(3.1 * across, 2.7 * down + 0.4)
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
    save_figure(figure, path)
