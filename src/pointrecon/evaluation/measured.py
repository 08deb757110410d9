"""The one type of result: records, with their means over seeds, as a table, a frame or a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from pointrecon.errors import InputError, did_you_mean, require
from pointrecon.evaluation.families import mean_and_deviation, percent_words
from pointrecon.evaluation.record import Record, save_records
from pointrecon.screen import screen

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(repr=False)
class Results:
    """What a measurement found. Iterating gives its records."""

    records: list[Record] = field(default_factory=list)  # one for each task, seed and set of weights
    finished: bool = True  # False when it was stopped; the same call goes on
    model: Path | None = None  # the model folder that came out of it, if any
    figure: Path | None = None  # the picture that was drawn, if any
    file: Path | None = None  # where the records were written, if anywhere

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def where(self, **fields: Any) -> "Results":
        """The records whose fields have these values, such as ``task="probe/svm", weights="pre-trained"``.

        InputError for a field that records do not have.
        """
        names = [field.name for field in dataclass_fields(Record)]
        for name in fields:
            if name not in names:
                told = did_you_mean(name, names, f"they have {', '.join(names)}")
                raise InputError(f"records have no field '{name}'; {told}")
        kept = [r for r in self.records if all(getattr(r, name) == value for name, value in fields.items())]
        return replace(self, records=kept)

    def values(self, metric: str = "accuracy", **fields: Any) -> list[float]:
        """One number of each record that has it, shares between 0 and 1, ``fields`` as for `where`; else InputError."""
        found = [r.metrics[metric] for r in self.where(**fields) if metric in r.metrics]
        if not found:
            told = "".join(f", {name} '{value}'" for name, value in fields.items())
            have = ", ".join(sorted({r.task for r in self.records})) or "nothing"
            raise InputError(f"there is no '{metric}'{told} among these results (measured: {have})")
        return found

    def mean(self, metric: str = "accuracy", **fields: Any) -> float:
        """`values`, averaged."""
        return mean_and_deviation(self.values(metric, **fields))[0]

    def deviation(self, metric: str = "accuracy", **fields: Any) -> float | None:
        """Standard deviation of `values` (of a sample); None for fewer than two."""
        return mean_and_deviation(self.values(metric, **fields))[1]

    def percent(self, metric: str = "accuracy", **fields: Any) -> str:
        """Such as "93.1 ± 0.4%"."""
        return f"{percent_words(self.values(metric, **fields))}%"

    def frame(self) -> "DataFrame":
        """A row a record: its fields, and a column for each metric; InputError where pandas is not installed."""
        pandas = require("pandas", "table")
        wide = ("metrics", "per_class", "confusion", "classes", "choices", "counts", "notes", "versions")
        rows = [{k: v for k, v in vars(r).items() if k not in wide} | r.metrics for r in self.records]
        return pandas.DataFrame(rows)

    def save(self, path: str | Path) -> None:
        """Write the records as one JSON list, whole or not at all."""
        save_records(path, self.records)

    def __repr__(self) -> str:
        shown: Sequence[str] = list(dict.fromkeys(f"{r.task} ({r.weights})" for r in self.records))
        more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        stopped = "" if self.finished else ", stopped"
        return f"<Results: {len(self.records)} records{stopped}: {', '.join(shown[:4])}{more}>"


def show_results(found: Results, table: Table) -> None:
    """Print a table of results, what a reader of the numbers should know, and the figure's place."""
    console = screen()
    console.print(table)
    for note in dict.fromkeys(note for record in found for note in record.notes):
        console.print(f"note: {note}", soft_wrap=True)
    if found.figure is not None:
        console.print(f"drawn in {found.figure}", soft_wrap=True)
