"""Tables (grids) of groups: means and deviations in per cent, a line that says what they are, published figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pointrecon.report.families import FAMILIES, OTHER, PHRASES, Family, mean_and_deviation, metric_words
from pointrecon.report.gather import Found, Gathered
from pointrecon.report.groups import Group, Row, group_records, rows_of, tell_apart
from pointrecon.report.published import benchmark_of, published, remark, title_of
from pointrecon.report.run_names import short_names


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
            grids.append(_grid(family, heading, tables[table], block, rows_of(block), beside=beside))
    return _told_apart([*grids, *ablations])


def _told_apart(grids: list[Grid]) -> list[Grid]:
    """Headings of one family that say the split and the protocol where the rest of them is the same."""
    for count in (1, 2):
        same = Counter((grid.family.name, grid.heading) for grid in grids)
        for grid in grids:
            if same[grid.family.name, grid.heading] > 1:
                first = grid.rows[0].first
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
    """A grid for every experiment, split and protocol, and the records that belong to none."""
    family = Family("ablation", "Ablations", "Accuracy")
    grids, used = [], set()
    for experiment in gathered.experiments:
        blocks: dict[tuple[str, str], list[Row]] = {}
        for variant in experiment.variants:
            inside = [one for one in gathered.found if one.place.is_relative_to(variant.folder)]
            used |= {id(one) for one in inside}
            trained = [one for one in inside if one.record.weights == "pre-trained"]
            groups = group_records(trained)
            for group in groups:
                group.column = f"{tables[group.table]}, {group.column}"
            for key in dict.fromkeys((g.split, g.protocol) for g in groups):
                mine = [g for g in groups if (g.split, g.protocol) == key]
                labels = tell_apart(mine)
                for label in dict.fromkeys(labels):
                    cells = {g.column: g for g, own in zip(mine, labels, strict=True) if own == label}
                    blocks.setdefault(key, []).append(Row(", ".join(filter(None, (variant.label, label))), cells))
        for rows in blocks.values():
            every = [group for row in rows for group in row.cells.values()]
            grids.append(_grid(family, experiment.title, "", every, rows, beside=False))
    return grids, [one for one in gathered.found if id(one) not in used]


def _grid(family: Family, heading: str, table: str, groups: list[Group], rows: list[Row], *, beside: bool) -> Grid:
    ordered = sorted(groups, key=lambda g: (g.table if family.name == "ablation" else "", g.order))
    columns = list(dict.fromkeys(group.column for group in ordered))
    usual = Counter(len(group.found) for group in groups).most_common(1)[0][0]
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
    what = metric_words(first.metric) if family.name == "labels" else family.what
    caption = f"{what[0].upper()}{what[1:]}, per cent, on {place}{where}; protocol {first.protocol}; "
    if max(len(group.found) for group in groups) == 1:
        return f"{caption}one {'fold' if family.name == 'few-shot' else f'seed ({first.seeds[0]})'}."
    caption += f"mean ± standard deviation over {_counted(family, groups, usual)}"
    if any(len(group.found) != usual for group in groups):
        caption += ", another number in brackets"
    if first.protocol == "paper" and family.name != "few-shot":
        caption += "; best: of all seeds"
    return f"{caption}."


def _counted(family: Family, groups: list[Group], usual: int) -> str:
    """ "3 seeds (0, 1, 2)"; runs instead where seeds occur twice; folds in few-shot learning."""
    usually = [group for group in groups if len(group.found) == usual]
    if family.name == "few-shot":
        runs = max(len({one.one for one in group.found}) for group in usually)
        return f"{usual} folds" + (f" of {runs} runs together" if runs > 1 else "")
    if usual == 1:
        return "seeds where there are several"
    if any(len(set(group.seeds)) < len(group.seeds) for group in usually):
        return f"{usual} runs"
    seeds = {tuple(sorted(group.seeds)) for group in usually}
    return f"{usual} seeds" + (f" ({', '.join(map(str, seeds.pop()))})" if len(seeds) == 1 else "")


def cell_words(group: Group, grid: Grid) -> str:
    """A group's mean ± deviation in per cent, with their number where it is not the usual one."""
    mean, deviation = mean_and_deviation(group.values)
    words = f"{100 * mean:.1f}" + ("" if deviation is None else f" ± {100 * deviation:.1f}")
    count = len(group.found)
    if grid.best and count > 1:
        words += f", best {100 * max(group.values):.1f}"
    if count != grid.usual:
        one = "one fold" if grid.family.name == "few-shot" else "one seed"
        words += f" ({one})" if count == 1 else f" (n = {count})"
    return words
