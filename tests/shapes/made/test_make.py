"""Made shapes depend on their settings and number alone; tables resume; bad settings are one sentence."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes.made import making as make
from pointrecon.shapes.made.making import make_shapes
from pointrecon.shapes.made.parametric import CATEGORIES
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

THREE = ["chair", "mug", "bolt"]


def made(**settings) -> ShapeArrays:
    arrays = make_shapes(None, **{"count": 12, "points": 64, "categories": THREE, "workers": 1, **settings})
    assert isinstance(arrays, ShapeArrays)
    return arrays


def same(first: ShapeArrays, second: ShapeArrays) -> None:
    for key in ("points", "normals", "label", "split", "id"):
        assert getattr(first, key).tobytes() == getattr(second, key).tobytes(), key
    assert (first.part is None) == (second.part is None)
    if first.part is not None and second.part is not None:
        names = [*first.meta.part_names, ""], [*second.meta.part_names, ""]
        assert [names[0][p] for p in first.part.flat] == [names[1][p] for p in second.part.flat]
    assert first.captions == second.captions


@pytest.mark.parametrize("family", ["named", "programs", "both"])
def test_a_shape_depends_on_its_number_alone(family: str) -> None:
    settings = {"family": family, "categories": None if family == "programs" else THREE, "difficulty": "medium"}
    many = made(count=20, **settings)
    same(made(count=20, **settings), many)
    same(made(count=7, **settings), many.select(range(7)))
    assert not np.array_equal(made(count=7, seed=1, **settings).points, many.points[:7])


def test_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "_FEW", 5)
    same(made(workers=2), made(workers=1))


def test_named_shapes_tell_what_they_are() -> None:
    arrays = made(count=30)
    assert arrays.meta.classes == THREE
    assert np.bincount(arrays.label).tolist() == [10, 10, 10]
    assert arrays.meta.up == "y"
    assert arrays.meta.license == "none (made by pointrecon, seed 0)"
    assert arrays.part is not None
    for label, part, captions in zip(arrays.label, arrays.part, arrays.captions, strict=True):
        assert captions
        assert part.min() >= 0
        assert {arrays.meta.part_names[p].split("/")[0] for p in part} == {THREE[label]}
    assert np.abs(arrays.points.astype(float).mean(1)).max() < 1e-3
    assert np.allclose(np.linalg.norm(arrays.points.astype(float), axis=2).max(1), 1, atol=2e-3)


def test_programs_are_unlabeled_and_both_take_turns() -> None:
    programs = made(family="programs", categories=None)
    assert programs.part is None
    assert (programs.label == -1).all()
    assert not any(programs.captions)
    both = made(family="both")
    assert np.array_equal(both.points[1::2], programs.points[:6])
    assert np.array_equal(both.points[::2], made(count=6).points)
    assert (both.label[1::2] == -1).all()


def test_all_categories_by_default() -> None:
    arrays = made(categories=None, count=len(CATEGORIES), points=16)
    assert sorted(arrays.label.tolist()) == list(range(len(CATEGORIES)))


def test_what_was_made_of_the_first_categories_is_made_again_and_goes_on() -> None:
    first, every = made(categories=["first"]), made(categories=None)
    assert first.meta.classes == list(CATEGORIES)[:97]
    assert first.meta.source != every.meta.source or len(CATEGORIES) == 97
    told = first.meta.source.split(", ")  # as such tables have said it
    assert not any("categories" in part or part.startswith("only") for part in told)


def test_difficulty_spoils_the_same_shape() -> None:
    plain, posed = made(), made(any_pose=True)
    assert not np.allclose(plain.points, posed.points, atol=0.01)
    first, second = (np.sort(np.linalg.norm(a.points.astype(float), axis=2)) for a in (plain, posed))
    assert np.allclose(first, second, atol=5e-3)
    assert posed.meta.up == "unknown"
    cluttered = made(clutter=0.25)
    assert cluttered.part is not None
    assert ((cluttered.part == -1).sum(1) == 16).all()


def test_splits_are_balanced_within_each_class() -> None:
    arrays = made(count=3 * 50, points=8)
    for label in range(3):
        counts = [int((arrays.split[arrays.label == label] == name).sum()) for name in ("train", "val", "test")]
        assert np.abs(np.array(counts) - [40, 5, 5]).max() <= 1
    assert set(made(split=(0, 0.5, 0.5)).split) == {"val", "test"}
    assert set(made(split=(1, 0, 0)).split) == {"train"}


@pytest.mark.parametrize("suffix", ["lance", "npz"])
def test_an_interrupted_table_resumes_to_the_same(tmp_path: Path, suffix: str) -> None:
    if suffix == "lance":
        pytest.importorskip("lancedb")
    out = tmp_path / f"made.{suffix}"
    settings = {"points": 64, "categories": THREE, "workers": 1, "family": "both"}
    make_shapes(out, count=5, **settings)
    with pytest.raises(InputError, match="exists"):
        make_shapes(out, count=12, **settings)
    with pytest.raises(InputError, match="cannot be resumed"):
        make_shapes(out, count=12, resume=True, seed=1, **settings)
    table = make_shapes(out, count=12, resume=True, **settings)
    assert isinstance(table, ShapeTable)
    same(table.load(), made(family="both"))
    make_shapes(out, count=4, overwrite=True, **settings)
    assert len(make_shapes(out, count=4, resume=True, **settings)) == 4


def test_pictures_come_along() -> None:
    pytest.importorskip("PIL")
    arrays = made(count=3, pictures=2)
    assert arrays.pictures is not None
    assert [len(p) for p in arrays.pictures] == [2, 2, 2]
    assert all(p.startswith(b"\x89PNG") for shape in arrays.pictures for p in shape)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"categories": ["chiar"]}, "did you mean 'chair'"),
        ({"categories": []}, "no categories"),
        ({"family": "programs"}, "programs have no categories"),
        ({"family": "other"}, "no family"),
        ({"count": 0}, "count"),
        ({"points": 0}, "points"),
        ({"seed": -1}, "seed"),
        ({"workers": 0}, "workers"),
        ({"pictures": -1}, "pictures"),
        ({"split": (0.5, 0.5)}, "split"),
        ({"split": (0.5, 0.6, -0.1)}, "split"),
        ({"difficulty": "extreme"}, "difficulty"),
        ({"missing": 2.0}, "missing"),
        ({"overwrite": True, "resume": True}, "both"),
    ],
)
def test_bad_settings_are_one_sentence(wrong: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        made(**wrong)


def test_the_command_line_does_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "made.npz")
    words = ["shapes", "make", out, "--count", "12", "--points", "64", "--workers", "1", "--categories", *THREE]
    assert main(words) == 0
    assert "12 shapes of 3 categories" in capsys.readouterr().out
    same(ShapeArrays.load(out), made())
    assert main(words) == 2
    assert main([*words[:-1], "blot", "--overwrite"]) == 2
    assert "did you mean 'bolt'" in capsys.readouterr().err
    same(ShapeArrays.load(out), made())


@pytest.mark.parametrize("name", ["t.lance", "t.npz"])
def test_asked_to_stop_it_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    batch, out = make._make_batch, tmp_path / name

    def asked(plan: make.MakingPlan, numbers: list[int]) -> ShapeArrays:
        os.kill(os.getpid(), signal.SIGINT)
        return batch(plan, numbers)

    monkeypatch.setattr(make, "_make_batch", asked)
    words = ["shapes", "make", str(out), "--count", "12", "--points", "32", "--workers", "1"]
    assert main(words) == 130
    assert capsys.readouterr().err == f"pointrecon: stopped; go on with: pointrecon {' '.join(words)} --resume\n"
    assert 0 < len(open_table(out)) < 12
    monkeypatch.setattr(make, "_make_batch", batch)
    assert main([*words, "--resume"]) == 0
    whole = make_shapes(count=12, points=32, workers=1)
    assert isinstance(whole, ShapeArrays)
    same(open_table(out).load(), whole)
