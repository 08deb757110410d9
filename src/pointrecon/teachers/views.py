"""The pictures of shapes that a teacher sees: those stored in the table, or the clouds drawn on a ring."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pointrecon.geometry.upright import turn_up
from pointrecon.teachers.pictures import decode, same_size

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays
    from pointrecon.teachers.protocol import ImageTeacher

_ELEVATION = math.radians(20)
_FIRST = math.radians(35)  # off the axes, where symmetric parts would hide one another


def ring(views: int, up: str) -> Tensor:
    """(V, 3) unit directions from a shape to cameras at equal steps around its up axis, 20° above the horizon."""
    azimuth = torch.arange(views) * (2 * math.pi / views) + _FIRST
    high = torch.full((views,), math.sin(_ELEVATION))
    directions = torch.stack([math.cos(_ELEVATION) * azimuth.sin(), high, math.cos(_ELEVATION) * azimuth.cos()], 1)
    return turn_up(directions, "y", up)


def shape_pictures(
    arrays: "ShapeArrays", teacher: "ImageTeacher", views: int, *, stored: bool, device: str = "cpu"
) -> tuple[list[int], Tensor]:
    """Pictures of the shapes, V = ``views`` each, in the size and shading that the teacher wants.

    The table's ones are decoded if ``stored`` (fewer are repeated, more are cut, an unreadable one is an InputError),
    otherwise the clouds are drawn.

    Returns:
        the places of the shapes that have pictures, and their pictures (b, V, 1 or 3, size, size) in 0..1.
    """
    size, shading = teacher.size, teacher.shading
    if not stored:
        from pointrecon.shapes.pictures.splat import render_clouds

        points = torch.from_numpy(arrays.points.astype("float32")).to(device)
        normals = None
        if arrays.normals is not None and np.isfinite(arrays.normals).all():
            normals = torch.from_numpy(arrays.normals.astype("float32")).to(device)
        seen = render_clouds(
            points, views=ring(views, arrays.meta.up), size=size, shading=shading, normals=normals, up=arrays.meta.up
        )
        return list(range(len(arrays))), seen
    kept = {i: own for i, own in enumerate(arrays.pictures or []) if own}
    seen = torch.zeros(len(kept), views, 3, size, size, device=device)
    for row, (i, own) in enumerate(kept.items()):
        for view in range(views):
            picture = decode(own[view % len(own)], f"a picture of shape '{arrays.id[i]}'")
            seen[row, view] = same_size(picture[None], size)[0]
    return list(kept), seen
