"""Which weights a run ends with, and when it stops early."""

import pytest
import torch
from torch import nn

from pointrecon.errors import InputError
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop_settings import Optimization
from pointrecon.training.optimizer import make_optimizer
from pointrecon.training.selection import Selection


def run(keep: Keeping, values: list[float]) -> tuple[Selection, nn.Linear]:
    """Epoch n leaves the weight n, and measures values[n - 1]."""
    model, selection = nn.Linear(1, 1), Selection(keep, "accuracy")
    for epoch, value in enumerate(values, 1):
        nn.init.constant_(model.weight, float(epoch))
        selection.after_step(model)
        with selection.shown(model) as shown:
            selection.judge(epoch, {"accuracy": value}, shown)
        assert model.weight.item() == epoch
        if selection.stopped:
            break
    return selection, model


def test_the_best_epoch_is_kept_and_of_equals_the_last() -> None:
    selection, model = run(Keeping(), [0.3, 0.8, 0.8, 0.5])
    selection.finish(model)
    assert (selection.best_epoch, selection.best, model.weight.item()) == (3, 0.8, 3.0)
    assert selection.kept_epoch(4) == 3


def test_the_last_epoch_is_kept_when_asked() -> None:
    selection, model = run(Keeping(epoch="last"), [0.9, 0.1])
    selection.finish(model)
    assert model.weight.item() == 2.0
    assert selection.kept_epoch(2) == 2


def test_patience_stops_early() -> None:
    selection, model = run(Keeping(patience=2), [0.5, 0.6, 0.6, 0.4, 0.9])
    assert selection.stopped
    assert selection.last_epoch == 4
    selection.finish(model)
    assert model.weight.item() == 3.0
    assert not run(Keeping(), [0.5, 0.4, 0.3])[0].stopped


def test_the_average_is_measured_and_kept() -> None:
    selection, model = run(Keeping(epoch="last", average=0.9), [0.5, 0.5, 0.5])
    average = 1.0
    for step, weight in ((2, 2.0), (3, 3.0)):
        decay = (1 + step) / (10 + step)
        average = decay * average + (1 - decay) * weight
    selection.finish(model)
    assert model.weight.item() == pytest.approx(average)


def test_its_state_goes_on_elsewhere() -> None:
    keep = Keeping(patience=3, average=0.5)
    first, model = run(keep, [0.5, 0.4])
    second = Selection(keep, "accuracy")
    second.load(first.state(), torch.device("cpu"))
    for one in (first, second):
        one.after_step(model)
        one.judge(3, {"accuracy": 0.45}, model)
    assert first.state().keys() == second.state().keys()
    assert (first.best_epoch, first.last_epoch, first.stopped) == (second.best_epoch, second.last_epoch, second.stopped)
    assert torch.equal(first.state()["_weights"]["weight"], second.state()["_weights"]["weight"])
    assert torch.equal(first.state()["_average"]["weight"], second.state()["_average"]["weight"])


def test_groups_of_learning_rates() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    optimizer = make_optimizer(model, Optimization(), lambda name: 10.0 if name.startswith("1.") else 1.0)
    found = [(g["weight_decay"], g["factor"], [tuple(p.shape) for p in g["params"]]) for g in optimizer.param_groups]
    assert found == [(0.05, 1.0, [(2, 2)]), (0.05, 10.0, [(2, 2)]), (0.0, 1.0, [(2,)]), (0.0, 10.0, [(2,)])]
    assert [g["factor"] for g in make_optimizer(model, Optimization()).param_groups] == [1.0, 1.0]


@pytest.mark.parametrize("wrong", [{"epoch": "first"}, {"patience": -1}, {"average": 1.0}])
def test_bad_settings(wrong: dict) -> None:
    with pytest.raises(InputError, match=f"keep.{next(iter(wrong))}"):
        Keeping(**wrong)


def test_the_average_takes_in_the_statistics_of_batch_norms() -> None:
    norm, selection = nn.BatchNorm1d(1), Selection(Keeping(epoch="last", average=0.9), "accuracy")
    for mean, batches in ((1.0, 1), (3.0, 2)):
        norm.running_mean.fill_(mean)
        norm.num_batches_tracked.fill_(batches)
        selection.after_step(norm)
    selection.finish(norm)
    decay = (1 + 2) / (10 + 2)
    assert norm.running_mean.item() == pytest.approx(decay * 1.0 + (1 - decay) * 3.0)
    assert norm.num_batches_tracked.item() == 2
