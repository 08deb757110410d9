"""`pointrecon robustness`: several models, seeds, files that are not made twice, the figure."""

import signal
from pathlib import Path

import pytest
import torch

import pointrecon
from labeled import TINY, model_folder, sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import Results, load_records
from pointrecon.evaluation import robustness_runs as job
from pointrecon.evaluation.contenders import contenders, labels_of
from pointrecon.evaluation.robustness_figure import by_model, curve, robustness_table
from pointrecon.geometry.corruptions import CORRUPTIONS
from pointrecon.models import create_model, save_model
from pointrecon.models.model_config import Head
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table.collection import Shapes

FEW = {"corruptions": ["noise", "density"], "severities": [1, 5], "show": False, "progress": False}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("robustness")
    sticks().save(place / "sticks.npz")
    model_folder(place / "parts" / "model")
    for name, seed in (("classes", 3), ("scratch", 4)):
        head = Head("linear", ["kind 2", "kind 0", "kind 1"])
        model = create_model("nano", seed=seed, **TINY, head=head)
        model.facts.method, model.facts.origin = "finetune/full", "begun" if name == "classes" else ""
        save_model(model, place / name / "model")
    (place / "scratch" / "config.yaml").write_text("{}")
    return place


def run(place: Path, out: Path | None = None, model: str = "parts", **how) -> Results:
    return pointrecon.robustness(place / model / "model", place / "sticks.npz", out, **{**FEW, **how})


def test_models_and_seeds_have_a_file_each_and_a_figure(place, tmp_path) -> None:
    result = run(place, tmp_path / "new" / "out", seeds=2, untrained=True)
    names = {f"robustness-{model}-seed{seed}.json" for model in ("parts", "untrained") for seed in (0, 1)}
    assert {file.name for file in (tmp_path / "new/out/results").iterdir()} == names
    assert result.figure == tmp_path / "new/out/robustness.png"
    assert result.figure.read_bytes().startswith(b"\x89PNG")
    assert list(by_model(result)) == ["parts", "untrained"]
    assert {record.weights for record in by_model(result)["untrained"]} == {"untrained"}
    noise = result.where(task="robustness/noise", weights="pre-trained")
    assert noise.values("severity_5") == [r.metrics["severity_5"] for r in noise]
    assert len({record.model_hash for record in result.where(task="robustness")}) == 3  # other random weights each time
    density = list(curve(by_model(result)["untrained"], "density").items())
    assert [severity for severity, _ in density] == [0, 1, 5]
    assert [len(values) for _, values in density] == [2, 2, 2]
    assert robustness_table(result).row_count == 1 + 2 + 2


def test_the_same_call_gives_the_same_numbers(place) -> None:
    first, again = (run(place, seeds=1).records for _ in range(2))
    assert [r.metrics for r in first] == [r.metrics for r in again]


def test_what_is_there_is_not_done_again_and_half_done_is_finished(place, tmp_path, monkeypatch) -> None:
    measured = []
    real = job.measure

    def stop_at_the_third(*args, **how):
        measured.append(how["seed"])
        if len(measured) == 3:
            raise KeyboardInterrupt
        return real(*args, **how)

    monkeypatch.setattr(job, "measure", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        run(place, tmp_path, seeds=2, untrained=True)
    result = run(place, tmp_path, seeds=2, untrained=True)
    assert measured == [0, 1, 0, 0, 1]  # two were kept, the third began anew
    monkeypatch.undo()
    whole = run(place, None, seeds=2, untrained=True)
    assert [r.metrics for r in result.records] == [r.metrics for r in whole.records]


def test_results_of_something_else_are_not_taken_for_these(place, tmp_path) -> None:
    run(place, tmp_path, seeds=1)
    with pytest.raises(InputError, match="results of other settings"):
        run(place, tmp_path, seeds=1, severities=[1])
    before = load_records(tmp_path / "results" / "robustness-parts-seed0.json")
    assert "severity_5" in before[-1].metrics
    run(place, tmp_path, seeds=1, severities=[1], overwrite=True)
    after = load_records(tmp_path / "results" / "robustness-parts-seed0.json")
    assert "severity_5" not in after[-1].metrics
    assert set(after[-1].choices) == {"c", "standardize", "probe", "feature", "mark"}
    other = create_model("nano", seed=9, **TINY)
    save_model(other, tmp_path / "parts" / "model")
    with pytest.raises(InputError, match="weights"):
        pointrecon.robustness(
            tmp_path / "parts/model", place / "sticks.npz", tmp_path, **{**FEW, "severities": [1], "seeds": 1}
        )


def test_heads_are_compared_and_scratch_is_called_untrained(place, capsys) -> None:
    words = ["robustness", str(place / "classes/model"), str(place / "sticks.npz"), "--seeds", "1"]
    words += ["--corruptions", "noise,crop", "--severities", "2", "-o", str(place / "out")]
    assert main([*words, "--against", str(place / "scratch/model"), "--device", "cpu"]) == 0
    shown = capsys.readouterr()
    assert "clouds to encode on cpu, about" in shown.err
    assert "scratch" in shown.out
    records = load_records(place / "out/results/robustness-scratch-seed0.json")
    assert [r.task for r in records] == ["robustness", "robustness/clean", "robustness/noise", "robustness/crop"]
    assert {r.weights for r in records} == {"untrained"}
    assert records[0].classes == []
    assert records[1].classes == ["kind 0", "kind 1", "kind 2"]


def test_a_model_on_its_own_name_twice_keeps_both(place) -> None:
    again = create_model("nano", seed=3, **TINY)
    result = pointrecon.robustness(again, sticks(), against=[again], seeds=1, **FEW)
    assert list(by_model(result)) == ["ReconModel 1", "ReconModel 2"]
    assert result.values(model="ReconModel 1") == result.values(model="ReconModel 2")
    folder = save_model(again, place / "untrained" / "model")
    assert called([folder], untrained=True) == ["untrained", "untrained twin"]
    with pytest.raises(InputError, match="no 'accuracy', task 'robustness/fog' among these results"):
        result.values(task="robustness/fog")


def test_bad_input_is_one_sentence_before_any_work(place, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(job, "measure", None)
    (tmp_path / "file").write_text("")
    model, table = str(place / "classes/model"), str(place / "sticks.npz")
    for words, says in (
        ([model, table, "--untrained"], "has a head"),
        ([model, table, "--corruptions", "fog"], "no corruption 'fog'"),
        ([model, table, "--seeds", "0"], "seeds must be at least 1"),
        ([model, table, "-o", str(tmp_path / "file")], "is a file"),
        ([model, table, "--split", "val2"], "no labeled shapes in the split 'val2'"),
        ([model, table, "-o", str(place / "scratch"), "--against", model], "a run's own folder"),
        ([str(place / "none"), table], "there is no model"),
    ):
        assert main(["robustness", *words]) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1


def test_help_names_every_corruption(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["robustness", "--help"])
    text = capsys.readouterr().out
    assert all(kind in text for kind in CORRUPTIONS)


def test_the_model_is_left_as_it_was(place) -> None:
    model = create_model("nano", seed=3, **TINY).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pointrecon.robustness(model, sticks(), seeds=1, **FEW)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_names_that_make_the_same_file_name_get_files_of_their_own(place, tmp_path) -> None:
    folders = []
    for number, name in enumerate(("a b", "a-b", "模型", "形状")):
        model = create_model("nano", seed=number, **TINY)
        folders.append(save_model(model, tmp_path / name / "model"))
    how = {**FEW, "corruptions": ["noise"], "severities": [1], "probe": "knn", "seeds": 1}
    for _ in range(2):  # the second finds what the first wrote
        pointrecon.robustness(folders[0], place / "sticks.npz", tmp_path / "out", against=folders[1:], **how)
    found = {file.name: load_records(file)[0].model for file in (tmp_path / "out" / "results").iterdir()}
    names = ("a-b", "a-b-2", "model", "model-2")
    wanted = {f"robustness-{name}-seed0.json": str(folder) for name, folder in zip(names, folders, strict=True)}
    assert found == wanted


def test_shapes_a_run_learned_from_are_not_tested_on(place, tmp_path) -> None:
    sticks(splits=("",)).save(tmp_path / "sticks.npz")
    head = Head("linear", ["kind 0", "kind 1", "kind 2"])
    made = create_model("nano", seed=3, **TINY, head=head)
    mark = as_shapes(sticks(splits=("",))).fingerprint()
    made.facts.data = [{"name": "sticks", "fingerprint": mark, "splits": [""], "split_seed": 1}]
    model = save_model(made, tmp_path / "run" / "model")
    how = {**FEW, "corruptions": ["noise"], "severities": [1], "seeds": 1}
    with pytest.raises(InputError, match="pass --split-seed 1"):
        pointrecon.robustness(model, tmp_path / "sticks.npz", **how)
    assert pointrecon.robustness(model, tmp_path / "sticks.npz", split_seed=1, **how).records
    assert pointrecon.robustness(model, place / "sticks.npz", **how).records  # it has splits


def test_models_of_other_numbers_of_points_are_said() -> None:
    one, other = (create_model("nano", seed=3, **{**TINY, "points": points}) for points in (48, 40))
    how = {**FEW, "corruptions": ["noise"], "severities": [1], "probe": "knn", "seeds": 1, "against": [other]}
    said = "the models compared take 40 and 48 points, so their damaged clouds differ; --points makes them alike"
    assert all(said in record.notes for record in pointrecon.robustness(one, sticks(), **how).records)
    assert not any(
        said in record.notes for record in pointrecon.robustness(one, sticks(), encode={"points": 48}, **how).records
    )


def called(models, **how) -> list[str]:
    return list(labels_of([(one.name, one.weights) for one in contenders(models, **how)]).values())


def test_models_are_called_by_as_little_as_tells_them_apart(tmp_path: Path) -> None:
    folders = [model_folder(tmp_path / start / "full-0" / "model") for start in ("recon", "scratch")]
    assert called(folders) == ["recon/full-0", "scratch/full-0"]
    assert called(folders[:1]) == ["full-0"]
    with pytest.raises(InputError, match="is given twice"):
        called(folders[:1] * 2)


def stop_in_the_second(monkeypatch) -> None:
    real = job.measure

    def stopped(*args, **how):
        if how["seed"] == 1:
            signal.raise_signal(signal.SIGTERM)
        return real(*args, **how)

    monkeypatch.setattr(job, "measure", stopped)


def test_a_stop_says_how_to_go_on_and_the_rest_is_done_then(place, tmp_path, monkeypatch, capsys) -> None:
    stop_in_the_second(monkeypatch)
    words = ["robustness", str(place / "parts"), str(place / "sticks.npz"), "-o", str(tmp_path / "out"), "--seeds", "2"]
    words += ["--corruptions", "noise", "--severities", "1", "--probe", "knn", "--device", "cpu"]
    assert main(words) == 143
    assert f"stopped; go on with: pointrecon {' '.join(words)} --resume" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out/results").iterdir()] == ["robustness-parts-seed0.json"]
    monkeypatch.undo()
    assert main([*words, "--resume"]) == 0
    assert len(list((tmp_path / "out/results").iterdir())) == 2


@pytest.mark.parametrize("again", ["--overwrite", "--resume"])
def test_results_stay_until_those_that_replace_them_are_all_there(place, tmp_path, monkeypatch, again) -> None:
    words = ["robustness", str(place / "parts"), str(place / "sticks.npz"), "-o", str(tmp_path / "out"), "--seeds", "2"]
    words += ["--corruptions", "noise", "--severities", "1", "--device", "cpu", "--probe"]
    assert main([*words, "knn"]) == 0
    files = sorted((tmp_path / "out/results").iterdir())
    before, real = [file.read_bytes() for file in files], job.measure
    stop_in_the_second(monkeypatch)
    assert main([*words, "svm", "--overwrite"]) == 143
    assert [file.read_bytes() for file in files] == before
    seeds = []
    monkeypatch.setattr(job, "measure", lambda *args, **how: (seeds.append(how["seed"]), real(*args, **how))[1])
    assert main([*words, "svm", again]) == 0
    assert seeds == [1]  # the first was done
    assert sorted((tmp_path / "out/results").iterdir()) == files
    assert [load_records(file)[0].choices["probe"] for file in files] == ["svm", "svm"]


def test_points_are_streamed_and_a_models_own_run_is_the_place(place, tmp_path, monkeypatch) -> None:
    run = tmp_path / "run"
    model_folder(run / "model")
    (run / "config.yaml").write_text("{}")
    read, most = Shapes.read, []
    monkeypatch.setattr(Shapes, "load", None)
    monkeypatch.setattr(Shapes, "read", lambda self, i, *a, **how: most.append(len(i)) or read(self, i, *a, **how))
    how = {**FEW, "severities": [1], "seeds": 1}
    found = pointrecon.robustness(run, sticks(600), **how)
    assert max(most) <= 75
    assert found.file == run / "results"
    assert [file.name for file in found.file.iterdir()] == ["robustness-run-seed0.json"]
    assert {r.data_fingerprint for r in found} == {as_shapes(sticks(600)).fingerprint()}
