"""Where models come from and what their folders hold: paths, runs, the hub, permissions, the card."""

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
import torch
import yaml

from pointrecon.errors import InputError
from pointrecon.files import whole_folder
from pointrecon.models import Head, ModelFacts, Teacher, create_model, load_model, save_model
from small import SMALL

FACTS = ModelFacts(
    method="recon",
    group="recon nano",
    data=[
        {"name": "Part Net", "splits": ["train"], "license": "CC BY-NC 4.0"},
        {"name": "scans", "splits": ["train", "val"], "license": ""},
    ],
    license="MIT",
    metrics={"validation svm accuracy": 0.875, "instance_miou": 0.5},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = create_model("nano", seed=0, **SMALL, teachers={"text": Teacher("words", 4, "", "ab" * 32, ["a {}."])})
    model.facts = FACTS
    return save_model(model, tmp_path_factory.mktemp("models") / "model")


def header(folder: Path) -> dict:
    return yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])


def test_a_run_folder_counts_as_its_model(folder: Path) -> None:
    run, one = load_model(folder.parent), load_model(folder)
    assert torch.equal(run.encoder.queries, one.encoder.queries)
    kept = folder.parent / "models" / "epoch-0100"
    save_model(one, kept)
    assert load_model(kept).facts == FACTS


def test_an_unfinished_run_names_what_it_has_kept(tmp_path: Path) -> None:
    save_model(create_model("nano", seed=0, **SMALL), tmp_path / "run" / "models" / "epoch-0004")
    with pytest.raises(InputError, match="models/epoch-0004"):
        load_model(tmp_path / "run")


def test_a_missing_path_is_not_looked_up_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: pytest.fail("asked the hub"))
    with pytest.raises(InputError, match="'hub:runs/parts'"):
        load_model("runs/parts")
    with pytest.raises(InputError, match="no model './runs/parts'"):
        load_model("./runs/parts")


def test_a_run_that_is_not_here_is_told_before_the_hub(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hub = "a model on the hub is written 'hub:runs/p'"
    with pytest.raises(InputError, match=f"no model 'runs/p': no such run or folder is here; {hub}$"):
        load_model("runs/p")
    shutil.copytree(folder, tmp_path / "runs" / "p1" / "model")
    (tmp_path / "runs" / "px").mkdir()  # holds no model
    with pytest.raises(InputError, match=rf"is here; did you mean 'runs/p1'\? \({hub}\)$"):
        load_model("runs/p")
    with pytest.raises(InputError, match=r"is here; did you mean 'made-nano'\?$"):
        load_model("made-nanno")


def test_the_hub_is_asked_for_a_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")
    asked: dict = {}

    def snapshot(name: str, **how: object) -> str:
        asked.update(how, name=name)
        return str(folder)

    monkeypatch.setattr(hub, "snapshot_download", snapshot)
    assert load_model("hub:someone/recon", revision="v2").facts == FACTS
    assert (asked["name"], asked["revision"]) == ("someone/recon", "v2")
    assert all(not name.endswith((".bin", ".pt", ".py")) for name in asked["allow_patterns"])
    with pytest.raises(InputError, match="has no revision"):
        load_model(folder, revision="v2")

    def fail(*_: object, **__: object) -> str:
        raise ConnectionError("offline")

    monkeypatch.setattr(hub, "snapshot_download", fail)
    with pytest.raises(InputError, match="network"):
        load_model("hub:someone/recon")


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_everything_written_has_the_permissions_of_new_files(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        saved = save_model(create_model("nano", seed=0, **SMALL), tmp_path / "m")
        with whole_folder(tmp_path / "other") as part:
            (part / "in").mkdir()
            os.close(os.open(part / "in" / "private", os.O_CREAT, 0o600))
    finally:
        os.umask(before)
    files = [*saved.iterdir(), tmp_path / "other" / "in" / "private"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o666 & ~mask}
    assert stat.S_IMODE(saved.stat().st_mode) == 0o777 & ~mask


def test_the_folder_says_what_the_model_needs(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    assert content["input"] == {"points": 96, "up": "y", "scaling": "mean 0, largest radius 1", "colors": "none"}
    card = (folder / "README.md").read_text()
    for words in (
        "96 points",
        "y up",
        "no colors",
        "abababab",
        "1 templates",
        "Part Net (train; CC BY-NC 4.0)",
        "| license | MIT |",
    ):
        assert words in card


def test_the_card_s_header_is_the_hub_s(folder: Path, tmp_path: Path) -> None:
    found = header(folder)
    assert found["license"] == "mit"
    assert found["datasets"] == ["part-net", "scans"]
    assert found["metrics"] == ["accuracy", "instance_miou"]
    hub = pytest.importorskip("huggingface_hub")
    data = hub.ModelCard((folder / "README.md").read_text()).data
    assert [(one.metric_name, one.metric_value) for one in data.eval_results] == list(FACTS.metrics.items())
    model = load_model(folder)
    model.facts.license = "ShapeNet: non-commercial research: and education | only"
    other = save_model(model, tmp_path / "m")
    assert header(other)["license"] == "other"
    assert header(other)["license_name"] == "shapenet-non-commercial-research-and-education-only"


def test_a_card_that_cuts_its_classes_says_so(tmp_path: Path) -> None:
    for count, words in ((60, "class 59 |"), (500, "class 59 … and 440 more, all in config.json |")):
        head = Head("linear", [f"class {i}" for i in range(count)])
        saved = save_model(create_model("nano", seed=0, **SMALL, head=head), tmp_path / str(count))
        assert words in (saved / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", 10**9), ("depth", 10**7), ("depth", 1), ("decoder_depth", 10**7), ("stem", 10**12), ("heads", 10**9)],
)
def test_a_size_is_not_believed_before_the_weights_are_looked_at(
    name: str, value: int, folder: Path, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "model"))
    content = json.loads((copied / "config.json").read_text())
    content["model"][name] = value
    (copied / "config.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"restore|model\.|has the shape|lacks the tensor|has the tensor"):
        load_model(copied)


def test_a_description_nested_without_end_is_damage(folder: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "model"))
    (copied / "config.json").write_text("[" * 200_000)
    with pytest.raises(InputError, match="damaged"):
        load_model(copied)


def test_the_size_is_compared_without_the_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading it takes five seconds; torch does so where numbers are drawn that nobody will see."""
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)
    load_model(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", True),
        ("depth", [1]),
        ("width", 32.0),
        ("drop_path", None),
        ("streams", 3),
        ("teachers", "x"),
        ("head", 1),
    ],
)
def test_values_of_other_kinds_in_the_description(name: str, value: object, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    content = json.loads((tmp_path / "m" / "config.json").read_text())
    content["model"][name] = value
    (tmp_path / "m" / "config.json").write_text(json.dumps(content))
    with pytest.raises(InputError):
        load_model(tmp_path / "m")
