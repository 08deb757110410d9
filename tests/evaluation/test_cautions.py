"""What is said beside a number: shapes seen before, points repeated."""

from dataclasses import replace
from pathlib import Path

import pytest

from labeled import TINY, sticks
from pointrecon.evaluation import probe
from pointrecon.evaluation.cautions import begun_as, seen_before
from pointrecon.models import create_model, load_model, save_model
from pointrecon.models.facts import weights_hash
from pointrecon.shapes.door import as_shapes
from pointrecon.transfer import few_shot

SAID = "the model learned from the test shapes too: their split was among its training data"


def learned_from(place: Path, *splits: str) -> Path:
    """A model folder far from any run, whose facts name the table by its content."""
    model = create_model("nano", seed=3, **TINY)
    mark = as_shapes(sticks()).fingerprint()
    model.facts = replace(model.facts, data=[{"name": "elsewhere", "fingerprint": mark, "splits": list(splits)}])
    return save_model(model, place / "model", overwrite=True)


@pytest.mark.parametrize(
    ("learned", "tested", "told"),
    [(["train", ""], ["test"], False), (["train", ""], [""], True), (["train", "test"], ["test"], True)],
)
def test_test_shapes_that_training_saw_are_said(
    learned: list[str], tested: list[str], told: bool, tmp_path: Path
) -> None:
    model, mark = load_model(learned_from(tmp_path, *learned)), as_shapes(sticks()).fingerprint()
    assert seen_before(model, mark, tested) == [SAID] * told
    assert seen_before(model, as_shapes(sticks(60)).fingerprint(), tested) == []
    assert seen_before(create_model("nano", **TINY), mark, tested) == []


def test_what_training_began_from_is_said() -> None:
    ready, model = load_model("made-nano"), create_model("nano", **TINY)
    assert begun_as(model) == begun_as(ready) == begun_as(None) == []
    model.facts = replace(model.facts, method="recon", origin=weights_hash(ready))
    assert begun_as(model) == ["the model's training began from the weights of made-nano"]
    model.facts = replace(model.facts, origin="0123456789abcdef")
    assert begun_as(model)[0].endswith("that had learned before (their hash begins with 01234567)")
    model.facts = replace(model.facts, method="finetune/full")
    assert begun_as(model) == []


def test_what_is_said_stands_in_the_records(tmp_path: Path) -> None:
    model, table = learned_from(tmp_path, "train", "test"), tmp_path / "a copy under another name.npz"
    sticks().save(table)
    records = probe(model, table, probes=["knn"], show=False, progress=False)
    assert [SAID in record.notes for record in records] == [False, True]  # not of random weights
    folds = {"way": 3, "shot": 2, "queries": 4, "folds": 1, "method": "knn", "progress": False}
    assert SAID in few_shot(model, table, **folds).records[0].notes
    assert SAID not in few_shot(model, table, from_scratch=True, **folds).records[0].notes


def test_clouds_smaller_than_a_models_are_said() -> None:
    model = create_model("nano", seed=3, **{**TINY, "points": 100})
    how = {"compare_untrained": False, "probes": ["knn"], "show": False, "progress": False}
    repeated = "the table has 64 points a shape: they were repeated up to 100"
    assert repeated in probe(model, sticks(), **how).records[0].notes
    assert repeated not in probe(model, sticks(), encode={"points": 64}, **how).records[0].notes
