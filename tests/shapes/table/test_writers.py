"""One process changes a table at a time, on what is there: nothing is lost, and who writes is said."""

import threading
from pathlib import Path

import numpy as np
import pytest

from other_process import another_holds
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, ShapeTable, TableMeta, create_table, open_table
from pointrecon.shapes.table import table_lock
from shape_samples import clouds

pytest.importorskip("lancedb")
MADE = {"sha256": "aa", "templates": ["a {}"], "model": "here"}


def batch(name: str, classes: list[str], count: int = 3) -> ShapeArrays:
    ids = [f"{name}{i}" for i in range(count)]
    return ShapeArrays.from_points(clouds(count), id=ids, label=np.zeros(count, int), classes=classes)


@pytest.fixture(params=["lance", "npz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"t.{request.param}"


def test_who_writes_is_said_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = create_table(path, TableMeta())
    monkeypatch.setattr(table_lock, "_PATIENCE", 0.2)
    changes = [
        lambda: table.append(batch("a", ["bolt"])),
        lambda: table.set_meta(TableMeta(name="x")),
        lambda: create_table(path, TableMeta(), overwrite=True),
    ]
    with another_holds(path) as number:
        for change in changes:
            with pytest.raises(InputError, match=rf"is being written by process {number} on .*: wait until it is done"):
                change()
    assert len(open_table(path)) == 0
    changes[0]()
    assert len(open_table(path)) == 3
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_two_open_tables_take_turns_on_what_is_there(path: Path) -> None:
    """Both were opened when it was empty: ids, classes and features of each other are seen all the same."""
    one, two = create_table(path, TableMeta()), open_table(path)
    one.append(batch("a", ["bolt"]))
    two.append(batch("b", ["nut"]))
    one.add_features("image/x", ["b0"], np.ones((1, 1, 2)), MADE)
    two.add_features("image/x", ["a0"], np.ones((1, 1, 2)), MADE)
    with pytest.raises(InputError, match="'b0' is there already"):
        one.append(batch("b", ["nut"]))
    found = open_table(path)
    assert found.ids().tolist() == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert [found.meta.classes[i] for i in found.load().label] == ["bolt"] * 3 + ["nut"] * 3
    assert found.feature_ids("image/x") == {"a0", "b0"}


def test_two_threads_append_to_one_table(path: Path) -> None:
    tables = [create_table(path, TableMeta()), open_table(path)]

    def fill(number: int) -> None:
        for i in range(5):
            tables[number].append(batch(f"{number}.{i}.", [f"class {number}"]))

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = open_table(path).load()
    assert len(set(whole.id.tolist())) == 30
    assert all(whole.meta.classes[n][-1] == key[0] for n, key in zip(whole.label, whole.id.tolist(), strict=True))


def refused(change: object, *says: str) -> None:
    with pytest.raises(InputError) as caught:
        change()  # type: ignore[operator]
    assert all(word in str(caught.value) for word in says), caught.value


def test_two_makers_under_one_name_never_mix(path: Path, tmp_path: Path) -> None:
    def table(name: str, **info: object) -> ShapeTable:
        made = create_table(tmp_path / name, TableMeta(name=name))
        made.append(batch(name[0], ["bolt"]))
        made.add_features("image/x", [f"{name[0]}0"], np.ones((1, 1, 2)), {**MADE, **info})
        return made

    from pointrecon import as_shapes

    one = table(path.name)
    same = table("same.npz", model="elsewhere", views=3)
    for name, info, key in (
        ("other.npz", {"sha256": "bb"}, "sha256"),
        ("words.npz", {"templates": ["the {}"]}, "templates"),
        ("version.npz", {"sha256": "", "model": "multiview-2"}, ""),
    ):
        other = table(name, **info)
        refused(lambda other=other: as_shapes([one, other]), str(path), name, "image/x", key)
        arrays = other.load()
        refused(lambda arrays=arrays: one.append(arrays), str(path), "image/x")
        refused(lambda arrays=arrays: ShapeArrays.concatenate([one.load(), arrays]), "image/x", key)
        refused(lambda i=info: one.add_features("image/x", ["t1"], np.ones((1, 1, 2)), {**MADE, **i}), "image/x")
        refused(lambda i=info: one.set_feature_info("image/x", {**MADE, **i}), "image/x")
    assert as_shapes([one, same]).feature_info("image/x") == MADE
    one.append(same.load())
    assert open_table(path).feature_ids("image/x") == {"t0", "s0"}
    copy = tmp_path / "copy.npz"
    one.load().save(copy)
    assert open_table(copy).feature_info("image/x") == MADE


def test_a_replaced_table_is_whole_before_the_old_one_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_table(path, TableMeta()).append(batch("a", ["bolt"]))
    for name in ("lance_table.lance_rows.about", "npz.write_members"):
        monkeypatch.setattr(f"pointrecon.shapes.table.{name}", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create_table(path, TableMeta(), overwrite=True)
    monkeypatch.undo()
    assert len(open_table(path)) == 3
