"""The figure of an experiment: its range shows differences and says so, and it draws what it is given."""

import numpy as np
import pytest

from pointrecon.experiments.ablation_figure import Line, _range, draw


def line(name: str, accuracies: dict[float, list[float]]) -> Line:
    made = Line(name)
    for value, every in accuracies.items():
        made.add(f"v{value}", value, every)
    return made


SOME = line("linear SVM", {0.9: [0.91], 0.3: [0.88, 0.90, 0.86]})


def test_means_and_deviations_are_of_a_sample_and_in_percent() -> None:
    np.testing.assert_allclose(SOME.means(), [91, 88])
    np.testing.assert_allclose(SOME.deviations(), [0, 2])


def test_the_axis_starts_below_everything() -> None:
    assert _range([SOME])[0] == 80
    assert _range([line("kNN", {1: [0.04], 2: [0.9]})])[0] == 0
    assert _range([line("kNN", {1: [0.3], 2: [0.9]})])[0] == 0  # little would be won by another start
    assert _range([line("kNN", {1: [1.0]})])[1] > 100


@pytest.mark.parametrize(("low", "start"), [(0.1, 0), (0.85, 80)])
def test_bars_start_at_0_and_what_starts_higher_has_none_and_says_so(tmp_path, monkeypatch, low, start) -> None:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    bars, kept = [], []
    drawn, saved = Axes.bar, Figure.savefig
    monkeypatch.setattr(Axes, "bar", lambda self, *args, **how: bars.append(1) or drawn(self, *args, **how))
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **how: kept.append(self) or saved(self, *args, **how))
    panels = {"parts": [line("kNN", {1: [low], 2: [0.9]})]}
    draw(tmp_path / "a.png", panels, title="Mask", axis="ratio")
    axes = kept[0].axes[0]
    assert bool(bars) == (start == 0)
    assert axes.get_ylim()[0] == start
    assert (f"axis starts at {start}" in axes.get_ylabel()) == (start > 0)


@pytest.mark.parametrize(("curve", "log"), [(False, False), (True, False), (True, True)])
def test_it_draws_every_kind(tmp_path, curve: bool, log: bool) -> None:
    from matplotlib.image import imread

    panels = {"parts": [SOME, line("kNN", {0.3: [0.7, 0.8], 0.9: [0.75, 0.7]})], "few": [SOME]}
    draw(tmp_path / "a.png", panels, title="Mask", axis="ratio", curve=curve, log=log)
    picture = imread(tmp_path / "a.png")
    assert picture.shape[1] > 1000
    assert picture[..., :3].std() > 0.05
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
