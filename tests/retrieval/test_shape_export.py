"""Exports: every shape a file that reads back, with typed facts; meshes where files are there; whole or not at all."""

import numpy as np
import pytest
import yaml

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError, Stopped
from pointrecon.retrieval.shape_export import export_shapes, write_stl
from pointrecon.shapes.table.arrays import ShapeArrays

parquet = pytest.importorskip("pyarrow.parquet")

CUBE = """v 0 0 0\nv 2 0 0\nv 2 2 0\nv 0 2 0\nv 0 0 2\nv 2 0 2\nv 2 2 2\nv 0 2 2
f 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8
"""


def arrays(**more) -> ShapeArrays:
    rng = np.random.default_rng(0)
    given = {"split": ["train", "val", "train", "test"], "label": [0, 1, -1, 0], "classes": ["=bolt", "nut"]}
    given |= {"id": ["../../a", "b/c", "d", "e"], "captions": [["one", "two"], [], "d", []]}
    return ShapeArrays.from_points(rng.uniform(-1, 1, (4, 50, 3)), **{**given, **more})


def test_points_and_what_is_known_of_them_read_back(tmp_path):
    color = np.random.default_rng(1).integers(0, 255, (4, 50, 3))
    shapes = arrays(color=color, facts={"area": [1.5, np.nan, 2.0, np.nan]})
    done = export_shapes(shapes, tmp_path / "x", progress=False)
    assert (done.shapes, done.meshes) == (4, 0)
    rows = parquet.read_table(tmp_path / "x" / "train" / "metadata.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["../../a", "d"]
    assert [row["class"] for row in rows] == ["=bolt", None]
    assert rows[0]["captions"] == ["one", "two"]
    assert rows[1]["area"] == 2.0
    schema = {parquet.read_schema(file) for file in (tmp_path / "x").glob("*/metadata.parquet")}
    assert len(schema) == 1  # also of the split whose areas nobody knows
    cloud = pointrecon.read_shape(tmp_path / "x" / "train" / rows[0]["file_name"], 50)
    assert np.allclose(np.sort(cloud.points, 0), np.sort(shapes.points[0].astype(float), 0), atol=2e-3)
    assert (np.sort(cloud.color, 0) == np.sort(color[0], 0)).all()
    assert {path.parent.parent for path in tmp_path.rglob("*.ply")} == {tmp_path / "x"}
    card = yaml.safe_load((tmp_path / "x" / "README.md").read_text().split("---")[1])
    found = {one["split"]: one["path"] for one in card["configs"][0]["data_files"]}
    assert found == {name: f"{name}/**" for name in ("train", "validation", "test")}


def test_an_export_that_is_imported_is_what_it_was(tmp_path):
    arrays(split=["train", "", "train", "test"], part=None).save(tmp_path / "t.npz")
    table = pointrecon.open_table(tmp_path / "t.npz")
    table.set_labels(["d", "e"], ["nut", "bolt"], "made-nano", [0.5, 0.75], overwrite=True)
    table.set_labels(["b/c"], ["nut"], "Ada")
    export_shapes(table, tmp_path / "x", progress=False)
    rows = parquet.read_table(tmp_path / "x" / "train" / "metadata.parquet").to_pylist()
    assert [(row["guessed"], row["who"], row["confidence"]) for row in rows] == [
        (False, None, None),
        (True, "made-nano", 0.5),
    ]
    for again in (False, True):  # read anew, and brought up to date
        pointrecon.import_shapes(tmp_path / "x", tmp_path / "y.npz", points=50, update=again, workers=1, progress=False)
        back, now = pointrecon.open_table(tmp_path / "y.npz").load(), table.load()
        place = [back.id.tolist().index(key) for key in now.id.tolist()]
        back = back.select(place)
        assert back.split.tolist() == now.split.tolist()
        assert back.guessed.tolist() == now.guessed.tolist() == [False, False, True, True]
        assert [back.meta.classes[n] for n in back.label] == [now.meta.classes[n] for n in now.label]
        assert back.captions[0] == ["one", "two"]


def test_a_list_of_somebody_else_costs_nothing(tmp_path):
    import pyarrow as pa

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in "ab":
        (tmp_path / name / "x.obj").write_text(CUBE)
    parquet.write_table(pa.table({"n": [1]}), tmp_path / "a" / "metadata.parquet")
    (tmp_path / "b" / "metadata.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.warns(UserWarning, match="not read: .*metadata.parquet"):
        found = pointrecon.as_shapes(tmp_path)
    assert sorted(found.meta.classes) == ["a", "b"]


def test_triangles_as_stl_read_back(tmp_path):
    from pointrecon.shapes.readers.read import read_triangles

    triangles = np.random.default_rng(0).uniform(-1, 1, (7, 3, 3)).astype(np.float32)
    write_stl(tmp_path / "t.stl", triangles)
    assert np.array_equal(read_triangles(tmp_path / "t.stl"), triangles)


def test_meshes_are_the_files_and_points_stand_for_those_that_are_gone(tmp_path, capsys):
    parts = tmp_path / "parts"
    parts.mkdir()
    for name in ("a.obj", "b.obj"):
        (parts / name).write_text(CUBE)
    triangles = np.random.default_rng(0).uniform(-1, 1, (7, 3, 3))
    write_stl(parts / "c.stl", triangles)
    pointrecon.import_shapes(parts, tmp_path / "parts.npz", points=64)
    (parts / "b.obj").write_text(CUBE + "# changed")
    words = ["shapes", "export", str(tmp_path / "parts.npz"), "-o", str(tmp_path / "x"), "--files", "meshes"]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "2 as meshes" in shown.out
    assert "points instead of a mesh: b" in shown.err
    kinds = {path.stem[-1]: path.suffix for path in (tmp_path / "x" / "unsplit").glob("0*")}
    assert kinds == {"a": ".stl", "b": ".ply", "c": ".stl"}
    copied = next((tmp_path / "x").glob("*/*c.stl"))
    assert copied.read_bytes() == (parts / "c.stl").read_bytes()


def test_nothing_is_replaced_but_an_export(tmp_path, monkeypatch):
    place = tmp_path / "x"
    export_shapes(arrays(), place, progress=False)
    with pytest.raises(InputError, match="pass --overwrite"):
        export_shapes(arrays(), place, progress=False)

    def killed(*_):
        raise Stopped

    with monkeypatch.context() as now:
        now.setattr("pointrecon.retrieval.shape_export._card", killed)
        with pytest.raises(Stopped):
            export_shapes(arrays(), place, overwrite=True, progress=False)
    assert len(list(place.glob("*/*.ply"))) == 4
    export_shapes(arrays().select([0]), place, overwrite=True, progress=False)
    assert len(list(place.glob("*/*.ply"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "README.md").write_text("mine")
    with pytest.raises(InputError, match="no export"):
        export_shapes(arrays(), tmp_path / "own", overwrite=True, progress=False)
    assert (tmp_path / "own" / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("data", "how", "says"),
    [
        (arrays(), {"files": "glb"}, "points or meshes"),
        (arrays(), {"files": "meshes"}, "no table"),
        (arrays().select([]), {}, "no shapes"),
        ("none.lance", {}, "none.lance"),
    ],
)
def test_bad_requests(data, how, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        export_shapes(data, tmp_path / "x", progress=False, **how)
    assert not (tmp_path / "x").exists()
