"""Shapes to be labeled, their table where they have one, and which of their labels are not a model's guesses."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.evaluation.inputs import resolve_shapes
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.npz import plain_arrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table


@dataclass(frozen=True)
class OpenedShapes:
    """M shapes, in the order of their table; ``table`` is None for shapes that are in none."""

    shapes: Shapes
    table: ShapeTable | None
    log: LabelLog  # what was given to them

    @cached_property
    def ids(self) -> np.ndarray:
        """(M,) str."""
        return np.array(list(self.shapes.ids()), dtype=np.str_)

    @cached_property
    def entry(self) -> np.ndarray:
        """(M,) int64, the place in ``log`` of the last word on each shape, -1 for none."""
        last = self.log.last()
        return np.array([last.get(key, -1) for key in self.ids.tolist()], np.int64).reshape(-1)

    @cached_property
    def guessed(self) -> np.ndarray:
        """(M,) bool, whose label is a model's."""
        return np.append(self.log.by_model, False)[self.entry]

    @cached_property
    def by_people(self) -> Shapes:
        """The same shapes with the labels that people gave, or that came with the files; those of models are none."""
        return self.shapes.relabeled(np.where(self.guessed, -1, self.shapes.label), self.shapes.meta.classes)


def open_shapes(data: Any) -> OpenedShapes:
    """What a caller means by shapes, with its table; InputError as for `resolve_shapes`."""
    table = data if isinstance(data, ShapeTable) else None
    if isinstance(data, str | Path) and _names_table(data):
        table = open_table(data)
    log = LabelLog.empty() if table is None else table.label_history()
    return OpenedShapes(resolve_shapes(data if table is None else table), table, log)


def _names_table(data: str | Path) -> bool:
    place = Path(data)
    if place.suffix == ".npz":
        return not (place.is_file() and plain_arrays(place))
    return place.suffix == ".lance" or "://" in str(data)
