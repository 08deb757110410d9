"""What an ablation found: accuracies over seeds for each variant, as a table, Markdown and a figure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.evaluation.probe import PROBES
from pointrecon.evaluation.record import load_records
from pointrecon.files import write_text
from pointrecon.jobs.ablation_cell import results_file
from pointrecon.jobs.experiments import Experiment
from pointrecon.report.families import SHORT

if TYPE_CHECKING:
    from rich.table import Table


@dataclass
class Row:
    """One variant of an experiment, measured by one probe on one table.

    Attributes:
        experiment: its name.
        variant: the variant's label.
        value: where the variant stands on a curve's axis.
        folder: of its runs, inside the ablation's folder.
        table: name of the table measured on.
        probe: "svm", "logistic" or "knn".
        seeds: those that are measured.
        test: test accuracy of each, between 0 and 1.
        validation: accuracy of each where the probe's settings were chosen.
        untrained: test accuracy of random weights with the same seeds, where it was measured.
    """

    experiment: str
    variant: str
    value: float | None
    folder: str
    table: str
    probe: str
    seeds: list[int] = field(default_factory=list)
    test: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    untrained: list[float] = field(default_factory=list)


def gather(
    out: Path, experiment: Experiment, folders: Sequence[str], seeds: Sequence[int], tables: Sequence[str]
) -> list[Row]:
    """Read what was measured; runs that are not finished are left out.

    Args:
        out: the ablation's folder.
        experiment: what was compared.
        folders: of its variants.
        seeds: of the runs to read.
        tables: names of the results files.
    """
    rows: list[Row] = []
    for variant, folder in zip(experiment.variants, folders, strict=True):
        for table in tables:
            found = {
                probe: Row(experiment.name, variant.label, variant.value, folder, table, probe) for probe in PROBES
            }
            for seed in seeds:
                path = results_file(out / folder / f"seed-{seed}", table)
                for record in load_records(path) if path.is_file() else []:
                    row = found.get(record.task.removeprefix("probe/"))
                    if row is None:
                        continue
                    if record.weights == "untrained":
                        row.untrained.append(record.metrics["accuracy"])
                    else:
                        row.seeds.append(seed)
                        row.test.append(record.metrics["accuracy"])
                        row.validation.append(record.metrics.get("selection_accuracy", float("nan")))
            rows += found.values()
    return rows


def mean_and_deviation(values: Sequence[float]) -> str:
    """Shares as "91.2 ± 0.4" percent: mean and deviation of a sample, without it for a single one."""
    if not values or not np.isfinite(values).all():
        return "–"
    mean = f"{100 * np.mean(values):.1f}"
    return f"{mean} ± {100 * np.std(values, ddof=1):.1f}" if len(values) > 1 else mean


def best_sentence(rows: Sequence[Row], table: str, probe: str) -> str:
    """Which variant did best on validation shapes, with its number on test shapes; empty when that cannot be told."""
    here = [row for row in rows if row.table == table and row.probe == probe and row.test]
    here = [row for row in here if np.isfinite(row.validation).all()]
    if len(here) < 2:
        return ""
    best = max(here, key=lambda row: float(np.mean(row.validation)))
    return (
        f"Best on validation shapes ({SHORT[probe]}): {best.variant}, {mean_and_deviation(best.validation)}% there and "
        f"{mean_and_deviation(best.test)}% on test shapes."
    )


def screen_table(experiment: Experiment, rows: Sequence[Row]) -> "Table":
    """Rows: variants. Columns: runs, then test accuracy on each table by each probe."""
    from rich.table import Table

    tables = list(dict.fromkeys(row.table for row in rows))
    table = Table(title=f"{experiment.title}: test accuracy, %", caption="mean ± deviation over seeds")
    table.add_column(experiment.axis)
    table.add_column("runs", justify="right")
    for name in tables:
        for probe in PROBES:
            table.add_column(f"{name}\n{probe}", justify="right")
    for variant in experiment.variants:
        mine = [row for row in rows if row.variant == variant.label]
        table.add_row(
            variant.label, str(max(len(row.seeds) for row in mine)), *(mean_and_deviation(row.test) for row in mine)
        )
    return table


def markdown(experiment: Experiment, rows: Sequence[Row], about: Sequence[str]) -> str:
    """The same as Markdown, with the accuracies on validation shapes.

    Args:
        experiment: what was compared.
        rows: of :func:`gather`.
        about: sentences on how the numbers were made.
    """
    lines = [f"# {experiment.title}", "", *about, "", f"![{experiment.title}]({experiment.name}.png)", ""]
    for name in dict.fromkeys(row.table for row in rows):
        here = [row for row in rows if row.table == name]
        heads = [experiment.axis, "runs", *(SHORT[p] for p in PROBES), *(f"{p}, validation" for p in PROBES), "folder"]
        lines += [f"## {name}", "", "| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 2) + "---|"]
        for variant in experiment.variants:
            mine = [row for row in here if row.variant == variant.label]
            cells = [variant.label, str(max(len(row.seeds) for row in mine))]
            cells += [mean_and_deviation(row.test) for row in mine]
            cells += [mean_and_deviation(row.validation) for row in mine]
            lines.append("| " + " | ".join([*cells, f"`{mine[0].folder}`"]) + " |")
        untrained = {probe: _untrained(here, probe) for probe in PROBES}
        if any(untrained.values()):
            cells = ["random weights", str(max(len(values) for values in untrained.values()))]
            cells += [mean_and_deviation(values) for values in untrained.values()]
            lines.append("| " + " | ".join([*cells, *["–"] * len(PROBES), ""]) + " |")
        lines.append("")
        for probe in PROBES:
            if sentence := best_sentence(here, name, probe):
                lines += [sentence, ""]
    return "\n".join(lines).rstrip() + "\n"


def write_outcome(out: Path, experiment: Experiment, rows: Sequence[Row], about: Sequence[str]) -> None:
    """Write ``NAME.md`` and, where something was measured, ``NAME.png``."""
    from pointrecon.report.ablation_figure import Line, draw

    write_text(out / f"{experiment.name}.md", markdown(experiment, rows, about))
    panels: dict[str, list[Line]] = {}
    for row in rows:
        if row.test:
            lines = panels.setdefault(row.table, [])
            line = next((line for line in lines if line.name == SHORT[row.probe]), None)
            if line is None:
                line = Line(SHORT[row.probe])
                lines.append(line)
            line.add(row.variant, row.value, row.test)
    if panels:
        draw(
            out / f"{experiment.name}.png",
            panels,
            title=experiment.title,
            axis=experiment.axis,
            curve=experiment.figure == "curve",
            log=experiment.log,
        )


def _untrained(rows: Sequence[Row], probe: str) -> list[float]:
    """Random weights of the model most variants have; the base's where it is among them."""
    mine = [row for row in rows if row.probe == probe and row.untrained]
    return next((row.untrained for row in mine if row.folder == "base"), mine[0].untrained if mine else [])
