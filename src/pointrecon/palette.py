"""Colors and markers of every figure, chosen so that color-blind eyes tell them apart."""

import colorsys

# Middle lightness, so that they read on a light and on a dark page; told apart also with color-blind eyes.
COLORS = ("#355acc", "#e2564f", "#42b381", "#944a79", "#8e9efc", "#899921", "#ca85af", "#8366bb")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # for lines on paper, where colors may be lost
GRAY = "#8c95a1"


def distinct_colors(count: int) -> list[str]:
    """So many colors: those above as long as they last, evenly spread hues beyond."""
    if count <= len(COLORS):
        return list(COLORS[:count])
    hues = [colorsys.hls_to_rgb(i / count, 0.5 if i % 2 else 0.62, 0.6) for i in range(count)]
    return ["#" + "".join(f"{round(255 * value):02x}" for value in rgb) for rgb in hues]
