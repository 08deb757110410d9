"""Clusters: those that are there are found, the same each time, with typical members and names they agree on."""

import csv
import json
from collections import Counter

import numpy as np
import pytest
import torch

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.name_list import NameList, name_list
from pointrecon.models import ModelFacts
from pointrecon.retrieval import clustering
from pointrecon.retrieval.cluster_names import (
    NOBODY,
    Proposed,
    by_captions,
    by_file_names,
    by_labels,
    by_words,
    words_of,
)
from pointrecon.retrieval.clustering import cluster_vectors, title
from pointrecon.retrieval.grouping import grouped
from pointrecon.retrieval.vectors import Vectors
from pointrecon.shapes.made.parametric import CATEGORIES
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.label_log import LabelLog
from standin import StandIn, sticks


def blobs(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of length 1 around so many middles, and which is whose; shuffled."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    values = np.eye(24)[label] + 0.08 * rng.normal(size=(len(label), 24))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32), label


def vectors(values: np.ndarray, **more) -> Vectors:
    points = np.random.default_rng(1).uniform(-1, 1, (len(values), 32, 3))
    shapes = pointrecon.as_shapes(ShapeArrays.from_points(points, **more))
    return Vectors("embedding/x", values, np.zeros(values.shape[1]), (values.shape[1],), shapes, ("none",), ("given",))


def test_the_groups_that_are_there_are_found_largest_first():
    values, label = blobs((40, 25, 60, 33, 12))
    found = grouped(values)
    assert np.bincount(found.group).tolist() == [60, 40, 33, 25, 12]
    for group, middle in enumerate(found.middle.tolist()):
        mine = label == label[middle]
        assert (found.group[mine] == group).all()
        inside = values[mine] @ values[mine].mean(0)
        assert values[middle] @ values[mine].mean(0) == pytest.approx(inside.max())
    again = grouped(values[::-1].copy())  # whatever their order
    assert (again.group[::-1] == found.group).all()


def test_more_shapes_than_the_tree_takes_are_grouped_alike(monkeypatch):
    values, label = blobs((50, 40, 30))
    monkeypatch.setattr("pointrecon.retrieval.grouping._TREE", 40)
    group = grouped(values).group
    assert len({*zip(group.tolist(), label.tolist(), strict=True)}) == 3


@pytest.mark.parametrize(("count", "groups"), [(None, 1), (1, 1), (3, 3), (5, 5)])
def test_few_shapes_and_counts(count, groups):
    assert len(grouped(blobs((3, 2))[0], count).middle) == groups


@pytest.mark.parametrize("count", [0, 6, -1])
def test_counts_that_cannot_be(count):
    with pytest.raises(InputError, match="ask for 1 to 5"):
        grouped(blobs((3, 2))[0], count)


def test_equal_vectors_are_one_group_or_fewer_than_asked_for():
    assert set(grouped(np.ones((40, 4), np.float32) / 2).group.tolist()) == {0}


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ([0, 0, 0, 1, -1], Proposed("bolt", 0.6, "labels")),
        ([0, 0, 1, 1, 2], Proposed("bolt / nut", 0.8, "labels")),
        ([0, -1, -1, -1, -1], None),
        ([0, 1, 2, 3, 4, 5, 6, 7], Proposed("", 0.0, "")),
    ],
)
def test_names_by_labels(label, name):
    names = ["bolt", "nut", "ring", "d", "e", "f", "g", "h"]
    assert by_labels(np.array(label), names, np.full(8, 0.1)) == name


def test_labels_that_half_the_collection_has_name_nothing():
    """Folders of suppliers: names of files tell more."""
    common = np.array([0.4, 0.1])
    assert by_labels(np.array([0, 0, 0, -1, -1]), ["north", "south"], common) is None
    assert by_labels(np.array([0, 0, 0, 0, 1]), ["north", "south"], common) == Proposed("north", 0.8, "labels")
    assert by_labels(np.array([0, 0]), ["north", "south"], np.array([0.95, 0.05])).name == "north"
    kinds = ("bolt", "nut", "ring")
    values, label = blobs((14, 12, 11))
    ids = [f"{'ab'[n % 2]}/{kinds[one]}_{n}" for n, one in enumerate(label)]
    mixed = vectors(values, label=np.arange(37) % 2, classes=["a", "b"], id=ids)
    found = cluster_vectors(mixed, count=3, names=NameList([], []))
    assert {(one.name, one.named_by) for one in found.groups} == {(name, "file names") for name in kinds}


def test_names_by_words_of_files_that_others_have_not():
    mine = ["x/HexBolt_M8_012.step", "x/hex-bolt-3.STEP", "x/hex_bolt_M6.stl", "x/rod.stl"]
    every = Counter(word for name in [*mine, *["y/plate_7.stl"] * 8] for word in set(words_of(name)))
    assert by_file_names(mine, every, 12) == Proposed("hex bolt", 0.75, "file names")
    common = Counter({"hex": 12, "bolt": 12})
    assert by_file_names(mine, common, 12).name == ""


def test_a_collection_with_labels_and_without_words(tmp_path):
    values, label = blobs((20, 14))
    names = ["=bolt", "nut"]
    found = cluster_vectors(vectors(values, label=label, classes=names), count=2, names=NameList([], []))
    assert [(title(one), one.size, one.share) for one in found.groups] == [("=bolt", 20, 1.0), ("nut", 14, 1.0)]
    assert (label[found.members(2)] == 1).all()
    assert "nut" in found._repr_html_()
    found.save(tmp_path / "c.csv")
    rows = list(csv.DictReader((tmp_path / "c.csv").open()))
    assert len(rows) == 34
    assert rows[0]["name"] == "'=bolt"  # no formula
    assert [row["representative"] for row in rows].count("True") == 2
    assert rows[0]["id"] == found.groups[0].representative
    found.save(tmp_path / "c.json")
    told = json.loads((tmp_path / "c.json").read_text())["clusters"]
    assert [len(one["members"]) for one in told] == [20, 14]


def test_names_that_a_model_guessed_are_told_from_those_of_people():
    values, label = blobs((20, 14))
    found = vectors(values, label=label, classes=["bolt", "nut"])
    arrays = found.shapes.load()
    ids = arrays.id[label == 1][:10].tolist()
    arrays.given = LabelLog.of([ids, ["nut"] * 10, ["made-nano"] * 10, ["2026"] * 10, [0.9] * 10])
    found = Vectors(found.name, values, np.zeros(24), (24,), pointrecon.as_shapes(arrays), ("none",), ("given",))
    groups = cluster_vectors(found, count=2, names=NameList([], [])).groups
    assert [(title(one), one.named_by) for one in groups] == [("bolt", "labels"), ("nut?", "guesses")]


def test_names_by_what_captions_say_and_others_do_not():
    mine = [["An office chair with five wheels."], ["a black office chair"], ["Office chair, grey", "a seat"], []]
    others = [["a table with four legs"], ["a black table"], ["a round table"], ["one thing"]]
    found = by_captions([*mine, *others], [np.arange(4), np.arange(4, 8)])
    assert found == [Proposed("office chair", 0.75, "captions"), Proposed("table", 0.75, "captions")]
    assert by_captions([["a chair"]] * 8, [np.arange(4), np.arange(4, 8)]) == [NOBODY] * 2  # all are
    assert by_captions([[]] * 4, [np.arange(2), np.arange(2, 4)]) == [NOBODY] * 2


def test_captions_name_what_classes_and_files_do_not(monkeypatch):
    values, label = blobs((20, 14))
    captions = [["a hex bolt"] if one else [] for one in label]
    asked = []
    monkeypatch.setattr(
        clustering,
        "by_words",
        lambda v, groups, names: asked.extend(map(len, groups)) or [Proposed("rod", 0.9, "words")],
    )
    found = cluster_vectors(vectors(values, captions=captions), count=2)
    assert [(title(one), one.named_by) for one in found.groups] == [("rod?", "words"), ("hex bolt", "captions")]
    assert asked == [20]
    by_label = cluster_vectors(vectors(values, captions=captions, label=label, classes=["nut", "bolt"]), count=2)
    assert [one.named_by for one in by_label.groups] == ["labels", "labels"]


def test_words_name_what_has_no_other_name(monkeypatch):
    values, _ = blobs((20, 14))
    asked = []
    monkeypatch.setattr(
        clustering, "by_words", lambda v, groups, names: asked.append(groups) or [Proposed("rod", 0.9, "words")] * 2
    )
    found = cluster_vectors(vectors(values), count=2, names=name_list(["rod"]))
    assert [len(group) for group in asked[0]] == [20, 14]
    assert [title(one) for one in found.groups] == ["rod?", "rod?"]

    def cannot(*_):
        raise InputError("no words")

    monkeypatch.setattr(clustering, "by_words", cannot)
    found = cluster_vectors(vectors(values), count=2, names=name_list(["rod"]))
    assert [title(one) for one in found.groups] == ["cluster 1", "cluster 2"]
    assert found.notes == ["2 clusters could not be named by words: no words"]


def test_without_names_those_that_the_model_was_taught_are_asked(monkeypatch):
    import pointrecon.teachers.loading as loading
    import pointrecon.teachers.templates as templates

    asked = []

    def matrix(teacher, names, filled):
        asked.append(names)
        return torch.tensor([[one.endswith(f"along {axis}") for axis in "xyz"] for one in names]).float() + 1e-3

    monkeypatch.setattr(loading, "load_text_teacher", lambda *_, **__: None)
    monkeypatch.setattr(templates, "text_class_matrix", matrix)
    model = StandIn()
    model.facts = ModelFacts(categories=["along x", "along y", "along z"])
    shapes = pointrecon.as_shapes(sticks(9))
    own = Vectors("embedding/x", np.eye(9, dtype=np.float32), np.zeros(9), (9,), shapes, (model,), ("given",))
    (first,) = by_words(own, [np.array([1, 4, 7])], None)
    assert (first.name, first.by, asked) == ("along y", "words", [["along x", "along y", "along z"]])
    (first,) = by_words(own, [np.array([1, 4, 7])], name_list(["across | along x", "upright | along y"]))
    assert (first.name, asked.pop()) == ("upright", ["across", "along x", "upright", "along y"])
    monkeypatch.setattr(
        templates, "text_class_matrix", lambda _, names, __: asked.append(names) or torch.rand(len(names), 3)
    )
    model.facts = ModelFacts()
    by_words(own, [np.array([1])], None)
    assert len(asked[1]) == len(CATEGORIES)  # of a model that does not tell


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> str:
    points = np.random.default_rng(0).uniform(-1, 1, (24, 64, 3))
    points[12:, :, :2] *= 0.1
    place = tmp_path_factory.mktemp("c") / "parts.npz"
    ShapeArrays.from_points(points, label=np.arange(24) // 12, classes=["ball", "rod"], up="y").save(place)
    return str(place)


def test_from_the_command_line(table, tmp_path, capsys):
    out = tmp_path / "c.csv"
    assert main(["clusters", table, "--count", "2", "-o", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "ball" in shown
    assert "rod" in shown
    assert {(row["name"], int(row["id"]) // 12) for row in csv.DictReader(out.open())} == {("ball", 0), ("rod", 1)}
    assert main(["clusters", table, "-o", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.npz"], "none.npz"),
        (["TABLE", "--count", "25"], "1 to 24"),
        (["TABLE", "-o", "c.txt"], "c.csv"),
        (["TABLE", "--names", "none.txt"], "none.txt"),
        (["TABLE", "--vector", "best"], "best"),
    ],
)
def test_bad_input_of_clusters_is_one_sentence(table, words, says, capsys):
    assert main(["clusters", *(table if word == "TABLE" else word for word in words)]) == 2
    err = capsys.readouterr().err.splitlines()
    assert says.replace("c.csv", "something.csv") in err[-1]
    assert err[-1].startswith("pointrecon: ")
