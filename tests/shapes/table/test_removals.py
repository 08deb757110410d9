"""Shapes leave a table, or give way to others of their ids: the rest stays to the bit, whenever a process is killed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from other_process import another_holds
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, ShapeTable, TableMeta, create_table, open_table
from pointrecon.shapes.table import lance_table, table_lock
from pointrecon.shapes.table.lance_table import LanceTable
from shape_samples import assert_same, clouds, full

pytest.importorskip("lancedb")
AWKWARD = ["it's", "a/b c", "Stück\n", '"--', "x', 'y"]


class Killed(BaseException):
    pass


@pytest.fixture(params=["t.lance", "t.npz"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> ShapeTable:
    made = create_table(tmp_path / request.param, TableMeta(name="t", up="y"))
    made.append(full())
    arrays = full(5, seed=1)
    arrays.id = np.array(AWKWARD)
    made.append(arrays)
    made.add_pictures(["s1", "s3", "it's"], [[b"one"], [b"three"], [b"more"]])
    return made


def other(ids: list[str]) -> ShapeArrays:
    """Other shapes of these ids, with nothing beside their points and a class of their own."""
    count = len(ids)
    return ShapeArrays.from_points(clouds(count, seed=7), id=ids, label=[0] * count, classes=["new"], up="y")


def rest(arrays: ShapeArrays, gone: list[str]) -> ShapeArrays:
    return arrays.select(~np.isin(arrays.id, gone))


def test_what_stays_is_the_same_to_the_bit(table: ShapeTable) -> None:
    before, gone = table.load(pictures=True), ["s1", *AWKWARD[::2]]
    reader = table.rows()
    assert table.remove([*gone, "none of this id"]) == 4
    assert_same(open_table(table.path).load(pictures=True), rest(before, gone))
    assert_same(table.load(pictures=True), rest(before, gone))
    assert table.feature_ids("image/views") == table.picture_ids() | set(table.ids().tolist())
    assert len(reader) == 10  # opened before: it sees what was there
    assert table.remove(["s1"]) == table.remove([]) == 0


def test_an_id_that_left_comes_back_without_what_it_had(table: ShapeTable) -> None:
    table.remove(["s1", "it's"])
    table.append(other(["it's", "s1"]))
    arrays = table.load(pictures=True)
    assert arrays.id.tolist()[-2:] == ["it's", "s1"]
    assert table.feature_ids("image/views") == set(arrays.id.tolist()[:-2])
    assert arrays.pictures is not None
    assert arrays.pictures[-2:] == [[], []]


def test_all_may_leave_and_wider_features_come(table: ShapeTable) -> None:
    table.remove(table.ids())
    assert (len(table), table.ids().tolist(), table.picture_ids()) == (0, [], set())
    table.append(other(["a"]))
    table.add_features("image/views", ["a"], np.ones((1, 3, 9)))
    assert open_table(table.path).load().features["image/views"].shape == (1, 3, 9)


def test_shapes_give_way_to_others_of_their_ids(table: ShapeTable) -> None:
    before, ids = table.load(pictures=True), ["s3", "x', 'y"]
    table.replace(other(ids))
    arrays = open_table(table.path).load(pictures=True)
    new = arrays.select(np.isin(arrays.id, ids))
    kept = rest(before, ids).adopt(arrays.meta)
    assert_same(rest(arrays, ids), kept)
    assert sorted(new.id.tolist()) == sorted(ids)
    np.testing.assert_array_equal(new.points[np.argsort(new.id)], other(ids).points)
    assert [arrays.meta.classes[label] for label in new.label] == ["new", "new"]
    assert new.pictures == [[], []]
    assert table.feature_ids("image/views") == set(kept.id.tolist())
    table.append(other(["z"]))
    assert len(open_table(table.path)) == 11


def test_what_cannot_be_replaced_is_refused_and_nothing_changes(table: ShapeTable) -> None:
    before = table.load(pictures=True)
    with pytest.raises(InputError, match="no shape 'nobody' to be replaced"):
        table.replace(other(["s1", "nobody"]))
    with pytest.raises(InputError, match="without features"):
        table.replace(full())
    with pytest.raises(InputError, match="8 points, the new ones have 4"):
        table.replace(ShapeArrays.from_points(clouds(1, 4), id=["s1"], up="y"))
    assert_same(table.load(pictures=True), before)


def test_another_process_is_waited_for(table: ShapeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_lock, "_PATIENCE", 0.1)
    with another_holds(table.path) as number:
        for change in (lambda: table.remove(["s1"]), lambda: table.replace(other(["s1"]))):
            with pytest.raises(InputError, match=f"is being written by process {number} "):
                change()
    apart = open_table(table.path)
    assert table.remove(["s1"]) == 1
    assert apart.remove(["s1", "s2"]) == 1  # it sees what the other took
    assert len(open_table(table.path)) == len(apart) == 8


@pytest.mark.parametrize("change", ["remove", "replace"])
@pytest.mark.parametrize("moment", [3, 6])
def test_killed_at_any_moment(change: str, moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is there whole, before or after; where its features are left, it is the row that they belong to."""
    table = create_table(tmp_path / "t.lance", TableMeta(up="y"))
    table.append(full())
    table.add_pictures(["s1", "s3"], [[b"one"], [b"three"]])
    before = table.load(pictures=True)
    left = [moment]

    def dying(real: Any) -> Any:
        def step(*given: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                raise Killed
            return real(*given)

        return step

    with monkeypatch.context() as patch:
        for name in ("_open", "_record"):
            patch.setattr(LanceTable, name, dying(getattr(LanceTable, name)))
        patch.setattr(LanceTable, "_delete", dying(LanceTable._delete))
        with pytest.raises(Killed):
            table.remove(["s1", "s3"]) if change == "remove" else table.replace(other(["s1", "s3"]))
    found = open_table(table.path).load(pictures=True)
    assert_same(rest(found, ["s1", "s3"]), rest(before.adopt(found.meta), ["s1", "s3"]))
    assert sorted(found.id.tolist()) == sorted(before.id.tolist())  # no moment of these is behind the rows
    table = open_table(table.path)
    table.remove(["s1", "s3"])
    assert_same(table.load(pictures=True), rest(before.adopt(table.meta), ["s1", "s3"]))


def test_many_small_changes_leave_few_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lance_table, "_PIECES", 3)
    table = create_table(tmp_path / "t.lance", TableMeta(up="y"))
    for number in range(4):
        table.append(full(4, seed=number, prefix=f"p{number}-"))
    reader = table.rows()
    table.remove(["p1-0"])
    before, earlier = table.load(pictures=True), reader.read(np.arange(16), ["image/views"])
    table.tidy()
    assert_same(open_table(table.path).load(pictures=True), before)
    again = reader.read(np.arange(16), ["image/views"])  # opened before it
    np.testing.assert_array_equal(again.points, earlier.points)
    np.testing.assert_array_equal(again.features["image/views"], earlier.features["image/views"])
    pieces = {name: table._open(name).stats()["fragment_stats"]["num_fragments"] for name in ("shapes", "image.views")}
    assert pieces == {"shapes": 1, "image.views": 1}
