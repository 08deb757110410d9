"""Models kept while pre-training, and the released rule for choosing one of them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from labeled import TINY, sticks
from pointrecon import load_model, pretrain, probe
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import load_records
from pointrecon.evaluation.measured_run import best_on_test, kept_models
from pointrecon.evaluation.record import Record
from pointrecon.training.run_folder import RunFolder


def how(**train: object) -> dict:
    quick = {"epochs": 3, "batch_size": 12, "device": "cpu", "precision": "32", "keep_every": 1, "probe_every": 0}
    optim = {"learning_rate": 5e-3, "warmup_epochs": 0}
    return {"model": dict(TINY), "objective": {"paradigm": "reconstruct"}, "optim": optim, "train": {**quick, **train}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("kept")
    sticks().save(place / "sticks.npz")
    assert pretrain(place / "sticks.npz", place / "run", **how()).finished
    return place


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_model(path).state_dict()


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def test_epochs_are_kept_as_they_were(place: Path, tmp_path: Path) -> None:
    kept = kept_models(place / "run")
    assert list(kept) == ["epoch-0001", "epoch-0002", "epoch-0003", "last"]
    assert same(weights(kept["epoch-0003"]), weights(kept["last"]))
    assert not same(weights(kept["epoch-0001"]), weights(kept["epoch-0002"]))
    assert "after 2 epochs" in (kept["epoch-0002"] / "README.md").read_text()
    assert not pretrain(place / "sticks.npz", tmp_path / "run", **how(stop_after=4)).finished
    folder = RunFolder(tmp_path / "run")
    config = folder.config()
    config["train"]["stop_after"] = 0
    (folder.path / "config.yaml").write_text(yaml.safe_dump(config))
    assert pretrain(out=tmp_path / "run", resume=True).finished
    assert all(same(weights(path), weights(kept[name])) for name, path in kept_models(tmp_path / "run").items())
    folder.create(config, overwrite=True)
    with pytest.raises(InputError, match="has no model yet"):
        kept_models(tmp_path / "run")


def test_nothing_is_kept_unless_asked_for(place: Path, tmp_path: Path) -> None:
    pretrain(place / "sticks.npz", tmp_path / "run", **how(keep_every=0, epochs=1))
    assert list(kept_models(tmp_path / "run")) == ["last"]
    assert not (tmp_path / "run" / "models").exists()
    assert kept_models(tmp_path / "run" / "model") == {}
    assert kept_models("owner/name") == {}


def record(accuracy: float, task: str = "probe/svm", weights: str = "pre-trained", **more: object) -> Record:
    values = {"protocol": "paper", "model": "m", "data": "t", "split": "test", "seed": 0, **more}
    return Record(task=task, weights=weights, metrics={"accuracy": accuracy}, machine="m", versions={}, **values)


def test_each_task_takes_the_epoch_that_does_best_for_it() -> None:
    one = [record(0.7), record(0.9, "probe/knn")]
    two = [record(0.8), record(0.6, "probe/knn")]
    before = [replace(r) for r in (*one, *two)]
    found = best_on_test({"epoch-0001": one, "last": two})
    assert [(r.task, r.weights, r.metrics["accuracy"]) for r in found] == [
        ("probe/svm", "pre-trained", 0.8),
        ("probe/knn", "pre-trained", 0.9),
    ]
    assert found[0].choices == {"pre_training": "last", "pre_training_accuracies": {"epoch-0001": 0.7, "last": 0.8}}
    assert "of 2 kept epochs of pre-training the best on the test shapes" in found[0].notes[0]
    assert [*one, *two] == before


def test_a_probe_of_a_run_honours_the_protocol(place: Path, tmp_path: Path) -> None:
    quiet = {"probes": ["knn"], "show": False, "progress": False, "encode": {"device": "cpu"}}
    honest = probe(place / "run", place / "sticks.npz", **quiet)
    assert {r.model for r in honest.records} == {str(place / "run" / "model")}
    assert all("pre_training" not in r.choices for r in honest.records)
    each = {
        name: probe(path, place / "sticks.npz", protocol="paper", **quiet).mean(weights="pre-trained")
        for name, path in kept_models(place / "run").items()
    }
    out = tmp_path / "results" / "probe.json"
    assert main(["probe", str(place / "run"), str(place / "sticks.npz"), "--probes", "knn", "--protocol", "paper",
                 "--device", "cpu", "--out", str(out)]) == 0  # fmt: skip
    untrained, trained = load_records(out)
    assert (untrained.weights, trained.weights) == ("untrained", "pre-trained")
    assert trained.choices["pre_training_accuracies"] == each
    assert trained.metrics["accuracy"] == max(each.values())
    assert trained.data == str(place / "sticks.npz")
