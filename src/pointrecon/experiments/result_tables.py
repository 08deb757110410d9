"""Gather the records of runs into tables: Markdown for a page, LaTeX, CSV, and the figure of label efficiency."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pointrecon import __version__
from pointrecon.errors import InputError
from pointrecon.evaluation.run_names import root_of
from pointrecon.experiments.formats import to_csv, to_latex, to_markdown
from pointrecon.experiments.gather import MARK, Found, Gathered, gather
from pointrecon.experiments.grid import Grid, make_grids
from pointrecon.experiments.groups import Group, group_records
from pointrecon.files import write_text

FORMATS = {"markdown": "results.md", "csv": "results.csv", "latex": "results.tex"}
GATHERED = "results.json"
_LONG = ("confusion", "per_class", "classes")  # left in the files they come from
_LINES = 4  # in one panel of the figure


@dataclass
class Results:
    """What `results` found.

    Attributes:
        grids: the tables, in order.
        groups: measurements that differ in their seeds alone, all of them.
        gathered: the records, each once, with their files.
        written: files.
    """

    grids: list[Grid]
    groups: list[Group]
    gathered: Gathered
    written: list[Path] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """Sentences about what was left out."""
        told = list(self.gathered.problems)
        if self.gathered.replaced:
            told.append(f"of measurements made again the newest was taken; {self.gathered.replaced} older left out")
        return told

    def text(self, format: str = "markdown") -> str:
        """The tables as "markdown", "latex" or "csv".

        Raises:
            InputError: for another format.
        """
        if format == "csv":
            return to_csv(self.groups)
        if format not in FORMATS:
            raise InputError(f"there is no format '{format}'; take one of {', '.join(FORMATS)}, all")
        return to_latex(self.grids) if format == "latex" else to_markdown(self.grids, self._figures())

    def _figures(self) -> list[tuple[str, str]]:
        """(heading of its table, file name) of every figure that was written."""
        names = {path.name for path in self.written}
        return [(grid.heading, name) for grid, name in _figure_names(self.grids) if name in names]


def results(
    folders: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    *,
    format: str = "all",
    group: str | Sequence[str] = "auto",
    published: bool = True,
) -> Results:
    """Gather every record below some folders into tables of means and deviations over seeds.

    Records of one task, table, split, protocol and model, whose runs' names differ in their seeds alone, are one
    cell; protocols are never mixed. A record that lies in two places counts once, and of a measurement made again
    the newest counts. Experiments of `pointrecon ablate` are tables of their own.

    Args:
        folders: run folders, folders of runs (at any depth), or single results files.
        out: a folder to write to: ``results.md``, ``results.csv``, ``results.tex``, ``results.json`` (what was
            gathered) and figures of label efficiency.
        format: "markdown", "csv", "latex" or "all": what is written.
        group: "auto" takes seeds out of names ("seed-0" folders; "recon-1" where 1 is the run's seed), "none" leaves
            every run by itself, "NAME=PATTERN" (several in a list) makes the runs whose path fits one.
        published: show published figures beside measurements of the same benchmark and setting.

    Raises:
        InputError: for a folder without records, or an unknown format or group.
    """
    if format not in (*FORMATS, "all"):
        raise InputError(f"there is no format '{format}'; take one of {', '.join(FORMATS)}, all")
    places = [folders] if isinstance(folders, str | Path) else list(folders)
    gathered = gather(places, groups=[group] if isinstance(group, str) else list(group))
    found = Results(make_grids(gathered, beside=published), group_records(gathered.found), gathered)
    if out is not None:
        _write(found, Path(out), format, places)
    return found


def _write(found: Results, out: Path, format: str, folders: Sequence[str | Path]) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"'{out}' is a file; name a folder to write results to")
    out.mkdir(parents=True, exist_ok=True)
    for grid, name in _figure_names(found.grids) if format in ("markdown", "all") else ():
        _draw(grid, out / name)
        found.written.append(out / name)
    for one, file in FORMATS.items():
        if format in (one, "all"):
            write_text(out / file, found.text(one))
            found.written.append(out / file)
    content = {
        MARK: f"pointrecon {__version__}",
        "notes": found.notes,
        "records": [_entry(one, folders) for one in found.gathered.found],
    }
    write_text(out / GATHERED, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    found.written.append(out / GATHERED)


def _entry(one: Found, folders: Sequence[str | Path]) -> dict[str, Any]:
    """A record with its file; paths in it from the given folders on."""
    values = {name: value for name, value in asdict(one.record).items() if name not in _LONG}
    text = json.dumps(values, ensure_ascii=False)
    root = root_of(folders)
    if root.name:
        text = text.replace(f"{root.as_posix()}/", "")
    return {"file": one.file, "run": one.run, **json.loads(text)}


def _figure_names(grids: Sequence[Grid]) -> list[tuple[Grid, str]]:
    """The grids that are curves, and what their figures are called."""
    labels = [grid for grid in grids if grid.family.name == "labels" and len(grid.columns) > 1]
    curves = [grid for grid in labels if grid.first.metric == "accuracy"]
    return [(grid, f"labels-{re.sub(r'[^a-z0-9]+', '-', grid.heading.lower()).strip('-')}.png") for grid in curves]


def _draw(grid: Grid, path: Path) -> None:
    """Accuracy against the share of the labels, logarithmic: from scratch beside pre-trained, deviations as bands."""
    from pointrecon.experiments.ablation_figure import Line, draw

    lines = []
    for row in grid.rows:
        line = Line(row.label)
        for column in grid.columns:
            if column in row.cells:
                cell = row.cells[column]
                line.add(column, cell.share, cell.values)
        lines.append(line)
    panels = {
        f"{grid.heading}{f' ({start // _LINES + 1})' if len(lines) > _LINES else ''}": lines[start : start + _LINES]
        for start in range(0, len(lines), _LINES)
    }
    draw(path, panels, title="Label efficiency", axis="share of the training labels", curve=True, log=True)
