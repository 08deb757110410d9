"""What shapes were called, and how sure that is: in memory, as CSV and as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import require
from pointrecon.evaluation.name_list import UNKNOWN
from pointrecon.files import check_new, write_rows, written_whole
from pointrecon.labeling.confidence import Best
from pointrecon.progress import plural

if TYPE_CHECKING:
    from pandas import DataFrame

NAME_COLUMNS = ("id", "name", "confidence", "runner_up", "runner_up_confidence")
_KINDS = (".csv", ".json")


@dataclass(frozen=True)
class NamedShapes:
    """A name for each of M shapes.

    Attributes:
        id: (M,) str. names: the K names that were to choose from.
        best: places in ``names`` of the best and of the second, with their confidences.
        threshold: below this confidence a shape is "unknown"; its best name is then told as the runner-up.
        temperature: that confidences were made with.
        notes: how they were calibrated, and what else a reader should know.
    """

    id: np.ndarray
    names: list[str]
    best: Best
    threshold: float
    temperature: float
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.id)

    def __repr__(self) -> str:
        unknown = len(self) - int(self.known.sum())
        return f"<{plural(len(self), 'shape')} named by {plural(len(self.names), 'name')}, {unknown} of them unknown>"

    @property
    def known(self) -> np.ndarray:
        """(M,) bool, whose name is as sure as was asked for."""
        return self.best.confidence >= self.threshold

    @property
    def name(self) -> np.ndarray:
        """(M,) str, "unknown" among them."""
        return np.where(self.known, np.array(self.names, np.str_)[self.best.first], UNKNOWN)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each shape what `NAME_COLUMNS` say; None where there is nothing to say."""
        for key, known, first, sure, second, less in zip(
            self.id.tolist(), self.known.tolist(), *(column.tolist() for column in self.best), strict=True
        ):
            if known:
                other = (self.names[second], round(less, 4)) if len(self.names) > 1 else (None, None)
                told = (key, self.names[first], round(sure, 4), *other)
            else:
                told = (key, UNKNOWN, None, self.names[first], round(sure, 4))
            yield dict(zip(NAME_COLUMNS, told, strict=True))

    def frame(self) -> "DataFrame":
        """The rows for pandas; InputError where it is not installed."""
        return require("pandas", "table").DataFrame(list(self.rows()), columns=NAME_COLUMNS)

    def write(self, path: Path) -> None:
        """A ``.csv`` or ``.json`` file of the rows, whole or not at all."""
        if path.suffix.lower() == ".json":
            with written_whole(path) as file:
                file.write(json.dumps(list(self.rows()), indent=1, ensure_ascii=False).encode() + b"\n")
        else:
            write_rows(path, NAME_COLUMNS, self.rows())


def check_file(out: str | Path | None, *, overwrite: bool, kinds: Sequence[str] = _KINDS) -> Path | None:
    """The path of a file to be written, or InputError for one that is there, a folder, or another kind."""
    return None if out is None else check_new(out, overwrite=overwrite, endings=kinds)
