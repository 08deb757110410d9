"""Classes given to shapes that are in a table: the last word counts, who said it is kept, a kill loses nothing."""

import numpy as np
import pytest

from other_process import another_holds
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays, as_shapes, create_table, open_table
from pointrecon.shapes.table import lance_table, table_lock
from shape_samples import clouds, full

pytest.importorskip("lancedb")


@pytest.fixture(params=["t.lance", "t.npz"])
def table(request, tmp_path):
    made = create_table(tmp_path / request.param, full().meta)
    made.append(full())  # "", bolt, mug, bolt, mug
    return made


def classes_of(table) -> list[str]:
    shapes = as_shapes(table)
    return [shapes.meta.classes[n] if n >= 0 else "" for n in shapes.label.tolist()]


def test_the_last_word_counts_and_all_are_kept(table) -> None:
    other = open_table(table.path)  # opened before there were labels
    assert len(table.label_history()) == 0
    assert table.set_labels(["s0", "s2"], ["nut", "bolt"], "Ada").all()
    assert table.set_labels(["s2"], "", "Bob").all()
    for seen in (table, other, open_table(table.path)):
        with seen.writing():
            pass
        assert classes_of(seen) == ["nut", "bolt", "", "bolt", "mug"]
        assert seen.meta.classes == ["mug", "bolt", "nut"]
    assert table.load().label.tolist() == [2, 1, -1, 1, 0]
    assert table.take([4, 0]).label.tolist() == [0, 2]
    log = table.label_history()
    assert log.id.tolist() == ["s0", "s2", "s2"]
    assert log.name.tolist() == ["nut", "bolt", ""]
    assert log.who.tolist() == ["Ada", "Ada", "Bob"]
    assert np.isnan(log.confidence).all()
    assert all(when.endswith("+00:00") for when in log.when.tolist())
    assert as_shapes(table).frame()["class"].tolist()[0] == "nut"
    assert table.ids().tolist() == full().id.tolist()  # no shape moved
    table.append(full(2, seed=3, prefix="v"))
    assert classes_of(table)[:3] == ["nut", "bolt", ""]
    assert len(open_table(table.path).label_history()) == 3


def test_another_process_new_class_is_known_with_its_labels(table) -> None:
    other = open_table(table.path)
    table.set_labels(["s0"], ["nut"], "Ada")
    if not other.rewritten:  # a table of one file is read when it is opened
        assert classes_of(other)[0] == "nut"


def test_a_model_gives_way_to_people_and_files(table) -> None:
    assert table.set_labels(["s0", "s1"], ["mug", "mug"], "made-nano", [0.75, 0.5]).tolist() == [True, False]
    assert classes_of(table)[:2] == ["mug", "bolt"]
    assert table.set_labels(["s0"], ["bolt"], "made-nano", [0.9]).all()  # a model's goes over a model's
    assert table.label_history().confidence.tolist() == [0.75, 0.9]
    assert table.set_labels(["s0", "s1"], "", "made-nano", [0.1, 0.1]).tolist() == [True, False]
    assert classes_of(table)[:2] == ["", "bolt"]
    table.set_labels(["s0"], ["nut"], "Ada")
    assert not table.set_labels(["s0"], ["mug"], "made-nano", [1.0]).any()
    assert classes_of(table)[0] == "nut"
    assert table.set_labels(["s0", "s1"], ["mug", "mug"], "made-nano", [1.0, 1.0], overwrite=True).all()
    assert classes_of(table)[:2] == ["mug", "mug"]


def test_the_same_again_adds_nothing(table) -> None:
    for _ in range(2):
        table.set_labels(["s0", "s2"], ["nut", "bolt"], "Ada")
        table.set_labels(["s3"], ["nut"], "made-nano", [0.3], overwrite=True)
    assert len(table.label_history()) == 3
    table.set_labels(["s0"], ["nut"], "Bob")  # somebody else agrees: that is told
    assert table.label_history().who.tolist()[-1] == "Bob"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((["x"], ["nut"], "Ada"), "labels for 'x', but there is no such shape"),
        ((["s0", "s0"], ["nut", "mug"], "Ada"), "the id 's0' occurs more than once"),
        ((["s0"], ["nut", "mug"], "Ada"), "2 classes, 1 givers, 1 confidences for 1 ids"),
        ((["s0"], ["nut"], " "), "say who gave them"),
        ((["s0"], ["nut"], "m", [1.5]), "numbers from 0 to 1"),
        ((["s0"], ["nut"], "m", [np.nan]), "numbers from 0 to 1"),
    ],
)
def test_what_does_not_fit_changes_nothing(table, words, reason) -> None:
    with pytest.raises(InputError, match=reason):
        table.set_labels(*words)
    assert len(table.label_history()) == 0
    assert table.meta.classes == ["mug", "bolt"]


def test_another_writer_is_told(table, monkeypatch) -> None:
    monkeypatch.setattr(table_lock, "_PATIENCE", 0.0)
    with another_holds(table.path) as number, pytest.raises(InputError, match=f"written by process {number}"):
        table.set_labels(["s0"], ["nut"], "Ada")


def test_a_kill_between_the_two_writes_leaves_a_class_too_many_at_most(tmp_path, monkeypatch) -> None:
    table = create_table(tmp_path / "t.lance", full().meta)
    table.append(full())
    add = lance_table.LanceTable._add

    def killed(self, name, batch):
        if name == "labels":
            raise KeyboardInterrupt
        return add(self, name, batch)

    monkeypatch.setattr(lance_table.LanceTable, "_add", killed)
    with pytest.raises(KeyboardInterrupt):
        table.set_labels(["s0"], ["nut"], "Ada")
    monkeypatch.undo()
    after = open_table(tmp_path / "t.lance")
    assert classes_of(after) == ["", "bolt", "mug", "bolt", "mug"]
    after.set_labels(["s0"], ["nut"], "Ada")
    assert after.meta.classes == ["mug", "bolt", "nut"]
    assert classes_of(open_table(tmp_path / "t.lance"))[0] == "nut"


def test_labels_of_joined_tables_are_those_given(tmp_path) -> None:
    for name in ("a", "b"):
        table = create_table(tmp_path / f"{name}.lance", ShapeArrays.from_points(clouds()).meta)
        table.append(ShapeArrays.from_points(clouds(2)))
    table.set_labels(["0001"], ["nut"], "Ada")
    both = as_shapes([tmp_path / "a.lance", tmp_path / "b.lance"])
    assert both.label.tolist() == [-1, -1, -1, 0]
    assert both.load().label.tolist() == [-1, -1, -1, 0]


def test_a_shape_that_changes_or_comes_back_is_what_people_called_it(table) -> None:
    table.set_labels(["s0"], ["nut"], "Ada")
    table.set_labels(["s1", "s2"], ["nut", "nut"], "made-nano", [0.9, 0.8], overwrite=True)
    table.replace(full(2, seed=5).take(np.arange(2)))
    assert sorted(zip(table.ids().tolist(), classes_of(table), strict=True))[:3] == [
        ("s0", "nut"),
        ("s1", "bolt"),  # as it came in: the guess was of another shape
        ("s2", "nut"),
    ]
    assert table.label_history().id.tolist() == ["s0", "s2"]
    table.remove(["s0", "s2"])
    table.append(full().select([0, 2]).take(np.arange(2)))
    assert dict(zip(table.ids().tolist(), classes_of(table), strict=True)) == {
        "s0": "nut",
        "s1": "bolt",
        "s2": "mug",
        "s3": "bolt",
        "s4": "mug",
    }


def test_guesses_stay_guesses_in_memory_joined_and_in_another_table(table, tmp_path) -> None:
    table.set_labels(["s0", "s2"], ["nut", "nut"], "made-nano", [0.5, 0.75], overwrite=True)
    table.set_labels(["s1"], ["mug"], "Ada")
    assert as_shapes(table).guessed.tolist() == [True, False, True, False, False]
    assert as_shapes(table).select(np.array([2, 1])).guessed.tolist() == [True, False]
    arrays = table.load()
    copy = create_table(tmp_path / "copy.npz", full(0).meta)
    copy.append(arrays)
    more = create_table(tmp_path / "more.lance", full(0).meta)
    more.append(arrays)
    for same in (arrays, as_shapes(table).load(), copy, more, open_table(copy.path)):
        shapes = as_shapes(same)
        assert shapes.guessed.tolist() == [True, False, True, False, False]
        assert classes_of(same) == ["nut", "mug", "nut", "bolt", "mug"]
        found = shapes.by_people()
        assert [found.meta.classes[n] if n >= 0 else "" for n in found.label.tolist()] == ["", "mug", "", "bolt", "mug"]
        assert "nut" not in found.meta.classes
        assert found.remarks[0].startswith("2 of 5 labels were guessed by 'made-nano', ")
        assert not found.guessed.any()
        assert found.by_people() is found
        assert as_shapes(found.load()).by_people().label.tolist() == found.label.tolist()
    assert more.label_history().columns[2:] == [["made-nano"] * 2, table.label_history().when[:2].tolist(), [0.5, 0.75]]
    both = as_shapes([table, copy])
    assert both.guessed.tolist() == [True, False, True, False, False] * 2
    assert as_shapes(both.load()).guessed.tolist() == both.guessed.tolist()
    table.set_labels(["s0"], ["nut"], "Ada")  # confirmed
    assert as_shapes(table).guessed.tolist() == [False, False, True, False, False]
    table.set_labels(["s2"], [""], "made-nano", [0.1])  # taken back
    assert not as_shapes(table).guessed.any()


def test_what_people_said_of_a_shape_goes_before_a_guess_that_comes_with_it(table) -> None:
    table.set_labels(["s0"], ["nut"], "made-nano", [0.5])
    guesses = table.load()
    table.set_labels(["s0"], ["bolt"], "Ada")
    table.remove(["s0"])
    table.append(guesses.select([0]))
    assert dict(zip(table.ids().tolist(), classes_of(table), strict=True))["s0"] == "bolt"
    assert not as_shapes(table).guessed.any()
