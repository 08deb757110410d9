"""A model's vectors joined with a table's: centered on the training shapes, of one length, and a row of their own."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon import embed, probe, teach
from pointrecon.errors import InputError
from pointrecon.evaluation.joining import joined
from pointrecon.shapes import TableMeta, create_table
from standin import StandIn, sticks
from tiny_teachers import CountingImage


def test_parts_have_equal_weight_around_the_mean_of_those_fitted_on() -> None:
    rng = np.random.default_rng(0)
    large, small = 1e4 + 100 * rng.normal(size=(30, 5)), 1e-3 * rng.normal(size=(30, 8))
    found = joined([large, small], slice(0, 20))
    assert found.shape == (30, 13)
    assert np.allclose([np.linalg.norm(found[:, :5], axis=1), np.linalg.norm(found[:, 5:], axis=1)], 1, atol=1e-5)
    moved = large.copy()
    moved[20:] += 50
    assert np.array_equal(joined([moved, small], slice(0, 20))[:20], found[:20])  # others do not move the mean
    same = np.ones((4, 3))
    assert np.isfinite(joined([same, same], slice(0, 2))).all()


def test_probe_measures_both_together(tmp_path: Path) -> None:
    """A blind model and pictures that see: the joined row is as good as the pictures, and says what it is."""
    shapes = sticks(48)
    made = create_table(tmp_path / "sticks.npz", TableMeta(name="sticks", up="y", classes=shapes.meta.classes))
    made.append(shapes)
    how = {"show": False, "progress": False, "compare_untrained": False, "probes": "svm,knn"}
    with pytest.raises(InputError, match="pointrecon embed multiview"):
        probe(StandIn(), made.path, join="multiview", **how)
    embed("multiview", made.path, progress=False)
    found = probe(StandIn(blind=True), made.path, join="multiview", **how)
    both = found.where(weights="joined", task="probe/svm").records[0]
    assert both.choices["feature"] == "recon + embedding/multiview"
    assert both.counts["dimensions"] == 6 + 384
    assert any("24 training shapes" in note for note in both.notes)
    right = {weights: found.mean(weights=weights, task="probe/svm") for weights in ("pre-trained", "joined")}
    assert right["joined"] > right["pre-trained"]
    assert found.where(weights="picture teacher").records[0].model == "embedding/multiview"
    teach(made.path, image=CountingImage(), views=2, progress=False)
    (one,) = probe(StandIn(), made.path, join="image/counting", **{**how, "probes": "svm"}).where(weights="joined")
    assert one.counts["dimensions"] == 6 + 2
