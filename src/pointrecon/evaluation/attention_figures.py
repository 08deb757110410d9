"""Figures and colored clouds of an attention analysis."""

from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.drawing import ball_picture, ball_view, draw_picture, flattened, new_figure, save_figure
from pointrecon.evaluation.attention_maps import Maps, Reach, kinds_of
from pointrecon.palette import COLORS, GRAY, MARKERS, heat
from pointrecon.shapes.readers.ply import write_ply

_COLUMNS = 6  # of a figure of maps


def draw_reach(reach: Reach, path: Path) -> None:
    """Three panels over the layers: distance between patches, spread of what the queries read, patches read.

    A dot is a head, a line the mean over heads, dashes what reading all patches equally would give.
    """
    figure = new_figure(14, 4.1)
    from matplotlib.ticker import MaxNLocator

    distance, spread, count = figure.subplots(1, 3)
    _heads(distance, reach.local_distance, "patches", 0)
    _even(distance, reach.even_distance)
    distance.set_title("local stream: how far patches look")
    distance.set_ylabel("mean attention distance")
    for number, (name, own) in enumerate(kinds_of(reach.names).items()):
        called = f"{name} query" if len(own) == 1 else f"{len(own)} {name} queries"
        _heads(spread, reach.query_spread[:, :, own].reshape(len(reach.query_spread), -1), called, number + 1)
        _heads(count, np.exp(reach.query_entropy[:, :, own]).reshape(len(reach.query_spread), -1), called, number + 1)
    _even(spread, reach.even_spread)
    spread.set_title("global stream: how spread is what it reads")
    spread.set_ylabel("mean distance from its own centroid")
    _heads(count, np.exp(reach.local_entropy), "patches", 0)
    _even(count, reach.patches)
    if reach.even_read < 0.99 * reach.patches:
        _even(count, reach.even_read, None)
    count.set_title("how many patches are read")
    count.set_ylabel("exp(entropy)")
    for axes in (distance, spread, count):
        axes.set_xlabel("layer")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(0, 1.08 * axes.dataLim.ymax)  # a line at the top is whole
        axes.grid(alpha=0.3)
    handles, names = count.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=9, frameon=False)
    save_figure(figure, path)


def _heads(axes: Any, values: np.ndarray, name: str, number: int) -> None:
    """(L, H) values as small dots, their means as a line with marks of its own."""
    layers, color = np.arange(1, len(values) + 1), COLORS[number]
    axes.plot(np.repeat(layers, values.shape[1]), values.ravel(), "o", color=color, markersize=3, alpha=0.4)
    axes.plot(layers, values.mean(1), f"{MARKERS[number]}-", color=color, linewidth=1.8, markersize=6, label=name)


def _even(axes: Any, value: float, name: str | None = "all equally") -> None:
    axes.axhline(value, color=GRAY, linestyle="--", linewidth=1, label=name)


def draw_maps(maps: Maps, layer: int, up: str, path: Path) -> None:
    """The cloud several times, colored by what each query and one patch read in a layer (from 0)."""
    cross, view = flattened(maps.centers[maps.patch], up), ball_view(maps.points, up)
    every = maps.on_points(layer)
    columns = min(len(every), _COLUMNS)
    rows = -(-len(every) // columns)
    figure = new_figure(14, 4.4 * rows * 4 / columns)
    places = figure.subplots(rows, columns).flat
    for axes in places[len(every) :]:
        axes.axis("off")
    for axes, (name, shares) in zip(places, every.items(), strict=False):
        draw_picture(axes, ball_picture(view, heat(shares / most_of(shares))))
        if name == "patch":
            axes.plot(cross[0], cross[1], "x", color=COLORS[0], markersize=11, markeredgewidth=3)
        axes.set_title("the patch at the cross" if name == "patch" else f"{name} query")
        heat_bar(figure, axes, most_of(shares))
    shown = maps.id.replace("$", r"\$")  # no formula
    figure.suptitle(f"layer {layer + 1} of {len(maps.queries)}, mean over heads: {shown}")
    save_figure(figure, path)


def heat_bar(figure: Any, axes: Any, most: float) -> None:
    """What the colors of attention mean, under a cloud."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colors = ScalarMappable(Normalize(0, most), ListedColormap(heat(np.linspace(0, 1, 256))))
    bar = figure.colorbar(colors, ax=axes, orientation="horizontal", shrink=0.7, pad=0.02)
    bar.set_label("attention, 1 = an even share", fontsize=8)


def most_of(shares: np.ndarray) -> float:
    """What the darkest color stands for."""
    return max(float(shares.max()), 1.0)


def write_map_clouds(maps: Maps, layer: int, folder: Path) -> list[Path]:
    """One colored PLY cloud a map (``class.ply``, ``image-1.ply`` ...), as MeshLab, Blender and CloudCompare open it.

    The colors are those of the figure; the attention itself is the property ``quality``.
    """
    written = []
    for name, shares in maps.on_points(layer).items():
        rgb = np.round(255 * heat(shares / most_of(shares))).astype(np.uint8)
        written.append(folder / f"{name.replace(' ', '-')}.ply")
        write_ply(written[-1], maps.points, rgb, {"quality": shares})
    return written
