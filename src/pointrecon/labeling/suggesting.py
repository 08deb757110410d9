"""Which shapes to label next: typical of many others, unlike what is labeled, and hard to tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.errors import InputError, did_you_mean
from pointrecon.files import write_rows
from pointrecon.labeling.confidence import best_two
from pointrecon.labeling.learned_classes import LearnedClasses, learned_classes
from pointrecon.labeling.opened_shapes import OpenedShapes, open_labels
from pointrecon.retrieval.vectors import MODEL, check_makers, collection_vectors
from pointrecon.shapes.table.collection import Shapes

SUGGEST_COLUMNS = ("id", "class", "proposed", "confidence", "runner_up", "runner_up_confidence", "why")
STRATEGIES = ("mixed", "uncertain", "diverse", "typical", "outlier", "balanced")
_NEEDS_CLASSES = ("uncertain", "balanced")
_NEAR = 20  # shapes whose nearness makes one typical
_SAMPLE = 4000  # shapes that nearness is measured to, at most
_BLOCK = 2048
_LEAST = 0.05  # of the density: what stands alone is suggested last, but is


@dataclass(frozen=True)
class Suggestions:
    """Shapes to label next, the most wanted first.

    Attributes:
        shapes: the collection. places: (n,) of the suggested ones in it.
        classes: those there are examples of; with fewer than two, nothing is proposed.
        rows: of each `SUGGEST_COLUMNS`; the class is empty, for a person to write.
    """

    shapes: Shapes
    places: np.ndarray
    classes: list[str]
    rows: list[dict[str, Any]]

    def write(self, path: Path) -> None:
        """A ``.csv`` file that `take_labels` reads when its classes are filled in; whole or not at all."""
        write_rows(path, SUGGEST_COLUMNS, iter(self.rows))


@checked
def suggest(
    data: Any,
    count: int = 20,
    *,
    strategy: str = "mixed",
    model: str | Path | torch.nn.Module = MODEL,
    vector: str = "auto",
    progress: bool = True,
    **opens: Any,
) -> Suggestions:
    """Shapes without a label by a person or from their file that are worth one.

    Args:
        data: a table; or a folder of shapes, whose table lies beside it.
        count: how many.
        strategy: one after the other, those are taken that have most of: ``"typical"``: many near neighbors, none of
            them labeled or taken; ``"diverse"``: far from what is labeled or taken; ``"uncertain"``: two classes nearly
            as likely; ``"outlier"``: no near neighbors; ``"balanced"``: probably of the classes with the fewest
            examples; ``"mixed"``: the product of typical and uncertain, which gained most on validation shapes.
        model, vector, progress, opens: as for `label`.

    Raises:
        InputError: an unknown strategy, one that needs examples of two classes, shapes in no table, or nothing to
            label.
    """
    if strategy not in STRATEGIES:
        raise InputError(
            f"there is no strategy '{strategy}'; {did_you_mean(strategy, STRATEGIES, ', '.join(STRATEGIES))}"
        )
    if count < 1:
        raise InputError(f"suggestions are 1 or more, not {count}")
    check_makers(model, vector)
    opened, _ = open_labels(data, progress=progress, **opens)
    label: np.ndarray = opened.by_people.label
    free = np.flatnonzero(label < 0)
    if not len(free):
        raise InputError(f"{opened.shapes.name}: every shape has a label already; 'pointrecon label TABLE --check'")
    found: LearnedClasses | None = None
    if len(np.unique(label[label >= 0])) > 1:
        found = learned_classes(opened, model=model, vector=vector, progress=progress)
        values = found.vectors
    elif strategy in _NEEDS_CLASSES:
        raise InputError(f"'{strategy}' needs examples of two classes: begin with --strategy typical")
    else:
        values = collection_vectors(opened.table, model=model, vector=vector, progress=progress).values
    places, why = pick(values, label, min(count, len(free)), strategy, None if found is None else found.probabilities)
    return Suggestions(opened.shapes, places, found.classes if found else [], list(_rows(opened, places, why, found)))


def pick(
    values: np.ndarray, label: np.ndarray, count: int, strategy: str, chances: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """Places of ``count`` shapes without a label, in order, and why each.

    Args:
        values: (M, D) of length 1. label: (M,), -1 for none.
        chances: (M, K) probabilities; None where there are no examples of two classes.
    """
    free, taken = np.flatnonzero(label < 0), np.flatnonzero(label >= 0)
    mine, dense, unsure = values[free], _density(values[free], values), np.ones(len(free))
    if chances is not None:
        best = best_two(chances[free])
        unsure = 1 - (best.confidence - best.second_confidence)
    near = _nearest(mine, _some(values[taken])) if len(taken) else np.full(len(free), -1.0)
    far, left = np.maximum(1 - near, 0), np.ones(len(free), bool)
    counts = (
        np.zeros(0) if chances is None else np.bincount(label[taken], minlength=chances.shape[1]).astype(np.float64)
    )
    found: list[int] = []
    why: list[str] = []
    for _ in range(count):
        if strategy == "balanced" and chances is not None:
            score = (chances[free] / (1 + counts)).max(1)
        else:
            score = {
                "uncertain": unsure, "outlier": 1 - dense, "diverse": far, "typical": far * dense,
                "mixed": far * dense * unsure,
            }[strategy]  # fmt: skip
        i = int(np.where(left, score, -1).argmax())
        found.append(i)
        why.append(_reason(strategy, dense[i], far[i], unsure[i], chances is not None))
        left[i] = False
        far = np.minimum(far, np.maximum(1 - mine @ mine[i], 0))
        if chances is not None:
            counts[int(chances[free[i]].argmax())] += 1
    return free[np.array(found, np.int64)], why


def _reason(strategy: str, dense: float, far: float, unsure: float, learned: bool) -> str:
    if strategy != "mixed":
        return strategy
    told = [
        ("typical", dense > 0.5),
        ("unlike what is labeled or listed before", far > 0.5),
        ("unsure", learned and unsure > 0.7),
    ]
    return ", ".join(word for word, true in told if true) or "mixed"


def _some(values: np.ndarray) -> np.ndarray:
    """All of them, or a fixed sample."""
    if len(values) <= _SAMPLE:
        return values
    return values[np.random.default_rng(0).permutation(len(values))[:_SAMPLE]]


def _nearest(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(m,) the largest cosine with any of the others."""
    return np.concatenate([(values[i : i + _BLOCK] @ among.T).max(1) for i in range(0, len(values), _BLOCK)])


def _density(values: np.ndarray, every: np.ndarray) -> np.ndarray:
    """(m,) from ``_LEAST`` to 1, how near the nearest of all shapes are: the mean cosine of as many of a sample."""
    among = _some(every)
    most = min(max(2, round(_NEAR * len(among) / max(len(every), 1))) + 1, len(among))
    blocks = []
    for i in range(0, len(values), _BLOCK):
        near = np.partition(values[i : i + _BLOCK] @ among.T, len(among) - most, axis=1)[:, -most:]
        blocks.append(
            (near.sum(1) - near.max(1)) / max(most - 1, 1)
        )  # the nearest is itself, where it is in the sample
    found = np.concatenate(blocks).astype(np.float64)
    low, high = found.min(), found.max()
    return _LEAST + (1 - _LEAST) * (found - low) / max(high - low, 1e-12)


def _rows(
    opened: OpenedShapes, places: np.ndarray, why: list[str], found: LearnedClasses | None
) -> Iterator[dict[str, Any]]:
    ids = opened.ids[places].tolist()
    if found is None:
        for key, reason in zip(ids, why, strict=True):
            yield dict(zip(SUGGEST_COLUMNS, (key, None, None, None, None, None, reason), strict=True))
        return
    best = best_two(found.probabilities[places])
    for key, reason, first, sure, second, less in zip(ids, why, *(column.tolist() for column in best), strict=True):
        told = (key, None, found.classes[first], round(sure, 4), found.classes[second], round(less, 4), reason)
        yield dict(zip(SUGGEST_COLUMNS, told, strict=True))
