"""Probes: right where features tell, at chance where they do not, and honest about choices."""

import sys
from dataclasses import asdict

import numpy as np
import pytest
import torch

from labeled import model_folder
from labeled import sticks as labeled
from pointrecon import load_model
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import load_records, probe, probe_kinds
from pointrecon.evaluation import probe as probe_function
from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.evaluation.probing import PICTURES, probe_table, untrained_twin
from pointrecon.models.facts import weights_hash
from pointrecon.shapes.table.collection import Shapes
from standin import StandIn, sticks

PROBE_FILE = sys.modules["pointrecon.evaluation.probing"]  # the name itself gives the function
SILENT = {"show": False, "progress": False}


def test_the_package_gives_the_function_and_not_its_file():
    import pointrecon

    assert callable(probe_function)
    assert pointrecon.probe is probe_function


def test_separable_shapes_are_all_right_with_every_probe():
    result = probe(StandIn(), sticks(), compare_untrained=False, **SILENT)
    assert {r.task for r in result.records} == {"probe/svm", "probe/logistic", "probe/knn"}
    for record in result.records:
        assert record.metrics["accuracy"] == 1.0
        assert record.per_class == {"along_x": 1.0, "along_y": 1.0, "along_z": 1.0}
        assert np.array(record.confusion).sum() == record.counts["test"]


def test_shuffled_labels_are_near_chance():
    shapes = sticks(600)
    shapes.label = np.random.default_rng(0).permutation(shapes.label)
    result = probe(StandIn(), shapes, compare_untrained=False, **SILENT)
    for record in result.records:
        assert abs(record.metrics["accuracy"] - 1 / 3) < 0.12


def test_all_probes_write_the_same_record(monkeypatch):
    monkeypatch.setattr(PROBE_FILE, "untrained_twin", lambda model, seed: StandIn(blind=True))
    result = probe(StandIn(), sticks(), **SILENT)
    assert len(result.records) == 6
    assert len({tuple(asdict(record)) for record in result.records}) == 1
    assert len({tuple(record.metrics) for record in result.records}) == 1
    assert result.mean(task="probe/svm", weights="pre-trained") == 1.0
    assert result.mean(task="probe/svm", weights="untrained") < 0.6
    rows = probe_table(result)
    assert rows.row_count == 3
    assert [str(c.header) for c in rows.columns] == ["probe", "untrained", "pre-trained", "difference"]


def test_choices_never_look_at_the_test_labels():
    shapes = noisy()
    honest = choices(probe(StandIn(), shapes, feature="auto", compare_untrained=False, **SILENT))
    test = np.flatnonzero(shapes.split == "test")
    shapes.label[test] = np.random.default_rng(1).permutation(shapes.label[test])
    assert choices(probe(StandIn(), shapes, feature="auto", compare_untrained=False, **SILENT)) == honest


def test_the_paper_protocol_looks_at_the_test_labels_and_says_so(monkeypatch):
    chosen_on = []
    wrapped = PROBES["knn"].predict_each

    def spy(train_x, train_y, x, settings):
        chosen_on.append(len(x))
        return wrapped(train_x, train_y, x, settings)

    monkeypatch.setattr(PROBES["knn"], "predict_each", spy)
    shapes = noisy()
    paper = probe(StandIn(), shapes, probes=["knn"], protocol="paper", compare_untrained=False, **SILENT)
    assert set(chosen_on) == {int((shapes.split == "test").sum())}
    assert paper.records[0].protocol == "paper"
    assert "test split" in paper.records[0].notes[-1]


def test_standardizing_can_be_fixed_or_left_to_validation():
    for wanted in (True, False):
        result = probe(StandIn(), sticks(), probes=["svm"], standardize=wanted, compare_untrained=False, **SILENT)
        assert result.records[0].choices["standardize"] is wanted
    # So small that C = 0.075 only sees which class is the largest, unless the features are standardized.
    small = StandIn()
    small.scale.data.fill_(1e-3)
    shapes = sticks(180)
    shapes = shapes.select((shapes.label == 0) | (np.arange(180) % 5 == 0))
    result = probe(small, shapes, probes=["svm"], compare_untrained=False, **SILENT)
    assert result.records[0].choices["standardize"] is True
    assert result.mean(task="probe/svm", weights="pre-trained") == 1.0


def test_the_untrained_twin_is_the_same_architecture_and_seeded():
    from pointrecon.models import create_model

    model = create_model("nano", seed=5)
    first, again, other = (untrained_twin(model, seed).state_dict() for seed in (1, 1, 2))
    assert first.keys() == model.state_dict().keys()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_records_are_written_and_read(tmp_path):
    out = tmp_path / "deep" / "probe.json"
    result = probe(StandIn(), sticks(), probes=["knn"], compare_untrained=False, out=out, **SILENT)
    assert load_records(out) == result.records
    assert [p.name for p in out.parent.iterdir()] == ["probe.json"]
    out.write_text("{")
    with pytest.raises(InputError, match="not a results file"):
        load_records(out)
    with pytest.raises(InputError, match="no results file"):
        load_records(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"probes": ["forest"]}, "no probe 'forest'"),
        ({"feature": "best"}, "no feature 'best'"),
        ({"protocol": "nice"}, "no protocol 'nice'"),
        ({"split": "val2"}, "no labeled shapes in the split 'val2'"),
    ],
)
def test_misspelt_arguments_are_named(change, says):
    with pytest.raises(InputError, match=says):
        probe(StandIn(), sticks(), compare_untrained=False, **SILENT, **change)


def test_tables_without_usable_labels_are_refused():
    shapes = sticks()
    shapes.label[:] = -1
    with pytest.raises(InputError, match="no labels"):
        probe(StandIn(), shapes, **SILENT)
    shapes.label[:] = 1
    with pytest.raises(InputError, match="one class only"):
        probe(StandIn(), shapes, **SILENT)
    shapes.label[0] = 7
    with pytest.raises(InputError, match="label 7 but only 3 classes"):
        probe(StandIn(), shapes, **SILENT)


def noisy():
    """Sticks of which a third have a wrong label, so that settings differ in what they get right."""
    shapes = sticks(240)
    wrong = np.random.default_rng(2).permutation(240)[:80]
    shapes.label[wrong] = (shapes.label[wrong] + 1) % 3
    return shapes


def choices(result):
    return [record.choices for record in result.records]


@pytest.mark.parametrize("protocol", ["honest", "paper"])
def test_a_record_says_where_its_own_choices_were_made_and_nothing_else(protocol):
    shapes = sticks(splits=("train", "train", "test"))  # choices need shapes held out of training
    how = {"probes": ["svm"], "compare_untrained": False, "protocol": protocol, **SILENT}
    chosen = probe(StandIn(), shapes, **how).records[0].notes
    assert len([note for note in chosen if "choices were made" in note]) == 1
    assert ("10% of each training class" in chosen[-1]) == (protocol == "honest")
    fixed = probe(StandIn(), shapes, standardize=False, **how).records[0]
    assert "selection_accuracy" not in fixed.metrics
    assert fixed.notes == []


def test_neighbors_are_searched_once_for_all_k(monkeypatch):
    searches = []
    real = probe_kinds.nearest
    monkeypatch.setattr(probe_kinds, "nearest", lambda *args: searches.append(args[2]) or real(*args))
    probe(StandIn(), noisy(), probes="knn", compare_untrained=False, **SILENT)
    assert searches[0] == 20
    assert len(searches) == 2  # once to choose k, once with all known shapes
    rng = np.random.default_rng(0)
    x, y, asked = rng.normal(size=(50, 4)), rng.integers(0, 3, 50), rng.normal(size=(9, 4))
    knn = PROBES["knn"]
    together = knn.predict_each(x, y, asked, knn.settings)
    for answer, setting in zip(together, knn.settings, strict=True):
        assert np.array_equal(answer, knn.fit(x, y, setting)(asked))


def test_the_picture_teacher_is_measured_beside_it_without_a_model():
    shapes = sticks()
    views = np.eye(3)[shapes.label][:, None] + np.array([[0.5], [-0.5], [0.0]])  # right only on the mean of the views
    shapes.features = {"image/other": np.zeros((90, 1, 2), np.float16), "image/eye": views.astype(np.float16)}
    result = probe(StandIn(blind=True), shapes, probes="knn,svm", compare_untrained=False, **SILENT)
    taught = result.where(weights=PICTURES)
    assert [r.task for r in taught] == ["probe/knn", "probe/svm"]
    assert {(r.model, r.choices["feature"], r.counts["dimensions"]) for r in taught} == {("image/eye", "image/eye", 3)}
    assert taught.values() == [1.0, 1.0]
    assert result.mean(task="probe/knn", weights="pre-trained") < 0.6
    assert "picture teacher" in [str(c.header) for c in probe_table(result).columns]
    how = {"compare_untrained": False, **SILENT}
    assert len(probe(StandIn(), shapes, probes="knn", compare_teacher=False, **how).where(weights=PICTURES)) == 0
    shapes.features["image/eye"][0] = np.nan  # a shape was never drawn: the other features, which all have
    found = probe(StandIn(), shapes, probes=["knn"], compare_untrained=False, **SILENT)
    assert found.where(weights=PICTURES).records[0].model == "image/other"


def test_points_are_never_all_in_memory(monkeypatch):
    """Whole tables are not loaded, and no read is larger than a batch."""
    read = Shapes.read
    most = []
    monkeypatch.setattr(Shapes, "load", None)
    monkeypatch.setattr(
        Shapes, "read", lambda self, index, *a, **k: most.append(len(index)) or read(self, index, *a, **k)
    )
    probe(StandIn(), sticks(600), probes=["knn"], encode={"batch_size": 50}, compare_untrained=False, **SILENT)
    assert max(most) <= 75  # the fingerprint looks at some 64 shapes


def test_a_model_in_a_run_records_there(tmp_path, capsys):
    run, table = tmp_path / "run", tmp_path / "labeled.npz"
    model_folder(run / "model")
    (run / "config.yaml").write_text("{}")
    labeled().save(table)
    words = ["--probes", "svm,knn", "--device", "cpu"]
    assert main(["probe", str(run), str(table), *words]) == 0
    assert f"written to {run / 'results/probe.json'}" in capsys.readouterr().out
    records = load_records(run / "results" / "probe.json")
    assert [(r.task, r.weights) for r in records] == [
        (f"probe/{name}", weights) for weights in ("untrained", "pre-trained") for name in ("svm", "knn")
    ]
    assert records[2].model_hash == weights_hash(load_model(run / "model"))
    assert main(["probe", str(run / "model"), str(table), "--seed", "1", *words]) == 0
    assert main(["probe", str(run / "model"), str(table), *words]) == 0
    assert len(load_records(run / "results" / "probe.json")) == 8  # two seeds, nothing twice
    assert main(["probe", str(table), str(run), *words]) == 2
    assert "is a model, not shapes; the order is MODEL DATA" in capsys.readouterr().err


def test_a_place_that_cannot_be_is_refused_before_work(tmp_path, monkeypatch):
    monkeypatch.setattr(PROBE_FILE, "extract_several", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a file of another kind"):
        probe(StandIn(), sticks(), tmp_path / "file", **SILENT)


def test_probes_are_one_word_or_a_list_in_yaml(tmp_path, capsys):
    model = model_folder(tmp_path / "model")
    labeled().save(tmp_path / "labeled.npz")
    (tmp_path / "probe.yaml").write_text("probes: [knn]\n")
    words = ["probe", "--config", str(tmp_path / "probe.yaml"), str(model), str(tmp_path / "labeled.npz")]
    assert main([*words, "--device", "cpu", "-o", str(tmp_path / "a.json")]) == 0
    assert {r.task for r in load_records(tmp_path / "a.json")} == {"probe/knn"}
    assert main(["probe", "--probes", "svm,forest", *words[3:]]) == 2
    assert "no probe 'forest'" in capsys.readouterr().err
