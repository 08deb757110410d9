"""Run an experiment: the same pre-training with one thing changed at a time, over seeds, measured and drawn."""

import hashlib
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.record import command, write_json
from pointrecon.evaluation.splits import probe_splits
from pointrecon.experiments.ablation_cell import Measuring, is_done
from pointrecon.experiments.ablation_plan import Cell, Settings, canonical, differences, plan_cells
from pointrecon.experiments.ablation_results import Row, read_outcomes, write_outcome
from pointrecon.experiments.ablation_runner import Ending, estimate, run_cells
from pointrecon.experiments.experiment_recipes import Experiment, load_experiments
from pointrecon.experiments.formats import to_screen
from pointrecon.lock import locked
from pointrecon.progress import duration
from pointrecon.settings import resolve
from pointrecon.shapes import open_table
from pointrecon.shapes.table.collection import open_collection
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretraining import open_data
from pointrecon.training.run_folder import CONFIG

SUMMARY, LOCK = "ablation.json", ".lock"
_WIDE = 160  # letters a line of a log


@dataclass
class AblationResult:
    """What `ablate` found.

    Attributes:
        out: the ablation's folder.
        finished: False when runs are left to do: it was interrupted, some failed, or others are at them.
        rows: accuracies of each variant on each table by each probe, over the seeds that are done.
        failed: the runs that failed ("paradigm-towers, seed 0") → the last line each said.
        interrupted: whether it was asked to stop.
    """

    out: Path
    finished: bool
    rows: list[Row] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    def accuracies(self, variant: str, probe: str = "svm", table: str | None = None) -> list[float]:
        """Test accuracies of a variant, one for each seed; without ``table`` on the first.

        Raises:
            InputError: when that was not measured.
        """
        for row in self.rows:
            if row.variant == variant and row.probe == probe and table in (None, row.table):
                return row.test
        raise InputError(f"no variant '{variant}' was measured by the probe '{probe}'" + f" on '{table}'" * bool(table))


def ablate(
    name: str | Sequence[str],
    data: str | Path | Sequence[str | Path] | None = None,
    out: str | Path | None = None,
    *,
    seeds: int = 3,
    evaluate: str | Path | Sequence[str | Path] | None = None,
    jobs: int = 1,
    recipe: str | None = "nano",
    compare_untrained: bool = True,
    only_list: bool = False,
    config: PretrainConfig | None = None,
    **overrides: Any,
) -> AblationResult:
    """Pre-train every variant of an experiment with several seeds, probe the models, and draw what came out.

    Each run is an ordinary run folder, ``out/<what differs from the recipe>/seed-<n>``. What is done is not done
    again, what was stopped goes on, and experiments in the same folder share the runs they have in common.

    Args:
        name: experiments by name ("paradigm", "mask-ratio" …) or YAML file, several with commas or as a list.
        data: one or several shape tables to learn from.
        out: the ablation's folder.
        seeds: runs of each variant, with the seeds ``train.seed``, ``train.seed + 1`` …
        evaluate: labeled tables to probe on; the labeled ones of ``data`` when left out.
        jobs: runs at a time, each in a process of its own; with 1 they are done in this one.
        recipe: the settings all variants share, by name or YAML file.
        compare_untrained: measure random weights beside each model.
        only_list: tell what there is to do, and do nothing.
        config: a whole configuration instead of recipe and overrides.
        **overrides: nested settings all variants share, for instance ``train={"epochs": 8}``.

    Returns:
        accuracies by variant, table and probe.

    Raises:
        InputError: for an unknown experiment, settings or data that do not fit, tables without labels, or a folder
            made with other settings or data.
    """
    experiments = load_experiments(name)
    tables = _paths(data)
    if not tables:
        raise InputError("name at least one shape table to learn from, for instance parts.lance")
    if out is None or str(out) == "":
        raise InputError("name the folder to write, for instance -o runs/paradigm")
    for key, number in (("seeds", seeds), ("jobs", jobs)):
        if number < 1:
            raise InputError(f"{key} must be at least 1, not {number}")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise InputError("an ablation's runs take one device each: start it without torchrun")
    folder = Path(out).absolute()
    places = {"data": tables, "out": ""}
    base = resolve(
        PretrainConfig, "pretrain", config=config, recipe=None if config else recipe, overrides={**overrides, **places}
    )
    shapes, _ = open_data(tables)
    have = {
        kind: sorted(key for key in shapes.feature_shapes if key.startswith(f"{kind}/")) for kind in ("image", "text")
    }
    cells, names = plan_cells(experiments, base, have, folder, seeds)
    measured_on, marks = _to_measure(tables, _paths(evaluate))
    about = {
        "base": canonical(base, have),
        "data": {"paths": tables, "fingerprint": shapes.fingerprint()},
        "evaluate": {key: {"path": path, "fingerprint": marks[key]} for key, path in measured_on.items()},
    }
    del shapes
    _check_folder(folder, about)
    measuring = Measuring(measured_on, compare_untrained, command())
    if only_list:
        _tell(cells, measuring, jobs)
        return AblationResult(folder, all(is_done(cell, measuring) for cell in cells))
    _write_summary(folder, about, experiments, names, cells)
    ending = run_cells(cells, measuring, jobs)
    return _finish(folder, experiments, names, cells, measuring, ending)


def _finish(
    folder: Path,
    experiments: Sequence[Experiment],
    names: dict[str, list[str]],
    cells: Sequence[Cell],
    measuring: Measuring,
    ending: Ending,
) -> AblationResult:
    """Tables and figures of what is there, and sentences on what is not."""
    seeds = sorted({cell.seed for cell in cells})
    done = sum(is_done(cell, measuring) for cell in cells)
    result = AblationResult(folder, done == len(cells), interrupted=ending.stopped)
    result.failed = {f"{cell.name}, seed {cell.seed}": why for cell, why in ending.failed}
    asked = [(experiment, names[experiment.name]) for experiment in experiments]
    outcomes = read_outcomes(folder, asked, seeds, list(measuring.tables))
    result.rows = [row for outcome in outcomes for row in outcome.rows]
    if ending.stopped:
        _say(f"stopped: {done} of {len(cells)} runs are done; go on with the same command")
        return result
    from rich.console import Console

    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=_WIDE)
    for outcome in outcomes:
        write_outcome(folder, outcome, _about(cells, measuring))
        for grid in outcome.grids:
            screen.print(to_screen(grid, f"{grid.heading}: test accuracy, %"))
    _say(f"tables and figures: {', '.join(str(folder / f'{e.name}.md') for e in experiments)}")
    if ending.busy:
        _say(f"{len(ending.busy)} runs are left to another process; run the same command again for their numbers")
    for which, why in result.failed.items():
        _say(f"failed: {which}: {why}")
    return result


def _paths(given: str | Path | Sequence[str | Path] | None) -> list[str]:
    every = [] if given is None else [given] if isinstance(given, str | Path) else list(given)
    return [str(path) if "://" in str(path) else str(Path(path).absolute()) for path in every]


def _to_measure(tables: Sequence[str], asked: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The labeled tables to probe on, and a mark of each one's shapes and labels, both by the name of their results.

    Tables that were asked for must do; of those only learned from, the ones that do are taken.
    """
    found: dict[str, str] = {}
    marks: dict[str, str] = {}
    troubles = []
    for path in dict.fromkeys(asked or tables):
        try:
            mark = _labeled(path)
        except InputError as error:
            if asked:
                raise
            troubles.append(f"{Path(path).name} is not measured on: {error}")
            continue
        key = Path(path).stem
        if key in found:
            raise InputError(f"two of the tables to measure on are called '{key}'; rename one")
        found[key], marks[key] = path, mark
    if not found:
        raise InputError(f"there is nothing to measure on ({troubles[0]}); give --evaluate with a labeled table")
    for trouble in troubles:
        _say(f"note: {trouble}")
    return found, marks


def _labeled(path: str) -> str:
    """Check that a table can be probed on, before anything is trained; return a mark of its shapes and labels."""
    shapes = open_collection([open_table(path)])
    if not (np.asarray(shapes.label) >= 0).any():
        raise InputError(f"the table {path} has no labels; import it with a folder per class or a class column")
    probe_splits(shapes.label, shapes.split, shapes.meta.classes)
    digest = hashlib.sha256(shapes.fingerprint().encode())
    for column in (shapes.label, shapes.split):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:16]


def read_summary(folder: Path) -> dict[str, Any]:
    """What ``ablation.json`` of a folder holds; nothing when there is no such file yet.

    Raises:
        InputError: when the folder holds something else, or the file is damaged.
    """
    path = folder / SUMMARY
    if path.is_file():
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return {**content, "experiments": dict(content["experiments"]), "base": dict(content["base"])}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"'{path}' is damaged ({type(error).__name__}); restore it or take another folder"
            ) from None
    if folder.exists() and (not folder.is_dir() or any(p for p in folder.iterdir() if not p.name.startswith("."))):
        raise InputError(f"'{folder}' exists and is no ablation; choose another folder")
    return {}


def _check_folder(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """What is in the folder's summary, which must have been made with the same settings and data."""
    before = read_summary(folder)
    if not before:
        return before
    other = differences(before["base"], about["base"])
    if other:
        more = f" and {len(other) - 2} more" if len(other) > 2 else ""
        raise InputError(
            f"'{folder}' was made with other settings ({', '.join(other[:2])}{more}); choose another folder or give "
            "the same settings"
        )
    if before["data"]["fingerprint"] != about["data"]["fingerprint"]:
        raise InputError(
            f"'{folder}' was made with other shapes ({', '.join(before['data']['paths'])}); choose another folder or "
            "give the same tables"
        )
    for key, table in about["evaluate"].items():
        if before["evaluate"].get(key, table)["fingerprint"] != table["fingerprint"]:
            raise InputError(
                f"'{folder}' was measured on another table '{key}' ({before['evaluate'][key]['path']}); choose another "
                "folder or another name for the table"
            )
    return before


def _write_summary(
    folder: Path,
    about: dict[str, Any],
    experiments: Sequence[Experiment],
    names: dict[str, list[str]],
    cells: Sequence[Cell],
) -> None:
    """Put these experiments into ``ablation.json``, beside those that are there already."""
    with locked(folder / LOCK, wait=True):
        before = _check_folder(folder, about)  # again: another process may have been faster
        content: Settings = {
            **about,
            "evaluate": {**before.get("evaluate", {}), **about["evaluate"]},
            "seeds": sorted({*before.get("seeds", []), *(cell.seed for cell in cells)}),
            "experiments": dict(before.get("experiments", {})),
        }
        for one in experiments:
            content["experiments"][one.name] = {
                "title": one.title,
                "axis": one.axis,
                "figure": one.figure,
                "variants": [
                    {"label": variant.label, "value": variant.value, "folder": name}
                    for variant, name in zip(one.variants, names[one.name], strict=True)
                ],
            }
        if content != before:
            write_json(folder / SUMMARY, content)


def _tell(cells: Sequence[Cell], measuring: Measuring, jobs: int) -> None:
    for cell in cells:
        state = "done" if is_done(cell, measuring) else "begun" if (cell.folder / CONFIG).is_file() else "to do"
        print(f"{state:<6} {cell.name}, seed {cell.seed}")
    left = estimate(cells, measuring, jobs)
    done = sum(is_done(cell, measuring) for cell in cells)
    rest = "" if done == len(cells) else f", about {duration(left)} to go" if left else ", no estimate before one is"
    print(f"{done} of {len(cells)} runs are done{rest}")


def _about(cells: Sequence[Cell], measuring: Measuring) -> list[str]:
    config = cells[0].config
    words = shlex.split(measuring.command)
    return [
        f"Pre-trained on {', '.join(Path(path).name for path in config.data)}. All that is not named is as in "
        f"`{SUMMARY}`.",
        "Probes on frozen features: the kind of feature and the probe's settings are chosen on validation shapes, then "
        "test shapes are seen once.",
        *([f"Command: `{measuring.command}`"] if words[:1] == ["pointrecon"] else []),
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
