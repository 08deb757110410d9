"""Clouds as a model wants them, wherever they lie and however large they are."""

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.geometry import normalize, prepare
from pointrecon.geometry.preparing import as_clouds, check_prepared, prepared_clouds


def cloud(points: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((points, 3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, -7.3, 1e-30, 3e8, 1e37])
@pytest.mark.parametrize("points", [1, 7, 1000])
def test_one_repeated_point_becomes_zeros(points: int, value: float, dtype: torch.dtype) -> None:
    assert not normalize(torch.full((2, points, 3), value, dtype=dtype)).any()


@pytest.mark.parametrize("scale", [1e-30, 1e-4, 1.0, 1e4, 1e30])
def test_any_size_is_scaled(scale: float) -> None:
    points = torch.from_numpy(cloud()).float()[None]
    torch.testing.assert_close(normalize(points * scale), normalize(points), atol=1e-5, rtol=0)


@pytest.mark.parametrize("offset", [3000.0, 1e8])
def test_far_from_the_origin_float64_keeps_the_shape(offset: float) -> None:
    near = torch.from_numpy(cloud())[None]
    torch.testing.assert_close(prepare(near + offset, 200), prepare(near, 200), atol=1e-6, rtol=0)


def test_a_zero_among_other_clouds_stays_alone() -> None:
    points = torch.stack([torch.from_numpy(cloud()).float(), torch.full((200, 3), 0.1)])
    found = normalize(points)
    assert not found[1].any()
    assert found[0].norm(dim=1).max() == pytest.approx(1)


def test_whatever_a_caller_has_is_prepared_the_same() -> None:
    one, other = cloud(300), cloud(40, 1)
    both = prepared_clouds([one, torch.from_numpy(other)], 64)
    assert both.shape == (2, 64, 3)
    assert both.dtype == torch.float32
    for place, alone in enumerate((one, other.tolist())):
        assert torch.equal(both[place], prepared_clouds(alone, 64)[0])
    assert torch.equal(prepared_clouds(one[None], 64)[0], both[0])
    check_prepared(both)


def test_points_are_drawn_from_the_whole_cloud() -> None:
    scan = np.stack([np.linspace(0, 1, 5000)] * 3, 1)  # in the order of the scanner
    assert prepared_clouds(scan, 100)[0].norm(dim=1).min() < 0.2


def test_up_is_turned() -> None:
    tall = cloud() * [0.1, 0.1, 1]
    assert prepared_clouds(tall, 200, up_from="z", up_to="y")[0].abs().amax(0).argmax() == 1
    with pytest.raises(InputError, match="the up axis is"):
        prepared_clouds(tall, 200, up_from="w")


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((5, 4)),
        np.zeros((2, 5, 6)),
        np.zeros((0, 3)),
        np.zeros(3),
        [np.zeros((5, 3)), np.zeros((5, 2))],
        [],
        "chair.ply",
        np.array([[0, np.nan, 1]]),
        torch.tensor([[0, float("inf"), 1]]),
        np.full((2, 5, 3), 0.1),
        [cloud(9), cloud(1)],
        cloud(9).astype(np.float32) + np.float32(1e7),
        cloud(9).astype(complex),
        np.ma.masked_greater(cloud(9), 0),
    ],
)
def test_what_is_no_cloud_is_refused_in_one_sentence(bad: object) -> None:
    with pytest.raises(InputError) as caught:
        prepared_clouds(bad, 8)
    assert "\n" not in str(caught.value)


def test_unprepared_clouds_are_named() -> None:
    good = normalize(as_clouds(cloud()))
    check_prepared(torch.cat([good, torch.zeros_like(good)]))
    for bad in (good + 0.2, good * 0.8, good * 1.2, as_clouds(np.random.default_rng(0).random((200, 3)))):
        with pytest.raises(InputError, match=r"cloud 1 is not prepared .*model\.prepare"):
            check_prepared(torch.cat([good, bad]))
    for value in (float("nan"), float("inf")):
        broken = good.clone()
        broken[0, 3, 1] = value
        with pytest.raises(InputError, match="not finite"):
            check_prepared(torch.cat([good, broken]))
