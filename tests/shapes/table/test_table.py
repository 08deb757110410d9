"""The table on disk, both kinds: what goes in comes out, appends are all or nothing, damage is told."""

import json
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, ShapeTable, TableMeta, as_shapes, create_table, open_table
from pointrecon.shapes.table.summary import describe
from pointrecon.shapes.table.table_meta import FORMAT_VERSION
from shape_samples import assert_same, clouds, full

pytest.importorskip("lancedb")


@pytest.fixture(params=["t.lance", "t.npz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def filled(path: Path) -> ShapeTable:
    table = create_table(path, TableMeta(name="t", classes=["mug", "bolt"], part_names=["handle", "body"], up="y"))
    table.append(full())
    table.append(full(3, seed=1, prefix="u"))
    return table


def expected() -> ShapeArrays:
    return ShapeArrays.concatenate([full(), full(3, seed=1, prefix="u")])


def test_everything_comes_back(path: Path) -> None:
    filled(path)
    table = open_table(path)
    arrays, wanted = table.load(pictures=True), expected()
    wanted.meta = table.meta
    assert_same(arrays, wanted)
    assert len(table) == 8
    assert table.ids().tolist() == wanted.id.tolist()
    assert (table.meta.name, table.meta.up, table.meta.license) == ("t", "y", "MIT")
    assert table.load().pictures is None
    assert table.load(features=["text/m.v2"]).features.keys() == {"text/m.v2"}
    assert table.load(features=[]).features == {}


def test_splits_places_and_batches(path: Path) -> None:
    table, wanted = filled(path), expected()
    wanted.meta = table.meta
    assert_same(table.load("train", pictures=True), wanted.in_split("train"))
    assert_same(table.load(["val", "test"], pictures=True), wanted.in_split("val", "test"))
    assert_same(table.take([6, 0, 6, 3]), wanted.select([6, 0, 6, 3]))
    assert len(table.take([])) == 0
    assert [len(b) for b in table.batches(3)] == [3, 3, 2]
    assert_same(ShapeArrays.concatenate(list(table.batches(3))), wanted)
    for wrong in ([8], [-1], [0.5]):
        with pytest.raises(InputError):
            table.take(wrong)


def test_an_empty_table(path: Path) -> None:
    create_table(path, TableMeta(classes=["a"]))
    table = open_table(path)
    assert len(table) == 0
    assert len(table.load()) == 0
    assert table.meta.classes == ["a"]
    assert describe(as_shapes([table]))["shapes"] == 0


def test_appends_are_checked(path: Path) -> None:
    table = filled(path)
    with pytest.raises(InputError, match="'s0' is there already"):
        table.append(full(2))
    with pytest.raises(InputError, match="8 points"):
        table.append(ShapeArrays.from_points(clouds(2, 9), id=["a", "b"]))
    with pytest.raises(InputError, match="up axis"):
        table.append(ShapeArrays.from_points(clouds(2, 8), id=["a", "b"], up="z"))
    assert len(open_table(path)) == 8


def test_new_class_names_are_added_and_labels_follow(path: Path) -> None:
    table = filled(path)
    table.append(ShapeArrays.from_points(clouds(2), label=[0, 1], classes=["gear", "mug"], id=["g", "m"]))
    table = open_table(path)
    assert table.meta.classes == ["mug", "bolt", "gear"]
    assert table.load().label[-2:].tolist() == [2, 0]


def test_batches_with_and_without_color(path: Path) -> None:
    table = create_table(path, TableMeta())
    table.append(ShapeArrays.from_points(clouds(2), id=["a", "b"]))
    table.append(ShapeArrays.from_points(clouds(2), id=["c", "d"], color=np.zeros((2, 8, 3))))
    color = open_table(path).load().color
    assert color is not None
    assert (color[:2] == 128).all()
    assert (color[2:] == 0).all()
    assert table.load().normals is None


def test_features_are_appended_and_resumed(path: Path) -> None:
    table = create_table(path, TableMeta())
    table.append(ShapeArrays.from_points(clouds(4), id=list("abcd")))
    assert table.feature_ids("image/clip-b.32") == set()
    assert table.feature_info("image/clip-b.32") == {}
    table.add_features("image/clip-b.32", ["c", "a"], np.arange(12).reshape(2, 3, 2))
    table.set_feature_info("image/clip-b.32", {"model": "clip", "width": 2})
    table = open_table(path)
    assert table.feature_names() == ["image/clip-b.32"]
    assert table.feature_ids("image/clip-b.32") == {"a", "c"}
    assert table.feature_info("image/clip-b.32") == {"model": "clip", "width": 2}
    table.add_features("image/clip-b.32", ["d"], np.ones((1, 3, 2)))
    values = table.load().features["image/clip-b.32"]
    assert values.shape == (4, 3, 2)
    assert values.dtype == np.float16
    assert values[0].ravel().tolist() == [6, 7, 8, 9, 10, 11]
    assert np.isnan(values[1]).all()
    np.testing.assert_array_equal(table.take([3, 2]).features["image/clip-b.32"], values[[3, 2]])
    for ids, new, reason in [
        (["a"], np.ones((1, 3, 2)), "already"),
        (["zz"], np.ones((1, 3, 2)), "no such shape"),
        (["b"], np.ones((1, 3, 5)), r"\(3, 5\)"),
        (["b"], np.ones((1, 2)), "expected"),
        (["b", "b"], np.ones((2, 3, 2)), "more than once"),
    ]:
        with pytest.raises(InputError, match=reason):
            table.add_features("image/clip-b.32", ids, new)
    with pytest.raises(InputError, match="no name"):
        table.add_features("../evil", ["b"], np.ones((1, 3, 2)))
    with pytest.raises(InputError, match="shapes teach"):
        table.load(features=["text/none"])
    with pytest.raises(InputError, match="has no features 'image/none'"):
        as_shapes(table).read(np.zeros(1, np.int64), ["image/none"])


def test_an_existing_table_is_not_replaced_by_accident(path: Path) -> None:
    filled(path)
    with pytest.raises(InputError, match="exists already"):
        create_table(path, TableMeta())
    assert len(open_table(path)) == 8
    create_table(path, TableMeta(), overwrite=True)
    assert len(open_table(path)) == 0


def test_only_tables_are_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "home.lance"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    np.savez(tmp_path / "data.npz", points=clouds())
    (tmp_path / "cut.npz").write_bytes((tmp_path / "data.npz").read_bytes()[:-100])
    for name in ("file.lance", "notes.npz", "empty.npz"):
        (tmp_path / name).write_text("years of work" if "empty" not in name else "")
    for name in ("home.lance", "data.npz", "cut.npz", "file.lance", "notes.npz", "empty.npz"):
        with pytest.raises(InputError, match="not overwritten"):
            create_table(tmp_path / name, TableMeta(), overwrite=True)
    create_table(tmp_path / "table.npz", TableMeta())
    (tmp_path / "table.npz").write_bytes((tmp_path / "table.npz").read_bytes()[:-100])
    create_table(tmp_path / "table.npz", TableMeta(), overwrite=True)  # cut short, and yet a table
    assert (folder / "thesis.txt").exists()
    with pytest.raises(InputError, match=r"something\.lance"):
        create_table(tmp_path / "parts", TableMeta())


def test_a_newer_format_is_refused(path: Path) -> None:
    filled(path).set_meta(TableMeta(version=FORMAT_VERSION + 1, classes=["mug", "bolt"], part_names=["handle", "body"]))
    with pytest.raises(InputError, match="newer pointrecon"):
        open_table(path)


def test_missing_and_foreign_paths(tmp_path: Path) -> None:
    for name in ("no.lance", "no.npz", "no"):
        with pytest.raises(InputError, match="no shape table"):
            open_table(tmp_path / name)
        assert not (tmp_path / name).exists()
    with pytest.raises(InputError, match="not a shape table"):
        open_table(tmp_path)


@pytest.mark.parametrize(
    "what", ["shapes.lance/data", "shapes.lance/_versions", "about.lance/data", "about.lance/_versions"]
)
@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_a_damaged_lance_table_is_told(tmp_path: Path, what: str, keep: float) -> None:
    table = create_table(tmp_path / "t.lance", TableMeta())
    table.append(ShapeArrays.from_points(clouds(50, 64)))
    for file in (tmp_path / "t.lance" / what).iterdir():
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * keep)])
    with pytest.raises(InputError) as caught:
        open_table(tmp_path / "t.lance").load()
    assert "\n" not in str(caught.value)


def test_the_description_survives_many_changes(path: Path) -> None:
    table = create_table(path, TableMeta())
    for i in range(5):
        table.set_meta(TableMeta(name=f"n{i}", license="é\n\"'"))
    assert open_table(path).meta == TableMeta(name="n4", license="é\n\"'")


def test_object_storage_addresses(tmp_path: Path) -> None:
    address = f"file://{tmp_path}/t.lance"
    create_table(address, TableMeta(name="far")).append(full())
    assert len(open_table(address)) == 5
    assert open_table(address).meta.name == "far"
    with pytest.raises(InputError, match="exists already"):
        create_table(address, TableMeta())


def test_what_describe_tells(path: Path) -> None:
    info = describe(as_shapes([filled(path)]))
    assert json.loads(json.dumps(info)) == info
    assert (info["shapes"], info["points"], info["labeled"]) == (8, 8, 6)
    assert info["splits"] == {"": 1, "test": 2, "train": 3, "val": 2}
    assert info["classes"]["bolt"] == {"": 1, "val": 2}
    assert info["features"]["image/views"]["shapes"] == 8
    assert (info["color"], info["normals"], info["part_labels"]) == (8, 8, 8)
    assert info["captioned"] == 6
