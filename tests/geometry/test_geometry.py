"""Geometry: each function against its definition, seeded, batched, differentiable where it says so."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pointrecon import geometry as g


def clouds(batch: int = 3, points: int = 60, seed: int = 0) -> torch.Tensor:
    return torch.randn(batch, points, 3, generator=torch.Generator().manual_seed(seed))


def gen(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_farthest_points_equal_their_definition() -> None:
    points = clouds()
    chosen = g.farthest_point_sample(points, 12)
    for cloud, index in zip(points, chosen, strict=True):
        picked = [0]
        for _ in range(11):
            gaps = ((cloud[:, None] - cloud[picked][None]) ** 2).sum(-1).amin(1)
            picked.append(int(gaps.argmax()))
        assert index.tolist() == picked


def test_farthest_points_can_skip_the_origin_as_the_released_code_does() -> None:
    points = clouds()
    points[:, 5] = 0.01
    assert 5 in g.farthest_point_sample(points, 60)[0]
    assert 5 not in g.farthest_point_sample(points, 59, skip_origin=True)[0]


def test_farthest_points_refuse_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="61"):
        g.farthest_point_sample(clouds(), 61)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 1000))
def test_knn_equals_sorting_all_distances(k: int, queries: int, seed: int) -> None:
    points, query = clouds(2, 30, seed), clouds(2, queries, seed + 1)
    index = g.knn(query, points, k)
    expected = torch.cdist(query.double(), points.double()).argsort(-1)[..., :k]
    assert torch.equal(index.sort(-1).values, expected.sort(-1).values)


def test_groups_are_centered_neighbors() -> None:
    points = clouds()
    centers = points[:, :4]
    patches = g.group(points, centers, 8)
    assert patches.shape == (3, 4, 8, 3)
    assert torch.allclose(patches.norm(dim=-1).amin(-1), torch.zeros(3, 4))


def test_normalize_centers_and_scales_and_survives_equal_points() -> None:
    out = g.normalize(clouds() * 7 + 3)
    assert torch.allclose(out.mean(1), torch.zeros(3, 3), atol=1e-5)
    assert torch.allclose(out.norm(dim=-1).amax(1), torch.ones(3))
    assert g.normalize(torch.full((1, 5, 3), 2.5)).abs().max() == 0


@pytest.mark.parametrize("norm", [1, 2])
def test_chamfer_equals_its_definition_and_its_gradient(norm: int) -> None:
    first, second = clouds(2, 7).double().requires_grad_(), clouds(2, 9, 1).double()
    gaps = ((first[:, :, None] - second[:, None]) ** 2).sum(-1)
    gaps = gaps if norm == 2 else gaps.sqrt() / 2
    plain = gaps.amin(2).mean(1) + gaps.amin(1).mean(1)
    ours = g.chamfer(first, second, norm=norm)
    assert torch.allclose(ours, plain, atol=1e-12)
    expected = torch.autograd.grad(plain.sum(), first, retain_graph=True)[0]
    assert torch.allclose(torch.autograd.grad(ours.sum(), first)[0], expected, atol=1e-10)


def test_chamfer_of_equal_sets_is_zero_and_ignores_order() -> None:
    points = clouds()
    assert torch.equal(g.chamfer(points, points[:, torch.randperm(60, generator=gen())]), torch.zeros(3))


def test_interpolation_gives_a_center_its_own_feature_and_keeps_constants() -> None:
    centers = clouds(2, 6)
    features = torch.randn(2, 6, 5, generator=gen())
    assert torch.allclose(g.interpolate_three(centers, centers, features), features, atol=1e-5)
    constant = torch.ones(2, 6, 5)
    assert torch.allclose(g.interpolate_three(clouds(2, 40), centers, constant), torch.ones(2, 40, 5))
    assert g.interpolate_three(centers, centers[:, :2], features[:, :2]).shape == (2, 6, 5)


def test_resize_repeats_and_draws() -> None:
    points = clouds(2, 10)
    assert torch.equal(g.resize(points, 25)[:, 10:20], points)
    drawn = g.resize(points, 4, gen())
    assert all(any(torch.equal(p, q) for q in points[0]) for p in drawn[0])
    assert len({tuple(p.tolist()) for p in drawn[0]}) == 4
    assert torch.equal(g.resize(points, 4), points[:, :4])


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_rotation_about_an_axis_keeps_lengths_and_that_coordinate(axis: str) -> None:
    points = clouds()
    turned = g.rotate_about(points, axis, gen())
    assert torch.allclose(turned.norm(dim=-1), points.norm(dim=-1), atol=1e-5)
    number = "xyz".index(axis)
    assert torch.equal(turned[..., number], points[..., number])
    assert not torch.allclose(turned, points)
    # A proper rotation: the signed volume of three points keeps its sign and size.
    assert torch.allclose(torch.linalg.det(turned[:, :3]), torch.linalg.det(points[:, :3]), atol=1e-4)


def test_any_rotation_is_a_proper_rotation_and_uniform() -> None:
    basis = torch.eye(3).expand(4000, 3, 3)
    turned = g.rotate_any(basis, gen())
    assert torch.allclose(turned @ turned.transpose(1, 2), basis, atol=1e-5)
    assert torch.allclose(torch.linalg.det(turned), torch.ones(4000), atol=1e-4)
    assert turned.mean(0).abs().max() < 0.05


def test_small_changes_are_within_their_limits() -> None:
    points = clouds()
    assert (g.jitter(points, gen(), sigma=0.01, clip=0.02) - points).abs().max() <= 0.02 + 1e-6
    ones = torch.ones(50, 4, 3)
    moved = g.scale_and_shift(ones, gen(), low=0.5, high=2.0, shift=0.1)
    assert moved.min() >= 0.4 - 1e-6
    assert moved.max() <= 2.1 + 1e-6
    assert torch.equal(moved[:, 0], moved[:, 1])
    flipped = g.flip(clouds(40), "x", gen())
    share = (flipped[:, 0, 0] != clouds(40)[:, 0, 0]).float().mean()
    assert 0.2 < share < 0.8


def test_drop_and_crop_keep_the_size_and_only_repeat_points() -> None:
    points = clouds(20, 64)
    for change in (g.drop, g.crop):
        out = change(points, gen(), most=0.8)
        assert out.shape == points.shape
        for before, after in zip(points, out, strict=True):
            assert {tuple(p) for p in after.tolist()} <= {tuple(p) for p in before.tolist()}
        assert min(len({tuple(p) for p in cloud.tolist()}) for cloud in out) < 64
    # What a crop leaves lies on one side: some direction separates it from what it removed.
    cut = g.crop(points, gen(3), most=0.5)[0]
    kept = {tuple(p) for p in cut.tolist()}
    gone = torch.tensor([p for p in points[0].tolist() if tuple(p) not in kept])
    stay = torch.tensor(sorted(kept))
    direction = gone.mean(0) - stay.mean(0)
    assert (gone @ direction).mean() > (stay @ direction).mean()


def test_every_augmentation_is_seeded_and_leaves_its_input_alone() -> None:
    how = g.Augmentation(rotate="any", scale=0.7, shift=0.1, jitter=0.01, drop=0.3, crop=0.3, flip="z")
    points = clouds()
    before = points.clone()
    first, second, other = (
        g.augment(points, how, gen(1)),
        g.augment(points, how, gen(1)),
        g.augment(points, how, gen(2)),
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(points, before)
    assert torch.equal(g.augment(points, g.Augmentation(rotate="none"), gen()), points)


def test_colors_ride_along_unchanged_where_clouds_are_augmented() -> None:
    places = torch.randn(4, 64, 3, generator=gen())
    told = torch.cat([places, torch.arange(64.0).expand(4, 64)[..., None].repeat(1, 1, 3)], 2)
    moved = g.Augmentation(rotate="any", scale=0.5, shift=0.2, jitter=0.01, flip="x")
    found = g.augment(told, moved, gen(1))
    assert torch.equal(found[..., :3], g.augment(places, moved, gen(1)))
    assert torch.equal(found[..., 3:], told[..., 3:])
    fewer = g.augment(told, g.Augmentation(rotate="none", drop=0.5, crop=0.5), gen(1))
    own = fewer[..., 3].long()
    assert len(own.unique()) > 32
    assert torch.equal(fewer[..., :3], g.gather(places, own))


def test_augmentation_settings_are_checked() -> None:
    for bad in ({"rotate": "w"}, {"scale": 0}, {"drop": 1.5}, {"flip": "up"}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            g.Augmentation(**bad)


def test_rotation_limit() -> None:
    turned = g.rotate_about(torch.tensor([[[1.0, 0, 0]]]).expand(500, 1, 3), "z", gen(), limit=math.pi / 6)
    assert torch.atan2(turned[..., 1], turned[..., 0]).abs().max() <= math.pi / 6 + 1e-6


def test_neighbors_are_found_a_block_of_queries_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from pointrecon.geometry import neighbors

    cloud = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(0))
    whole = neighbors.knn(cloud, cloud, 4)
    monkeypatch.setattr(neighbors, "_MOST_DISTANCES", 700)  # seven queries at a time
    assert torch.equal(neighbors.knn(cloud, cloud, 4).sort(2).values, whole.sort(2).values)
