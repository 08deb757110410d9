"""What a file is, as columns of a table: they come back as they went in, an old table opens without them."""

import csv
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layouts import modelnet_hdf5, modelnet_text
from pointrecon.cli.main import main as cli
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, TableMeta, as_shapes, create_table, import_shapes, open_table
from pointrecon.shapes.importers.benchmarks.benchmark import import_benchmark
from pointrecon.shapes.table import fact_rows, file_facts, lance_reader, lance_rows
from pointrecon.shapes.table.file_facts import FACTS, Facts, fact_columns
from pointrecon.shapes.table.summary import describe_files
from shape_samples import assert_same, clouds, full

EVERY: dict[str, Any] = {
    **{
        "hash": "0f" * 32,
        "bytes": 2**40,
        "modified": 1_700_000_000_123_456_789,
        "companions": '{"a.mtl": [1, 2]}',
        "format": "obj",
    },
    **{"reader": "laspy 2.7.0", "unit": "mm", "scale": 0.25},
    **{"extent_x": 1.0, "extent_y": 1e-9, "extent_z": 1e9, "area": 6.0, "volume": 1.0, "vertices": 8, "faces": 0},
    **{"spread_1": 2.0, "spread_2": 1.0, "spread_3": 0.5, "skew": 0.0},
    **{"assembly": "a.step", "instances": 2, "places": "[]", "bodies": 1, "up": "z", "up_source": "user"},
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


def test_a_frame_has_a_row_a_shape(path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    table = table_at(path, with_facts(2), full())
    frame = table.frame()
    assert list(frame) == ["id", "source", "split", "class", "guessed", *FACTS]
    assert frame["id"].tolist() == table.ids().tolist()
    assert frame["class"].fillna("-").tolist() == ["-", "-", "-", "bolt", "mug", "bolt", "mug"]
    assert frame["split"].fillna("-").tolist() == ["-", "-", "train", "val", "test", "-", "train"]
    assert {name: frame[name][0] for name in FACTS} == EVERY
    assert frame["faces"].mean() == 0  # what is not known does not count
    assert frame["bytes"].isna().tolist() == [False, True, True, False, True, False, True]
    assert frame[frame["area"] > 4]["id"].tolist() == ["f0", "s3", "s4"]
    pandas.testing.assert_frame_equal(frame, table.load().frame())
    pandas.testing.assert_frame_equal(
        frame[::-1].reset_index(drop=True), as_shapes(table).select(np.arange(7)[::-1]).frame()
    )
    assert len(ShapeArrays.empty(TableMeta()).frame()) == 0


def test_the_same_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_rows, "_AT_ONCE", 3)
    fact_rows.write_csv(as_shapes([with_facts(2), full()]), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert {name: rows[0][name] for name in FACTS} == {
        **{name: str(value) for name, value in EVERY.items()},
        "modified": "2023-11-14T22:13:20Z",
    }
    assert {rows[1][name] for name in FACTS} == {""}


def test_no_points_are_read_for_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_at(tmp_path / "t.lance", with_facts(3))
    asked: list[str] = []
    real = lance_reader.rows_at

    def rows_at(table: Any, columns: list[str], index: np.ndarray) -> Any:
        asked.extend(columns)
        return real(table, columns, index)

    monkeypatch.setattr(lance_reader, "rows_at", rows_at)
    describe_files(as_shapes(table))
    assert {*asked} == {"id", "source", *FACTS}


def test_files_are_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_rows, "_AT_ONCE", 2)
    files: list[Facts] = [
        {"format": "obj", "unit": "mm", "extent_x": 5.0, "faces": 4, "volume": 1.0, "bytes": 10},
        {"format": "obj", "unit": "mm", "extent_x": 2.0, "faces": 90, "bytes": 5, "up": "y", "up_source": "user"},
        {"format": "xyz", "extent_x": 1e6, "faces": 0, "vertices": 70},
        {},
    ]  # fmt: skip
    found = describe_files(as_shapes(ShapeArrays.from_points(clouds(4), facts=fact_columns(files))))
    assert found["formats"] == {"obj": 2, "xyz": 1, "": 1}
    assert found["ups"] == {"y, user": 1, "": 3}
    assert found["extents"] == {"mm": {"x": [2, 5]}, "": {"x": [1e6, 1e6]}}
    assert (found["meshes"], found["closed"], found["clouds"], found["bytes"]) == (2, 1, 1, 15)
    assert (found["faces"], found["points"]) == ([4, 90], [70, 70])
    json.dumps(found)


def test_info_tells_of_the_files(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    with_facts(2).save(tmp_path / "t.npz")
    table = str(tmp_path / "t.npz")
    cli(["shapes", "info", table])
    printed = " ".join(capsys.readouterr().out.split())
    assert "formats obj 1, unknown 1" in printed
    assert "read by laspy 2.7.0 1" in printed
    assert "size in mm x 1, y 1e-09" in printed
    cli(["shapes", "info", table, "--json"])
    assert json.loads(capsys.readouterr().out)["files"]["units"] == {"mm": 1, "": 1}
    cli(["shapes", "info", table, "--files"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "f0" in lines[1]
    cli(["shapes", "info", table, "--files", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [(row["unit"], row["reader"]) for row in rows] == [("mm", "laspy 2.7.0"), (None, None)]
    cli(["shapes", "info", table, "--csv", str(tmp_path / "t.csv")])
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith("id,source,split,class,guessed,hash")


def test_an_import_tells_unit_and_up_axis(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    np.savetxt(tmp_path / "in" / "c.xyz", clouds(1, 20)[0])
    glb(tmp_path / "in" / "b.glb")
    report = import_shapes(tmp_path / "in", tmp_path / "t.npz", points=8, units="mm", up="z")
    facts = open_table(tmp_path / "t.npz").load().facts
    assert facts["format"].tolist() == ["glb", "xyz"]
    assert facts["unit"].tolist() == ["m", "mm"]
    assert facts["up"].tolist() == ["y", "z"]
    assert facts["up_source"].tolist() == ["format", "user"]
    assert [reason for file, reason in report.warnings if file == "b.glb"] == [
        "has y up by its format: taken as z up, as was told"
    ]
    np.savez(tmp_path / "many.npz", points=7 * clouds(3, 20).astype(np.float32))
    import_shapes(tmp_path / "many.npz", tmp_path / "u.npz", up="z")
    facts = open_table(tmp_path / "u.npz").load().facts
    assert facts["format"].tolist() == ["npz"] * 3
    assert facts["up_source"].tolist() == ["user"] * 3
    np.testing.assert_allclose(facts["extent_y"], 7 * np.ptp(clouds(3, 20).astype(float), axis=1)[:, 1], rtol=1e-3)
    arrays = open_table(tmp_path / "u.npz").load()
    spans = np.ptp(arrays.points.astype(float), axis=1) * facts["scale"][:, None]
    np.testing.assert_allclose(spans[:, 2], facts["extent_z"], rtol=5e-3)
    assert "hash" not in facts


def test_going_on_with_an_old_table_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    np.savetxt(tmp_path / "in" / "a.xyz", clouds(1, 20)[0])
    import_shapes(tmp_path / "in", tmp_path / "t.npz", points=8)
    with np.load(tmp_path / "t.npz") as archive:
        earlier = {name: archive[name] for name in archive.files if not name.startswith("facts/")}
    np.savez(tmp_path / "t.npz", **earlier)
    np.savetxt(tmp_path / "in" / "b.xyz", clouds(1, 20)[0])
    report = import_shapes(tmp_path / "in", tmp_path / "t.npz", resume=True)
    assert "import again with --overwrite" in report.warnings[-1][1]
    assert open_table(tmp_path / "t.npz").frame()["format"].fillna("").tolist() == ["", "xyz"]


def glb(path: Path) -> None:
    """One triangle."""
    content = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32).tobytes()
    about = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": len(content)}],
        "buffers": [{"byteLength": len(content)}],
    }  # fmt: skip
    text = json.dumps(about).encode()
    text += b" " * (-len(text) % 4)
    chunks = b"".join(struct.pack("<I4s", len(c), kind) + c for kind, c in ((b"JSON", text), (b"BIN\0", content)))
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def test_benchmarks_tell_what_their_files_are(tmp_path: Path) -> None:
    import_benchmark("modelnet40", modelnet_text(tmp_path / "text"), tmp_path / "t.npz", points=8, workers=1)
    facts = open_table(tmp_path / "t.npz").load().facts
    assert {*facts["format"].tolist()} == {"txt"}
    assert {len(one) for one in facts["hash"].tolist()} == {64}
    assert {*facts["up_source"].tolist()} == {"benchmark"}
    assert (facts["scale"] <= np.sqrt(facts["extent_x"] ** 2 + facts["extent_y"] ** 2 + facts["extent_z"] ** 2)).all()
    pytest.importorskip("h5py")
    import_benchmark("modelnet40", modelnet_hdf5(tmp_path / "h5"), tmp_path / "u.npz", points=8, up="x")
    facts = open_table(tmp_path / "u.npz").load().facts
    assert {one.split()[0] for one in facts["reader"].tolist()} == {"h5py"}
    assert {*facts["up_source"].tolist()} == {"user"}
    assert "hash" not in facts  # many shapes in a file
