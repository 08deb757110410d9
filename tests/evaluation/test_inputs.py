"""Models and shapes as people hand them over, what a record keeps of them, and where it goes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import model_folder, sticks
from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import (
    check_labeled,
    data_fields,
    identity_of,
    of_split,
    resolve_model,
    resolve_shapes,
)
from pointrecon.evaluation.measured_run import record_place
from pointrecon.evaluation.record import Record, add_records, load_records
from pointrecon.models.facts import weights_hash


@pytest.fixture
def run(tmp_path: Path) -> Path:
    model_folder(tmp_path / "run" / "model")
    (tmp_path / "run" / "config.yaml").write_text("data: []\n")
    sticks().save(tmp_path / "sticks.npz")
    return tmp_path / "run"


def test_a_run_counts_as_its_model(run: Path) -> None:
    model, name = resolve_model(run)
    assert name == str(run / "model")
    assert weights_hash(model) == weights_hash(resolve_model(run / "model")[0])


def test_swapped_model_and_shapes_are_named(run: Path) -> None:
    table = run.parent / "sticks.npz"
    for swapped in (str(table), sticks(), np.zeros((2, 8, 3))):
        with pytest.raises(InputError, match="is no model, .* the order is MODEL DATA"):
            resolve_model(swapped)  # type: ignore[arg-type]
    for swapped in (run, run / "model", "recon.pth", torch.nn.Linear(2, 2)):
        with pytest.raises(InputError, match="is a model, not shapes; the order is MODEL DATA .DATA alone: made-nano"):
            resolve_shapes(swapped)
    assert len(resolve_shapes(table)) == 72


def test_the_splits_that_there_are_are_told_in_words() -> None:
    shapes = sticks()
    for splits, told in (([""], "it has shapes of no split only"), (["train", ""], "it has train, shapes without a")):
        shapes.split = np.resize(np.array(splits), len(shapes.id))
        with pytest.raises(InputError, match=f"in the split 'foo'; {told}"):
            of_split(resolve_shapes(shapes), "foo")


def test_shapes_without_usable_labels_are_refused() -> None:
    shapes = sticks()
    check_labeled(resolve_shapes(shapes))
    shapes.label[:] = 1
    with pytest.raises(InputError, match=r"has one class only \('kind 1'\)"):
        check_labeled(resolve_shapes(shapes))


def test_identity_is_of_content(run: Path) -> None:
    model, name = resolve_model(run)
    fields = {**identity_of(model, name), **data_fields(resolve_shapes(run.parent / "sticks.npz"))}
    record = Record("probe/svm", "honest", weights="pre-trained", split="test", seed=0, metrics={}, **fields)
    assert record.model_hash == weights_hash(model)
    assert record.data_fingerprint == data_fields(resolve_shapes(sticks()))["data_fingerprint"]
    assert record.data_fingerprint != data_fields(resolve_shapes(sticks(60)))["data_fingerprint"]


def test_records_go_where_asked_or_beside_the_model(run: Path, tmp_path: Path) -> None:
    for model in (run, run / "model", run / "models" / "epoch-0001"):
        assert record_place(model, None, "probe") == run / "results" / "probe.json"
    assert record_place("recon.pth", None, "probe") is None
    assert record_place(torch.nn.Linear(2, 2), None, "probe") is None
    assert record_place(run, tmp_path / "mine.json", "probe") == tmp_path / "mine.json"
    assert record_place(run, tmp_path / "new", "probe") == tmp_path / "new" / "results" / "probe.json"


def test_places_that_cannot_be_written_are_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "folder.json").mkdir()
    for out, says in (
        ("file", "a file of another kind"),
        ("other.json", "not a results file"),
        ("folder.json", "is a folder"),
        ("file/deeper", "cannot be written"),
    ):
        with pytest.raises(InputError, match=says):
            record_place(run, tmp_path / out, "probe")


def test_measured_again_takes_the_place_of_the_earlier_record_alone(tmp_path: Path) -> None:
    def record(accuracy: float, **changed: object) -> Record:
        values = {"task": "probe/svm", "protocol": "honest", "weights": "pre-trained", "split": "test", "seed": 0}
        values |= {"model": "m", "data": "t", "model_hash": "1", "data_fingerprint": "2"}
        return Record(metrics={"accuracy": accuracy}, **{**values, **changed})  # type: ignore[arg-type]

    file = tmp_path / "probe.json"
    add_records(file, [record(0.1), record(0.2, seed=1), record(0.3, data="u", data_fingerprint="3")])
    add_records(file, [record(0.9, model="elsewhere/m", data="elsewhere/t")])
    assert [r.metrics["accuracy"] for r in load_records(file)] == [0.2, 0.3, 0.9]
