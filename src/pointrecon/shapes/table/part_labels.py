"""What part labels a collection has: its categories, the parts of each, and which shapes can be used."""

from dataclasses import dataclass, field

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.collection import Shapes

ONLY = "shape"  # the one category of a collection without classes
_READ = 1024  # shapes read at once


@dataclass(frozen=True)
class PartLabels:
    """The part labels of a collection."""

    # name → numbers of its parts, in order; classes none of whose shapes has part labels are left out
    categories: dict[str, list[int]]
    names: list[str]  # of all parts
    category: np.ndarray  # (M,) int64, index into `categories`, -1 for shapes that cannot be used
    notes: list[str] = field(default_factory=list)  # a sentence for what was left out


def part_labels(shapes: Shapes, where: str) -> PartLabels:
    """Read which shapes have part labels, and which parts each category has.

    A category has the parts called "Category/...", and those its shapes have. Without classes all shapes are of one
    category with all parts. Without part labels there is an InputError, which names ``where``.
    """
    names, classes = shapes.meta.part_names, list(shapes.meta.classes)
    label: np.ndarray = shapes.label
    if not (label >= 0).any():
        label, classes = np.zeros(len(shapes), np.int64), [ONLY]
    there = np.zeros(len(shapes), bool)
    used: list[set[int]] = [set() for _ in classes]
    for start in range(0, len(shapes), _READ):
        part = shapes.parts(np.arange(start, min(start + _READ, len(shapes))))
        there[start : start + _READ] = (part >= 0).any(1)
        own = label[start : start + _READ]
        for number in np.unique(own[own >= 0]).tolist():
            used[number] |= set(np.unique(part[own == number]).tolist()) - {-1}
    if not there.any():
        raise InputError(f"the table {where} has no part labels; import it with an array 'part' of a number per point")
    categories: dict[str, list[int]] = {}
    place = np.full(len(classes), -1, np.int64)
    for number, name in enumerate(classes):
        if used[number]:
            place[number] = len(categories)
            own_names = {i for i, part_name in enumerate(names) if part_name.startswith(f"{name}/")}
            categories[name] = sorted(own_names | used[number])
    usable = there & (label >= 0)
    notes = []
    if lost := int((~there).sum()):
        notes.append(f"{lost} shapes without part labels were left out")
    if lost := int((there & (label < 0)).sum()):
        notes.append(f"{lost} shapes without a category were left out")
    return PartLabels(categories, list(names), np.where(usable, place[label], -1), notes)
