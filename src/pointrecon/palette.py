"""Colors and markers of every figure, chosen so that color-blind eyes tell them apart."""

import colorsys
from collections.abc import Iterable, Sequence

import numpy as np

# Middle lightness, so that they read on a light and on a dark page; told apart also with color-blind eyes.
COLORS = ("#355acc", "#e2564f", "#42b381", "#944a79", "#8e9efc", "#899921", "#ca85af", "#8366bb")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # for lines on paper, where colors may be lost
GRAY = "#8c95a1"
_HEAT = ("#dfe3e8", "#f3cf9b", "#ee8f3f", "#c93a2b", "#6d0f33")  # from little to much: what is little stays pale


def distinct_colors(count: int) -> list[str]:
    """So many colors: those above as long as they last, evenly spread hues beyond."""
    if count <= len(COLORS):
        return list(COLORS[:count])
    hues = [colorsys.hls_to_rgb(i / count, 0.5 if i % 2 else 0.62, 0.6) for i in range(count)]
    return ["#" + "".join(f"{round(255 * value):02x}" for value in rgb) for rgb in hues]


def rgb_of(colors: Iterable[str]) -> np.ndarray:
    """("#rrggbb", ...) → (n, 3) in [0, 1]."""
    return np.array([[int(one[i : i + 2], 16) / 255 for i in (1, 3, 5)] for one in colors]).reshape(-1, 3)


def hex_of(colors: np.ndarray) -> list[str]:
    """(n, 3) in [0, 1] → "#rrggbb" each."""
    return ["#" + "".join(f"{value:02x}" for value in row) for row in np.round(255 * colors).astype(int).tolist()]


def heat(shares: np.ndarray, stops: Sequence[str] = _HEAT) -> np.ndarray:
    """Values between 0 (pale) and 1 (dark red) → (..., 3) colors in [0, 1]."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shares, places, channel) for channel in rgb_of(stops).T], -1)
