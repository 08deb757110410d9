"""Who is fitted on, chosen on and tested on."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.evaluation.splits import Splits, hold_out, probe_splits

CLASSES = ["a", "b", "c"]


def table(per_split: dict[str, int], classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    label = np.concatenate([np.arange(n) % classes for n in per_split.values()])
    split = np.concatenate([[name] * n for name, n in per_split.items()])
    return label, split


def splits_of(label: np.ndarray, splits: np.ndarray, **how) -> Splits:
    meta = SimpleNamespace(classes=CLASSES)
    return probe_splits(SimpleNamespace(label=label, split=splits, meta=meta, remarks=()), **how)


def test_given_splits_are_used_as_they_are():
    label, split = table({"train": 10, "val": 4, "test": 6})
    splits = splits_of(label, split)
    assert [len(splits.train), len(splits.val), len(splits.test)] == [10, 4, 6]
    assert splits.notes == []
    assert (split[splits.test] == "test").all()


def test_choices_are_held_out_of_training_when_there_is_no_validation_split():
    label, split = table({"train": 40, "test": 6})
    splits = splits_of(label, split, seed=3)
    assert len(splits.val) == 4
    assert not set(splits.train) & set(splits.val)
    assert set(split[splits.val]) == {"train"}
    assert set(label[splits.val]) == {0, 1}
    assert "seed 3" in splits.notes[0]
    again = splits_of(label, split, seed=3)
    other = splits_of(label, split, seed=4)
    assert np.array_equal(splits.val, again.val)
    assert not np.array_equal(splits.val, other.val)


def test_a_table_without_splits_gets_all_three():
    label, split = table({"": 100})
    splits = splits_of(label, split)
    assert len(splits.test) == 20
    parts = [set(splits.train), set(splits.val), set(splits.test)]
    assert set().union(*parts) == set(range(100))
    assert sum(map(len, parts)) == 100


def test_testing_on_the_validation_split_chooses_elsewhere():
    label, split = table({"train": 40, "val": 10, "test": 10})
    splits = splits_of(label, split, split="val")
    assert set(split[splits.test]) == {"val"}
    assert set(split[splits.val]) == {"train"}


def test_unlabeled_shapes_and_unseen_classes_are_said():
    label, split = table({"train": 20, "val": 4, "test": 6})
    label[0], label[-1] = -1, 2
    splits = splits_of(label, split)
    assert 0 not in splits.train
    assert "1 shapes without a label" in splits.notes[0]
    assert "'c'" in splits.notes[1]
    assert "1 test shapes count as wrong" in splits.notes[1]


@pytest.mark.parametrize(
    ("parts", "wanted", "says"),
    [
        ({"train": 10}, "test", "'test', only in 'train'"),
        ({"test": 10}, "test", "'train', only in 'test'"),
        ({"train": 10, "test": 4}, "train", "cannot be 'train'"),
        ({"train": 2, "test": 2}, "test", "too few labeled"),
    ],
)
def test_impossible_splits_are_refused(parts, wanted, says):
    with pytest.raises(InputError, match=says):
        splits_of(*table(parts), split=wanted)


def test_hold_out_keeps_a_shape_of_every_class_on_both_sides():
    label = np.array([0, 0, 1, 1, 1, 2])
    mask = hold_out(label, 0.1, seed=0)
    assert mask[label == 0].sum() == 1
    assert mask[label == 1].sum() == 1
    assert not mask[label == 2].any()


def test_shapes_of_no_split_beside_others_are_left_out_and_said():
    label, split = table({"train": 20, "val": 4, "test": 6, "": 3})
    splits = splits_of(label, split)
    assert not set(np.flatnonzero(split == "")) & {*splits.train, *splits.val, *splits.test}
    assert splits.notes == ["3 labeled shapes of no split were left out"]


def test_a_table_without_splits_has_no_split_of_a_name():
    label, split = table({"": 30})
    with pytest.raises(InputError, match="no splits, so none called 'val'"):
        splits_of(label, split, split="val")
