"""The folds of few-shot learning: drawn from any labeled table, or an imported set's own."""

import hashlib

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.splits import labeled_in
from pointrecon.shapes.importers.benchmarks.folds import Fold, stored_folds
from pointrecon.shapes.table.collection import Shapes


def draw_folds(
    shapes: Shapes, *, way: int, shot: int, queries: int = 20, folds: int = 10, tested: str = "test", seed: int = 0
) -> list[Fold]:
    """Seeded folds of a labeled table: ``way`` classes of ``shot`` training and ``queries`` test shapes a class.

    Training shapes come from all labeled shapes outside the split asked for, test shapes from it; shapes of the split
    "test" are never learned from. A table without splits gives both, and never the same shape for both. Each fold is
    drawn from (seed, fold) alone, so more folds leave the first ones as they are. Classes with fewer test shapes give
    fewer, at least one. InputError when fewer than ``way`` classes have shapes enough.
    """
    for name, number, least in (("way", way, 2), ("shot", shot, 1), ("queries", queries, 1), ("folds", folds, 1)):
        if number < least:
            raise InputError(f"{name} must be at least {least}, not {number}")
    label: np.ndarray = shapes.label
    split, labeled = shapes.split, label >= 0
    divided = bool((split[labeled] != "").any())
    if divided:
        labeled_in(shapes, tested)  # refuses a split without any
    names = np.unique(label[labeled])
    free = ~np.isin(split, (tested, "test")) if divided else labeled
    learn = {c: np.flatnonzero((label == c) & free) for c in names}
    ask = {c: np.flatnonzero((label == c) & (split == tested)) if divided else learn[c] for c in names}
    needed = shot if divided else shot + 1
    able = np.array([c for c in names if len(learn[c]) >= needed and len(ask[c])])
    if len(able) < way:
        raise InputError(
            f"only {len(able)} classes have {shot} training shapes and a test shape, and {way} ways need {way}; "
            + "; ".join(["lower way or shot", *shapes.remarks])
        )
    drawn = []
    for fold in range(folds):
        rng = np.random.default_rng((seed, fold))
        classes = np.sort(rng.choice(able, way, replace=False))
        train, test = [], []
        for c in classes:
            order = rng.permutation(learn[c])
            train.append(order[:shot])
            test.append(rng.permutation(ask[c])[:queries] if divided else order[shot : shot + queries])
        drawn.append(Fold(classes, np.concatenate(train), np.concatenate(test)))
    return drawn


def own_folds(ids: np.ndarray, shapes: Shapes, table: str, way: int, shot: int, folds: int) -> list[Fold]:
    """The first folds of an imported set; InputError for too few, or one that tests on a class it does not train on."""
    stored = stored_folds(ids, shapes.label)
    found = stored.get((way, shot), [])
    if len(found) < folds:
        there = ", ".join(f"{len(some)} of {w} ways and {s} shots" for (w, s), some in stored.items())
        raise InputError(f"{table} holds folds of its own: {there}; choose way, shot and folds among them")
    for number, fold in enumerate(found[:folds]):
        unknown = np.setdiff1d(shapes.label[fold.test], fold.classes)
        if len(unknown):
            raise InputError(
                f"fold {number} of {way} ways and {shot} shots in {table} tests on "
                f"'{shapes.meta.classes[unknown[0]]}', of which it has no training shape; import the folds again"
            )
    return found[:folds]


def fold_notes(protocol: str, fold: Fold, way: int, queries: int, stored: bool) -> list[str]:
    """Sentences a reader of a fold's record should know."""
    notes = ["the folds are the table's own"] if stored else []
    if protocol == "paper":
        notes.append("protocol 'paper': the epoch was chosen on the fold's test shapes")
    if len(fold.test) < way * queries and not stored:
        notes.append(f"some classes have fewer than {queries} test shapes: {len(fold.test)} instead of {way * queries}")
    return notes


def fold_mark(ids: np.ndarray, fold: Fold) -> str:
    """A mark of the shapes, so that folds of another table do not pass for these."""
    mine = "\n".join([*ids[fold.train].tolist(), *ids[fold.test].tolist()])
    return hashlib.sha256(mine.encode()).hexdigest()[:16]
