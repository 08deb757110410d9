"""What is kept beside a table for the next search: it opens nothing, and is never out of date."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import pointrecon
from pointrecon import Index, create_model, files, open_table, save_model
from pointrecon.errors import InputError
from pointrecon.models import Teacher
from pointrecon.retrieval import prepared_store
from pointrecon.retrieval.prepared_store import PreparedStore, store_of
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
from small import SMALL
from standin import StandIn, sticks

QUIET = {"progress": False, "poses": "given"}


def shapes(count: int, seed: int = 0) -> ShapeArrays:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 96, 3)) * rng.uniform(0.1, 1, (count, 1, 3))
    return ShapeArrays.from_points(points, id=[f"ü{seed}-{i:03d}" for i in range(count)], up="y")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(create_model("nano", seed=0, **SMALL).eval(), tmp_path_factory.mktemp("runs") / "small")


def made(path: Path) -> Path:
    table = create_table(path, TableMeta(up="y"))
    table.append(shapes(36))
    return table.path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return made(tmp_path / "parts.npz")


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("it was opened")


def test_the_next_search_opens_neither_table_nor_model(table: Path, model: Path, monkeypatch) -> None:
    pointrecon.search(table, "ü0-003", model=model, **QUIET)  # makes forms, too: now the table stays as it is
    first = Index.open(table, model=model, **QUIET)
    hits = first.search("ü0-003", where="id <> 'ü0-004'", evidence=True)
    with monkeypatch.context() as closed:
        closed.setattr("pointrecon.retrieval.embedding.embed", refuse)
        closed.setattr("pointrecon.retrieval.index.open_table", refuse)
        closed.setattr("pointrecon.shapes.door.open_table", refuse)
        index = Index.open(table, model=model, **QUIET)
        again = index.search("ü0-003", where="id <> 'ü0-004'", evidence=True)
        assert again.rows() == hits.rows()
        whole = pointrecon.search(table, "ü0-003", where="id <> 'ü0-004'", model=model, **QUIET)
        assert whole.rows() == hits.rows()
    assert np.array_equal(index.vectors.values, first.vectors.values)
    assert len(index.shapes) == 36


@pytest.mark.parametrize("kind", ["lance", "npz"])
def test_whatever_changes_it_is_not_out_of_date(tmp_path: Path, model: Path, kind: str) -> None:
    if kind == "lance":
        pytest.importorskip("lancedb")
    table = made(tmp_path / f"parts.{kind}")
    Index.open(table, model=model, **QUIET)
    open_table(table).append(shapes(2, seed=1))
    assert len(Index.open(table, model=model, **QUIET)) == 38
    open_table(table).remove(["ü0-000"])
    index = Index.open(table, model=model, **QUIET)
    assert index.ids.tolist() == [*shapes(36).id[1:].tolist(), "ü1-000", "ü1-001"]
    assert PreparedStore(table).folder.is_dir()
    changed = open_table(table)
    changed.set_meta(TableMeta(up="y", name="other"))
    changed.append(ShapeArrays.from_points(shapes(1, 2).points, id=["x"], label=["nut"], classes=["nut"], up="y"))
    assert Index.open(table, model=model, **QUIET).columns["class"].tolist()[-1] == "nut"


def test_another_models_are_made_anew(table: Path, model: Path, tmp_path: Path) -> None:
    own = Index.open(table, model=model, **QUIET).vectors.values
    save_model(create_model("nano", seed=1, **SMALL), tmp_path / "other")
    other = Index.open(table, model=tmp_path / "other", **QUIET)
    assert other.vectors.name == "embedding/other"
    assert not np.array_equal(other.vectors.values, own)
    assert np.array_equal(Index.open(table, model=model, **QUIET).vectors.values, own)


def test_damage_and_want_of_room_are_made_up_for(table: Path, model: Path, monkeypatch) -> None:
    own = np.array(Index.open(table, model=model, **QUIET).vectors.values)
    (values,) = PreparedStore(table).folder.glob("vectors-*/values.npy")
    values.write_bytes(values.read_bytes()[:-100])
    assert np.array_equal(Index.open(table, model=model, **QUIET).vectors.values, own)
    for file in PreparedStore(table).folder.rglob("about.json"):
        file.write_text("{")

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prepared_store, "whole_folder", full)
    index = Index.open(table, model=model, **QUIET)
    assert np.array_equal(index.vectors.values, own)
    assert index.search("ü0-003").ids[0] == "ü0-003"


def test_a_folder_that_did_not_change_is_not_read_again(tmp_path: Path, model: Path, monkeypatch) -> None:
    (tmp_path / "parts").mkdir()
    for i, cloud in enumerate(shapes(2).points.astype(np.float32)):
        np.savetxt(tmp_path / "parts" / f"p{i}.xyz", cloud)
    how = {"model": model, "table": tmp_path / "t.npz", **QUIET}
    assert Index.open(tmp_path / "parts", points=96, workers=1, **how).ids.tolist() == ["p0", "p1"]
    Index.open(tmp_path / "parts", **how)
    with monkeypatch.context() as closed:
        closed.setattr("pointrecon.retrieval.opening.open_collection", refuse)
        index = Index.open(tmp_path / "parts", **how)
        assert index.search(tmp_path / "parts" / "p1.xyz").rows()[0]["same"]
    np.savetxt(tmp_path / "parts" / "p3.xyz", shapes(1, 5).points[0].astype(np.float32))
    assert len(Index.open(tmp_path / "parts", **how)) == 3


def test_words_asked_again_load_no_teacher(tmp_path: Path, monkeypatch) -> None:
    table = create_table(tmp_path / "sticks.npz", TableMeta(up="y"))
    table.append(sticks(36))
    model = StandIn()
    model.config.teachers = {"text": Teacher("words", 3, hash="abc")}
    told = SimpleNamespace(
        name="words", width=3, info={"sha256": "abc"}, encode=lambda texts: torch.eye(3)[[len(t) - 1 for t in texts]]
    )
    with monkeypatch.context() as there:
        there.setattr("pointrecon.teachers.loading.load_text_teacher", lambda *_, **__: told)
        there.setattr("pointrecon.teachers.templates.RELEASED_TEMPLATES", ("{}",))
        first = Index.open(table.path, model=model, **QUIET).search(words=["aa", "a"], top=36)
        assert first.ids != Index.open(table.path, model=model, **QUIET).search(words="aaa", top=36).ids
    monkeypatch.setattr("pointrecon.teachers.loading.load_text_teacher", refuse)
    monkeypatch.setattr("pointrecon.retrieval.query_words.embed_missing", refuse)
    again = Index.open(table.path, model=model, **QUIET).search(words=["aa", "a"], top=36)
    assert again.rows() == first.rows()
    monkeypatch.undo()
    monkeypatch.setattr(
        "pointrecon.teachers.loading.load_text_teacher", lambda *_, **__: SimpleNamespace(info={"sha256": "x"})
    )
    with pytest.raises(InputError, match="other weights"):
        Index.open(table.path, model=model, **QUIET).search(words="new")


def test_what_a_killed_search_left_goes_though_all_is_there(table: Path) -> None:
    store = store_of(table)
    store.write("some", "key", {}, lambda _: {})
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (store.folder / f".some-0.{files._host()}-{gone.pid}-00000000.part").mkdir()
    assert [place.name[:5] for place in store_of(table).folder.iterdir()] == ["some-"]


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="no room can be asked for here")
def test_a_disk_without_room_ends_no_search(table: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    own = np.array(Index.open(table, model=model, **QUIET).vectors.values)
    folder = PreparedStore(table).folder
    shutil.rmtree(folder)
    monkeypatch.setattr(os, "posix_fallocate", full)
    assert np.array_equal(Index.open(table, model=model, **QUIET).vectors.values, own)
    assert not [*folder.glob("vectors-*"), *folder.glob(".vectors-*")]  # a page written there would find no room


@pytest.mark.parametrize("asks", [True, False])
def test_an_array_to_be_filled_has_its_room(asks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not asks:
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    array = prepared_store.mapped(tmp_path / "a.npy", (1000, 100))
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= 400_000
    array[5] = 1
    array.flush()
    assert np.load(tmp_path / "a.npy").sum() == 100


@pytest.mark.parametrize("vector", ["model", "form"])
def test_a_table_that_cannot_be_written_is_searched(
    vector: str, table: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def refuse_to_write(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pointrecon.retrieval.raw_vectors.embed_missing", refuse_to_write)
    found = Index.open(table, model=model, vector=vector, **QUIET)
    assert "cannot be written: vectors are made anew" in capsys.readouterr().err
    monkeypatch.undo()
    np.testing.assert_allclose(
        found.vectors.values, Index.open(table, model=model, vector=vector, **QUIET).vectors.values, atol=5e-3
    )
