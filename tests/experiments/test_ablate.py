"""Ablations: they share runs, go on where they were stopped, repeat nothing, and say what they found."""

import contextlib
import io
import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from labeled import TINY, sticks
from pointrecon import ablate, load_model, pretrain
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation import Record, load_records
from pointrecon.experiments.ablation_page import CHOSEN, best_lines
from pointrecon.experiments.ablation_plan import Planned
from pointrecon.experiments.formats import caption_and_table
from pointrecon.experiments.grid import experiment_grids
from pointrecon.experiments.result_tables import results
from pointrecon.lock import locked
from pointrecon.models import create_model, save_model
from pointrecon.progress import duration
from pointrecon.settings import resolve
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_data import share_of

STOP = "stop-gradient"
SOME = {"accuracy": 0.7, CHOSEN: 0.9}
GROUP = {"base": "with", "stop_gradient-false": "without"}


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    shapes = sticks(60)
    rng = np.random.default_rng(1)
    words = rng.normal(size=(3, 1, 4)).astype(np.float16)
    shapes.features = {"text/words": words[shapes.label]}
    path = tmp_path_factory.mktemp("data") / "sticks.npz"
    shapes.save(path)
    return path


def settings(**train) -> dict:
    loop = {"epochs": 2, "batch_size": 10, "probe_every": 0, "log_every": 1, "device": "cpu", "precision": "32"}
    return {"model": TINY, "optim": {"learning_rate": 2e-3}, "train": {**loop, **train}}


def words_for(values: dict) -> list[str]:
    return [
        word for group, inner in values.items() for name, v in inner.items() for word in (f"--{group}.{name}", str(v))
    ]


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("ablations") / "whole"
    return ablate(STOP, table, out, seeds=2, **settings())


def accuracies(found, group: str) -> list[float]:
    return found.values(group=group, task="probe/svm", weights="pre-trained")


def numbers(found) -> list[tuple]:
    return sorted((r.group, r.task, r.weights, r.seed, r.metrics["accuracy"]) for r in found)


def losses(run: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in RunFolder(run).metrics() if "loss" in line]


def weights(run: Path) -> bytes:
    return (run / "model" / "model.safetensors").read_bytes()


def times(out: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in out.glob("*/seed-*/**/*") if path.is_file()}


def test_an_experiment_leaves_runs_records_table_and_figure(whole, table) -> None:
    assert whole.finished
    out = whole.out
    summary = json.loads((out / "ablation.json").read_text())
    assert summary["experiments"][STOP]["variants"] == [
        {"label": "without", "value": None, "folder": "stop_gradient-false", "group": f"{STOP}/without"},
        {"label": "with", "value": None, "folder": "base", "group": f"{STOP}/with"},
    ]
    assert summary["seeds"] == [0, 1]
    for name in ("base", "stop_gradient-false"):
        for seed in (0, 1):
            run = out / name / f"seed-{seed}"
            config = RunFolder(run).config()
            assert config["train"]["seed"] == seed
            assert config["objective"]["stop_gradient"] is (name == "base")
            records = load_records(run / "results" / "sticks.json")
            assert {(r.task, r.weights) for r in records} >= {("probe/svm", "pre-trained"), ("probe/knn", "untrained")}
            assert {(r.seed, r.group) for r in records} == {(seed, f"{STOP}/{GROUP[name]}")}
            assert {(r.weights, r.pretrain_seed) for r in records} == {("untrained", None), ("pre-trained", seed)}
            assert load_model(run).facts.group == f"{STOP}/{GROUP[name]}"
            assert all(0 <= r.metrics["selection_accuracy"] <= 1 for r in records)
    assert weights(out / "base/seed-0") != weights(out / "base/seed-1") != weights(out / "stop_gradient-false/seed-1")
    svm = [load_records(out / f"base/seed-{s}/results/sticks.json") for s in (0, 1)]
    expected = [r.metrics["accuracy"] for rs in svm for r in rs if (r.task, r.weights) == ("probe/svm", "pre-trained")]
    assert accuracies(whole, f"{STOP}/with") == expected
    with pytest.raises(InputError, match="perhaps"):
        accuracies(whole, f"{STOP}/perhaps")
    text = (out / f"{STOP}.md").read_text()
    mean, deviation = 100 * np.mean(expected), 100 * np.std(expected, ddof=1)
    assert f"| with | {mean:.1f} ± {deviation:.1f} |" in text
    assert "mean ± sample standard deviation over 2 seeds (0, 1)" in text
    assert "| untrained | " in text
    assert "- without: `stop_gradient-false/`" in text
    grid = results(out).grids[0]
    assert "\n\n".join(caption_and_table(grid)) in text  # as `pointrecon results` shows it
    assert (out / f"{STOP}.png").read_bytes().startswith(b"\x89PNG")


def test_again_repeats_nothing_and_another_experiment_takes_what_is_there(whole, table, capsys) -> None:
    before = times(whole.out)
    with pytest.raises(InputError, match="--resume"):
        ablate(STOP, table, whole.out, seeds=2, **settings())
    again = ablate(STOP, table, whole.out, seeds=2, resume=True, **settings())
    assert again.finished
    assert again.records == whole.records
    assert times(whole.out) == before
    assert "runs to do" not in capsys.readouterr().err
    more = ablate("mask-kind", table, whole.out, seeds=1, compare_untrained=False, resume=True, **settings())
    after = times(whole.out)
    assert {path: after[path] for path in before} == before
    assert {Path(path).relative_to(whole.out).parts[0] for path in after.keys() - before.keys()} == {"mask_kind-block"}
    assert "1 of 2 runs to do: about" in capsys.readouterr().err
    assert accuracies(more, "mask-kind/random") == accuracies(whole, f"{STOP}/with")[:1]
    summary = json.loads((whole.out / "ablation.json").read_text())
    assert set(summary["experiments"]) == {STOP, "mask-kind"}
    assert summary["seeds"] == [0, 1]


def test_shapes_in_memory_do_where_one_process_reads_them(whole, tmp_path) -> None:
    shapes = sticks(60)
    rng = np.random.default_rng(1)
    shapes.features = {"text/words": rng.normal(size=(3, 1, 4)).astype(np.float16)[shapes.label]}
    one = tmp_path / "one.yaml"
    one.write_text("variants: [{label: without, settings: {objective: {stop_gradient: false}}}]")
    found = ablate(one, shapes, tmp_path / "out", seeds=1, **settings())
    assert accuracies(found, "one/without") == accuracies(whole, f"{STOP}/without")[:1]
    with pytest.raises(InputError, match="shapes on disk"):
        ablate(one, shapes, tmp_path / "other", seeds=1, jobs=2, **settings())
    assert not (tmp_path / "other").exists()


def test_stopped_again_and_again_it_ends_as_if_it_never_was(whole, table, tmp_path, capsys) -> None:
    out, turns, finished = tmp_path / "out", 1, {}
    while True:
        with contextlib.suppress(Stopped):
            result = ablate(STOP, table, out, seeds=1, resume=turns > 1, **settings(stop_after=2))
            break
        assert finished.items() <= times(out).items()  # what was finished before is as it was
        for run in (path.parent for path in out.glob("*/seed-?/results")):
            finished |= {path: t for path, t in times(out).items() if path.startswith(f"{run}/")}
        turns += 1
        assert turns < 20
    assert finished.items() <= times(out).items()
    assert turns == 5  # two runs of six steps, two at a time
    assert "0 of 2 runs are done" in capsys.readouterr().err
    assert result.finished
    runs = sorted(out.glob("*/seed-?"))
    assert len(runs) == 2
    for run in runs:
        twin = whole.out / run.relative_to(out)
        assert losses(run) == losses(twin)
        assert weights(run) == weights(twin)
    assert numbers(result) == numbers(whole.where(seed=0))


def test_a_run_in_other_hands_is_left_to_them(table, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert not ablate(STOP, table, out, seeds=1, only_list=True, **settings(epochs=1)).finished
    assert not out.exists()
    assert "0 of 2 runs are done, no estimate" in capsys.readouterr().out
    one = tmp_path / "one.yaml"
    one.write_text("variants: [{label: without, settings: {objective: {stop_gradient: false}}}]")
    assert ablate(str(one), table, out, seeds=1, **settings(epochs=1)).finished
    with locked(out / "base" / "seed-0.lock") as mine:
        assert mine
        result = ablate(STOP, table, out, seeds=1, resume=True, **settings(epochs=1))
    assert not result.finished
    assert not (out / "base" / "seed-0").exists()
    assert len(accuracies(result, f"{STOP}/without")) == 1
    assert result.where(group=f"{STOP}/with").records == []
    assert "left to another process" in capsys.readouterr().err
    ablate(STOP, table, out, seeds=1, only_list=True, **settings(epochs=1))
    said = capsys.readouterr().out
    assert "done   stop_gradient-false, seed 0" in said
    assert "to do  base, seed 0" in said
    assert "1 of 2 runs are done, about" in said


def test_variants_that_are_equally_good_are_all_named() -> None:
    labels = ("x", "y", "z")
    compared = {"title": "t", "variants": [{"label": label, "group": label} for label in labels]}
    records = [
        Record("probe/svm", "honest", "m", "pre-trained", "parts", "test", 0, metrics, group=label)
        for label, metrics in zip(
            labels, ({**SOME, "accuracy": 0.5}, SOME, {"accuracy": 0.9, CHOSEN: 0.8}), strict=True
        )
    ]

    def said(chosen: list[Record]) -> list[str]:
        grids = [experiment_grids(compared, chosen, metric=metric)[0] for metric in (CHOSEN, "")]
        return best_lines(*grids)

    assert said(records) == ["- parts, linear SVM: x (90.0; on test shapes 50.0) and y (90.0; on test shapes 70.0)"]
    assert said(records[:2]) == []  # nothing tells them apart


def test_a_lock_is_for_one_and_gone_with_its_holder(tmp_path) -> None:
    path = tmp_path / "a" / "lock"
    with locked(path) as first, locked(path) as second:
        assert (first, second) == (True, False)
    with locked(path, wait=True) as again:
        assert again


BAD = """
title: Learning rate
variants:
  - {label: mad, settings: {optim: {learning_rate: 1.0e+30, clip: 0, warmup_epochs: 0}}}
  - {label: plain}
"""


def test_a_run_that_fails_is_told_and_the_others_go_on(table, tmp_path, capsys) -> None:
    recipe, out = tmp_path / "mad.yaml", tmp_path / "out"
    recipe.write_text(BAD)
    words = ["ablate", str(recipe), str(table), "-o", str(out), "--seeds", "1", "--compare-untrained", "false"]
    assert main([*words, *words_for(settings())]) == 1
    said = capsys.readouterr()
    name = "clip-0.0+learning_rate-1e+30+warmup_epochs-0.0"
    assert f"failed: {name}, seed 0: the loss is not finite at step" in said.err
    assert "Learning rate: test accuracy" in said.out
    assert not (out / name / "seed-0" / "model").exists()
    text = (out / "mad.md").read_text()
    assert "| mad | – | – | – |" in text
    assert "| plain | " in text


def test_processes_of_their_own_stop_in_good_order_and_go_on(table, tmp_path) -> None:
    recipe, out, screen = tmp_path / "mad.yaml", tmp_path / "out", io.StringIO()
    recipe.write_text(BAD)
    run, asked = out / "base" / "seed-0", []

    def stop() -> None:
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and not asked:
            time.sleep(0.05)
            ready = losses(run) and "failed: the loss is not finite" in screen.getvalue()
            if ready and signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None):
                asked.append(os.kill(os.getpid(), signal.SIGTERM))

    watcher = threading.Thread(target=stop)
    watcher.start()
    with contextlib.redirect_stderr(screen), pytest.raises(Stopped) as stopped:
        ablate(str(recipe), table, out, seeds=1, jobs=2, **settings(epochs=30000))
    watcher.join()
    assert asked
    assert stopped.value.status == 143
    said = screen.getvalue()
    assert "base, seed 0: starts" in said
    assert "base, seed 0: stopped, can go on" in said
    assert "0 of 2 runs are done" in said
    assert list((run / "checkpoints").glob("step-*.pt"))
    assert "stopped at step" in (out / "base" / "seed-0.log").read_text()
    with locked(out / "base" / "seed-0.lock") as free:
        assert free  # no process is left over


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"train": {"epochs": 9}}, "other settings (train.epochs is 2 there and 9 here)"),
        ({"fraction": 0.5, "train": {"epochs": 9, "batch_size": 4}}, "and 1 more"),
    ],
)
def test_a_folder_of_other_settings_is_refused(whole, table, change: dict, says: str) -> None:
    values = settings()
    values["train"] |= change.pop("train", {})
    before = times(whole.out)
    with pytest.raises(InputError) as caught:
        ablate(STOP, table, whole.out, seeds=2, resume=True, **values, **change)
    assert says in str(caught.value)
    assert times(whole.out) == before


def test_a_folder_of_other_shapes_is_refused(whole, table, tmp_path) -> None:
    other = tmp_path / "sticks.npz"
    shapes = sticks(66)
    shapes.features = {"text/words": np.zeros((66, 1, 4), np.float16)}
    shapes.save(other)
    with pytest.raises(InputError, match="made with other shapes"):
        ablate(STOP, other, whole.out, seeds=2, resume=True, **settings())
    with pytest.raises(InputError, match="measured on another table 'sticks'"):
        ablate(STOP, table, whole.out, seeds=2, evaluate=other, resume=True, **settings())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["paradim", "{table}", "-o", "{out}"], "did you mean 'paradigm'"),
        (["paradigm", "-o", "{out}"], "table"),
        (["paradigm", "{table}"], "name the folder"),
        (["paradigm", "{table}", "-o", "{out}", "--seeds", "0"], "seeds must be at least 1"),
        (["paradigm", "{table}", "-o", "{out}", "--jobs", "0"], "jobs must be at least 1"),
        (["teacher", "{table}", "-o", "{out}"], "teacher of the kind image"),
        (["paradigm", "{table}", "-o", "{out}", "--train.epoch", "3"], "did you mean 'train.epochs'"),
        (["paradigm", "{plain}", "-o", "{out}"], "needs a teacher"),
        ([STOP, "{table}", "-o", "{out}", "--objective.text", "other"], "has no features 'text/other'"),
        (["mask-ratio", "{plain}", "-o", "{out}", "--objective.paradigm", "reconstruct"], "nothing to measure on"),
        (["paradigm", "{table}", "-o", "{out}", "--evaluate", "{plain}"], "has no labels"),
        (["paradigm", "{table}", "-o", "{out}", "--evaluate", "missing.npz"], "missing.npz"),
        (["paradigm", "{table}", "-o", "{plain}"], "no ablation"),
        (["paradigm", "{table}", "-o", "{out}", "--fraction", "0"], "fraction must be"),
    ],
)
def test_bad_words_get_one_sentence_and_status_2(table, tmp_path, capsys, words, says) -> None:
    plain = tmp_path / "plain.npz"
    shapes = sticks(12)
    shapes.label[:] = -1
    shapes.save(plain)
    filled = [word.format(table=table, out=tmp_path / "out", plain=plain) for word in words]
    assert main(["ablate", *filled]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said
    assert said.count("\n") == 0
    assert not (tmp_path / "out").exists()


def test_a_model_to_begin_from_is_looked_at_before_the_first_run(table, tmp_path, capsys, monkeypatch) -> None:
    """Before, each run failed for itself, after it had started."""
    monkeypatch.chdir(tmp_path)
    words = ["ablate", STOP, str(table), "-o", "out", "--seeds", "1", *words_for(settings(epochs=1))]
    for more, says in (
        (["--recipe", "made-nano", "--objective.image", "none"], "'runs/made-nano-2/model': there is no model"),
        (["--init", "made-nano"], "'made-nano': 'made-nano' has 4 encoder blocks"),
    ):
        assert main([*words, *more]) == 2
        said = capsys.readouterr().err.strip()
        assert f"seed 0 cannot begin from {says}" in said
        assert "\n" not in said
        assert not (tmp_path / "out").exists()
    none = {"recipe": "made-nano", "init": "none", "objective": {"image": "none", "standardize": "none"}}
    ablate(STOP, table, "out", seeds=1, only_list=True, **none, **settings())
    config = tmp_path / "one.yaml"
    config.write_text("{title: One, variants: [{label: plain}]}")
    start = save_model(create_model("nano", **TINY), tmp_path / "start")
    one = [str(config), table, "out"]
    how = {"init": str(start), **settings(epochs=1, stop_after=1)}
    with pytest.raises(Stopped):
        ablate(*one, seeds=1, **how)
    shutil.rmtree(start)
    with pytest.raises(Stopped):  # it goes on: the run has weights of its own
        ablate(*one, seeds=1, resume=True, **how)
    with pytest.raises(InputError, match="base, seed 1 cannot begin from"):
        ablate(*one, seeds=2, resume=True, **how)


def test_shares_of_the_shapes_are_nested_seeded_and_at_least_a_batch() -> None:
    shares = [set(share_of(100, fraction, seed=3, least=8).tolist()) for fraction in (0.01, 0.1, 0.25, 0.5, 1.0)]
    assert [len(share) for share in shares] == [8, 10, 25, 50, 100]
    assert all(small < large for small, large in zip(shares, shares[1:], strict=False))
    assert set(share_of(100, 0.1, seed=4, least=8).tolist()) != shares[1]
    assert share_of(5, 0.1, seed=0, least=8).tolist() == list(range(5))


def test_a_fraction_trains_on_fewer_shapes_and_older_runs_have_all(table, tmp_path, capsys) -> None:
    run = tmp_path / "run"
    values = settings(epochs=1, batch_size=5, stop_after=1)
    assert not pretrain(table, run, fraction=0.5, **values).finished
    assert "15 of 60 shapes (0.5 of those to train on)" in capsys.readouterr().err
    assert pretrain(table, tmp_path / "part", fraction=0.5, **settings(epochs=1, batch_size=5)).step == 3
    old = tmp_path / "old"
    assert not pretrain(table, old, **values).finished
    config = (old / "config.yaml").read_text()
    assert "fraction: 1.0\n" in config
    (old / "config.yaml").write_text(config.replace("fraction: 1.0\n", "").replace("stop_after: 1", "stop_after: 0"))
    assert pretrain(out=old, resume=True).step == 6


def test_estimates_know_larger_models_and_fewer_shapes() -> None:
    def work(**overrides) -> float:
        return Planned("a", resolve(PretrainConfig, "pretrain", recipe="nano", overrides=overrides)).work()

    assert work(fraction=0.5) == work() / 2
    assert work(train={"epochs": 72}) == 2 * work()
    assert work(model={"size": "tiny"}) > 4 * work()
    assert [duration(s) for s in (12.2, 600, 9000)] == ["12 s", "10 min", "2.5 h"]
