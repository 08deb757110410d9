"""What measurements are: what makes two of them the same one, their families of tasks, columns, and words for each."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointrecon.evaluation.record import Record

# Of a task in a sentence; the order is the report's.
PHRASES = {
    "finetune/full": "fine-tuned whole",
    "finetune/linear": "linear head on the frozen model",
    "finetune/mlp3": "MLP-3 head on the frozen model",
    "probe/svm": "linear SVM on frozen features",
    "probe/logistic": "logistic regression on frozen features",
    "probe/knn": "k nearest neighbors",
    "zero-shot": "named by words alone",
}
SHORT = {
    "full": "full",
    "linear": "linear",
    "mlp3": "MLP-3",
    "svm": "linear SVM",
    "logistic": "logistic regression",
    "knn": "kNN",
}
PICTURES = "picture teacher"  # in the place of a record's weights: the teacher's features, and no model
_LONG = 40  # characters of a setting; a longer one is told by its beginning and a mark


@dataclass(frozen=True)
class Family:
    """Measurements that stand in one table."""

    name: str  # also the first part of the task
    title: str  # the heading
    what: str = "Accuracy"  # is measured, for the line above a table
    # shown ones with their column; none where columns are tasks and the metric is the first there is
    metrics: tuple[tuple[str, str], ...] = ()
    # choices that make two measurements different ones (what is chosen per seed is not among them)
    settings: tuple[str, ...] = ()


_TUNED = ("points", "learning_rate", "batch_size")
_NAMED = ("query", "text_teacher", "templates", "words", "image_teacher", "pictures", "text_share")
_TOP = (("accuracy", "top-1"), ("top3_accuracy", "top-3"), ("top5_accuracy", "top-5"),
        ("mean_class_accuracy", "mean class accuracy"), ("chance", "chance"))  # fmt: skip
_IOU = (("class_miou", "class mIoU"), ("instance_miou", "instance mIoU"))
_DAMAGE = ("points", "probe", "feature", "corruptions", "severities")
FAMILIES = {
    family.name: family
    for family in (
        Family("finetune", "Fine-tuning", settings=_TUNED),
        Family("probe", "Probes on frozen features"),
        Family("few-shot", "Few-shot", settings=_TUNED[1:]),
        Family("zero-shot", "Zero-shot", metrics=_TOP, settings=_NAMED),
        Family("segment", "Part segmentation", "Mean intersection over union", _IOU, _TUNED),
        Family("robustness", "Robustness", settings=_DAMAGE),
        Family("labels", "Label efficiency", settings=_TUNED),
        Family("other", "Other measurements", "Share"),
    )
}


def family_of(record: Record) -> Family:
    """The family a record belongs to; "other" for an unknown task."""
    name = "labels" if share_of_labels(record) < 1 else record.task.split("/")[0]
    return FAMILIES.get(name, FAMILIES["other"])


def share_of_labels(record: Record) -> float:
    """The share of the training labels a record used, 1 where it says nothing."""
    share = record.choices.get("labels", 1)
    return float(share) if isinstance(share, int | float) and share > 0 else 1.0


def method_of(record: Record) -> str:
    """What tells rows of one model apart: the method of few-shot learning, the probe whose robustness was measured."""
    first, *parts = record.task.split("/")
    method = parts[0] if first == "few-shot" and len(parts) > 1 else ""
    if first == "robustness":
        method = str(record.choices.get("probe", ""))
    return SHORT.get(method, method)


def settings_of(record: Record) -> dict[str, str]:
    """The choices that tell it from other measurements, as words."""
    return {key: _words(record.choices[key]) for key in family_of(record).settings if key in record.choices}


def what_was_measured(record: Record) -> list[Any]:
    """All that tells two measurements of one model apart."""
    settings = sorted(settings_of(record).items())
    asked = [record.task, record.protocol, record.weights, record.split, share_of_labels(record), *settings]
    return [*asked, shapes_of(record), record.group, *seeds_of(record)]


def shapes_of(record: Record) -> str:
    """The mark of the shapes measured on; in a record without one, what they were called."""
    return record.data_fingerprint or record.data


def seeds_of(record: Record) -> tuple[int | None, int, Any]:
    """What one thing over seeds differs in: seed of pre-training (random weights have none), of measuring, the fold."""
    pretrained = record.pretrain_seed if record.weights != "untrained" else None
    return pretrained, record.seed, record.choices.get("fold")


def _words(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= _LONG else f"{words[:_LONG]}… ({zlib.crc32(words.encode()):08x})"


def columns_of(record: Record, family: Family) -> list[tuple[str, str]]:
    """(column, metric) of what a record has to show in a family's table."""
    votes = re.search(r"/votes(\d+)$", record.task)
    more = f", vote of {votes[1]}" if votes else ""
    found = [(label + more, name) for name, label in family.metrics if name in record.metrics]
    if found:
        return found
    if record.task == "robustness":
        summary = (("mean", "accuracy"), ("relative to clean", "relative_accuracy"), ("worst", "worst_accuracy"))
        return [(label, name) for label, name in summary if name in record.metrics]
    main = [name for name in record.metrics if not name.endswith(("_standard_error", "chance"))]
    if family.name == "other":
        return [(f"{record.task}: {metric_words(name)}", name) for name in main]
    column = f"{100 * share_of_labels(record):g}%" if family.name == "labels" else column_words(record.task)
    return [(column, name) for name in main[:1]]


def column_words(task: str) -> str:
    """A task's column: "finetune/full/votes10" is "full, vote of 10", "few-shot/knn/5w10s" is "5-way 10-shot"."""
    first, *parts = task.split("/")
    if first == "few-shot" and parts:
        ways = re.fullmatch(r"(\d+)w(\d+)s", parts[-1])
        return f"{ways[1]}-way {ways[2]}-shot" if ways else parts[-1]
    return re.sub(r"\bvotes(\d+)", r"vote of \1", ", ".join(SHORT.get(part, part) for part in parts)) or first


def place_of_column(column: str, family: Family) -> tuple[float, ...]:
    """Where a column stands in its family's table."""
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", column)]
    if family.name in ("few-shot", "labels"):  # ways and shots, shares
        return tuple(numbers)
    if family.name == "robustness":
        return (column != "clean", column in ("mean", "relative to clean", "worst"))
    words = [label for _, label in family.metrics] or list(SHORT.values())
    plain = re.sub(r", vote of \d+$", "", column)
    return (words.index(plain) if plain in words else len(words), *numbers)


def metric_words(name: str) -> str:
    """A metric's name as a reader knows it."""
    return re.sub(r"^top(\d)_accuracy$", r"top-\1", name).replace("_", " ").replace("miou", "mIoU")


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean, and sample standard deviation (None of a single value)."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None


def percent_words(values: Sequence[float]) -> str:
    """Shares as "91.2 ± 0.4", in per cent; without the deviation for a single one."""
    mean, deviation = mean_and_deviation(values)
    return f"{100 * mean:.1f}" + ("" if deviation is None else f" ± {100 * deviation:.1f}")
