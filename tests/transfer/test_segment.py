"""Part segmentation: it learns, resuming repeats, the test shapes are seen once, and any table of parts will do."""

from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import model_folder, sticks
from parted import CATEGORIES, PARTS, parted, settings
from pointrecon import load_model, segment
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation import load_records
from pointrecon.geometry import normalize
from pointrecon.training.run_folder import RunFolder
from pointrecon.transfer import part_segmentation as job
from repeated_runs import assert_same_weights, same, weights


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("segment")
    parted().save(place / "parted.npz")
    sticks().save(place / "sticks.npz")
    model_folder(place / "model")
    return place


@pytest.fixture(scope="module")
def whole(place) -> Path:
    segment(place / "model", place / "parted.npz", place / "whole", **settings(votes=3))
    return place / "whole"


def records(run: Path) -> list:
    return load_records(run / "results" / "segment.json")


def test_it_learns_and_leaves_a_model_that_labels_points(whole) -> None:
    found = records(whole)
    assert [r.task for r in found] == ["segment", "segment/votes3"]
    for record in found:
        assert record.metrics["instance_miou"] > 0.8
        assert record.metrics["class_miou"] > 0.8
        assert record.metrics["accuracy"] > 0.85
        assert set(record.per_class) == set(CATEGORIES)
    first = found[0]
    assert (first.protocol, first.weights, first.split, first.seed) == ("honest", "pre-trained", "test", 0)
    assert first.counts == {"train": 32, "val": 16, "test": 16, "classes": 2, "parts": 5}
    assert any("saw 48 of each cloud's 64 points" in note for note in first.notes)
    model = load_model(whole / "model")
    assert model.config.head.classes == PARTS
    assert model.config.head.category_parts == CATEGORIES
    assert not model.config.stop_gradient
    clouds = normalize(torch.from_numpy(parted().points[:4].astype(np.float32)))
    assert model(clouds, torch.tensor([0, 1, 0, 1])).shape == (4, 64, 5)
    picture = (whole / "results" / "parts.png").read_bytes()
    assert picture.startswith(b"\x89PNG")


def test_the_model_kept_is_the_epoch_that_did_best(whole) -> None:
    name = "probe/instance_miou"
    measured = {line["epoch"]: line[name] for line in RunFolder(whole).metrics() if name in line}
    record = records(whole)[0]
    best = max(measured.values())
    assert len(measured) == 10
    assert record.choices["epoch"] == max(epoch for epoch, value in measured.items() if value == best)
    assert record.metrics["selection_instance_miou"] == best


def test_a_stopped_run_resumes_to_the_same_result(place, whole, tmp_path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Stopped):
        segment(place / "model", place / "parted.npz", run, **settings(votes=3, train={"stop_after": 9}))
    assert not (run / "model").exists()
    segment(out=run, resume=True, train={"stop_after": 0})
    assert_same_weights(whole, run)
    for ours, theirs in zip(records(run), records(whole), strict=True):
        assert ours.metrics == same(theirs.metrics, 0.05)


def test_the_test_shapes_are_looked_at_once(place, tmp_path, monkeypatch) -> None:
    looks: list[tuple[int, int]] = []
    test = set(np.flatnonzero(parted().split == "test").tolist())
    plain = job.part_answers

    def spy(model, shapes, **how):
        looks.append((len(test & set(shapes.places.tolist())), len(shapes)))
        return plain(model, shapes, **how)

    monkeypatch.setattr(job, "part_answers", spy)
    how = settings(train={"epochs": 2})
    segment(place / "model", place / "parted.npz", tmp_path / "run", **how)
    assert looks == [(0, 16)] * 2 + [(16, 16)]
    segment(out=tmp_path / "run", resume=True)
    assert len(looks) == 3
    looks.clear()
    result = segment(place / "model", place / "parted.npz", tmp_path / "paper", protocol="paper", **how)
    assert looks == [(16, 16)] * 3
    record = result.records[0]
    assert record.protocol == "paper"
    assert any("chosen on the test split" in note for note in record.notes)
    assert record.counts["train"] == 48
    assert record.metrics["selection_instance_miou"] == record.metrics["instance_miou"]


def test_seeds_give_a_mean_and_a_deviation(place, tmp_path) -> None:
    run, how = tmp_path / "run", settings(seeds=2, from_scratch=True, labels=0.5, train={"epochs": 1, "seed": 4})
    result = segment(place / "model", place / "parted.npz", run, **how)
    assert [(r.seed, r.weights, r.counts["train"]) for r in result.records] == [
        (4, "untrained", 16),
        (5, "untrained", 16),
    ]
    found = [r.metrics["class_miou"] for r in result.records]
    assert result.mean("class_miou") == pytest.approx(np.mean(found))
    assert result.deviation("class_miou") == pytest.approx(np.std(found, ddof=1))
    best = max(result.records, key=lambda r: r.metrics["selection_instance_miou"])
    kept, own = weights(run), weights(run / f"seed-{best.seed}")
    assert all(torch.equal(kept[name], own[name]) for name in kept)
    assert [r.metrics for r in records(run)] == [r.metrics for r in result.records]


def test_without_splits_and_with_one_category(place, tmp_path) -> None:
    arrays = parted(40)
    arrays.label[:] = -1
    arrays.split[:] = ""
    arrays.meta.classes.clear()
    arrays.save(tmp_path / "parts.npz")
    result = segment(place / "model", tmp_path / "parts.npz", tmp_path / "run", **settings(train={"epochs": 1}))
    record = result.records[0]
    assert record.counts == {"train": 29, "val": 3, "test": 8, "classes": 1, "parts": 5}
    assert record.metrics["class_miou"] == record.metrics["instance_miou"]
    assert load_model(result.model).config.head.category_parts == {"shape": [0, 1, 2, 3, 4]}


def test_points_and_patches_follow_the_clouds(place, tmp_path) -> None:
    how = settings(segment={"loss_points": 16}, train={"epochs": 1})
    del how["points"], how["patches"]
    result = segment(place / "model", place / "parted.npz", tmp_path / "run", **how)
    config = load_model(result.model).config
    assert (config.points, config.patches) == (64, 4)


def test_command_line(place, whole, tmp_path, capsys) -> None:
    words = ["--votes", "3", "--drop_path", "0", "--optim.learning_rate", "3e-3", "--optim.warmup_epochs", "1"]
    words += ["--points", "48", "--patches", "8", "--seeds", "1"]
    train = {"epochs": 2, "batch_size": 8, "precision": "32", "compile": "off", "log_every": 3}
    words += [word for name, value in train.items() for word in (f"--train.{name}", str(value))]
    run = tmp_path / "run"
    assert main(["segment", str(place / "model"), str(place / "parted.npz"), "-o", str(run), *words]) == 0
    told = capsys.readouterr().err
    assert "instance mIoU" in told
    assert "with a vote of 3" in told
    one, two = RunFolder(whole).config(), RunFolder(run).config()
    assert (one.pop("out"), two.pop("out")) == (str(whole), str(run))
    assert (one["train"].pop("epochs"), two["train"].pop("epochs")) == (10, 2)
    assert (one["optim"].pop("warmup_epochs"), two["optim"].pop("warmup_epochs")) == (1, 0.4)  # a fifth of the run
    assert one == two
    assert main(["segment", "-o", str(run), "--resume"]) == 0


def test_bad_input_is_told_and_leaves_nothing(place, tmp_path, capsys) -> None:
    table, model = str(place / "parted.npz"), str(place / "model")
    arrays = parted(8, splits=("train",))
    arrays.save(tmp_path / "untested.npz")
    cases = [
        ([model, str(place / "sticks.npz")], "no part labels"),
        ([model, str(tmp_path / "untested.npz")], "split 'test'"),
        ([model, table, "--augment.crop", "0.3"], "augment.crop"),
        ([model, table, "--points", "8", "--patches", "9"], "cannot hold"),
        ([model, table, "--train.batch_size", "1"], "normalizes over the batch"),
        ([model, table, "--mode", "linear"], "no setting 'mode'"),
        ([model, table, "--segment.loss_point", "3"], "did you mean 'segment.loss_points'"),
        ([model, table, "--keep.patience", "2", "--train.probe_every", "0"], "probe_every above 0"),
        ([model], "is a model, not shapes"),
        ([], "a model"),
    ]
    for words, message in cases:
        out = tmp_path / "out"
        assert main(["segment", *words, "-o", str(out)]) == 2, words
        told = capsys.readouterr().err.strip()
        assert "\n" not in told
        assert message in told, told
        assert not out.exists(), words
    RunFolder(tmp_path / "other").create({"mode": "full"})
    with pytest.raises(InputError, match="no run of 'pointrecon segment'"):
        segment(out=tmp_path / "other", resume=True)


def test_a_category_without_parts_is_left_out_and_told(place, tmp_path) -> None:
    arrays = parted()
    arrays.meta.classes.append("Ring")
    ring = np.arange(0, len(arrays), 5)
    arrays.label[ring], arrays.part[ring] = 2, -1
    arrays.save(tmp_path / "parts.npz")
    result = segment(place / "model", tmp_path / "parts.npz", tmp_path / "run", **settings(train={"epochs": 1}))
    record = result.records[0]
    assert record.classes == ["Rod", "Pole"]
    assert sum(record.counts[name] for name in ("train", "val", "test")) == len(arrays) - len(ring)
    assert f"{len(ring)} shapes without part labels were left out" in record.notes


def test_a_category_seen_in_no_training_shape_is_told(place, tmp_path) -> None:
    arrays = parted()
    arrays.split[arrays.label == 1] = "test"
    arrays.save(tmp_path / "parts.npz")
    result = segment(place / "model", tmp_path / "parts.npz", tmp_path / "run", **settings(train={"epochs": 1}))
    assert any("no training shape has the category 'Pole'" in note for note in result.records[0].notes)
