"""Records put together: groups that differ in their seeds alone, and rows of groups."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pointrecon.evaluation.families import Family, columns_of, family_of, kind_of_row, place_of_column, share_of_labels
from pointrecon.evaluation.record import Record
from pointrecon.evaluation.run_names import short_names
from pointrecon.experiments.gather import Found

Settings = tuple[tuple[str, str], ...]
_LONG = 40  # characters of a setting; a longer one is told by its beginning and a mark


@dataclass
class Group:
    """Measurements of one thing that differ in their seeds alone (or in their fold).

    Attributes:
        family: its table.
        column: in that table.
        metric: shown.
        task, table, split, protocol, weights, model, run, tuned: the same for all of them, seeds taken out of names.
        settings: choices that tell it from other measurements, as words.
        found: its records.
        order: where its column stands among the others.
    """

    family: Family
    column: str
    metric: str
    task: str
    table: str
    split: str
    protocol: str
    weights: str
    model: str
    run: str
    tuned: str
    settings: Settings
    found: list[Found] = field(default_factory=list)
    order: tuple[float, ...] = ()

    @property
    def values(self) -> list[float]:
        """The metric of every record, between 0 and 1."""
        return [one.record.metrics[self.metric] for one in self.found]

    @property
    def seeds(self) -> list[int]:
        """Of every record."""
        return [one.record.seed for one in self.found]

    @property
    def share(self) -> float:
        """Of the labels."""
        return share_of_labels(self.found[0].record)

    @property
    def kind(self) -> str:
        """How the model was fine-tuned, or the method that learned on top of it; often empty."""
        return self.found[0].how or kind_of_row(self.found[0].record)


@dataclass
class Row:
    """One line of a grid.

    Attributes:
        name: of the model or variant; empty for random weights that are the same for several.
        rest: what else there is to say of it.
        cells: column → group.
        untrained: whether it began with random weights.
    """

    name: str
    rest: str
    cells: dict[str, Group]
    untrained: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return ", ".join(filter(None, (self.name, self.rest)))

    @property
    def records(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """What was measured → what came out."""
        every = (one.record for group in self.cells.values() for one in group.found)
        return {what_of(r): (r.metrics, r.confusion) for r in every}


def group_records(found: Iterable[Found]) -> list[Group]:
    """Records in groups, one for each metric that is shown, in order of appearance."""
    groups: dict[tuple[Any, ...], Group] = {}
    for one in found:
        r, family = one.record, family_of(one.record)
        settings = tuple((key, _words(r.choices[key])) for key in family.settings if key in r.choices)
        for column, metric in columns_of(r, family):
            same = (r.task, one.table, r.split, r.protocol, r.weights, one.model, one.run, one.tuned, settings)
            key = (column, metric, share_of_labels(r), *same)
            order = place_of_column(r, column, family)
            groups.setdefault(key, Group(family, column, metric, *same, order=order)).found.append(one)
    return list(groups.values())


def _words(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= _LONG else f"{words[:_LONG]}… ({zlib.crc32(words.encode()):08x})"


def rows_of(block: list[Group]) -> list[Row]:
    """One row for each model, weights and method; more where the same column was measured in several ways."""
    names = short_names(group.model for group in block)
    bases: dict[tuple[str, str, str], list[Group]] = {}
    for group in block:
        bases.setdefault((group.weights, group.model, group.kind), []).append(group)
    rows = []
    for (weights, model, kind), groups in bases.items():
        labels = tell_apart(groups)
        for variant in dict.fromkeys(labels):
            cells = {g.column: g for g, label in zip(groups, labels, strict=True) if label == variant}
            untrained = weights == "untrained"
            first = groups[0]
            trained = first.tuned or first.family.name not in ("probe", "robustness", "zero-shot", "other")
            words = ("from scratch" if trained else "untrained") if untrained else weights * (weights != "pre-trained")
            rows.append(Row(names[model], ", ".join(filter(None, (kind, variant, words))), cells, untrained))
    return sorted(with_one_untrained(rows), key=lambda row: (not row.untrained, _natural(row.label)))


def tell_apart(groups: list[Group]) -> list[str]:
    """For every group of one row what tells it from the others in its column; all empty where nothing must."""
    every = [dict(group.settings) for group in groups]
    varying = [key for key in groups[0].family.settings if len({settings.get(key) for settings in every}) > 1]
    tuned, runs = short_names(group.tuned for group in groups), short_names(group.run for group in groups)
    labels = ["" for _ in groups]
    for more in (
        [", ".join(_setting(key, settings[key]) for key in varying if key in settings) for settings in every],
        [tuned[group.tuned] * (len(tuned) > 1) for group in groups],
        [_stem(runs[group.run], group.share) for group in groups],
        [f"{group.task}, {group.run}" for group in groups],
    ):
        if max(Counter((g.column, label) for g, label in zip(groups, labels, strict=True)).values()) == 1:
            break
        labels = [", ".join(filter(None, parts)) for parts in zip(labels, more, strict=True)]
    return labels


def _setting(name: str, value: str) -> str:
    return f"{value} points" if name == "points" else f"{name.replace('_', ' ')} {value}"


def _stem(run: str, share: float) -> str:
    """A run's name without what tells its share of the labels: runs of one curve share the rest."""
    if share == 1:
        return run
    told = {f"{share:g}", f"{100 * share:g}", f"{100 * share:g}%"}
    return "-".join(part for part in re.split(r"[-_]", run) if part not in told) or run


def _natural(label: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", label) if part]


def with_one_untrained(rows: list[Row]) -> list[Row]:
    """Rows of random weights that are the same measurement (one architecture and seed, beside several models) as one.

    It is called "untrained" where no other row of its kind is, else it names the models.
    """
    kept: list[tuple[Row, list[str]]] = []
    for row in sorted((row for row in rows if row.untrained), key=lambda row: -len(row.records)):
        place = next((i for i, (one, _) in enumerate(kept) if one.rest == row.rest and _same(one, row)), len(kept))
        one, names = kept[place] if place < len(kept) else (row, [])
        kept[place:] = [(_together(one, row), [*names, row.name]), *kept[place + 1 :]]
    told = []
    for row, names in kept:
        if len(names) > 1:
            alone = sum(other.rest == row.rest for other, _ in kept) == 1
            rest = row.rest if alone else f"{row.rest} ({', '.join(sorted(names, key=_natural))})"
            told.append(replace(row, name="", rest=rest))
        else:
            told.append(row)
    return [*told, *(row for row in rows if not row.untrained)]


def _same(one: Row, other: Row) -> bool:
    """Whether what was measured of both came out equal, with at least one measurement of both."""
    first, second = one.records, other.records
    both = first.keys() & second.keys()
    return bool(both) and all(first[key] == second[key] for key in both)


def _together(row: Row, other: Row) -> Row:
    """The first with the measurements that only the other has."""
    have, cells = row.records.keys(), dict(row.cells)
    for column, group in other.cells.items():
        more = [one for one in group.found if what_of(one.record) not in have]
        cells[column] = replace(group, found=[*(cells[column].found if column in cells else ()), *more])
    return replace(row, cells=cells)


def what_of(record: Record) -> tuple[Any, ...]:
    """What was measured of a row's model."""
    return record.task, record.seed, record.choices.get("fold")
