"""The segmenter's answers: among the category's parts, for every point, whatever the batch."""

import numpy as np
import pytest
import torch

from labeled import TINY
from parted import CATEGORIES, PARTS, parted, segmenter
from pointrecon.errors import InputError
from pointrecon.geometry import Augmentation
from pointrecon.models import Head, create_model, load_model, save_model
from pointrecon.shapes import as_shapes
from pointrecon.shapes.table.part_labels import part_labels
from pointrecon.shapes.table.shape_table import create_table
from pointrecon.transfer.part_answers import categories_of, part_answers, part_names_of
from pointrecon.transfer.skeleton import check_batches


def truth(shapes) -> np.ndarray:
    return shapes.parts(np.arange(len(shapes)))


def model(points: int = 48):
    source = create_model("nano", seed=1, **TINY)
    made = segmenter(source, points=points)
    with torch.no_grad():  # a fresh head says nearly the same of every point
        for layer in (*made.head.propagate, *made.head.label):
            if isinstance(layer, torch.nn.Linear):
                layer.weight.mul_(4)
    return made


def test_the_backbone_is_the_sources_and_the_head_its_own(tmp_path) -> None:
    source = create_model("nano", seed=1, **TINY)
    made = segmenter(source)
    own, theirs = made.state_dict(), source.state_dict()
    assert all(torch.equal(own[name], theirs[name]) for name in own if name.startswith("encoder."))
    fresh = segmenter(source, from_scratch=True).state_dict()
    assert not torch.equal(fresh["encoder.queries"], theirs["encoder.queries"])
    save_model(made, tmp_path / "model")
    head = load_model(tmp_path / "model").config.head
    assert (head.kind, head.classes, head.categories, head.category_parts) == ("parts", PARTS, 2, CATEGORIES)


def test_answers_are_the_best_among_the_categorys_parts() -> None:
    arrays, made = parted(6, points=48), model()
    shapes = as_shapes(arrays)
    answer = part_answers(made, shapes, batch_size=4)[0]
    assert answer.shape == (6, 48)
    from pointrecon.geometry import prepare

    with torch.inference_mode():
        scores = made.eval()(prepare(torch.from_numpy(arrays.points), 48), torch.from_numpy(arrays.label)).numpy()
    for i, label in enumerate(arrays.label):
        own = list(CATEGORIES.values())[label]
        assert set(answer[i]) <= set(own)
        assert np.array_equal(answer[i], np.array(own)[scores[i][:, own].argmax(1)])


def test_larger_clouds_are_labeled_whole_and_batches_do_not_matter() -> None:
    shapes, made = as_shapes(parted(7, points=200)), model()
    one, two = (part_answers(made, shapes, batch_size=size)[0] for size in (7, 2))
    assert one.shape == (7, 200)
    assert (one == two).mean() > 0.999  # but for rounding
    some = part_answers(made, shapes.select(np.array([5, 2])), batch_size=2)[0]
    assert (some == one[[5, 2]]).mean() > 0.999


def test_large_clouds_are_labeled_piece_by_piece(monkeypatch) -> None:
    from pointrecon.models import heads as home

    made, points = model().eval(), torch.from_numpy(parted(4, points=150).points.astype(np.float32))
    category = torch.tensor([0, 1, 0, 1])
    with torch.inference_mode():
        whole = made(points, category)
        monkeypatch.setattr(home, "_POINTS_AT_ONCE", 200)
        assert torch.allclose(made(points, category), whole, atol=1e-5)


def test_smaller_clouds_are_repeated_up_and_labeled_as_they_are() -> None:
    assert part_answers(model(), as_shapes(parted(3, points=30)))[0].shape == (3, 30)


def test_votes_give_a_second_answer_and_leave_the_first() -> None:
    shapes, made = as_shapes(parted(6)), model()
    how = Augmentation(rotate="none", scale=0.8, shift=0.1)
    plain = part_answers(made, shapes)
    voted = part_answers(made, shapes, votes=3, augmentation=how)
    assert len(plain) == 1
    assert len(voted) == 2
    assert np.array_equal(plain[0], voted[0])
    assert not np.array_equal(voted[0], voted[1])
    assert np.array_equal(voted[1], part_answers(made, shapes, votes=3, augmentation=how)[1])


def test_categories_of_models() -> None:
    assert categories_of(model()) == CATEGORIES
    released = create_model("nano", seed=0, **TINY, head=Head("parts", ["part 0", "part 1"], 3))
    assert categories_of(released) == {f"category {i}": [0, 1] for i in range(3)}
    assert part_names_of(released) == ["part 0", "part 1"]
    released.config.head = Head("parts", [f"part {i}" for i in range(50)], 16)
    assert list(categories_of(released).items())[3:5] == [("Car", [8, 9, 10, 11]), ("Chair", [12, 13, 14, 15])]
    assert part_names_of(released)[12] == "Chair/back"
    with pytest.raises(InputError, match="no part head"):
        categories_of(create_model("nano", seed=0, **TINY))


def test_scores_that_are_no_numbers_are_told() -> None:
    made = model()
    with torch.no_grad():
        made.head.label[0].weight.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        part_answers(made, as_shapes(parted(3)))


def test_batches_of_one_are_refused() -> None:
    check_batches("parts", 5, 3)
    check_batches("parts", 8, 4, world=2)
    with pytest.raises(InputError, match="normalizes"):
        check_batches("parts", 5, 4, world=2)  # batches of 3 and 2 shapes: one of the processes gets one
    with pytest.raises(InputError, match="batch norm|normalizes"):
        check_batches("parts", 3, 2)


@pytest.mark.parametrize("suffix", ["lance", "npz"])
def test_what_parts_a_table_has(tmp_path, suffix: str) -> None:
    if suffix == "lance":
        pytest.importorskip("lancedb")
    arrays = parted(10)
    arrays.part[4] = -1
    arrays.label[7] = -1
    arrays.meta.classes.append("Ring")
    arrays.label[8] = 2
    arrays.part[8] = -1
    table = create_table(tmp_path / f"t.{suffix}", arrays.meta)
    table.append(arrays)
    shapes = as_shapes([table])
    found = part_labels(shapes, "t")
    assert found.categories == CATEGORIES
    assert found.category.tolist() == [0, 1, 0, 1, -1, 1, 0, -1, -1, 1]
    assert found.notes == ["2 shapes without part labels were left out", "1 shapes without a category were left out"]
    mine = shapes.relabeled(found.category, list(found.categories)).select(np.flatnonzero(found.category >= 0))
    assert mine.meta.classes == ["Rod", "Pole"]
    assert shapes.meta.classes == ["Rod", "Pole", "Ring"]
    assert np.array_equal(truth(mine), arrays.part[found.category >= 0])
    backwards = mine.select(np.array([3, 1, 1]))
    assert np.array_equal(truth(backwards), arrays.part[found.category >= 0][[3, 1, 1]])


def test_parts_without_a_categorys_name_belong_where_they_occur() -> None:
    arrays = parted(8)
    arrays.meta.part_names = ["a", "b", "c", "d", "e"]
    assert part_labels(as_shapes(arrays), "t").categories == CATEGORIES
    arrays.label[:] = -1
    assert part_labels(as_shapes(arrays), "t").categories == {"shape": [0, 1, 2, 3, 4]}
    arrays.part = None
    with pytest.raises(InputError, match="no part labels"):
        part_labels(as_shapes(arrays), "t")


def test_a_named_part_counts_though_no_shape_has_it() -> None:
    arrays = parted(8)
    arrays.part[arrays.part == 4] = 3
    assert part_labels(as_shapes(arrays), "t").categories == CATEGORIES


def test_tables_joined_agree_on_parts() -> None:
    one, two = parted(4), parted(4, seed=1)
    two.meta.part_names = two.meta.part_names[::-1]
    two.part = np.where(two.part >= 0, 4 - two.part, -1).astype(np.int16)
    from pathlib import Path

    from pointrecon.shapes.table.npz_table import NpzTable

    tables = [NpzTable(Path(f"{name}.npz"), arrays) for name, arrays in (("one", one), ("two", two))]
    shapes = as_shapes(tables)
    assert shapes.meta.part_names == PARTS
    assert np.array_equal(truth(shapes), np.concatenate([one.part, parted(4, seed=1).part]))
