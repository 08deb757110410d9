"""Large clouds on the CPU: fpsample's bucket variant against the plain loop, and what happens without it."""

import numpy as np
import pytest
import torch

from pointrecon.geometry import farthest_point_sample
from pointrecon.models.fast import buckets, functions, switch


def cloud(points: int, seed: int = 0, kind: str = "normal") -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((points, 3)).astype(np.float32)
    if kind == "surface":
        values /= np.linalg.norm(values, axis=1, keepdims=True)
    if kind == "thin and far":
        values = values * np.float32([1, 0.1, 0.001]) + np.float32(3)
    return values


def fpsample_used(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each further call of the bucket variant gave an answer."""
    answers: list[bool] = []
    real = buckets.bucket_sample

    def watched(points: np.ndarray, count: int) -> np.ndarray | None:
        chosen = real(points, count)
        answers.append(chosen is not None)
        return chosen

    monkeypatch.setattr(buckets, "bucket_sample", watched)
    return answers


@pytest.mark.parametrize("kind", ["normal", "surface", "thin and far"])
@pytest.mark.parametrize("seed", range(4))
def test_large_clouds_give_the_plain_loops_indices(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fpsample")
    answers = fpsample_used(monkeypatch)
    points = torch.stack([torch.from_numpy(cloud(4096 + 777 * seed, seed + 10 * i, kind)) for i in range(2)])
    chosen = functions.farthest_point_sample(points, 150)
    assert answers == [True, True]
    assert chosen.dtype == torch.long
    assert torch.equal(chosen, farthest_point_sample(points, 150))


def test_equal_distances_give_points_as_far_as_the_plain_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fpsample")
    answers = fpsample_used(monkeypatch)
    axis = torch.arange(16.0)
    points = torch.cartesian_prod(axis, axis, axis)[torch.randperm(4096, generator=torch.Generator().manual_seed(0))]
    chosen = functions.farthest_point_sample(points[None], 200)
    assert answers == [True]
    gaps = torch.cdist(points[chosen[0]].double(), points[chosen[0]].double()).square()
    farthest = torch.cdist(points.double(), points[chosen[0]].double()).square()
    for turn in range(1, 200):
        assert gaps[turn, :turn].min() == farthest[:, :turn].amin(1).max()


def test_when_distinct_points_run_out_the_plain_loop_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fpsample")
    answers = fpsample_used(monkeypatch)
    for points in (torch.ones(1, 4096, 3), torch.from_numpy(cloud(40)).repeat(110, 1)[None]):
        assert torch.equal(functions.farthest_point_sample(points, 50), farthest_point_sample(points, 50))
    assert answers == [False, False]


@pytest.mark.parametrize("start", [0, 7])
def test_an_answer_that_starts_elsewhere_is_not_taken(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fpsample = pytest.importorskip("fpsample")
    monkeypatch.setattr(
        fpsample, "bucket_fps_kdline_sampling", lambda points, count, h, start_idx: np.arange(start, start + count)
    )
    points = cloud(5000)
    chosen = buckets.bucket_sample(points, 30)
    assert (chosen is None) == (start != 0)


def test_without_fpsample_or_with_skip_origin_the_plain_loop_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = fpsample_used(monkeypatch)
    points = torch.from_numpy(cloud(5000))[None]
    plain = farthest_point_sample(points, 20)
    functions.farthest_point_sample(points, 20, skip_origin=True)
    functions.farthest_point_sample(points[:, :4000], 20)
    before = switch.use("off")
    assert torch.equal(functions.farthest_point_sample(points, 20), plain)
    switch.use(before)
    monkeypatch.setitem(switch._HAVE, "fpsample", False)
    assert torch.equal(functions.farthest_point_sample(points, 20), plain)
    assert answers == []
