"""The models that come along: whole, offline, by name wherever a model is wanted, and with a recipe of its own."""

import hashlib
import shutil
import socket
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

import pointrecon
from labeled import sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import is_model, resolve_model
from pointrecon.evaluation.record import load_records
from pointrecon.models import create_model, load_model, save_model
from pointrecon.models.facts import weights_hash
from pointrecon.models.files.card import model_card
from pointrecon.models.files.ready import READY, check_ready, ready_folder
from pointrecon.settings import resolve
from pointrecon.training.first_weights import FEW, begins_with
from pointrecon.training.pretrain_config import PretrainConfig
from small import SMALL


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("asked the network"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clouds(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 700, 3)).astype(np.float32)


@pytest.mark.parametrize("name", READY)
def test_it_loads_into_float32_and_gives_features(name: str, here: Path) -> None:
    model = load_model(name)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    stored = load_file(ready_folder(name) / "model.safetensors")
    assert {t.dtype for t in stored.values() if t.is_floating_point()} == {torch.float16}
    assert all(torch.equal(stored[key].to(value.dtype), value) for key, value in model.state_dict().items())
    features = model.features(model.prepare(clouds(), up="z"))
    assert features.shape == (3, 2 * model.config.width)
    assert features.isfinite().all()
    assert not torch.allclose(features[0], features[1])


@pytest.mark.parametrize("name", READY)
def test_its_weights_have_the_hash_that_card_and_code_tell(name: str) -> None:
    folder = ready_folder(name)
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == READY[name]
    card = (folder / "README.md").read_text()
    assert READY[name] in card
    model = load_model(name)
    size = model.config.size
    told = model_card(model).replace(f"# ReCon {size}", f"# {name} (ReCon {size})")
    assert card == told.replace('"this-folder"', f'"{name}"')
    most = {"made-nano": 5_000_000, "made-mini": 10_000_000}
    assert sum(file.stat().st_size for file in folder.iterdir()) < most[name]


def test_other_weights_under_its_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(ready_folder("made-nano"), tmp_path / "made-nano")
    monkeypatch.setattr("pointrecon.models.files.ready.ready_folder", lambda _: copy)
    check_ready("made-nano")
    content = bytearray((copy / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (copy / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="is not the one that came along"):
        check_ready("made-nano")
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match="is missing"):
        check_ready("made-nano")


def test_a_folder_of_its_name_wins_and_this_is_said(here: Path) -> None:
    save_model(create_model("nano", seed=0, **SMALL), here / "made-nano" / "model")
    with pytest.warns(UserWarning, match="not the one of that name that comes along"):
        assert load_model("made-nano").config.width == SMALL["width"]
    assert load_model("./made-nano").config.width == SMALL["width"]  # said by who asks: no warning
    shutil.rmtree(here / "made-nano" / "model")
    with pytest.raises(InputError, match="rename it to have the model"):
        load_model("made-nano")


def test_its_name_is_a_model_s_wherever_one_is_wanted(here: Path) -> None:
    assert is_model("made-nano")
    assert resolve_model("made-nano")[1] == "made-nano"
    with pytest.raises(InputError, match="did you mean 'made-nano'"):
        load_model("made-nan")
    with pytest.raises(InputError, match="has no revision"):
        load_model("made-nano", revision="v2")


def test_commands_take_its_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sticks(24).save(here / "parts.npz")
    assert main(["embed", "made-nano", "parts.npz", "-o", "vectors.npz", "--device", "cpu"]) == 0
    vectors = np.load("vectors.npz")["embedding"]
    assert vectors.shape == (24, 256)
    assert np.isfinite(vectors).all()
    capsys.readouterr()
    assert main(["embed", "parts.npz", "-o", "alone.npz", "--device", "cpu"]) == 0
    assert "no model is named: this is made-nano" in capsys.readouterr().err
    np.testing.assert_array_equal(np.load("alone.npz")["embedding"], vectors)
    assert main(["probe", "parts.npz", "--probes", "knn", "-o", "p.json", "--device", "cpu"]) == 0
    assert load_records("p.json")[0].model == "made-nano"
    for given in ({"data": "parts.npz"}, {"model": "parts.npz"}):
        found = pointrecon.probe(**given, probes="knn", encode={"device": "cpu"}, show=False, progress=False)
        assert found.records[-1].metrics == load_records("p.json")[-1].metrics
    capsys.readouterr()
    small = ["--recipe", "nano", "--train.epochs", "1", "--train.device", "cpu", "--train.batch_size", "6"]
    small += ["--objective.paradigm", "reconstruct"]
    assert main(["pretrain", "parts.npz", "-o", "alone", *small, "--init", "none"]) == 0
    assert "the same command with --init made-nano" in capsys.readouterr().err
    assert load_model("alone").facts.origin == ""
    assert main(["pretrain", "parts.npz", "-o", "on", *small]) == 0  # few shapes: from the model that comes along
    assert "so it goes on from 'made-nano' (--init none" in capsys.readouterr().err
    assert yaml.safe_load(Path("on/config.yaml").read_text())["init"] == "made-nano"
    facts = load_model("on").facts
    assert ", init made-nano" in facts.group
    assert facts.origin == weights_hash(load_model("made-nano"))
    assert facts.data[0]["name"] == "made"
    short = ["--train.epochs", "1", "--train.device", "cpu", "--seeds", "1", "--train.batch_size", "6"]
    assert main(["finetune", "parts.npz", "-o", "classes", *short]) == 0
    assert load_model("classes").facts.origin == facts.origin


def test_the_command_lists_it_and_prints_its_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    listed = capsys.readouterr().out
    assert all(words in listed for words in ("made-nano", "4.6 MB", "license MIT", "validation"))
    assert main(["models", "made-nano"]) == 0
    assert capsys.readouterr().out == (ready_folder("made-nano") / "README.md").read_text()
    assert main(["models", "made-nan"]) == 2
    assert "did you mean 'made-nano'" in capsys.readouterr().err


def test_pre_training_begins_with_it_where_it_fits_and_shapes_are_few() -> None:
    def begun(count: int = 20, recipe: str = "nano", **settings: Any) -> str:
        return begins_with(resolve(PretrainConfig, "pretrain", recipe=recipe, overrides=settings), count)

    assert begun() == begun(objective={"paradigm": "reconstruct"}) == begun(model={"points": 64}) == "made-nano"
    assert begun(recipe="made-mini", init="auto") == "made-mini"
    assert begun(FEW) == begun(init="none") == begun(init="") == begun(recipe="made-nano-1") == ""
    assert begun(model={"width": 64}) == begun(model={"up": "z"}) == begun(recipe="made-base") == ""
    assert begun(objective={"paradigm": "contrast"}) == ""  # one stream for patches and queries
    assert begun(FEW, init="runs/parts") == "runs/parts"


@pytest.mark.parametrize("name", READY)
def test_the_recipe_has_the_seed_and_the_length_of_the_run_that_made_it(name: str) -> None:
    again, facts = resolve(PretrainConfig, "pretrain", recipe=name), load_model(name).facts
    assert (again.train.seed, again.train.epochs) == (facts.seed, facts.epochs)


def test_the_package_holds_its_files() -> None:
    root = Path(pointrecon.__file__).parent
    pyproject = root.parents[1] / "pyproject.toml"
    if not pyproject.is_file():
        pytest.skip("installed, not a clone")
    patterns = tomllib.loads(pyproject.read_text())["tool"]["setuptools"]["package-data"]["pointrecon"]
    held = {file for pattern in patterns for file in root.glob(pattern)}
    for name in READY:
        there = held & set(ready_folder(name).iterdir())
        assert {file.name for file in there} == {"config.json", "model.safetensors", "README.md"}


@pytest.mark.parametrize("name", READY)
def test_it_tells_how_sure_its_names_are_and_what_it_was_taught(name: str) -> None:
    facts = load_model(name).facts
    assert facts.calibration["naming"] > 0
    assert {"chair", "bolt"} <= set(facts.categories)
