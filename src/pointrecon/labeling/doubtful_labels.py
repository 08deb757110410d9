"""Labels that look wrong: a head that did not see the shape finds another class likelier."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.labeling.learned_classes import learned_classes
from pointrecon.labeling.named_shapes import check_file, write_rows
from pointrecon.labeling.opened_shapes import open_labels
from pointrecon.retrieval.vectors import MODEL

DOUBT_COLUMNS = ("id", "class", "confidence", "proposed", "proposed_confidence", "margin", "likely_wrong")


@dataclass(frozen=True)
class DoubtfulLabels:
    """All labels that people gave or files brought, the most doubtful first.

    Attributes:
        id, name: (n,) str, the shape and its class. confidence: (n,) that its class is right, by a head without it.
        proposed: (n,) str, the likeliest other class. proposed_confidence: (n,).
        likely_wrong: (n,) bool, where another class is as likely as it usually is for shapes of it, and likelier than
            the shape's own (confident learning, Northcutt et al. 2021).
        accuracy: share of labels that a head without them agrees with.
    """

    id: np.ndarray
    name: np.ndarray
    confidence: np.ndarray
    proposed: np.ndarray
    proposed_confidence: np.ndarray
    likely_wrong: np.ndarray
    accuracy: float

    @property
    def margin(self) -> np.ndarray:
        """(n,) from -1 to 1, how much likelier the other class is: what they are ordered by."""
        return self.proposed_confidence - self.confidence

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each `DOUBT_COLUMNS`."""
        columns = (
            self.id.tolist(), self.name.tolist(), self.confidence.round(4).tolist(), self.proposed.tolist(),
            self.proposed_confidence.round(4).tolist(), self.margin.round(4).tolist(),
            np.where(self.likely_wrong, "yes", "no").tolist(),
        )  # fmt: skip
        for row in zip(*columns, strict=True):
            yield dict(zip(DOUBT_COLUMNS, row, strict=True))


def check_labels(
    data: Any,
    out: str | Path | None = None,
    *,
    model: str | Path | torch.nn.Module = MODEL,
    vector: str = "auto",
    overwrite: bool = False,
    progress: bool = True,
) -> DoubtfulLabels:
    """Rank the labels of a table by how wrong they look; nothing is changed.

    Args:
        data: a table; or a folder of shapes, whose table lies beside it.
        out: a ``.csv`` file for the list.
        model, vector, progress: as for `label`.
        overwrite: replace ``out``.

    Raises:
        InputError: fewer than two classes with labels, shapes in no table, or a file that is there.
    """
    file = check_file(out, overwrite=overwrite, kinds=(".csv",))
    opened, _ = open_labels(data, progress=progress)
    found = learned_classes(opened, model=model, vector=vector, words=False, progress=progress)
    where = np.flatnonzero(found.label >= 0)[found.head.places]
    own, chances, rows = found.label[where], found.head.out_of_fold, np.arange(len(where))
    order, other, wrong = doubts(chances, own)
    names = np.array(found.classes, np.str_)
    checked = DoubtfulLabels(
        opened.ids[where][order], names[own[order]], chances[rows, own][order], names[other[order]],
        chances[rows, other][order], wrong[order], found.head.accuracy,
    )  # fmt: skip
    if file is not None:
        write_rows(file, DOUBT_COLUMNS, checked.rows())
    return checked


def doubts(chances: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of out-of-fold probabilities (n, K): the order (n,) of doubt, the likeliest other class, and what is wrong."""
    rows, count = np.arange(len(label)), chances.shape[1]
    own = chances[rows, label]
    rest = chances.copy()
    rest[rows, label] = -1
    other = rest.argmax(1)
    usual = np.array([own[label == k].mean() if (label == k).any() else 1.0 for k in range(count)])
    wrong = (rest[rows, other] >= usual[other]) & (rest[rows, other] > own)
    return np.argsort(own - rest[rows, other], kind="stable"), other, wrong
