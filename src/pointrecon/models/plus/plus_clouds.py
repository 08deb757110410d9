"""Clouds with colors, as a ReCon++ model wants them."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.geometry.augmentation import GRAY
from pointrecon.geometry.preparing import list_of_clouds, prepared_clouds


def is_colored(model: Any) -> bool:
    """Whether a model looks at colors: its clouds are (B, n, 6)."""
    return getattr(model.config, "channels", 3) == 6


def prepared_colored(points: Any, colors: Any, count: int, *, up_from: str, up_to: str) -> Tensor:
    """Clouds of any sizes with their colors, (B, count, 6) float32, colors 0 to 1; gray where none are given.

    Args:
        points: as :func:`pointrecon.geometry.preparing.prepared_clouds` takes them, or with six channels, colors last.
        colors: of each point, in the same form; None where there are none, or the points have them.
        count: points of a cloud.
        up_from, up_to: the up axis of the clouds, and the model's.

    Colors are 0 to 255 where they are whole numbers or any of them is above 1; else 0 to 1.

    Raises:
        InputError: for another shape, or numbers that are no colors.
    """
    clouds, whole = list_of_clouds(points, channels=(3, 6)), False
    if colors is not None:
        shades, whole = list_of_clouds(colors, "color of cloud"), _are_whole(colors)
        if [shade.shape for shade in shades] != [cloud[:, :3].shape for cloud in clouds]:
            raise InputError("colors must have the shape of the points: red, green and blue for each")
        clouds = [torch.cat([cloud, shade.to(cloud)], 1) for cloud, shade in zip(clouds, shades, strict=True)]
        if any(cloud.shape[1] > 6 for cloud in clouds):
            raise InputError("the points bring colors (six channels), and colors are given beside; leave one out")
    most = max((float(cloud[:, 3:].max()) for cloud in clouds if cloud.shape[1] == 6), default=0.0)
    scale = 255 if whole or most > 1 else 1
    made = prepared_clouds(
        [_in_color(cloud, scale) for cloud in clouds], count, up_from=up_from, up_to=up_to, channels=6
    )
    check_colors_prepared(made)
    return made


def _in_color(cloud: Tensor, scale: int) -> Tensor:
    """(N, 6), colors divided by the scale; gray where the cloud (N, 3) has none."""
    return torch.cat([cloud[:, :3], cloud[:, 3:] / scale], 1) if cloud.shape[1] == 6 else in_gray(cloud)


def in_gray(clouds: Tensor) -> Tensor:
    """Clouds (..., 3) without colors, in gray: (..., 6)."""
    return torch.cat([clouds, torch.full_like(clouds, GRAY)], -1)


def _are_whole(colors: Any) -> bool:
    one = colors[0] if isinstance(colors, list | tuple) else colors
    return not (one.is_floating_point() if isinstance(one, Tensor) else np.asarray(one).dtype.kind == "f")


def check_colors_prepared(clouds: Tensor) -> None:
    """Raise InputError where colors of (B, N, 6) clouds are not 0 to 1."""
    colors = clouds[..., 3:]
    if not bool(((colors >= 0) & (colors <= 1)).all()):
        raise InputError("clouds hold colors that are not 0 to 1; give model.prepare(points, colors), of 0 to 1 or 255")
