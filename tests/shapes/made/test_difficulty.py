"""Every difficulty can be on or off, does what it says, and leaves N points."""

from itertools import pairwise

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.made.difficulty import LEVELS, Difficulty, choose_difficulty, degrade

N = 400


def ball(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    xyz = rng.standard_normal((count, 3))
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    return xyz, xyz.copy(), np.zeros(count, np.int64)


def spoil(difficulty: Difficulty, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return degrade(*ball(difficulty.candidates(N)), N, difficulty, np.random.default_rng(seed))


def test_none_changes_nothing() -> None:
    for before, after in zip(ball(N), spoil(LEVELS["none"]), strict=True):
        assert np.array_equal(before, after)


def test_noise_has_the_given_size() -> None:
    moved = spoil(Difficulty(noise=0.05))[0] - ball(N)[0]
    assert moved.std() == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_missing_regions_leave_a_gap(seed: int) -> None:
    xyz, _, _ = spoil(Difficulty(missing=0.4), seed)
    whole = ball(2000)[0]

    def farthest(cloud: np.ndarray) -> float:
        return float(np.sqrt(((whole[:, None] - cloud[None]) ** 2).sum(-1)).min(1).max())

    assert len(xyz) == N
    assert np.isin(xyz, ball(Difficulty(missing=0.4).candidates(N))[0]).all()
    assert farthest(xyz) > 0.4 > farthest(ball(N)[0])


@pytest.mark.parametrize("seed", range(6))
def test_clutter_is_counted_and_unlabeled(seed: int) -> None:
    xyz, normals, part = spoil(Difficulty(clutter=0.25), seed)
    assert len(xyz) == len(normals) == N
    assert (part == -1).sum() == N // 4
    assert np.allclose(np.linalg.norm(xyz[part == 0], axis=1), 1)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    assert np.abs(xyz).max() < 4


def test_any_pose_turns_and_nothing_else() -> None:
    before, facing, _ = ball(N)
    after, normals, _ = spoil(Difficulty(any_pose=True))
    assert not np.allclose(before, after)
    assert np.allclose(before @ before.T, after @ after.T)
    assert np.allclose((before * facing).sum(1), (after * normals).sum(1))


def test_levels_grow_harder_and_single_values_win() -> None:
    levels = list(LEVELS.values())
    for easy, hard in pairwise(levels):
        assert easy.noise <= hard.noise
        assert easy.missing <= hard.missing
        assert easy.clutter <= hard.clutter
    chosen = choose_difficulty("hard", noise=0.0, any_pose=True)
    assert chosen == Difficulty(0.0, LEVELS["hard"].missing, LEVELS["hard"].clutter, True)


@pytest.mark.parametrize("wrong", [{"level": "extreme"}, {"noise": -0.1}, {"missing": 1.0}, {"clutter": float("nan")}])
def test_wrong_values_are_named(wrong: dict) -> None:
    with pytest.raises(InputError, match=r"difficulty|noise|missing|clutter"):
        choose_difficulty(**wrong)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        degrade(*ball(N), N, Difficulty(missing=0.5), np.random.default_rng(0))
