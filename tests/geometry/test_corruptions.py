"""Corruptions do what their names say, in the published amounts, and the same for the same seed."""

import math

import pytest
import torch

from pointrecon.geometry import normalize
from pointrecon.geometry.corruptions import CORRUPTIONS, DENSITIES, SEVERITIES, corrupt


def clouds(batch: int = 6, count: int = 1024) -> torch.Tensor:
    return normalize(torch.randn(batch, count, 3, generator=torch.Generator().manual_seed(0)))


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("noise", lambda s: 1024),
        ("drop", lambda s: int(1024 * (1 - (0.125 + 0.125 * s)))),
        ("crop", lambda s: 1024 - 100 * s),
        ("clutter", lambda s: 1024 + 100 * s),
        ("outliers", lambda s: 1024 + 10 * s),
        ("rotation", lambda s: 1024),
        ("density", lambda s: DENSITIES[s - 1]),
    ],
)
def test_point_counts_are_the_published_ones(kind, count, severity) -> None:
    assert corrupt(clouds(2), kind, severity, seeded()).shape == (2, count(severity), 3)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_seed_decides_and_the_cloud_given_stays(kind) -> None:
    points = clouds(3, 512)
    before = points.clone()
    first = corrupt(points, kind, 3, seeded())
    assert torch.equal(points, before)
    assert torch.equal(first, corrupt(points, kind, 3, seeded()))
    if kind != "density":  # a draw of 512 from 512 is all of them
        assert not torch.equal(first, corrupt(points, kind, 3, seeded(2)))


def test_noise_has_its_deviation() -> None:
    for severity in SEVERITIES:
        moved = corrupt(clouds(), "noise", severity, seeded()) - clouds()
        assert moved.std().item() == pytest.approx(0.01 * severity, rel=0.03)


@pytest.mark.parametrize("kind", ["drop", "crop", "density"])
def test_what_is_left_was_there_once_each(kind) -> None:
    left = corrupt(clouds(), kind, 4, seeded())
    for whole, part in zip(clouds(), left, strict=True):
        assert len({tuple(p) for p in part.tolist()} - {tuple(p) for p in whole.tolist()}) == 0
        assert len({tuple(p) for p in part.tolist()}) == len(part)


def test_a_crop_is_local_and_a_drop_is_not() -> None:
    """Around a point that is gone nearly all are gone after a crop, a share after a drop of about as many."""

    def company(kind: str, severity: int) -> float:
        shares = []
        for whole, part in zip(clouds(), corrupt(clouds(), kind, severity, seeded()), strict=True):
            gone = torch.cdist(whole, part).amin(1) > 0
            near = torch.cdist(whole[gone], whole).topk(9, largest=False).indices[:, 1:]
            shares.append(gone[near].float().mean().item())
        return sum(shares) / len(shares)

    assert company("crop", 3) > 0.7  # 300 of 1024 gone
    assert company("drop", 1) < 0.4  # 256 of 1024 gone


@pytest.mark.parametrize(("kind", "added"), [("clutter", 300), ("outliers", 30)])
def test_added_points_come_after_the_own_and_stay_in_the_sphere(kind, added) -> None:
    points = clouds()
    more = corrupt(points, kind, 3, seeded())
    assert torch.equal(more[:, :1024], points)
    assert more[:, 1024:].norm(dim=2).max() <= 1 + 1e-6
    nearest = torch.cdist(more[:, 1024:], more[:, 1024:]).topk(2, largest=False).values[..., 1]
    assert (nearest.median() < 0.1) == (kind == "clutter")


def test_outliers_fill_the_ball_evenly() -> None:
    added = corrupt(torch.zeros(200, 1024, 3), "outliers", 5, seeded())[:, 1024:]
    assert added.norm(dim=2).pow(3).mean().item() == pytest.approx(0.5, abs=0.02)
    assert added.mean((0, 1)).abs().max() < 0.03


def test_rotations_keep_distances_and_their_limit() -> None:
    axes = torch.eye(3).expand(300, 3, 3)
    for severity in (1, 5):
        turned = corrupt(axes, "rotation", severity, seeded())
        assert torch.allclose(turned @ turned.transpose(1, 2), axes, atol=1e-5)
        assert torch.allclose(torch.linalg.det(turned), torch.ones(300), atol=1e-5)
        trace = torch.diagonal(turned, dim1=1, dim2=2).sum(1)
        angle = torch.acos(((trace - 1) / 2).clamp(-1, 1)).rad2deg()
        assert angle.max() <= 3 * 6 * severity
        assert angle.max() > 6 * severity  # about more than one axis


def test_few_points_are_repeated_to_a_density() -> None:
    points = clouds(2, 100)
    many = corrupt(points, "density", 1, seeded())
    assert {tuple(p) for p in many[0].tolist()} == {tuple(p) for p in points[0].tolist()}


def test_small_clouds_keep_a_point() -> None:
    for kind in CORRUPTIONS:
        found = corrupt(clouds(2, 3), kind, 5, seeded())
        assert found.shape[1] >= 1
        assert found.isfinite().all()
        assert not math.isnan(found.sum().item())


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_colors_stay_with_their_points_and_added_points_get_one(kind) -> None:
    places = clouds(3, 256)
    told = torch.cat([places, 0.25 + 0.5 * torch.rand(3, 256, 3, generator=seeded())], 2)
    found = corrupt(told, kind, 3, seeded(), beside=0.9)
    assert torch.equal(found[..., :3], corrupt(places, kind, 3, seeded()))
    own = found[..., 3:] != 0.9
    assert own[:, :256].all()
    assert not own[:, 256:].any() or kind == "density"
    shades = {tuple(shade) for shade in told[..., 3:].flatten(0, 1).tolist()}
    assert {tuple(shade) for shade in found[..., 3:][own.all(2)].tolist()} <= shades
    if kind in ("drop", "crop", "density"):
        every = {tuple(point) for point in told.flatten(0, 1).tolist()}
        assert {tuple(point) for point in found.flatten(0, 1).tolist()} <= every


def test_unknown_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="no corruption 'fog'"):
        corrupt(clouds(1, 8), "fog", 1)
    with pytest.raises(ValueError, match="severity must be 1 to 5, not 6"):
        corrupt(clouds(1, 8), "noise", 6)
