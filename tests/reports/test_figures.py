"""Figures as dictionaries: what they hold, and what they leave out."""

import json

import numpy as np
import pytest

from pointrecon.palette import distinct_colors
from pointrecon.reports.figures import (
    COLORS,
    confusion_figure,
    loss_curve,
    loss_names,
    map_figure,
    probe_curve,
    running_mean,
)
from pointrecon.reports.gallery import agreement, neighbors, pick_queries

STEPS = [
    {"step": i, "epoch": i / 10, "loss": 1 / (i + 1), "text": 0.5, "lr": 1e-3, "samples_per_second": 9.0}
    for i in range(2000)
]


def test_losses_are_found_and_the_total_comes_first():
    assert loss_names([{"step": 1, "text": 1.0, "loss": 2.0, "lr": 1e-3, "probe/svm": 0.5}]) == ["loss", "text"]
    assert loss_names([]) == []
    assert loss_names([{"loss": float("nan")}, {"loss": None}]) == []  # a run that broke at once has no curve to draw


def test_long_curves_are_thinned_and_broken_values_skipped():
    figure = loss_curve([*STEPS, {"step": 2000, "loss": float("nan")}, {"step": 2001}], "loss")
    raw, mean = figure["data"]
    assert len(raw["x"]) == len(mean["y"]) == 600
    assert raw["x"][-1] == 1999
    json.dumps(figure, allow_nan=False)


def test_running_mean_is_the_mean_of_the_last_values():
    assert running_mean(np.array([1.0, 3.0, 5.0, 7.0]), 2).tolist() == [1, 2, 4, 6]


def test_probe_curve_is_in_percent_of_epochs():
    figure = probe_curve([{"step": 10, "epoch": 1, "probe/svm": 0.5, "probe/knn": 0.25}, {"epoch": 2, "probe/svm": 1}])
    svm, knn = figure["data"]
    assert (svm["name"], svm["x"], svm["y"]) == ("svm", [1, 2], [50.0, 100.0])
    assert (knn["x"], knn["y"]) == ([1], [25.0])


def test_confusion_shows_shares_of_the_true_class_and_counts():
    heat = confusion_figure([[3, 1], [0, 0]], ["a", "b"])["data"][0]
    assert heat["z"] == [[0.75, 0.25], [0, 0]]
    assert heat["customdata"] == [[3, 1], [0, 0]]


def test_map_has_a_trace_per_class_and_one_without():
    xy = np.random.default_rng(0).normal(size=(6, 2))
    figure = map_figure(xy, np.array([0, 0, 1, 1, -1, -1]), ["a", "b"], list("uvwxyz"))
    assert [t["name"] for t in figure["data"]] == ["no label", "a", "b"]
    assert len(set(distinct_colors(60))) == 60


def test_neighbors_leave_the_query_itself_out():
    x = np.eye(8) + 0.1
    ids = np.array([str(i) for i in range(8)])
    index, cosine = neighbors(x[:3], ids[:3], x, ids)
    assert index.shape == cosine.shape == (3, 5)
    assert all(i not in index[i] for i in range(3))
    assert (np.diff(cosine, axis=1) <= 1e-9).all()


def test_queries_are_of_different_classes_as_far_as_there_are():
    label = np.array([0] * 20 + [1] * 20 + [2] * 2)
    chosen = pick_queries(label, 3, seed=0)
    assert sorted(label[chosen]) == [0, 1, 2]
    assert len(set(pick_queries(label, 9, seed=0))) == 9
    assert len(pick_queries(np.full(4, -1), 9, seed=0)) == 4


def test_agreement_counts_labeled_neighbors_only():
    label = np.array([0, 1, -1])
    assert agreement(np.array([0, 1]), label, np.array([[0, 1], [1, 2]])) == pytest.approx(2 / 3)
    assert agreement(np.array([-1]), label, np.array([[0, 1]])) is None


# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as seen without the long, middle or short cones.
_SEEN = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no middle": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no short": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


@pytest.mark.parametrize("eyes", _SEEN)
def test_colors_are_told_apart_by_all_eyes(eyes: str) -> None:
    """CIE Lab distances; 2 is just seen side by side."""
    srgb = np.array([[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] for color in COLORS])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(_SEEN[eyes]).T, 0, 1)
    xyz = seen @ np.array([[0.4339, 0.2127, 0.0178], [0.3762, 0.7152, 0.1095], [0.1899, 0.0722, 0.8730]])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(len(lab), 1)]
    assert apart.min() > 14
