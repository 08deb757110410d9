"""One switch for every fast way: the environment sets it, a program too, and other words are refused."""

import os
import subprocess
import sys

import pytest
import torch

from pointrecon import geometry
from pointrecon.errors import InputError
from pointrecon.models.fast import functions, switch


def test_the_environment_sets_it_and_other_words_are_refused() -> None:
    code = "from pointrecon.models.fast import switch; print(switch._mode)"
    for word, status in (("off", 0), ("all", 0), ("0", 1)):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**os.environ, "POINTRECON_FAST": word},
            timeout=120,
        )
        assert done.returncode == status
        assert done.stdout.strip() == word if status == 0 else "auto, off or all" in done.stderr


def test_a_program_sets_it() -> None:
    before = switch.use("off")
    assert switch.use("all") == "off"
    with pytest.raises(InputError, match="not 'on'"):
        switch.use("on")
    assert switch.use(before) == "all"


@pytest.mark.parametrize("mode", switch.MODES)
def test_the_fast_functions_are_their_twins(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "_mode", mode)
    points = torch.randn(2, 4200, 3, generator=torch.Generator().manual_seed(0))
    centers = points[:, :130]
    chosen = functions.farthest_point_sample(points, 12)
    assert torch.equal(chosen, geometry.farthest_point_sample(points, 12))
    found, wanted = (f(centers, points, 5).sort(2).values for f in (functions.knn, geometry.knn))
    assert torch.equal(found, wanted)
    first, second = (f(points, centers, 5).norm(dim=3).sort(2).values for f in (functions.group, geometry.group))
    torch.testing.assert_close(first, second)
    assert torch.equal(functions.chamfer(points[:, :40], centers), geometry.chamfer(points[:, :40], centers))


def test_bad_sizes_are_refused_as_by_the_twins() -> None:
    points = torch.zeros(1, 5, 3)
    for call in (
        lambda: functions.farthest_point_sample(points, 6),
        lambda: functions.knn(points, points, 6),
        lambda: functions.group(points, points, 6),
        lambda: functions.chamfer(points, points, norm=3),
    ):
        with pytest.raises(ValueError):
            call()


@pytest.mark.parametrize(("points", "queries", "k"), [(4096, 200, 32), (3000, 400, 5)])
def test_a_tree_finds_the_neighbors_of_large_clouds(points: int, queries: int, k: int) -> None:
    cloud = torch.randn(2, points, 3, generator=torch.Generator().manual_seed(0))
    asked = cloud[:, :queries]
    assert switch.by_tree(asked, cloud)
    assert not switch.by_tree(asked[:, :9], cloud)
    wanted = geometry.knn(asked, cloud, k).sort(2).values
    assert torch.equal(functions.knn(asked, cloud, k).sort(2).values, wanted)
