"""Clouds as a model wants them: so many points, turned up, centered, inside the unit sphere."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from pointrecon.errors import InputError
from pointrecon.geometry.sampling import resize
from pointrecon.geometry.upright import check_up, turn_up

_EQUAL = 1e-12  # a radius, of the largest coordinate
_GRAINS = 64  # a radius in steps of the numbers given: of fewer, the grid is what would be seen
_NEAR = 0.1  # how far mean and largest radius of a prepared cloud may be from 0 and 1


def normalize(points: Tensor) -> Tensor:
    """Center every cloud (B, N, 3) on its mean and scale it by its largest radius, into the unit sphere.

    A cloud of one repeated point becomes zeros, whatever the point; so does one whose extents are below what numbers of
    its type can tell apart at its place. Source: METHOD section 4, "Inputs".
    """
    # Scaled by a power of two first, which is exact: squares neither overflow nor vanish.
    power = points.abs().amax((1, 2), keepdim=True).frexp().exponent.clamp(-120, 120)
    points = torch.ldexp(points, -power)
    centered = points - points.mean(1, keepdim=True)
    radius = centered.norm(dim=-1).amax(1)[:, None, None]
    noise = 8 * torch.finfo(points.dtype).eps * points.abs().amax((1, 2), keepdim=True)
    return (centered / radius).masked_fill(radius <= noise, 0)


def prepare(
    points: Tensor, count: int, *, up_from: str = "unknown", up_to: str = "y", generator: Generator | None = None
) -> Tensor:
    """Clouds as a model wants them, (B, count, 3) float32: so many points, turned up, centered, scaled.

    What stands behind the coordinates (colors, to (B, count, 6)) stays with its point, as it is. Float64 is centered
    and scaled as such. ``count`` and ``generator`` are as for :func:`pointrecon.geometry.resize`; ``up_from`` and
    ``up_to`` are the clouds' up axis, and the model's.
    """
    exact = points if points.dtype == torch.float64 else points.float()
    drawn = resize(exact, count, generator)
    placed = normalize(turn_up(drawn[..., :3], up_from, up_to)).float()
    return placed if drawn.shape[-1] == 3 else torch.cat([placed, drawn[..., 3:].float()], -1)


def prepared_clouds(data: Any, count: int, *, up_from: str = "unknown", up_to: str = "y", channels: int = 3) -> Tensor:
    """What a caller has, as :func:`prepare` makes it; of equal clouds always the same points are drawn.

    Takes numpy or torch (N, 3) or (B, N, 3), or a list of clouds of any sizes; gives (B, count, 3) float32, with B = 1
    for a single cloud; with other ``channels`` likewise. InputError for another shape, an empty cloud, coordinates
    that are not finite, or what `check_extent` refuses.
    """
    check_up(up_from)
    how = {"up_from": up_from, "up_to": up_to}
    every = list_of_clouds(data, channels=(channels,))
    for number, one in enumerate(every):
        check_extent(one, number)
    made = [prepare(one[None], count, generator=torch.Generator().manual_seed(0), **how) for one in every]
    return torch.cat(made)


def list_of_clouds(data: Any, name: str = "cloud", channels: tuple[int, ...] = (3,)) -> list[Tensor]:
    """One (N, 3) tensor of floats for each of what :func:`prepared_clouds` takes; InputError as there."""
    if isinstance(data, Sequence) and len(data) > 0 and np.ndim(data[0]) == 2:
        return [as_clouds(one, f"{name} {number}", channels=channels)[0] for number, one in enumerate(data)]
    return list(as_clouds(data, f"{name}s", channels=channels))


def as_clouds(data: Any, name: str = "clouds", *, look: bool = True, channels: tuple[int, ...] = (3,)) -> Tensor:
    """(N, 3) or (B, N, 3) finite numbers as a (B, N, 3) tensor of floats; InputError for anything else.

    Without ``look``, whether they are finite is not asked: on a GPU that waits for what is under way there.
    ``channels`` are how many numbers a point may have.
    """
    wanted = " or ".join(map(str, channels))
    try:
        points = data if isinstance(data, Tensor) else _tensor(data)
        if points.is_complex():
            raise TypeError("they are complex")
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers of the shape (batch, points, {wanted}): {error}") from None
    if points.ndim not in (2, 3) or points.shape[-1] not in channels or points.numel() == 0:
        shapes = f"(batch, points, {wanted}) or (points, {wanted})"
        raise InputError(f"{name} must have the shape {shapes}, not {tuple(points.shape)}")
    points = points if points.is_floating_point() else points.double()
    if look:
        _check_finite(points, name)
    return points if points.ndim == 3 else points[None]


def _tensor(data: Any) -> Tensor:
    """Numbers of any layout and byte order; TypeError or ValueError for what are none."""
    if np.ma.is_masked(data):
        raise ValueError("some are masked; leave those points out")
    numbers = np.asarray(data)
    if numbers.dtype.kind not in "fiuc":
        raise TypeError(f"they are of type {numbers.dtype}")
    return torch.from_numpy(np.require(numbers, numbers.dtype.newbyteorder("="), ["C", "W"]))


def _check_finite(points: Tensor, name: str) -> None:
    if not bool(points.isfinite().all()):
        raise InputError(f"{name} hold coordinates that are not finite (NaN or infinite); leave those points out")


def check_extent(cloud: Tensor, number: int) -> None:
    """InputError where all points of a cloud (N, 3 or more) are equal, or its floats are too coarse so far out."""
    places = cloud[:, :3].detach().to("cpu", torch.float64)
    places = places / places.abs().max().clamp(min=torch.finfo(places.dtype).tiny)
    radius = float((places - places.mean(0)).norm(dim=1).max())
    if radius <= _EQUAL:
        raise InputError(f"cloud {number} has points that are all equal, so there is no shape in it: leave it out")
    if radius < _GRAINS * torch.finfo(cloud.dtype).eps:
        kind = str(cloud.dtype).removeprefix("torch.")
        raise InputError(
            f"cloud {number} is too coarse in {kind} so far from the origin: give it in float64, or centered"
        )


def check_prepared(points: Tensor) -> None:
    """Raise InputError when a cloud of (B, N, 3) is not finite, centered and scaled (zeros count as both).

    Of good clouds it asks one question: on a GPU one wait.
    """
    mean, radius = points.mean(1).norm(dim=1), points.norm(dim=2).amax(1)
    right = (mean <= _NEAR) & (((radius - 1).abs() <= _NEAR) | (radius == 0))  # of NaN neither is true
    wrong = ~right
    if bool(wrong.any()):
        _check_finite(points, "clouds")
        place = int(wrong.int().argmax())
        raise InputError(
            f"cloud {place} is not prepared (its mean is {float(mean[place]):.3g} from the origin, its radius "
            f"{float(radius[place]):.3g}); give model.prepare(points) instead"
        )
