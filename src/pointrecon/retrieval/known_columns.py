"""What is known of each shape of a collection, a column at a time; and how large the shapes are, whatever the unit."""

import re
from collections.abc import Callable

import numpy as np

from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.file_facts import FACTS, METERS

COLUMNS = ("id", "source", "split", "class", *FACTS)


class Columns:
    """The columns `COLUMNS` of M shapes, each read when it is first asked for."""

    def __init__(self, read: Callable[[str], np.ndarray]) -> None:
        self._read, self._kept = read, dict[str, np.ndarray]()

    @staticmethod
    def of(shapes: Shapes) -> "Columns":
        """Those of these shapes."""

        def read(name: str) -> np.ndarray:
            if name == "split":
                return shapes.split
            if name == "class":
                return np.array([*shapes.meta.classes, ""], np.str_)[shapes.label]
            rows = shapes.read(np.arange(len(shapes)), columns=[name])
            return rows.id if name == "id" else rows.short[name]

        return Columns(read)

    def __getitem__(self, name: str) -> np.ndarray:
        """(M,) str, int64 or float64; "", -1 and NaN where a shape does not tell."""
        if name not in self._kept:
            self._kept[name] = self._read(name)
        return self._kept[name]

    @property
    def sizes(self) -> np.ndarray:
        """(M, 6): extents, largest first, and how far the surface spreads along its main axes; in the shapes' units."""
        extents = np.stack([self[f"extent_{axis}"] for axis in "xyz"], 1)
        spreads = np.stack([self[f"spread_{number}"] for number in (1, 2, 3)], 1)
        return np.concatenate([-np.sort(-extents, axis=1), spreads], 1)


def meters(units: np.ndarray) -> np.ndarray:
    """(M,) meters in one of each of these units, NaN for those that are not known."""
    return np.array([METERS.get(unit) or _so_many(unit) for unit in units.tolist()], np.float64)


def same_size(sizes: np.ndarray, units: np.ndarray, own: np.ndarray, unit: str, low: float, high: float) -> np.ndarray:
    """(M,) bool, which shapes are between ``low`` and ``high`` times as large as another one.

    Their three extents are, or, as those of a turned copy differ, what its surface spreads along its main axes. Where
    both units are known they count, else the numbers as they are.

    Args:
        sizes, units: (M, 6) as `Columns.sizes`, and (M,).
        own, unit: (6,) and the unit of the other.
    """
    scale = meters(units) / meters(np.array([unit]))
    sizes = sizes * np.where(np.isnan(scale), 1.0, scale)[:, None]
    slack = 1e-3 * np.nanmax(own)  # flat shapes are as flat as numbers are exact
    with np.errstate(invalid="ignore"):
        fits = (sizes >= low * own - slack) & (sizes <= high * own + slack)
    return fits[:, :3].all(1) | fits[:, 3:].all(1)


def _so_many(unit: str) -> float:
    """A unit such as "0.0127 m", as readers tell an odd one."""
    found = re.fullmatch(r"([\d.eE+-]+) m", unit)
    try:
        return float(found[1]) if found else np.nan
    except ValueError:
        return np.nan
