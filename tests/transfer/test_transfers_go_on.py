"""A stopped run goes on from its folder alone: whatever became of the model it began from, or where its shapes lie."""

import shutil
import signal

import pytest

from labeled import TINY, model_folder, settings, sticks
from parted import parted
from parted import settings as part_settings
from pointrecon import as_shapes, finetune, load_model, segment
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation import load_records
from pointrecon.models import create_model
from pointrecon.models.facts import ModelFacts, weights_hash
from pointrecon.training import updating
from pointrecon.transfer import few_shot
from repeated_runs import assert_same_weights, same


@pytest.mark.parametrize("command", [finetune, segment])
def test_the_source_and_the_tables_place_may_be_gone(tmp_path, command) -> None:
    """Before, the second seed looked for a model folder that was no longer there."""
    data, how = tmp_path / "shapes.npz", settings if command is finetune else part_settings
    (sticks() if command is finetune else parted()).save(data)
    model_folder(tmp_path / "source")
    stop = how(seeds=2, train={"epochs": 2, "stop_after": 3})
    command(tmp_path / "source", data, tmp_path / "whole", **how(seeds=2, train={"epochs": 2}))
    with pytest.raises(Stopped):
        command(tmp_path / "source", data, tmp_path / "run", **stop)
    shutil.rmtree(tmp_path / "source")
    data = data.rename(tmp_path / "moved.npz")
    result = command(data=data, out=tmp_path / "run", resume=True, train={"stop_after": 0})
    assert_same_weights(tmp_path / "whole", tmp_path / "run")
    name = "finetune.json" if command is finetune else "segment.json"
    whole = load_records(tmp_path / "whole" / "results" / name)
    for ours, theirs in zip(result, whole, strict=True):
        assert ours.metrics == same(theirs.metrics, 0.12)
    assert [r.origin for r in result] == [r.origin for r in whole] != ["", ""]
    assert not (tmp_path / "run" / "start").exists()  # only a run that is to go on needs it


def test_other_shapes_another_model_and_other_settings_are_refused(tmp_path, capsys) -> None:
    sticks().save(tmp_path / "sticks.npz")
    other = sticks()
    other.label[:2] = other.label[1::-1]  # the same ids and points, two of them called otherwise
    other.save(tmp_path / "other.npz")
    model_folder(tmp_path / "model")
    model_folder(tmp_path / "model-2")
    words = [tmp_path / "model", tmp_path / "sticks.npz", tmp_path / "run"]
    with pytest.raises(Stopped):
        finetune(*words, **settings(train={"epochs": 2, "stop_after": 1}))
    with pytest.raises(InputError, match="other shapes than the run"):
        finetune(data=tmp_path / "other.npz", out=tmp_path / "run", resume=True)
    with pytest.raises(InputError, match="began from"):
        finetune(tmp_path / "model-2", out=tmp_path / "run", resume=True)
    with pytest.raises(InputError, match="train.epochs is 2 in this run and 3 here"):
        finetune(out=tmp_path / "run", resume=True, train={"epochs": 3})
    with pytest.raises(InputError, match="to go on with"):
        finetune(tmp_path / "model", tmp_path / "sticks.npz", resume=True)
    finetune(*words, resume=True, **settings(train={"epochs": 2, "stop_after": 0}))  # the same call, with resume
    assert (tmp_path / "run" / "model").is_dir()


def test_a_signal_stops_in_good_order_and_the_command_says_how_to_go_on(tmp_path, capsys, monkeypatch) -> None:
    """Before, the status was 0 and segment told to go on with 'pointrecon pretrain'."""
    sticks().save(tmp_path / "sticks.npz")
    model_folder(tmp_path / "model")
    plain = updating.learning_rate

    def interrupted(*args, **how):
        signal.raise_signal(signal.SIGTERM)
        return plain(*args, **how)

    monkeypatch.setattr(updating, "learning_rate", interrupted)
    words = ["finetune", str(tmp_path / "model"), str(tmp_path / "sticks.npz"), "-o", str(tmp_path / "run")]
    words += ["--seeds", "1", "--train.epochs", "1", "--train.device", "cpu", "--train.batch_size", "12"]
    assert main(words) == 143
    assert f"go on with: pointrecon {' '.join(words)} --resume" in capsys.readouterr().err
    monkeypatch.setattr(updating, "learning_rate", plain)
    assert main([*words, "--resume"]) == 0
    few = ["few-shot", *words[1:3], "--way", "3", "--shot", "2", "--epochs", "2", "--batch-size", "3", "--folds", "1"]
    monkeypatch.setattr(updating, "learning_rate", interrupted)
    assert main(few) == 143
    assert "without --out nothing was kept" in capsys.readouterr().err


def test_a_run_that_never_began_begins(tmp_path) -> None:
    """The command that main tells after an early Ctrl-C works whenever the key was pressed."""
    sticks().save(tmp_path / "sticks.npz")
    model = model_folder(tmp_path / "model")
    finetune(model, tmp_path / "sticks.npz", tmp_path / "run", resume=True, **settings(train={"epochs": 1}))
    few_shot(model, sticks(), tmp_path / "folds", way=3, shot=2, folds=1, method="knn", resume=True, progress=False)
    assert len(list((tmp_path / "folds" / "results").iterdir())) == 1


def test_models_and_records_know_where_they_come_from(tmp_path) -> None:
    source = create_model("nano", seed=3, **TINY)
    source.facts = ModelFacts("recon", "recon nano", seed=7, data=[{"name": "clouds", "fingerprint": "f"}])
    result = finetune(source, sticks(), tmp_path / "run", **settings(mode="linear", seeds=2, train={"epochs": 1}))
    record, facts = result.records[0], load_model(result.model).facts
    assert (record.group, record.pretrain_seed, record.origin) == ("recon nano", 7, weights_hash(source))
    assert (record.data, len(record.data_fingerprint)) == ("sticks", 16)
    assert record.model_hash == weights_hash(load_model(tmp_path / "run" / "seed-0" / "model"))
    assert (facts.method, facts.group, facts.seed) == ("finetune/linear", "recon nano finetune/linear", 7)
    assert (facts.origin, facts.epochs) == (weights_hash(source), 1)
    assert [(d["name"], d.get("splits")) for d in facts.data] == [("clouds", None), ("sticks", ["train"])]
    assert facts.data[1]["fingerprint"] == record.data_fingerprint
    how = settings(mode="linear", from_scratch=True, train={"epochs": 1})
    scratch = finetune(source, sticks(), tmp_path / "scratch", **how)
    facts = load_model(scratch.model).facts
    assert (facts.origin, facts.seed, len(facts.data)) == ("", None, 1)
    assert (scratch.records[0].origin, scratch.records[0].pretrain_seed) == ("", None)
    parts = segment(source, parted(), tmp_path / "parts", **part_settings(train={"epochs": 1})).records[0]
    assert parts.data_fingerprint == as_shapes(parted()).fingerprint()  # as every other measurement on these shapes
    folds = few_shot(source, sticks(), way=3, shot=2, folds=1, method="knn", progress=False)
    assert (folds.records[0].group, folds.records[0].model_hash) == ("recon nano", weights_hash(source))


@pytest.mark.parametrize("kind", ["path", "arrays", "table", "shapes", "list"])
def test_shapes_are_taken_as_everywhere(tmp_path, kind: str) -> None:
    from pointrecon import open_table

    sticks().save(tmp_path / "sticks.npz")
    path = tmp_path / "sticks.npz"
    data = {
        "path": path, "arrays": sticks(), "table": open_table(path), "shapes": as_shapes(path), "list": [path],
    }[kind]  # fmt: skip
    source = create_model("nano", seed=3, **TINY)
    result = finetune(source, data, tmp_path / "run", **settings(train={"epochs": 2}))
    again = finetune(source, path, tmp_path / "again", **settings(train={"epochs": 2}))
    assert [r.metrics for r in result] == [r.metrics for r in again]
    assert_same_weights(tmp_path / "run", tmp_path / "again")
    how = {"way": 3, "shot": 2, "folds": 2, "method": "svm", "progress": False}
    assert few_shot(source, data, **how).values() == few_shot(source, path, **how).values()


def test_few_shot_reads_only_the_shapes_of_its_folds(monkeypatch) -> None:
    """Before, the whole table was loaded."""
    from pointrecon.shapes.table.collection import Shapes

    read, plain = set(), Shapes.read
    shapes = as_shapes(sticks(720))

    def spy(self, index, *args, **how):
        if "points" in how.get("columns", ["points"]):
            read.update(self.places[index].tolist())
        return plain(self, index, *args, **how)

    monkeypatch.setattr(Shapes, "fingerprint", lambda *_: "mark")  # reads some points of all
    monkeypatch.setattr(Shapes, "read", spy)
    how = {"way": 3, "shot": 2, "queries": 3, "folds": 2, "progress": False, "epochs": 1, "batch_size": 6}
    for method in ("knn", "linear"):
        read.clear()
        few_shot(create_model("nano", seed=3, **TINY), shapes, method=method, **how)
        assert 0 < len(read) <= 2 * 3 * (2 + 3)


def test_swapped_model_and_shapes_are_told(tmp_path, capsys) -> None:
    sticks().save(tmp_path / "sticks.npz")
    model = str(model_folder(tmp_path / "model"))
    for command in ("finetune", "segment", "few-shot", "label-parts"):
        assert main([command, str(tmp_path / "sticks.npz"), model, "-o", str(tmp_path / "out")]) == 2
        assert "the order is MODEL DATA" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
    (tmp_path / "runs").mkdir()
    assert main(["few-shot", model, model, "--way", "3"]) == 2
    assert "is a model, not shapes" in capsys.readouterr().err


def test_the_device_is_the_one_asked_for(monkeypatch) -> None:
    """Before, few-shot cut "cuda:1" down to "cuda", the first GPU."""
    from pointrecon.transfer import episodes

    asked = []

    def spy(train, **how):
        asked.append(train.device)
        raise Stopped

    monkeypatch.setattr(episodes, "make_fabric", spy)
    how = {"way": 3, "shot": 2, "folds": 1, "epochs": 1, "progress": False}
    with pytest.raises(Stopped):
        few_shot(create_model("nano", seed=3, **TINY), sticks(), encode={"device": "cuda:1"}, **how)
    assert asked == ["cuda:1"]
    with pytest.raises(InputError, match="cuda:7"):
        few_shot(create_model("nano", seed=3, **TINY), sticks(), method="svm", encode={"device": "cuda:7"}, **how)
