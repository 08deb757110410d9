"""Classes that a model guessed are never taken as truth: not learned from, not tested on, and told."""

from pathlib import Path

import numpy as np
import pytest

import pointrecon
from labeled import model_folder, settings, sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import probe, zero_shot
from pointrecon.evaluation.robustness_runs import robustness
from pointrecon.experiments.ablation import _to_measure
from pointrecon.reports.html import _encoded
from pointrecon.reports.run_contents import RunContents
from pointrecon.retrieval.shape_export import export_shapes
from pointrecon.shapes import ShapeTable, as_shapes, open_table
from pointrecon.training.pretraining import _categories, _opened
from pointrecon.transfer import few_shot
from standin import StandIn

TOLD = "24 of 60 labels were guessed by 'made-nano by words', and are not learned from or tested on: have people"


@pytest.fixture
def table(tmp_path) -> ShapeTable:
    """72 shapes: 36 labeled as they are by their files, 24 wrongly by a model (8 as what nobody else said), 12 not."""
    shapes = sticks()
    right = shapes.label.copy()
    shapes.label[36:] = -1
    shapes.save(tmp_path / "t.npz")
    found = open_table(tmp_path / "t.npz")
    wrong = [f"kind {(n + 1) % 3}" if i % 3 else "saddle" for i, n in enumerate(right[36:60])]
    found.set_labels(shapes.id[36:60], wrong, "made-nano by words", np.full(24, 0.9))
    return found


def guessed_alone(path: Path) -> ShapeTable:
    shapes = sticks()
    ids = shapes.id.copy()
    shapes.label[:] = -1
    shapes.save(path)
    found = open_table(path)
    found.set_labels(ids, [f"kind {i % 3}" for i in range(72)], "made-nano", np.full(72, 0.9))
    return found


@pytest.mark.parametrize("given", ["table", "path", "memory"])
def test_a_probe_learns_from_people_and_is_tested_on_them(table, given) -> None:
    data = {"table": table, "path": table.path, "memory": table.load()}[given]
    found = probe(StandIn(), data, probes="knn", compare_untrained=False, show=False, progress=False)
    (record,) = found.records
    assert sum(record.counts[split] for split in ("train", "val", "test")) == 36
    assert record.counts["test"] == int((table.load().split[:36] == "test").sum())
    assert record.classes == ["kind 0", "kind 1", "kind 2"]
    assert record.metrics["accuracy"] == 1.0
    assert [note for note in record.notes if note.startswith(TOLD)]


def test_what_a_model_guesses_changes_no_number(table) -> None:
    before = as_shapes(table).by_people().fingerprint()
    table.set_labels(["0070"], ["a new one"], "made-nano", [0.7])
    assert as_shapes(table).by_people().fingerprint() == before
    table.set_labels(["0036"], ["kind 0"], "Ada")  # confirmed
    found = as_shapes(table).by_people()
    assert (found.label >= 0).sum() == 37
    assert found.fingerprint() != before
    assert found.remarks[0].startswith("24 of 61 ")


def test_shapes_are_named_few_shots_drawn_and_damage_measured_with_the_labels_of_people(table) -> None:
    (named,) = zero_shot(StandIn(), table, class_matrix=np.eye(3, dtype=np.float32), split="all", progress=False)
    assert named.counts == {"test": 36, "classes": 3}
    assert named.notes[0].startswith(TOLD)
    shot = few_shot(StandIn(), table, method="knn", way=3, shot=2, queries=9, folds=1, progress=False)
    assert shot.records[0].counts["test"] == 9
    assert [note for note in shot.records[0].notes if note.startswith(TOLD)]
    damaged = robustness(
        StandIn(), table, corruptions=("noise",), severities=(1,), seeds=1, probe="knn", show=False, progress=False
    )
    assert damaged.records[0].counts["test"] == 9
    assert [note for note in damaged.records[0].notes if note.startswith(TOLD)]


def test_fine_tuning_learns_from_people(tmp_path, table) -> None:
    how = settings(mode="linear", train={"epochs": 1})
    found = pointrecon.finetune(model_folder(tmp_path / "m"), table, tmp_path / "run", **how)
    (record,) = found.records
    assert record.counts["train"] + record.counts["val"] + record.counts["test"] == 36
    assert record.classes == ["kind 0", "kind 1", "kind 2"]
    assert [note for note in record.notes if note.startswith(TOLD)]


def test_pretraining_an_ablation_and_a_report_watch_the_labels_of_people(tmp_path, table) -> None:
    shapes, parts = _opened([table], None)
    assert [(one.label >= 0).sum() for one in (shapes, *parts)] == [36, 36]
    assert _categories(shapes) == ["kind 0", "kind 1", "kind 2"]
    _, marks = _to_measure([table], [])
    assert marks["t"]["fingerprint"] == as_shapes(table).by_people().fingerprint() == parts[0].fingerprint()
    model_folder(tmp_path / "model")
    shown = _encoded(RunContents(tmp_path), table, None, 0, False)
    assert not np.isin(shown.asking.id[shown.asking.label >= 0], table.ids()[36:]).any()
    assert shown.remarks[0].startswith(TOLD)


def test_where_all_labels_are_guesses_there_is_nothing_to_measure(tmp_path) -> None:
    table = guessed_alone(tmp_path / "t.npz")
    why = "no labels by people: 72 of 72 labels were guessed by 'made-nano', .*'pointrecon label TABLE --from FILE'"
    for measure in (
        lambda: probe(StandIn(), table),
        lambda: zero_shot(StandIn(), table, class_matrix=np.eye(3)),
        lambda: few_shot(StandIn(), table, method="knn", way=3, shot=2, folds=1),
        lambda: robustness(StandIn(), table),
        lambda: _to_measure([table], [table]),
        lambda: pointrecon.finetune(model_folder(tmp_path / "m"), table, tmp_path / "run", mode="linear"),
    ):
        with pytest.raises(InputError, match=why):
            measure()
    assert not (tmp_path / "run").exists()
    table.set_labels(["0000"], ["kind 0"], "Ada")
    with pytest.raises(InputError, match="one class only .* 71 of 72 labels were guessed"):
        probe(StandIn(), table)


def test_what_shows_labels_tells_guesses(table, capsys) -> None:
    main(["shapes", "info", str(table.path)])
    assert "60 in 4 classes, 24 of them guessed by a model" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_files_of_vectors_and_exports_say_which_classes_are_guesses(table, tmp_path, suffix) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    by_model = [i in range(36, 60) for i in range(72)]
    out = tmp_path / f"vectors{suffix}"
    pointrecon.embed(StandIn(), table, out=out, in_table=False, progress=False)
    found = np.load(out) if suffix == ".npz" else parquet.read_table(out)
    assert np.asarray(found["guessed"]).tolist() == by_model
    export_shapes(table, tmp_path / "x", progress=False)
    rows = [row for one in (tmp_path / "x").glob("*/metadata.parquet") for row in parquet.read_table(one).to_pylist()]
    assert {row["id"] for row in rows if row["guessed"]} == set(table.load().id[36:60].tolist())
