"""Figures with matplotlib: an empty one, its file, and clouds as the eye sees them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import require
from pointrecon.files import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LAMP = np.array([-0.45, 0.62, 0.64])  # where the light comes from: left, above, behind the eye
_PALER = 0.2  # how much paler the farthest points are
_EDGE = 0.5 / 0.49  # half a picture's width, in radii
_FRONT, _HIGH = np.radians(35.0), np.radians(20.0)  # where the eye is: 35° from the front, 20° up


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches; InputError when matplotlib is not installed."""
    return require("matplotlib.figure", "report").Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path) -> None:
    """Write it as PNG, whole or not at all."""
    with written_whole(path) as file:
        figure.savefig(file, format="png", dpi=130)


def flattened(points: np.ndarray, up: str) -> np.ndarray:
    """(..., 3) points as the eye sees them: right, high, toward the eye. "unknown" counts as y up."""
    x, y, z = np.moveaxis(np.roll(points, -{"x": 2, "y": 0, "z": 1}.get(up, 0), axis=-1), -1, 0)
    right = x * np.cos(_FRONT) - z * np.sin(_FRONT)
    near = x * np.sin(_FRONT) + z * np.cos(_FRONT)
    return np.stack([right, y * np.cos(_HIGH) - near * np.sin(_HIGH), y * np.sin(_HIGH) + near * np.cos(_HIGH)], -1)


BallView = tuple[np.ndarray, np.ndarray]  # who is seen in each pixel of a picture, and the light there


def ball_view(points: np.ndarray, up: str, size: int = 360) -> BallView:
    """Clouds as small lit balls, the near ones before the far ones: who is seen where, whatever its color.

    Args:
        points: (N, 3) within the unit sphere. size: S, height and width in pixels.

    Returns:
        (S, S) int64, the point seen in each pixel, -1 for none; and (S, S) float64 light on it, about 1.
    """
    view, unit = flattened(points, up), 0.49 * size
    reach = max(1.4, unit * min(0.034, 1.2 / np.sqrt(max(len(points), 1))))  # nearly closes a surface
    steps = np.arange(-int(reach) - 1, int(reach) + 2)
    dx, dy = (grid.ravel() for grid in np.meshgrid(steps, steps))
    inside = dx**2 + dy**2 <= reach**2
    dx, dy = dx[inside], dy[inside]
    out = np.sqrt(reach**2 - dx**2 - dy**2)
    lit = 0.82 + 0.36 * np.maximum(0, _LAMP @ np.stack([dx, -dy, out]) / reach)
    column = np.round(size / 2 + view[:, :1] * unit).astype(int) + dx
    row = np.round(size / 2 - view[:, 1:2] * unit).astype(int) + dy
    depth = view[:, 2:] * unit + out
    seen = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    point, ball = np.nonzero(seen)
    order = depth[seen].argsort(kind="stable")  # the nearest last: it stays
    place, point, ball = (row * size + column)[seen][order], point[order], ball[order]
    index, light = np.full(size * size, -1), np.zeros(size * size)
    index[place], light[place] = point, lit[ball] + _PALER * (1 - view[point, 2]) / 2
    return index.reshape(size, size), light.reshape(size, size)


def ball_picture(view: BallView, colors: np.ndarray) -> np.ndarray:
    """A `ball_view` in the colors (N, 3) of its points: (S, S, 4) in [0, 1], clear where nothing is."""
    index, light = view
    bright = np.maximum(light - 1, 0)[..., None]  # beyond a color's own brightness it goes to white
    shade = colors[index] * np.minimum(light, 1)[..., None]
    shade = shade + (1 - shade) * np.minimum(bright, 1)
    return np.concatenate([shade, (index >= 0)[..., None]], -1)


def draw_picture(axes: Any, picture: np.ndarray) -> None:
    """A picture of a `ball_view` alone, without axes; data coordinates are those of `flattened`."""
    axes.imshow(picture, extent=(-_EDGE, _EDGE, -_EDGE, _EDGE), interpolation="antialiased")
    axes.set_axis_off()
