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

VIEWS = 6
_ELEVATION, _ABOVE = 20.0, 50.0  # degrees above the horizon
_FIRST = math.radians(35)  # off the axes, where symmetric parts would hide one another


def views_of(teacher: "ImageTeacher") -> int:
    """How many pictures a shape it looks at where nobody says."""
    return getattr(teacher, "views", VIEWS)


def ring(views: int, up: str, elevation: float = _ELEVATION) -> Tensor:
    """(V, 3) unit directions from a shape to cameras at equal steps around its up axis, so many degrees high."""
    azimuth = torch.arange(views) * (2 * math.pi / max(views, 1)) + _FIRST
    level, high = math.cos(math.radians(elevation)), math.sin(math.radians(elevation))
    directions = torch.stack([level * azimuth.sin(), torch.full((views,), high), level * azimuth.cos()], 1)
    return turn_up(directions, "y", up)


def rings(views: int, up: str) -> Tensor:
    """Two of them: a third of the cameras 50° above the horizon, the others 20°."""
    high = views // 3
    return torch.cat([ring(views - high, up), ring(high, up, _ABOVE)])


def pooled(features: Tensor, pooling: str) -> Tensor:
    """(B, V, D) features of views as one of a shape, (B, D): their "max" or, for anything else, their mean."""
    return features.amax(1) if pooling == "max" else features.mean(1)


def drawn(points: Tensor, teacher: "ImageTeacher", views: int, *, up: str, normals: Tensor | None = None) -> Tensor:
    """Clouds (B, N, 3) as the teacher wants to see them, from a ring: (B, V, 1 or 3, size, size) in 0..1."""
    from pointrecon.shapes.pictures.splat import render_clouds

    seen_from = (rings if getattr(teacher, "rings", False) else ring)(views, up)
    return render_clouds(points, views=seen_from, size=teacher.size, shading=teacher.shading, normals=normals, up=up)


def shape_pictures(
    arrays: "ShapeArrays", teacher: "ImageTeacher", views: int, *, stored: bool, device: str = "cpu"
) -> tuple[list[int], Tensor]:
    """Pictures of the shapes, V = ``views`` each, in the size and shading that the teacher wants.

    The table's ones are decoded if ``stored`` (fewer are repeated, more are cut, an unreadable one is an InputError),
    otherwise the clouds are drawn.

    Returns:
        the places of the shapes that have pictures, and their pictures (b, V, 1 or 3, size, size) in 0..1.
    """
    size = teacher.size
    if not stored:
        points = torch.from_numpy(arrays.points.astype("float32")).to(device)
        normals = None
        if arrays.normals is not None and np.isfinite(arrays.normals).all():
            normals = torch.from_numpy(arrays.normals.astype("float32")).to(device)
        return list(range(len(arrays))), drawn(points, teacher, views, up=arrays.meta.up, normals=normals)
    kept = {i: own for i, own in enumerate(arrays.pictures or []) if own}
    seen = torch.zeros(len(kept), views, 3, size, size, device=device)
    for row, (i, own) in enumerate(kept.items()):
        for view in range(views):
            picture = decode(own[view % len(own)], f"a picture of shape '{arrays.id[i]}'")
            seen[row, view] = same_size(picture[None], size)[0]
    return list(kept), seen
