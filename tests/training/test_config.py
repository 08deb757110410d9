"""Settings from recipes, files, words and Python mean the same."""

from dataclasses import asdict

import pytest
import yaml

from pointrecon.cli import pretrain as command
from pointrecon.errors import InputError
from pointrecon.recipe import recipe_names
from pointrecon.settings import resolve, resumed
from pointrecon.training.pretrain_config import PretrainConfig


def config(recipe: str | None = None, **overrides) -> PretrainConfig:
    return resolve(PretrainConfig, "pretrain", recipe=recipe, overrides=overrides)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_resolves(name: str) -> None:
    assert config(name).model.resolve().size == config(name).model.size


def test_layers_win_in_order_and_words_mean_what_python_means(tmp_path, monkeypatch) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("train: {epochs: 7}\noptim: {learning_rate: 2e-4}\n")
    asked = {}
    monkeypatch.setattr(
        "pointrecon.training.pretraining.pretrain", lambda data, **given: asked.update(given, data=data)
    )
    command.main(["a", "-o", "b", "--config", str(mine), "--train.seed", "5", "--recipe", "nano"])
    settings = {"train": {"epochs": 7, "seed": 5}, "optim": {"learning_rate": 2e-4}}
    assert asked == {"data": ["a"], "out": "b", "recipe": "nano", **settings}
    found = config("nano", **settings)
    assert (found.train.epochs, found.train.seed, found.train.batch_size) == (7, 5, 32)
    assert found.optim.learning_rate == 2e-4
    assert found.objective.contrast_loss == "infonce"


def test_what_is_written_reads_back_the_same() -> None:
    made = config("nano", objective={"stop_gradient": False}, data=["a"], out="b")
    assert config(**yaml.safe_load(yaml.safe_dump(asdict(made)))) == made


def test_nothing_of_the_caller_is_changed_and_nothing_touches_the_disk(monkeypatch) -> None:
    splits, base = ["train"], config("nano")
    overrides = {"splits": splits, "train": {"epochs": 5}}
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("a temporary folder"))
    found = resolve(PretrainConfig, "pretrain", config=base, overrides=overrides)
    found.splits.append("val")
    found.train.seed = 3
    assert overrides == {"splits": ["train"], "train": {"epochs": 5}}
    assert splits == ["train"]
    assert base == config("nano")
    assert found.train.batch_size == base.train.batch_size


def test_a_run_that_goes_on_keeps_its_settings_but_how_it_is_carried_out() -> None:
    saved = asdict(config("nano", train={"epochs": 9}))
    same = {"train": {"epochs": 9, "device": "cpu"}}
    found = resumed(PretrainConfig, "pretrain", saved, recipe="nano", overrides=same)
    assert (found.train.epochs, found.train.device, found.objective.contrast_loss) == (9, "cpu", "infonce")
    with pytest.raises(InputError, match=r"train.seed is 0 in this run and 4 here"):
        resumed(PretrainConfig, "pretrain", saved, overrides={"train": {"seed": 4}})


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"train": {"epoch": 3}}, "train.epochs"),
        ({"trian": {"epochs": 3}}, "trian"),
        ({"train": {"epochs": "many"}}, "epochs"),
        ({"train": 5}, "'train' is '5', expected settings"),
        ({"train": {"epochs": 0}}, "at least 1"),
        ({"optim": {"learning_rate": -1}}, "above 0"),
        ({"train": {"probe_every": None}}, "train.probe_every must be a number, not null"),
        ({"splits": "trian"}, "no split 'trian'; did you mean 'train'"),
        ({"splits": ["train", "half"]}, "no split 'half'; there are train, val, test"),
        ({"augment": {"rotate": "w"}}, "rotate"),
        ({"objective": {"mask_kind": "odd"}}, "mask_kind"),
    ],
)
def test_python_overrides_are_checked_like_words(overrides: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        config(**overrides)
    assert "\n" not in str(caught.value)


def test_splits_are_a_list_or_one_word() -> None:
    assert config(splits="train,val").splits == config(splits=["train", "val"]).splits == ["train", "val"]
    assert config(splits="train,").splits == config().splits == ["train", ""]
