"""The page of an experiment: the tables of `pointrecon results` on test and on validation shapes, and the figure."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointrecon.evaluation.families import percent_words
from pointrecon.evaluation.record import Record
from pointrecon.experiments.ablation_figure import Line, draw
from pointrecon.experiments.ablation_plan import Settings
from pointrecon.experiments.experiment_recipes import Experiment
from pointrecon.experiments.formats import caption_and_table, to_screen
from pointrecon.experiments.gather import SUMMARY
from pointrecon.experiments.grid import Grid, experiment_grids
from pointrecon.files import write_text
from pointrecon.screen import screen

CHOSEN = "selection_accuracy"  # where a probe's settings were chosen
_WIDE = 160  # letters a line of a log


def write_page(
    out: Path, experiment: Experiment, compared: Settings, records: Sequence[Record], data: str, by: str
) -> list[Grid]:
    """Write ``NAME.md`` and, where something was measured, ``NAME.png`` into the ablation's folder.

    ``compared`` is the experiment in ``ablation.json``, ``records`` are of its variants or others, ``data`` is what was
    pre-trained on, and ``by`` the command line. Returns the tables of accuracies on test shapes.
    """
    grids, chosen = experiment_grids(compared, records), experiment_grids(compared, records, metric=CHOSEN)
    blocks = [
        f"# {experiment.title}",
        f"Pre-trained on {', '.join(Path(name).name for name in data.split(' + '))}. All that is not named is as in "
        f"`{SUMMARY}`.",
        "Probes on frozen features: the kind of feature and the probe's settings are chosen on validation shapes, then "
        "test shapes are seen once.",
        *([f"Command: `{by}`"] if shlex.split(by)[:1] == ["pointrecon"] else []),
        *([] if grids else ["Nothing is measured yet."]),
    ]
    for number, grid in enumerate([*grids, *chosen]):
        blocks += ["## On test shapes" if number < len(grids) else "## Where settings were chosen"]
        blocks += caption_and_table(grid)
        if number == 0:
            blocks.append(f"![{experiment.title}]({experiment.name}.png)")
    if told := [line for one, other in zip(chosen, grids, strict=False) for line in best_lines(one, other)]:
        blocks += ["Best where settings were chosen, per cent:", "\n".join(told)]
    places = [f"- {variant['label']}: `{variant['folder']}/`" for variant in compared["variants"]]
    write_text(out / f"{experiment.name}.md", "\n\n".join([*blocks, "## Runs", "\n".join(places)]) + "\n")
    for grid in grids[:1]:
        curve = experiment.figure == "curve"
        panels = _panels(grid, {variant["label"]: variant["value"] for variant in compared["variants"]})
        draw(out / f"{experiment.name}.png", panels, title=experiment.title, axis=experiment.axis, curve=curve,
             log=experiment.log)  # fmt: skip
    return grids


def best_lines(chosen: Grid, test: Grid) -> list[str]:
    """Which variant did best where settings were chosen, with its number on test shapes, for each column.

    Nothing is said of a column where that tells no variant from the others.
    """
    told = []
    for column in chosen.columns:
        found = [row for row in chosen.rows if column in row.cells and not row.untrained]
        means = [float(np.mean(row.cells[column].values)) for row in found]
        best = [row for row, mean in zip(found, means, strict=True) if np.isclose(mean, max(means))]
        on_test = {row.label: row.cells[column].values for row in test.rows if column in row.cells}
        if len(best) < len(found):
            said = [
                f"{row.label} ({percent_words(row.cells[column].values)}; on test shapes "
                f"{percent_words(on_test[row.label])})"
                for row in best
            ]
            told.append(f"- {column}: {' and '.join(said)}")
    return told


def _panels(grid: Grid, values: dict[str, float | None]) -> dict[str, list[Line]]:
    """A panel for every table, a line for every probe."""
    panels: dict[str, list[Line]] = {}
    for column in grid.columns:
        table, _, probe = column.rpartition(", ")
        line = Line(probe)
        for row in grid.rows:
            if column in row.cells and row.name in values:  # others are what it is compared with
                line.add(row.name, values[row.name], row.cells[column].values)
        if line.labels:
            panels.setdefault(table, []).append(line)
    return panels


def show(grids: Sequence[Grid]) -> None:
    """Print tables."""
    console = screen()
    if not console.is_terminal:
        console = screen(width=_WIDE)
    for grid in grids:
        console.print(to_screen(grid, f"{grid.heading}: test accuracy, %"))
