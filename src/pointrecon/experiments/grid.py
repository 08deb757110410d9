"""Tables (grids) of cells: means and deviations in per cent, a line that says what they are, published figures."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pointrecon.evaluation.families import (
    FAMILIES,
    PHRASES,
    PICTURES,
    Family,
    columns_of,
    family_of,
    metric_words,
    percent_words,
    place_of_column,
    shapes_of,
    share_of_labels,
)
from pointrecon.evaluation.record import Record
from pointrecon.experiments.gather import Gathered
from pointrecon.experiments.groups import Cell, TableRow, names_of_models, names_of_shapes, rows_of
from pointrecon.experiments.published import published, remark

_ABLATION = Family("ablation", "Ablations")
_DEVIATION = "mean ± sample standard deviation"


@dataclass
class Grid:
    """One table."""

    family: Family
    heading: str
    caption: str  # what, where, under which protocol, over which seeds
    columns: list[str]
    rows: list[TableRow]  # ours
    outside: dict[str, dict[str, str]]  # published rows: name, and column → figure
    usual: int  # the number of measurements most cells have
    best: bool  # whether cells tell the best seed too (protocol paper: published figures do)

    @property
    def first(self) -> Record:
        """Any of its records."""
        return next(cell.first for row in self.rows for cell in row.cells.values())

    def words(self, cell: Cell) -> str:
        """A cell's mean ± deviation in per cent, with their number where it is not the usual one."""
        told, count = percent_words(cell.values), len(cell.records)
        if self.best and count > 1:
            told += f", best {100 * max(cell.values):.1f}"
        if count != self.usual:
            one = "one fold" if self.family.name == "few-shot" else "one seed"
            told += f" ({one})" if count == 1 else f" (n = {count})"
        return told


def make_grids(gathered: Gathered, *, beside: bool = True) -> list[Grid]:
    """A grid for every family, shapes, split and protocol there are measurements of, and for every experiment.

    ``beside`` shows published figures where benchmark and setting are the same.
    """
    compared, rest = list[Grid](), list(gathered.found)
    for path, experiments in gathered.ablations.items():
        mine = [one.record for one in rest if path.parent in one.file.parents]
        groups = {variant["group"] for one in experiments.values() for variant in one["variants"]}
        for one in experiments.values():
            compared += experiment_grids(one, mine)
        rest = [one for one in rest if path.parent not in one.file.parents or not _is_of(one.record, groups)]
    return [*record_grids([one.record for one in rest], beside=beside), *compared]


def record_grids(records: Sequence[Record], *, beside: bool = True) -> list[Grid]:
    """A grid for every family, shapes, split and protocol."""
    shapes, called = names_of_shapes(records), names_of_models(records)
    grids = []
    for family in FAMILIES.values():
        mine = [record for record in records if family_of(record) is family]
        curve = family.name == "labels"
        if curve:  # beside a share of the labels the same with all
            some = {(_curve(record), called(record)) for record in mine}
            mine += [r for r in records if share_of_labels(r) == 1 and (_curve(r), called(r)) in some]
        blocks: dict[tuple[str, ...], list[Record]] = {}
        for record in mine:
            place = (shapes[shapes_of(record)], record.split, record.protocol, record.task * curve)
            blocks.setdefault(place, []).append(record)
        for (name, _, _, task), block in sorted(blocks.items()):
            heading = f"{name}, {PHRASES.get(task, task)}" if curve else name
            grids.append(_grid(family, heading, name, rows_of(block, family, called), beside=beside and not curve))
    return _headed(grids)


def _curve(record: Record) -> tuple[str, ...]:
    return record.task, shapes_of(record), record.split, record.protocol, record.weights


def experiment_grids(experiment: dict[str, Any], records: Sequence[Record], *, metric: str = "") -> list[Grid]:
    """A grid of the variants for every split and protocol: columns are measurements on each table.

    ``experiment`` is one of ``ablation.json``, ``records`` are of its variants or others; those without the ``metric``,
    another one than is shown in other grids, are left out.
    """
    shapes = names_of_shapes(records)
    labels = {variant["group"]: str(variant["label"]) for variant in experiment["variants"]}

    def columns(record: Record, _: Family) -> Iterable[tuple[str, str]]:
        shown = columns_of(record, family_of(record))
        return [(f"{shapes[shapes_of(record)]}, {column}", metric or own) for column, own in shown]

    blocks: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if _is_of(record, labels) and (not metric or metric in record.metrics):
            blocks.setdefault((record.split, record.protocol), []).append(record)
    grids = []
    for block in blocks.values():
        rows = rows_of(block, _ABLATION, lambda record: labels.get(record.group, record.model), columns)
        empty = [TableRow(label) for label in labels.values() if label not in {row.name for row in rows}]
        order = {label: number for number, label in enumerate(labels.values())}
        rows = sorted([*rows, *empty], key=lambda row: (not row.untrained, order.get(row.name, -1)))
        grids.append(_grid(_ABLATION, str(experiment["title"]), "", rows, beside=False))
    return _headed(grids)


def _is_of(record: Record, groups: Container[str]) -> bool:
    """Whether it belongs to an experiment: a variant of it, or the picture teacher that was measured beside them."""
    return record.group in groups or record.weights == PICTURES


def _headed(grids: list[Grid]) -> list[Grid]:
    """Headings of one family that say the protocol and the split where the rest of them is the same."""
    for told in (lambda record: f"protocol {record.protocol}", lambda record: f"{record.split} split"):
        same = Counter((grid.family.name, grid.heading) for grid in grids)
        grids = [
            replace(one, heading=f"{one.heading}, {told(one.first)}") if same[one.family.name, one.heading] > 1 else one
            for one in grids
        ]
    return grids


def _grid(family: Family, heading: str, shapes: str, rows: list[TableRow], *, beside: bool) -> Grid:
    cells = [cell for row in rows for cell in row.cells.values()]

    def place(cell: Cell) -> tuple[object, ...]:
        if family is not _ABLATION:
            return place_of_column(cell.column, family)
        own = family_of(cell.first)
        table, _, column = cell.column.partition(", ")
        return table, list(FAMILIES).index(own.name), place_of_column(column, own)

    columns = list(dict.fromkeys(cell.column for cell in sorted(cells, key=place)))
    numbers = Counter(len(cell.records) for cell in cells)
    usual = max(numbers, key=lambda number: (numbers[number], number))
    outside: dict[str, dict[str, str]] = {}
    for cell in cells if beside else ():
        for row, figure in published(cell.first, cell.metric):
            outside.setdefault(row, {})[cell.column] = figure
    caption = _caption(family, shapes, cells, usual) + (f" {remark()}" if outside else "")
    best = cells[0].first.protocol == "paper" and family.name != "few-shot"
    return Grid(family, heading, caption, columns, rows, outside, usual, best)


def _caption(family: Family, shapes: str, cells: list[Cell], usual: int) -> str:
    first, few = cells[0].first, family.name == "few-shot"
    counts = {record.counts.get("test") for cell in cells for record in cell.records}
    where = f" of {shapes}" if shapes else ""
    if len(counts) == 1 and None not in counts and not few:
        where += f", {counts.pop()} shapes"
    place = "all shapes" if first.split == "all" else f"the {first.split} split"
    if cells[0].metric.startswith("selection_"):
        place, where = "the shapes that settings were chosen on", ""
    what = metric_words(cells[0].metric) if family.name == "labels" else family.what
    caption = f"{what[0].upper()}{what[1:]}, per cent, on {place}{where}; protocol {first.protocol}; "
    caption += _counted(cells, usual, few=few)
    if first.protocol == "paper" and not few and max(len(cell.records) for cell in cells) > 1:
        caption += "; best: of all seeds"
    return f"{caption}."


def _counted(cells: list[Cell], usual: int, *, few: bool) -> str:
    """What cells are: "mean ± sample standard deviation over 3 seeds (0, 1, 2)"; over runs where seeds occur twice."""
    numbers = {len(cell.records) for cell in cells}
    usually = [cell for cell in cells if len(cell.records) == usual]
    seeds = {tuple(sorted(cell.seeds)) for cell in usually}
    listed = f" ({', '.join(map(str, seeds.pop()))})" if len(seeds) == 1 and not few else ""
    if usual == 1:
        one = "one fold" if few else f"one seed{listed}"
        return one if numbers == {1} else f"{one}, or {_DEVIATION} over as many as a cell says"
    unit = "folds" if few else "seeds"
    if few:
        runs = max(len({(r.pretrain_seed, r.seed - int(r.choices.get("fold", 0))) for r in c.records}) for c in usually)
        listed = f" of {runs} runs together" if runs > 1 else ""
    elif any(len(set(cell.seeds)) < usual for cell in usually):
        unit, listed = "runs", ""
    return f"{_DEVIATION} over {usual} {unit}{listed}" + (", or over as many as a cell says" * (len(numbers) > 1))


def figures_of(grids: Sequence[Grid]) -> list[tuple[Grid, Path]]:
    """The grids of accuracies that are curves over shares of the labels, and what their figures are called."""
    curves = [one for one in grids if one.family.name == "labels" and len(one.columns) > 1]
    return [(one, Path(f"labels-{slug(one.heading)}.png")) for one in curves if "accuracy" in one.first.metrics]


def slug(text: str) -> str:
    """Small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
