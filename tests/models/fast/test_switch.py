"""One switch for every fast way: the environment sets it, a program too, and other words are refused."""

import os
import subprocess
import sys

import pytest
import torch

from pointrecon import geometry
from pointrecon.errors import InputError
from pointrecon.models.fast import functions, partition, switch


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


@pytest.mark.parametrize("at_once", [1 << 17, 150])
def test_a_partition_finds_the_neighbors_of_small_clouds(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "_AT_ONCE", at_once)  # several clouds at a time, and few points of one
    cloud = torch.randn(3, 64, 3, generator=torch.Generator().manual_seed(0))
    asked = cloud[:, :9]
    assert switch.by_partition(asked, cloud, 7)
    assert not switch.by_partition(asked.bfloat16(), cloud.bfloat16(), 7)
    for k in (1, 7, 64):
        found = functions.knn(asked, cloud, k)
        assert torch.equal(found, geometry.knn(asked, cloud, k).sort(2).values)


def test_of_points_equally_far_the_first_are_taken() -> None:
    cloud = torch.tensor([[5.0, 1, 0, -1, 1, 3]]).unsqueeze(2) * torch.tensor([1.0, 0, 0])
    found = functions.knn(cloud[:, 2:3], cloud, 3)
    assert found.tolist() == [[[1, 2, 3]]]
    repeated = torch.ones(2, 6, 3)
    assert functions.knn(repeated[:, :2], repeated, 4).tolist() == [[[0, 1, 2, 3]] * 2] * 2


def test_what_is_not_a_number_is_left_to_the_twin() -> None:
    cloud = torch.full((1, 8, 3), float("nan"))
    cloud[:, :2] = 0
    found = functions.knn(cloud[:, :1], cloud, 5)
    assert found.shape == (1, 1, 5)
    assert found.unique().numel() == 5
