"""The models a pre-training run kept, and the released rule for choosing one: what does best on the test shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record
from pointrecon.training.run_folder import MODEL, MODELS

LAST = "last"


def kept_models(model: Any) -> dict[str, Path]:
    """Name → model folder of everything a run folder kept, the finished model ("last") at the end.

    Empty for what is no run folder: a model folder, a checkpoint file, a hub name or a module.

    Raises:
        InputError: for a run that is not finished and kept nothing.
    """
    if not isinstance(model, str | Path):
        return {}
    run = Path(model)
    if not (run / "config.yaml").is_file():
        return {}
    kept = {path.name: path for path in sorted((run / MODELS).glob("epoch-*")) if (path / "config.json").is_file()}
    if (run / MODEL / "config.json").is_file():
        kept[LAST] = run / MODEL
    if not kept:
        raise InputError(f"the run '{run}' has no model yet; go on with 'pointrecon pretrain -o {run} --resume'")
    return kept


def best_on_test(measured: Mapping[str, Sequence[Record]]) -> list[Record]:
    """Of each task and weights the record of the model that does best, with what all of them reached.

    Args:
        measured: name of a model → its records, on the test shapes.

    Returns:
        copies whose ``choices`` have "pre_training" (the chosen model's name) and "pre_training_accuracies" (of all of
        them), and whose notes say how it was chosen.
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
