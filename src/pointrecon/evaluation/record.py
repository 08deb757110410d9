"""The record every measurement writes: what was measured, on what, how, and the numbers."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.files import write_text
from pointrecon.lock import alone


@dataclass
class Record:
    """One measurement."""

    task: str  # what was measured, "probe/svm", "probe/knn", "zero-shot" …
    # "honest" (choices on validation shapes), "paper" (on test shapes) or "all" (none: learned from both)
    protocol: str
    model: str  # path or name of the model
    # "pre-trained", "untrained" (the same architecture with random weights), "picture teacher" (no model), or "joined"
    weights: str
    data: str  # path or name of the shapes
    split: str  # the split measured on
    seed: int  # drew everything random in the measurement
    metrics: dict[str, float]  # name → value, shares between 0 and 1
    per_class: dict[str, float] = field(default_factory=dict)  # class name → accuracy, for the classes the split has
    # true class × predicted class counts, in the order of `classes`
    confusion: list[list[int]] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)  # settings chosen, and where
    counts: dict[str, int] = field(default_factory=dict)  # numbers of shapes, classes, dimensions
    notes: list[str] = field(default_factory=list)  # sentences a reader of the numbers should know
    data_fingerprint: str = ""  # mark of the shapes, whatever they are called; equal for equal shapes
    model_hash: str = ""  # of the weights measured
    group: str = ""  # what differs from it in seeds alone ("recon nano"); empty where nobody said
    # hash of the weights a fine-tuned model began as; empty for random ones and for pre-trained models
    origin: str = ""
    pretrain_seed: int | None = None  # of the pre-training behind the model; None without one
    versions: dict[str, str] = field(default_factory=lambda: versions())
    date: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    machine: str = field(default_factory=lambda: machine())
    command: str = field(default_factory=lambda: command())

    def save(self, path: str | Path) -> None:
        """Write this record alone as JSON, whole or not at all."""
        write_json(path, asdict(self))


def score(truth: np.ndarray, answer: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    """The ``metrics``, ``per_class``, ``confusion`` and ``classes`` of a record from (m,) labels and answers.

    ``accuracy_standard_error`` is the binomial one, from the number of test shapes alone; it knows nothing
    of the spread over seeds.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix

    accuracy = float(accuracy_score(truth, answer))
    confusion = confusion_matrix(truth, answer, labels=range(len(classes)))
    total = confusion.sum(1)
    recall = {name: float(confusion[i, i] / total[i]) for i, name in enumerate(classes) if total[i] > 0}
    metrics = {
        "accuracy": accuracy,
        "mean_class_accuracy": float(np.mean(list(recall.values()))),
        "accuracy_standard_error": float(np.sqrt(accuracy * (1 - accuracy) / len(truth))),
    }
    return {"metrics": metrics, "per_class": recall, "confusion": confusion.tolist(), "classes": list(classes)}


def save_records(path: str | Path, records: Sequence[Record]) -> None:
    """Write records as a JSON list, whole or not at all."""
    write_json(path, [asdict(record) for record in records])


# choices that make two measurements different ones; the others are made anew each time
_SETTINGS = (
    *("feature", "labels", "fold", "probe", "points"),
    *("query", "templates", "text_teacher", "words", "image_teacher", "pictures", "text_share"),
)


def add_records(path: str | Path, records: Sequence[Record]) -> None:
    """Write records into a JSON list, whole or not at all: earlier ones of the same measurement give way, others stay.

    InputError when the file holds something else.
    """
    with alone(Path(path), wait=10.0):  # another process may be adding others
        old = load_records(path) if Path(path).exists() else []
        save_records(path, [*(one for one in old if not any(_same(one, new) for new in records)), *records])


def _same(one: Record, other: Record) -> bool:
    """Whether both measure the same thing, by the model's and the shapes' content or by what they are called."""

    def asked(record: Record) -> tuple[Any, ...]:
        settings = tuple(str(record.choices.get(name)) for name in _SETTINGS)
        return (record.task, record.protocol, record.weights, record.split, record.seed, *settings)

    model = one.model == other.model or (one.model_hash == other.model_hash != "")
    data = one.data == other.data or (one.data_fingerprint == other.data_fingerprint != "")
    return model and data and asked(one) == asked(other)


def load_records(path: str | Path) -> list[Record]:
    """Read what `Record.save` or `save_records` wrote, without unknown keys; InputError when the file is no record."""
    try:
        content = read_json(Path(path))
        known = {f.name for f in fields(Record)}
        entries = content if isinstance(content, list) else [content]
        return [Record(**{key: value for key, value in entry.items() if key in known}) for entry in entries]
    except FileNotFoundError as error:
        raise InputError(f"there is no results file {path}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not a results file ({error}); 'pointrecon probe --out' writes one") from error


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON whole or not at all, making its folder when needed."""
    write_text(Path(path), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from pointrecon import __version__

    found = {"pointrecon": __version__, "python": platform.python_version()}
    for package in ("torch", "numpy", "scikit-learn"):
        found[package] = metadata.version(package)
    return found


def machine() -> str:
    """The kind of machine, not its name: architecture, processors, accelerator."""
    import torch

    kind = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{kind}, {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else kind


def command() -> str:
    """The command line that is running, or ``"python"`` for a session or script."""
    program = Path(sys.argv[0])
    if program.stem == "pointrecon" or program.parts[-3:] == ("pointrecon", "cli", "main.py"):
        return shlex.join(["pointrecon", *sys.argv[1:]])
    return "python"
