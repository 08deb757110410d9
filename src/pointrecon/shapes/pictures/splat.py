"""Pictures of point clouds: a batched splat renderer in torch, on any device, without a graphics library.

Every point falls on one pixel of each view (orthographic, nearest point first), the pixels then grow into
their neighborhood until the surface closes, and what grew beyond the silhouette is taken back.
"""

import math
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pointrecon.errors import InputError
from pointrecon.geometry.neighbors import gather
from pointrecon.geometry.upright import check_up, turn_up

Shading = Literal["depth", "normal", "light"]
CHANNELS = {"depth": 1, "normal": 3, "light": 1}
FILL = 0.92  # the cloud's bounding ball fills this part of the picture
_DEPTH_STEPS = 2**24  # as fine as float32 tells depths apart
_EMPTY = 2**62
# Depth a splat loses per pixel from its middle: the nearest middle wins, the front over the back.
_SLOPE = 0.5
_LAMP = (-0.3, 0.6, 0.74)  # where the light comes from: left, above, behind the camera
# πr²N / area is how many points a splat of radius r meets; four leave few holes. Shapes have about 8 r².
_COVER = 10.0


def view_directions(views: int, up: str = "y") -> Tensor:
    """(V, 3) unit vectors, float32, to the cameras: a ring at 20° of height; of four or more, the last at 65°."""
    if views < 1:
        raise InputError(f"cannot render {views} views; ask for 1 or more")
    around = views - 1 if views >= 4 else views
    # 35° from the front: not along an axis, where thin and symmetric parts would hide one another.
    azimuth = torch.tensor([*range(around), *[0] * (views - around)]) * (2 * math.pi / around) + math.radians(35)
    elevation = torch.tensor([20.0] * around + [65.0] * (views - around)).deg2rad()
    level = elevation.cos()
    right, front, high = level * azimuth.sin(), level * azimuth.cos(), elevation.sin()
    # (right, high, front) are x, y, z when y is up; the others are the same turned cyclically.
    check_up(up)
    return turn_up(torch.stack([right, high, front], -1), "y", up)


def render_clouds(
    points: Tensor,
    *,
    views: int | Tensor = 6,
    size: int = 96,
    shading: Shading = "depth",
    normals: Tensor | None = None,
    colors: Tensor | None = None,
    up: str = "y",
) -> Tensor:
    """Draw every cloud (B, N, 3) from every view, on white, as (B, V, channels, size, size) float32 in [0, 1].

    Each cloud is centered and scaled to fill the picture. The order of its points does not matter, nor do the other
    clouds of the batch.

    Args:
        views: how many (see `view_directions`), or directions from the shape to the cameras (V, 3).
        size: height and width in pixels.
        shading: "depth" (1 channel, dark is near), "normal" (3 channels: right, up, towards camera, mapped from [-1,
            1]), "light" (1 channel, lit from above: closest to a photograph).
        normals: (B, N, 3), of either sign; where not given, the slope of the visible surface serves.
        colors: (B, N, 3) in [0, 1], for "light" alone, which then has 3 channels: the colors as they are lit.
        up: the axis that points up in the pictures.

    Raises:
        InputError: wrong shapes, no points, NaN or infinite coordinates, size below 8, an unknown shading, colors where
            they are not taken.
    """
    _check(points, normals, colors, size, shading)
    device = points.device
    directions = view_directions(views, up) if isinstance(views, int) else views
    if device.type == "mps":  # has no minimum-scatter of 64-bit integers
        by_point = {
            name: None if xyz is None else xyz.cpu() for name, xyz in {"normals": normals, "colors": colors}.items()
        }
        how: Any = {"views": directions.cpu(), "size": size, "shading": shading, "up": up, **by_point}
        return render_clouds(points.cpu(), **how).to(device)
    cameras = _cameras(directions.float(), up).to(device)
    radius = math.sqrt(_COVER / points.shape[1])  # relative to the cloud's: N points just close a surface
    grow = max(1, min(round(radius * FILL * size / 2), size // 10))
    # Small chunks stay in the cache of a CPU; a GPU wants large ones.
    pixels = len(cameras) * size * size
    chunk = max(1, (2**26 if device.type == "cuda" else 2**20) // pixels)
    pictures = []
    for start in range(0, len(points), chunk):
        cloud, normal, color = _canonical(points, normals, colors, slice(start, start + chunk))
        pictures.append(_render(cloud, normal, color, cameras, size, grow, shading))
    channels = CHANNELS[shading] if colors is None else 3
    return torch.cat(pictures) if pictures else points.new_zeros((0, len(cameras), channels, size, size))


def _check(points: Tensor, normals: Tensor | None, colors: Tensor | None, size: int, shading: str) -> None:
    if points.ndim != 3 or points.shape[-1] != 3 or points.shape[1] == 0:
        raise InputError(f"the clouds to render have shape {tuple(points.shape)}, expected (clouds, points, 3)")
    if not bool(torch.isfinite(points).all()):
        raise InputError("the clouds to render have NaN or infinite coordinates; remove those points first")
    if normals is not None and normals.shape != points.shape:
        raise InputError(f"the normals have shape {tuple(normals.shape)}, the points {tuple(points.shape)}")
    if colors is not None and (colors.shape != points.shape or shading != "light"):
        raise InputError(f"colors of shape {tuple(colors.shape)} need as many points, and the shading 'light'")
    if size < 8:
        raise InputError(f"a picture of {size} pixels is too small; ask for 8 or more")
    if shading not in CHANNELS:
        raise InputError(f"there is no shading '{shading}'; use one of {', '.join(CHANNELS)}")


def _canonical(
    points: Tensor, normals: Tensor | None, colors: Tensor | None, which: slice
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Clouds centered, scaled into the unit ball, and in an order that depends on the points alone."""
    cloud = points[which].float()
    low, high = cloud.amin(1, keepdim=True), cloud.amax(1, keepdim=True)
    cloud = cloud - (low + high) / 2
    cloud = cloud / cloud.norm(dim=-1).amax(1)[:, None, None].clamp_min(1e-12)
    # Equal depths are settled by order; a fixed oblique direction makes an order of its own.
    order = (cloud * cloud.new_tensor([0.5358, 0.2718, 0.7994])).sum(-1).argsort(1)
    normal, color = (None if xyz is None else gather(xyz[which].float(), order) for xyz in (normals, colors))
    return gather(cloud, order), normal, color


def _cameras(directions: Tensor, up: str) -> Tensor:
    """Rows right, up, towards the camera: (V, 3) → (V, 3, 3)."""
    if directions.ndim != 2 or directions.shape[1] != 3 or bool((directions.norm(dim=1) == 0).any()):
        raise InputError(
            f"view directions have shape {tuple(directions.shape)}, expected (views, 3), none of them zero"
        )
    towards = normalize(directions, dim=1)
    axis = {"x": 0, "y": 1, "z": 2, "unknown": 1}[up]
    above = torch.eye(3)[axis].expand_as(towards).to(towards)
    # Straight from above or below, the next axis is up in the picture.
    steep = (towards[:, axis].abs() > 0.999)[:, None]
    above = torch.where(steep, torch.eye(3).to(towards)[(axis + 1) % 3], above)
    right = normalize(torch.linalg.cross(above, towards), dim=1)
    return torch.stack([right, torch.linalg.cross(towards, right), towards], 1)


def _render(
    points: Tensor, normals: Tensor | None, colors: Tensor | None, cameras: Tensor, size: int, grow: int, shading: str
) -> Tensor:
    batch, count, views = len(points), points.shape[1], len(cameras)
    seen = torch.einsum("vij,bnj->bvni", cameras, points)  # (B, V, N, 3): right, up, towards
    column = ((seen[..., 0] * FILL + 1) * (size / 2)).long().clamp_(0, size - 1)
    row = ((1 - seen[..., 1] * FILL) * (size / 2)).long().clamp_(0, size - 1)
    depth = ((1 - seen[..., 2]) / 2).clamp(0, 1)
    # Depth in the high bits, the point's number in the low ones: the smallest key is the nearest point.
    bits = max(1, (count - 1).bit_length())
    key = ((depth * _DEPTH_STEPS).long() << bits) + torch.arange(count, device=points.device)
    picture = torch.arange(batch * views, device=points.device).view(batch, views, 1) * (size * size)
    nearest = torch.full((batch * views * size * size,), _EMPTY, device=points.device)
    nearest.scatter_reduce_(0, (picture + row * size + column).flatten(), key.flatten(), "amin")
    loss = int(_SLOPE * _DEPTH_STEPS / (FILL * size)) << bits
    nearest = _dilate(nearest.view(batch * views, size, size), grow, loss)
    shape = _erode(nearest < _EMPTY, grow - max(1, round(0.3 * grow))).view(batch, views, 1, size, size)
    winner = (nearest & (2**bits - 1)).clamp_max_(count - 1).view(batch, views, -1)
    near = depth.gather(2, winner).view(batch, views, 1, size, size)
    if shading == "depth":
        return torch.where(shape, 0.85 * near, 1.0).clamp_(0, 1)
    if normals is None:
        face = _facing(near[:, :, 0], shape[:, :, 0], max(3, round(0.8 * grow)))
    else:
        faces = normalize(torch.einsum("vij,bnj->bvni", cameras, normals), dim=-1)
        faces = faces * torch.where(faces[..., 2:] < 0, -1.0, 1.0)  # a surface that is seen faces the camera
        face = faces.gather(2, winner.unsqueeze(-1).expand(-1, -1, -1, 3)).view(batch, views, size, size, 3)
    if shading == "light":
        lit = 0.2 + 0.65 * (face @ face.new_tensor(_LAMP)).clamp_min(0).unsqueeze(2)
        lit = lit * (1.15 - 0.3 * near)
        if colors is not None:
            seen = colors[:, None].expand(-1, views, -1, -1).gather(2, winner.unsqueeze(-1).expand(-1, -1, -1, 3))
            lit = lit * seen.view(batch, views, size, size, 3).movedim(-1, 2)
        return torch.where(shape, lit, 1.0).clamp_(0, 1)
    return torch.where(shape, (face.movedim(-1, 2) + 1) / 2, 1.0).clamp_(0, 1)


def _dilate(key: Tensor, steps: int, loss: int) -> Tensor:
    """Each pixel takes the smallest key around it, plus `loss` a step; crosses, squares by turns."""
    for step in range(steps):
        far = key + loss
        out = key.clone()
        _shift_minimum(out, far, -1)
        if step % 2:
            far = out + loss
            out = out.clone()
        _shift_minimum(out, far, -2)
        key = out
    return key


def _shift_minimum(out: Tensor, key: Tensor, dim: int) -> None:
    length = out.shape[dim] - 1
    for here, there in ((0, 1), (1, 0)):
        target = out.narrow(dim, here, length)
        torch.minimum(target, key.narrow(dim, there, length), out=target)


def _erode(mask: Tensor, steps: int) -> Tensor:
    """Take away what lies within that many steps, as `_dilate` counts them, of the outside."""
    for step in range(steps):
        inner = mask.clone()
        _shift_and(inner, mask, -1)
        if step % 2:
            mask, inner = inner, inner.clone()
        _shift_and(inner, mask, -2)
        mask = inner
    return mask


def _shift_and(out: Tensor, mask: Tensor, dim: int) -> None:
    length = out.shape[dim] - 1
    for here, there in ((0, 1), (1, 0)):
        out.narrow(dim, here, length).logical_and_(mask.narrow(dim, there, length))


def _facing(depth: Tensor, inside: Tensor, reach: int) -> Tensor:
    """Normals (..., H, W, 3: right, up, to camera) of the seen surface, from the slope of its depth (0 near, 1 far).

    Planes fitted to neighbors in the cloud itself fail where points are sparse: a thin board's two faces get mixed.
    What is seen has no such back side. Smoothing and slopes never cross an edge in depth.
    """
    width = depth.shape[-1]
    pixel = 1 / (FILL * width)  # in units of depth
    for step in (reach, max(1, reach // 2)):
        total, weight = depth.clone(), torch.ones_like(depth)
        for rows, columns in ((0, 1), (1, 0), (1, 1), (1, -1)):
            for sign in (1, -1):
                gap, near = _gap(depth, inside, sign * step * rows, sign * step * columns, 6 * pixel * step)
                total += torch.where(near, depth + gap, 0.0)
                weight += near
        depth = total / weight
    slopes = []
    step = max(1, reach // 2)
    for rows, columns in ((0, 1), (1, 0)):
        ahead, there = _gap(depth, inside, step * rows, step * columns, 6 * pixel * step)
        behind, here = _gap(depth, inside, -step * rows, -step * columns, 6 * pixel * step)
        rise = torch.where(there, ahead, 0.0) - torch.where(here, behind, 0.0)
        slopes.append(rise / ((there.float() + here.float()).clamp_min(1) * step * pixel))
    # Depth grows away from the camera and rows grow downward.
    return normalize(torch.stack([slopes[0], -slopes[1], torch.ones_like(depth)], -1), dim=-1)


def _gap(depth: Tensor, inside: Tensor, rows: int, columns: int, limit: float) -> tuple[Tensor, Tensor]:
    """Depth that many pixels away minus depth here, and whether both lie on one surface."""
    moved, there = (values.roll((-rows, -columns), (-2, -1)) for values in (depth, inside))
    gap = moved - depth
    return gap, inside & there & (gap.abs() < limit)
