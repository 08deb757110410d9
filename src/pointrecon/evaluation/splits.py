"""Which labeled shapes a probe fits on, chooses on and is tested on."""

from dataclasses import dataclass, field

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.collection import Shapes

OTHER_SPLIT = "name another split to test on, or import the shapes with a test split (--test 0.2, or a manifest)"
_CHOSEN = "choices were made on"


@dataclass
class Splits:
    """Indices into a table, and a sentence for everything a reader of the numbers should know of them."""

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    notes: list[str] = field(default_factory=list)


def hold_out(label: np.ndarray, share: float, seed: int, *, least: int = 2) -> np.ndarray:
    """A seeded mask (M,) of ``share`` of every class; at least one of each class that has ``least`` or more."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(len(label), dtype=bool)
    for name in np.unique(label):
        members = rng.permutation(np.flatnonzero(label == name))
        count = max(1, round(share * len(members))) if len(members) >= least else 0
        mask[members[:count]] = True
    return mask


def without_choices(notes: list[str]) -> list[str]:
    """The notes without the sentence on where choices were made: nothing was chosen, or it was elsewhere."""
    return [note for note in notes if not note.startswith(_CHOSEN)]


def labeled_in(shapes: Shapes, split: str, *, name: str = "the table") -> np.ndarray:
    """Places of the labeled shapes of a split; InputError that tells the splits there are where it has none."""
    label: np.ndarray = shapes.label
    found = np.flatnonzero((label >= 0) & (shapes.split == split))
    if not len(found):
        there = ", ".join(repr(str(one)) for one in np.unique(shapes.split[label >= 0]) if one)
        why = "; ".join(shapes.remarks or [OTHER_SPLIT])
        raise InputError(f"{name} has no labeled shapes in the split '{split}', only in {there}; {why}")
    return found


def probe_splits(shapes: Shapes, *, split: str = "test", seed: int = 0, least_classes: int = 2) -> Splits:
    """Train, validation and test indices among the labeled shapes; ``split`` is measured on.

    Without a validation split 10% of the training shapes of every class are held out for choices, drawn with ``seed``.
    A table without any split gets a test split too: 20% of every class. In a table with splits, shapes of none are left
    out. InputError when it has no labeled shape in train or in the test split, or fewer than ``least_classes`` to fit
    on.
    """
    label: np.ndarray = shapes.label
    splits, labeled, notes = shapes.split, label >= 0, [*shapes.remarks]
    if not labeled.all():
        whose = " by people" if shapes.remarks else ""
        notes.append(f"{int((~labeled).sum())} shapes without a label{whose} were left out")
    present = {str(name) for name in np.unique(splits[labeled])}
    if present == {""} and split != "test":
        raise InputError(f"the table has no splits, so none called '{split}'; {OTHER_SPLIT}")
    if present == {""}:
        chosen = np.flatnonzero(labeled)
        mask = hold_out(label[chosen], 0.2, seed)
        test, train = chosen[mask], chosen[~mask]
        notes.append(f"the table has no splits: 20% of each class were held out as test (seed {seed})")
    else:
        train, test = (labeled_in(shapes, needed) for needed in ("train", split))
        if split == "train":
            raise InputError("the test split cannot be 'train', which the probes are fitted on")
        if outside := int((labeled & (splits == "")).sum()):
            notes.append(f"{outside} labeled shapes of no split were left out")
    val = np.flatnonzero(labeled & (splits == "val"))
    if split == "val" or len(val) == 0:
        mask = hold_out(label[train], 0.1, seed)
        train, val = train[~mask], train[mask]
        notes.append(f"{_CHOSEN} 10% of each training class, held out with seed {seed}")
    if len(np.unique(label[train])) < least_classes or len(val) == 0 or len(test) == 0:
        why = "; ".join([*shapes.remarks, "label at least three shapes of each of two classes"])
        raise InputError(
            f"too few labeled shapes to probe: {len(train)} to fit on, {len(val)} to choose on, {len(test)} to test; "
            f"{why}"
        )
    unseen = set(label[test].tolist()) - set(label[train].tolist()) - set(label[val].tolist())
    if unseen:
        names = ", ".join(f"'{shapes.meta.classes[i]}'" for i in sorted(unseen))
        wrong = int(np.isin(label[test], list(unseen)).sum())
        notes.append(f"no training shape has the class {names}: its {wrong} test shapes count as wrong")
    return Splits(train, val, test, notes)
