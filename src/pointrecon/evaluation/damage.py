"""Accuracy on damaged test clouds: of a classifier's head, or of a probe fitted on the features of whole clouds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from pointrecon.devices import in_bfloat16, pick_device
from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.features import FEATURES, feature_of
from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.evaluation.record import Record, score
from pointrecon.evaluation.splits import Splits, labeled_in, probe_splits, without_choices
from pointrecon.geometry import prepare, resize
from pointrecon.geometry.corruptions import CORRUPTIONS, DENSITIES, SEVERITIES, corrupt
from pointrecon.models.plus.plus_clouds import GRAY, is_colored
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import mix
from pointrecon.training.cloud_stream import CloudStream, points_for, with_colors
from pointrecon.training.point_draw import COLUMNS, draw_points, marks_of

CLEAN, OTHER = "clean", "(a class the table has not)"
_TOGETHER = 64  # clouds that are damaged from one seed, so that the damage does not depend on the batch size
Answer = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Trials:
    """What is measured, the same for every model and seed."""

    corruptions: tuple[str, ...] = CORRUPTIONS  # kinds of damage, see `pointrecon.geometry.corruptions`
    severities: tuple[int, ...] = SEVERITIES  # 1 to 5
    probe: str = "svm"  # "svm", "logistic" or "knn", for a model without a head
    feature: str | None = None  # what the probe reads, as for `extract_features`; None: each model's usual one
    split: str = "test"  # the split to measure on
    # how clouds are encoded: points are those of undamaged clouds, at most 64 clouds are encoded at once, and the seed
    # is that of each trial
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    split_seed: int = 0  # draws shapes to choose on, and to test on, for tables without such splits

    def __post_init__(self) -> None:
        for what, given, known in (
            ("corruption", self.corruptions, CORRUPTIONS),
            ("severity", self.severities, SEVERITIES),
            ("probe", (self.probe,), tuple(PROBES)),
            ("feature", (self.feature or FEATURES[0],), FEATURES),
        ):
            allowed = ", ".join(map(str, known))
            if unknown := [value for value in given if value not in known]:
                raise InputError(f"there is no {what} '{unknown[0]}'; take some of {allowed}")
            if not given or len(set(given)) < len(given):
                raise InputError(f"name every {what} once, at least one of {allowed}")

    @property
    def conditions(self) -> list[tuple[str, int]]:
        """Undamaged clouds first, then every kind at every severity."""
        return [(CLEAN, 0), *((kind, severity) for kind in self.corruptions for severity in self.severities)]


def has_head(model: torch.nn.Module) -> bool:
    """Whether it answers by itself; otherwise a probe does."""
    return getattr(model.config, "head", None) is not None


def answers_of(model: Any, trials: Trials) -> Answer:
    """Prepared clouds (B, n, 3), or with colors (B, n, 6) → class scores of its head, or what a probe reads."""
    if has_head(model):
        return lambda clouds: model.classify(model.cut(clouds))
    encode, feature = getattr(model, "encode_prepared", model.encode), feature_of(model, trials.feature)
    return lambda clouds: model.pool(encode(clouds), feature)


def head_classes(model: torch.nn.Module, classes: Sequence[str], label: np.ndarray) -> np.ndarray | None:
    """The table's class number of each class of the model's head; None for a model without a head.

    Classes of the head that the table has not get the number after the table's last: always a wrong answer. InputError
    for a head that labels parts, or one that lacks a class of the (M,) shapes to name.
    """
    head = getattr(model.config, "head", None)
    if head is None:
        return None
    if head.kind == "parts":
        raise InputError("this model labels parts; robustness needs a classifier, or an encoder without head")
    missing = [classes[i] for i in np.unique(label) if classes[i] not in head.classes]
    if missing:
        raise InputError(
            f"the table has the class '{missing[0]}', which the model's head does not know (it has: "
            f"{', '.join(head.classes)}); take the table it was fine-tuned on, or the model before fine-tuning"
        )
    return np.array([classes.index(name) if name in classes else len(classes) for name in head.classes])


def trial_splits(shapes: Shapes, trials: Trials, *, head: bool) -> Splits:
    """Shapes to fit on, choose on and test on; a head needs the last alone."""
    label: np.ndarray = shapes.label
    if head and (shapes.split[label >= 0] != "").any():
        test = labeled_in(shapes, trials.split)
        return Splits(test[:0], test[:0], test, [*shapes.remarks])
    found = probe_splits(shapes, split=trials.split, seed=trials.split_seed)
    return Splits(found.train[:0], found.val[:0], found.test, without_choices(found.notes)) if head else found


def measure(
    model: torch.nn.Module,
    shapes: Shapes,
    trials: Trials,
    *,
    origin: dict[str, Any],
    seed: int = 0,
    notes: Sequence[str] = (),
    advance: Callable[[int], None] = lambda count: None,
) -> list[Record]:
    """The records of one model and seed. Points are streamed; the features a probe is fitted on are kept.

    Every test shape is seen once undamaged and once under each kind and severity. Nothing is chosen on them: a probe is
    fitted on undamaged training and validation shapes, its setting chosen on the latter. InputError for shapes without
    a test split, or that do not fit the head.

    Args:
        model: a classifier, or an encoder with ``encode`` and ``pool``.
        origin: the record's model, weights and data, and ``choices`` to add; ``notes`` are added to its own.
        advance: called with the number of clouds encoded.

    Returns:
        "robustness" (the mean over all), "robustness/clean", and one for each kind with its accuracies by severity.
    """
    classes = shapes.meta.classes
    splits = trial_splits(shapes, trials, head=has_head(model))
    numbers = head_classes(model, classes, shapes.label[splits.test])
    answer = answers_of(model, trials)
    setting: dict[str, Any] = {}
    if numbers is None:
        fit, probe = np.concatenate([splits.train, splits.val]), PROBES[trials.probe]
        how = encode_settings(trials.encode, seed=seed)
        known = CloudStream(model, shapes, fit, answer, how).gather(advance)
        _check_finite(known, CLEAN, 0)
        label, learn = shapes.label[fit], len(splits.train)
        found = probe.predict_each(known[:learn], label[:learn], known[learn:], probe.settings)
        right = [float(np.mean(one == label[learn:])) for one in found]
        setting = dict(probe.settings[int(np.argmax(right))])  # of equals the first
        fitted = probe.fit(known, label, setting)
    answers = []
    for values in damaged(model, shapes, splits.test, answer, trials=trials, seed=seed, advance=advance):
        if numbers is not None:
            answers.append(numbers[values.argmax(2)])
        else:
            answers.append(fitted(values.reshape(-1, values.shape[2])).reshape(values.shape[:2]))
    counts = {"train": len(splits.train), "val": len(splits.val), "test": len(splits.test), "classes": len(classes)}
    shared: dict[str, Any] = {
        "protocol": "honest", "split": trials.split, "seed": seed, "counts": counts,
        "notes": [*splits.notes, *_notes(model, shapes, trials), *notes], **origin,
    }  # fmt: skip
    shared["choices"] = {**setting, **shared.get("choices", {})}
    return _records(shapes.label[splits.test], np.concatenate(answers, 1), trials, classes, shared)


def damaged(
    model: torch.nn.Module,
    shapes: Shapes,
    index: np.ndarray,
    answer: Answer,
    *,
    trials: Trials,
    seed: int,
    advance: Callable[[int], None] = lambda count: None,
) -> Iterator[np.ndarray]:
    """``answer`` to the shapes at these places under every condition, (conditions, m, D) float32 for some at a time.

    The damage depends on the seed and on the shape's place, not on the batch size or the device. Clouds with fewer
    points than a patch or the number of patches are repeated up to that. InputError for answers that are not finite.
    """
    config: Any = model.config
    count, least = points_for(model, shapes, trials.encode.points), _least(model)
    turn = {"up_from": shapes.meta.up, "up_to": config.up}
    columns = (*COLUMNS, "color") if is_colored(model) else COLUMNS
    with _at_work(model, trials.encode) as device:
        for start in range(0, len(index), _TOGETHER):
            block = shapes.read(index[start : start + _TOGETHER], columns=columns)
            stored = block.points if block.color is None else with_colors(block.points, block.color)
            whole = torch.from_numpy(stored.astype(np.float32))
            drawn = prepare(draw_points(whole, count, marks_of(block, seed)), count, **turn)
            found = []
            for kind, severity in trials.conditions:
                clouds = drawn
                if kind != CLEAN:
                    generator = torch.Generator().manual_seed(mix(seed, CORRUPTIONS.index(kind), severity, start))
                    clouds = corrupt(whole if kind == "density" else drawn, kind, severity, generator, beside=GRAY)
                if kind == "density":
                    clouds = prepare(clouds, clouds.shape[1], **turn)
                if clouds.shape[1] < least:
                    clouds = resize(clouds, least)
                parts = clouds.split(trials.encode.batch_size)
                with torch.autocast(device.type, torch.bfloat16, enabled=in_bfloat16(trials.encode.precision, device)):
                    values = torch.cat([answer(part.to(device)).float().cpu() for part in parts]).numpy()
                _check_finite(values, kind, severity)
                found.append(values)
                advance(len(clouds))
            yield np.stack(found)


def _check_finite(values: np.ndarray, kind: str, severity: int) -> None:
    if not np.isfinite(values).all():
        raise InputError(f"the model's answers are not finite for '{kind}' of severity {severity}; it may be damaged")


@contextmanager
def _at_work(model: torch.nn.Module, settings: EncodeSettings) -> Iterator[torch.device]:
    """The model in evaluation mode on its device for the while, then as it was found."""
    home, training = next((p.device for p in model.parameters()), torch.device("cpu")), model.training
    device = pick_device(settings.device)
    model.to(device).eval()
    try:
        with torch.inference_mode():
            yield device
    finally:
        model.to(home).train(training)


def _records(
    truth: np.ndarray, answers: np.ndarray, trials: Trials, classes: list[str], shared: dict[str, Any]
) -> list[Record]:
    """Records from (conditions, M) answers; a kind's accuracy by class is over all severities."""
    if (answers == len(classes)).any():
        classes = [*classes, OTHER]
    right = dict(zip(trials.conditions, (answers == truth).mean(1).tolist(), strict=True))
    clean = right[CLEAN, 0]
    kinds = []
    for kind in trials.corruptions:
        rows = [i for i, (name, _) in enumerate(trials.conditions) if name == kind]
        pooled = score(np.tile(truth, len(rows)), answers[rows].reshape(-1), classes)
        by_severity = {f"severity_{s}": right[kind, s] for s in trials.severities}
        mean = float(np.mean(list(by_severity.values())))
        pooled["metrics"] = {
            "accuracy": mean,
            "mean_class_accuracy": pooled["metrics"]["mean_class_accuracy"],
            "clean_accuracy": clean,
            "relative_accuracy": mean / clean if clean else 0.0,
            **by_severity,
        }
        pooled["confusion"] = []  # of several severities at once it would tell little
        kinds.append(Record(task=f"robustness/{kind}", **pooled, **shared))
    summary = {
        "accuracy": float(np.mean([r.metrics["accuracy"] for r in kinds])),
        "clean_accuracy": clean,
        "relative_accuracy": float(np.mean([r.metrics["relative_accuracy"] for r in kinds])),
        "worst_accuracy": min(accuracy for (kind, _), accuracy in right.items() if kind != CLEAN),
    }
    untouched = Record(task=f"robustness/{CLEAN}", **score(truth, answers[0], classes), **shared)
    return [Record(task="robustness", metrics=summary, **shared), untouched, *kinds]


def _notes(model: torch.nn.Module, shapes: Shapes, trials: Trials) -> list[str]:
    """What a reader must know of clouds with fewer points than asked for."""
    counts = [DENSITIES[s - 1] for s in trials.severities] if "density" in trials.corruptions else []
    notes, have, least = [], shapes.size, _least(model)
    if short := [str(count) for count in counts if count > have]:
        notes.append(f"the table has {have} points a shape: they were repeated up to {' and '.join(short)}")
    if least > min(counts, default=least):
        notes.append(f"clouds of fewer than {least} points were repeated up to that, as the model needs them")
    return notes


def _least(model: torch.nn.Module) -> int:
    """Points a cloud must have for the model to cut it."""
    return max(getattr(model.config, "patches", 1), getattr(model.config, "patch_size", 1))
