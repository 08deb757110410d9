"""What a file is, as columns of a table: they come back as they went in, an old table opens without them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, TableMeta, as_shapes, create_table, open_table
from pointrecon.shapes.table import file_facts, lance_rows
from pointrecon.shapes.table.file_facts import FACTS, fact_columns
from shape_samples import assert_same, clouds, full

EVERY: dict[str, Any] = {
    **{"hash": "0f" * 32, "bytes": 2**40, "format": "obj", "reader": "laspy 2.7.0", "unit": "mm", "scale": 0.25},
    **{"extent_x": 1.0, "extent_y": 1e-9, "extent_z": 1e9, "area": 6.0, "volume": 1.0, "vertices": 8, "faces": 0},
    **{"bodies": 1, "up": "z", "up_source": "user"},
}


def table_at(path: Path, *parts: ShapeArrays) -> Any:
    if path.suffix == ".lance":
        pytest.importorskip("lancedb")
    table = create_table(path, TableMeta(classes=["mug", "bolt"], part_names=["handle", "body"], up="y"))
    for part in parts:
        table.append(part)
    return open_table(path)


@pytest.fixture(params=["t.lance", "t.npz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def with_facts(count: int, prefix: str = "f") -> ShapeArrays:
    """Of the first shape all facts are known, of the others none."""
    ids = [f"{prefix}{i}" for i in range(count)]
    return ShapeArrays.from_points(clouds(count), id=ids, facts=fact_columns([EVERY, *[{}] * (count - 1)]))


def test_every_fact_has_its_value_here() -> None:
    assert EVERY.keys() == FACTS.keys()
    assert {name: type(value) for name, value in EVERY.items()} == FACTS


def test_they_come_back_from_disk(path: Path) -> None:
    table, plain = table_at(path, with_facts(2)), ShapeArrays.from_points(clouds(2), id=["p", "q"])
    table.append(plain)
    table.append(full())
    arrays = table.load()
    assert list(arrays.facts) == list(FACTS)
    for name, values in arrays.facts.items():
        assert values[0] == EVERY[name]
        if name not in full().facts:
            assert not file_facts.is_known(values[1:]).any()
        else:
            np.testing.assert_array_equal(values[4:], full().facts[name])
    assert open_table(path).take([2, 3]).facts == {} or path.suffix == ".npz"
    again = ShapeArrays.concatenate([with_facts(2), plain, full()])
    assert_same(table.load(pictures=True), again.adopt(table.meta))


def test_they_are_read_by_name_without_points(path: Path) -> None:
    shapes = as_shapes(table_at(path, with_facts(3), full()))
    rows = shapes.read(np.array([7, 0, 1]), columns=["area", "format", "faces", "source"])
    assert rows.points.shape == (3, 0, 3)
    np.testing.assert_array_equal(rows.short["area"], [6.0 if i == 1 else np.nan if i == 2 else 6.0 for i in range(3)])
    assert rows.short["format"].tolist() == ["obj", "obj", ""]
    assert rows.short["faces"].tolist() == [-1, 0, -1]
    assert rows.short["source"].tolist() == ["4.obj", "", ""]
    assert [values.dtype.kind for values in rows.short.values()] == ["f", "U", "i", "U"]


def test_joined_tables_keep_them(tmp_path: Path) -> None:
    one, other = table_at(tmp_path / "a.lance", with_facts(2)), ShapeArrays.from_points(clouds(2))
    shapes = as_shapes([one, other])
    rows = shapes.read(np.array([2, 0]), columns=["id", "up", "bytes"])
    assert rows.short["up"].tolist() == ["", "z"]
    assert rows.short["bytes"].tolist() == [-1, 2**40]
    assert shapes.load(np.array([3, 0])).facts["hash"].tolist() == ["", "0f" * 32]


def test_other_tools_filter_by_them(tmp_path: Path) -> None:
    table_at(tmp_path / "t.lance", with_facts(2), full())
    lancedb = pytest.importorskip("lancedb")
    rows = lancedb.connect(str(tmp_path / "t.lance")).open_table("shapes")
    found = rows.search().where("format = 'obj' AND area > 4 AND volume IS NOT NULL").select(["id"]).to_arrow()
    assert found["id"].to_pylist() == ["f0"]
    assert rows.count_rows("bytes IS NULL") == 4


def test_a_table_made_before_there_were_facts_opens_and_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.lance"
    with monkeypatch.context() as earlier:
        earlier.setattr(lance_rows, "FACTS", {})
        earlier.setattr(lance_rows, "COLUMNS", tuple(c for c in lance_rows.COLUMNS if c not in FACTS))
        table_at(path, with_facts(2))
    table = open_table(path)
    assert table.load().facts == {}
    assert as_shapes(path).read(np.arange(2), columns=["up"]).short["up"].tolist() == ["", ""]
    table.append(with_facts(1, "g"))
    assert open_table(path).load().facts["unit"].tolist() == ["", "", "mm"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"weight": [1.0, 2.0]}, "there is no fact 'weight'"),
        ({"area": [1.0]}, "'area' has shape (1,)"),
        ({"area": ["a", "b"]}, "'area' are no numbers"),
        ({"faces": [1.5, 2]}, "shape 0 has faces 1.5"),
    ],
)
def test_what_is_no_fact_is_refused(facts: dict, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        ShapeArrays.from_points(clouds(2), facts=facts)
    assert reason in str(caught.value)


def test_one_text_stands_for_all() -> None:
    assert ShapeArrays.from_points(clouds(2), facts={"unit": "mm"}).facts["unit"].tolist() == ["mm", "mm"]
