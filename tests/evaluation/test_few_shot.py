"""Few-shot folds: seeded, disjoint, learned by every method, and not done twice."""

import numpy as np
import pytest
import torch

from labelled import TINY, model_folder, sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import few_shot, load_records
from pointrecon.evaluation.few_shot import draw_folds
from pointrecon.models import create_model


def drawn(arrays, **how):
    return draw_folds(arrays.label, arrays.split, **{"way": 3, "shot": 2, "queries": 4, "folds": 4, **how})


def test_folds_have_what_they_should() -> None:
    arrays = sticks(144, classes=6)
    folds = drawn(arrays)
    for fold in folds:
        assert len(set(fold.classes.tolist())) == 3
        for places, count, test in ((fold.train, 2, False), (fold.test, 4, True)):
            assert all((arrays.label[places] == c).sum() == count for c in fold.classes)
            assert len(set(places.tolist())) == 3 * count
            assert ((arrays.split[places] == "test") == test).all()
    assert len({tuple(fold.train.tolist()) for fold in folds}) == 4
    more = drawn(arrays, folds=6)
    assert all(np.array_equal(a.test, b.test) for a, b in zip(folds, more, strict=False))
    assert not np.array_equal(folds[0].train, drawn(arrays, seed=1)[0].train)


def test_a_table_without_splits_gives_both_and_never_one_shape_twice() -> None:
    arrays = sticks(30, splits=("",))
    for fold in drawn(arrays):
        assert not set(fold.train.tolist()) & set(fold.test.tolist())
        assert len(fold.test) == 12


@pytest.mark.parametrize(
    ("how", "says"),
    [({"way": 4}, "only 3 classes"), ({"shot": 99}, "only 0 classes"), ({"way": 1}, "way"), ({"folds": 0}, "folds"),
     ({"test_split": "tset"}, "tset")],
)  # fmt: skip
def test_too_few_shapes_are_told(how, says) -> None:
    with pytest.raises(InputError, match=says):
        drawn(sticks(), **how)


@pytest.mark.parametrize("method", ["full", "linear", "mlp3", "svm", "logistic", "knn"])
def test_every_method_learns_and_says_what_it_did(method: str) -> None:
    model = create_model("nano", seed=3, **TINY)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    result = few_shot(
        model, sticks(), way=3, shot=8, queries=4, folds=2, method=method, epochs=25, batch_size=12,
        learning_rate=2e-3, device="cpu", progress=False,
    )  # fmt: skip
    assert result.accuracy > 0.8, result.accuracies
    assert result.deviation == pytest.approx(np.std(result.accuracies, ddof=1))
    record = result.records[1]
    assert record.task == f"few-shot/{method}/3w8s"
    assert record.counts == {"train": 24, "test": 12, "classes": 3, "folds": 2}
    assert (record.protocol, record.seed, record.choices["fold"]) == ("honest", 1, 1)
    if method in ("full", "linear", "mlp3"):
        assert record.choices["epoch"] == 25
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_done_folds_are_not_done_again(tmp_path, capsys, monkeypatch) -> None:
    sticks().save(tmp_path / "sticks.npz")
    out = tmp_path / "out"
    words = ["few-shot", str(model_folder(tmp_path / "model")), str(tmp_path / "sticks.npz"), "-o", str(out)]
    words += ["--way", "3", "--shot", "2", "--queries", "4", "--method", "linear", "--epochs", "4", "--device", "cpu"]
    from pointrecon.evaluation import transfer

    plain, calls = transfer.fit, []

    def stop_in_the_second(task, data, optim, train, *more, **how):
        calls.append(train.seed)
        if len(calls) == 2:
            train.stop_after = 2
        return plain(task, data, optim, train, *more, **how)

    monkeypatch.setattr(transfer, "fit", stop_in_the_second)
    assert main([*words, "--folds", "3"]) == 130
    assert len(list((out / "results").glob("*.json"))) == 1
    assert list((out / "fold-01" / "checkpoints").glob("*.pt"))
    first = (out / "results" / "fold-00.json").read_bytes()
    assert main([*words, "--folds", "3"]) == 0
    assert "over 3 folds" in capsys.readouterr().out
    assert calls == [0, 1, 1, 2]
    assert (out / "results" / "fold-00.json").read_bytes() == first
    assert not list(out.glob("fold-*"))
    again = [load_records(file)[0].metrics for file in sorted((out / "results").glob("*.json"))]
    assert main([*words, "--folds", "3", "--overwrite"]) == 0  # the same numbers without an interruption
    assert [load_records(file)[0].metrics for file in sorted((out / "results").glob("*.json"))] == again
    capsys.readouterr()
    assert main([*words, "--folds", "3", "--seed", "9"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_the_paper_protocol_is_named() -> None:
    model = create_model("nano", seed=3, **TINY)
    how = {"way": 3, "shot": 2, "queries": 4, "folds": 1, "device": "cpu", "progress": False}
    result = few_shot(model, sticks(), method="linear", protocol="paper", epochs=3, **how)
    assert result.records[0].protocol == "paper"
    assert any("test shapes" in note for note in result.records[0].notes)
    scratch = few_shot(model, sticks(), method="svm", from_scratch=True, **how)
    assert scratch.records[0].weights == "untrained"
    with pytest.raises(InputError, match="chooses an epoch"):
        few_shot(model, sticks(), method="knn", protocol="paper", **how)
    with pytest.raises(InputError, match="no method 'svn'"):
        few_shot(model, sticks(), method="svn", **how)
