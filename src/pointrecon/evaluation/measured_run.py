"""The run a measured model lies in: models it kept, the released rule for choosing one, where records are written."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, load_records
from pointrecon.training.run_folder import CONFIG, MODEL, MODELS, RESULTS

LAST = "last"


def kept_models(model: Any) -> dict[str, Path]:
    """Name → model folder of everything a run folder kept, the finished model ("last") at the end.

    Empty for what is no run folder: a model folder, a checkpoint file, a hub name or a module. InputError for a run
    that is not finished and kept nothing.
    """
    if not isinstance(model, str | Path):
        return {}
    run = Path(model)
    if not (run / CONFIG).is_file():
        return {}
    kept = {path.name: path for path in sorted((run / MODELS).glob("epoch-*")) if (path / "config.json").is_file()}
    if (run / MODEL / "config.json").is_file():
        kept[LAST] = run / MODEL
    if not kept:
        raise InputError(
            f"the run '{run}' has no model yet; go on with 'pointrecon pretrain -o {shlex.quote(str(run))} --resume'"
        )
    return kept


def best_on_test(measured: Mapping[str, Sequence[Record]]) -> list[Record]:
    """Of each task and weights the record of the model that does best, with what all of them reached.

    ``measured`` has of each model its records on the test shapes. The copies returned have the chosen model's name in
    their choice "pre_training", the accuracies of all in "pre_training_accuracies", and a note how it was chosen.
    """
    best: list[Record] = []
    tasks = dict.fromkeys((r.task, r.weights) for records in measured.values() for r in records)
    for task, weights in tasks:
        found = {name: r for name, every in measured.items() for r in every if (r.task, r.weights) == (task, weights)}
        name = max(found, key=lambda one: found[one].metrics["accuracy"])
        accuracies = {one: record.metrics["accuracy"] for one, record in found.items()}
        told = f"protocol 'paper': of {len(found)} kept epochs of pre-training the best on the test shapes was taken"
        best.append(
            replace(
                found[name],
                choices={**found[name].choices, "pre_training": name, "pre_training_accuracies": accuracies},
                notes=[*found[name].notes, told],
            )
        )
    return best


def record_place(model: Any, out: str | Path | None, name: str) -> Path | None:
    """The file that records go to with `add_records`; None without ``out`` where the model lies in no run of ours.

    Args:
        model: as it was handed over: a path, or a module.
        out: a ``.json`` file, or a folder that gets ``results/<name>.json``; None: the run the model lies in.
        name: of the measurement, such as "probe" or "zero-shot-text".

    Raises:
        InputError: for something else in the file's or the folder's place, or one that cannot be written.
    """
    if out is None:
        run = run_of_model(model)
        place = None if run is None else run / RESULTS / f"{name}.json"
        return place if place is not None and _writable(place) else None
    path = Path(out)
    if path.suffix == ".json":
        place = path
    elif path.exists() and not path.is_dir():
        raise InputError(f"'{out}' is a file of another kind: give a .json file, or a folder for results/{name}.json")
    else:
        place = path / RESULTS / f"{name}.json"
    if place.is_dir():
        raise InputError(f"'{place}' is a folder, and a file of records belongs there; choose another name")
    if not _writable(place):
        raise InputError(f"'{place}' cannot be written: check the path and its permissions")
    if place.exists():
        load_records(place)  # another program's JSON is not added to
    return place


def run_of_model(model: Any) -> Path | None:
    """The run folder that is given as a model, or that a model folder lies in (also ``models/epoch-0100``)."""
    if not isinstance(model, str | Path):
        return None
    path = Path(model).absolute()
    for run in (path, path.parent, path.parent.parent if path.parent.name == MODELS else path):
        if (run / CONFIG).is_file():
            return run
    return None


def _writable(place: Path) -> bool:
    there = next(folder for folder in place.absolute().parents if folder.exists())
    return there.is_dir() and os.access(there, os.W_OK)
