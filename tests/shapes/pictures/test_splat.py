"""The splat renderer: near hides far, order and batch do not matter, a ball is a disc."""

import numpy as np
import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.shapes.pictures.splat import CHANNELS, render_clouds, view_directions

FRONT = torch.tensor([[0.0, 0.0, 1.0]])


def ball(count: int = 3000, seed: int = 0) -> torch.Tensor:
    points = torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))
    return points / points.norm(dim=1, keepdim=True)


def square(depth: float, half: float = 0.5, count: int = 40) -> torch.Tensor:
    line = torch.linspace(-half, half, count)
    x, y = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.full((count * count,), depth)], -1)


@pytest.mark.parametrize("shading", CHANNELS)
def test_shape_and_range(shading: str) -> None:
    pictures = render_clouds(torch.stack([ball(200), ball(200, 1)]), views=5, size=32, shading=shading)
    assert pictures.shape == (2, 5, CHANNELS[shading], 32, 32)
    assert pictures.dtype == torch.float32
    assert pictures.min() >= 0
    assert pictures.max() == 1
    assert (pictures[..., 0, 0] == 1).all()


def test_a_ball_is_a_disc_from_everywhere() -> None:
    size = 64
    shape = render_clouds(ball()[None], views=6, size=size)[0, :, 0] < 1
    row, column = np.mgrid[:size, :size] + 0.5 - size / 2
    radius = np.hypot(row, column)
    edge = 0.92 * size / 2
    for picture in shape.numpy():
        assert picture[radius < edge - 2].all()
        assert not picture[radius > edge + 3].any()


@pytest.mark.parametrize("shading", ["normal", "light"])
def test_a_ball_is_shaded_as_a_ball(shading: str) -> None:
    pictures = render_clouds(ball(8000)[None], views=FRONT, size=96, shading=shading)[0, 0]
    row, column = np.mgrid[:96, :96] + 0.5 - 48
    x, y = column / 44.16, -row / 44.16
    inside = x**2 + y**2 < 0.7
    truth = np.stack([x, y, np.sqrt(np.maximum(1 - x**2 - y**2, 0))])
    if shading == "normal":
        seen = pictures.numpy() * 2 - 1
        assert ((seen * truth).sum(0)[inside] > 0.8).mean() > 0.98
    else:
        light = np.einsum("c,chw->hw", [-0.3, 0.6, 0.74], truth)
        assert np.corrcoef(pictures[0].numpy()[inside], light[inside])[0, 1] > 0.9


def test_near_hides_far() -> None:
    small, large = square(0.4, 0.3), square(-0.4, 0.5)
    both = torch.cat([large, small])[None]
    front = render_clouds(both, views=FRONT, size=64)[0, 0, 0]
    back = render_clouds(both, views=-FRONT, size=64)[0, 0, 0]
    # In front the small square is nearer (darker) than the rim of the large one; from behind it is hidden.
    assert front[32, 32] < front[32, 18] < 1
    assert back[32, 32] == pytest.approx(back[32, 18].item(), abs=1e-3)
    assert back[32, 32] == pytest.approx(front[32, 32].item(), abs=0.02)


@pytest.mark.parametrize("shading", ["depth", "normal", "light"])
def test_the_order_of_points_does_not_matter(shading: str) -> None:
    cloud = torch.rand(1, 500, 3, generator=torch.Generator().manual_seed(2)).half().float()
    order = torch.randperm(500, generator=torch.Generator().manual_seed(3))
    first = render_clouds(cloud, views=3, size=40, shading=shading)
    assert torch.equal(first, render_clouds(cloud[:, order], views=3, size=40, shading=shading))


def test_a_batch_equals_one_by_one() -> None:
    clouds = torch.stack([ball(300, seed) * torch.tensor([1.0, 0.2 + 0.1 * seed, 1]) for seed in range(7)])
    together = render_clouds(clouds, views=4, size=160, shading="normal")  # several chunks
    for cloud, pictures in zip(clouds, together, strict=True):
        assert torch.equal(render_clouds(cloud[None], views=4, size=160, shading="normal")[0], pictures)


def test_place_and_scale_do_not_matter() -> None:
    cloud = (ball(400) * torch.tensor([1.0, 0.5, 0.3]))[None]
    first = render_clouds(cloud, views=3, size=48)
    second = render_clouds(cloud * 16 + 4, views=3, size=48)
    assert ((first - second).abs() > 0.02).float().mean() < 0.01


def test_given_normals_are_used_whatever_their_sign() -> None:
    cloud = ball(2000)[None]
    first = render_clouds(cloud, views=2, size=48, shading="normal", normals=cloud)
    assert torch.allclose(first, render_clouds(cloud, views=2, size=48, shading="normal", normals=-cloud))
    estimated = render_clouds(cloud, views=2, size=48, shading="normal")
    assert (first - estimated).abs().mean() < 0.05


def test_up_is_up() -> None:
    """A ball on a long stick: the ball is above where the stick's axis is up."""
    stick = torch.zeros(300, 3)
    stick[:, 0] = torch.linspace(-3, 0, 300)
    for axis, up in enumerate("xyz"):
        shape = torch.cat([stick, ball(700) + torch.tensor([1.0, 0, 0])]).roll(axis, 1)
        mask = render_clouds(shape[None], views=3, size=48, up=up)[0, :, 0] < 1
        for picture in mask:
            assert picture[:20].sum() > 2 * picture[28:].sum() > 0


def test_degenerate_clouds_are_drawn() -> None:
    for cloud in (torch.zeros(1, 5, 3), torch.ones(1, 1, 3), torch.zeros(0, 5, 3)):
        assert torch.isfinite(render_clouds(cloud, views=2, size=16, shading="normal")).all()


@pytest.mark.parametrize("views", [1, 2, 3, 6, 12])
def test_views_differ_and_have_unit_length(views: int) -> None:
    for up in ("x", "y", "z", "unknown"):
        directions = view_directions(views, up)
        assert directions.shape == (views, 3)
        assert torch.allclose(directions.norm(dim=1), torch.ones(views))
        assert len(torch.unique((directions * 100).round(), dim=0)) == views


def test_straight_down_has_an_upright() -> None:
    assert torch.isfinite(render_clouds(ball(100)[None], views=torch.tensor([[0.0, 2.0, 0.0]]), size=16)).all()


@pytest.mark.parametrize(
    ("cloud", "options"),
    [
        (torch.zeros(5, 3), {}),
        (torch.zeros(1, 0, 3), {}),
        (torch.full((1, 4, 3), float("nan")), {}),
        (torch.zeros(1, 4, 3), {"shading": "color"}),
        (torch.zeros(1, 4, 3), {"size": 4}),
        (torch.zeros(1, 4, 3), {"views": 0}),
        (torch.zeros(1, 4, 3), {"views": torch.zeros(2, 3)}),
        (torch.zeros(1, 4, 3), {"up": "w"}),
        (torch.zeros(1, 4, 3), {"normals": torch.zeros(1, 3, 3)}),
    ],
)
def test_bad_input_is_one_sentence(cloud: torch.Tensor, options: dict) -> None:
    with pytest.raises(InputError):
        render_clouds(cloud, **options)


def test_colors_are_those_of_the_points_that_are_seen() -> None:
    cloud = torch.cat([square(0.5, 0.3), square(-0.5)])
    color = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]).repeat_interleave(1600, 0)
    picture = render_clouds(cloud[None], views=FRONT, size=64, shading="light", colors=color[None])[0, 0]
    assert picture.shape == (3, 64, 64)
    assert (picture[0] > picture[2])[30:34, 30:34].all()
    assert (picture[2] > picture[0])[30:34, 16:19].all()
    with pytest.raises(InputError, match="light"):
        render_clouds(cloud[None], colors=color[None])
