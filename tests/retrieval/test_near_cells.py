"""Cells: what is said to be exact is, the recall told is the one there is, additions keep them."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon import Index, create_model, open_table
from pointrecon.retrieval import near_cells
from pointrecon.retrieval.near_cells import NearCells, make_cells
from pointrecon.retrieval.vectors import unit_length
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
from small import SMALL


def drawn(count: int, seed: int, *, groups: int = 60) -> np.ndarray:
    """Unit vectors around some, which differ most in few directions."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(9).normal(size=(groups, 96)) * 0.9 ** np.arange(96)
    return unit_length(middles[rng.integers(groups, size=count)] + 0.05 * rng.normal(size=(count, 96)))


def made(values: np.ndarray, folder: Path, before=None) -> NearCells:
    folder.mkdir()
    told, lengths = make_cells(values, folder, before)
    cells = NearCells.opened(values, told, {name: np.load(folder / f"{name}.npy") for name in lengths})
    assert cells is not None
    return cells


def nearest(values: np.ndarray, query: np.ndarray, among: np.ndarray) -> list[int]:
    return among[np.argsort(-(values[among] @ query), kind="stable")[:10]].tolist()


@pytest.mark.parametrize("crowded", [True, False])
def test_exact_ones_are(tmp_path: Path, crowded: bool) -> None:
    values = drawn(2000, 0) if crowded else unit_length(np.random.default_rng(0).normal(size=(2000, 96)))
    cells = made(values, tmp_path / "a")
    for query in drawn(20, 1):
        among = cells.candidates(query, 10, exact=True)
        assert nearest(values, query, among) == nearest(values, query, np.arange(2000))
    assert sorted(cells.order.tolist()) == list(range(2000))
    if crowded:
        assert len(cells.candidates(query, 10, exact=True)) < 1000


def test_the_recall_told_is_the_one_there_is(tmp_path: Path) -> None:
    values = drawn(2000, 0)
    cells = made(values, tmp_path / "a")
    assert cells.recall >= 0.99
    found = [
        len({*nearest(values, q, cells.candidates(q, 10, exact=False))} & {*nearest(values, q, np.arange(2000))}) / 10
        for q in drawn(100, 2)
    ]
    assert np.mean(found) > 0.97
    assert len(cells.candidates(values[0], 10, exact=False)) <= 1000
    assert len(cells.candidates(values[0], 1500, exact=False)) >= 1500  # so many are found exactly
    again = made(values, tmp_path / "b")
    assert (again.recall, again.probes) == (cells.recall, cells.probes)
    assert np.array_equal(again.order, cells.order)


def test_what_comes_and_goes_leaves_the_cells(tmp_path: Path, monkeypatch) -> None:
    values = drawn(3000, 0)
    cells = made(values, tmp_path / "a")
    now = np.concatenate([values[500:], drawn(200, 3)])
    was = np.concatenate([np.arange(500, 3000), np.full(200, -1)])
    put = []
    plain = near_cells._nearest_middle
    monkeypatch.setattr(near_cells, "_nearest_middle", lambda h, m: put.append(len(h)) or plain(h, m))
    later = made(now, tmp_path / "b", (cells, was))
    assert put == [200]
    assert np.array_equal(later.middles, cells.middles)
    for query in drawn(10, 4):
        assert nearest(now, query, later.candidates(query, 10, exact=True)) == nearest(now, query, np.arange(2700))
    assert later.recall >= 0.99
    grown = made(
        np.concatenate([values, drawn(3500, 5)]), tmp_path / "c", (cells, np.append(np.arange(3000), [-1] * 3500))
    )
    assert not np.array_equal(grown.middles.shape, cells.middles.shape)


def test_a_table_that_grows_keeps_its_cells(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(near_cells, "LEAST", 100)
    rng = np.random.default_rng(0)
    clouds = rng.normal(size=(130, 96, 3)) * rng.uniform(0.05, 1, (130, 1, 3))
    shapes = ShapeArrays.from_points(clouds, up="y")
    made = create_table(tmp_path / "t.npz", TableMeta(up="y"))
    made.append(shapes.select(np.arange(120)))
    how = {"model": create_model("nano", seed=0, **SMALL).eval(), "progress": False}
    first = Index.open(made.path, **how)
    assert first.vectors.cells is not None
    open_table(made.path).append(shapes.select(np.arange(120, 130)))
    index = Index.open(made.path, **how)
    cells = index.vectors.cells
    assert cells is not None
    assert np.array_equal(cells.middles, first.vectors.cells.middles)
    exact, similarity = index.nearest(index.vectors.values[:9], 5, exact=True)
    plain = np.argsort(-(index.vectors.values[:9] @ index.vectors.values.T), axis=1)[:, :5]
    assert np.array_equal(np.sort(exact), np.sort(plain))
    assert similarity[:, 0] == pytest.approx(1, abs=1e-5)
    near, _ = index.nearest(index.vectors.values[:9], 5)
    assert (near[:, 0] == np.arange(9)).all()
    if cells.answers(5):
        (note,) = index.search("0003", top=5).notes
        assert "of the nearest are found" in note
    assert index.search("0003", top=5, exact=True).notes == []
    assert index.nearest(index.vectors.values[0], 200)[0].shape == (1, 130)
