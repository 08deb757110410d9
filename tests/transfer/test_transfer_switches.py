"""Every switch of fine-tuning and segmentation does something: another value than the default changes a number."""

from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import TINY, settings, sticks
from parted import parted
from parted import settings as part_settings
from pointrecon import finetune, load_model, segment
from pointrecon.models import create_model
from pointrecon.nested import flat, merged


def shapes(command):
    """Classes of unequal numbers, and no splits."""
    arrays = (sticks if command is finetune else parted)(36, splits=("",))
    arrays = arrays.select(np.flatnonzero(~np.isin(np.arange(36), [1, 7, 13, 19])))
    return arrays


def measured(command, place: Path, **more) -> dict[str, float]:
    """Numbers of a run of one epoch."""
    how = (settings if command is finetune else part_settings)(train={"epochs": 1, "batch_size": 6})
    how |= {"drop_path": 0.1} | ({"patches": 8} if command is segment else {})
    result = command(create_model("nano", seed=3, **TINY), shapes(command), place, **merged(how, more))
    weights = load_model(result.model).state_dict()
    found = {name: float(value.double().abs().sum()) for name, value in weights.items() if value.is_floating_point()}
    return {**result.records[0].counts, **result.records[-1].metrics, "weights": sum(found.values()), **found}


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict:
    place = tmp_path_factory.mktemp("plain")
    return {command: measured(command, place / command.__name__) for command in (finetune, segment)}


SWITCHES = {
    "weights": [
        {"classify": {"label_smoothing": 0.3}}, {"classify": {"class_weights": "balanced"}},
        {"classify": {"draw": "farthest"}}, {"classify": {"head_rate": 2}}, {"segment": {"loss_points": 9}},
        {"segment": {"head_rate": 3}}, {"drop_path": 0.5}, {"augment": {"scale": 0.9}}, {"augment": {"shift": 0.01}},
        {"augment": {"rotate": "up"}}, {"optim": {"learning_rate": 1e-3}}, {"optim": {"clip": 0.01}},
        {"optim": {"weight_decay": 0.5}}, {"optim": {"accumulate": 2}}, {"train": {"seed": 1}},
        {"train": {"batch_size": 4}}, {"keep": {"average": 0.9}}, {"from_scratch": True}, {"points": 40},
        {"patches": 6}, {"split_seed": 5}, {"mode": "linear"}, {"mode": "mlp3"},
    ],
    "train": [{"labels": 0.5}, {"protocol": "paper"}, {"protocol": "all", "keep": {"epoch": "last"}}],
}  # fmt: skip
OF = {"classify": (finetune,), "mode": (finetune,), "segment": (segment,)}


@pytest.mark.parametrize(
    ("command", "changed", "number"),
    [
        pytest.param(command, changed, number, id=f"{command.__name__}-{key}={value}")
        for number, every in SWITCHES.items()
        for changed in every
        for (key, value), *_ in [list(flat(changed).items())]
        for command in OF.get(key.split(".")[0], (finetune, segment))
    ],
)
def test_a_switch_changes_a_number(tmp_path, plain, command, changed: dict, number: str) -> None:
    assert measured(command, tmp_path / "run", **changed)[number] != plain[command][number]


def test_the_same_settings_give_the_same_numbers(tmp_path, plain) -> None:
    for command in (finetune, segment):
        assert measured(command, tmp_path / command.__name__) == plain[command]


def test_only_what_a_mode_says_learns(tmp_path) -> None:
    before = create_model("nano", seed=3, **TINY).state_dict()
    for mode, frozen in (("full", False), ("linear", True), ("mlp3", True)):
        result = finetune(
            create_model("nano", seed=3, **TINY), sticks(36), tmp_path / mode,
            **settings(mode=mode, train={"epochs": 1}),
        )  # fmt: skip
        after = load_model(result.model).state_dict()
        same = all(torch.equal(before[name], after[name]) for name in after if name.startswith("encoder."))
        assert same == frozen


def test_votes_splits_and_seeds(tmp_path) -> None:
    source, arrays = create_model("nano", seed=3, **TINY), sticks(72)
    for command, data in ((finetune, arrays), (segment, parted(72))):
        how = (settings if command is finetune else part_settings)(train={"epochs": 1}, votes=3, split="val", seeds=2)
        result = command(source, data, tmp_path / command.__name__, **how)
        task = "finetune/full" if command is finetune else "segment"
        assert [(r.task, r.seed, r.split) for r in result] == [
            (name, seed, "val") for seed in (0, 1) for name in (task, f"{task}/votes3")
        ]


def test_best_and_last_epoch_and_patience(tmp_path) -> None:
    source, how = create_model("nano", seed=3, **TINY), settings(train={"epochs": 6})
    found = {
        name: finetune(source, sticks(36), tmp_path / name, keep=keep, **how).records[0]
        for name, keep in (("best", {}), ("last", {"epoch": "last"}), ("patient", {"patience": 1}))
    }
    assert found["last"].choices["epoch"] == 6
    assert "selection_accuracy" not in found["last"].metrics
    assert found["best"].metrics["selection_accuracy"] >= found["patient"].metrics["selection_accuracy"]
    lines = [(tmp_path / name / "metrics.jsonl").read_text().count("probe/accuracy") for name in ("best", "patient")]
    assert lines[1] < lines[0] == 6


def test_the_query_tower_learns_segmentation(tmp_path) -> None:
    """Before, a model of two towers had no gradient in the one of the queries."""
    source = create_model("nano", seed=3, **TINY, streams="towers")
    how = part_settings(train={"epochs": 1})
    after = load_model(segment(source, parted(32), tmp_path / "run", **how).model).state_dict()
    moved = [
        name for name, value in source.state_dict().items() if name in after and not torch.equal(after[name], value)
    ]
    assert any(name.startswith("query_encoder.") and name.endswith("weight") for name in moved)
