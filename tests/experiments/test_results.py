"""Gathering records: what is averaged with what, what counts once, and what may stand beside published figures."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointrecon import results
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, save_records
from pointrecon.experiments.published import benchmark_of, published
from pointrecon.experiments.result_tables import ResultTables
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40, SCANOBJECTNN


def record(task: str = "probe/svm", accuracy: float = 0.9, seed: int = 0, **more: object) -> Record:
    """One of the group "recon" with pre-training and measuring seed alike, as `probe` leaves it."""
    metrics = more.pop("metrics", {"accuracy": accuracy})
    values = {
        **{"protocol": "honest", "model": "anything", "weights": "pre-trained", "data": "parts.lance"},
        **{"split": "test", "counts": {"test": 100}, "date": "2026-01-01", "machine": "m", "versions": {}},
        **{"group": "recon", "pretrain_seed": seed, "data_fingerprint": "f" * 16, "command": "python"},
        **more,
    }
    values.setdefault("model_hash", f"{values['group']}-{values['pretrain_seed']}-{values['weights']}")
    return Record(task=task, seed=seed, metrics=metrics, **values)


def put(folder: Path, *records: Record, name: str = "a.json") -> Path:
    save_records(folder / "results" / name, records)
    return folder


def cells(found: ResultTables, grid: int = 0) -> dict[str, dict[str, list[float]]]:
    return {row.label: {c: sorted(cell.values) for c, cell in row.cells.items()} for row in found.grids[grid].rows}


def test_seeds_of_a_group_are_averaged_whatever_folders_and_models_are_called(tmp_path: Path) -> None:
    for place, (seed, value) in zip(("depth-1", "x", "runs/recon-7"), enumerate((0.8, 0.9, 1.0)), strict=True):
        put(tmp_path / place, record(accuracy=value, seed=seed, model=f"{place}/model"))
    for seed in (0, 1):  # names that look like seeds of one thing and are not
        put(tmp_path / f"same-{seed}", record(accuracy=0.5 + seed / 10, seed=seed, group=f"depth {seed}"))
    found = results(tmp_path)
    assert cells(found) == {
        "depth 0": {"linear SVM": [0.5]},
        "depth 1": {"linear SVM": [0.6]},
        "recon": {"linear SVM": [0.8, 0.9, 1.0]},
    }
    assert "| recon | 90.0 ± 10.0 (n = 3) |" in found.text()
    assert "| depth 0 | 50.0 |" in found.text()
    assert found.notes == []
    assert found.mean(group="recon") == pytest.approx(0.9)  # and it is a result like any other


KEYS = ("task", "data_fingerprint", "split", "protocol", "weights", "group", "pretrain_seed", "seed", "points")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["finetune/full", "finetune/linear", "robustness/noise"]),
            *(st.sampled_from(two) for two in (("a" * 16, "b" * 16), ("test", "val"), ("honest", "paper"))),
            *(
                st.sampled_from(two)
                for two in (("pre-trained", "untrained"), ("recon", "mae"), (0, 1), (0, 1), (64, 128))
            ),
        ),
        min_size=1,
        max_size=25,
        unique=True,
    )
)
def test_only_seeds_ever_meet_in_a_cell(tmp_path_factory, asked: list[tuple]) -> None:
    made = []
    for number, values in enumerate(asked):
        told = dict(zip(KEYS, values, strict=True))
        choices = {"points": told.pop("points")}
        made.append(record(told.pop("task"), number / 100, told.pop("seed"), choices=choices, **told))
    found = results(put(tmp_path_factory.mktemp("any"), *made))
    told = [cell for grid in found.grids for row in grid.rows for cell in row.cells.values()]
    for cell in told:
        same = {
            (r.task, r.data_fingerprint, r.split, r.protocol, r.weights, r.group, r.choices["points"])
            for r in cell.records
        }
        assert len(same) == 1
        assert len({(r.seed, r.weights == "untrained" or r.pretrain_seed) for r in cell.records}) == len(cell.records)
    # each measurement is somewhere, once; random weights know no seed of pre-training and the newest is taken
    trained = [v for r in made if r.weights != "untrained" for v in r.metrics.values()]
    assert sorted(
        v for cell in told for r, v in zip(cell.records, cell.values, strict=True) if r.weights != "untrained"
    ) == sorted(trained)


def test_different_data_is_never_mixed_and_one_data_of_two_names_is_one(tmp_path: Path) -> None:
    put(tmp_path / "a", record(accuracy=0.5, data="a/parts.lance", data_fingerprint="1" * 16))
    put(tmp_path / "b", record(accuracy=0.7, seed=1, data="b/parts.lance", data_fingerprint="2" * 16))
    put(tmp_path / "c", record(accuracy=0.6, seed=1, data="moved.lance", data_fingerprint="1" * 16))
    found = results(tmp_path)
    assert [(grid.heading, cells(found, i)) for i, grid in enumerate(found.grids)] == [
        ("parts (111111)", {"recon": {"linear SVM": [0.5, 0.6]}}),
        ("parts (222222)", {"recon": {"linear SVM": [0.7]}}),
    ]


def test_models_of_equal_names_that_differ_in_more_than_seeds_are_told_apart(tmp_path: Path) -> None:
    for mark, value in (("aaaaaaaa", 0.5), ("bbbbbbbb", 0.7)):
        tuned = record("finetune/full", value, seed=3, pretrain_seed=0, origin=mark, model_hash=f"{mark}!")
        put(tmp_path / mark, record(accuracy=value, seed=3, pretrain_seed=0, model_hash=mark), tuned)
    put(tmp_path / "other", record(accuracy=0.9, group="mae"))
    found = results(tmp_path)
    assert cells(found, 1) == {"mae": {"linear SVM": [0.9]}, "recon (aaaaaa)": {"linear SVM": [0.5]},
                               "recon (bbbbbb)": {"linear SVM": [0.7]}}  # fmt: skip
    assert cells(found) == {"recon (aaaaaa)": {"full": [0.5]}, "recon (bbbbbb)": {"full": [0.7]}}
    assert found.notes == [
        "'recon' names models that differ in more than their seeds; they are told apart by their hashes (give each a "
        "group of its own to name them)"
    ]


def test_models_nobody_named_are_called_as_they_were_given(tmp_path: Path) -> None:
    how = {"group": "", "pretrain_seed": None}
    put(tmp_path, *(record(accuracy=0.5, seed=s, model="recon.pth", model_hash="a" * 8, **how) for s in (0, 1)),
        record(accuracy=0.7, model="mine/model", model_hash="b" * 8, **how))  # fmt: skip
    assert cells(results(tmp_path)) == {"mine/model": {"linear SVM": [0.7]}, "recon.pth": {"linear SVM": [0.5, 0.5]}}


def test_models_tuned_with_one_seed_and_measured_with_one_are_no_mean(tmp_path: Path) -> None:
    tuned = [
        record("robustness/noise", v, group="recon, full", origin="a", model_hash=h)
        for v, h in ((0.5, "ccc"), (0.7, "ddd"))
    ]
    assert cells(results(put(tmp_path, *tuned))) == {
        "recon, full, model ccc": {"noise": [0.5]},
        "recon, full, model ddd": {"noise": [0.7]},
    }


def test_mean_deviation_and_number_of_seeds_are_told(tmp_path: Path) -> None:
    rows = [record(accuracy=a, seed=s) for s, a in enumerate((0.90, 0.93, 0.99))]
    put(tmp_path / "all", *rows, record("probe/knn", 0.5))
    found = results(tmp_path)
    values = np.array([90.0, 93.0, 99.0])
    assert f"{values.mean():.1f} ± {values.std(ddof=1):.1f}" in found.text()
    grid = found.grids[0]
    assert (grid.columns, grid.heading) == (["linear SVM", "kNN"], "parts")
    one = results(put(tmp_path / "one", record(seed=4)))
    assert "one seed (4)" in one.grids[0].caption
    assert "±" not in one.text()
    three = results(put(tmp_path / "three", *rows))
    assert "protocol honest; mean ± sample standard deviation over 3 seeds (0, 1, 2)." in three.grids[0].caption
    assert "of parts, 100 shapes" in three.grids[0].caption
    measured_alike = [record(seed=0, pretrain_seed=s) for s in (0, 1, 2)]
    assert "over 3 seeds (0, 1, 2)." in results(put(tmp_path / "alike", *measured_alike)).grids[0].caption


def test_a_record_counts_once_and_a_newer_one_instead_of_an_older(tmp_path: Path) -> None:
    both = [record("finetune/full", 0.8, seed=s) for s in (0, 1)]
    put(tmp_path / "run", *both)
    for one in both:
        put(tmp_path / "run" / f"seed-{one.seed}", one)
    found = results([tmp_path, tmp_path / "run"])
    assert cells(found) == {"recon": {"full": [0.8, 0.8]}}
    assert found.notes == []
    put(tmp_path / "elsewhere", record("finetune/full", 0.6, seed=1, date="2026-01-02"), name="b.json")
    again = results(tmp_path)
    assert cells(again) == {"recon": {"full": [0.6, 0.8]}}
    assert again.notes == ["of measurements made again the newest was taken; 1 older left out"]


def test_half_written_and_foreign_files_are_skipped_and_told(tmp_path: Path) -> None:
    put(tmp_path / "run", record())
    for name, text in (
        ("half.json", '[{"task": "probe/svm", "prot'),
        ("foreign.json", '{"a": 1}'),
        ("wrong.json", "[7]"),
    ):
        (tmp_path / "run" / "results" / name).write_text(text)
    (tmp_path / "ablation.json").write_text("{")
    found = results(tmp_path)
    assert cells(found) == {"recon": {"linear SVM": [0.9]}}
    assert len(found.notes) == 4
    assert all(note.startswith("left out: ") and "\n" not in note for note in found.notes)
    assert "half.json" in found.notes[1]


def test_protocols_and_splits_never_meet(tmp_path: Path) -> None:
    how = ({}, {"protocol": "paper"}, {"split": "val"}, {"data_fingerprint": "e" * 16, "data": "other"})
    put(tmp_path, *(record(accuracy=number / 10, **more) for number, more in enumerate(how)))
    found = results(tmp_path)
    assert sorted(cell.values for grid in found.grids for row in grid.rows for cell in row.cells.values()) == [
        [0.0],
        [0.1],
        [0.2],
        [0.3],
    ]
    assert sorted(grid.heading for grid in found.grids) == [
        "other",
        "parts, protocol honest, test split",
        "parts, protocol honest, val split",
        "parts, protocol paper",
    ]
    assert all(grid.caption.count("protocol paper") == (grid.first.protocol == "paper") for grid in found.grids)


def test_what_differs_in_one_column_gets_rows_that_say_so(tmp_path: Path) -> None:
    put(tmp_path, record("finetune/full", 0.7, choices={"points": 1024, "learning_rate": 1e-5}),
        record("finetune/full", 0.8, choices={"points": 8192, "learning_rate": 1e-5}))  # fmt: skip
    assert set(cells(results(tmp_path))) == {"recon, 1024 points", "recon, 8192 points"}
    linear = record("finetune/linear", 0.5, group="mae", choices={"learning_rate": 1e-4})
    full = record("finetune/full", 0.6, group="mae", choices={"learning_rate": 1e-5})
    put(tmp_path / "d", linear, full)
    assert set(cells(results(tmp_path))["mae"]) == {"full", "linear"}


def test_zero_shot_by_other_words_and_robustness_by_other_probes_are_other_measurements(tmp_path: Path) -> None:
    for words, value in ((["bolt"] * 20, 0.5), (["nut"] * 20, 0.7)):
        top = {"accuracy": value, "chance": 0.05}
        put(tmp_path, record("zero-shot", metrics=top, choices={"query": "text", "words": words}), name=f"{value}.json")
    for probe, value in (("svm", 0.5), ("knn", 0.7)):
        rows = [record("robustness/noise", value, s, choices={"probe": probe, "severities": [1, 3]}) for s in (0, 1)]
        put(tmp_path / probe, *rows)
    found = results(tmp_path)
    assert [row.cells["top-1"].values for row in found.grids[0].rows] == [[0.5], [0.7]]
    told = [row.label for row in found.grids[0].rows]
    assert all(label.startswith(f"recon, words {w}, {w}") for label, w in zip(told, ("bolt", "nut"), strict=True))
    assert cells(found, 1) == {"recon, kNN": {"noise": [0.7, 0.7]}, "recon, linear SVM": {"noise": [0.5, 0.5]}}
    assert found.notes == []


def test_random_weights_measured_beside_several_models_are_one_row(tmp_path: Path) -> None:
    def beside(name: str, accuracies: tuple[float, ...]) -> None:
        for seed, value in enumerate(accuracies):
            twin = record(accuracy=value, seed=seed, group=name, weights="untrained", model_hash=f"{value}")
            put(tmp_path / f"{name}{seed}", twin, record(accuracy=0.9, seed=seed, group=name))

    beside("a", (0.5, 0.6))
    beside("b", (0.5, 0.6, 0.7))
    found = results(tmp_path)
    assert list(cells(found)) == ["untrained", "a", "b"]
    assert cells(found)["untrained"] == {"linear SVM": [0.5, 0.6, 0.7]}
    assert "| untrained | 60.0 ± 10.0 |" in found.text()
    beside("c", (0.5, 0.4))  # the same by chance once: other weights
    assert list(cells(results(tmp_path))) == ["c, untrained", "untrained (a, b)", "a", "b", "c"]


def test_one_untrained_twin_beside_three_runs_is_one_measurement(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        how = {"seed": 0, "pretrain_seed": seed}
        put(
            tmp_path / str(seed),
            record(accuracy=0.5, weights="untrained", model_hash="twin", **how),
            record(accuracy=0.9, **how),
        )
    found = results(tmp_path)
    assert cells(found) == {"recon, untrained": {"linear SVM": [0.5]}, "recon": {"linear SVM": [0.9] * 3}}
    assert found.notes == []


def test_the_picture_teacher_is_a_row_of_its_own_and_no_model(tmp_path: Path) -> None:
    how = {
        "weights": "picture teacher",
        "group": "",
        "pretrain_seed": None,
        "model": "image/multiview",
        "model_hash": "",
    }
    for seed in (0, 1):  # beside each of two models, the same measurement
        for group in ("a", "b"):
            put(
                tmp_path / f"{group}{seed}",
                record(accuracy=0.5 + seed / 10, seed=seed, **how),
                record(seed=seed, group=group),
            )
    found = results(tmp_path)
    assert cells(found)["image/multiview, picture teacher"] == {"linear SVM": [0.5, 0.6]}
    assert found.notes == []
    variants = [{"label": label, "value": None, "folder": "", "group": label} for label in "ab"]
    summary = {"experiments": {"x": {"title": "X", "axis": "", "variants": variants}}}
    (tmp_path / "ablation.json").write_text(json.dumps(summary))
    found = results(tmp_path)
    assert [list(cells(found, i)) for i in range(len(found.grids))] == [["image/multiview, picture teacher", "a", "b"]]


def test_captions_say_what_cells_are(tmp_path: Path) -> None:
    def caption(**seeds: tuple[int, ...]) -> str:
        folder = tmp_path / "-".join(f"{name}{len(drawn)}{drawn[0]}" for name, drawn in seeds.items())
        put(folder, *(record(seed=seed, group=name) for name, drawn in seeds.items() for seed in drawn))
        return results(folder).grids[0].caption.split("protocol honest; ")[1]

    mean = "mean ± sample standard deviation over"
    assert caption(a=(0, 1, 2), b=(0, 1, 2)) == f"{mean} 3 seeds (0, 1, 2)."
    assert caption(a=(0, 1, 2), b=(0, 1)) == f"{mean} 3 seeds (0, 1, 2), or over as many as a cell says."
    assert caption(a=(0, 1), b=(2, 3)) == f"{mean} 2 seeds."
    assert caption(a=(4,), b=(4,)) == "one seed (4)."
    assert caption(a=(1,), b=(2,)) == "one seed."
    assert caption(a=(0,), b=(0,), c=(0, 1)) == f"one seed (0), or {mean} as many as a cell says."


def test_every_family_and_an_unknown_task_are_listed(tmp_path: Path) -> None:
    top = {"accuracy": 0.3, "mean_class_accuracy": 0.25, "top3_accuracy": 0.5, "top5_accuracy": 0.6, "chance": 0.1}
    put(
        tmp_path,
        *(record(f"few-shot/full/{w}w{s}s", 0.9, seed=i, pretrain_seed=0, choices={"fold": i})
          for w, s in ((10, 10), (5, 20), (5, 10)) for i in range(3)),
        record("zero-shot", metrics=top, choices={"query": "text"}),
        record("segment", metrics={"instance_miou": 0.8, "class_miou": 0.7, "accuracy": 0.9}),
        record("segment/votes10", metrics={"instance_miou": 0.81, "class_miou": 0.71, "accuracy": 0.9}),
        record("robustness", metrics={"accuracy": 0.6, "relative_accuracy": 0.7, "worst_accuracy": 0.2}),
        *(record(f"robustness/{kind}", 0.6) for kind in ("noise", "clean")),
        record("finetune/full/votes10", 0.8),
        record("finetune/full", 0.7),
        record("weighing", metrics={"grams": 0.5}),
    )  # fmt: skip
    found = results(tmp_path)
    assert {grid.family.name: grid.columns for grid in found.grids} == {
        "finetune": ["full", "full, vote of 10"],
        "few-shot": ["5-way 10-shot", "5-way 20-shot", "10-way 10-shot"],
        "zero-shot": ["top-1", "top-3", "top-5", "mean class accuracy", "chance"],
        "segment": ["class mIoU", "class mIoU, vote of 10", "instance mIoU", "instance mIoU, vote of 10"],
        "robustness": ["clean", "noise", "mean", "relative to clean", "worst"],
        "other": ["weighing: grams"],
    }
    text = found.text()
    assert "over 3 folds" in text
    assert "| recon, full | 90.0 ± 0.0 | 90.0 ± 0.0 | 90.0 ± 0.0 |" in text
    assert re.findall(r"^## (.*)", text, re.M)[0] == "Fine-tuning"


def test_folds_of_several_runs_stay_folds(tmp_path: Path) -> None:
    for seed in (0, 1):
        rows = [
            record("few-shot/svm/5w10s", 0.9 + i / 100, seed + i, pretrain_seed=seed, choices={"fold": i})
            for i in range(4)
        ]
        put(tmp_path / str(seed), *rows)
    found = results(tmp_path)
    assert list(cells(found)) == ["recon, linear SVM"]
    assert "over 8 folds of 2 runs together" in found.grids[0].caption


def test_under_the_paper_protocol_the_best_seed_is_told(tmp_path: Path) -> None:
    put(tmp_path, *(record("finetune/full", a, seed=s, protocol="paper") for s, a in enumerate((0.90, 0.92))))
    assert "| recon | 91.0 ± 1.4, best 92.0 |" in results(tmp_path).text()


MODELNET = {"data": "ModelNet40", "classes": list(MODELNET40), "counts": {"test": 2468}}


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        ("modelnet40", {}),
        ("modelnet40", {"data": "data/modelnet40.lance"}),
        ("", {"data": "data/parts.lance"}),
        ("", {"counts": {"test": 2400}}),
        ("", {"classes": list(MODELNET10)}),
        ("", {"data": "modelnet10.lance"}),
        ("modelnet10", {"data": "ModelNet10.npz", "classes": list(MODELNET10), "counts": {"test": 908}}),
        ("", {"split": "val"}),
        ("modelnet40", {"split": "all", "counts": {"test": 12311}}),
        ("modelnet40", {"task": "few-shot/full/5w10s", "classes": ["bed", "car"], "counts": {"test": 100}}),
        ("", {"task": "few-shot/full/5w10s", "classes": ["bed", "Biplane"], "counts": {"test": 100}}),
        (
            "scanobjectnn-pb-t50-rs",
            {"data": "ScanObjectNN PB_T50_RS", "classes": list(SCANOBJECTNN), "counts": {"test": 2882}},
        ),
    ],
)
def test_a_benchmark_is_known_by_name_classes_and_number_of_shapes(known: str, changes: dict) -> None:
    assert benchmark_of(record(**{**MODELNET, **changes})) == known


def test_published_figures_stand_beside_the_same_benchmark_and_setting_only(tmp_path: Path) -> None:
    small = {"choices": {"points": 1024}, "data_fingerprint": "a" * 16}
    put(
        tmp_path,
        record("finetune/full", 0.93, **MODELNET, **small),
        record("finetune/full/votes10", 0.94, **MODELNET, **small),
        record("finetune/linear", 0.92, **MODELNET, **small),
        record("finetune/full", 0.5, data="parts.lance"),
    )
    found = results(tmp_path)
    grids = {grid.heading: grid for grid in found.grids}
    assert grids["ModelNet40"].outside == {"published": {"full": "94.1", "full, vote of 10": "94.5"}}
    assert grids["parts"].outside == {}
    text = found.text()
    assert "| published | 94.1 | 94.5 | – |" in text
    assert "best test epoch of 8 seeds" in text
    assert "94.1" not in results(tmp_path, published=False).text()
    large = record("finetune/full/votes10", **MODELNET, choices={"points": 8192})
    assert published(large, "accuracy") == [("published", "94.7")]
    assert published(record("finetune/full", **MODELNET, choices={"points": 8192}), "accuracy") == []
    assert published(record("finetune/full", **MODELNET, choices={"points": 1024, "labels": 0.1}), "accuracy") == []
    parts = record("segment", data="shapenetpart.lance", counts={"test": 2874}, metrics={"class_miou": 0.8})
    assert published(parts, "class_miou") == [("published", "84.8")]
    assert published(parts, "accuracy") == []


def test_label_efficiency_is_a_table_and_a_figure(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for weights, drop in (("pre-trained", 0.0), ("untrained", 0.2)):
        for share, value in ((0.01, 0.5), (0.1, 0.7), (1, 0.9)):
            choices = {"labels": share} if share < 1 else {}
            rows = [record("finetune/full", value - drop + s / 50, s, weights=weights, choices=choices) for s in (0, 1)]
            put(runs / f"{weights}-{share:g}", *rows)
    put(runs / "other", record("finetune/full", 0.8, group="mae"))  # no share of labels: not in the curve
    found = results(runs, tmp_path / "out")
    grid = next(grid for grid in found.grids if grid.family.name == "labels")
    assert grid.columns == ["1%", "10%", "100%"]
    assert [row.label for row in grid.rows] == ["recon, from scratch", "recon"]
    assert all(len(row.cells) == 3 for row in grid.rows)
    figure = tmp_path / "out" / "labels-parts-fine-tuned-whole.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert f"]({figure.name})" in (tmp_path / "out" / "results.md").read_text()


def test_a_figure_of_many_models_has_several_panels(tmp_path: Path, monkeypatch) -> None:
    from pointrecon.experiments import result_tables

    drawn = {}
    monkeypatch.setattr(
        result_tables, "draw", lambda path, panels, **how: drawn.update(panels) or path.write_bytes(b"")
    )
    for name in "abcdef":
        put(
            tmp_path / name,
            *(record("finetune/full", 0.5, group=name, choices={"labels": share}) for share in (0.1, 0.5)),
        )
    results(tmp_path, tmp_path / "out")
    assert {title: [line.name for line in lines] for title, lines in drawn.items()} == {
        "parts, fine-tuned whole (1)": ["a", "b", "c", "d"],
        "parts, fine-tuned whole (2)": ["e", "f"],
    }
    assert all(line.values == [0.1, 0.5] for lines in drawn.values() for line in lines)


def test_ablations_are_tables_of_their_variants_and_share_runs(tmp_path: Path) -> None:
    out = tmp_path / "ablations"
    variants = []
    for label, value in (("ratio 0.6", 0.6), ("ratio 0.3", 0.3), ("not yet", 0.9)):
        group = f"mask-ratio/{label}"
        variants.append({"label": label, "value": value, "folder": "any", "group": group})
        for seed in (0, 1) if label != "not yet" else ():
            twin, knn = record(accuracy=0.1, seed=seed, weights="untrained"), record("probe/knn", 0.2, seed)
            every = (record(accuracy=value + seed / 10, seed=seed), twin, knn)
            put(out / f"{label}{seed}", *(replace(one, group=group) for one in every))
    named = {
        "mask-ratio": {"title": "Share of hidden patches", "axis": "ratio", "variants": variants},
        "again": {"title": "The same run", "axis": "", "variants": [{**variants[0], "label": "ReCon"}]},
    }
    plain = results(out)
    assert cells(plain)["mask-ratio/ratio 0.3"] == {"linear SVM": [0.3, 0.4], "kNN": [0.2, 0.2]}
    (out / "ablation.json").write_text(json.dumps({"experiments": named}))
    put(
        tmp_path / "elsewhere", record(accuracy=0.9, group="mask-ratio/ratio 0.3", pretrain_seed=5)
    )  # not of this ablation
    found = results(tmp_path)
    assert [(grid.family.title, grid.heading) for grid in found.grids] == [
        ("Probes on frozen features", "parts"),
        ("Ablations", "Share of hidden patches"),
        ("Ablations", "The same run"),
    ]
    assert {k: {c: pytest.approx(v) for c, v in row.items()} for k, row in cells(found, 1).items()} == {
        "untrained": {"parts, linear SVM": [0.1, 0.1]},
        "ratio 0.6": {"parts, linear SVM": [0.6, 0.7], "parts, kNN": [0.2, 0.2]},
        "ratio 0.3": {"parts, linear SVM": [0.3, 0.4], "parts, kNN": [0.2, 0.2]},
        "not yet": {},
    }
    assert found.grids[1].columns == ["parts, linear SVM", "parts, kNN"]
    assert set(cells(found, 2)) == {"ReCon, untrained", "ReCon"}


def test_what_is_written_can_be_read_and_names_no_place_of_this_machine(tmp_path: Path) -> None:
    runs, out = tmp_path / "runs", tmp_path / "runs" / "results"
    put(
        runs / "recon-0",
        record(model=f"{runs.resolve()}/recon-0/model", data=f"{tmp_path.resolve()}/parts_a&b<50%>#1.lance"),
    )
    found = results(runs, out)
    assert sorted(path.name for path in found.written) == ["results.csv", "results.json", "results.md", "results.tex"]
    lines = list(csv.DictReader(io.StringIO((out / "results.csv").read_text())))
    assert [lines[0][key] for key in ("row", "group", "mean", "n", "deviation")] == [
        "recon",
        "recon",
        "0.900000",
        "1",
        "",
    ]
    content = json.loads((out / "results.json").read_text())
    assert content["records"][0]["file"] == "recon-0/results/a.json"
    assert str(runs.resolve()) not in json.dumps(content)
    latex = (out / "results.tex").read_text()
    assert r"parts\_a\&b\textless{}50\%\textgreater{}\#1" in latex
    assert latex.count(r"\toprule") == latex.count(r"\begin{tabular}") == 1
    assert cells(results(runs)) == cells(found)  # what it wrote is no record


def test_every_metric_is_in_the_csv_once(tmp_path: Path) -> None:
    top = {"accuracy": 0.3, "top3_accuracy": 0.5, "mean_class_accuracy": 0.2}
    put(tmp_path, *(record("zero-shot", metrics=top, seed=s) for s in (0, 1)))
    lines = list(csv.DictReader(io.StringIO(results(tmp_path).text("csv"))))
    assert [(line["metric"], line["n"], line["seeds"]) for line in lines] == [(name, "2", "0 1") for name in top]


def test_the_command_prints_and_says_what_is_wrong(tmp_path: Path, capsys) -> None:
    assert main(["results", str(tmp_path)]) == 2
    assert "there is no results/*.json below" in capsys.readouterr().err
    assert main(["results", str(tmp_path / "nowhere")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    put(tmp_path / "run", record())
    (tmp_path / "run" / "results" / "broken.json").write_text("{")
    assert main(["results", str(tmp_path), "--format", "pdf"]) == 2
    assert "no format 'pdf'" in capsys.readouterr().err
    assert main(["results", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "| recon | 90.0 |" in told.out
    assert "note: left out: " in told.err
    assert "broken.json" in told.err
    assert main(["results", str(tmp_path), "-o", str(tmp_path / "out"), "--format", "csv"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["results.csv", "results.json"]
    with pytest.raises(InputError, match="is a file"):
        results(tmp_path, tmp_path / "out" / "results.csv")
