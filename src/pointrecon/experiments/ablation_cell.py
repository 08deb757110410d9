"""One run of an experiment: pre-train it and measure it, nothing twice. Also a program of its own, for `--jobs`."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.probing import probe
from pointrecon.evaluation.record import save_records, write_json
from pointrecon.experiments.ablation_plan import Cell
from pointrecon.lock import locked
from pointrecon.settings import resolve
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretraining import pretrain
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS

DONE, STOPPED, BUSY = "done", "stopped", "busy"
STATUS = {DONE: 0, STOPPED: 3, BUSY: 75}  # as a program
TIMING = "timing.json"


@dataclass
class Measuring:
    """How the model of a run is measured.

    Attributes:
        tables: name of the results file → labeled table.
        compare_untrained: measure random weights beside it.
        command: the command line, for the records.
    """

    tables: dict[str, str]
    compare_untrained: bool = True
    command: str = "python"


def missing(cell: Cell, measuring: Measuring) -> list[str]:
    """The tables a run is not measured on yet; all of them while its model is not finished."""
    if not (cell.folder / MODEL).is_dir():
        return list(measuring.tables)
    return [name for name in measuring.tables if not results_file(cell.folder, name).is_file()]


def is_done(cell: Cell, measuring: Measuring) -> bool:
    """Whether model and records are all there."""
    return (cell.folder / MODEL).is_dir() and not missing(cell, measuring)


def results_file(folder: Path, table: str) -> Path:
    """The records of a run on one table."""
    return folder / RESULTS / f"{table}.json"


def run_cell(cell: Cell, measuring: Measuring) -> str:
    """Do what is left to do for one run.

    Returns:
        DONE, STOPPED (it has a checkpoint and can go on), or BUSY (another process is at it).

    Raises:
        InputError: as :func:`pointrecon.pretrain` and :func:`pointrecon.probe`.
    """
    with locked(cell.lock) as mine:
        if not mine:
            return BUSY
        began, at_once = time.monotonic(), not (cell.folder / CONFIG).is_file()
        if not (cell.folder / MODEL).is_dir():
            try:
                outcome = pretrain(out=cell.folder, config=cell.config if at_once else None, resume=not at_once)
            except Stopped:
                return STOPPED
            if not outcome.finished:
                return STOPPED
        for name in missing(cell, measuring):
            result = probe(
                cell.folder / MODEL,
                measuring.tables[name],
                feature="auto",
                seed=cell.seed,
                compare_untrained=measuring.compare_untrained,
                show=False,
            )
            for record in result.records:
                record.command = measuring.command
            save_records(results_file(cell.folder, name), result.records)
        if at_once:
            write_json(cell.folder / TIMING, {"seconds": round(time.monotonic() - began, 1), "work": cell.work()})
    return DONE


def seconds_per_work(cell: Cell) -> float | None:
    """How long a finished run took for its :meth:`Cell.work`; None when it is not known."""
    try:
        content = json.loads((cell.folder / TIMING).read_text(encoding="utf-8"))
        return float(content["seconds"]) / float(content["work"])
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None


def words_of(cell: Cell, measuring: Measuring) -> list[str]:
    """The arguments that have :func:`main` do this run."""
    return [json.dumps({"name": cell.name, "config": cell.config.to_dict(), "measuring": vars(measuring)})]


def main(argv: Sequence[str]) -> int:
    """Do the run that :func:`words_of` described; the exit status is that of STATUS, or 2 after one sentence."""
    asked: dict[str, Any] = json.loads(argv[0])
    try:
        config = resolve(PretrainConfig, "pretrain", overrides=asked["config"])
        return STATUS[run_cell(Cell(asked["name"], config), Measuring(**asked["measuring"]))]
    except InputError as error:
        print(f"pointrecon: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
