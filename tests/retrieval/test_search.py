"""Search: by shapes, words and pictures, unlike some, within limits; the answer as rows, files and pages."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unicodedata import normalize

import numpy as np
import pytest
import torch

import pointrecon
from pointrecon import Index, search
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.views_model import ViewsModel
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
from pointrecon.teachers.views import drawn
from standin import StandIn, sticks
from tiny_teachers import CountingImage

QUIET = {"progress": False}
AXES = np.eye(3, dtype=np.float32)


def collection(count: int = 45) -> ShapeArrays:
    """Sticks along x, y, z by turns, twice as long each time round, in millimeters; the last is of no known size."""
    shapes = sticks(count)
    size = 2.0 ** (np.arange(count) // 3)
    facts = {f"extent_{axis}": np.where(shapes.label == i, 10 * size, size) for i, axis in enumerate("xyz")}
    for values in facts.values():
        values[-1] = np.nan
    shapes.id = np.array([f"kind/{i:02d}" for i in range(count)])
    shapes.source = np.array([f"kind/{i:02d}.stl" for i in range(count)])
    shapes.facts = {
        **facts,
        "volume": size,
        "unit": np.full(count, "mm"),
        "hash": np.array([f"h{i}" for i in range(count)]),
    }
    shapes.facts["hash"][5] = "h2"  # a copy
    return shapes


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.open(collection(), model=StandIn(), poses="given", **QUIET)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text teacher that knows three words."""
    known = {"wide": AXES[0], "tall": AXES[1], "deep": AXES[2]}
    told = SimpleNamespace(
        name="words", width=3, info={}, encode=lambda texts: torch.tensor(np.stack([known[t] for t in texts]))
    )
    monkeypatch.setattr("pointrecon.teachers.loading.load_text_teacher", lambda *_, **__: told)
    monkeypatch.setattr("pointrecon.teachers.templates.RELEASED_TEMPLATES", ("{}",))


def classes(hits: pointrecon.retrieval.hits.Hits) -> list[str]:
    return [row["class"] for row in hits.rows()]


def test_what_is_like_a_shape_comes_first(index: Index) -> None:
    hits = index.search("kind/03", evidence=False)
    assert len(hits) == 10
    assert hits.ids[0] == "kind/03"
    assert " shapes by embedding/" in repr(index)
    assert len(repr(index)) < 100
    assert hits.rows()[0] == {
        "rank": 1, "id": "kind/03", "class": "along_x", "source": "kind/03.stl", "similarity": 100.0, "form": None,
        "same": True, "kind": "identical", "evidence": "the same file",
    }  # fmt: skip
    assert set(classes(hits)) == {"along_x"}
    assert hits.similarity.tolist() == sorted(hits.similarity.tolist(), reverse=True)
    assert index.search("kind/03", evidence=False).ids == hits.ids


def test_ids_files_and_arrays_are_told_apart(index: Index, tmp_path: Path, monkeypatch) -> None:
    place = index.search("kind/07.stl").places[0]
    assert place == 7
    assert index.search("07.stl").places[0] == index.search("07").places[0] == 7  # the only one so called
    points = collection().points[7].astype(np.float32)
    assert set(classes(index.search(points, top=5))) == {"along_y"}
    monkeypatch.chdir(tmp_path)
    np.savetxt("one.xyz", points)
    assert set(classes(index.search("one.xyz", top=5))) == {"along_y"}
    monkeypatch.setattr("pointrecon.retrieval.query_shapes.digest", lambda _: "h7")
    hits = index.search(tmp_path / "one.xyz", top=1)  # its file is the collection's: nothing is read
    assert hits.rows()[0]["same"]
    monkeypatch.setattr(
        "pointrecon.retrieval.query_shapes.digest", lambda _: "h2"
    )  # two files are the same to the byte
    (tmp_path / "kind").mkdir()
    for name in ("02", "05"):  # it is the one that was named
        (tmp_path / f"kind/{name}.stl").touch()
        assert f"'kind/{name}'" in index.search(tmp_path / f"kind/{name}.stl", top=1).query


def test_several_are_their_mean_and_unlike_takes_away(index: Index) -> None:
    assert set(classes(index.search(["kind/00", "kind/01"], top=20))) == {"along_x", "along_y"}
    hits = index.search(["kind/00", "kind/01"], not_like="kind/04", top=12)
    assert set(classes(hits)) == {"along_x"}
    assert "not shapes like 'kind/04'" in hits.query
    assert set(classes(index.search(not_like="kind/04", top=20))) == {"along_x", "along_z"}


def test_copies_are_kept_and_marked(index: Index) -> None:
    assert {row["id"] for row in index.search("kind/02", top=45).rows() if row["same"]} == {"kind/02", "kind/05"}


def test_words_and_shapes_together(index: Index, reader: None) -> None:
    assert set(classes(index.search(words="tall"))) == {"along_y"}
    assert set(classes(index.search(words=["tall", "wide"], not_words="wide", top=5))) == {"along_y"}
    both = index.search("kind/00", words="deep", weights={"words": 5})
    assert set(classes(both)) == {"along_z"}
    assert set(classes(index.search("kind/00", words="deep", weights={"like": 5}))) == {"along_x"}
    assert both.similarity[0] <= 1


class Grid(CountingImage):
    """An image teacher that sees how bright each of 16 squares is."""

    name, width = "grid", 16

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(images.mean(1), 4).flatten(1)


def test_copies_in_any_pose_come_first_and_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 2) for z in (0, 5)]) + rng.uniform(0, 0.3, (8, 3))
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [f"3 {a} {b} {c}" for q in quads for a, b, c in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    made = {"own": corners, "turned": corners @ turn.T, "large": 3 * corners, "other": corners**2}
    (tmp_path / "parts").mkdir()
    for name, points in made.items():
        lines = ["OFF", "8 12 0", *(" ".join(map(repr, row)) for row in points.tolist()), *faces]
        (tmp_path / "parts" / f"{name}.off").write_text("\n".join(lines) + "\n")
    how = {"table": tmp_path / "t.npz", "model": StandIn(), "workers": 1, "points": 64, **QUIET}
    hits = search(tmp_path / "parts", "own", **how)
    assert hits.ids == ["own", "turned", "large", "other"]
    assert [row["kind"] for row in hits.rows()] == ["identical", "identical", "rescaled", None]
    assert hits.rows()[0]["evidence"] == "the same file"
    query = tmp_path / "asked.off"
    query.write_text((tmp_path / "parts" / "turned.off").read_text().replace("OFF", "OFF # asked"))
    index = Index.open(tmp_path / "parts", table=tmp_path / "t.npz", model=StandIn(), **QUIET)
    assert index.search(query, top=1, evidence=True).rows()[0]["kind"] == "identical"
    assert {row["kind"] for row in index.search("own", evidence="all").rows()} >= {"identical", "rescaled"}
    assert {row["kind"] for row in index.search("own", where="id = 'other'", evidence=True).rows()} == {None}
    with pytest.raises(InputError, match="take copies, all or false"):
        index.search("own", evidence="some")


def test_pictures_find_the_shapes_that_look_so(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    seen = ViewsModel(Grid(), views=1)
    index = Index.open(collection(9), model=seen, **QUIET)
    clouds = torch.from_numpy(collection(9).points.astype(np.float32))
    for i in (4, 8):
        pixels = drawn(clouds[i : i + 1], seen.teacher, 1, up="y")[0, 0, 0]
        image.fromarray((255 * pixels).byte().numpy()).save(tmp_path / f"{i}.png")
    hits = index.search(picture=tmp_path / "4.png", top=9)
    assert hits.ids[0] == "kind/04"
    assert hits.similarity[0] > 0.95
    assert index.search(picture=image.open(tmp_path / "4.png"), top=9).ids == hits.ids
    assert "kind/08" in index.search(picture=[tmp_path / "4.png", tmp_path / "8.png"], top=2).ids
    assert index.search(not_picture=tmp_path / "4.png", top=9).ids[-1] == "kind/04"
    (tmp_path / "bad.png").write_bytes(b"none")
    with pytest.raises(InputError, match="not a picture"):
        index.search(picture=tmp_path / "bad.png")
    with pytest.raises(InputError, match="is a picture, not a shape: ask with --picture"):
        index.search(like=tmp_path / "4.png")
    with pytest.raises(InputError, match="there is no picture"):
        index.search(picture=tmp_path / "none.png")


def test_conditions_sizes_and_limits(index: Index) -> None:
    hits = index.search("kind/03", where="class = 'along_y' and volume < 3", top=45)
    assert sorted(hits.ids) == ["kind/01", "kind/04"]
    near = index.search("kind/03", size="90-110", top=45)
    assert sorted(near.ids) == ["kind/03", "kind/04", "kind/05"]  # in whatever pose
    assert near.notes == ["1 shape without a known size left out"]
    assert len(index.search("kind/03", size=(0.4, 2.1), top=45)) == 9
    all_above = index.search("kind/03", above=0.5)
    assert len(all_above) > 10
    assert (all_above.similarity >= 0.5).all()
    assert len(index.search("kind/03", above=0.5, top=3)) == 3


def test_units_are_told_apart() -> None:
    shapes = collection(9)
    shapes.facts["unit"] = np.array(["mm", "mm", "mm", "m", "m", "m", "", "", ""])
    index = Index.open(shapes, model=StandIn(), **QUIET)
    assert sorted(index.search("kind/00", size="90-110").ids) == ["kind/00", "kind/01", "kind/02"]
    hits = index.search("kind/03", size="180-220")
    assert sorted(hits.ids) == ["kind/06", "kind/07"]
    assert any("not all units are known" in note for note in hits.notes)
    told = index.search("kind/03", where="volume < 5 and class != ''").notes
    assert told == ["volume: files are in m and mm, and numbers were compared as they are; ask for one unit, too"]
    assert index.search("kind/03", where="volume < 5 and unit = 'm'").notes == []
    assert index.search("kind/03", where="class = 'along_y'").notes == []


def test_a_name_is_found_however_its_accents_are_written() -> None:
    shapes = collection(9)
    shapes.id = np.array([normalize("NFD", "süd/größe"), normalize("NFC", "süd/weiß ü"), *shapes.id[2:]])
    shapes.source = np.array([f"{id}.stl" for id in shapes.id])
    index = Index.open(shapes, model=StandIn(), **QUIET)
    for asked, place in (("süd/größe", 0), ("größe.stl", 0), ("süd/weiß ü", 1), ("weiß ü", 1)):
        for form in ("NFC", "NFD"):
            assert index.search(normalize(form, asked)).ids[0] == shapes.id[place]
    for asked, meant in (("WEISS Ü", "weiß ü"), ("ｓüd/weiß ü.stl", "süd/weiß ü.stl")):
        with pytest.raises(InputError, match=f"did you mean '{meant}'"):
            index.search(asked)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "nothing is asked"),
        ({"like": "kind/99"}, "neither a file nor an id of the collection; did you mean 'kind/"),
        ({"like": "kind/00", "weights": {"like": -1}}, "above 0, not -1"),
        ({"like": "kind/00", "weights": {"word": 1}}, "did you mean 'words'"),
        ({"like": "kind/00", "weights": {"words": 1}}, "nothing of that to search by"),
        ({"like": "kind/00", "where": "clas = 'a'"}, "did you mean 'class'"),
        ({"like": "kind/00", "where": "volume < 0"}, 'no shape of .* fits the condition "volume < 0"$'),
        ({"like": "kind/00", "where": "class = 'Along_Y'"}, "no class is 'Along_Y'; did you mean 'along_y'"),
        ({"like": "kind/00", "where": "unit IN ('furlong')"}, "no unit is 'furlong'; there are mm$"),
        ({"like": "kind/00", "size": "big"}, "such as 90-110"),
        ({"like": "kind/44", "size": "90-110"}, "has no size that is known"),
        ({"like": ["kind/00", "kind/01"], "size": "90-110"}, "around one shape"),
        ({"words": "x", "size": "90-110"}, "around one shape"),
        ({"like": "kind/00", "above": 80}, "from 0 to 1"),
        ({"like": "kind/00", "top": 0}, "top must be at least 1"),
        ({"like": 3}, "cannot be had from a int"),
        ({"like": "kind/00", "top": 2.5}, "top must be at least 1, a whole number, not 2.5"),
        ({"like": "kind/00", "top": True}, "a whole number, not True"),
        ({"like": "kind/00", "size": 90}, "the size window is '90': give it in per cent, such as 90-110"),
        ({"like": "kind/00", "size": (0.9, "x")}, "such as 90-110"),
        ({"like": "kind/00", "size": (90, 110)}, r"size window is \(90, 110\), but numbers are factors"),
        ({"where": "volume > 1", "above": 0.5}, "nothing is asked with that hits could be similar to"),
        ({"where": "volume > 1", "top": 0}, "top must be at least 1"),
        ({"where": "volume > 1", "weights": {"like": 2}}, "nothing of that to search by"),
        ({"like": "kind/00", "where": 3}, "a condition is a text such as .*, not 3"),
        ({"like": "kind/00", "weights": 3}, "weights are numbers by name"),
        ({"like": "kind/00", "weights": {3: 1}}, "no weight of '3'"),
        ({"words": ["flat", None]}, "words to search by are texts, not None"),
        ({"picture": 3}, "a picture is a file, or one of PIL, not 3"),
    ],
)
def test_bad_questions_are_one_sentence(index: Index, reader: None, asked: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        index.search(**asked)
    assert "\n" not in str(error.value)


def test_what_a_model_or_a_file_cannot(tmp_path: Path, monkeypatch) -> None:
    blind = ViewsModel(CountingImage(), views=1)
    with pytest.raises(InputError, match="cannot search by words"):
        search(collection(6), words="tall", model=blind, **QUIET)
    (tmp_path / "bad.stl").write_bytes(b"solid")
    with pytest.raises(InputError, match="holds no readable shape"):
        search(collection(6), tmp_path / "bad.stl", model=StandIn(), **QUIET)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        search(tmp_path / "empty", "x", **QUIET)
    with pytest.raises(InputError, match="there are no shapes at"):
        search(tmp_path / "nothing", "x", **QUIET)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = create_table(tmp_path_factory.mktemp("search") / "parts.npz", TableMeta(up="y"))
    shapes = collection(40)
    shapes.id = np.array(["=1+1<b>", *shapes.id[1:]])
    shapes.meta.name = "parts <script>"
    made.append(shapes)
    return made.path


def test_the_command_prints_and_writes(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ["search", str(table), "--like", "=1+1<b>", "--top", "4"]
    assert main([*words, "--csv", str(tmp_path / "h.csv"), "--html", str(tmp_path / "h.html")]) == 0
    shown = capsys.readouterr().out
    assert "100.0%" in shown
    assert "the same" in shown
    rows = list(csv.DictReader((tmp_path / "h.csv").open()))
    assert rows[0]["id"] == "'=1+1<b>"
    assert len(rows) == 4
    page = (tmp_path / "h.html").read_text()
    assert "<b>=1" not in page
    assert "=1+1&lt;b&gt;" in page
    assert page.count("data:image/png") == 4
    assert "http" not in page.replace("http-equiv", "")
    assert main([*words, "--csv", str(tmp_path / "h.csv")]) == 2
    assert "pass --overwrite" in capsys.readouterr().err
    assert main([*words, "--csv", str(tmp_path / "h.csv"), "--overwrite", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["hits"][0]["id"] == "=1+1<b>"
    more = [str(tmp_path / name) for name in ("o.csv", "o.HTML", "o.json")]
    assert main([*words, "-o", *more, "--html", str(tmp_path / "o2.html")]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("written")] == [
        f"written to {file}" for file in (*more, tmp_path / "o2.html")
    ]
    assert Path(more[0]).read_bytes() == (tmp_path / "h.csv").read_bytes()
    assert Path(more[1]).read_text() == page == (tmp_path / "o2.html").read_text()
    assert json.loads(Path(more[2]).read_text()) == told
    assert main([*words, "-o", str(tmp_path / "new.csv"), more[2]]) == 2
    assert "pass --overwrite" in capsys.readouterr().err
    assert not (tmp_path / "new.csv").exists()
    assert main([*words, "--weights", "like:2"]) == 2
    assert "write it as like=2" in capsys.readouterr().err
    assert main([*words, "--weights", "like=2,words=1"]) == 2


def test_hits_in_a_notebook_and_for_pandas(table: Path) -> None:
    hits = search(table, "kind/03", top=3, **QUIET)
    assert hits._repr_html_().count("<img") == 3
    frame = hits.frame()
    assert frame["id"].tolist() == hits.ids
    assert "3 hits of shapes like 'kind/03'" in repr(hits)


def test_an_index_answers_as_search_does_and_says_what_it_compares(table: Path) -> None:
    index = Index.open(table, **QUIET)
    assert index.search("kind/02").rows() == search(table, "kind/02", **QUIET).rows()
    assert index.search("kind/02").ids[:2] == ["kind/02", "kind/05"]  # the copy
    some = replace(index, vectors=replace(index.vectors, viewed=3))
    assert "of 3 of 40 shapes only" in some.search("kind/02").notes[0]
    assert Index.open(table, vector="model", **QUIET).chosen is False


def test_a_condition_alone_lists_all_that_it_is_true_of(index: Index, tmp_path: Path, capsys, monkeypatch) -> None:
    hits = index.search(where="volume < 4 and class <> 'along_x'")
    assert hits.ids == ["kind/01", "kind/02", "kind/04", "kind/05"]
    assert [row["similarity"] for row in hits.rows()] == [None] * 4
    assert hits.notes == []
    assert "kind/01" in hits._repr_html_()
    few = index.search(where="volume > 1", top=3)
    assert (few.ids, few.notes) == (["kind/03", "kind/04", "kind/05"], ["the first 3 of 42, by their ids"])
    collection().save(tmp_path / "t.npz")
    monkeypatch.setattr("pointrecon.retrieval.searching.open_parts", None)  # nothing is embedded
    told = ["search", str(tmp_path / "t.npz"), "--where", "volume < 2"]
    assert main([*told, "-o", str(tmp_path / "h.csv"), str(tmp_path / "h.html"), str(tmp_path / "h.json")]) == 0
    assert "kind/02" in capsys.readouterr().out
    assert [row["id"] for row in csv.DictReader((tmp_path / "h.csv").open())] == ["kind/00", "kind/01", "kind/02"]
    assert (tmp_path / "h.html").read_text().count("<figure") == 3
    assert main([*told, "--json", "--top", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(hit["id"], hit["similarity"]) for hit in found["hits"]] == [("kind/00", None)]
