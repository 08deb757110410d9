"""The temperature that a model's facts need is the one under which labels are most likely, over all tables."""

import json

import numpy as np
import pytest
from benchmarks.calibrate import best_temperature, main

from pointrecon.errors import InputError
from pointrecon.labeling.confidence import softmax
from pointrecon.models import ModelFacts
from standin import sticks


def drawn(temperature: float, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and labels drawn from their softmax."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 0.15, (count, 5))
    chances = softmax(scores, temperature).cumsum(1)
    return scores, (rng.random((count, 1)) > chances).sum(1).clip(max=4)


def test_the_temperature_that_made_labels_is_found_and_tables_weigh_the_same() -> None:
    few, many = drawn(0.05, 1500, 0), drawn(0.2, 6000, 1)
    alone = best_temperature([few]), best_temperature([many])
    assert alone == pytest.approx((0.05, 0.2), rel=0.12)
    assert alone[0] < best_temperature([few, many]) < alone[1]
    assert best_temperature([few, many]) == best_temperature([few, few, many, many])
    with pytest.raises(InputError, match="at 0.01, the end of what is tried"):
        best_temperature([(np.eye(3), np.arange(3))])


def test_facts_are_printed_and_the_test_split_is_never_asked(tmp_path, monkeypatch, capsys) -> None:
    table = sticks(120)
    table.save(tmp_path / "t.npz")
    asked = []

    class Scores:
        def __init__(self, module, shapes, names, **_) -> None:
            asked.append((set(shapes.split.tolist()), names.names))
            self.scores = np.random.default_rng(0).normal(0, 0.1, (len(shapes), 3)) + 0.1 * np.eye(3)[shapes.label]

        def of(self, places: np.ndarray) -> np.ndarray:
            return self.scores[places]

    class Model:
        facts = ModelFacts(calibration={"naming": 0.3})

    monkeypatch.setattr("pointrecon.labeling.phrase_scores.PhraseScores", Scores)
    monkeypatch.setattr("pointrecon.evaluation.inputs.resolve_model", lambda _: (Model(), "m"))
    assert main(["m", str(tmp_path / "t.npz"), "--most", "25"]) == 0
    assert asked == [({"val"}, ["along x", "along y", "along z"])]
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("at 0.3")
    facts = ModelFacts.from_dict(json.loads(told[-1]))
    assert 0.03 < facts.calibration["naming"] < 0.3
    with pytest.raises(SystemExit):
        main(["m", str(tmp_path / "t.npz"), "--split", "test"])
