"""Text features by sentence: kept once, found by captions, merged by words, refused where they do not fit."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, ShapeTable, TableMeta, as_shapes, create_table, open_table
from pointrecon.shapes.table.sentences import Sentences
from shape_samples import clouds

pytest.importorskip("lancedb")
CAPTIONS = [["a mug", " a cup "], [], ["a bolt"], ["a mug"], ["never encoded", "a bolt"]]
KNOWN = ["a mug", "a bolt", "a cup"]


def values(texts: list[str], templates: int = 2) -> np.ndarray:
    numbers = np.array([[[sum(map(ord, text)) % 97, t, 1] for t in range(templates)] for text in texts])
    return numbers.astype(np.float16)


@pytest.fixture(params=["lance", "npz"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> ShapeTable:
    made = create_table(tmp_path / f"t.{request.param}", TableMeta())
    made.append(ShapeArrays.from_points(clouds(), captions=CAPTIONS))
    made.add_sentences("text/words", KNOWN[:1], values(KNOWN[:1]))
    made.add_sentences("text/words", KNOWN[1:], values(KNOWN[1:]))
    return open_table(made.path)


def test_sentences_are_kept_once_and_found_by_captions(table: ShapeTable) -> None:
    kept = table.sentence_features("text/words")
    assert kept is not None
    assert (kept.text, kept.shape) == (KNOWN, (2, 3))
    np.testing.assert_array_equal(kept.read(np.array([2, 0, 2])), values(["a cup", "a mug", "a cup"]))
    assert table.feature_names() == ["text/words"]
    assert table.feature_ids("text/words") == {"0000", "0002", "0003", "0004"}
    shapes = as_shapes([table])
    assert shapes.feature_shapes == {"text/words": (2, 3)}
    some = shapes.select(np.array([4, 1, 0]))
    own, reader = some.sentences("text/words") or (None, None)
    assert own is not None
    assert reader is not None
    assert [[reader.text[n] for n in row if n >= 0] for row in own] == [["a bolt"], [], ["a mug", "a cup"]]
    assert some.has("text/words").tolist() == [True, False, True]
    first = some.read(np.arange(3), ["text/words"]).features["text/words"]
    np.testing.assert_array_equal(first[[0, 2]], values(["a bolt", "a mug"]))
    assert np.isnan(first[1]).all()


def test_sentences_go_with_the_shapes_into_memory_and_other_tables(table: ShapeTable, tmp_path: Path) -> None:
    arrays = table.load()
    assert arrays.sentences["text/words"].text == KNOWN
    assert table.load(features=()).sentences == {}
    for name in ("copy.npz", "copy.lance"):
        copy = create_table(tmp_path / name, TableMeta())
        copy.append(arrays.select([0, 1]))
        later = arrays.select([2])
        later.sentences["text/words"] = Sentences([*KNOWN, "new"], values([*KNOWN, "new"]))
        copy.append(later)
        kept = open_table(copy.path).sentence_features("text/words")
        assert kept is not None
        assert kept.text == [*KNOWN, "new"]
        np.testing.assert_array_equal(kept.read(np.arange(4)), values([*KNOWN, "new"]))


def test_joined_tables_merge_by_words(table: ShapeTable, tmp_path: Path) -> None:
    other = create_table(tmp_path / "other.npz", TableMeta())
    other.append(ShapeArrays.from_points(clouds(2), captions=[["a nut"], ["a mug", "a nut"]]))
    other.add_sentences("text/words", ["a nut", "a mug"], values(["a nut", "a mug"]) + 1)
    own, reader = as_shapes([table, other]).sentences("text/words") or (None, None)
    assert own is not None
    assert reader is not None
    assert reader.text == [*KNOWN, "a nut"]
    assert own[-2:].tolist() == [[3, -1], [0, 3]]
    expected = np.concatenate([values(["a mug"]), values(["a nut"]) + 1])  # the first table's where both have it
    np.testing.assert_array_equal(reader.read(np.array([0, 3])), expected)
    third = create_table(tmp_path / "third.npz", TableMeta())
    third.append(ShapeArrays.from_points(clouds(1), captions=[["x"]]))
    third.add_sentences("text/words", ["x"], values(["x"], templates=3))
    with pytest.raises(InputError, match=r"2 templates x 3 numbers, not 3 x 3"):
        as_shapes([table, third]).sentences("text/words")


def test_what_does_not_fit_is_refused_and_changes_nothing(table: ShapeTable) -> None:
    for text, given, says in (
        (["a mug"], values(["a mug"]), "'a mug' are there already"),
        (["x", "x"], values(["x", "x"]), "'x' are there already"),
        ([" x"], values(["x"]), "no sentence without space"),
        (["x"], values(["x"], 3), "2 templates x 3 numbers, not 3 x 3"),
        (["x"], values(["x", "y"]), "for 1 sentences"),
        (["x"], values(["x"]).astype(np.float32) + 1e6, "'x' are NaN or too large"),
    ):
        with pytest.raises(InputError, match=says):
            table.add_sentences("text/words", text, given)
    with pytest.raises(InputError, match="kept by sentence"):
        table.add_features("text/words", ["0000"], np.zeros((1, 2, 3)))
    table.add_features("text/own", ["0000"], np.zeros((1, 2, 3)))
    with pytest.raises(InputError, match="kept for each shape"):
        table.add_sentences("text/own", ["x"], values(["x"]))
    kept = open_table(table.path).sentence_features("text/words")
    assert kept is not None
    assert kept.text == KNOWN
    table.drop_features("text/words")
    assert open_table(table.path).feature_names() == ["text/own"]
    assert open_table(table.path).sentence_features("text/words") is None
