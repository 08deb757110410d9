"""A shape is meant by its id, or by the end of an id that no other has, in every command alike."""

from pathlib import Path

import numpy as np
import pytest

from labeled import sticks
from pointrecon import as_shapes
from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import place_of
from pointrecon.labeling.label_files import take_labels
from pointrecon.shapes.table.id_ends import place_by_end, place_of_id

IDS = np.array(["cad/bracket", "cad/m\u00fctter", "old/cad/nut", "new/nut", "nut/a", "a"])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    arrays = sticks(6)
    arrays.id = IDS
    arrays.save(tmp_path / "t.npz")
    return tmp_path / "t.npz"


def test_the_end_is_that_of_one_id_behind_a_slash() -> None:
    places = {one: i for i, one in enumerate(IDS.tolist())}
    for text, place in (
        *(("bracket", 0), ("cad/bracket", 0), ("mu\u0308tter", 1), ("cad/mu\u0308tter", 1), ("cad/nut", 2), ("a", 5)),
        *(("racket", None), ("cad", None), ("", None)),
    ):
        assert place_of_id(text, IDS, places) == place, text
    with pytest.raises(InputError, match="^'nut' is old/cad/nut, new/nut of the collection: say which$"):
        place_by_end(IDS, "nut")


def test_show_and_label_take_it_as_search_does(table: Path) -> None:
    shapes = as_shapes(table)
    assert [place_of(shapes, one) for one in ("bracket", "cad/nut", "a")] == [0, 2, 5]
    with pytest.raises(InputError, match="say which"):
        place_of(shapes, "nut")
    with pytest.raises(InputError, match="did you mean 'bracket'"):
        place_of(shapes, "brackett")
    said = table.with_name("said.csv")
    said.write_text("id,class\nbracket,holder\ncad/nut,hexagon\n")
    assert take_labels(table, said).given == 2
    shapes = as_shapes(table)
    assert [shapes.meta.classes[shapes.label[i]] for i in (0, 2)] == ["holder", "hexagon"]
    said.write_text("id,class\nnut,hexagon\n")
    with pytest.raises(InputError, match="said.csv', row 2: 'nut' is old/cad/nut, new/nut of"):
        take_labels(table, said)
    said.write_text("id,class\nbracket,holder\ncad/bracket,holder\n")
    with pytest.raises(InputError, match="row 3: the shape 'cad/bracket' stands in row 2 already"):
        take_labels(table, said)


def test_labels_find_ids_and_classes_however_their_accents_are_written(table: Path) -> None:
    said = table.with_name("said.csv")
    said.write_text("id,class\ncad/mu\u0308tter,\u00d6se\nbracket,O\u0308se\n", encoding="utf-8")
    assert take_labels(table, said, who="Ada").given == 2
    said.write_text("id,class\nm\u00fctter,O\u0308se\nold/cad/nut,O\u0308se\n", encoding="utf-8")
    assert take_labels(table, said, who="Bob").given == 2
    shapes = as_shapes(table)
    assert shapes.meta.classes == ["kind 0", "kind 1", "kind 2", "\u00d6se"]
    assert (shapes.label[:3] == 3).all()
