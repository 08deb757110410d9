"""Runs: they learn, stop in good order, resume to the same result, and lose nothing."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from hostile_pickles import as_archive, as_stream, hostile_pickles
from pointrecon import load_model, pretrain
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays
from pointrecon.training.run_folder import RunFolder
from repeated_runs import assert_same_run, losses
from training_tables import settings, small_table

TENSORBOARD = int(find_spec("tensorboard") is not None)  # files of a run for it, which is optional


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    return small_table(tmp_path_factory.mktemp("data") / "small.npz")


@pytest.fixture(scope="module")
def finished(table, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "whole"
    assert pretrain(table, run, **settings(probe_every=2)).finished
    return run


def test_a_run_leaves_everything_it_should(finished: Path) -> None:
    seen = losses(finished)
    assert seen[-1][0] == 18
    assert seen[-1][1] < seen[0][1]
    assert any("probe/svm" in line for line in RunFolder(finished).metrics())
    assert len(list((finished / "tensorboard").glob("events*"))) == TENSORBOARD
    assert RunFolder(finished).config()["train"]["epochs"] == 3
    model = load_model(finished / "model")
    assert set(model.config.teachers) == {"image", "text"}
    assert "small.npz" in (finished / "model" / "README.md").read_text()


def test_the_same_seed_gives_the_same_run_and_another_does_not(table, finished, tmp_path) -> None:
    pretrain(table, tmp_path / "again", **settings(probe_every=2))
    assert_same_run(finished, tmp_path / "again")
    pretrain(table, tmp_path / "other", **settings(seed=1))
    with pytest.raises(AssertionError):
        assert_same_run(finished, tmp_path / "other")


@pytest.mark.parametrize("stop", [1, 7, 12])
def test_a_stopped_run_resumes_to_the_same_result(table, finished, tmp_path, stop: int) -> None:
    run = tmp_path / "run"
    assert not pretrain(table, run, **settings(probe_every=2, stop_after=stop)).finished
    assert not (run / "model").exists()
    assert pretrain(out=run, resume=True, train={"stop_after": 0}).finished
    assert_same_run(finished, run)


def test_steps_are_updates_of_the_weights(table, tmp_path) -> None:
    values = settings(log_every=1)
    values["optim"]["accumulate"] = 4  # of six batches: a group of four and one of two
    outcome = pretrain(table, tmp_path / "run", **values)
    assert outcome.finished
    assert outcome.step == 6
    assert [step for step, _ in losses(tmp_path / "run")] == [1, 2, 3, 4, 5, 6]
    assert load_model(tmp_path / "run" / "model").facts.steps == 6


def start(*words: str) -> subprocess.Popen:
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "pointrecon", *words], env=env, stderr=subprocess.PIPE, text=True)


def words_for(values: dict) -> list[str]:
    out = []
    for group, inner in values.items():
        for name, value in inner.items():
            out += [f"--{group}.{name}", str(value)]
    return out


def wait_for_step(run: Path, step: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(line["step"] >= step for line in RunFolder(run).metrics()):
            return
        time.sleep(0.02)
    raise AssertionError("the run did not get going")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_save_and_say_how_to_go_on(table, tmp_path, number: int) -> None:
    run = tmp_path / "run"
    process = start("pretrain", str(table), "-o", str(run), *words_for(settings(epochs=400)))
    wait_for_step(run, 4)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said.strip().splitlines()[-1].startswith(f"pointrecon: stopped; go on with: pointrecon pretrain {table} -o")
    assert said.strip().endswith("--resume")
    assert "Traceback" not in said
    assert list((run / "checkpoints").glob("step-*.pt"))
    assert not list(run.rglob("*.part"))


def kill_and_resume(table: Path, run: Path, kills: int, seed: int, train: dict) -> None:
    """Start a run and kill it `kills` times at random moments, then let it end."""
    rng = random.Random(seed)
    words = ["pretrain", str(table), "-o", str(run), *words_for(settings(checkpoint_minutes=0, **train))]
    for _ in range(kills):
        process = start(*words)
        before = len(RunFolder(run).metrics())
        deadline = time.monotonic() + 60
        while len(RunFolder(run).metrics()) <= before and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        time.sleep(rng.random() * 0.4)
        process.kill()
        process.communicate()
        words = ["pretrain", "-o", str(run), "--resume"]
    process = start(*words)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said


def test_a_killed_run_ends_with_the_same_loss(table, tmp_path) -> None:
    train = {"epochs": 12}
    assert start("pretrain", str(table), "-o", str(tmp_path / "whole"), *words_for(settings(**train))).wait() == 0
    kill_and_resume(table, tmp_path / "killed", kills=2, seed=0, train=train)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


@pytest.mark.slow
def test_ten_kills_end_with_the_same_loss(table, tmp_path) -> None:
    train = {"epochs": 80}
    assert start("pretrain", str(table), "-o", str(tmp_path / "whole"), *words_for(settings(**train))).wait() == 0
    kill_and_resume(table, tmp_path / "killed", kills=10, seed=1, train=train)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_two_processes_share_every_epoch_and_write_one_set_of_files(table, tmp_path) -> None:
    run = tmp_path / "run"
    words = ["pretrain", str(table), "-o", str(run), *words_for(settings(epochs=2, device="cpu"))]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--nproc-per-node",
            "2",
            "--standalone",
            "-m",
            "pointrecon",
            *words,
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps = [line["step"] for line in RunFolder(run).metrics() if "loss" in line]
    assert steps == sorted(set(steps))
    assert steps[-1] == 12  # 48 training shapes, 8 a step over both processes, 2 epochs
    assert len(list((run / "checkpoints").glob("*.pt"))) == 1
    assert len(list((run / "tensorboard").glob("events*"))) == TENSORBOARD
    assert done.stderr.count("model folder") == 1
    load_model(run / "model")


def test_a_loss_that_is_not_finite_stops_with_step_and_checkpoint(table, tmp_path, capsys) -> None:
    arrays = ShapeArrays.load(table)
    arrays.features["text/words"] = np.where(np.isnan(arrays.features["text/words"]), 0, 60000).astype(np.float16)
    arrays.save(tmp_path / "wild.npz")
    values = settings()
    values["optim"] |= {"learning_rate": 1e30, "clip": 0, "warmup_epochs": 0}
    values["train"]["checkpoint_minutes"] = 0
    run = tmp_path / "run"
    assert main(["pretrain", str(tmp_path / "wild.npz"), "-o", str(run), *words_for(values)]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "not finite at step" in said
    assert "checkpoint" in said
    for path in (run / "checkpoints").glob("*.pt"):
        assert all(v.isfinite().all() for v in torch.load(path, weights_only=True)["task"].values())


def test_a_truncated_checkpoint_falls_back_or_is_named(table, tmp_path, capsys) -> None:
    run = tmp_path / "run"
    pretrain(table, run, **settings(checkpoint_minutes=0, stop_after=6))
    files = sorted((run / "checkpoints").glob("*.pt"))
    assert len(files) == 2
    files[-1].write_bytes(files[-1].read_bytes()[:1000])
    state, damaged = RunFolder(run).load_checkpoint()
    assert state["step"] == 5
    assert files[-1].name in damaged[0]
    files[0].write_bytes(b"")
    assert main(["pretrain", "-o", str(run), "--resume"]) == 2
    assert "damaged" in capsys.readouterr().err


def test_no_checkpoint_runs_anything(tmp_path) -> None:
    mark, folder = tmp_path / "mark", tmp_path / "run" / "checkpoints"
    folder.mkdir(parents=True)
    for number, (name, pickled) in enumerate(hostile_pickles(mark).items()):
        write = as_archive if number % 2 else as_stream
        (folder / "step-00000018.pt").write_bytes(write(pickled))
        with pytest.raises(InputError, match="every checkpoint of .* is damaged"):
            RunFolder(tmp_path / "run").load_checkpoint()
        assert not mark.exists(), name


def test_an_existing_run_is_not_overwritten_by_accident(table, finished, tmp_path, capsys) -> None:
    assert main(["pretrain", str(table), "-o", str(finished)]) == 2
    assert "--resume" in capsys.readouterr().err
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    (copy / "report.html").write_text("old")
    assert not pretrain(table, copy, overwrite=True, **settings(stop_after=1)).finished
    begun = [".replaced", "checkpoints", "config.yaml", "tensorboard"]
    assert sorted(p.name for p in copy.iterdir()) == begun[: 3 + TENSORBOARD]
    kept = [load_model(run / "model").state_dict() for run in (finished, copy / ".replaced")]
    assert all(torch.equal(value, kept[1][name]) for name, value in kept[0].items())
    assert pretrain(None, copy, resume=True, **settings(stop_after=0)).finished
    assert not (copy / ".replaced").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    assert main(["pretrain", str(table), "-o", str(other)]) == 2
    assert "not a run" in capsys.readouterr().err
    assert (other / "notes.txt").read_text() == "mine"


def test_resuming_with_other_data_is_refused(table, tmp_path, capsys) -> None:
    run = tmp_path / "run"
    moved = tmp_path / "data.npz"
    moved.write_bytes(table.read_bytes())
    pretrain(moved, run, **settings(stop_after=2))
    small_table(moved, count=40)
    assert main(["pretrain", "-o", str(run), "--resume"]) == 2
    assert "other data" in capsys.readouterr().err


def test_a_finished_run_says_so_when_asked_to_go_on(finished, tmp_path, capsys) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    assert main(["pretrain", "-o", str(run), "--resume"]) == 0
    told = capsys.readouterr().err
    assert "all 18 steps were trained before" in told
    assert "samples/s" not in told


def test_start_from_weights_is_not_resume(table, finished, tmp_path) -> None:
    pretrain(table, tmp_path / "tuned", init=str(finished / "model"), **settings(epochs=1))
    assert losses(tmp_path / "tuned")[0][1] < losses(finished)[0][1]
    values = settings()
    values["model"] = {**values["model"], "width": 64}
    with pytest.raises(InputError, match="does not fit"):
        pretrain(table, tmp_path / "wide", init=str(finished / "model"), **values)


@pytest.mark.parametrize(("number", "says"), [(28, "No space left on device"), (30, "Read-only file system")])
def test_a_disk_that_refuses_keeps_the_last_checkpoint(table, tmp_path, monkeypatch, capsys, number, says) -> None:
    run = tmp_path / "run"
    pretrain(table, run, **settings(stop_after=3))
    before = sorted(p.name for p in (run / "checkpoints").iterdir())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, says)

    monkeypatch.setattr(torch, "save", refuse)
    assert main(["pretrain", "-o", str(run), "--resume"]) == 2
    assert says in capsys.readouterr().err
    assert sorted(p.name for p in (run / "checkpoints").iterdir()) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "table"),
        (["{table}"], "run folder"),
        (["missing.lance", "-o", "{run}"], "missing.lance"),
        (["{table}", "-o", "{run}", "--trian.epochs", "3"], "did you mean 'train.epochs'"),
        (["{table}", "-o", "{run}", "--train.epochs", "many"], "train.epochs"),
        (["{table}", "-o", "{run}", "--recipe", "nanno"], "nano"),
        (["{table}", "-o", "{run}", "--objective.paradigm", "mae"], "recon"),
        (["{table}", "-o", "{run}", "--objective.text", "clip"], "teach"),
        (["{table}", "-o", "{run}", "--model.size", "hge"], "size"),
        (["{table}", "-o", "{run}", "--splits", "[nope]"], "nope"),
        (["{table}", "-o", "{run}", "--model.patches", "9999"], "patches"),
        (["-o", "nowhere", "--resume"], "nowhere"),
        (["--resume", "-o", ""], "run folder"),
    ],
)
def test_bad_words_get_one_sentence_and_status_2(table, tmp_path, capsys, words, says) -> None:
    filled = [w.format(table=table, run=tmp_path / "run") for w in words]
    assert main(["pretrain", *filled]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said
    assert said.count("\n") == 0
    assert not (tmp_path / "run").exists()


def test_a_misspelt_key_in_a_recipe_is_named(table, tmp_path, capsys) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("train: {epoch: 5}\n")
    assert main(["pretrain", str(table), "-o", str(tmp_path / "run"), "--recipe", str(recipe)]) == 2
    assert "did you mean 'train.epochs'" in capsys.readouterr().err


def test_command_line_and_python_give_the_same_run(table, finished, tmp_path) -> None:
    words = words_for(settings(probe_every=2))
    assert main(["pretrain", str(table), "-o", str(tmp_path / "run"), *words]) == 0
    assert_same_run(finished, tmp_path / "run")
    recorded = json.dumps(RunFolder(tmp_path / "run").config()["optim"])
    assert recorded == json.dumps(RunFolder(finished).config()["optim"])
