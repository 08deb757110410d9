"""Few-shot folds, as read back from an imported set (``evaluation.few_shot`` draws others from any labeled table)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError

_ID = re.compile(r"(\d+)way_(\d+)shot/(\d+)/(train|test)-\d+")


class Fold(NamedTuple):
    """One n-way k-shot task.

    Shape:
        classes: (way,) int64, labels of the table. train: (way · shot,) int64, places in the table. test: likewise.
    """

    classes: np.ndarray
    train: np.ndarray
    test: np.ndarray


def holds_folds(id: Iterable[str]) -> bool:
    """Whether a table with these ids is an imported set of folds."""
    names = [str(name) for name in id]
    return bool(names) and all(_ID.fullmatch(name) for name in names)


def stored_folds(id: Iterable[str], label: np.ndarray) -> dict[tuple[int, int], list[Fold]]:
    """The folds of an imported few-shot table, by (way, shot), in order; InputError for an id of another form.

    Ids (M,) are such as "5way_10shot/0/train-0003", labels (M,) the class numbers.
    """
    places: dict[tuple[int, int, int], dict[str, list[int]]] = {}
    for place, name in enumerate(id):
        match = _ID.fullmatch(str(name))
        if match is None:
            raise InputError(f"'{name}' is no id of a few-shot fold: import the folds with 'shapes benchmark'")
        key = (int(match[1]), int(match[2]), int(match[3]))
        places.setdefault(key, {"train": [], "test": []})[match[4]].append(place)
    folds: dict[tuple[int, int], list[Fold]] = {}
    for way, shot, number in sorted(places):
        train, test = (np.array(places[way, shot, number][split], np.int64) for split in ("train", "test"))
        folds.setdefault((way, shot), []).append(Fold(np.unique(np.asarray(label)[train]), train, test))
    return folds
