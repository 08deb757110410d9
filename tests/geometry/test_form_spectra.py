"""The form of clouds: the same however they are turned, mirrored, moved, rescaled or ordered; near with noise."""

from math import pi

import numpy as np
import pytest
import torch

from pointrecon.geometry import form
from pointrecon.geometry.form_spectra import DEGREE, WIDTH, harmonics


def clouds(count: int, points: int = 500) -> torch.Tensor:
    """Points on bodies with bumps, somewhere."""
    rng = np.random.default_rng(0)
    way = rng.normal(size=(count, points, 3))
    way /= np.linalg.norm(way, axis=2, keepdims=True)
    bumps = 1 + 0.5 * np.sin(way @ rng.normal(scale=4, size=(count, 3, 3))).mean(2, keepdims=True)
    made = bumps * way * rng.uniform(0.2, 1, (count, 1, 3)) + rng.normal(size=(count, 1, 3))
    return torch.tensor(made, dtype=torch.float32)


def test_harmonics_obey_their_addition_theorem() -> None:
    way = torch.nn.functional.normalize(clouds(2, 40).double(), dim=2)
    found = harmonics(way)
    cosine = (way[:, :1] * way).sum(2)
    legendre = [torch.ones_like(cosine), cosine]
    for degree in range(DEGREE + 1):
        own = found[:, degree**2 : (degree + 1) ** 2]
        expected = (2 * degree + 1) / (4 * pi) * legendre[degree]
        assert torch.allclose((own[:, :, :1] * own).sum(1), expected, atol=1e-10)
        legendre.append(((2 * degree + 3) * cosine * legendre[-1] - (degree + 1) * legendre[-2]) / (degree + 2))


@pytest.mark.parametrize("done", ["turned", "mirrored", "moved", "rescaled", "shuffled"])
def test_a_form_is_the_same_in_every_pose(done: str) -> None:
    own = clouds(3)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)))[0]
    turn[:, 0] *= torch.linalg.det(turn).sign()
    other = {
        "turned": own @ turn,
        "mirrored": own * torch.tensor([1.0, 1, -1]),
        "moved": own + 5,
        "rescaled": own * 20,
        "shuffled": own.flip(1),
    }[done]
    found = form(own)
    assert found.shape == (3, WIDTH)
    assert torch.allclose(found.norm(dim=1), torch.ones(3), atol=1e-6)
    assert (form(other) - found).norm(dim=1).max() < 5e-3  # roots of what is nearly 0
    apart = torch.cdist(found, found)
    assert apart[~torch.eye(3, dtype=torch.bool)].min() > 0.2


def test_noise_and_fewer_points_leave_it_near() -> None:
    own = clouds(6, 1024)
    noisy = own + 0.02 * torch.randn(own.shape, generator=torch.Generator().manual_seed(2))
    assert torch.cdist(form(noisy[:, :700]), form(own)).argmin(1).tolist() == list(range(6))


def test_batches_and_clouds_without_form_are_no_matter() -> None:
    own = clouds(40, 900)  # more than are computed at once
    assert torch.allclose(form(own)[35:36], form(own[35:36]), atol=1e-4)
    assert torch.isfinite(form(torch.ones(2, 5, 3))).all()
    assert torch.isfinite(form(torch.rand(2, 1, 3))).all()
