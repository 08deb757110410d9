"""Few-shot folds: drawn with a seed from any labelled table, or read back from an imported set of folds."""

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


def draw_folds(
    label: np.ndarray,
    split: np.ndarray | None = None,
    *,
    way: int = 5,
    shot: int = 10,
    folds: int = 10,
    queries: int = 20,
    seed: int = 0,
) -> list[Fold]:
    """Draw folds as the field does: ``way`` classes, ``shot`` training and up to ``queries`` test shapes of each.

    Training shapes come from the split "train" and test shapes from "test"; without splits, test shapes are others
    than the training shapes. Fold f depends on way, shot, seed and f alone.

    Args:
        label: (M,) class numbers, -1 for none. split: (M,) "train", "val", "test" or "", or None.

    Raises:
        InputError: a number below 1, or fewer than ``way`` classes with enough shapes.
    """
    for name, value, least in (("way", way, 2), ("shot", shot, 1), ("folds", folds, 1), ("queries", queries, 1)):
        if value < least:
            raise InputError(f"'{name}' is {value}, expected {least} or more")
    label = np.asarray(label)
    split = np.full(len(label), "") if split is None else np.asarray(split)
    apart = bool((split == "train").any())
    if apart and not (split == "test").any():
        raise InputError("the table has training shapes but no test shapes: few-shot folds need both, or no splits")
    train_of, test_of = {}, {}
    for number in sorted(set(label[label >= 0].tolist())):
        members = np.flatnonzero(label == number)
        train_of[number] = members[split[members] == "train"] if apart else members[split[members] == ""]
        test_of[number] = members[split[members] == "test"] if apart else train_of[number]
    spare = 0 if apart else shot
    able = [n for n in train_of if len(train_of[n]) >= shot and len(test_of[n]) > spare]
    if len(able) < way:
        raise InputError(
            f"only {len(able)} classes have {shot} training shapes and a test shape, {way} are needed: "
            "ask for fewer ways or shots"
        )
    return [_draw(able, train_of, test_of, apart, way, shot, queries, [seed, way, shot, fold]) for fold in range(folds)]


def _draw(
    able: list[int],
    train_of: dict[int, np.ndarray],
    test_of: dict[int, np.ndarray],
    apart: bool,
    way: int,
    shot: int,
    queries: int,
    seeds: list[int],
) -> Fold:
    rng = np.random.default_rng(seeds)
    classes = rng.choice(np.array(able, np.int64), way, replace=False)
    train, test = [], []
    for number in classes.tolist():
        order = rng.permutation(train_of[number])
        train.append(order[:shot])
        test.append((rng.permutation(test_of[number]) if apart else order[shot:])[:queries])
    return Fold(classes, np.concatenate(train).astype(np.int64), np.concatenate(test).astype(np.int64))


def stored_folds(id: Iterable[str], label: np.ndarray) -> dict[tuple[int, int], list[Fold]]:
    """The folds of an imported few-shot table, by (way, shot), in order.

    Args:
        id: (M,) ids such as "5way_10shot/0/train-0003". label: (M,) class numbers.

    Raises:
        InputError: an id of another form.
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
