"""Which of the imported shapes are held out for validation and test: drawn once, seeded, fair to every class."""

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.import_settings import check_settings


def draw_splits(labels: np.ndarray, splits: np.ndarray, *, test: float, validation: float, seed: int) -> np.ndarray:
    """Splits with a share of the training shapes moved to "test", then one of those left to "val".

    InputError for a share that is not at least 0 and below 1, or test shapes that are there already.
    """
    if test and (np.asarray(splits) == "test").any():
        raise InputError("there are test shapes already, and --test draws them from the training shapes: leave it out")
    return hold_out(labels, hold_out(labels, splits, test, seed, "test"), validation, seed)


def hold_out(labels: np.ndarray, splits: np.ndarray, fraction: float, seed: int, into: str = "val") -> np.ndarray:
    """Splits with a share of the training shapes moved to another, as far as possible the same of every class.

    Where no shape has a split, all count as training shapes first. For ``into`` "val" and "test" other shapes are
    drawn. InputError for a fraction that is not at least 0 and below 1.
    """
    check_settings({"validation" if into == "val" else into: fraction})
    splits = np.asarray(splits, dtype="<U5").copy()
    if fraction == 0:
        return splits
    if (splits == "").all():
        splits[:] = "train"
    rng = np.random.default_rng(seed if into == "val" else [seed, 1])
    training = np.flatnonzero(splits == "train")
    # sorted by class, shuffled within, every (1/fraction)-th one: fair to small classes too
    order = training[np.lexsort((rng.random(len(training)), np.asarray(labels)[training]))]
    steps = np.floor(np.arange(len(order) + 1) * fraction + rng.random())
    splits[order[np.diff(steps) > 0]] = into
    return splits
