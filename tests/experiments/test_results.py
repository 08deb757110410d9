"""Gathering records: what is averaged with what, what counts once, and what may stand beside published figures."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, save_records
from pointrecon.evaluation.run_names import short_names
from pointrecon.experiments.published import benchmark_of, published
from pointrecon.experiments.result_tables import Results, results
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40, SCANOBJECTNN


def record(task: str = "probe/svm", accuracy: float = 0.9, seed: int = 0, **more: object) -> Record:
    metrics = more.pop("metrics", {"accuracy": accuracy})
    values = {
        **{"protocol": "honest", "model": "runs/recon-0/model", "weights": "pre-trained", "data": "parts.lance"},
        **{"split": "test", "counts": {"test": 100}, "date": "2026-01-01", "machine": "m", "versions": {}},
        **more,
    }
    return Record(task=task, seed=seed, metrics=metrics, command="python", **values)


def put(folder: Path, *records: Record, name: str = "a.json", train_seed: int | None = None) -> Path:
    save_records(folder / "results" / name, records)
    if train_seed is not None:
        (folder / "config.yaml").write_text(yaml.safe_dump({"train": {"seed": train_seed}}))
    return folder


def cells(found: Results, grid: int = 0) -> dict[str, dict[str, list[float]]]:
    return {row.label: {c: sorted(g.values) for c, g in row.cells.items()} for row in found.grids[grid].rows}


def test_seeds_are_averaged_and_settings_are_not(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for seed, value in enumerate((0.8, 0.9, 1.0)):
        run = put(runs / f"recon-{seed}", train_seed=seed)
        put(run, record(accuracy=value, seed=0, model=str(run / "model")))
    for depth, value in ((1, 0.5), (2, 0.7)):  # no seeds: the runs' configuration says so
        run = put(runs / f"depth-{depth}", train_seed=0)
        put(run, record(accuracy=value, seed=0, model=str(run / "model")))
    found = results(runs)
    assert cells(found) == {
        "depth-1": {"linear SVM": [0.5]},
        "depth-2": {"linear SVM": [0.7]},
        "recon": {"linear SVM": [0.8, 0.9, 1.0]},
    }
    text = found.text()
    assert "| recon | 90.0 ± 10.0 (n = 3) |" in text
    assert "| depth-1 | 50.0 |" in text
    assert set(cells(results(runs, group="none"))) == {"depth-1", "depth-2", "recon-0", "recon-1", "recon-2"}
    assert cells(results(runs, group="deep=runs/depth-*"))["deep"] == {"linear SVM": [0.5, 0.7]}


def test_mean_deviation_and_number_of_seeds_are_told(tmp_path: Path) -> None:
    rows = [record(accuracy=a, seed=s, model=f"runs/x-{s}/model") for s, a in enumerate((0.90, 0.93, 0.99))]
    put(tmp_path / "all", *rows, record("probe/knn", 0.5, model="runs/x-0/model"))
    found = results(tmp_path)
    values = np.array([90.0, 93.0, 99.0])
    text = found.text()
    assert f"{values.mean():.1f} ± {values.std(ddof=1):.1f}" in text
    grid = found.grids[0]
    assert (grid.columns, grid.heading) == (["linear SVM", "kNN"], "parts")
    one = results(put(tmp_path / "one", record(seed=4)))
    assert "one seed (4)" in one.grids[0].caption
    assert "±" not in one.text()
    three = results(put(tmp_path / "three", *rows))
    assert "protocol honest; mean ± sample standard deviation over 3 seeds (0, 1, 2)." in three.grids[0].caption
    assert "of parts, 100 shapes" in three.grids[0].caption


def test_a_record_counts_once_and_a_newer_one_instead_of_an_older(tmp_path: Path) -> None:
    both = [record("finetune/full", 0.8, seed=s, model="m/model") for s in (0, 1)]
    put(tmp_path / "run", *both)
    for one in both:
        put(tmp_path / "run" / f"seed-{one.seed}", one)
    found = results(tmp_path)
    assert found.gathered.repeated == 2
    assert cells(found) == {"m": {"full": [0.8, 0.8]}}
    put(tmp_path / "run", record("finetune/full", 0.6, seed=1, model="m/model", date="2026-01-02"), name="b.json")
    again = results(tmp_path)
    assert cells(again) == {"m": {"full": [0.6, 0.8]}}
    assert "1 older left out" in again.notes[0]
    put(tmp_path / "run" / "seed-0", record("finetune/full", 0.7, seed=0, model="m/model", date="2026-01-03"))
    assert cells(results(tmp_path)) == {"m": {"full": [0.6, 0.7]}}


def test_protocols_splits_and_tables_never_meet(tmp_path: Path) -> None:
    put(
        tmp_path / "run",
        record(accuracy=0.1),
        record(accuracy=0.2, protocol="paper"),
        record(accuracy=0.3, split="val"),
        record(accuracy=0.4, data="other.lance"),
    )
    found = results(tmp_path)
    assert sorted(row.cells["linear SVM"].values[0] for grid in found.grids for row in grid.rows) == [
        0.1,
        0.2,
        0.3,
        0.4,
    ]
    assert sorted(grid.heading for grid in found.grids) == [
        "other",
        "parts, protocol honest, test split",
        "parts, protocol honest, val split",
        "parts, protocol paper",
    ]
    assert all(grid.caption.count("protocol paper") == (grid.first.protocol == "paper") for grid in found.grids)


def test_what_differs_in_one_column_gets_rows_that_say_so(tmp_path: Path) -> None:
    how = {"model": "m/model", "task": "finetune/full"}
    put(tmp_path / "a", record(accuracy=0.7, choices={"points": 1024, "learning_rate": 1e-5}, **how))
    put(tmp_path / "b", record(accuracy=0.8, choices={"points": 8192, "learning_rate": 1e-5}, **how))
    assert set(cells(results(tmp_path))) == {"m, 1024 points", "m, 8192 points"}
    put(tmp_path / "c", record(accuracy=0.9, choices={"points": 8192, "learning_rate": 1e-5}, **how))
    assert set(cells(results(tmp_path))) == {"m, 1024 points, a", "m, 8192 points, b", "m, 8192 points, c"}
    linear = record("finetune/linear", 0.5, model="n/model", choices={"learning_rate": 1e-4})
    put(tmp_path / "d", linear, record(accuracy=0.6, **{**how, "model": "n/model"}))
    assert set(cells(results(tmp_path))["n"]) == {"full", "linear"}


def test_zero_shot_by_other_words_is_another_measurement(tmp_path: Path) -> None:
    for name, words, value in (("a", ["bolt"] * 20, 0.5), ("b", ["nut"] * 20, 0.7)):
        top = {"accuracy": value, "chance": 0.05}
        put(
            tmp_path / "run",
            record("zero-shot", metrics=top, choices={"query": "text", "words": words}),
            name=f"{name}.json",
        )
    found = results(tmp_path)
    assert [row.cells["top-1"].values for row in found.grids[0].rows] == [[0.5], [0.7]]
    assert all(
        row.label.startswith(("recon, words bolt, bolt", "recon, words nut, nut")) for row in found.grids[0].rows
    )
    assert found.notes == []


def test_robustness_by_other_probes_is_not_averaged(tmp_path: Path) -> None:
    for probe, value in (("svm", 0.5), ("knn", 0.7)):
        rows = [
            record("robustness/noise", value, seed=s, choices={"probe": probe, "severities": [1, 3]}) for s in (0, 1)
        ]
        put(tmp_path / probe, *rows)
    assert cells(results(tmp_path)) == {
        "recon-0, kNN": {"noise": [0.7, 0.7]},
        "recon-0, linear SVM": {"noise": [0.5, 0.5]},
    }


def test_a_fine_tuned_model_is_named_by_what_it_began_as_in_every_table(tmp_path: Path) -> None:
    for seed in (0, 1):
        start = put(tmp_path / "runs" / f"recon-{seed}", train_seed=seed) / "model"
        for folder, weights in (("pre", "pre-trained"), ("scratch", "untrained")):
            run = tmp_path / "transfer" / folder / f"mn-full-{seed}"
            how = {"seed": seed, "weights": weights, "choices": {"points": 64}}
            put(run, record("finetune/full", 0.9, model=f"runs/recon-{seed}/model", **how))
            settings = {"model": f"runs/recon-{seed}/model", "mode": "full", "labels": 1.0, "train": {"seed": seed}}
            (run / "config.yaml").write_text(yaml.safe_dump(settings))
            tuned = record("robustness/noise", 0.8, model=f"transfer/{folder}/mn-full-{seed}/model", **how)
            put(tmp_path / "transfer" / f"damage-{seed}", tuned, name=f"{folder}.json")
        probed = {"choices": {"probe": "svm"}, "seed": seed, "model": str(start)}
        put(tmp_path / "transfer" / f"damage-{seed}", record("robustness/noise", 0.7, **probed))
    places = [tmp_path / "runs", tmp_path / "transfer"]
    found = results(places)
    grids = {grid.family.name: number for number, grid in enumerate(found.grids)}
    assert list(cells(found, grids["finetune"])) == ["recon, from scratch", "recon"]
    assert cells(found, grids["robustness"]) == {
        "recon, full, from scratch": {"noise": [0.8, 0.8]},
        "recon, full": {"noise": [0.8, 0.8]},
        "recon, linear SVM": {"noise": [0.7, 0.7]},
    }
    line = next(line for line in csv.DictReader(io.StringIO(found.text("csv"))) if line["method"] == "full")
    assert (line["model"], line["fine_tuned"]) == ("runs/recon", "transfer/pre/mn-full")
    named = cells(results(places, group="mine=runs/recon-*"), grids["robustness"])
    assert list(named) == ["mine, full, from scratch", "mine, full", "mine, linear SVM"]


def test_models_fine_tuned_in_other_ways_stay_apart(tmp_path: Path) -> None:
    for name, more in (("a", {"labels": 0.1}), ("b", {"mode": "linear"}), ("c", {}), ("d", {})):
        run = tmp_path / name
        run.mkdir()
        (run / "config.yaml").write_text(yaml.safe_dump({"model": "recon.pth", "mode": "full", "labels": 1, **more}))
        put(tmp_path / "damage", record("robustness/noise", model=str(run / "model")), name=f"{name}.json")
    assert set(cells(results(tmp_path))) == {
        "recon.pth, full, 10% of the labels",
        "recon.pth, linear",
        "recon.pth, full, c",
        "recon.pth, full, d",
    }


def test_the_same_random_weights_beside_several_models_are_one_row(tmp_path: Path) -> None:
    def beside(name: str, accuracies: tuple[float, ...]) -> None:
        for seed, accuracy in enumerate(accuracies):
            run = put(tmp_path / f"{name}-{seed}", train_seed=seed)
            how = {"seed": seed, "model": f"{name}-{seed}/model"}
            put(run, record(accuracy=accuracy, weights="untrained", **how), record(accuracy=0.9, **how))

    beside("a", (0.5, 0.6))
    beside("b", (0.5, 0.6, 0.7))
    assert cells(results(tmp_path))["untrained"] == {"linear SVM": [0.5, 0.6, 0.7]}
    assert list(cells(results(tmp_path))) == ["untrained", "a", "b"]
    assert "| untrained | 60.0 ± 10.0 |" in results(tmp_path).text()
    beside("c", (0.5, 0.4))  # the same by chance once: other weights
    assert list(cells(results(tmp_path))) == ["c, untrained", "untrained (a, b)", "a", "b", "c"]


def test_captions_say_what_cells_are(tmp_path: Path) -> None:
    def caption(**seeds: tuple[int, ...]) -> str:
        folder = tmp_path / "-".join(f"{name}{len(drawn)}{drawn[0]}" for name, drawn in seeds.items())
        for name, drawn in seeds.items():
            put(folder / name, *(record(seed=seed, model=f"{name}/model") for seed in drawn))
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
        tmp_path / "run",
        *(record(f"few-shot/full/{w}w{s}s", 0.9, seed=i, choices={"fold": i})
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
    columns = {grid.family.name: grid.columns for grid in found.grids}
    assert columns == {
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
            record("few-shot/svm/5w10s", 0.9 + 0.01 * i, seed=seed + i, model=f"runs/recon-{seed}/model",
                   choices={"fold": i})
            for i in range(4)
        ]  # fmt: skip
        for i, one in enumerate(rows):
            put(tmp_path / f"5w10s-recon-{seed}", one, name=f"fold-{i:02d}.json")
    found = results(tmp_path)
    assert list(cells(found)) == ["recon, linear SVM"]
    assert "over 8 folds of 2 runs together" in found.grids[0].caption


def test_under_the_paper_protocol_the_best_seed_is_told(tmp_path: Path) -> None:
    put(tmp_path / "a", *(record("finetune/full", a, seed=s, protocol="paper") for s, a in enumerate((0.90, 0.92))))
    assert "| recon-0 | 91.0 ± 1.4, best 92.0 |" in results(tmp_path).text()


MODELNET = {"data": "data/modelnet40.lance", "classes": list(MODELNET40), "counts": {"test": 2468}}


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        ("modelnet40", {}),
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
            {"data": "pb-t50-rs.lance", "classes": list(SCANOBJECTNN), "counts": {"test": 2882}},
        ),
    ],
)
def test_a_benchmark_is_known_by_name_classes_and_number_of_shapes(known: str, changes: dict) -> None:
    assert benchmark_of(record(**{**MODELNET, **changes})) == known


def test_published_figures_stand_beside_the_same_benchmark_and_setting_only(tmp_path: Path) -> None:
    small = {"choices": {"points": 1024}}
    put(
        tmp_path / "mn",
        record("finetune/full", 0.93, **MODELNET, **small),
        record("finetune/full/votes10", 0.94, **MODELNET, **small),
        record("finetune/linear", 0.92, **MODELNET, **small),
        record("finetune/full", 0.5, data="parts.lance"),
    )
    found = results(tmp_path)
    grids = {grid.heading: grid for grid in found.grids}
    assert grids["ModelNet40"].outside == [("published", {"full": "94.1", "full, vote of 10": "94.5"})]
    assert grids["parts"].outside == []
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
            for seed in (0, 1):
                choices = {"labels": share} if share < 1 else {}
                run = runs / f"{weights}-{share:g}" / f"seed-{seed}"
                put(
                    run,
                    record("finetune/full", value - drop + 0.02 * seed, seed=seed, weights=weights, choices=choices),
                )
    found = results(runs, tmp_path / "out")
    grid = next(grid for grid in found.grids if grid.family.name == "labels")
    assert grid.columns == ["1%", "10%", "100%"]
    assert [row.label for row in grid.rows] == ["recon-0, from scratch", "recon-0"]
    assert all(len(row.cells) == 3 for row in grid.rows)
    figure = tmp_path / "out" / "labels-parts-fine-tuned-whole.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert f"]({figure.name})" in (tmp_path / "out" / "results.md").read_text()


def test_a_figure_of_many_models_has_several_panels(tmp_path: Path, monkeypatch) -> None:
    import pointrecon.experiments.ablation_figure as figure

    drawn = {}
    monkeypatch.setattr(figure, "draw", lambda path, panels, **how: drawn.update(panels) or path.write_bytes(b""))
    for name in "abcdef":
        rows = [record("finetune/full", 0.5, model=f"{name}/model", choices={"labels": share}) for share in (0.1, 0.5)]
        put(tmp_path / "runs" / name, *rows)
    results(tmp_path / "runs", tmp_path / "out")
    assert {title: [line.name for line in lines] for title, lines in drawn.items()} == {
        "parts, fine-tuned whole (1)": ["a", "b", "c", "d"],
        "parts, fine-tuned whole (2)": ["e", "f"],
    }
    assert all(line.values == [0.1, 0.5] for lines in drawn.values() for line in lines)


def test_ablations_are_tables_of_their_variants(tmp_path: Path) -> None:
    out = tmp_path / "ablations"
    variants = []
    for label, value in (("ratio 0.3", 0.3), ("ratio 0.6", 0.6)):
        folder = f"mask-{value}"
        variants.append({"label": label, "value": value, "folder": folder})
        for seed in (0, 1):
            run = out / folder / f"seed-{seed}"
            model = str(run / "model")
            put(run, record(accuracy=value + 0.1 * seed, seed=seed, model=model), train_seed=seed)
            put(run, record(accuracy=0.1, seed=seed, model=model, weights="untrained"), name="b.json")
            put(run, record("probe/knn", 0.2, seed=seed, model=model), name="c.json")
    named = {"experiments": {"mask-ratio": {"title": "Share of hidden patches", "axis": "ratio", "variants": variants}}}
    plain = results(out)
    assert cells(plain)["mask-0.3"] == {"linear SVM": [0.3, 0.4], "kNN": [0.2, 0.2]}
    (out / "ablation.json").write_text(json.dumps(named))
    found = results(out)
    assert {one.run for one in found.gathered.found} == {"ablations/mask-0.3", "ablations/mask-0.6"}
    assert [(grid.family.title, grid.heading) for grid in found.grids] == [("Ablations", "Share of hidden patches")]
    assert {k: {c: pytest.approx(v) for c, v in row.items()} for k, row in cells(found).items()} == {
        "untrained": {"parts, linear SVM": [0.1, 0.1]},
        "ratio 0.3": {"parts, linear SVM": [0.3, 0.4], "parts, kNN": [0.2, 0.2]},
        "ratio 0.6": {"parts, linear SVM": [0.6, 0.7], "parts, kNN": [0.2, 0.2]},
    }
    assert found.grids[0].columns == ["parts, linear SVM", "parts, kNN"]


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    runs, out = tmp_path / "runs", tmp_path / "runs" / "results"
    where = str((runs / "recon-0").resolve())
    put(
        runs / "recon-0",
        record(model=f"{where}/model", data=f"{tmp_path.resolve()}/parts_a&b<50%>#1.lance"),
        train_seed=0,
    )
    found = results(runs, out)
    assert sorted(path.name for path in found.written) == ["results.csv", "results.json", "results.md", "results.tex"]
    lines = list(csv.DictReader(io.StringIO((out / "results.csv").read_text())))
    assert (lines[0]["mean"], lines[0]["n"], lines[0]["deviation"]) == ("0.900000", "1", "")
    content = json.loads((out / "results.json").read_text())
    assert content["records"][0]["file"] == "runs/recon-0/results/a.json"
    assert str(tmp_path.resolve()) not in json.dumps(content)
    latex = (out / "results.tex").read_text()
    assert r"parts\_a\&b\textless{}50\%\textgreater{}\#1" in latex
    assert latex.count(r"\toprule") == latex.count(r"\begin{tabular}") == 1
    assert cells(results(runs)) == cells(found)  # what it wrote is no record


def test_runs_of_one_name_in_two_places_are_two(tmp_path: Path) -> None:
    for name, value in (("x", 0.5), ("y", 0.7)):
        run = tmp_path / name / "runs" / "recon-0"
        put(run, record(accuracy=value, model=str(run / "model"), data=str(tmp_path / name / "t.lance")), train_seed=0)
    found = results([tmp_path / "x" / "runs", tmp_path / "y" / "runs"])
    assert found.notes == []
    assert sorted((grid.heading, grid.rows[0].cells["linear SVM"].values) for grid in found.grids) == [
        ("x/t", [0.5]),
        ("y/t", [0.7]),
    ]


def test_kept_epochs_are_named_beside_the_finished_model(tmp_path: Path) -> None:
    for seed in (0, 1):
        run = put(tmp_path / "runs" / f"recon-{seed}", train_seed=seed)
        for name, value in (("model", 0.9), ("models/epoch-0100", 0.8)):
            put(run, record(accuracy=value, seed=seed, model=str(run / name)), name=f"{value}.json")
    assert cells(results(tmp_path / "runs")) == {
        "recon": {"linear SVM": [0.9, 0.9]},
        "recon/epoch-0100": {"linear SVM": [0.8, 0.8]},
    }


def test_names_are_as_short_as_they_can_be() -> None:
    names = short_names(["a/x.lance", "b/x.lance", "b/y.lance"], suffix=False)
    assert names == {"a/x.lance": "a/x", "b/x.lance": "b/x", "b/y.lance": "y"}


def test_the_command_prints_and_says_what_is_wrong(tmp_path: Path, capsys) -> None:
    assert main(["results", str(tmp_path)]) == 2
    assert "there is no results/*.json below" in capsys.readouterr().err
    assert main(["results", str(tmp_path / "nowhere")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    put(tmp_path / "run", record())
    (tmp_path / "run" / "results" / "broken.json").write_text("{")
    assert main(["results", str(tmp_path), "--format", "pdf"]) == 2
    assert "no format 'pdf'" in capsys.readouterr().err
    assert main(["results", str(tmp_path), "--group", "x"]) == 2
    assert "NAME=PATTERN" in capsys.readouterr().err
    assert main(["results", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "| recon | 90.0 |" in told.out
    assert "broken.json is not a results file" in told.err
    assert main(["results", str(tmp_path), "-o", str(tmp_path / "out"), "--format", "csv"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["results.csv", "results.json"]
    with pytest.raises(InputError, match="is a file"):
        results(tmp_path, tmp_path / "out" / "results.csv")
