"""Runs fitted to seconds: each is told, the best on validation shapes is gone on with, kept weights load again."""

import io
import json
import tarfile

import pytest

from benchmarks import gpu_training
from pointrecon import load_model
from training_tables import settings, small_table


def test_a_plan_is_trained_the_best_gone_on_with_and_its_weights_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(gpu_training, "TRIAL", 2)
    monkeypatch.setattr(gpu_training, "PIECE", 10_000)
    table = small_table(tmp_path / "t.npz")
    given = {**settings(device="cpu", epochs=1), "splits": ["train"]}
    train = given.pop("train")
    runs = [
        {"name": "one", "epochs": 1, "train": train, **given},
        {"name": "two", "epochs": 2, "train": train, **given},
        {"name": "broken", "epochs": 1, "train": train, **given, "objective": {"contrast_loss": "none"}},
        {"name": "last", "best_of": ["one", "two"], "seconds": 1e-9, "keep": True},
    ]
    (tmp_path / "plan.json").write_text(json.dumps(runs))
    asked = [str(tmp_path / "out"), str(table), "--validation", str(table), "--plan", str(tmp_path / "plan.json")]
    assert gpu_training.main(asked) == 1
    told = {line["name"]: line for line in map(json.loads, (tmp_path / "out/runs.jsonl").read_text().splitlines())}
    assert list(told) == ["one", "two", "broken", "last"]
    assert "contrast_loss" in told["broken"]["failed"]
    assert told["two"]["epochs"] == 2
    assert told["last"]["epochs"] == 1
    assert told["last"]["trial_seconds"] > 0
    assert told["last"]["settings"]["model"] == given["model"]
    pieces = sorted((tmp_path / "out").glob("last.tar.*"), key=lambda path: int(path.suffix[1:]))
    assert len(pieces) > 1
    with tarfile.open(fileobj=io.BytesIO(b"".join(piece.read_bytes() for piece in pieces))) as file:
        file.extractall(tmp_path / "kept", filter="data")
    assert load_model(tmp_path / "kept/last").config.patches == given["model"]["patches"]


@pytest.mark.parametrize(("means", "best"), [((0.2, 0.3), "two"), ((0.4, 0.3), "one")])
def test_the_settings_of_the_best_come_first(means: tuple[float, float], best: str) -> None:
    told = {
        name: {"run": {"name": name, "epochs": 5, "optim": {"learning_rate": name}, "train": {"seed": 1}}, "mean": mean}
        for name, mean in zip(("one", "two"), means, strict=True)
    }
    run = {"name": "last", "best_of": ["one", "two"], "seconds": 9, "train": {"compile": "graphs"}}
    assert gpu_training.from_best(run, told) == {
        "name": "last", "seconds": 9, "optim": {"learning_rate": best}, "train": {"seed": 1, "compile": "graphs"},
    }  # fmt: skip
