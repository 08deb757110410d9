"""Settings from recipes, files, words and Python mean the same."""

import pytest
import yaml

from pointrecon.errors import InputError
from pointrecon.training.pretrain_config import (
    PretrainConfig,
    from_words,
    recipe_names,
    recipe_path,
    resolve,
    settings_parser,
)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_resolves(name: str) -> None:
    config = resolve(data=["a.npz"], out="run", recipe=name)
    assert config.model.resolve().size == config.model.size
    assert config.data == ["a.npz"]


def test_layers_win_in_order(tmp_path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("train: {epochs: 7}\noptim: {learning_rate: 2e-4}\n")
    parser = settings_parser()
    words = ["--config", str(recipe_path("nano")), "--config", str(mine), "--train.seed", "5"]
    config = from_words(parser, words, data=["a"], out="b")
    assert config.train.epochs == 7
    assert config.train.seed == 5
    assert config.optim.learning_rate == 2e-4
    assert config.objective.contrast_loss == "infonce"


def test_what_is_written_reads_back_the_same() -> None:
    config = resolve(data=["a"], out="b", recipe="nano", overrides={"objective": {"stop_gradient": False}})
    values = yaml.safe_load(yaml.safe_dump(config.to_dict()))
    again = resolve(data=values.pop("data"), out=values.pop("out"), overrides=values)
    assert again == config
    assert isinstance(again, PretrainConfig)


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"train": {"epoch": 3}}, "train.epochs"),
        ({"trian": {"epochs": 3}}, "trian"),
        ({"train": {"epochs": "many"}}, "epochs"),
        ({"train": {"epochs": 0}}, "at least 1"),
        ({"optim": {"learning_rate": -1}}, "above 0"),
        ({"augment": {"rotate": "w"}}, "rotate"),
        ({"objective": {"mask_kind": "odd"}}, "mask_kind"),
    ],
)
def test_python_overrides_are_checked_like_words(overrides: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        resolve(data=["a"], out="b", overrides=overrides)
    assert "\n" not in str(caught.value)
