"""Records put together: groups that differ in their seeds alone, and rows of groups."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pointrecon.report.families import Family, columns_of, family_of, kind_of_row, place_of_column, share_of_labels
from pointrecon.report.gather import Found
from pointrecon.report.run_names import short_names

Settings = tuple[tuple[str, str], ...]
_LONG = 40  # characters of a setting; a longer one is told by its beginning and a mark


@dataclass
class Group:
    """Measurements of one thing that differ in their seeds alone (or in their fold).

    Attributes:
        family: its table.
        column: in that table.
        metric: shown.
        task, table, split, protocol, weights, model, run: the same for all of them, seeds taken out of names.
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
        """The method of few-shot learning; empty for other tasks."""
        return kind_of_row(self.found[0].record)


@dataclass
class Row:
    """One line of a grid: its name, and column → group."""

    label: str
    cells: dict[str, Group]
    untrained: bool = False

    @property
    def first(self) -> Group:
        """Any of its cells."""
        return next(iter(self.cells.values()))


def group_records(found: Iterable[Found]) -> list[Group]:
    """Records in groups, one for each metric that is shown, in order of appearance."""
    groups: dict[tuple[Any, ...], Group] = {}
    for one in found:
        r, family = one.record, family_of(one.record)
        settings = tuple((key, _words(r.choices[key])) for key in family.settings if key in r.choices)
        for column, metric in columns_of(r, family):
            same = (r.task, one.table, r.split, r.protocol, r.weights, one.model, one.run, settings)
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
            trains = groups[0].family.name not in ("probe", "robustness", "zero-shot", "other")
            words = ("from scratch" if trains else "untrained") if untrained else weights * (weights != "pre-trained")
            rows.append(Row(", ".join(filter(None, (names[model], kind, variant, words))), cells, untrained))
    return _merged(sorted(rows, key=lambda row: (not row.untrained, _natural(row.label))))


def tell_apart(groups: list[Group]) -> list[str]:
    """For every group of one row what tells it from the others in its column; all empty where nothing must."""
    if max(Counter(group.column for group in groups).values()) == 1:
        return ["" for _ in groups]
    every = [dict(group.settings) for group in groups]
    varying = [key for key in groups[0].family.settings if len({settings.get(key) for settings in every}) > 1]
    labels = [", ".join(_setting(key, s[key]) for key in varying if key in s) for s in every]
    if max(Counter((g.column, label) for g, label in zip(groups, labels, strict=True)).values()) > 1:
        runs = short_names(group.run for group in groups)
        stems = [_stem(runs[group.run], group.share) for group in groups]
        labels = [", ".join(filter(None, parts)) for parts in zip(labels, stems, strict=True)]
    if max(Counter((g.column, label) for g, label in zip(groups, labels, strict=True)).values()) > 1:
        labels = [f"{label}, {g.task}, {g.run}" for g, label in zip(groups, labels, strict=True)]
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


def _merged(rows: list[Row]) -> list[Row]:
    """Untrained rows with the same values in every cell (one random model beside several trained ones) become one."""
    kept: dict[object, Row] = {}
    for row in rows:
        content = tuple((column, tuple(g.values), tuple(g.seeds)) for column, g in sorted(row.cells.items()))
        key: object = content if row.untrained else id(row)
        if key in kept:
            first, word = kept[key].label.rsplit(", ", 1)
            kept[key].label = f"{first}, {row.label.rsplit(', ', 1)[0]}, {word}"
        else:
            kept[key] = row
    return list(kept.values())
