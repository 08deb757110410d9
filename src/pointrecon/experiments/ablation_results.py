"""What an ablation found: accuracies over seeds for each variant, as a page, a figure and on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.evaluation.families import SHORT, percent_words
from pointrecon.evaluation.probing import PROBES
from pointrecon.experiments.ablation_figure import Line, draw
from pointrecon.experiments.experiment_recipes import Experiment
from pointrecon.experiments.formats import caption_and_table
from pointrecon.experiments.gather import Experiment as Compared
from pointrecon.experiments.gather import Found, gather
from pointrecon.experiments.gather import Variant as Place
from pointrecon.experiments.grid import Grid, experiment_grids, table_names
from pointrecon.files import write_text

CHOSEN = "selection_accuracy"  # where a probe's settings were chosen


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


@dataclass
class Outcome:
    """What was measured of one experiment.

    Attributes:
        experiment: what was compared.
        rows: by variant, table and probe.
        grids: accuracies on test shapes, as `pointrecon results` shows them; none where nothing is measured yet.
        chosen: on the shapes where the probes' settings were chosen.
    """

    experiment: Experiment
    rows: list[Row]
    grids: list[Grid]
    chosen: list[Grid]


def read_outcomes(
    out: Path, asked: Sequence[tuple[Experiment, Sequence[str]]], seeds: Sequence[int], tables: Sequence[str]
) -> list[Outcome]:
    """Read what was measured; runs that are not finished are left out.

    Args:
        out: the ablation's folder.
        asked: experiments, and the folders of their variants.
        seeds: of the runs to read.
        tables: names of the results files.
    """
    out = out.resolve()
    every = gather([out]).found if any(out.glob("*/*/results/*.json")) else []
    every = [one for one in every if one.record.seed in seeds and Path(one.file).stem in tables]
    names = table_names(every)
    outcomes = []
    for experiment, folders in asked:
        places = [Place(v.label, v.value, out / name) for v, name in zip(experiment.variants, folders, strict=True)]
        compared = Compared(experiment.name, experiment.title, experiment.axis, places)
        rows = [
            row
            for place in places
            for row in _rows(experiment.name, place, [one for one in every if one.place.parent == place.folder], tables)
        ]
        grids = experiment_grids(compared, every, names)
        outcomes.append(Outcome(experiment, rows, grids, experiment_grids(compared, every, names, metric=CHOSEN)))
    return outcomes


def _rows(experiment: str, place: Place, found: Sequence[Found], tables: Sequence[str]) -> list[Row]:
    """A variant by every table and probe."""
    rows = {
        (table, probe): Row(experiment, place.label, place.value, place.folder.name, table, probe)
        for table in tables
        for probe in PROBES
    }
    for one in sorted(found, key=lambda one: one.record.seed):
        row = rows.get((Path(one.file).stem, one.record.task.removeprefix("probe/")))
        if row is None:
            continue
        accuracy = one.record.metrics["accuracy"]
        if one.record.weights == "untrained":
            row.untrained.append(accuracy)
        else:
            row.seeds.append(one.record.seed)
            row.test.append(accuracy)
            row.validation.append(one.record.metrics.get(CHOSEN, float("nan")))
    return list(rows.values())


def best_sentence(rows: Sequence[Row], table: str, probe: str) -> str:
    """Which variant did best on validation shapes, with its number on test shapes; empty when that cannot be told."""
    here = [row for row in rows if row.table == table and row.probe == probe and row.test]
    here = [row for row in here if np.isfinite(row.validation).all()]
    means = [float(np.mean(row.validation)) for row in here]
    best = [row for row, mean in zip(here, means, strict=True) if np.isclose(mean, max(means))]
    if len(best) == len(here):
        return ""  # one alone, or all the same
    said = [
        f"{row.variant} ({percent_words(row.validation)}; on test shapes {percent_words(row.test)})" for row in best
    ]
    return f"- {table}, {SHORT[probe]}: {' and '.join(said)}"


def markdown(outcome: Outcome, about: Sequence[str]) -> str:
    """A page: the figure, the accuracies on test and on validation shapes, which variant did best, where its runs are.

    Args:
        outcome: what was measured.
        about: sentences on how the numbers were made.
    """
    experiment, rows = outcome.experiment, outcome.rows
    blocks = [f"# {experiment.title}", *about]
    if not outcome.grids:
        blocks.append("Nothing is measured yet.")
    for title, grids in (("On test shapes", outcome.grids), ("Where settings were chosen", outcome.chosen)):
        for grid in grids:
            blocks += [f"## {title}", *caption_and_table(grid)]
            if grid is outcome.grids[0]:
                blocks.append(f"![{experiment.title}]({experiment.name}.png)")
    places = dict.fromkeys((row.table, row.probe) for row in rows)
    if best := [sentence for table, probe in places if (sentence := best_sentence(rows, table, probe))]:
        blocks += ["Best where settings were chosen, per cent:", "\n".join(best)]
    folders = dict.fromkeys((row.variant, row.folder) for row in rows)
    blocks += ["## Runs", "\n".join(f"- {variant}: `{folder}/`" for variant, folder in folders)]
    return "\n\n".join(blocks) + "\n"


def write_outcome(out: Path, outcome: Outcome, about: Sequence[str]) -> None:
    """Write ``NAME.md`` and, where something was measured, ``NAME.png``."""
    experiment = outcome.experiment
    write_text(out / f"{experiment.name}.md", markdown(outcome, about))
    panels: dict[str, dict[str, Line]] = {}
    for row in outcome.rows:
        if row.test:
            lines = panels.setdefault(row.table, {})
            lines.setdefault(row.probe, Line(SHORT[row.probe])).add(row.variant, row.value, row.test)
    if panels:
        draw(
            out / f"{experiment.name}.png",
            {table: list(lines.values()) for table, lines in panels.items()},
            title=experiment.title,
            axis=experiment.axis,
            curve=experiment.figure == "curve",
            log=experiment.log,
        )
