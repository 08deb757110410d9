"""Clouds as a model in an ONNX file wants them, in NumPy alone: the numbers that `model.prepare` gives. No torch here.

What PyTorch computes on CPUs is followed step by step, also in which order it adds and where the standard library's
selection (libstdc++'s) leaves the points that it draws. A cloud's first point begins its patches, and equal distances
are common in what people design: clouds that are the same up to rounding have other patches.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.geometry.upright import check_up, turns

GRAY = 0.4
_EQUAL, _GRAINS = 1e-12, 64  # as in `pointrecon.geometry.preparing`
_NEAR = 0.1
_SORTED = 64  # PyTorch sorts where less than this part of the points is drawn


def prepared(data: Any, count: int, *, up_from: str, up_to: str, channels: int = 3) -> np.ndarray:
    """As `pointrecon.geometry.preparing.prepared_clouds`: (B, count, channels) float32 of arrays or lists of them."""
    check_up(up_from)
    every = clouds_of(data, channels=(channels,))
    for number, one in enumerate(every):
        _check_extent(one, number)
    return np.stack([_prepared(one, count, turns(up_from, up_to)) for one in every])


def colored(points: Any, colors: Any, count: int, *, up_from: str, up_to: str) -> np.ndarray:
    """As `pointrecon.models.plus.plus_clouds.prepared_colored`: (B, count, 6) float32, gray where nothing is given."""
    clouds, whole = clouds_of(points, channels=(3, 6)), False
    if colors is not None:
        shades = clouds_of(colors, "color of cloud")
        whole = np.asarray(colors[0] if isinstance(colors, list | tuple) else colors).dtype.kind != "f"
        if [shade.shape for shade in shades] != [cloud[:, :3].shape for cloud in clouds]:
            raise InputError("colors must have the shape of the points: red, green and blue for each")
        if any(cloud.shape[1] == 6 for cloud in clouds):
            raise InputError("the points bring colors (six channels), and colors are given beside; leave one out")
        clouds = [np.hstack([one, shade.astype(one.dtype)]) for one, shade in zip(clouds, shades, strict=True)]
    most = max((float(cloud[:, 3:].max()) for cloud in clouds if cloud.shape[1] == 6), default=0.0)
    scale = 255 if whole or most > 1 else 1
    shaded = [
        np.hstack([one[:, :3], one[:, 3:] / one.dtype.type(scale) if one.shape[1] == 6 else np.full_like(one, GRAY)])
        for one in clouds
    ]
    made = prepared(shaded, count, up_from=up_from, up_to=up_to, channels=6)
    check_given(made, count, 6)
    return made


def check_given(clouds: np.ndarray, count: int, channels: int) -> None:
    """InputError where clouds are not (B, count, channels), prepared, and their colors 0 to 1."""
    if clouds.ndim != 3 or clouds.shape[1:] != (count, channels):
        raise InputError(
            f"this file takes clouds of the shape (batch, {count}, {channels}), not {clouds.shape}: "
            "give what prepare(points) makes"
        )
    if not np.isfinite(clouds).all():
        raise InputError("clouds hold numbers that are not finite (NaN or infinite); leave those points out")
    places = clouds[..., :3]
    mean, radius = np.linalg.norm(places.mean(1), axis=1), np.linalg.norm(places, axis=2).max(1, initial=0)
    right = (mean <= _NEAR) & ((np.abs(radius - 1) <= _NEAR) | (radius == 0))
    if not right.all():
        at = int(np.argmin(right))
        raise InputError(
            f"cloud {at} is not prepared (its mean is {mean[at]:.3g} from the origin, its radius {radius[at]:.3g}); "
            "give what prepare(points) makes"
        )
    if not ((clouds[..., 3:] >= 0) & (clouds[..., 3:] <= 1)).all():
        raise InputError("clouds hold colors that are not 0 to 1; give what prepare(points, colors) makes")


def clouds_of(data: Any, name: str = "cloud", channels: tuple[int, ...] = (3,)) -> list[np.ndarray]:
    """Each of one or several clouds, (N, 3) float32 or float64; InputError for anything else."""
    if isinstance(data, Sequence) and len(data) > 0 and np.ndim(data[0]) == 2:
        return [_as_clouds(one, f"{name} {number}", channels)[0] for number, one in enumerate(data)]
    return list(_as_clouds(data, f"{name}s", channels))


def _as_clouds(data: Any, name: str, channels: tuple[int, ...]) -> np.ndarray:
    wanted = " or ".join(map(str, channels))
    try:
        if np.ma.is_masked(data):
            raise ValueError("some are masked; leave those points out")
        points = np.asarray(data)
        if points.dtype.kind not in "fiu":
            raise TypeError(f"they are of type {points.dtype}")
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers of the shape (batch, points, {wanted}): {error}") from None
    if points.ndim not in (2, 3) or points.shape[-1] not in channels or points.size == 0:
        shapes = f"(batch, points, {wanted}) or (points, {wanted})"
        raise InputError(f"{name} must have the shape {shapes}, not {points.shape}")
    if not np.isfinite(points).all():
        raise InputError(f"{name} hold coordinates that are not finite (NaN or infinite); leave those points out")
    points = points if points.ndim == 3 else points[None]
    return points.astype(points.dtype.newbyteorder("=") if points.dtype.kind == "f" else np.float64)


def _check_extent(cloud: np.ndarray, number: int) -> None:
    places = cloud[:, :3].astype(np.float64)
    places = places / max(np.abs(places).max(), np.finfo(np.float64).tiny)
    radius = float(np.linalg.norm(places - places.mean(0), axis=1).max())
    if radius <= _EQUAL:
        raise InputError(f"cloud {number} has points that are all equal, so there is no shape in it: leave it out")
    if radius < _GRAINS * np.finfo(cloud.dtype).eps:
        raise InputError(
            f"cloud {number} is too coarse in {cloud.dtype} so far from the origin: give it in float64, or centered"
        )


def _prepared(cloud: np.ndarray, count: int, turn: int) -> np.ndarray:
    exact = cloud.astype(np.float64 if cloud.dtype.itemsize > 4 else np.float32)
    total = len(exact)
    drawn = exact[drawn_places(total, count)] if total > count else np.tile(exact, (-(-count // total), 1))[:count]
    places = _normalized(np.roll(drawn[:, :3], turn, axis=1)).astype(np.float32)
    return np.hstack([places, drawn[:, 3:].astype(np.float32)])


def _normalized(points: np.ndarray) -> np.ndarray:
    """As `pointrecon.geometry.normalize`, (N, 3) of either type."""
    kind = points.dtype.type
    points = np.ldexp(points, -np.clip(np.frexp(np.abs(points).max())[1], -120, 120)).astype(kind)
    centered = points - sum_in_order(points) / kind(len(points))
    squares = np.zeros(len(points), kind)
    for axis in centered.T:  # of float32 each product is added before it is rounded
        squares = (axis.astype(np.float64) ** 2 + squares).astype(kind)
    radius = np.sqrt(squares).max()
    if radius <= 8 * np.finfo(kind).eps * np.abs(points).max():
        return np.zeros_like(points)
    return centered / radius


def sum_in_order(rows: np.ndarray) -> np.ndarray:
    """The sum of (N, 3) in the order in which PyTorch adds: four rows side by side, and levels of partial sums."""
    whole = len(rows) // 4
    lanes = rows[: whole * 4].reshape(whole, 4, 3)
    power = max(4, (max(whole, 2) - 1).bit_length() // 4)
    step, levels, done = 1 << power, np.zeros((4, 4, 3), rows.dtype), 0
    for done in range(step, whole + 1, step):
        for lane in lanes[done - step : done]:
            levels[0] += lane
        for level in range(1, 4):
            levels[level] += levels[level - 1]
            levels[level - 1] = 0
            if done & ((step - 1) << (level * power)):
                break
    for lane in lanes[done:]:
        levels[0] += lane
    for level in range(1, 4):
        levels[0] += levels[level]
    total, *others = levels[0]
    for row in [*rows[whole * 4 :], *others]:
        total = total + row
    return total


def drawn_places(total: int, count: int) -> np.ndarray:
    """Which ``count`` of ``total`` points are drawn, (count,), and in their order: those of the largest random numbers.

    As `pointrecon.geometry.random_sample` with a generator of seed 0, on a CPU.
    """
    draw = np.random.RandomState(0)._bit_generator.random_raw(total) & 0xFFFFFF
    values = -draw.astype(np.int64)
    if count * _SORTED <= total:
        return np.argsort(values, kind="stable")[:count]
    return _selected(values, count - 1)[:count]


def _selected(values: np.ndarray, nth: int) -> np.ndarray:
    """Where the values are once the ``nth`` smallest is at its place, as `std::nth_element` of libstdc++ moves them."""
    values, order = values.copy(), np.arange(len(values))

    def swap(one: Any, other: Any) -> None:
        for array in (values, order):
            array[one], array[other] = array[other].copy(), array[one].copy()

    first, last, rounds = 0, len(values), 2 * (len(values).bit_length() - 1)
    while last - first > 3 and rounds:
        rounds -= 1
        middle = sorted((first + 1, first + (last - first) // 2, last - 1), key=values.__getitem__)[1]
        swap(first, middle)
        pivot, rest = values[first], values[first + 1 : last]
        left = first + 1 + np.flatnonzero(rest >= pivot)
        right = first + 1 + np.flatnonzero(rest <= pivot)[::-1]
        both = min(len(left), len(right))
        pairs = int((left[:both] < right[:both]).sum())
        swap(left[:pairs], right[:pairs])
        cut = min([*left[pairs : pairs + 1], *right[:pairs][-1:]])
        first, last = (cut, last) if cut <= nth else (first, cut)
    rest_order = first + np.argsort(values[first:last], kind="stable")
    order[first:last] = order[rest_order]
    return order
