"""Accuracy on damaged clouds: right where damage cannot hurt, lower where it must, and the same for the same seed."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.evaluation.damage import CLEAN, OTHER, Trials, damaged, measure
from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.geometry.corruptions import CORRUPTIONS
from pointrecon.shapes.door import as_shapes
from standin import StandIn, sticks

ORIGIN = {"model": "m", "weights": "pre-trained", "data": "t"}
NAMES = ["along_x", "along_y", "along_z"]


class Headed(StandIn):
    """Names the longest side; its head may have the classes in another order."""

    def __init__(self, classes: list[str], kind: str = "linear") -> None:
        super().__init__()
        self.config.head = SimpleNamespace(kind=kind, classes=classes)
        self.order = [NAMES.index(name) if name in NAMES else 0 for name in classes]

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return points.abs().mean(1)[:, self.order] * self.scale


class Fragile(StandIn):
    """Only sees whether it was given the 32 points it is used to."""

    def encode(self, points):
        return super().encode(points if points.shape[1] == 32 else torch.zeros_like(points))


def encode_damaged(model, shapes, answer, **how):
    return np.concatenate(list(damaged(model, as_shapes(shapes), np.arange(len(shapes)), answer, **how)), 1)


def found(model, shapes=None, **how):
    trials = Trials(**how)
    records = measure(model, as_shapes(sticks() if shapes is None else shapes), trials, origin=ORIGIN)
    return {record.task: record for record in records}


def test_every_kind_has_a_record_with_its_severities() -> None:
    records = found(StandIn())
    assert list(records) == ["robustness", "robustness/clean", *(f"robustness/{kind}" for kind in CORRUPTIONS)]
    for kind in CORRUPTIONS:
        metrics = records[f"robustness/{kind}"].metrics
        by_severity = [metrics[f"severity_{s}"] for s in range(1, 6)]
        assert metrics["accuracy"] == pytest.approx(np.mean(by_severity))
        assert metrics["relative_accuracy"] == pytest.approx(metrics["accuracy"] / metrics["clean_accuracy"])
        assert metrics["mean_class_accuracy"] == pytest.approx(
            np.mean(list(records[f"robustness/{kind}"].per_class.values()))
        )
    assert np.array(records["robustness/clean"].confusion).sum() == records["robustness"].counts["test"]


def test_the_one_number_is_the_mean_over_kinds_and_severities() -> None:
    records = found(Fragile(), severities=(1, 5))
    kinds = [records[f"robustness/{kind}"].metrics for kind in CORRUPTIONS]
    every = [m[f"severity_{s}"] for m in kinds for s in (1, 5)]
    total = records["robustness"].metrics
    assert total["accuracy"] == pytest.approx(np.mean(every))
    assert total["clean_accuracy"] == records["robustness/clean"].metrics["accuracy"] == 1.0
    assert total["relative_accuracy"] == pytest.approx(np.mean(every))
    assert total["worst_accuracy"] == min(every)


def test_damage_that_a_model_cannot_feel_costs_nothing_and_other_damage_does() -> None:
    records = found(Fragile())
    for kind in ("noise", "rotation"):  # sticks stay sticks
        assert records[f"robustness/{kind}"].metrics["accuracy"] > 0.95
    for kind in ("drop", "crop", "clutter", "outliers", "density"):  # another number of points: it sees nothing
        assert records[f"robustness/{kind}"].metrics["accuracy"] < 0.5


def test_a_head_answers_by_class_name_whatever_its_order() -> None:
    for names in (NAMES, NAMES[::-1]):
        records = found(Headed(names), corruptions=("rotation",))
        assert records["robustness/clean"].metrics["accuracy"] == 1.0
        assert records["robustness/rotation"].metrics["severity_1"] == 1.0
        assert records["robustness/rotation"].counts["train"] == 0


def test_a_class_that_the_table_has_not_is_a_wrong_answer() -> None:
    records = found(Headed(["cube", *NAMES]), corruptions=("noise",))  # "cube" takes what is along x, being first
    clean = records["robustness/clean"]
    assert clean.per_class == {"along_x": 0.0, "along_y": 1.0, "along_z": 1.0}
    assert clean.classes[-1] == OTHER


def test_a_head_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="class 'along_z', which the model's head does not know"):
        found(Headed(NAMES[:2]))
    with pytest.raises(InputError, match="labels parts"):
        found(Headed(NAMES, kind="parts"))
    with pytest.raises(InputError, match="no labeled shapes in the split 'test', only in 'train'"):
        found(Headed(NAMES), sticks(splits=("train",)))


def test_a_head_needs_test_shapes_alone_and_a_probe_training_shapes_too() -> None:
    tested = sticks(splits=("test",))
    assert found(Headed(NAMES), tested, corruptions=("noise",))["robustness"].counts["test"] == len(tested)
    with pytest.raises(InputError, match="split 'train'"):
        found(StandIn(), tested)


def test_the_damage_depends_on_the_seed_and_on_nothing_else() -> None:
    shapes = sticks(200)

    def sizes(points: torch.Tensor) -> torch.Tensor:
        return points.square().sum(1)

    few = encode_damaged(StandIn(), shapes, sizes, trials=Trials(encode=EncodeSettings(batch_size=7)), seed=3)
    many = encode_damaged(StandIn(), shapes, sizes, trials=Trials(), seed=3)
    assert np.array_equal(few, many)
    assert CORRUPTIONS[-1] == "density"  # which draws nothing either where it repeats points
    whole = Trials(
        CORRUPTIONS[:-1], encode=EncodeSettings(points=40)
    )  # nothing to draw from the table's points, so the damage alone can differ
    one, other = (encode_damaged(StandIn(), shapes, sizes, trials=whole, seed=seed) for seed in (3, 4))
    assert np.array_equal(one[0], other[0])
    assert all(not np.allclose(a, b) for a, b in zip(one[1:], other[1:], strict=True))
    part = encode_damaged(StandIn(), shapes, sizes, trials=Trials(corruptions=("crop",), severities=(4,)), seed=3)
    assert np.array_equal(part[1], few[Trials().conditions.index(("crop", 4))])


def test_undamaged_clouds_are_those_of_the_probe() -> None:
    from pointrecon.evaluation import extract_features

    shapes = sticks()
    model = StandIn()
    trials = Trials(corruptions=("noise",), severities=(1,))
    clean = encode_damaged(model, shapes, lambda c: model.pool(model.encode(c)), trials=trials, seed=2)
    assert np.array_equal(clean[0], extract_features(model, shapes, encode={"seed": 2}, progress=False))
    assert trials.conditions == [(CLEAN, 0), ("noise", 1)]


def test_settings_are_chosen_without_the_test_shapes(monkeypatch) -> None:
    shapes = sticks(240)
    calls = []
    wrapped = PROBES["knn"].predict_each

    def spy(train_x, train_y, x, settings):
        calls.append((len(train_x), len(x), settings[-1]["k"]))
        return wrapped(train_x, train_y, x, settings)

    monkeypatch.setattr(PROBES["knn"], "predict_each", spy)
    record = found(StandIn(), shapes, probe="knn", corruptions=("noise",), severities=(1, 2))["robustness"]
    train, val, test = (record.counts[name] for name in ("train", "val", "test"))
    assert [call[:2] for call in calls] == [(train, val), (train + val, 3 * test)]
    assert record.choices["k"] == calls[-1][2]


def test_density_is_drawn_from_all_points_the_table_has() -> None:
    def distinct(points: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[len(cloud.unique(dim=0))] for cloud in points])

    trials = Trials(corruptions=("noise", "density"), severities=(5,))
    counts = encode_damaged(StandIn(), sticks(6), distinct, trials=trials, seed=0)
    assert counts[:, :, 0].tolist() == [[32] * 6, [32] * 6, [40] * 6]


def test_clouds_too_small_for_the_patches_are_repeated_and_it_is_said() -> None:
    model = StandIn()
    model.config.patches, model.config.patch_size = 200, 16
    seen = []

    def watch(points: torch.Tensor) -> torch.Tensor:
        seen.append(points.shape[1])
        return points.mean(1)

    encode_damaged(model, sticks(6), watch, trials=Trials(corruptions=("density",)), seed=0)
    assert seen == [200, 8192, 2048, 512, 256, 200]
    notes = found(model, corruptions=("density",))["robustness"].notes
    assert any("40 points a shape" in note and "128" in note for note in notes)
    assert any("fewer than 200 points" in note for note in notes)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"corruptions": ("fog",)}, "no corruption 'fog'"),
        ({"severities": (6,)}, "no severity '6'"),
        ({"severities": ()}, "name every severity once"),
        ({"corruptions": ("noise", "noise")}, "name every corruption once"),
        ({"probe": "forest"}, "no probe 'forest'"),
        ({"feature": "best"}, "no feature 'best'"),
    ],
)
def test_misspelt_settings_are_named(how, says) -> None:
    with pytest.raises(InputError, match=says):
        Trials(**how)


def test_answers_that_are_not_finite_are_refused() -> None:
    broken = StandIn()
    broken.scale.data.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite for 'clean'"):
        found(broken, corruptions=("noise",))


def test_a_head_chooses_nothing_and_its_records_do_not_say_so() -> None:
    shapes = sticks(splits=("",))
    by_probe, by_head = (
        found(model, shapes, corruptions=("noise",))["robustness"] for model in (StandIn(), Headed(NAMES))
    )
    assert any("choices were made" in note for note in by_probe.notes)
    assert not any("choices were made" in note for note in by_head.notes)
    assert any("20% of each class were held out as test" in note for note in by_head.notes)
