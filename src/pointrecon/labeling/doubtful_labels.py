"""Labels that look wrong: a head that did not see the shape finds another class likelier, and so do its neighbors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.checks import checked
from pointrecon.errors import require
from pointrecon.files import write_rows
from pointrecon.labeling.learned_classes import learned_classes
from pointrecon.labeling.named_shapes import check_file
from pointrecon.labeling.opened_shapes import open_labels
from pointrecon.progress import plural
from pointrecon.retrieval.vectors import MODEL, check_makers

if TYPE_CHECKING:
    from pandas import DataFrame

DOUBT_COLUMNS = ("id", "class", "confidence", "proposed", "proposed_confidence", "doubt", "likely_wrong")
_NEAREST = 3  # of a class, that say how near it is
DOUBTED = 0.25  # from here on a label is likely wrong: of 5% planted, 4 in 5 were above it (validation shapes)
_BLOCK = 1024


@dataclass(frozen=True)
class DoubtfulLabels:
    """All labels that people gave or files brought, the most doubtful first.

    Attributes:
        id, name: (n,) str, the shape and its class. confidence: (n,) that its class is right, by a head without it.
        proposed: (n,) str, the likeliest other class. proposed_confidence: (n,).
        doubt: (n,) what they are ordered by: half of how much likelier the other class is, half of how near the
            nearest shapes of other classes are, less how near those of its own are.
        accuracy: share of labels that a head without them agrees with.
        notes: what a reader should know about them.
    """

    id: np.ndarray
    name: np.ndarray
    confidence: np.ndarray
    proposed: np.ndarray
    proposed_confidence: np.ndarray
    doubt: np.ndarray
    accuracy: float
    notes: list[str] = field(default_factory=list)

    @property
    def likely_wrong(self) -> np.ndarray:
        """(n,) bool, doubt above 0.25."""
        return self.doubt > DOUBTED

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each `DOUBT_COLUMNS`."""
        columns = (
            self.id.tolist(), self.name.tolist(), self.confidence.round(4).tolist(), self.proposed.tolist(),
            self.proposed_confidence.round(4).tolist(), self.doubt.round(4).tolist(),
            np.where(self.likely_wrong, "yes", "no").tolist(),
        )  # fmt: skip
        for row in zip(*columns, strict=True):
            yield dict(zip(DOUBT_COLUMNS, row, strict=True))

    def frame(self) -> "DataFrame":
        """The rows for pandas; InputError where it is not installed."""
        return require("pandas", "table").DataFrame(list(self.rows()), columns=DOUBT_COLUMNS)


@checked
def check_labels(
    data: Any,
    out: str | Path | None = None,
    *,
    model: str | Path | torch.nn.Module = MODEL,
    vector: str = "auto",
    overwrite: bool = False,
    progress: bool = True,
    **opens: Any,
) -> DoubtfulLabels:
    """Rank the labels of a table by how wrong they look; nothing is changed.

    Args:
        data: a table; or a folder of shapes, whose table lies beside it.
        out: a ``.csv`` file for the list.
        model, vector, progress, opens: as for `label`.
        overwrite: replace ``out``.

    Raises:
        InputError: fewer than two classes with labels, shapes in no table, or a file that is there.
    """
    file = check_file(out, overwrite=overwrite, kinds=(".csv",))
    check_makers(model, vector)
    opened, _ = open_labels(data, progress=progress, **opens)
    found = learned_classes(opened, model=model, vector=vector, words=False, progress=progress)
    where = np.flatnonzero(found.label >= 0)[found.head.places]
    own, chances, rows = found.label[where], found.head.out_of_fold, np.arange(len(where))
    doubt, other = doubts(found.vectors[where], chances, own)
    order = np.argsort(-doubt, kind="stable")
    names = np.array(found.classes, np.str_)
    checked = DoubtfulLabels(
        opened.ids[where][order], names[own[order]], chances[rows, own][order], names[other[order]],
        chances[rows, other][order], doubt[order], found.head.accuracy, _lone(own),
    )  # fmt: skip
    if file is not None:
        write_rows(file, DOUBT_COLUMNS, checked.rows())
    return checked


def _lone(label: np.ndarray) -> list[str]:
    """What is to be known of classes with one label (n,) only: without it, no head knows its class."""
    counts = np.unique(label, return_counts=True)[1]
    lone = int((counts == 1).sum())
    if not lone:
        return []
    who = (
        "every class has"
        if lone == len(counts)
        else f"{lone} of {plural(len(counts), 'class')} ha{'s' if lone == 1 else 've'}"
    )
    told = "this tells" if lone == len(counts) else "of those this tells"
    return [f"{who} one label only: {told} nothing, as a head without it does not know the class; label more of it"]


def doubts(values: np.ndarray, chances: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How doubtful labels (n,) are, as `DoubtfulLabels.doubt` says, and the likeliest other classes (n,).

    ``values`` are vectors (n, D) of length 1, ``chances`` out-of-fold probabilities (n, K). Neither alone ranks planted
    errors as well: a head is often wrong, and neighbors are few.
    """
    rows = np.arange(len(label))
    rest = chances.copy()
    rest[rows, label] = -1
    other = rest.argmax(1)
    own_near, other_near = np.empty(len(label)), np.empty(len(label))
    for start in range(0, len(label), _BLOCK):
        mine = rows[start : start + _BLOCK]
        cosine = (values[mine] @ values.T).astype(np.float64)
        cosine[np.arange(len(mine)), mine] = np.nan
        same = label[mine][:, None] == label
        other_near[mine] = _nearest_mean(np.where(same, np.nan, cosine))
        own_near[mine] = _nearest_mean(np.where(same, cosine, np.nan))
    own_near = np.where(np.isnan(own_near), other_near, own_near)  # the only one of its class: nothing to say
    return (rest[rows, other] - chances[rows, label]) / 2 + other_near / 2 - own_near, other


def _nearest_mean(cosine: np.ndarray) -> np.ndarray:
    """(m,) the mean of the largest numbers of each row, of those there are; NaN for none."""
    best = -np.sort(-np.nan_to_num(cosine, nan=-np.inf), axis=1)[:, :_NEAREST]
    there = np.isfinite(best)
    with np.errstate(invalid="ignore"):
        return np.where(there, best, 0).sum(1) / there.sum(1)
