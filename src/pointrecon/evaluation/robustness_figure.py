"""What robustness measurements come to: a table, and accuracy over severities, a panel a kind and a curve a model."""

from pathlib import Path

import numpy as np
from rich.table import Table

from pointrecon.drawing import new_figure, save_figure
from pointrecon.evaluation.contenders import labels_of
from pointrecon.evaluation.damage import CLEAN
from pointrecon.evaluation.families import mean_and_deviation
from pointrecon.evaluation.measured import Results
from pointrecon.geometry.corruptions import DENSITIES, SEVERITIES
from pointrecon.palette import COLORS, MARKERS

_ACROSS = 4  # panels in a row


def by_model(found: Results) -> dict[str, Results]:
    """Short name → the results of one model over its seeds, in the order the models were given."""
    models = list(dict.fromkeys((record.model, record.weights) for record in found))
    return {label: found.where(model=name, weights=how) for (name, how), label in labels_of(models).items()}


def kinds_of(found: Results) -> list[str]:
    """The kinds of damage, as measured."""
    every = dict.fromkeys(record.task.removeprefix("robustness/") for record in found if "/" in record.task)
    return [kind for kind in every if kind != CLEAN]


def curve(found: Results, kind: str) -> dict[int, list[float]]:
    """Severity, 0 for undamaged clouds → accuracies of one model over seeds, between 0 and 1."""
    of_kind = found.where(task=f"robustness/{kind}")
    severities = [s for s in SEVERITIES if f"severity_{s}" in of_kind.records[0].metrics]
    return {0: of_kind.values("clean_accuracy"), **{s: of_kind.values(f"severity_{s}") for s in severities}}


def robustness_table(found: Results) -> Table:
    """Rows: kinds of damage and their mean. Columns: models, mean ± deviation over seeds, in %."""
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


def draw_robustness(found: Results, path: Path) -> None:
    """Write the figure as PNG, whole or not at all: the mean over seeds, and a band of one standard deviation."""
    kinds, models = kinds_of(found), by_model(found)
    across = min(_ACROSS, len(kinds))
    down = -(-len(kinds) // across)
    figure = new_figure(3.1 * across, 2.7 * down + 0.4)
    panels = figure.subplots(down, across, sharey=True, squeeze=False).flatten().tolist()
    for number, kind in enumerate(kinds):
        axes = panels[number]
        for model, (name, one) in enumerate(models.items()):
            values = curve(one, kind)
            color, marker = COLORS[model % len(COLORS)], MARKERS[model % len(MARKERS)]
            severity = np.array(list(values))
            mean, spread = 100 * np.array([mean_and_deviation(some) for some in values.values()], float).T
            spread = np.nan_to_num(spread)  # a single seed has none
            axes.fill_between(severity, mean - spread, mean + spread, color=color, alpha=0.18, linewidth=0)
            axes.plot(severity, mean, f"{marker}-", color=color, linewidth=1.8, markersize=4, label=name)
        dense = kind == "density"
        labels = ["clean", *(str(DENSITIES[s - 1] if dense else s) for s in list(values)[1:])]
        axes.set_xticks(list(values), labels)
        axes.set_title(kind, fontsize=10)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("points" if dense else "severity", fontsize=8)
        if number % across == 0:
            axes.set_ylabel("test accuracy, %", fontsize=9)
    for axes in panels[len(kinds) :]:
        axes.set_visible(False)
    panels[0].set_ylim(bottom=0)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(4, len(names)), fontsize=9, frameon=False)
    save_figure(figure, path)
