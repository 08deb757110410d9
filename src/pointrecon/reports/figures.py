"""Plotly figures as plain dictionaries: loss curves, probe curve, confusion matrix, feature map."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pointrecon.palette import COLORS, GRAY, distinct_colors

Figure = dict[str, Any]

CURVE_POINTS = 600  # per curve; more cannot be told apart on a screen
NOT_LOSSES = {"step", "epoch", "lr", "samples_per_second", "waiting", "seconds", "time", "seen", "grad_norm"}


def loss_names(steps: Sequence[dict[str, Any]]) -> list[str]:
    """The losses that were logged and ever finite, the total first."""
    logged = (item for entry in steps for item in entry.items())
    names = dict.fromkeys(k for k, v in logged if k not in NOT_LOSSES and "/" not in k and _finite(v))
    return sorted(names, key=lambda name: name != "loss")


def loss_curve(steps: Sequence[dict[str, Any]], name: str, color: str = COLORS[0]) -> Figure:
    """One loss over the steps: every value faintly, its running mean over 2% of the run on top."""
    found = [(e.get("step", i), e[name]) for i, e in enumerate(steps) if _finite(e.get(name))]
    x, y = np.array(found, float).T
    mean = running_mean(y, max(1, len(y) // 50))
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), CURVE_POINTS)).astype(int))
    both = {"type": "scatter", "mode": "lines", "name": name, "x": rounded(x[keep], 0)}
    both["hovertemplate"] = "step %{x}: %{y:.4g}<extra></extra>"
    data = [
        {**both, "y": significant(y[keep]), "line": {"color": color, "width": 1}, "opacity": 0.3},
        {**both, "y": significant(mean[keep]), "line": {"color": color, "width": 2.2}},
    ]
    positive = bool((y > 0).all()) and y.max() > 20 * y.min()
    layout = {
        "showlegend": False,
        "height": 230,
        "margin": {"l": 56, "r": 12, "t": 8, "b": 38},
        "xaxis": {"title": {"text": "step"}},
        "yaxis": {"tickformat": "~g"} | ({"type": "log", "dtick": "D2"} if positive else {}),
    }
    return {"data": data, "layout": layout}


def probe_curve(probes: Sequence[dict[str, Any]]) -> Figure:
    """Validation accuracy of the quick probes over the epochs (steps when epochs were not logged)."""
    unit = "epoch" if all("epoch" in entry for entry in probes) else "step"
    names = list(dict.fromkeys(key for entry in probes for key in entry if key.startswith("probe/")))
    data = []
    for name, color in zip(names, COLORS * len(names), strict=False):
        found = [entry for entry in probes if _finite(entry.get(name))]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name.removeprefix("probe/"),
                "x": [entry[unit] for entry in found],
                "y": rounded([100 * entry[name] for entry in found], 2),
                "line": {"color": color, "width": 2.2},
                "hovertemplate": unit + " %{x}: %{y:.1f}%<extra>%{fullData.name}</extra>",
            }
        )
    layout = {
        "height": 320,
        "margin": {"l": 56, "r": 12, "t": 8, "b": 40},
        "xaxis": {"title": {"text": unit}},
        "yaxis": {"title": {"text": "validation accuracy"}, "ticksuffix": "%"},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    return {"data": data, "layout": layout}


def confusion_figure(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Figure:
    """True class (rows) against answer (columns), as shares of the row; counts on hover."""
    counts = np.asarray(confusion, float)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = len(classes)
    ticks: dict[str, Any] = {"showticklabels": size <= 45, "tickfont": {"size": 11 if size <= 25 else 8}}
    ticks |= {"automargin": True, "type": "category", "showgrid": False}
    heat = {
        "type": "heatmap",
        "x": list(classes),
        "y": list(classes),
        "z": rounded(share, 3),
        "customdata": counts.astype(int).tolist(),
        # From transparent to blue: empty cells take the color of the page, light or dark.
        "colorscale": [[0, "rgba(59,125,216,0.04)"], [0.25, "rgba(59,125,216,0.42)"], [1, "rgba(40,98,184,1)"]],
        **{"zmin": 0, "zmax": 1, "xgap": 1, "ygap": 1},
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        "hovertemplate": "%{y} named %{x}: %{customdata} (%{z:.0%})<extra></extra>",
    }
    layout = {
        "height": int(min(900, 220 + 15 * size + (120 if size <= 12 else 0))),
        "margin": {"l": 20, "r": 10, "t": 8, "b": 20},
        "xaxis": {**ticks, "title": {"text": "answer"}, "tickangle": -55},
        "yaxis": {**ticks, "title": {"text": "true class"}, "autorange": "reversed"},
    }
    return {"data": [heat], "layout": layout}


def map_figure(xy: np.ndarray, label: np.ndarray, classes: Sequence[str], ids: Sequence[str]) -> Figure:
    """The (M, 2) feature map colored by class; with many classes their names stand in the middle instead."""
    present = [int(i) for i in np.unique(label)]
    many = sum(i >= 0 for i in present) > 14
    xy = xy / (np.abs(xy).max() or 1.0)
    data, notes = [], []
    for index, distinct in zip(present, distinct_colors(len(present)), strict=True):
        member = label == index
        name = classes[index] if index >= 0 else "no label"
        color = GRAY if index < 0 else distinct
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": rounded(xy[member, 0], 3),
                "y": rounded(xy[member, 1], 3),
                "text": [str(ids[i]) for i in np.flatnonzero(member).tolist()],
                "marker": {"color": color, "size": 6, "opacity": 0.8},
                "hovertemplate": f"{name.replace('{', '').replace('}', '')}<br>%{{text}}<extra></extra>",
            }
        )
        if many and index >= 0 and member.sum() >= 3:
            x, y = np.median(xy[member], 0)
            notes.append({"x": float(x), "y": float(y), "text": name, "showarrow": False, "font": {"size": 10}})
    bare = {"showline": False, "showgrid": False, "zeroline": False, "showticklabels": False}
    layout = {
        "height": 520,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": len(present) > 1 and not many,
        "legend": {"orientation": "h", "y": -0.02, "yanchor": "top"},
        "xaxis": bare,
        "yaxis": {**bare, "scaleanchor": "x"},
        "annotations": notes,
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout}


def running_mean(y: np.ndarray, window: int) -> np.ndarray:
    """Mean of the last ``window`` values, fewer at the start."""
    total = np.concatenate([[0.0], np.cumsum(y)])
    end = np.arange(1, len(y) + 1)
    start = np.maximum(0, end - window)
    return (total[end] - total[start]) / (end - start)


def rounded(values: Any, digits: int) -> list[Any]:
    """Nested lists with few digits: the page stays small."""
    return np.round(np.asarray(values, float), digits).tolist()


def significant(values: np.ndarray) -> list[float]:
    """Five significant digits."""
    return [float(f"{value:.5g}") for value in values]


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
