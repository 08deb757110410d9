"""A streamed training set gives the held one's batches, ahead of time, and tells what goes wrong."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from pointrecon import create_model, pretrain
from pointrecon.ahead import Ahead
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, Shapes, ShapeTable, TableMeta, as_shapes, create_table, open_table
from pointrecon.training import pretraining as job
from pointrecon.training.batches import coming_updates, epoch_order
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_set import StreamingSet, TrainingSet, held_bytes
from repeated_runs import same
from training_tables import settings, small_table

KEYS = {"image": "image/looks", "text": "text/words"}


def coming_batches(*numbers: int, **how: int) -> list[torch.Tensor]:
    return [index for update in coming_updates(*numbers, **how) for index, _ in update.batches]


def some(count: int, name: str, *, size: int = 40, views: int = 3, up: str = "z", seed: int = 0) -> ShapeArrays:
    """Shapes with gaps: every third without a picture's feature, every fourth without a caption."""
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(count, views, 5)).astype(np.float16)
    image[::3] = np.nan
    return ShapeArrays.from_points(
        rng.normal(size=(count, size, 3)),
        id=[f"{name}{i}" for i in range(count)],
        label=np.arange(count) % 2,
        classes=["bolt", name],
        split=np.where(np.arange(count) % 5 == 4, "val", "train"),
        captions=[[] if i % 4 == 3 else [f"caption {i % 6}", "second"] for i in range(count)],
        features={"image/looks": image, "text/words": rng.normal(size=(count, 1, 4))},
        up=up,
    )


@pytest.fixture(params=["npz", "lance", "both"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> list[ShapeTable]:
    kinds = ["npz", "lance"] if request.param == "both" else [request.param]
    made = []
    for i, kind in enumerate(kinds):
        if kind == "lance":
            pytest.importorskip("lancedb")
        table = create_table(tmp_path / f"t{i}.{kind}", TableMeta(up="z"))
        # the second table has larger clouds and fewer features a shape, and appends in two parts
        table.append(some(23, f"a{i}", size=40 + 8 * i, views=3 - i, seed=i))
        table.append(some(8, f"b{i}", size=40 + 8 * i, views=3 - i, seed=9 + i))
        made.append(open_table(table.path))
    return made


def assert_same_batch(one, two) -> None:
    assert torch.equal(one.points, two.points)
    assert torch.equal(one.caption, two.caption)
    for name in ("features", "present"):
        first, second = getattr(one, name), getattr(two, name)
        assert first.keys() == second.keys()
        assert all(torch.equal(first[kind], second[kind]) for kind in first)


@pytest.mark.parametrize("parts", [False, True])
def test_colors_come_with_their_points_and_gray_where_there_are_none(tmp_path: Path, parts: bool) -> None:
    pytest.importorskip("lancedb")
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (6, 40, 3))
    about = {"part": np.arange(40)[None].repeat(6, 0), "part_names": [f"p{i}" for i in range(40)]} if parts else {}
    colored = ShapeArrays.from_points(rng.normal(size=(6, 40, 3)), color=color, up="y", **about)
    plain = ShapeArrays.from_points(rng.normal(size=(3, 40, 3)), id=["p", "q", "r"], up="y")
    create_table(tmp_path / "a.lance", colored.meta).append(colored)
    plain.save(tmp_path / "b.npz")
    shapes = as_shapes([tmp_path / "a.lance", tmp_path / "b.npz"])
    some = torch.tensor([4, 7, 1])
    for made in (TrainingSet, StreamingSet):
        data = made(shapes, points=32, colors=True, parts=parts)
        batch = data.draw(some, torch.Generator().manual_seed(0))
        without = made(shapes, points=32, parts=parts).draw(some, torch.Generator().manual_seed(0))
        assert torch.equal(batch.points[..., :3], without.points)
        assert (batch.points[1, :, 3:] == 0.4).all()
        shades = {tuple(shade) for shade in (torch.from_numpy(color[4]).float() / 255).tolist()}
        assert {tuple(shade) for shade in batch.points[0, :, 3:].tolist()} <= shades
        if parts:
            assert batch.part is not None
            assert torch.equal(batch.points[2, :, 3:], torch.from_numpy(color[1]).float()[batch.part[2]] / 255)
    assert held_bytes(shapes, (), colors=True) - held_bytes(shapes, ()) == 9 * 40 * 3


@pytest.mark.parametrize("points", [16, 64])
def test_streamed_batches_are_the_held_ones(tables: list[ShapeTable], points: int) -> None:
    collection = as_shapes(tables)
    seen = collection.select(collection.in_split("train"))
    whole = ShapeArrays.concatenate([table.load() for table in tables])
    held = TrainingSet(whole.in_split("train"), points=points, up="y", **KEYS)
    block = TrainingSet(seen, points=points, up="y", **KEYS)
    stream = StreamingSet(seen, points=points, up="y", **KEYS)
    assert len(held) == len(block) == len(stream) == len(whole.in_split("train"))
    order = coming_batches(len(stream), 7, seed=3, epochs=2)
    stream.schedule(iter(order))
    missing = 0
    for step, index in enumerate(order):
        batches = [data.draw(index, torch.Generator().manual_seed(step)) for data in (held, block, stream)]
        assert_same_batch(batches[0], batches[1])
        assert_same_batch(batches[0], batches[2])
        missing += int((~batches[0].present["image"]).sum())
    assert missing == 2 * int((~seen.has("image/looks")).sum()) > 0
    assert (held.caption < 0).any()
    assert torch.equal(held.caption, stream.caption)
    assert stream.waited > 0
    assert held.waited == 0
    stream.close()
    # unscheduled, it reads what is asked for
    assert_same_batch(*(d.draw(order[0], torch.Generator().manual_seed(0)) for d in (held, stream)))


def test_a_collection_is_what_the_joined_tables_are(tables: list[ShapeTable]) -> None:
    collection = as_shapes(tables)
    parts = [table.load() for table in tables]
    if len(parts) > 1:
        for part, table in zip(parts, tables, strict=True):
            part.id = np.array([f"{table.path.stem}:{key}" for key in part.id])
    whole = ShapeArrays.concatenate(parts)
    assert collection.meta == whole.meta
    assert list(collection.ids()) == whole.id.tolist()
    assert collection.label.tolist() == whole.label.tolist()
    assert collection.fingerprint() == as_shapes(whole).fingerprint()
    order = np.random.default_rng(0).permutation(len(whole))
    block = collection.select(order).read(np.arange(len(whole)), ["image/looks"])
    assert block.id.tolist() == whole.id[order].tolist()
    np.testing.assert_array_equal(block.points, whole.points[order])
    np.testing.assert_array_equal(block.features["image/looks"], whole.features["image/looks"][order])
    assert collection.has("image/looks").tolist() == (~np.isnan(whole.features["image/looks"]).all((1, 2))).tolist()
    loaded = collection.load(np.array([3, 1]))
    assert (loaded.id.tolist(), loaded.label.tolist()) == (whole.id[[3, 1]].tolist(), whole.label[[3, 1]].tolist())
    assert held_bytes(collection, ["image/looks"]) == len(whole) * (2 * (3 * collection.size + 3 * 5) + 8)


def test_tables_of_another_up_axis_are_turned_as_they_are_read(tmp_path: Path) -> None:
    first, second, third = some(4, "a", up="unknown"), some(5, "b", up="z", seed=1), some(6, "c", up="y", seed=2)
    for name, arrays in (("a", first), ("b", second), ("c", third)):
        arrays.save(tmp_path / f"{name}.npz")
    found = as_shapes([open_table(tmp_path / f"{name}.npz") for name in "abc"])
    assert found.meta.up == "z"
    points = found.read(np.arange(15)).points
    np.testing.assert_array_equal(points[:9], np.concatenate([first.points, second.points]))
    np.testing.assert_array_equal(points[9:], third.points[..., [2, 0, 1]])  # y becomes z, z becomes x, x becomes y
    # In training every table stands as it does alone, so as models see it later; an unknown axis is left alone.
    together, at = TrainingSet(found, points=40, up="y"), 0
    for arrays in (first, second, third):
        alone = TrainingSet(arrays, points=40, up="y")
        batches = [
            data.draw(torch.arange(len(alone)) + start, torch.Generator().manual_seed(0))
            for data, start in ((together, at), (alone, 0))
        ]
        assert torch.equal(batches[0].points, batches[1].points)
        at += len(alone)


def test_tables_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    def table(name: str, arrays: ShapeArrays) -> ShapeTable:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        arrays.save(tmp_path / name)
        return open_table(tmp_path / name)

    first = table("a.npz", some(5, "a"))
    with pytest.raises(InputError, match="more than once"):
        as_shapes([first, table("two/a.npz", some(5, "a"))])
    narrow = some(5, "c")
    narrow.features = {"image/looks": np.zeros((5, 1, 2), np.float16)}
    with pytest.raises(InputError, match="differ in width"):
        as_shapes([first, table("c.npz", narrow)])
    with pytest.raises(InputError, match="from nothing"):
        as_shapes([])
    with pytest.raises(InputError, match="no shapes to train"):
        StreamingSet(as_shapes([first]).select(np.zeros(0, np.int64)), points=8)


@pytest.mark.parametrize("accumulate", [1, 3])
def test_coming_updates_are_the_epochs_orders_from_any_step(accumulate: int) -> None:
    whole = [i for e in range(3) for i, _ in epoch_order(20, 6, seed=5, epoch=e, rank=1, world=2)]
    every = list(coming_updates(20, 6, accumulate, seed=5, epochs=3, rank=1, world=2))
    assert len(every) == 3 * (4 if accumulate == 1 else 2)  # four batches an epoch
    for first in (0, 1, 2, 5):
        coming = list(coming_updates(20, 6, accumulate, seed=5, epochs=3, first=first, rank=1, world=2))
        assert [update.number for update in coming] == list(range(first, len(every)))
        batches = [index for update in coming for index, _ in update.batches]
        assert coming[0].first == len(whole) - len(batches)
        assert all(torch.equal(a, b) for a, b in zip(batches, whole[coming[0].first :], strict=True))


def test_work_is_done_in_order_and_no_further_ahead_than_asked() -> None:
    taken: list[int] = []

    def items():
        for i in range(20):
            taken.append(i)
            yield i

    def slow_at_first(i: int) -> int:
        time.sleep(0.02 if i % 3 == 0 else 0)
        return i * i

    with Ahead(slow_at_first, items(), depth=3, workers=2) as ahead:
        for seen, (item, result) in enumerate(ahead):
            assert (item, result) == (seen, seen * seen)
            assert len(taken) <= seen + 1 + 3
    assert ahead.waited > 0


def test_closing_early_leaves_no_thread_and_errors_come_where_they_belong() -> None:
    before = threading.active_count()

    def work(i: int) -> int:
        if i == 2:
            raise InputError("shape 2 is damaged")
        return i

    with Ahead(work, iter(range(10**9))) as ahead:
        assert [next(ahead)[1], next(ahead)[1]] == [0, 1]
        with pytest.raises(InputError, match="shape 2"):
            next(ahead)
    assert threading.active_count() == before
    ahead.close()
    assert list(ahead) == []


def test_another_batch_than_scheduled_is_refused() -> None:
    data = StreamingSet(some(9, "a"), points=8)
    data.schedule([torch.tensor([1, 2])])
    with pytest.raises(ValueError, match="scheduled next"):
        data.draw(torch.tensor([2, 1]), torch.Generator())
    with pytest.raises(ValueError, match="any more"):
        data.draw(torch.tensor([1, 2]), torch.Generator())
    data.close()


def assert_same_lines(first: Path, second: Path) -> None:
    for one, two in zip(metrics(first), metrics(second), strict=True):
        told, wanted = (
            {k: v for k, v in line.items() if k not in ("samples_per_second", "waiting")} for line in (one, two)
        )
        assert told == same(wanted, 1e-3)


def metrics(run: Path) -> list[dict]:
    return [line for line in RunFolder(run).metrics() if "loss" in line]


def test_held_streamed_and_resumed_runs_are_equal(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    import yaml

    pytest.importorskip("lancedb")
    arrays = ShapeArrays.load(small_table(tmp_path / "small.npz"))
    create_table(tmp_path / "small.lance", TableMeta(up="y")).append(arrays)
    table = tmp_path / "small.lance"
    whole = pretrain(table, tmp_path / "held", **settings(hold="device", probe_every=2))
    assert (whole.finished, whole.waiting) == (True, 0)
    assert "0.0% of the time waiting for data" in capsys.readouterr().err
    streamed = pretrain(table, tmp_path / "streamed", **settings(hold="stream", probe_every=2))
    assert 0 < streamed.waiting < 1
    said = capsys.readouterr().err
    assert "shapes are streamed" in said
    assert "% of the time waiting for data" in said
    assert_same_lines(tmp_path / "held", tmp_path / "streamed")
    assert all(0 <= line["waiting"] <= 1 for line in metrics(tmp_path / "streamed"))
    run, threads = tmp_path / "stopped", threading.active_count()
    assert not pretrain(table, run, **settings(hold="stream", probe_every=2, stop_after=8)).finished
    assert threading.active_count() == threads
    config = RunFolder(run).config()
    config["train"]["stop_after"] = 0
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    assert pretrain(out=run, resume=True).finished
    assert_same_lines(run, tmp_path / "held")


def test_a_table_that_breaks_while_training_is_told_in_one_sentence(tmp_path, monkeypatch, capsys) -> None:
    table, reads = small_table(tmp_path / "t.npz"), []
    honest = Shapes.read

    def breaking(self, index, *how, **more):
        reads.append(len(index))
        if len(reads) > 6:
            raise InputError("t.npz is damaged or unreadable: restore it from a copy or make it again")
        return honest(self, index, *how, **more)

    monkeypatch.setattr(Shapes, "read", breaking)
    words = ["pretrain", str(table), "-o", str(tmp_path / "run"), "--train.hold", "stream", "--model.size", "nano"]
    assert main([*words, "--train.device", "cpu", "--train.batch_size", "2", "--train.probe_every", "0"]) == 2
    assert "pointrecon: t.npz is damaged" in capsys.readouterr().err


def test_what_fits_is_held_and_what_does_not_is_streamed(tmp_path, monkeypatch) -> None:
    seen = as_shapes(some(20, "a"))
    config = create_model("nano", points=16, patches=4, patch_size=4).config
    need = held_bytes(seen, KEYS.values())

    def made(free: int, hold: str = "auto") -> type:
        monkeypatch.setattr("pointrecon.training.training_data.free_memory", lambda device: free)
        return type(job.make_set(seen, config, KEYS, torch.device("cpu"), hold=hold, active=False))

    assert made(2 * need) is TrainingSet
    assert made(2 * need - 2) is StreamingSet
    assert made(need, "device") is TrainingSet
    assert made(10 * need, "stream") is StreamingSet
    with pytest.raises(InputError, match="hold stream"):
        made(need - 1, "device")
    with pytest.raises(InputError, match=r"train\.hold"):
        pretrain("t.npz", tmp_path / "run", **settings(hold="disk"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_both_ways_give_the_same_batches() -> None:
    arrays = some(60, "a", size=400)
    held, stream = (kind(arrays, points=64, device="cuda", **KEYS) for kind in (TrainingSet, StreamingSet))
    order = coming_batches(60, 8, seed=0, epochs=3)
    stream.schedule(order)
    for step, index in enumerate(order):
        assert_same_batch(*(d.draw(index, torch.Generator("cuda").manual_seed(step)) for d in (held, stream)))
    stream.close()
