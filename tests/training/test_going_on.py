"""A run goes on from its folder alone, and says what it runs; a model says what it came from."""

import shutil
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from pointrecon import as_shapes, load_model, pretrain
from pointrecon.errors import InputError
from pointrecon.models.facts import weights_hash
from pointrecon.settings import resolve, resumed
from pointrecon.shapes import ShapeArrays
from pointrecon.training.pretrain_config import PretrainConfig, group_of
from pointrecon.training.run_folder import RunFolder
from pointrecon.transfer.transfer_config import FinetuneConfig
from repeated_runs import assert_same_weights
from training_tables import settings, small_table


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """(a table, a finished run on it)"""
    folder = tmp_path_factory.mktemp("first")
    table = small_table(folder / "small.npz")
    pretrain(table, folder / "run", **settings(epochs=1))
    return table, folder / "run"


@pytest.mark.parametrize("stop", [0, 1])
def test_a_run_with_init_goes_on_after_the_first_model_is_gone(first, tmp_path, stop: int) -> None:
    table, run = first
    whole, here, there = tmp_path / "whole", tmp_path / "here", tmp_path / "there"
    begun = shutil.copytree(run / "model", tmp_path / "begun")
    pretrain(table, whole, init=begun, **settings(epochs=1))
    pretrain(table, here, init=begun, **settings(epochs=1, stop_after=1))
    if not stop:  # killed before its first step: only what was written at the start is there
        for path in sorted((here / "checkpoints").glob("*.pt"))[1:]:
            path.unlink()
    shutil.rmtree(begun)
    shutil.move(here, there)
    assert pretrain(out=there, resume=True, train={"stop_after": 0}).finished
    one, two = load_model(whole / "model"), load_model(there / "model")
    assert_same_weights(whole, there)
    assert one.facts == two.facts
    assert two.facts.origin == weights_hash(load_model(run / "model"))
    assert len(two.facts.data) == 2
    assert two.facts.categories == load_model(run / "model").facts.categories


def test_a_run_goes_on_with_data_that_moved_and_with_no_other(first, tmp_path) -> None:
    run, place, moved = tmp_path / "run", tmp_path / "a.npz", tmp_path / "b.npz"
    shutil.copy(first[0], place)
    pretrain(place, run, **settings(stop_after=2))
    place.rename(moved)
    with pytest.raises(InputError, match="--data PLACE") as caught:
        pretrain(out=run, resume=True)
    assert "\n" not in str(caught.value)
    arrays = ShapeArrays.load(moved)
    arrays.features["image/looks"] = arrays.features["image/looks"] + 1
    arrays.save(tmp_path / "other.npz")
    with pytest.raises(InputError, match="other data"):
        pretrain(tmp_path / "other.npz", run, resume=True)
    assert pretrain(moved, run, resume=True, train={"stop_after": 0}).finished
    with pytest.raises(InputError, match=r"optim.learning_rate is 0.002 in this run and 0.1 here"):
        pretrain(out=run, resume=True, optim={"learning_rate": 0.1})


def test_the_same_command_with_resume_starts_what_was_never_begun(first, tmp_path) -> None:
    assert pretrain(first[0], tmp_path / "run", resume=True, **settings(stop_after=1)).step == 1


def test_what_is_written_is_what_runs(first) -> None:
    config = RunFolder(first[1]).config()
    assert config["optim"]["warmup_epochs"] == 0.2  # one asked for, of an epoch in all
    assert config["model"]["points"] == 64
    assert (config["model"]["up"], config["augment"]["rotate"]) == ("y", "up")
    assert (config["objective"]["image"], config["objective"]["text"]) == ("image/looks", "text/words")
    assert config["objective"]["stop_gradient"] is True


def test_a_model_says_what_it_came_from(first) -> None:
    table, run = first
    facts = load_model(run / "model").facts
    assert facts.group.startswith("recon nano on small, settings ")
    assert (facts.method, facts.seed, facts.epochs, facts.steps, facts.origin) == ("recon", 0, 1, 6, "")
    assert facts.categories == as_shapes(table).meta.classes
    assert facts.data == [
        {"name": table.name, "fingerprint": as_shapes(table).fingerprint(), "splits": ["train"], "license": ""}
    ]


def test_groups_differ_in_what_learns_and_not_in_seeds(first, tmp_path) -> None:
    def group(**changes) -> str:
        how = settings(stop_after=1)
        how["train"] |= changes.pop("train", {})
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        pretrain(first[0], place, **how, **changes)
        return RunFolder(place).config()["group"]

    base = group()
    assert base == group(train={"seed": 3}) == group(train={"log_every": 1})
    assert base != group(objective={"mask_ratio": 0.5})
    assert group(group="mine") == "mine"
    begun = [replace(PretrainConfig(), init=f"/home/{who}/run/model") for who in ("jane", "joe")]
    named = [group_of(config) for config in begun]
    assert named[0] != named[1]
    assert all(", init run " in name and "home" not in name for name in named)
    assert group_of(replace(PretrainConfig(), init="hub:a/b")).endswith(", init hub:a/b")


def test_few_shapes_are_warned_of_and_arrays_are_taken(tmp_path, capsys) -> None:
    points = np.random.default_rng(0).normal(size=(8, 80, 3))
    how = {**settings(stop_after=1), "objective": {"paradigm": "reconstruct"}}
    pretrain(points, tmp_path / "run", **how)
    said = capsys.readouterr().err
    assert "8 shapes are few" in said
    assert "random weights" in said


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"objective": {"mask_ratio": 0.1}}, "hides none of 8 patches"),
        ({"objective": {"self_contrast": True}, "train": {"batch_size": 1}}, "leave 1 in some"),
        ({"optim": {"warmup_epochs": -1}}, "optim.warmup_epochs must be at least 0"),
        ({"optim": {"clip": -1}}, "optim.clip must be at least 0"),
        ({"optim": {"weight_decay": -0.1}}, "optim.weight_decay must be at least 0"),
        ({"optim": {"beta2": 1}}, "optim.beta2 must be at least 0 and below 1"),
        ({"optim": {"final_rate": -1e-6}}, "optim.final_rate must be at least 0"),
        ({"optim": {"learning_rate": float("nan")}}, "optim.learning_rate must be above 0"),
        ({"objective": {"temperature": 0}}, "objective.temperature must be above 0"),
        ({"objective": {"image_weight": -1}}, "objective.image_weight must be at least 0"),
        ({"train": {"checkpoint_minutes": -1}}, "train.checkpoint_minutes must be at least 0"),
        ({"train": {"probe_every": -1}}, "train.probe_every must be at least 0"),
        ({"train": {"device": "gpu"}}, "train.device must be auto"),
    ],
)
def test_values_that_cannot_be_are_refused_before_work(first, tmp_path, changes: dict, says: str) -> None:
    how = settings()
    for group, values in changes.items():
        how[group] = {**how.get(group, {}), **values}
    with pytest.raises(InputError, match=says) as caught:
        pretrain(first[0], tmp_path / "run", **how)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


WINDOWS = """
import os, sys
import torch, torch.distributed, lightning_fabric  # which may ask for it themselves
sys.modules["resource"] = None
del os.sysconf
import pointrecon.memory as memory
memory.Path = lambda *_: (_ for _ in ()).throw(OSError)  # no /proc either
from pointrecon import pretrain
sys.path[:0] = sys.argv[3:]
from training_tables import settings
print(pretrain(sys.argv[1], sys.argv[2], **settings(epochs=1, device="cpu")).peak_memory)
"""


def test_training_runs_where_python_has_no_resource_module(first, tmp_path) -> None:
    words = [
        sys.executable,
        "-c",
        WINDOWS,
        str(first[0]),
        str(tmp_path / "run"),
        *[p for p in sys.path if "tests" in p],
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0"
    assert "peak memory" not in done.stderr


def test_a_transfer_writes_the_warm_up_that_runs() -> None:
    config = resolve(FinetuneConfig, "finetune", overrides={"train": {"epochs": 20}})
    assert (config.optim.warmup_epochs, config.settled().optim.warmup_epochs) == (10, 4)
    saved = asdict(config.settled())
    assert resumed(FinetuneConfig, "finetune", saved, overrides={"optim": {"warmup_epochs": 10}}) == config.settled()
