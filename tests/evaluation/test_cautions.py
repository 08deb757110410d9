"""What is said beside a number: shapes seen before, points repeated."""

from pathlib import Path

import pytest
import yaml

from labeled import TINY, model_folder, sticks
from pointrecon.evaluation import probe
from pointrecon.evaluation.cautions import cautions
from pointrecon.models import create_model
from pointrecon.transfer import few_shot

SAID = "the model was pre-trained on the test shapes too: its run learned from their split"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    sticks().save(tmp_path / "sticks.npz")
    model_folder(tmp_path / "run" / "model")
    return tmp_path / "run"


def learned_from(run: Path, *splits: str) -> None:
    config = {"data": [str(run.parent / "sticks.npz")], "splits": list(splits)}
    (run / "config.yaml").write_text(yaml.safe_dump(config))


def said(model: Path, table: Path, *tested: str) -> list[str]:
    return cautions(str(model), str(table), tested, have=64, wanted=48)


def test_test_shapes_that_pre_training_saw_are_said(run: Path) -> None:
    table = run.parent / "sticks.npz"
    learned_from(run, "train", "")
    assert said(run / "model", table, "test") == []
    assert said(run / "model", table, "") == [SAID]  # 20% held out of a table without splits
    learned_from(run, "train", "test")
    assert said(run / "model", table, "test") == [SAID]
    assert said(run / "model", run.parent / "other.npz", "test") == []
    (run / "models").mkdir()
    (run / "model").rename(run / "models" / "epoch-0100")
    assert said(run / "models" / "epoch-0100", table, "test") == [SAID]
    assert said(Path("ReconModel"), table, "test") == []  # a module: nothing is known of it


def test_what_is_said_stands_in_the_records(run: Path) -> None:
    learned_from(run, "train", "test")
    model, table = run / "model", run.parent / "sticks.npz"
    how = {"compare_untrained": False, "probes": ["knn"], "show": False, "progress": False}
    assert SAID in probe(model, table, **how).records[0].notes
    folds = {"way": 3, "shot": 2, "queries": 4, "folds": 1, "method": "knn", "progress": False}
    assert SAID in few_shot(model, table, **folds).records[0].notes
    assert SAID not in few_shot(model, table, from_scratch=True, **folds).records[0].notes


def test_clouds_smaller_than_a_models_are_said() -> None:
    model = create_model("nano", seed=3, **{**TINY, "points": 100})
    how = {"compare_untrained": False, "probes": ["knn"], "show": False, "progress": False}
    repeated = "the table has 64 points a shape: they were repeated up to 100"
    assert repeated in probe(model, sticks(), **how).records[0].notes
    assert repeated not in probe(model, sticks(), points=64, **how).records[0].notes
