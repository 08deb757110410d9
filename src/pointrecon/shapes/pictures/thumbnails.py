"""A small picture of each shape: the stored one where there is one that fits, else its cloud, lit, in its colors."""

import base64
import warnings
from collections.abc import Iterator, Sequence
from io import BytesIO

import numpy as np
import torch

from pointrecon.errors import require
from pointrecon.shapes.pictures.splat import render_clouds
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.join import NO_COLOR

POINTS = 2048  # of a cloud, spread over it: more are not seen at this size
_BATCH = 512


def thumbnails(shapes: Shapes, places: Sequence[int] | np.ndarray, *, size: int = 96) -> list[bytes]:
    """A PNG, ``size`` pixels a side, of each of the shapes at these places, in order; white is transparent.

    Shapes without pictures are drawn as `drawn` says. InputError where Pillow is not installed.
    """
    return [png(picture) for picture in drawn(shapes, places, size=size)]


def drawn(shapes: Shapes, places: Sequence[int] | np.ndarray, *, size: int = 96) -> Iterator[np.ndarray]:
    """The pictures behind `thumbnails`, (size, size, 2) gray and alpha or (size, size, 4) RGBA, uint8, some at a time.

    A shape's first stored picture serves where it is square and not smaller. Else its cloud is drawn from the front
    right, a little from above, with the table's up axis up; in its colors where it has some.
    """
    index = np.asarray(places, dtype=np.int64).reshape(-1)
    for start in range(0, len(index), _BATCH):
        arrays = shapes.load(index[start : start + _BATCH], pictures=True)
        stored = [_stored(own, size) for own in arrays.pictures or [[]] * len(arrays)]
        missing = np.flatnonzero([picture is None for picture in stored])
        own = iter(_clouds(arrays.select(missing), size) if len(missing) else [])
        yield from (next(own) if picture is None else picture for picture in stored)


def png(picture: np.ndarray) -> bytes:
    """A picture of `drawn` as PNG."""
    file = BytesIO()
    image = require("PIL.Image", "pictures")
    value, alpha = picture[..., 0], picture[..., -1]
    if picture.shape[-1] == 2 and np.isin(alpha, (0, 255)).all() and not (value[alpha > 0] == 255).any():
        # one channel with a transparent value: a fifth smaller, and made in half the time
        image.fromarray(np.where(alpha > 0, value, 255).astype(np.uint8)).save(file, "PNG", transparency=255)
    else:
        image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def data_address(file: bytes, kind: str = "png") -> str:
    """A picture's file as the address that a page has it under without another file."""
    return f"data:image/{kind};base64," + base64.b64encode(file).decode()


def _clouds(arrays: ShapeArrays, size: int) -> list[np.ndarray]:
    count = arrays.points.shape[1]
    some = np.linspace(0, count - 1, min(POINTS, count)).astype(np.int64)
    points = torch.from_numpy(arrays.points[:, some].astype(np.float32))
    color = np.full(points.shape, NO_COLOR, np.uint8) if arrays.color is None else arrays.color[:, some]
    colored = (color != NO_COLOR).any((1, 2))
    found: list[np.ndarray] = [np.zeros(0, np.uint8)] * len(arrays)
    for which in (colored, ~colored):
        if which.any():
            paint = torch.from_numpy(color[which]).float() / 255 if which is colored else None
            up = arrays.meta.up
            seen = render_clouds(points[which], views=1, size=size, shading="light", colors=paint, up=up)[:, 0]
            values = (255 * seen.movedim(1, -1)).round().to(torch.uint8).numpy()
            alpha = np.where((values == 255).all(-1, keepdims=True), 0, 255).astype(np.uint8)
            for place, picture in zip(np.flatnonzero(which), np.concatenate([values, alpha], -1), strict=True):
                found[place] = picture
    return found


def _stored(pictures: list[bytes], size: int) -> np.ndarray | None:
    """The first picture of a shape, made small, without its white or transparent ground; None where it does not fit."""
    image = require("PIL.Image", "pictures")
    try:
        with warnings.catch_warnings():  # Pillow warns of a picture that is too large, and refuses one that is larger
            warnings.simplefilter("error")
            picture = image.open(BytesIO(pictures[0]), formats=["PNG", "JPEG", "WEBP"])
            if picture.width != picture.height or picture.width < size or picture.width > 4096:
                return None
            full = np.asarray(picture.convert("RGBA")).astype(np.float32)
    except (IndexError, OSError, ValueError, SyntaxError, Warning, image.DecompressionBombError):
        return None
    alpha = np.where((full[..., :3] > 250).all(-1), 0.0, full[..., 3:].squeeze(-1)).astype(np.float32)
    # colors weighed by how opaque they are: else the ground would shine through at the edges
    layers = [*(full[..., i] * alpha / 255 for i in range(3)), alpha]
    small = [np.asarray(image.fromarray(one).resize((size, size), image.Resampling.BOX)) for one in layers]
    rgb = np.stack(small[:3], -1) * 255 / np.maximum(small[3], 1)[..., None]
    return np.concatenate([rgb, small[3][..., None]], -1).round().clip(0, 255).astype(np.uint8)
