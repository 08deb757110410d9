"""Shapes to be labeled, their table where they have one, and which of their labels are not a model's guesses."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import is_model, resolve_shapes
from pointrecon.retrieval.folder_table import check_unopened, is_table, open_collection
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.manifest import is_manifest
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.shape_table import ShapeTable


@dataclass(frozen=True)
class OpenedShapes:
    """M shapes, in the order of their table.

    Attributes:
        table: None for shapes that are in none. log: what was given to them.
    """

    shapes: Shapes
    table: ShapeTable | None
    log: LabelLog

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
        return self.shapes.guessed

    @cached_property
    def by_people(self) -> Shapes:
        """The same shapes with the labels that people gave, or that came with the files; those of models are none."""
        return self.shapes.relabeled(np.where(self.guessed, -1, self.shapes.label), self.shapes.meta.classes)

    def named(self, label: np.ndarray) -> np.ndarray:
        """(m,) str, the classes of labels, "" for none."""
        return np.array([*self.shapes.meta.classes, ""], np.str_)[label]


def open_shapes(data: Any, *, table: str | Path | None = None, progress: bool = True, **imports: Any) -> OpenedShapes:
    """What a caller means by shapes: of a folder, the table beside it, which is brought up to date first.

    Arguments and errors as for `open_collection`, and errors of `resolve_shapes`.
    """
    check_unopened(data, table, imports)
    opened = data if isinstance(data, ShapeTable) else None
    if isinstance(data, str | Path) and not is_model(data):
        place = Path(data)
        if is_table(data) or place.is_dir() or is_archive(place) or (place.is_file() and is_manifest(place)):
            opened = open_collection(data, table=table, progress=progress, **imports)
    if opened is None and (table is not None or imports) and Path(data).exists():
        raise InputError(f"{data} is no folder of files: leave a table and settings of an import out")
    log = LabelLog.empty() if opened is None else opened.label_history()
    return OpenedShapes(resolve_shapes(data if opened is None else opened), opened, log)


def open_labels(data: Any, **opens: Any) -> tuple[OpenedShapes, ShapeTable]:
    """The same, of a table alone: InputError for shapes that labels could not be kept with."""
    found = open_shapes(data, **opens)
    if found.table is None:
        raise InputError(f"labels of {found.shapes.name} could be kept nowhere: name a table, or a folder of shapes")
    return found, found.table
