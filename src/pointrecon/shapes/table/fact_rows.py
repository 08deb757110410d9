"""One row a shape, as other tools want it: its id, source, split, class, and what its file is; no points are read."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole
from pointrecon.readable import cells
from pointrecon.shapes.table.file_facts import FACTS, is_known
from pointrecon.shapes.table.rows import Rows
from pointrecon.shapes.table.table_meta import TableMeta

if TYPE_CHECKING:
    from pandas import DataFrame

_AT_ONCE = 65_536  # shapes read at once


class ByPlace(Protocol):
    """Shapes that are read by place: in memory, of one table or of several."""

    meta: TableMeta

    def __len__(self) -> int: ...
    @property
    def label(self) -> Any: ...
    @property
    def guessed(self) -> Any: ...
    @property
    def split(self) -> Any: ...
    def read(self, index: np.ndarray, features: Sequence[str] = (), columns: Sequence[str] = ()) -> Rows: ...


def fact_blocks(shapes: ByPlace) -> Iterator[dict[str, np.ndarray]]:
    """Columns "id", "source", "split", "class", "guessed" and `FACTS` of some shapes at a time, in order; one at least.

    A class is guessed where a model gave it, and nobody since.
    """
    classes, split, guessed = np.array([*shapes.meta.classes, ""], np.str_), shapes.split, shapes.guessed
    for start in range(0, max(len(shapes), 1), _AT_ONCE):
        index = np.arange(start, min(start + _AT_ONCE, len(shapes)))
        rows = shapes.read(index, columns=["id", "source", *FACTS])
        named = {"split": split[index], "class": classes[shapes.label[index]], "guessed": guessed[index]}
        yield {"id": rows.id, "source": rows.short["source"], **named, **{name: rows.short[name] for name in FACTS}}


def frame_of(shapes: ByPlace) -> "DataFrame":
    """The rows of all shapes; what is not known is <NA> or NaN. InputError where pandas is not installed."""
    pandas = require("pandas", "table")

    def column(values: np.ndarray) -> Any:
        if values.dtype.kind in "fb":
            return values
        found = pandas.array(values.astype(object), dtype="Int64" if values.dtype.kind == "i" else "string")
        found[~is_known(values)] = pandas.NA
        return found

    blocks = [pandas.DataFrame({k: column(v) for k, v in block.items()}) for block in fact_blocks(shapes)]
    return pandas.concat(blocks, ignore_index=True)


def known_rows(shapes: ByPlace) -> Iterator[dict[str, Any]]:
    """The rows of all shapes, ready for JSON; what is not known is None."""
    nothing = np.array(None, object)
    for block in fact_blocks(shapes):
        columns = [np.where(is_known(values), values.astype(object), nothing).tolist() for values in block.values()]
        yield from (dict(zip(block, row, strict=True)) for row in zip(*columns, strict=True))


def write_csv(shapes: ByPlace, path: str | Path) -> None:
    """The rows of all shapes as a CSV file, whole or not at all; what is not known is left empty.

    It is for people: ``modified`` is written as ISO 8601 has it, to the second, in UTC.
    """
    with written_whole(Path(path)) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        rows = csv.writer(text)
        for number, block in enumerate(fact_blocks(shapes)):
            if not number:
                rows.writerow(block)
            told = {**block, "modified": np.datetime_as_string(block["modified"].astype("M8[ns]"), "s", "UTC")}
            columns = [np.where(is_known(block[name]), told[name].astype(object), "").tolist() for name in block]
            rows.writerows(map(cells, zip(*columns, strict=True)))
        text.detach()
