"""What measurements are called: families of tasks, their columns, and the words for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
_METRICS = {
    "accuracy": "accuracy",
    "mean_class_accuracy": "mean class accuracy",
    "top3_accuracy": "top-3",
    "top5_accuracy": "top-5",
    "chance": "chance",
    "class_miou": "class mIoU",
    "instance_miou": "instance mIoU",
}


@dataclass(frozen=True)
class Family:
    """Measurements that stand in one table.

    Attributes:
        name: also the first part of the task.
        title: the heading.
        what: is measured, for the line above a table.
        metrics: shown ones with their column; none where columns are tasks and the metric is the first there is.
        settings: choices that make two measurements different ones (what is chosen per seed is not among them).
    """

    name: str
    title: str
    what: str
    metrics: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()


FAMILIES = (
    Family("finetune", "Fine-tuning", "Accuracy", settings=("points", "learning_rate", "batch_size")),
    Family("probe", "Probes on frozen features", "Accuracy"),
    Family("few-shot", "Few-shot", "Accuracy", settings=("learning_rate", "batch_size")),
    Family(
        "zero-shot",
        "Zero-shot",
        "Accuracy",
        (("accuracy", "top-1"), ("top3_accuracy", "top-3"), ("top5_accuracy", "top-5"),
         ("mean_class_accuracy", "mean class accuracy"), ("chance", "chance")),
        ("query", "text_teacher", "templates", "words", "image_teacher", "pictures", "text_share"),
    ),
    Family(
        "segment",
        "Part segmentation",
        "Mean intersection over union",
        (("class_miou", "class mIoU"), ("instance_miou", "instance mIoU")),
        ("points", "learning_rate", "batch_size"),
    ),
    Family(
        "robustness", "Robustness", "Accuracy", settings=("points", "probe", "feature", "corruptions", "severities")
    ),
    Family("labels", "Label efficiency", "Accuracy", settings=("points", "learning_rate", "batch_size")),
)  # fmt: skip
OTHER = Family("other", "Other measurements", "Share")


def family_of(record: Record) -> Family:
    """The family a record belongs to; `OTHER` for an unknown task."""
    if share_of_labels(record) < 1:
        return next(family for family in FAMILIES if family.name == "labels")
    first = record.task.split("/")[0]
    return next((family for family in FAMILIES if family.name == first), OTHER)


def share_of_labels(record: Record) -> float:
    """The share of the training labels a record used, 1 where it says nothing."""
    share = record.choices.get("labels", 1)
    return float(share) if isinstance(share, int | float) and share > 0 else 1.0


def kind_of_row(record: Record) -> str:
    """What tells rows of one model apart: the method of few-shot learning, the probe whose robustness was measured."""
    first, *parts = record.task.split("/")
    method = parts[0] if first == "few-shot" and len(parts) > 1 else ""
    if first == "robustness":
        method = str(record.choices.get("probe", ""))
    return SHORT.get(method, method)


def columns_of(record: Record, family: Family) -> list[tuple[str, str]]:
    """(column, metric) of what a record has to show in its family's table."""
    votes = re.search(r"/votes(\d+)$", record.task)
    more = f", vote of {votes[1]}" if votes else ""
    found = [(label + more, name) for name, label in family.metrics if name in record.metrics]
    if found:
        return found
    if record.task == "robustness":
        summary = (("mean", "accuracy"), ("relative to clean", "relative_accuracy"), ("worst", "worst_accuracy"))
        return [(label, name) for label, name in summary if name in record.metrics]
    main = [name for name in record.metrics if not name.endswith(("_standard_error", "chance"))]
    if family is OTHER:
        return [(f"{record.task}: {metric_words(name)}", name) for name in main]
    return [(column_words(record.task), name) for name in main[:1]]


def column_words(task: str) -> str:
    """A task's column: "finetune/full/votes10" is "full, vote of 10", "few-shot/knn/5w10s" is "5-way 10-shot"."""
    first, *parts = task.split("/")
    if first == "few-shot" and parts:
        ways = re.fullmatch(r"(\d+)w(\d+)s", parts[-1])
        return f"{ways[1]}-way {ways[2]}-shot" if ways else parts[-1]
    words = []
    for part in parts:
        votes = re.fullmatch(r"votes(\d+)", part)
        words.append(f"vote of {votes[1]}" if votes else SHORT.get(part, part))
    return ", ".join(words) or first


def metric_words(name: str) -> str:
    """A metric's name as a reader knows it."""
    return _METRICS.get(name, name.replace("_", " "))


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean, and sample standard deviation (None of a single value)."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None


def percent_words(values: Sequence[float]) -> str:
    """Shares as "91.2 ± 0.4", in per cent; without the deviation for a single one."""
    mean, deviation = mean_and_deviation(values)
    return f"{100 * mean:.1f}" + ("" if deviation is None else f" ± {100 * deviation:.1f}")


def place_of_column(record: Record, column: str, family: Family) -> tuple[float, ...]:
    """Where a column stands in its family's table."""
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", column)]
    if family.name == "few-shot":  # ways and shots
        return tuple(numbers)
    labels = [label for _, label in family.metrics]
    plain = re.sub(r", vote of \d+$", "", column)
    if plain in labels:
        return (labels.index(plain), *numbers)
    if family.name == "robustness":
        return (column != "clean", record.task == "robustness")
    words = list(SHORT.values())
    return (words.index(plain) if plain in words else len(words), *numbers)
