"""Gather the records of runs into tables: Markdown for a page, LaTeX, CSV, and the figure of label efficiency."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pointrecon import __version__
from pointrecon.errors import InputError
from pointrecon.evaluation.families import share_of_labels
from pointrecon.evaluation.measured import Results
from pointrecon.experiments.ablation_figure import Line, draw
from pointrecon.experiments.formats import to_csv, to_latex, to_markdown
from pointrecon.experiments.gather import MARK, Found, gather
from pointrecon.experiments.grid import Grid, figures_of, make_grids
from pointrecon.experiments.groups import mixed_groups
from pointrecon.files import write_text

FORMATS = {"markdown": "results.md", "csv": "results.csv", "latex": "results.tex"}
GATHERED = "results.json"
_LONG = ("confusion", "per_class", "classes")  # left in the files they come from
_LINES = 4  # in one panel of the figure


@dataclass(repr=False)
class ResultTables(Results):
    """What `results` found: every measurement once, and the tables they make."""

    grids: list[Grid] = field(default_factory=list)  # the tables, in order
    notes: list[str] = field(default_factory=list)  # sentences about what was left out or told apart
    written: list[Path] = field(default_factory=list)  # files

    def text(self, format: str = "markdown") -> str:
        """The tables as "markdown", "latex" or "csv"; InputError for another format."""
        _check(format, FORMATS)
        if format != "markdown":
            return to_csv(self.grids) if format == "csv" else to_latex(self.grids)
        names = {path.name for path in self.written}
        figures = [(grid.heading, name.name) for grid, name in figures_of(self.grids) if name.name in names]
        return to_markdown(self.grids, figures)


def results(
    folders: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    *,
    format: str = "all",
    published: bool = True,
) -> ResultTables:
    """Gather every record below some folders into tables of means and deviations over seeds.

    What a record says decides: records of one task, data, split, protocol, weights, group and setting are one cell,
    whatever their files and folders are called. Two models of one group that differ in more than their seeds get a
    piece of their hash and a row each. A record that lies in two places counts once, and of a measurement made again
    the newest. Experiments of `pointrecon ablate` are tables of their own.

    Args:
        folders: run folders, folders of runs (at any depth), or single results files.
        out: a folder to write to: ``results.md``, ``results.csv``, ``results.tex``, ``results.json`` (what was
            gathered) and figures of label efficiency.
        format: "markdown", "csv", "latex" or "all": what is written.
        published: show published figures beside measurements of the same benchmark and setting.

    Raises:
        InputError: for a folder without records, or an unknown format.
    """
    _check(format, (*FORMATS, "all"))
    gathered = gather([folders] if isinstance(folders, str | Path) else list(folders))
    records = [one.record for one in gathered.found]
    found = ResultTables(records, grids=make_grids(gathered, beside=published), notes=gathered.notes)
    for name in sorted(mixed_groups(records)):
        found.notes.append(
            f"'{name}' names models that differ in more than their seeds; they are told apart by their hashes (give "
            "each a group of its own to name them)"
        )
    if out is not None:
        _write(found, gathered.found, Path(out), format)
    return found


def _check(format: str, known: Sequence[str] | dict[str, str]) -> None:
    if format not in known:
        raise InputError(f"there is no format '{format}'; take one of {', '.join(dict.fromkeys([*FORMATS, 'all']))}")


def _write(found: ResultTables, every: Sequence[Found], out: Path, format: str) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"'{out}' is a file; name a folder to write results to")
    out.mkdir(parents=True, exist_ok=True)
    for grid, figure in figures_of(found.grids) if format in ("markdown", "all") else ():
        _draw(grid, out / figure)
        found.written.append(out / figure)
    for name, file in FORMATS.items():
        if format in (name, "all"):
            write_text(out / file, found.text(name))
            found.written.append(out / file)
    root = Path(os.path.commonpath([one.file.parents[min(2, len(one.file.parents) - 1)] for one in every]))
    entries = []
    for one in every:
        values = {name: value for name, value in asdict(one.record).items() if name not in _LONG}
        text = json.dumps({"file": str(one.file), **values}, ensure_ascii=False)
        entries.append(json.loads(text.replace(f"{root}{os.sep}", "") if root.name else text))  # no paths of a machine
    content = {MARK: f"pointrecon {__version__}", "notes": found.notes, "records": entries}
    write_text(out / GATHERED, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    found.written.append(out / GATHERED)


def _draw(grid: Grid, path: Path) -> None:
    """Accuracy against the share of the labels, logarithmic: from scratch beside pre-trained, deviations as bands."""
    lines = []
    for row in grid.rows:
        line = Line(row.label)
        for column in grid.columns:
            if cell := row.cells.get(column):
                line.add(column, share_of_labels(cell.first), cell.values)
        lines.append(line)
    starts = range(0, len(lines), _LINES)
    panels = {
        f"{grid.heading} ({number + 1})" if len(starts) > 1 else grid.heading: lines[start : start + _LINES]
        for number, start in enumerate(starts)
    }
    draw(path, panels, title="Label efficiency", axis="share of the training labels", curve=True, log=True)
