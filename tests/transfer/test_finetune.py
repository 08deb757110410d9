"""Fine-tuning: every mode learns, frozen means frozen, resuming repeats, and the test shapes are seen once."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import model_folder, settings, sticks
from pointrecon import finetune, load_model
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation import load_records
from pointrecon.reports import report
from pointrecon.training.run_folder import RunFolder
from pointrecon.transfer import finetuning as job
from repeated_runs import assert_same_weights, repeats, same


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("finetune")
    sticks().save(place / "sticks.npz")
    model_folder(place / "model")
    return place


@pytest.fixture(scope="module")
def whole(place) -> Path:
    finetune(place / "model", place / "sticks.npz", place / "whole", **settings(votes=3))
    return place / "whole"


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_model(run / "model").state_dict()


def test_full_fine_tuning_learns_and_leaves_a_model_that_scores(place, whole) -> None:
    records = load_records(whole / "results" / "finetune.json")
    assert [r.task for r in records] == ["finetune/full", "finetune/full/votes3"]
    assert all(r.metrics["accuracy"] > 0.9 for r in records)
    first = records[0]
    assert (first.protocol, first.weights, first.split, first.seed) == ("honest", "pre-trained", "test", 0)
    assert first.counts == {"train": 36, "val": 18, "test": 18, "classes": 3}
    assert 1 <= first.choices["epoch"] <= 12
    assert first.metrics["selection_accuracy"] > 0.9
    model = load_model(whole / "model")
    assert model.config.head.classes == ["kind 0", "kind 1", "kind 2"]
    assert model.decoder is None
    assert not model.config.stop_gradient
    clouds = torch.from_numpy(sticks().points.astype(np.float32))[:6]
    assert model(model.prepare(clouds)).shape == (6, 3)
    assert "accuracy" in (whole / "model" / "README.md").read_text()


def test_the_model_kept_is_the_epoch_that_did_best(whole) -> None:
    measured = {
        line["epoch"]: line["probe/accuracy"] for line in RunFolder(whole).metrics() if "probe/accuracy" in line
    }
    assert len(measured) == 12
    record = load_records(whole / "results" / "finetune.json")[0]
    best = max(measured.values())
    assert record.choices["epoch"] == max(epoch for epoch, value in measured.items() if value == best)
    assert record.metrics["selection_accuracy"] == best


@pytest.mark.parametrize("mode", ["linear", "mlp3"])
def test_frozen_modes_learn_and_change_nothing_but_the_head(place, tmp_path, mode: str) -> None:
    how = settings(mode=mode, train={"epochs": 25})
    how["optim"]["learning_rate"] = 5e-3
    result = finetune(place / "model", place / "sticks.npz", tmp_path / "run", **how)
    assert result.mean() > 0.9
    before, after = load_model(place / "model").state_dict(), weights(tmp_path / "run")
    encoder = [name for name in after if name.startswith("encoder.")]
    assert len(encoder) > 20
    assert all(torch.equal(before[name], after[name]) for name in encoder)


@pytest.mark.parametrize("stop", [2, 9])
def test_a_stopped_run_resumes_to_the_same_result(place, whole, tmp_path, stop: int) -> None:
    run = tmp_path / "run"
    how = settings(votes=3, train={"stop_after": stop})
    with pytest.raises(Stopped):
        finetune(place / "model", place / "sticks.npz", run, **how)
    assert not (run / "model").exists()
    finetune(out=run, resume=True, train={"stop_after": 0})
    assert not (run / "start").exists()  # only a run that goes on needs it
    assert_same_weights(whole, run)
    found = [load_records(f / "results" / "finetune.json") for f in (whole, run)]
    for ours, theirs in zip(*found, strict=True):
        assert ours.metrics == same(theirs.metrics, 0.12)
        assert ours.confusion == theirs.confusion or not repeats()


def test_the_test_shapes_are_looked_at_once(place, tmp_path, monkeypatch) -> None:
    looks: list[tuple[int, int]] = []
    arrays = sticks()
    test = set(np.flatnonzero(arrays.split == "test").tolist())
    plain = job.class_scores

    def spy(model, shapes, **how):
        looks.append((len(test & set(shapes.places.tolist())), len(shapes)))
        return plain(model, shapes, **how)

    monkeypatch.setattr(job, "class_scores", spy)
    how = settings(train={"epochs": 3})
    finetune(place / "model", place / "sticks.npz", tmp_path / "run", **how)
    assert looks == [(0, 18)] * 3 + [(18, 18)]
    finetune(out=tmp_path / "run", resume=True)  # finished: nothing is looked at again
    assert len(looks) == 4
    looks.clear()
    result = finetune(place / "model", place / "sticks.npz", tmp_path / "paper", protocol="paper", **how)
    assert looks == [(18, 18)] * 4
    record = result.records[0]
    assert record.protocol == "paper"
    assert any("chosen on the test split" in note for note in record.notes)
    assert record.counts["train"] == 54
    assert record.metrics["selection_accuracy"] == record.metrics["accuracy"]


def test_all_labels_are_learned_from_and_no_epochs_compared(place, tmp_path, monkeypatch) -> None:
    looks: list[int] = []
    plain = job.class_scores
    monkeypatch.setattr(
        job, "class_scores", lambda m, shapes, **how: looks.append(len(shapes)) or plain(m, shapes, **how)
    )
    how = settings(protocol="all", train={"epochs": 2, "probe_every": 1, "stop_after": 2})
    with pytest.raises(InputError, match="none are left to compare epochs"):
        finetune(place / "model", place / "sticks.npz", tmp_path / "none", **how)
    how |= {"keep": {"epoch": "last"}}
    with pytest.raises(Stopped):
        finetune(place / "model", place / "sticks.npz", tmp_path / "all", **how)
    how["train"]["stop_after"] = 0
    result = finetune(place / "model", place / "sticks.npz", tmp_path / "all", resume=True, **how)  # it probes nothing
    assert looks == [18]
    record = result.records[0]
    assert (record.protocol, record.choices["epoch"]) == ("all", 2)
    assert record.counts == {"train": 54, "val": 0, "test": 18, "classes": 3}
    assert "selection_accuracy" not in record.metrics
    assert any("trained on too; the number of epochs, 2, was set before" in note for note in record.notes)
    facts = load_model(tmp_path / "all").facts
    assert facts.data[-1]["splits"] == ["train", "val"]
    assert "54 shapes, all, seed" in facts.protocol
    finetune(place / "model", place / "sticks.npz", tmp_path / "all", resume=True, **how)  # the same command goes on


def test_seeds_give_a_mean_and_a_deviation_and_go_on_where_they_stopped(place, tmp_path, monkeypatch) -> None:
    run, how = tmp_path / "run", settings(seeds=3, train={"epochs": 2, "seed": 5})
    result = finetune(place / "model", place / "sticks.npz", run, **how)
    assert [r.seed for r in result.records] == [5, 6, 7]
    found = [r.metrics["accuracy"] for r in result.records]
    assert result.mean() == pytest.approx(np.mean(found))
    assert result.deviation() == pytest.approx(np.std(found, ddof=1))
    assert [r.metrics for r in load_records(run / "results" / "finetune.json")] == [r.metrics for r in result.records]
    best = max(result.records, key=lambda r: r.metrics["selection_accuracy"])
    kept, own = weights(run), weights(run / f"seed-{best.seed}")
    assert all(torch.equal(kept[name], own[name]) for name in kept)

    import shutil

    shutil.rmtree(run / "seed-7")
    (run / "seed-6" / "results" / "finetune.json").unlink()
    untouched = (run / "seed-5" / "results" / "finetune.json").stat().st_mtime_ns
    again = finetune(out=run, resume=True)
    assert [r.metrics for r in again.records] == [r.metrics for r in result.records]
    assert (run / "seed-5" / "results" / "finetune.json").stat().st_mtime_ns == untouched


def test_options(place, tmp_path) -> None:
    how = settings(
        labels=0.5,
        from_scratch=True,
        classify={"label_smoothing": 0.1, "class_weights": "balanced", "draw": "farthest"},
        keep={"patience": 2, "average": 0.9},
        train={"epochs": 30},
    )
    result = finetune(place / "model", place / "sticks.npz", tmp_path / "run", **how)
    record = result.records[0]
    assert record.weights == "untrained"
    assert record.counts["train"] == 18
    assert record.choices["labels"] == 0.5
    epochs = [line["epoch"] for line in RunFolder(tmp_path / "run").metrics() if "probe/accuracy" in line]
    assert len(epochs) < 30
    one, two = load_model(place / "model").state_dict(), weights(tmp_path / "run")
    assert not torch.equal(one["encoder.queries"], two["encoder.queries"])


def test_a_size_is_enough_from_scratch(place, tmp_path) -> None:
    how = settings(from_scratch=True, points=64, patches=8, mode="linear", train={"epochs": 1})
    result = finetune("nano", place / "sticks.npz", tmp_path / "run", **how)
    assert load_model(result.model).config.patches == 8


def test_command_line(place, whole, tmp_path, capsys) -> None:
    words = ["--seeds", "1", "--votes", "3", "--drop_path", "0", "--optim.learning_rate", "2e-3"]
    words += ["--optim.warmup_epochs", "1"]
    train = {"epochs": 12, "batch_size": 12, "precision": "32", "compile": "off", "log_every": 3}
    words += [word for name, value in train.items() for word in (f"--train.{name}", str(value))]
    run = tmp_path / "run"
    assert main(["finetune", str(place / "model"), str(place / "sticks.npz"), "-o", str(run), *words]) == 0
    assert "accuracy" in capsys.readouterr().err
    assert_same_weights(whole, run)
    assert main(["finetune", str(place / "model"), str(place / "sticks.npz"), "-o", str(run)]) == 2
    assert "--resume" in capsys.readouterr().err
    words = ["finetune", "--config", str(run / "config.yaml"), str(place / "model"), str(place / "sticks.npz")]
    assert main([*words, "-o", str(tmp_path / "again"), "--train.epochs", "1"]) == 0  # as the report says
    again = RunFolder(tmp_path / "again").config()
    assert (again["votes"], again["train"]["epochs"], again["out"]) == (3, 1, str(tmp_path / "again"))


def test_a_report_tells_of_it(whole, tmp_path) -> None:
    pytest.importorskip("plotly")
    page = report(whole, out=tmp_path / "page.html", progress=False).read_text(encoding="utf-8")
    assert "Fine-tuned whole" in page
    assert "pointrecon finetune" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "model"),
        (["{model}", "-o", "{run}"], "is a model, not shapes"),
        (["{model}", "{table}"], "run folder"),
        (["{model}", "missing.lance", "-o", "{run}"], "missing.lance"),
        (["missing", "{table}", "-o", "{run}"], "missing"),
        (["{model}", "{plain}", "-o", "{run}"], "no labels"),
        (["{model}", "{table}", "-o", "{run}", "--mode", "mlp"], "mlp3"),
        (["{model}", "{table}", "-o", "{run}", "--protocol", "best"], "honest"),
        (["{model}", "{table}", "-o", "{run}", "--votes", "0"], "votes"),
        (["{model}", "{table}", "-o", "{run}", "--labels", "0"], "labels"),
        (["{model}", "{table}", "-o", "{run}", "--split", "tset"], "tset"),
        (["{model}", "{table}", "-o", "{run}", "--patches", "9999"], "patches"),
        (["{model}", "{table}", "-o", "{run}", "--classify.drow", "farthest"], "did you mean 'classify.draw'"),
        (["{model}", "{table}", "-o", "{run}", "--train.probe_every", "0"], "probe_every"),
        (["{model}", "{table}", "-o", "{run}", "--mode", "mlp3", "--train.batch_size", "1"], "batch"),
        (["-o", "nowhere", "--resume"], "nowhere"),
    ],
)
def test_bad_words_get_one_sentence_and_status_2(place, tmp_path, capsys, words, says) -> None:
    arrays = sticks()
    arrays.label[:] = -1
    arrays.save(tmp_path / "plain.npz")
    known = {"model": place / "model", "table": place / "sticks.npz", "run": tmp_path / "run"}
    filled = [word.format(**known, plain=tmp_path / "plain.npz") for word in words]
    assert main(["finetune", *filled]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert says in said[-1]
    assert not (tmp_path / "run").exists()


def test_resuming_something_else_is_refused(place, tmp_path) -> None:
    (tmp_path / "config.yaml").write_text(json.dumps({"data": [], "train": {}}))
    with pytest.raises(InputError, match="no run of 'pointrecon finetune'"):
        finetune(out=tmp_path, resume=True)


def test_records_and_card_say_what_was_chosen_and_on_what(place, tmp_path) -> None:
    sticks(splits=("train", "train", "test")).save(tmp_path / "sticks.npz")  # no validation split
    how = settings(mode="linear", points=80, train={"epochs": 1}, labels=0.5)
    chosen = finetune(place / "model", tmp_path / "sticks.npz", tmp_path / "best", **how).records[0].notes
    assert any("choices were made on 10% of each training class" in note for note in chosen)
    assert "the table has 64 points a shape: they were repeated up to 80" in chosen
    assert "50% of each class's training labels were used to learn from" in chosen
    assert "the labels of all 6 validation shapes were used to choose the epoch" in chosen
    how |= {"keep": {"epoch": "last"}, "labels": 1.0, "seeds": 2}
    result = finetune(place / "model", tmp_path / "sticks.npz", tmp_path / "last", **how)
    assert "validation shapes were held out and decided nothing" in result.records[0].notes
    assert not any("choices were made" in note or "choose" in note for note in result.records[0].notes)
    assert "of 2 seeds the first (seed 0)" in (tmp_path / "last" / "model" / "README.md").read_text()
    how |= {"protocol": "paper", "seeds": 1}
    paper = finetune(place / "model", tmp_path / "sticks.npz", tmp_path / "paper", **how).records[0]
    assert "protocol 'paper': validation shapes were trained on too, and the last epoch was kept" in paper.notes
    assert paper.counts["train"] == 48
