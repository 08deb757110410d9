"""How cost grows with work: the exponent of a power law, and the curves drawn."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def exponent(x: Sequence[float], y: Sequence[float]) -> float | None:
    """The slope of log y over log x by least squares; None for fewer than two points above zero."""
    pairs = [(math.log(a), math.log(b)) for a, b in zip(x, y, strict=True) if a > 0 and b > 0]
    if len(pairs) < 2:
        return None
    middle_x, middle_y = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    spread = sum((a - middle_x) ** 2 for a, _ in pairs)
    return sum((a - middle_x) * (b - middle_y) for a, b in pairs) / spread if spread else None


def large_half(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The larger half, where what is the same for every size no longer counts."""
    return list(points[len(points) // 2 :]) if len(points) > 3 else list(points)


def draw(curves: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Time and memory of encoding one cloud over its points, both axes logarithmic, beside a straight line.

    Args:
        curves: name → measurements with "points", "seconds" and "bytes".
        path: the PNG file.

    Raises:
        InputError: when matplotlib is not installed.
    """
    from pointrecon.errors import require
    from pointrecon.files import written_whole

    require("matplotlib", "report")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, what, label, scale in zip(
        figure.subplots(1, 2), ("seconds", "bytes"), ("time, s", "memory, MB"), (1.0, 1e-6), strict=True
    ):
        for name, measured in curves.items():
            seen = [point for point in measured if point[what] > 0]
            if not seen:
                continue
            x, y = [point["points"] for point in seen], [point[what] * scale for point in seen]
            axes.loglog(x, y, "o-", label=name)
            axes.loglog(x, [y[-1] * a / x[-1] for a in x], "--", color="gray", linewidth=1)
        axes.set_xlabel("points of a cloud (one patch per 16)")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        if axes.has_data():
            axes.plot([], [], "--", color="gray", linewidth=1, label="linear")
            axes.legend()
    with written_whole(path) as file:
        figure.savefig(file, format="png", dpi=130)
