"""Clouds in several poses: rotations only, about the up axis, or the same ones for a cloud that was turned."""

import pytest
import torch

from pointrecon.geometry import posed
from pointrecon.geometry.poses import along_axes

_CLOUDS = torch.randn(3, 40, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([3.0, 2.0, 1.0])
CLOUDS = _CLOUDS - _CLOUDS.mean(1, keepdim=True)
TURN = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)))[0]
TURN = TURN * torch.linalg.det(TURN)


def test_as_given() -> None:
    assert torch.equal(*posed(CLOUDS, "given"), CLOUDS)


@pytest.mark.parametrize(("poses", "count"), [("turned", 4), ("any", 24)])
def test_poses_are_different_rotations(poses: str, count: int) -> None:
    found = list(posed(CLOUDS, poses))
    assert len(found) == count
    for one in found:  # distances and handedness stay
        assert torch.allclose(one @ one.mT, CLOUDS @ CLOUDS.mT, atol=1e-3)
        assert torch.allclose(torch.linalg.det(one[:, :3]), torch.linalg.det(CLOUDS[:, :3]), atol=1e-3)
    assert min(float((a - b).abs().max()) for i, a in enumerate(found) for b in found[:i]) > 0.5


@pytest.mark.parametrize(("axis", "up"), enumerate("xyz"))
def test_turned_keeps_what_is_up(axis: int, up: str) -> None:
    first, *rest = posed(CLOUDS, "turned", up)
    assert torch.equal(first, CLOUDS)
    assert all(torch.equal(one[..., axis], CLOUDS[..., axis]) for one in rest)


def test_a_cloud_that_was_turned_has_the_same_24_poses() -> None:
    own, turned = torch.stack(list(posed(CLOUDS, "any"))), torch.stack(list(posed(CLOUDS @ TURN, "any")))
    away = (own[:, None] - turned[None]).abs().amax((-1, -2))  # (24, 24, clouds)
    assert float(away.amin(1).max()) < 1e-3
    mirrored = torch.stack(list(posed(CLOUDS * torch.tensor([-1.0, 1, 1]), "any")))
    assert float((own[:, None] - mirrored[None]).abs().amax((-1, -2)).amin(1).min()) > 0.1


def test_principal_axes_lie_along_x_y_and_z() -> None:
    along = along_axes(CLOUDS @ TURN)
    spread = along.transpose(1, 2) @ along
    off = spread - torch.diag_embed(spread.diagonal(dim1=1, dim2=2))
    assert float(off.abs().max()) < 1e-2
    assert bool((spread.diagonal(dim1=1, dim2=2).diff(dim=1) < 0).all())
