"""A recipe may begin with another, and so on: what it says itself wins, and it is told whose each setting is."""

from pathlib import Path

import pytest
import yaml

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.recipe import layers, recipe, recipe_settings, recipes
from pointrecon.settings import given, resolve, settings_parser
from pointrecon.training.pretrain_config import PretrainConfig


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_begins_with_a_file_that_begins_with_a_recipe(tmp_path: Path) -> None:
    written(tmp_path / "first.yaml", "base: made-nano\ntrain: {epochs: 3}\nobjective: {text: none}\n")
    mine = written(tmp_path / "mine.yaml", "base: first.yaml\ntrain: {seed: 4}\nobjective: {text: auto}\n")
    made = recipe("made-nano").settings
    assert (made["objective"]["image"], made["objective"]["targets"], made["train"]["epochs"]) == (
        "imagenet",
        "mean",
        28,
    )
    wanted = made | {"train": {**made["train"], "epochs": 3, "seed": 4}}
    wanted["objective"] = {**made["objective"], "text": "auto"}
    assert recipe_settings(str(mine), "pretrain") == wanted
    assert [layer.name for layer in layers(mine, None)][:2] == ["made-nano-2", "made-nano"]


def test_python_recipe_and_config_mean_the_same(tmp_path: Path) -> None:
    mine = written(tmp_path / "mine.yaml", "base: nano\ntrain: {epochs: 3}\nmodel: {size: tiny}\n")
    python = resolve(PretrainConfig, "pretrain", recipe=mine)
    assert (python.train.epochs, python.train.batch_size, python.model.size) == (3, 32, "tiny")
    for command in ("pretrain", "ablate"):
        parser = settings_parser(PretrainConfig, command)
        for words in (["--config", str(mine)], [f"--config={mine}"]):
            found = given(parser, [*words, "--train.epochs", "5"])
            assert resolve(PretrainConfig, "pretrain", overrides=found) == resolve(
                PretrainConfig, "pretrain", recipe=mine, overrides={"train": {"epochs": 5}}
            )


def test_a_command_reads_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    fewer = written(tmp_path / "fewer.yaml", "base: modelnet40-5w20s\nway: 3\n")
    with pytest.raises(SystemExit):
        main(["few-shot", "nothing", "nowhere", "--recipe", str(fewer), "--print_config"])
    found = yaml.safe_load(capsys.readouterr().out)
    assert (found["way"], found["shot"], found["draw"]) == (3, 20, "farthest")


def test_what_cannot_be_begun_with_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    written(one, "base: two.yaml\n")
    written(two, "base: one.yaml\n")
    for text, says in (
        ("base: made-nanoo\n", "begins with 'made-nanoo': there is no recipe or file .*; did you mean 'made-nano'"),
        ("base: modelnet40-1k\n", "the recipe 'modelnet40-1k' is for 'pointrecon finetune'"),
        ("base: [nano]\n", r"base is \['nano'\], expected the name of a recipe or a file"),
        ("base: two.yaml\n", "in a circle: .*mine.yaml > .*two.yaml > .*one.yaml > .*two.yaml; change"),
        ("base: mine.yaml\n", "in a circle: .*mine.yaml > .*mine.yaml; change"),
    ):
        mine = written(tmp_path / "mine.yaml", text)
        with pytest.raises(InputError, match=says):
            recipe_settings(str(mine), "pretrain")
        assert main(["pretrain", "nothing.npz", "-o", str(tmp_path / "run"), "--config", str(mine)]) == 2
        told = capsys.readouterr().err.strip()
        assert "\n" not in told
        assert "begin" in told or "expected" in told


def test_the_command_shows_the_whole_and_whose_it_is(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for one in recipes():
        assert main(["recipes", one.name]) == 0
        shown = capsys.readouterr().out
        if one.command != "ablate":
            assert yaml.safe_load(shown) == one.settings  # a file that needs no other
    assert main(["recipes", "made-mini"]) == 0
    shown = capsys.readouterr().out
    assert "base: made-nano, made-nano-2" in shown
    assert "  size: mini\n" in shown
    assert "  targets: mean  # made-nano-2\n" in shown
    assert "  image: imagenet  # made-nano\n" in shown
    assert main(["recipes", str(written(tmp_path / "mine.yaml", "base: modelnet40-1k\nseeds: 5\n"))]) == 0
    shown = capsys.readouterr().out
    assert "seeds: 5\n" in shown
    assert "votes: 10  # modelnet40-1k\n" in shown
