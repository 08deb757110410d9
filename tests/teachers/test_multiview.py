"""The classical descriptor of a shape's views."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from pointrecon.errors import InputError
from pointrecon.shapes.pictures.splat import render_clouds
from pointrecon.teachers import load_image_teacher
from pointrecon.teachers.multiview import MultiView, hog, zernike_basis
from pointrecon.teachers.views import ring


def views_of(points: torch.Tensor, views: int = 6, up: str = "y") -> torch.Tensor:
    return render_clouds(points, views=ring(views, up), size=64, up=up)


def clouds(count: int = 3) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    points = torch.randn(count, 300, 3, generator=random)
    return points / points.norm(dim=2, keepdim=True) * (torch.rand(count, 1, 3, generator=random) + 0.2)


def test_gradient_histograms_equal_scikit_image() -> None:
    feature = pytest.importorskip("skimage.feature")
    pictures = torch.rand(3, 32, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = [feature.hog(p.numpy(), block_norm="L2-Hys", cells_per_block=(2, 2)) for p in pictures]
    assert torch.allclose(hog(pictures), torch.from_numpy(np.stack(expected)), atol=1e-9)


def test_an_angle_just_below_zero_counts_to_the_last_bin_of_its_own_cell() -> None:
    picture = torch.zeros(1, 16, 16)
    picture[0, 4, 5], picture[0, 5, 4] = 1, -1e-9  # at (4, 4): -6e-8°, whose remainder by 180 is 180 in float32
    cells = hog(picture).view(4, 9)
    assert cells[0, 8] > 0.1
    assert not cells[1:].any()


def test_zernike_polynomials_are_orthogonal_and_blind_to_turning() -> None:
    basis = zernike_basis(128, 6)
    flat = basis.flatten(1)
    gram = (flat @ flat.conj().T).real
    gram = gram / gram.diagonal().sqrt().outer(gram.diagonal().sqrt())
    assert (gram - torch.eye(len(gram))).abs().max() < 0.05  # the disc is made of pixels
    picture = views_of(clouds(1), 1)[0, 0, 0].to(torch.complex64)
    basis = zernike_basis(64, 10).flatten(1)
    turned = torch.rot90(picture).contiguous()
    assert torch.allclose((basis @ picture.flatten()).abs(), (basis @ turned.flatten()).abs(), atol=1e-4)


def test_a_shape_has_the_same_feature_alone_and_in_a_batch_every_time() -> None:
    seen = views_of(clouds())
    teacher = load_image_teacher("multiview", device="cpu")
    features = teacher.encode(seen)
    assert features.shape == (3, teacher.width)
    assert torch.allclose(torch.cat([MultiView().encode(x[None]) for x in seen]), features, atol=1e-4)
    assert torch.isfinite(features).all()
    assert 0.3 < features.abs().mean() < 2


def test_the_ring_may_start_anywhere() -> None:
    seen = views_of(clouds())
    teacher = MultiView()
    assert torch.allclose(teacher.encode(seen.roll(2, dims=1)), teacher.encode(seen), atol=1e-3)


@pytest.mark.parametrize("up", ["y", "z", "x"])
def test_turning_about_the_up_axis_moves_the_feature_less_than_another_shape_does(up: str) -> None:
    axis = "xyz".index(up)
    points = clouds()
    teacher = MultiView()
    still = teacher.encode(views_of(points, up=up))

    def turned(angle: float) -> torch.Tensor:
        a, b = (axis + 1) % 3, (axis + 2) % 3
        out = points.clone()
        out[..., a] = points[..., a] * math.cos(angle) - points[..., b] * math.sin(angle)
        out[..., b] = points[..., a] * math.sin(angle) + points[..., b] * math.cos(angle)
        return teacher.encode(views_of(out, up=up))

    apart = torch.pdist(still).min()
    # not exactly still: the renderer fits the cloud's box into the picture, and the box turns with the shape
    assert (turned(math.pi / 3) - still).norm(dim=1).max() < 0.5 * apart  # one step of the ring
    assert (turned(0.4) - still).norm(dim=1).max() < 0.7 * apart


def test_any_number_of_views_and_single_pictures_give_the_same_width() -> None:
    teacher = MultiView(width=40)
    for views in (1, 2, 5, 12):
        assert teacher.encode(views_of(clouds(2), views)).shape == (2, 40)
    seen = views_of(clouds(2), 1)
    single = teacher.encode(seen[:, 0])
    assert torch.allclose(single, teacher.encode(seen), atol=1e-4)
    assert torch.allclose(single, teacher.encode(seen.expand(-1, 6, -1, -1, -1)), atol=1e-3)
    pil = Image.fromarray((seen[0, 0, 0] * 255).round().byte().numpy())
    # 256 steps of gray move the gradients of smooth parts a little
    assert (teacher.encode([pil]) - single[:1]).norm() < 0.1 * single[0].norm()
    assert teacher.encode(torch.ones(1, 3, 90, 70)).shape == (1, 40)  # nothing to see


def test_bad_widths_and_pictures_are_refused() -> None:
    for width in (0, 10**6):
        with pytest.raises(InputError, match="width"):
            MultiView(width=width)
    with pytest.raises(InputError, match="pictures"):
        MultiView().encode(torch.zeros(2, 6, 2, 64, 64))
