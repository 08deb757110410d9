"""Few-shot folds: seeded, disjoint, learned by every method, and not done twice."""

import numpy as np
import pytest
import torch

from labeled import TINY, model_folder, sticks
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation import load_records
from pointrecon.models import create_model
from pointrecon.shapes import as_shapes
from pointrecon.transfer import few_shot
from pointrecon.transfer.few_shot_folds import draw_folds


def drawn(arrays, **how):
    return draw_folds(as_shapes(arrays), **{"way": 3, "shot": 2, "queries": 4, "folds": 4, **how})


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
     ({"tested": "tset"}, "tset")],
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
        learning_rate=2e-3, encode={"device": "cpu"}, progress=False,
    )  # fmt: skip
    assert result.mean() > 0.8, result.values()
    assert result.deviation() == pytest.approx(np.std(result.values(), ddof=1))
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
    from pointrecon.transfer import skeleton as transfer

    plain, calls = transfer.fit, []

    def stop_in_the_second(task, data, optim, train, *more, **how):
        calls.append(train.seed)
        if len(calls) == 2:
            train.stop_after = 2
        return plain(task, data, optim, train, *more, **how)

    monkeypatch.setattr(transfer, "fit", stop_in_the_second)
    assert main([*words, "--folds", "3"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert len(list((out / "results").glob("*.json"))) == 1
    assert list((out / "fold-01" / "checkpoints").glob("*.pt"))
    first = (out / "results" / "fold-00.json").read_bytes()
    assert main([*words, "--folds", "3", "--resume"]) == 0
    assert "over 3 folds" in capsys.readouterr().out
    assert calls == [0, 1, 1, 2]
    assert (out / "results" / "fold-00.json").read_bytes() == first
    assert not list(out.glob("fold-*"))
    again = [load_records(file)[0].metrics for file in sorted((out / "results").glob("*.json"))]
    assert main([*words, "--folds", "3", "--overwrite"]) == 0  # the same numbers without an interruption
    assert [load_records(file)[0].metrics for file in sorted((out / "results").glob("*.json"))] == again
    capsys.readouterr()
    assert main([*words, "--folds", "3", "--seed", "9", "--resume"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_the_paper_protocol_is_named() -> None:
    with pytest.raises(InputError, match="no protocol 'all'; take honest or paper"):
        few_shot(create_model("nano", seed=0, **TINY), sticks(), protocol="all")
    model = create_model("nano", seed=3, **TINY)
    how = {"way": 3, "shot": 2, "queries": 4, "folds": 1, "encode": {"device": "cpu"}, "progress": False}
    result = few_shot(model, sticks(), method="linear", protocol="paper", epochs=3, **how)
    assert result.records[0].protocol == "paper"
    assert any("test shapes" in note for note in result.records[0].notes)
    scratch = few_shot(model, sticks(), method="svm", from_scratch=True, **how)
    assert scratch.records[0].weights == "untrained"
    with pytest.raises(InputError, match="chooses an epoch"):
        few_shot(model, sticks(), method="knn", protocol="paper", **how)
    with pytest.raises(InputError, match="no method 'svn'"):
        few_shot(model, sticks(), method="svn", **how)


def test_shapes_of_the_split_are_never_learned_from() -> None:
    arrays = sticks(144)
    for fold in drawn(arrays, tested="val"):
        assert set(arrays.split[fold.train].tolist()) == {"train"}
        assert set(arrays.split[fold.test].tolist()) == {"val"}


def test_folds_of_other_weights_are_not_taken_for_these(tmp_path) -> None:
    how = {"way": 3, "shot": 2, "queries": 4, "folds": 1, "method": "knn", "out": tmp_path / "out", "progress": False}
    few_shot(create_model("nano", seed=3, **TINY), sticks(), **how)
    with pytest.raises(InputError, match="other settings, shapes or weights"):
        few_shot(create_model("nano", seed=4, **TINY), sticks(), **how, resume=True)


def own(arrays):
    """One fold of 3 ways and 2 shots of its own, as an imported set has them."""
    place = np.concatenate([np.flatnonzero(arrays.split == "train")[:6], np.flatnonzero(arrays.split == "test")[:6]])
    folds = arrays.select(place)
    folds.id = np.array([f"3way_2shot/0/{split}-{i:04d}" for i, split in enumerate(folds.split)])
    return folds


def test_trained_methods_draw_farthest_points_on_published_folds_and_as_asked_elsewhere(monkeypatch) -> None:
    from pointrecon.training import classify_task as classify
    from pointrecon.transfer import finetuning

    drew = []
    plain = classify.draw_farthest

    def spy(points, count, generator=None):
        drew.append((points.shape[1], count, generator is not None))
        return plain(points, count, generator)

    monkeypatch.setattr(classify, "draw_farthest", spy)
    monkeypatch.setattr(finetuning, "draw_farthest", spy)
    model = create_model("nano", seed=3, **TINY)
    how = {"way": 3, "shot": 2, "queries": 2, "folds": 1, "method": "linear", "epochs": 1, "encode": {"device": "cpu"}}
    for arrays, asked, farthest in (
        (own(sticks()), None, True),
        (own(sticks()), "random", False),
        (sticks(), None, False),
        (sticks(), "farthest", True),
    ):
        drew.clear()
        record = few_shot(model, arrays, draw=asked, progress=False, **how).records[0]
        assert record.choices["draw"] == ("farthest" if farthest else "random")
        assert set(drew) == ({(64, 48, True), (64, 48, False)} if farthest else set())  # a step, a test


def test_a_published_fold_that_asks_for_an_unknown_class_is_refused() -> None:
    arrays = own(sticks())
    arrays.label[:6] = [0, 1, 0, 1, 0, 1]
    how = {"way": 3, "shot": 2, "folds": 1, "method": "knn", "progress": False}
    with pytest.raises(InputError, match="tests on 'kind 2', of which it has no training shape"):
        few_shot(create_model("nano", seed=3, **TINY), arrays, **how)


def test_several_processes_are_refused(monkeypatch, tmp_path, capsys) -> None:
    sticks().save(tmp_path / "sticks.npz")
    model = model_folder(tmp_path / "model")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["few-shot", str(model), str(tmp_path / "sticks.npz"), "--way", "3", "--shot", "2"]) == 2
    assert "start it without torchrun" in capsys.readouterr().err
