"""Grids as Markdown, LaTeX (booktabs) and CSV."""

import csv
import io
from collections.abc import Sequence

from rich.table import Table

from pointrecon.evaluation.families import mean_and_deviation, share_of_labels
from pointrecon.experiments.grid import Grid, slug
from pointrecon.experiments.published import benchmark_of, published
from pointrecon.readable import cells as csv_cells
from pointrecon.readable import markdown

NONE = "–"
CSV_COLUMNS = (
    *("family", "heading", "row", "task", "metric", "data", "benchmark", "split", "protocol", "weights", "group"),
    *("settings", "labels", "n", "mean", "deviation", "lowest", "highest", "seeds", "published"),
)


def lines_of(grid: Grid) -> list[tuple[str, list[str]]]:
    """Every row's name and cells as words, ours first, published ones after."""
    ours = [
        (row.label, [grid.words(row.cells[c]) if c in row.cells else NONE for c in grid.columns]) for row in grid.rows
    ]
    return [*ours, *((name, [figures.get(c, NONE) for c in grid.columns]) for name, figures in grid.outside.items())]


def to_markdown(grids: Sequence[Grid], figures: Sequence[tuple[str, str]] = ()) -> str:
    """Headings, captions and tables, as they go into a page.

    Pictures, (heading, file), stand below the grid of that heading in "Label efficiency".
    """
    blocks, family = [], None
    for grid in grids:
        if grid.family.name != family:
            blocks.append(f"## {grid.family.title}")
            family = grid.family.name
        blocks += [f"### {markdown(grid.heading)}", *caption_and_table(grid)]
        if family == "labels":
            blocks += [f"![{heading}]({file})" for heading, file in figures if heading == grid.heading]
    return "\n\n".join(blocks) + "\n"


def caption_and_table(grid: Grid) -> tuple[str, str]:
    """The line that says what a table holds, and the table, as Markdown."""
    lines = ["| | " + " | ".join(map(markdown, grid.columns)) + " |", "|---|" + "---:|" * len(grid.columns)]
    lines += [f"| {markdown(name)} | " + " | ".join(map(markdown, cells)) + " |" for name, cells in lines_of(grid)]
    return grid.caption, "\n".join(lines)


def to_screen(grid: Grid, title: str) -> Table:
    """The same for a terminal."""
    table = Table(title=title, caption=grid.caption)
    table.add_column("", no_wrap=True)
    for column in grid.columns:
        words = column.replace(", ", "\n").replace("logistic regression", "logistic")
        table.add_column(words, justify="right", min_width=4)
    for name, cells in lines_of(grid):
        table.add_row(name, *cells)
    return table


_LATEX = r"""\begin{table}
\centering
\caption{%s}
\label{tab:%s}
\begin{tabular}{%s}
\toprule
%s
\midrule
%s
\bottomrule
\end{tabular}
\end{table}"""


def to_latex(grids: Sequence[Grid]) -> str:
    """One ``table`` for every grid; ``\\usepackage{booktabs}`` is all it needs."""
    blocks, labels = ["% \\usepackage{booktabs}"], set()
    for grid in grids:
        label = slug(f"{grid.family.name} {grid.heading}")
        while label in labels:
            label += "x"
        labels.add(label)
        lines, ours = lines_of(grid), len(grid.rows)
        rows = [" & ".join(map(_tex, (name, *cells))) + r" \\" for name, cells in lines]
        if len(lines) > ours:
            rows.insert(ours, r"\midrule")
        caption, places = _tex(f"{grid.family.title}, {grid.heading}. {grid.caption}"), "l" + "r" * len(grid.columns)
        head = " & ".join(map(_tex, ("", *grid.columns))) + r" \\"
        blocks.append(_LATEX % (caption, label, places, head, "\n".join(rows)))
    return "\n\n".join(blocks) + "\n"


_TEX = {"\\": r"\textbackslash{}", "±": r"$\pm$", "–": "--", "×": r"$\times$", "~": r"\textasciitilde{}"}
_TEX |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "…": r"\dots{}"}
_TEX |= {"^": r"\textasciicircum{}", **{sign: f"\\{sign}" for sign in "&%$#_{}"}}


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def to_csv(grids: Sequence[Grid]) -> str:
    """One line for every cell and metric; figures are shares between 0 and 1, published ones per cent as printed."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    shown: set[tuple[int, ...]] = set()  # records with several columns are in several cells
    for grid, row, cell in [(g, r, c) for g in grids for r in g.rows for c in r.cells.values()]:
        first, mark = cell.first, tuple(id(record) for record in cell.records)
        for metric in first.metrics if mark not in shown else ():
            values = [record.metrics[metric] for record in cell.records if metric in record.metrics]
            mean, deviation = mean_and_deviation(values)
            beside = "; ".join(f"{name}: {figure}" for name, figure in published(first, metric))
            where = (first.data, benchmark_of(first), first.split, first.protocol, first.weights, first.group)
            settings = "; ".join(f"{key}={value}" for key, value in cell.settings)
            spread = ("" if deviation is None else f"{deviation:.6f}", f"{min(values):.6f}", f"{max(values):.6f}")
            numbers = (f"{share_of_labels(first):g}", len(values), f"{mean:.6f}", *spread)
            name = (grid.family.name, grid.heading, row.label, first.task, metric)
            writer.writerow(csv_cells([*name, *where, settings, *numbers, " ".join(map(str, cell.seeds)), beside]))
        shown.add(mark)
    return file.getvalue()
