"""Planted copies are found and told apart, around the file to keep; what is alike in nothing stays alone."""

import numpy as np
import pytest
import torch
from benchmarks.altered_meshes import mirrored, rescaled, shuffled, subdivided, turned

from pointrecon.geometry import form
from pointrecon.retrieval.duplicate_candidates import FactGrid, near_pairs
from pointrecon.retrieval.evidence import Evidence, Geometry, compare
from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS, Duplicates
from pointrecon.retrieval.gathering import Gathering, keep_order
from pointrecon.shapes import ShapeArrays, as_shapes
from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.meshes import ball, box, prism
from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.surface import Piece, Surface, sample

CHIRAL = merge([box(4, 1, 2), place(box(1, 1, 0.5), (1.2, 1.1, 0.5)), place(box(0.4, 2, 0.3), (-1.5, 1.1, -0.8))])
BALL = ball(1.0, 0.7, 0.5)
PLATE = prism(np.array([(0.0, 0.0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)]) - (1, 0.7), 0.2)


def found_among(
    meshes: dict[str, tuple], kinds: tuple = DUPLICATE_KINDS, vectors: np.ndarray | None = None, **facts: list
) -> tuple[Duplicates, dict]:
    """What is grouped of these meshes, and id → (id it is of, kind)."""
    rng = np.random.default_rng(0)
    surfaces = [Surface([Piece(np.asarray(v, float), np.asarray(f))]) for v, f in meshes.values()]
    told = [measured(one) for one in surfaces]
    columns = {
        name: [one.get(name, -1 if name in ("faces", "vertices") else np.nan) for one in told]
        for name in ("spread_1", "spread_2", "spread_3", "skew", "volume", "faces", "vertices")
    }
    arrays = ShapeArrays.from_points(
        np.stack([sample(one, 256, rng).points for one in surfaces]), id=list(meshes), facts={**columns, **facts}
    )
    shapes = as_shapes(arrays)
    geometries = [Geometry(*mesh) for mesh in meshes.values()]
    asked: list[tuple[int, int]] = []

    def look(a: int, b: int) -> Evidence:
        asked.append((a, b))
        return compare(geometries[a], geometries[b])

    work = Gathering(shapes, kinds, look, lambda: form(torch.from_numpy(arrays.points)).numpy(), vectors)
    work.same_files()
    work.same_facts(progress=False)
    work.alike(5, 0.8, progress=False)
    found = work.result()
    assert len(set(asked)) == len(asked) == found.compared
    ids = list(meshes)
    return found, {ids[one.place]: (ids[one.of], one.kind) for group in found.groups for one in group.others}


def test_planted_copies_are_told_apart_and_nothing_else_is() -> None:
    found, kinds = found_among(
        {
            "a": CHIRAL,
            "a bytes": CHIRAL,
            "a turned": turned(*CHIRAL, 1),
            "a mirrored": mirrored(*CHIRAL, 2),
            "a inch": rescaled(*CHIRAL, 3, factor=1 / 25.4),
            "ball": BALL,
            "plate": PLATE,
            "plate shuffled": turned(*shuffled(*PLATE, 1), 2),
        },
        hash=["1", "1", "2", "3", "4", "5", "6", "7"],
    )
    assert kinds == {
        "a bytes": ("a", "same-file"),
        "a turned": ("a", "identical"),
        "a mirrored": ("a", "mirrored"),
        "a inch": ("a", "rescaled"),
        "plate shuffled": ("plate", "identical"),
    }
    assert found.counts() == {"same-file": 1, "identical": 2, "rescaled": 1, "mirrored": 1}
    big, small = found.groups
    assert [one.spare for one in big.others] == [True, True, False, False]
    rescaled_one = next(one for one in big.others if one.kind == "rescaled")
    assert rescaled_one.evidence is not None
    assert rescaled_one.evidence.scale == pytest.approx(1 / 25.4)
    assert len(small.others) == 1


def test_two_of_the_other_hand_are_copies_of_one_another() -> None:
    _, kinds = found_among(
        {"a": CHIRAL, "b": mirrored(*CHIRAL, 1), "c": mirrored(*CHIRAL, 2), "d": rescaled(*CHIRAL, 3, factor=2)}
    )
    assert kinds == {"b": ("a", "mirrored"), "c": ("b", "identical"), "d": ("a", "rescaled")}


def test_the_nearest_relation_in_a_group_is_told() -> None:
    other = mirrored(*subdivided(*CHIRAL), 2)
    meshes = {"a": subdivided(*CHIRAL, 2), "b": other, "c": rescaled(*other, 3, factor=25.4), "d": turned(*other, 4)}
    assert found_among(meshes)[1] == {"b": ("a", "mirrored"), "c": ("b", "rescaled"), "d": ("b", "identical")}


def test_only_the_kinds_that_were_asked_for_are_found() -> None:
    meshes = {"a": CHIRAL, "b": turned(*CHIRAL, 1), "c": mirrored(*CHIRAL, 2)}
    assert found_among(meshes, ("mirrored",))[1] == {"c": ("a", "mirrored")}
    assert found_among(meshes, ("identical",))[1] == {"b": ("a", "identical")}
    assert found_among(meshes, ("same-file",), hash=["x", "x", "y"])[1] == {"b": ("a", "same-file")}
    assert found_among(meshes, ("same-file",))[0].compared == 0


def test_shapes_of_unknown_facts_are_found_by_their_form() -> None:
    nothing = {name: [np.nan] * 3 for name in ("spread_1", "spread_2", "spread_3", "skew")}
    meshes = {"a": CHIRAL, "b": turned(*CHIRAL, 1), "ball": BALL}
    found, kinds = found_among(meshes, ("identical",), **nothing)
    assert kinds == {"b": ("a", "identical")}
    assert found.compared == 1


def test_vectors_bring_pairs_that_forms_do_not_and_the_least_cosine_holds() -> None:
    meshes = {"a": BALL, "b": box(9, 0.1, 0.1)}
    near, far = np.array([[1, 0], [0.9, 0.435]]), np.array([[1, 0], [0.7, 0.714]])
    assert found_among(meshes, ("variant",), near)[0].compared == 1
    assert found_among(meshes, ("variant",), far)[0].compared == 0


def test_copies_that_met_in_two_groups_come_together_around_the_best() -> None:
    fine, coarse = subdivided(*CHIRAL, 2), turned(*CHIRAL, 1)
    nothing = {name: [np.nan] * 4 for name in ("spread_1", "spread_2", "spread_3", "skew")}
    meshes = {"a": CHIRAL, "b": coarse, "c": fine, "d": turned(*fine, 3)}
    _, kinds = found_among(meshes, **nothing, hash=["1", "1", "2", "3"])
    assert kinds == {"b": ("a", "same-file"), "a": ("c", "remeshed"), "d": ("c", "identical")}


def test_many_equal_files_are_each_compared_once() -> None:
    meshes = {f"{i:02d}": turned(*CHIRAL, i) for i in range(30)}
    found, kinds = found_among(meshes, ("identical",))
    assert set(kinds.values()) == {("00", "identical")}
    assert found.compared == 29


def test_what_is_kept_is_the_best_of_its_copies() -> None:
    facts = {
        "format": ["stl", "obj", "obj", "xyz", "step", "obj", "obj", "obj"],
        "volume": [np.nan, 1.0, 1.0, np.nan, np.nan, 1.0, 1.0, 1.0],
        "faces": [900, 12, 50, 0, 12, 50, 50, 50],
        "vertices": [9, 9, 9, 10**6, 9, 9, 9, 9],
        "modified": [1, 1, 5, 1, 9, 4, 4, 4],
    }
    source = ["open", "coarse", "young", "cloud", "cad", "old/far/b", "z", "a/b"]
    points = np.random.default_rng(0).normal(size=(8, 9, 3))
    order = keep_order(as_shapes(ShapeArrays.from_points(points, source=source, facts=facts)))
    assert [source[i] for i in order] == ["cad", "z", "a/b", "old/far/b", "young", "coarse", "open", "cloud"]


def test_facts_are_looked_up_without_looking_at_all_pairs() -> None:
    rng = np.random.default_rng(1)
    facts = rng.uniform(0, 0.02, (300, 4))
    facts[7] = np.nan
    grid = FactGrid(facts)
    for i in range(200):
        grid.add(i)
    for i in range(200, 300):
        off = np.round(np.abs(facts[:200] - facts[i]).max(1), 6)
        right = [j for j in np.argsort(off, kind="stable").tolist() if off[j] <= 2e-3]
        assert grid.near(i, 300) == right
        assert grid.near(i, 2) == right[:2]
    assert grid.near(7, 5) == []


def test_neighbors_make_pairs_within_a_distance() -> None:
    values = np.array([[0.0], [1.0], [1.5], [9.0]])
    assert near_pairs(values, 1, 2.0) == {(0, 1), (1, 2)}
    assert near_pairs(values, 3, 1.2) == {(0, 1), (1, 2)}
    assert near_pairs(values[:1], 3, 1.2) == set()
