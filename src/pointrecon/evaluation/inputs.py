"""Accept a model or a table the way people hand it over: a path, or the object itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from pointrecon.errors import InputError

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays


def resolve_model(model: str | Path | torch.nn.Module) -> tuple[torch.nn.Module, str]:
    """A module and the name to write in records: the path for a file, the class name for a module."""
    if isinstance(model, torch.nn.Module):
        return model, type(model).__name__
    from pointrecon.models import load_model

    return load_model(model), str(model)


def resolve_table(table: "str | Path | ShapeArrays") -> "tuple[ShapeArrays, str]":
    """Shapes in memory and the name to write in records; teachers' features and pictures are not read."""
    if isinstance(table, str | Path):
        from pointrecon.shapes.table.shape_table import open_table

        return open_table(table).load(features=()), str(table)
    return table, table.meta.name or "in memory"


def check_labeled(arrays: "ShapeArrays", name: str) -> None:
    """Refuse a table a probe cannot use.

    Raises:
        InputError: without labels, with one class only, or with a label outside the class list.
    """
    label = arrays.label
    if not (label >= 0).any():
        raise InputError(f"the table {name} has no labels; import it with a folder per class or a class column")
    if label.max() >= len(arrays.meta.classes):
        raise InputError(
            f"the table {name} has label {int(label.max())} but only {len(arrays.meta.classes)} classes; "
            "give every label a class name"
        )
    if len(set(label[label >= 0].tolist())) < 2:
        only = arrays.meta.classes[int(label[label >= 0][0])]
        raise InputError(f"the table {name} has one class only ('{only}'); a probe needs at least two")
