"""Retrieval by tiers: scores as one counts them by hand, copies that are what their tier says, records and table."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.retrieval_scores import class_scores, copy_scores
from benchmarks.retrieval_tiers import compared, main
from benchmarks.rotation_free import rotation_free
from benchmarks.tier_sources import TIERS, originals

from pointrecon.errors import InputError
from pointrecon.shapes import ShapeArrays


def test_copies_are_found_where_nothing_is_nearer() -> None:
    gallery = np.eye(3)
    queries = np.array([[1.0, 0.5, 0], [0.2, 0.1, 0.9], [1.0, 1.0, 0]])
    assert copy_scores(queries @ gallery.T, np.array([0, 1, 1])) == {"recall_at_1": 1 / 3, "recall_at_10": 1.0}


def test_classes_are_scored_without_the_query_itself() -> None:
    angle = np.deg2rad([0, 10, 25, 90])  # 0 and 25 are of a class, 10 and 90 of another
    scores = class_scores(np.cos(angle[:, None] - angle), np.array([0, 1, 0, 1]))
    # the right one comes second, third, second and third... by hand: 0: 10,25; 10: 0,25,90; 25: 10,0; 90: 25,10
    assert scores["mean_average_precision"] == pytest.approx((1 / 2 + 1 / 3 + 1 / 2 + 1 / 2) / 4)
    assert scores["recall_at_1"] == 0
    assert scores["precision_at_10"] == pytest.approx(0.1)


def test_tiers_alter_what_they_say() -> None:
    found, many = originals("made:3", split="all", points=600)
    assert many == 3
    gallery, places = found.clouds(), np.arange(3)
    for name, count in (("512 points", 512), ("jitter 0.02, 30% dropped", 420), ("30% cropped", 600)):
        clouds, truth = found.asking(TIERS[name], places, 0)
        assert clouds.shape == (3, count, 3)
        assert truth.tolist() == [0, 1, 2]
    turned, _ = found.asking(TIERS["turned about up"], places, 0)
    assert np.allclose(np.ptp(turned[..., 1], axis=1), np.ptp(gallery[..., 1], axis=1), rtol=0.05)
    # what is turned is no other shape to a descriptor that no rotation changes
    one, other = (np.concatenate(rotation_free(clouds), 1) for clouds in (gallery, turned))
    assert np.linalg.norm(one[:, None] - other, axis=2).argmin(1).tolist() == [0, 1, 2]


def test_search_puts_near_forms_first_and_leaves_the_others() -> None:
    angle = np.deg2rad([0, 50, 100, 200])
    own = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    turn = np.deg2rad([0, 90, 40, 7])
    forms = np.stack([np.cos(turn), np.sin(turn)], 1).astype(np.float32)
    kept = SimpleNamespace(parts=lambda name: [forms] if name == "form" else [own])
    plain, found = compared("any", kept, kept), compared("search", kept, kept)
    assert found[0].argsort()[::-1].tolist() == [0, 3, 1, 2]  # the last one's form is 7 degrees away
    assert plain[0].argsort()[::-1].tolist() != found[0].argsort()[::-1].tolist()
    assert np.array_equal(found[1, [0, 2, 3]], plain[1, [0, 2, 3]])


def test_records_are_added_and_told_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    points = np.random.default_rng(0).normal(size=(12, 32, 3)) * np.arange(1, 13)[:, None, None] ** [0, 0.5, 1]
    table = tmp_path / "t.npz"
    ShapeArrays.from_points(
        points, label=np.arange(12) % 3, classes=["a", "b", "c"], split=["test"] * 8 + [""] * 4
    ).save(table)
    out = tmp_path / "tiers.json"
    for vectors in ("voxels", "classical,form"):
        words = [str(table), "-o", str(out), "--vectors", vectors, "--tiers", "rescaled;re-meshed;same class"]
        main([*words, "--pool", "10", "--queries", "5"])
    records = json.loads(out.read_text())
    assert {(r["task"], r["choices"]["feature"]) for r in records} == {
        (f"retrieval/{tier}", name) for tier in ("rescaled", "same class") for name in ("voxels", "classical", "form")
    }  # clouds have no triangles to re-mesh
    assert {(r["counts"]["gallery"], r["counts"]["queries"]) for r in records} == {(10, 5), (10, 10)}
    assert "| rescaled | recall@1 | 5 | 100.0 | 100.0 | 100.0 |" in capsys.readouterr().out
    with pytest.raises(InputError, match="'nothing'"):
        main([str(table), "-o", str(out), "--tiers", "nothing"])
