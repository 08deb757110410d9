"""Tables (grids) of groups: means and deviations in per cent, a line that says what they are, published figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pointrecon.evaluation.families import FAMILIES, OTHER, PHRASES, Family, metric_words, percent_words
from pointrecon.evaluation.run_names import short_names
from pointrecon.experiments.gather import Experiment, Found, Gathered, Variant
from pointrecon.experiments.groups import Group, Row, group_records, rows_of, tell_apart, with_one_untrained
from pointrecon.experiments.published import benchmark_of, published, remark, title_of

_ABLATION = Family("ablation", "Ablations", "Accuracy")


@dataclass
class Grid:
    """One table.

    Attributes:
        family: of its measurements.
        heading: short.
        caption: what, where, under which protocol, over which seeds.
        columns: in order.
        rows: ours.
        outside: published rows: name, and column → figure.
        usual: the number of measurements most cells have.
        best: whether cells tell the best seed too (protocol paper: published figures do).
    """

    family: Family
    heading: str
    caption: str
    columns: list[str]
    rows: list[Row]
    outside: list[tuple[str, dict[str, str]]]
    usual: int
    best: bool

    @property
    def first(self) -> Group:
        """Any of its groups: what they have in common holds for all."""
        return next(group for row in self.rows for group in row.cells.values())


def make_grids(gathered: Gathered, *, beside: bool = True) -> list[Grid]:
    """A grid for every family, table, split and protocol there are measurements of, and for every experiment.

    Args:
        gathered: the records.
        beside: show published figures where benchmark and setting are the same.
    """
    tables = table_names(gathered.found)
    ablations, left = _ablations(gathered, tables)
    groups = group_records(left)
    grids = []
    for family in (*FAMILIES, OTHER):
        mine = [group for group in groups if group.family is family]
        by_task = family.name == "labels"
        if by_task:
            mine = _with_all_labels(mine, groups)
        blocks: dict[tuple[str, ...], list[Group]] = {}
        for group in mine:
            blocks.setdefault((group.table, group.split, group.protocol, group.task * by_task), []).append(group)
        for (table, _, _, task), block in sorted(blocks.items()):
            heading = tables[table] + (f", {PHRASES.get(task, task)}" if by_task else "")
            grids.append(_grid(family, heading, tables[table], rows_of(block), beside=beside))
    return _told_apart([*grids, *ablations])


def _told_apart(grids: list[Grid]) -> list[Grid]:
    """Headings of one family that say the split and the protocol where the rest of them is the same."""
    for count in (1, 2):
        same = Counter((grid.family.name, grid.heading) for grid in grids)
        for grid in grids:
            if same[grid.family.name, grid.heading] > 1:
                first = grid.first
                grid.heading += f", protocol {first.protocol}" if count == 1 else f", {first.split} split"
    return grids


def table_names(found: Sequence[Found]) -> dict[str, str]:
    """Table → what a reader calls it: the benchmark, or its file's name."""
    short = short_names((one.table for one in found), suffix=False)
    titles: dict[str, set[str]] = {}
    for one in found:
        benchmark = benchmark_of(one.record)
        if benchmark:
            titles.setdefault(one.table, set()).add(title_of(benchmark))
    for path, names in titles.items():
        title = " or ".join(sorted(names))
        if title not in short.values() and sum(names == other for other in titles.values()) == 1:
            short[path] = title
    return short


def _with_all_labels(part: list[Group], groups: list[Group]) -> list[Group]:
    """Measurements with a share of the labels, and beside them the same ones with all."""

    def same(group: Group) -> tuple[str, ...]:
        return (group.task, group.metric, group.table, group.split, group.protocol, group.weights, group.model)

    wanted = {same(group) for group in part}
    whole = [group for group in groups if group.share == 1 and same(group) in wanted]
    return [
        replace(group, family=part[0].family, column=f"{100 * group.share:g}%", order=(group.share,))
        for group in (*part, *whole)
    ]


def _ablations(gathered: Gathered, tables: dict[str, str]) -> tuple[list[Grid], list[Found]]:
    """The grids of every experiment, and the records that belong to none."""
    grids, used = [], set()
    for experiment in gathered.experiments:
        grids += experiment_grids(experiment, gathered.found, tables)
        used |= {id(one) for one in gathered.found if any(_is_of(one, variant) for variant in experiment.variants)}
    return grids, [one for one in gathered.found if id(one) not in used]


def experiment_grids(
    experiment: Experiment, found: Sequence[Found], tables: dict[str, str], *, metric: str = ""
) -> list[Grid]:
    """A grid of the variants for every split and protocol: columns are measurements on each table.

    Args:
        experiment: its variants are the rows, also those that nothing is found of.
        found: records, of these variants or others.
        tables: what tables are called.
        metric: another one than is shown in other grids; rows and records without it are left out.
    """
    blocks: dict[tuple[str, str], list[Row]] = {}
    for variant in experiment.variants:
        inside = [one for one in found if _is_of(one, variant) and (not metric or metric in one.record.metrics)]
        for weights, words in (("untrained", "untrained"), ("pre-trained", "")):
            groups = group_records(one for one in inside if one.record.weights == weights)
            for group in groups:
                group.column, group.metric = f"{tables[group.table]}, {group.column}", metric or group.metric
            for key in dict.fromkeys((g.split, g.protocol) for g in groups):
                mine = [g for g in groups if (g.split, g.protocol) == key]
                labels = tell_apart(mine)
                for label in dict.fromkeys(labels):
                    cells = {g.column: g for g, own in zip(mine, labels, strict=True) if own == label}
                    rest = ", ".join(filter(None, (label, words)))
                    blocks.setdefault(key, []).append(Row(variant.label, rest, cells, bool(words)))
    return [
        _grid(_ABLATION, experiment.title, "", [*with_one_untrained(rows), *_without(experiment, rows)], beside=False)
        for rows in blocks.values()
    ]


def _is_of(one: Found, variant: Variant) -> bool:
    return one.place.is_relative_to(variant.folder)


def _without(experiment: Experiment, rows: list[Row]) -> list[Row]:
    """Rows of the variants that nothing was measured of yet."""
    return [Row(v.label, "", {}) for v in experiment.variants if v.label not in {row.name for row in rows}]


def _grid(family: Family, heading: str, table: str, rows: list[Row], *, beside: bool) -> Grid:
    groups = [group for row in rows for group in row.cells.values()]
    ordered = sorted(groups, key=lambda g: (g.table if family is _ABLATION else "", g.order))
    columns = list(dict.fromkeys(group.column for group in ordered))
    numbers = Counter(len(group.found) for group in groups)
    usual = max(numbers, key=lambda number: (numbers[number], number))
    outside: dict[str, dict[str, str]] = {}
    for group in ordered if beside and family.name != "labels" else ():
        for row, figure in published(group.found[0].record, group.metric):
            outside.setdefault(row, {})[group.column] = figure
    protocol = groups[0].protocol
    caption = _caption(family, table, groups, usual)
    if outside:
        caption += f" {remark()}"
    best = protocol == "paper" and family.name != "few-shot"
    return Grid(family, heading, caption, columns, rows, list(outside.items()), usual, best)


def _caption(family: Family, table: str, groups: list[Group], usual: int) -> str:
    first = groups[0]
    shapes = {one.record.counts.get("test") for group in groups for one in group.found}
    where = f" of {table}" if table else ""
    if len(shapes) == 1 and None not in shapes and family.name != "few-shot":
        where += f", {shapes.pop()} shapes"
    place = "all shapes" if first.split == "all" else f"the {first.split} split"
    if first.metric.startswith("selection_"):
        place, where = "the shapes that settings were chosen on", ""
    what = metric_words(first.metric) if family.name == "labels" else family.what
    caption = f"{what[0].upper()}{what[1:]}, per cent, on {place}{where}; protocol {first.protocol}; "
    caption += _counted(family, groups, usual)
    if first.protocol == "paper" and family.name != "few-shot" and max(len(group.found) for group in groups) > 1:
        caption += "; best: of all seeds"
    return f"{caption}."


def _counted(family: Family, groups: list[Group], usual: int) -> str:
    """What cells are: "mean ± sample standard deviation over 3 seeds (0, 1, 2)"; over runs where seeds occur twice."""
    few, mean = family.name == "few-shot", "mean ± sample standard deviation"
    numbers = {len(group.found) for group in groups}
    usually = [group for group in groups if len(group.found) == usual]
    seeds = {tuple(sorted(group.seeds)) for group in usually}
    listed = f" ({', '.join(map(str, seeds.pop()))})" if len(seeds) == 1 and not few else ""
    if usual == 1:
        one = "one fold" if few else f"one seed{listed}"
        return one if numbers == {1} else f"{one}, or {mean} over as many as a cell says"
    unit = "folds" if few else "seeds"
    if few:
        runs = max(len({one.one for one in group.found}) for group in usually)
        listed = f" of {runs} runs together" if runs > 1 else ""
    elif any(len(set(group.seeds)) < usual for group in usually):
        unit, listed = "runs", ""
    return f"{mean} over {usual} {unit}{listed}" + (", or over as many as a cell says" * (len(numbers) > 1))


def cell_words(group: Group, grid: Grid) -> str:
    """A group's mean ± deviation in per cent, with their number where it is not the usual one."""
    words = percent_words(group.values)
    count = len(group.found)
    if grid.best and count > 1:
        words += f", best {100 * max(group.values):.1f}"
    if count != grid.usual:
        one = "one fold" if grid.family.name == "few-shot" else "one seed"
        words += f" ({one})" if count == 1 else f" (n = {count})"
    return words
