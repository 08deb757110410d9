"""What robustness measurements of several models come to: means over seeds, curves, a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.damage import CLEAN
from pointrecon.evaluation.record import Record
from pointrecon.geometry.corruptions import SEVERITIES

if TYPE_CHECKING:
    from rich.table import Table


@dataclass
class RobustnessResult:
    """What `pointrecon.robustness` measured.

    Attributes:
        by_model: short name → the records of all seeds, in the order the models were given; the first is the one
            asked about.
        figure: the picture, where one was drawn.
    """

    by_model: dict[str, list[Record]]
    figure: Path | None = None

    @property
    def records(self) -> list[Record]:
        """Of all models."""
        return [record for records in self.by_model.values() for record in records]

    def values(self, metric: str = "accuracy", *, kind: str = "", model: str | None = None) -> list[float]:
        """A metric of every seed, between 0 and 1.

        Args:
            metric: "accuracy", "relative_accuracy", "severity_1", ...
            kind: "noise", "clean", ...; without one the mean over all damage.
            model: its short name; the first when left out.

        Raises:
            InputError: when that was not measured.
        """
        model = next(iter(self.by_model)) if model is None else model
        task = f"robustness/{kind}" if kind else "robustness"
        found = [r.metrics[metric] for r in self.by_model.get(model, []) if r.task == task and metric in r.metrics]
        if not found:
            raise InputError(f"there is no '{metric}' of '{task}' for the model '{model}' here")
        return found

    def mean(self, metric: str = "accuracy", *, kind: str = "", model: str | None = None) -> float:
        """`values`, averaged over seeds."""
        return float(np.mean(self.values(metric, kind=kind, model=model)))

    def deviation(self, metric: str = "accuracy", *, kind: str = "", model: str | None = None) -> float:
        """Standard deviation of `values` (of a sample); 0 for one seed."""
        found = self.values(metric, kind=kind, model=model)
        return float(np.std(found, ddof=1)) if len(found) > 1 else 0.0

    @property
    def kinds(self) -> list[str]:
        """The kinds of damage, as measured."""
        every = dict.fromkeys(r.task.removeprefix("robustness/") for r in self.records if "/" in r.task)
        return [kind for kind in every if kind != CLEAN]

    def curves(self) -> dict[str, dict[str, list[tuple[int, list[float]]]]]:
        """Model → kind → (severity, accuracies over seeds); severity 0 for undamaged clouds."""
        severities = [s for s in SEVERITIES if any(f"severity_{s}" in r.metrics for r in self.records)]

        def curve(model: str, kind: str) -> list[tuple[int, list[float]]]:
            whole = (0, self.values("clean_accuracy", kind=kind, model=model))
            return [whole, *((s, self.values(f"severity_{s}", kind=kind, model=model)) for s in severities)]

        return {model: {kind: curve(model, kind) for kind in self.kinds} for model in self.by_model}

    def table(self) -> "Table":
        """Rows: kinds of damage and their mean. Columns: models, mean ± deviation over seeds, in %."""
        from rich.table import Table

        first, seeds = self.records[0], len(self.values())
        table = Table(
            title=f"accuracy on {first.counts['test']} damaged '{first.split}' shapes of {first.data}",
            min_width=60,
            caption=f"mean over severities, {seeds} seed{'s' * (seeds > 1)}, protocol {first.protocol}",
        )
        for name in ("", *self.by_model):
            table.add_column(name, justify="right" if name else "left")
        rows = [(kind, "accuracy", kind) for kind in (CLEAN, *self.kinds)]
        rows += [("mean, not clean", "accuracy", ""), ("relative to clean", "relative_accuracy", "")]
        for title, metric, kind in rows:
            cells = []
            for model in self.by_model:
                spread = f" ± {100 * self.deviation(metric, kind=kind, model=model):.1f}" if seeds > 1 else ""
                cells.append(f"{100 * self.mean(metric, kind=kind, model=model):.1f}{spread}")
            table.add_row(title, *cells, end_section=title == self.kinds[-1])
        return table
