"""Bulk encoding: every shape once, resumed after a kill, exported, refused where it must be."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import pointrecon
from pointrecon import create_model, embed, load_model, open_table, save_model
from pointrecon.cli.main import main
from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.evaluation import extract_features
from pointrecon.models import Teacher
from pointrecon.models.facts import weights_hash
from pointrecon.retrieval.vectors import collection_vectors
from pointrecon.shapes import ShapeArrays, ShapeTable, TableMeta, create_table
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table import feature_writer
from pointrecon.training.cloud_stream import CloudStream
from repeated_runs import repeats
from small import SMALL

SPLITS = np.array(["train", "train", "test"])


def shapes(count: int = 20, points: int = 120, seed: int = 0) -> ShapeArrays:
    rng = np.random.default_rng(seed)
    return ShapeArrays.from_points(
        rng.normal(size=(count, points, 3)),
        id=[f"part {i:04d}" for i in range(count)],
        split=SPLITS[np.arange(count) % 3],
        label=np.arange(count) % 2 - (np.arange(count) % 5 == 0),
        classes=["nut", "bolt"],
        up="z",
    )


@pytest.fixture(params=["lance", "npz"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "lance":
        pytest.importorskip("lancedb")
    made = create_table(tmp_path / f"parts.{request.param}", TableMeta(up="z"))
    made.append(shapes().select(np.arange(12)))
    made.append(shapes().select(np.arange(12, 20)))
    return made.path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model folder with a projection for text."""
    made = create_model("nano", seed=0, **SMALL, teachers={"text": Teacher("words", 7)})
    return save_model(made.eval(), tmp_path_factory.mktemp("runs") / "small" / "model")


def run(table: Path, model: Path, **options: object) -> pointrecon.retrieval.embedding.Embedded:
    how = {key: options.pop(key) for key in ("points", "batch_size", "device", "precision", "seed") if key in options}
    encode = {"precision": "32", "batch_size": 8, **how}
    return embed(model, table, encode=encode, **{"progress": False, **options})  # type: ignore[arg-type]


def stored(table: Path, name: str) -> tuple[list[str], np.ndarray]:
    arrays = open_table(table).load(features=[name])
    return arrays.id.tolist(), arrays.features[name][:, 0].astype(np.float32)


def test_every_shape_gets_what_the_probes_see(table: Path, model: Path) -> None:
    done = run(table, model)
    assert (done.name, done.added, done.already, done.width) == ("embedding/small", 20, 0, 64)
    assert 0 < done.waiting < 1
    assert done.clouds_per_second > 0
    assert done.peak_memory > 2**16
    seen = extract_features(load_model(model), shapes(), encode={"precision": "32"}, progress=False)
    ids, values = stored(table, "embedding/small")
    assert ids == shapes().id.tolist()
    np.testing.assert_allclose(values, seen, atol=2e-3, rtol=2e-3)  # stored as float16
    info = open_table(table).feature_info("embedding/small")
    assert (info["feature"], info["points"], info["precision"], info["width"]) == ("recon", 96, "32", 64)
    again = run(table, model)
    assert (again.added, again.already) == (0, 20)


def test_kinds_and_projections(table: Path, model: Path) -> None:
    loaded = load_model(model)
    for kind, width in (("patches", 32), ("queries", 96), ("all", 160), ("text", 7)):
        done = run(table, loaded if kind == "all" else model, feature=kind, name=None if kind == "text" else kind)
        assert done.width == width
        assert stored(table, done.name)[1].shape == (20, width)
    assert "embedding/small.text" in open_table(table).feature_names()


def test_new_shapes_and_other_splits_are_added_alone(table: Path, model: Path) -> None:
    first = run(table, model, split="test")
    assert (first.added, first.already) == (6, 0)
    rest = run(table, model)
    assert (rest.added, rest.already) == (14, 6)
    more = shapes(3, seed=5)
    more.id = np.array(["x", "y", "z"])
    open_table(table).append(more)
    assert (run(table, model).added, run(table, model).already) == (3, 23)


def test_points_drawn_depend_on_shape_and_seed_only(model: Path) -> None:
    arrays, loaded = shapes(10), load_model(model)

    def encoded(index: list[int], batch: int, seed: int = 0) -> np.ndarray:
        how = EncodeSettings(batch_size=batch, seed=seed)
        stream = CloudStream(loaded, as_shapes(arrays), np.array(index), lambda c: c.flatten(1), how)
        return np.concatenate([values for _, values in stream])

    def equal(one: np.ndarray, two: np.ndarray) -> bool:  # a GPU adds up a mean in another order in another batch
        return np.array_equal(one, two) if repeats() else np.allclose(one, two, atol=1e-5)

    whole = encoded(list(range(10)), 10)
    assert equal(whole, encoded(list(range(10)), 3))
    assert equal(whole[[7, 2]], encoded([7, 2], 1))
    assert not equal(whole, encoded(list(range(10)), 10, seed=1))
    clouds = whole.reshape(10, -1, 3)
    assert all(len(np.unique(cloud, axis=0)) == 96 for cloud in clouds)  # none twice
    assert threading.active_count() < 20


def test_copies_of_a_file_have_one_vector_whatever_they_are_called(model: Path, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for name in ("nut", "copy of nut"):
        np.savetxt(tmp_path / "parts" / f"{name}.xyz", np.random.default_rng(0).random((300, 3)))
    table = tmp_path / "parts.npz"
    pointrecon.import_shapes(tmp_path / "parts", table, points=256, workers=1, progress=False)
    name = run(table, model).name  # of 96 of the 256 points
    np.testing.assert_array_equal(*stored(table, name)[1])


def interrupted(table: Path, model: Path, *words: str) -> subprocess.Popen:
    """The command in a process of its own, writing after every batch of 4 and slow enough to be caught."""
    code = (
        "import sys, time\n"
        "from pointrecon.shapes.table import feature_writer\n"
        "from pointrecon.training import cloud_stream as stream\n"
        "feature_writer.FLUSH_SECONDS = 0\n"
        "compute = stream.CloudStream._compute\n"
        "def slow(*args):\n"
        "    time.sleep(0.15)\n"
        "    return compute(*args)\n"
        "stream.CloudStream._compute = slow\n"
        "from pointrecon.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    line = [sys.executable, "-c", code, "embed", str(model), str(table), "--device", "cpu", "--batch-size", "4", *words]
    return subprocess.Popen(
        line, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(count: int, how_many, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while how_many() < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_job_goes_on_and_ends_the_same(table: Path, model: Path, tmp_path: Path) -> None:
    process = interrupted(table, model)
    wait_for(4, lambda: len(open_table(table).feature_ids("embedding/small")), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    had = len(open_table(table).feature_ids("embedding/small"))
    assert 4 <= had < 20
    done = run(table, model, batch_size=4)
    assert (done.added, done.already) == (20 - had, had)
    if table.suffix == ".lance":
        import lancedb

        rows = lancedb.connect(str(table)).open_table("embedding.small").search().select(["id"]).to_arrow()
        assert sorted(rows["id"].to_pylist()) == shapes().id.tolist()  # none twice, none missing
    whole = run(table, model, name="whole", batch_size=4)
    assert whole.added == 20
    assert np.array_equal(stored(table, "embedding/small")[1], stored(table, "embedding/whole")[1])


def test_a_killed_job_that_leaves_the_table_alone_goes_on_too(tmp_path: Path, model: Path) -> None:
    shapes().save(tmp_path / "t.npz")
    before = (tmp_path / "t.npz").read_bytes()
    out = tmp_path / "out.npz"
    process = interrupted(tmp_path / "t.npz", model, "-o", str(out), "--in-table", "false")
    parts = tmp_path / "out.npz.parts"
    wait_for(2, lambda: len(list(parts.glob("0*.npz"))), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not out.exists()
    with pytest.raises(InputError, match="made with seed = 0, not 1"):
        run(tmp_path / "t.npz", model, out=out, in_table=False, seed=1)
    done = run(tmp_path / "t.npz", model, out=out, in_table=False, batch_size=4)
    assert done.already >= 8
    assert done.added + done.already == 20
    assert not parts.exists()
    assert (tmp_path / "t.npz").read_bytes() == before
    with np.load(out) as found:
        assert found["id"].tolist() == shapes().id.tolist()
        run(tmp_path / "t.npz", model, batch_size=4)
        assert np.array_equal(found["embedding"], stored(tmp_path / "t.npz", "embedding/small")[1])


def test_asked_to_stop_it_writes_what_is_done(tmp_path: Path, model: Path) -> None:
    shapes(60).save(tmp_path / "t.npz")
    process = interrupted(tmp_path / "t.npz", model)
    wait_for(4, lambda: len(open_table(tmp_path / "t.npz").feature_ids("embedding/small")), process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert 4 <= len(open_table(tmp_path / "t.npz").feature_ids("embedding/small")) < 60
    again = f"pointrecon embed {model} {tmp_path / 't.npz'} --device cpu --batch-size 4 --resume"
    assert f"stopped; go on with: {again}" in said
    assert main(again.split()[1:]) == 0
    assert len(open_table(tmp_path / "t.npz").feature_ids("embedding/small")) == 60


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_exports_open_in_other_tools(table: Path, model: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"vectors{suffix}"
    done = run(table, model, out=out, split="train")
    assert (done.added, done.out) == (14, out)
    arrays = shapes().in_split("train")
    if suffix == ".npz":
        with np.load(out) as found:
            columns = {name: found[name] for name in found.files}
        assert columns["classes"].tolist() == ["nut", "bolt"]
        assert columns["label"].tolist() == arrays.label.tolist()
    else:
        frame = pytest.importorskip("pyarrow.parquet").read_table(out)
        columns = {name: np.array(frame[name].to_pylist()) for name in frame.column_names}
        columns["embedding"] = columns["embedding"].astype(
            frame.schema.field("embedding").type.value_type.to_pandas_dtype()
        )
        assert columns["label"].tolist() == [["nut", "bolt", None][i] for i in arrays.label]
    assert columns["id"].tolist() == arrays.id.tolist()
    assert set(columns["split"].tolist()) == {"train"}
    assert columns["embedding"].dtype == np.float32
    assert np.array_equal(columns["embedding"], stored(table, "embedding/small")[1][shapes().split == "train"])
    with pytest.raises(InputError, match="exists already"):
        run(table, model, out=out)
    assert run(table, model, out=out, overwrite=True).added == 20
    assert not list(tmp_path.glob(".*.part"))


def test_a_parquet_has_pictures_neighbors_and_a_map_beside_the_vectors(
    table: Path, model: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet
    from PIL import Image

    out, words = tmp_path / "v.parquet", ["--split", "train", "--with", "map,thumbnails,neighbors"]
    assert main(["embed", str(model), str(table), "--name", "small", "--device", "cpu", "-o", str(out), *words]) == 0
    found = parquet.read_table(out)
    names = ["thumbnail", "neighbors", "projection_x", "projection_y"]
    assert found.column_names == ["id", "split", "label", "guessed", "embedding", *names]
    vectors = np.array(found["embedding"].to_pylist())
    around = vectors - vectors.mean(0)
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    far = 1 - around @ around.T + 9 * np.eye(14)
    for row, near in enumerate(found["neighbors"].to_pylist()):
        assert len(near["ids"]) == 10
        assert np.allclose(near["distances"], np.sort(far[row])[:10], atol=1e-5)
        assert np.allclose(far[row][near["ids"]], near["distances"], atol=1e-5)
    picture = found["thumbnail"].to_pylist()[3]
    assert Image.open(io.BytesIO(picture["bytes"])).size == (96, 96)
    assert np.isfinite(found["projection_x"].to_numpy()).all()


def test_a_file_written_just_before_a_kill_is_not_in_the_way(model: Path, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "v.npz"
    with monkeypatch.context() as now:
        now.setattr("pointrecon.retrieval.vector_files.VectorParts.remove", lambda _: None)
        run(shapes(), model, out=out)
    assert run(shapes(), model, out=out).added == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("v.")] == ["v.npz"]


def test_what_is_replaced_stays_until_all_is_there(table: Path, model: Path, monkeypatch) -> None:
    run(table, model)
    other = create_model("nano", seed=1, **SMALL)
    before = stored(table, "embedding/small")[1]
    with monkeypatch.context() as now:
        now.setattr(ShapeTable, "replace_features", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            run(table, other, name="small", overwrite=True)
    assert np.array_equal(stored(table, "embedding/small")[1], before)
    assert open_table(table).feature_info("embedding/small")["sha256"] == weights_hash(load_model(model))
    assert run(table, other, name="small").added == 0  # all had been made
    assert not np.array_equal(stored(table, "embedding/small")[1], before)
    assert open_table(table).feature_info("embedding/small")["sha256"] == weights_hash(other)
    assert [p.name for p in table.parent.iterdir() if "embedding" in p.name] == []
    for _ in range(2):
        assert run(table, model, name="small", overwrite=True).added == 20
        assert np.array_equal(stored(table, "embedding/small")[1], before)


def test_another_models_embeddings_are_not_mixed_nor_overwritten(table: Path, model: Path) -> None:
    run(table, model)
    other = create_model("nano", seed=1, **SMALL)
    before = stored(table, "embedding/small")[1]
    with pytest.raises(InputError, match=r"embedding/small' were made with sha256 = .*--name"):
        run(table, other, name="small")
    with pytest.raises(InputError, match="made with points = 96, not 64"):
        run(table, model, points=64)
    assert np.array_equal(stored(table, "embedding/small")[1], before)
    assert run(table, other, name="small", overwrite=True).added == 20
    assert not np.array_equal(stored(table, "embedding/small")[1], before)
    open_table(table).drop_features("embedding/small")
    assert open_table(table).feature_names() == []
    assert open_table(table).feature_info("embedding/small") == {}
    assert run(table, model).added == 20


def test_bf16_is_close(table: Path, model: Path) -> None:
    run(table, model)
    run(table, model, precision="bf16", name="half")
    full, half = stored(table, "embedding/small")[1], stored(table, "embedding/half")[1]
    cosine = (full * half).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    assert cosine.min() > 0.99


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"feature": "best"}, "no feature 'best'"),
        ({"feature": "image"}, r"no image projection.*\(it has: text\)"),
        ({"name": "a b"}, "no name for features"),
        ({"split": "holdout"}, "it has test, train"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"points": 0}, "points must be at least 1"),
        ({"precision": "16"}, "auto, 32 or bf16"),
        ({"device": "gpu"}, "not 'gpu'"),
        ({"out": "vectors.csv"}, "something.npz or something.parquet"),
        ({"in_table": False}, "nothing would be written"),
        ({"with_": ["map"]}, "give one"),
        ({"with_": ["maps"], "out": "v.parquet"}, "did you mean 'map'"),
        ({"with_": ["map"], "out": "v.npz"}, "something.parquet"),
    ],
)
def test_bad_requests_are_one_sentence_and_write_nothing(
    tmp_path: Path, model: Path, options: dict[str, object], says: str
) -> None:
    shapes().save(tmp_path / "t.npz")
    before = (tmp_path / "t.npz").read_bytes()
    with pytest.raises(InputError, match=says) as error:
        run(tmp_path / "t.npz", model, **options)
    assert "\n" not in str(error.value)
    assert (tmp_path / "t.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


def test_a_misspelt_split_and_swapped_words_are_named(tmp_path: Path, model: Path, capsys) -> None:
    shapes().save(tmp_path / "t.npz")
    assert main(["embed", str(model), str(tmp_path / "t.npz"), "--split", "trian"]) == 2
    assert "is in the split 'trian'; did you mean 'train'?" in capsys.readouterr().err
    assert main(["embed", str(tmp_path / "t.npz"), str(model)]) == 2
    assert f"'{model}' is a model, not shapes; the order is MODEL DATA" in capsys.readouterr().err


def test_shapes_in_no_table_go_into_the_file_alone(tmp_path: Path, model: Path) -> None:
    with pytest.raises(InputError, match="'v.xyz' is no name for exported vectors"):  # before shapes are looked for
        embed(model, tmp_path / "none", "v.xyz")
    out = tmp_path / "vectors.npz"
    shapes().save(tmp_path / "t.npz")
    run(tmp_path / "t.npz", model, in_table=False, out=tmp_path / "same.npz")
    run(shapes(), model, out=out)
    with np.load(out) as found, np.load(tmp_path / "same.npz") as same:
        assert np.array_equal(found["embedding"], same["embedding"])
    np.savez(tmp_path / "arrays.npz", points=shapes().points.astype(np.float32))  # no table, but as good
    run(tmp_path / "arrays.npz", model, out=tmp_path / "of-arrays.npz")
    with np.load(tmp_path / "of-arrays.npz") as found, np.load(out) as same:
        assert found["embedding"].shape == same["embedding"].shape
    for nowhere in (shapes(), tmp_path / "arrays.npz"):
        with pytest.raises(InputError, match="nothing would be written"):
            run(nowhere, model)


def test_tables_that_cannot_be_embedded(tmp_path: Path, model: Path, monkeypatch, capsys) -> None:
    create_table(tmp_path / "empty.npz", TableMeta())
    assert main(["embed", str(model), str(tmp_path / "empty.npz")]) == 2
    assert "has no shapes" in capsys.readouterr().err
    assert main(["embed", str(model), str(tmp_path / "none.lance")]) == 2
    assert main(["embed", str(tmp_path), str(tmp_path / "empty.npz")]) == 2
    capsys.readouterr()
    shapes().save(tmp_path / "t.npz")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system", str(tmp_path / "t.npz"))

    monkeypatch.setattr("pointrecon.shapes.table.npz.write_members", refuse)
    assert main(["embed", str(model), str(tmp_path / "t.npz"), "--device", "cpu"]) == 2
    assert "Read-only file system" in capsys.readouterr().err
    words = ["embed", str(model), str(tmp_path / "t.npz"), "--device", "cpu", "--in-table", "false"]
    assert main([*words, "-o", str(tmp_path / "out.npz")]) == 0


def test_a_model_with_ruined_weights_is_named(table: Path) -> None:
    broken = create_model("nano", seed=0, **SMALL)
    for parameter in broken.parameters():
        torch.nn.init.constant_(parameter, float("nan"))
    with pytest.raises(InputError, match="the model gives features for 'part 0000'"):
        run(table, broken, name="broken")
    assert open_table(table).feature_ids("embedding/broken") == set()


def test_a_write_that_fails_later_is_told(table: Path, model: Path, monkeypatch) -> None:
    monkeypatch.setattr(feature_writer, "FLUSH_SECONDS", 0.0)
    opened = open_table(table)
    honest, calls = opened.add_features, []

    def second_fails(*args: object) -> None:
        calls.append(args)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        honest(*args)

    monkeypatch.setattr(opened, "add_features", second_fails)
    with pytest.raises(OSError, match="No space left"):
        embed(model, opened, encode={"device": "cpu", "batch_size": 4}, progress=False)
    assert len(open_table(table).feature_ids("embedding/small")) == 4
    assert run(table, model).already == 4


def test_the_command_says_what_it_did(table: Path, model: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["embed", str(model), str(table), "--device", "cpu", "--feature", "text", "--name", "w"]) == 0
    shown = capsys.readouterr()
    assert "embedding/w: 20 shapes embedded in" in shown.out
    assert "% of the time waiting for data, peak memory" in shown.out
    assert ": 20 shapes to encode on cpu" in shown.err
    assert main(["embed", str(model), str(table), "--device", "cpu", "--feature", "text", "--name", "w"]) == 0
    assert "0 shapes embedded" in capsys.readouterr().out


def test_an_unknown_up_axis_is_told_and_a_known_one_is_not(model: Path, tmp_path: Path, capsys) -> None:
    for up in ("unknown", "z"):
        given = ShapeArrays.from_points(shapes().points, up=up)
        pointrecon.embed(model, given, tmp_path / f"{up}.npz")
        assert ("do not say which axis points up" in capsys.readouterr().err) == (up == "unknown")


def test_vectors_of_another_release_s_ready_model_are_made_anew(table: Path, capsys) -> None:
    name, how = "embedding/made-nano", {"vector": "model", "poses": "given", "progress": False}
    before = collection_vectors(open_table(table), **how)
    there = open_table(table)
    old = there.feature_info(name) | {"sha256": "0" * 64}
    there.replace_features(name, [(there.ids(), np.ones((len(there), 1, 256)))], old)
    capsys.readouterr()
    again = collection_vectors(open_table(table), **how)
    assert "another release's made-nano: they are made anew" in capsys.readouterr().err
    np.testing.assert_array_equal(again.values, before.values)
    assert open_table(table).feature_info(name)["sha256"] == weights_hash(load_model("made-nano"))
    collection_vectors(open_table(table), **how)
    assert capsys.readouterr().err == ""
