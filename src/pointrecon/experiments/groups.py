"""Records put together: cells that differ in their seeds alone, and rows of cells. Names of folders play no part."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pointrecon.evaluation.families import Family, columns_of, method_of, seeds_of, settings_of, shapes_of
from pointrecon.evaluation.record import Record
from pointrecon.experiments.published import benchmark_of
from pointrecon.shapes.importers.benchmarks.registry import BENCHMARKS

Settings = tuple[tuple[str, str], ...]
_MARK = 6  # letters of a hash that is shown


@dataclass
class Cell:
    """Measurements of one thing that differ in their seeds alone (or in their fold)."""

    column: str
    metric: str  # shown
    settings: Settings = ()  # choices that tell it from other measurements, as words
    records: list[Record] = field(default_factory=list)

    @property
    def first(self) -> Record:
        """Any of its records: what they have in common holds for all."""
        return self.records[0]

    @property
    def values(self) -> list[float]:
        """The metric of every record, between 0 and 1."""
        return [record.metrics[self.metric] for record in self.records]

    @property
    def seeds(self) -> list[int]:
        """Of every record: of pre-training where they differ in that, else of the measurement."""
        pretrained = [seeds_of(record)[0] for record in self.records]
        known = [seed for seed in pretrained if seed is not None]
        return known if len(set(known)) == len(self.records) > 1 else [record.seed for record in self.records]


@dataclass
class TableRow:
    """One line of a table."""

    name: str  # of the model or variant; empty for random weights that are the same for several
    rest: str = ""  # what else there is to say of it
    cells: dict[str, Cell] = field(default_factory=dict)  # by column
    untrained: bool = False  # whether it began with random weights

    @property
    def label(self) -> str:
        """What it is called."""
        return ", ".join(filter(None, (self.name, self.rest)))


def mixed_groups(records: Iterable[Record]) -> set[str]:
    """Groups of models that differ in more than seeds: two have one pre-training seed, or nobody knows which."""
    bases: dict[str, dict[str, int | None]] = defaultdict(dict)
    for record in records:
        if record.weights != "untrained":
            bases[_group(record)][_base(record)] = record.pretrain_seed
    return {name for name, seeds in bases.items() if len(set(seeds.values())) < len(seeds)}


def names_of_models(records: Iterable[Record]) -> Callable[[Record], str]:
    """What a record's model is called: its group, with a piece of its hash where the group mixes models."""
    mixed = mixed_groups(records)

    def called(record: Record) -> str:
        name = _group(record)
        return f"{name} ({_base(record)[:_MARK]})" if name in mixed and record.weights != "untrained" else name

    return called


def _group(record: Record) -> str:
    return record.group or record.model


def _base(record: Record) -> str:
    """The hash of the pre-trained weights behind a measurement."""
    return record.origin or record.model_hash


def names_of_shapes(records: Iterable[Record]) -> dict[str, str]:
    """Mark of some shapes → what a reader calls them: the benchmark, or the first name that records have for them.

    Shapes of one name that are not the same get a piece of their mark.
    """
    names: dict[str, str] = {}
    for record in records:
        benchmark = benchmark_of(record)
        names.setdefault(shapes_of(record), _plain(record.data))
        if benchmark:
            names[shapes_of(record)] = BENCHMARKS[benchmark].title
    count = Counter(names.values())
    return {mark: f"{name} ({_short(mark)})" if count[name] > 1 else name for mark, name in names.items()}


def _plain(data: str) -> str:
    """A path without its folders and ending; any other name as it is."""
    name = PurePosixPath(data).name
    return re.sub(r"\.(lance|npz)$", "", name) or data


def _short(mark: str) -> str:
    return mark[:_MARK] if re.fullmatch(r"[0-9a-f]{16,}", mark) else mark


def rows_of(
    records: Iterable[Record],
    family: Family,
    called: Callable[[Record], str],
    columns: Callable[[Record, Family], Iterable[tuple[str, str]]] = columns_of,
) -> list[TableRow]:
    """One row for each model, weights and method; more where the same column was measured in several ways.

    Records are of one split and protocol; ``columns`` gives (column, metric) of what one has to show.
    """
    rows: dict[tuple[str, str, str], dict[tuple[str, Settings], Cell]] = {}
    for record in records:
        of_row = rows.setdefault((called(record), method_of(record), _words_of_weights(record)), {})
        settings = tuple(settings_of(record).items())
        for column, metric in columns(record, family):
            of_row.setdefault((column, settings), Cell(column, metric, settings)).records.append(record)
    found = []
    for (name, method, weights), cells in rows.items():
        for variant, own in _told_apart([part for cell in cells.values() for part in _parted(cell)]).items():
            untrained = weights in ("untrained", "from scratch")
            found.append(TableRow(name, ", ".join(filter(None, (method, variant, weights))), own, untrained))
    return sorted(with_one_untrained(found), key=lambda row: (not row.untrained, _natural(row.label)))


def _words_of_weights(record: Record) -> str:
    if record.weights != "untrained":
        return record.weights if record.weights != "pre-trained" else ""
    learned = record.task.startswith(("finetune", "segment", "few-shot")) or (
        record.task.startswith("robustness") and "probe" not in record.choices
    )
    return "from scratch" if learned else "untrained"


def _parted(cell: Cell) -> list[Cell]:
    """Cells of one model each where two models were measured with the same seeds: that is no mean over seeds."""
    if max(Counter(map(seeds_of, cell.records)).values()) == 1:
        return [cell]
    models: dict[str, list[Record]] = {}
    for record in cell.records:
        models.setdefault(record.model_hash, []).append(record)
    return [
        replace(cell, settings=(*cell.settings, ("model", mark[:_MARK])), records=own) for mark, own in models.items()
    ]


def _told_apart(cells: Sequence[Cell]) -> dict[str, dict[str, Cell]]:
    """What tells cells of one column apart → column → cell; all under "" where nothing must."""
    varying: dict[str, None] = {}
    for column in dict.fromkeys(cell.column for cell in cells):
        here = [dict(cell.settings) for cell in cells if cell.column == column]
        keys = dict.fromkeys(key for settings in here for key in settings)
        varying |= {key: None for key in keys if len({settings.get(key) for settings in here}) > 1}
    found: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        settings = dict(cell.settings)
        label = ", ".join(_setting(key, settings[key]) for key in varying if key in settings)
        found.setdefault(label, {})[cell.column] = cell
    return found


def _setting(name: str, value: str) -> str:
    return f"{value} points" if name == "points" else f"{name.replace('_', ' ')} {value}"


def with_one_untrained(rows: Sequence[TableRow]) -> list[TableRow]:
    """Rows of random weights that are the same measurement (one architecture and seed, beside several models) as one.

    It is called "untrained" where no other row of its kind is, else it names the models.
    """
    kept: list[tuple[TableRow, list[str]]] = []
    for row in sorted((row for row in rows if row.untrained), key=lambda row: -len(_outcomes(row))):
        place = next((i for i, (one, _) in enumerate(kept) if one.rest == row.rest and _same(one, row)), len(kept))
        one, names = kept[place] if place < len(kept) else (row, [])
        kept[place:] = [(_together(one, row), [*names, row.name]), *kept[place + 1 :]]
    told = []
    for row, names in kept:
        if len(names) > 1:
            alone = sum(other.rest == row.rest for other, _ in kept) == 1
            beside = "" if alone else f" ({', '.join(sorted(names, key=_natural))})"
            row = replace(row, name="", rest=row.rest + beside)
        told.append(row)
    return [*told, *(row for row in rows if not row.untrained)]


def _outcomes(row: TableRow) -> dict[tuple[object, ...], object]:
    """What was measured → what came out."""
    return {
        (column, *seeds_of(record)): (record.metrics, record.confusion)
        for column, cell in row.cells.items()
        for record in cell.records
    }


def _same(one: TableRow, other: TableRow) -> bool:
    """Whether what was measured of both came out equal, with at least one measurement of both."""
    first, second = _outcomes(one), _outcomes(other)
    both = first.keys() & second.keys()
    return bool(both) and all(first[key] == second[key] for key in both)


def _together(row: TableRow, other: TableRow) -> TableRow:
    """The first with the measurements that only the other has."""
    have, cells = _outcomes(row).keys(), dict(row.cells)
    for column, cell in other.cells.items():
        more = [record for record in cell.records if (column, *seeds_of(record)) not in have]
        cells[column] = replace(cell, records=[*(cells[column].records if column in cells else ()), *more])
    return replace(row, cells=cells)


def _natural(label: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", label) if part]
