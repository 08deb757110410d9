"""Probes: right where features tell, at chance where they do not, and honest about choices."""

import sys
from dataclasses import asdict

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.evaluation import load_records, probe, quick_probe
from pointrecon.evaluation import probe as probe_function
from pointrecon.evaluation.probing import PROBES, untrained_twin
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
    assert result.accuracy("svm") == 1.0
    assert result.accuracy("svm", "untrained") < 0.6
    rows = result.table()
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
    wrapped = PROBES["knn"].predict

    def spy(train_x, train_y, x, **setting):
        chosen_on.append(len(x))
        return wrapped(train_x, train_y, x, **setting)

    monkeypatch.setattr(PROBES["knn"], "predict", spy)
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
    assert result.accuracy("svm") == 1.0


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
        ({"test_split": "val2"}, "no labeled shapes in the split 'val2'"),
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


def test_quick_probe_agrees_with_the_labels_it_can_see():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = np.eye(3)[y] + 0.01 * rng.normal(size=(60, 3))
    assert quick_probe(x[:30], y[:30], x[30:], y[30:]) == {"svm": 1.0, "knn": 1.0}


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
