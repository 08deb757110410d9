"""The map's page: whole, offline, with every shape at its place and nothing of a name taken for HTML."""

import base64
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.name_list import NameList
from pointrecon.reports import map_data, shape_map
from pointrecon.reports.map_data import shown_order, unit_square
from pointrecon.reports.shape_map import ShapeMap, check_picture_size
from pointrecon.reports.sprite_sheets import ACROSS, sprite_sheets
from pointrecon.retrieval.clustering import cluster_vectors
from pointrecon.retrieval.layout_2d import nearest_in
from pointrecon.retrieval.vectors import Vectors
from pointrecon.shapes.table.arrays import ShapeArrays

COUNT = 30
BAD = "</script><b>&'\"" + "\u2028"


def made(**more) -> ShapeMap:
    rng = np.random.default_rng(0)
    label = np.arange(COUNT) % 3
    values = (np.eye(8)[label] + 0.05 * rng.normal(size=(COUNT, 8))).astype(np.float32)
    given = {"label": label, "classes": ["bolt", BAD, "nut"], "id": [f"{BAD}{i}" for i in range(COUNT)], **more}
    points = rng.uniform(-1, 1, (COUNT, 40, 3))
    shapes = pointrecon.as_shapes(ShapeArrays.from_points(points, **given))
    vectors = Vectors("embedding/x", values, np.zeros(8), (8,), shapes, ("none",), ("given",))
    xy = np.eye(3)[label][:, :2] * 9 + rng.normal(size=(COUNT, 2))
    near = np.stack([(np.arange(COUNT) + 3) % COUNT, (np.arange(COUNT) + 6) % COUNT], 1)
    return ShapeMap(xy.astype(np.float32), near, cluster_vectors(vectors, count=3, names=NameList([], [])), "pca", 0)


def content(page: str) -> dict:
    return json.loads(re.search(r"id=data>(.*?)</script>", page, re.DOTALL)[1])


def unpacked(text: str, kind: type) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_the_page_has_every_shape_with_its_columns_and_picture():
    area = np.arange(COUNT) + 1.0
    area[4] = np.nan
    found = made(split=["train", "test"] * 15, facts={"area": area, "hash": [str(i) for i in range(COUNT)]})
    page = "".join(found.page(pictures=24))
    told = content(page)
    number = [int(key.removeprefix(BAD)) for key in told["ids"]]
    assert sorted(number) == list(range(COUNT))
    at = unpacked(told["xy"], np.uint16).reshape(-1, 2) / 65535
    assert np.allclose(at, unit_square(found.xy)[number], atol=1e-4)
    near = unpacked(told["near"], np.uint32).reshape(COUNT, told["each"])
    assert [[number[j] for j in row] for row in near] == found.near[number].tolist()
    columns = {one["name"]: one for one in told["columns"]}
    assert set(columns) == {"cluster", "class", "split", "area", "typical"}
    codes = unpacked(columns["class"]["codes"], np.uint16)
    assert [columns["class"]["words"][code] for code in codes] == [["bolt", BAD, "nut"][i % 3] for i in number]
    assert np.array_equal(unpacked(columns["area"]["numbers"], np.float32), area[number], equal_nan=True)
    assert [(one["name"], one["size"]) for one in told["clusters"]] == [(["bolt", BAD, "nut"][i], 10) for i in
           [["bolt", BAD, "nut"].index(one["name"]) for one in told["clusters"]]]  # fmt: skip
    first = [number[one["shown"]] for one in told["clusters"]]
    assert first == [group.place for group in found.clusters.groups]
    assert all(one["outlines"] for one in told["clusters"])
    sheet = base64.b64decode(re.search(r"id=sheet-0>(.*?)</script>", page)[1])
    assert Image.open(io.BytesIO(sheet)).size == (24 * ACROSS, 24 * 2)


def test_the_page_needs_no_network_and_names_are_text():
    page = "".join(made().page(pictures=0))
    assert not re.search(r"""(src|href)\s*=\s*['"]?https?:|@import|fetch\(|XMLHttpRequest""", page)
    assert "<b>" not in page
    assert page.count("</script>") == 2
    assert "sheet-0" not in page


def test_sheets_hold_the_pictures_in_order():
    pictures = [np.full((8, 8, 4), (10 * i % 250, 0, 200, 255), np.uint8) for i in range(ACROSS + 3)]
    (sheet,) = sprite_sheets(iter(pictures), 8)
    seen = np.asarray(Image.open(io.BytesIO(sheet)).convert("RGBA"))
    assert seen.shape == (16, 8 * ACROSS, 4)
    assert abs(int(seen[12, 12, 0]) - 10 * (ACROSS + 1) % 250) < 12
    assert not seen[8:, 24:, 3].any()


def test_what_is_shown_first_is_spread_over_the_map():
    xy = np.random.default_rng(0).uniform(size=(500, 2)).astype(np.float32)
    order = shown_order(xy, np.array([7, 3]))
    assert sorted(order) == list(range(500))
    assert set(order[:2]) == {3, 7}
    corner = [(unit_square(xy)[order[:6]] > 0.5) @ [1, 2]]
    assert len(np.unique(corner)) == 4


def test_a_stop_while_pictures_are_drawn_leaves_what_was_there(tmp_path, monkeypatch):
    place = tmp_path / "m.html"
    place.write_text("before")

    def stopped(pictures, size):
        yield next(sprite_sheets(pictures, size))
        raise KeyboardInterrupt

    monkeypatch.setattr(shape_map, "sprite_sheets", stopped)
    with pytest.raises(KeyboardInterrupt):
        made().save(place, pictures=16)
    assert [path.name for path in tmp_path.iterdir()] == ["m.html"]
    assert place.read_text() == "before"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_tiny_collections_have_a_page(count):
    points = np.random.default_rng(0).uniform(-1, 1, (count, 40, 3))
    shapes = pointrecon.as_shapes(ShapeArrays.from_points(points))
    vectors = Vectors(
        "embedding/x", np.eye(5, dtype=np.float32)[:count], np.zeros(5), (5,), shapes, ("none",), ("given",)
    )
    near = nearest_in(vectors.values)
    found = ShapeMap(np.eye(2)[np.zeros(count, int)], near, cluster_vectors(vectors, names=NameList([], [])), "pca", 0)
    assert len(content("".join(found.page(pictures=16)))["ids"]) == count


def test_a_notebook_shows_it_in_a_frame_of_its_own(monkeypatch):
    monkeypatch.setattr(shape_map, "IN_NOTEBOOK", 10)  # no pictures
    shown = made()._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts"')
    assert shown.count("<") == 2


def test_sizes_of_pictures():
    assert [check_picture_size(None, count) for count in (20_000, 50_000, 90_000)] == [96, 64, 48]
    assert check_picture_size(0, 10) == 0
    with pytest.raises(InputError, match="16 to 256"):
        check_picture_size(7, 10)


@pytest.mark.skipif(not shutil.which("node"), reason="no node to read JavaScript with")
@pytest.mark.parametrize("name", ["map_points", "map"])
def test_the_script_is_javascript(name):
    place = map_data.__file__.replace("map_data.py", f"{name}.js")
    done = subprocess.run(["node", "--check", place], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_from_the_command_line_and_never_over_another_file(tmp_path, capsys):
    points = np.random.default_rng(0).uniform(-1, 1, (12, 64, 3))
    ShapeArrays.from_points(points, up="y", label=np.zeros(12, int), classes=["ball"]).save(tmp_path / "parts.npz")
    out = tmp_path / "m.html"
    words = ["map", str(tmp_path / "parts.npz"), "-o", str(out), "--pictures", "0", "--layout", "pca"]
    assert main(words) == 0
    assert "12 shapes" in capsys.readouterr().out
    before = out.read_bytes()
    assert main(words) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [(["-o", "m.txt"], "something.html"), (["--layout", "mds"], "mds"), (["--pictures", "9"], "16 to 256")],
)
def test_bad_input_of_the_map_is_one_sentence(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["map", "none.lance", *words]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
