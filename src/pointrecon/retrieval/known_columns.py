"""What is known of each shape of a collection, a column at a time; and how large the shapes are, whatever the unit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.retrieval.prepared_store import PreparedStore, as_bytes, save_all
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.file_facts import FACTS, METERS

COLUMNS = ("id", "source", "split", "class", *FACTS)
_SIZED = ("extent_", "area", "volume", "spread_")  # how columns begin that are in a file's unit


@dataclass
class Columns:
    """The columns `COLUMNS` of M shapes, each read when it is first asked for.

    Attributes:
        read: gives a column, (M,) str, bytes (of UTF-8), int64 or float64; or "rank", (M,) int64.
        name, up: of the collection: for messages, and the axis that points up.
    """

    read: Callable[[str], np.ndarray]
    name: str
    up: str
    _kept: dict[str, np.ndarray] = field(default_factory=dict)
    _raw: dict[str, np.ndarray] = field(default_factory=dict)

    @staticmethod
    def of(shapes: Shapes) -> "Columns":
        """Those of these shapes."""

        def read(name: str) -> np.ndarray:
            if name == "split":
                return shapes.split
            if name == "class":
                return np.array([*shapes.meta.classes, ""], np.str_)[shapes.label]
            if name == "rank":
                ids, rank = read("id"), np.empty(len(shapes), np.int64)
                rank[np.argsort(ids, kind="stable")] = np.arange(len(shapes))
                return rank
            rows = shapes.read(np.arange(len(shapes)), columns=[name])
            return rows.id if name == "id" else rows.short[name]

        return Columns(read, shapes.name, shapes.meta.up)

    @staticmethod
    def kept(shapes: Callable[[], Shapes], store: PreparedStore | None) -> "Columns":
        """Those of a table's shapes, as they are kept beside it; first they are, where that can be."""
        if store is None:
            return Columns.of(shapes())
        key = store.state("shapes", "about")
        found = store.read("columns", key)
        if found is None:
            every = Columns.of(shapes())
            told = {"name": every.name, "up": every.up}
            texts = {name: every[name] for name in COLUMNS}
            arrays = [(name, as_bytes(own) if own.dtype.kind == "U" else own) for name, own in texts.items()]

            def fill(folder: Path) -> dict[str, int]:
                lengths = save_all(folder, [*arrays, ("rank", every.raw("rank"))])
                if store.state("shapes", "about") != key:  # others changed the table meanwhile
                    raise OSError
                return lengths

            found = (told, {}) if store.write("columns", key, told, fill) else None
            found = store.read("columns", key) if found else None
            if found is None:
                return every
        told, columns = found
        return Columns(columns.__getitem__, str(told["name"]), str(told["up"]))

    def __len__(self) -> int:
        return len(self.raw("id"))

    def raw(self, name: str) -> np.ndarray:
        """(M,) as it was read: texts may be bytes."""
        if name not in self._raw:
            self._raw[name] = self.read(name)
        return self._raw[name]

    def __getitem__(self, name: str) -> np.ndarray:
        """(M,) str, int64 or float64; "", -1 and NaN where a shape does not tell."""
        if name not in self._kept:
            self._kept[name] = _as_text(self.raw(name))
        return self._kept[name]

    def at(self, name: str, places: np.ndarray) -> np.ndarray:
        """(m,) the same of the shapes at these places alone."""
        return _as_text(self.raw(name)[places])

    def find(self, name: str, text: str) -> np.ndarray:
        """(m,) places of the shapes whose column of texts says this."""
        column = self.raw(name)
        return np.flatnonzero(column == (text.encode() if column.dtype.kind == "S" else text))

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


def mixed_units(used: Sequence[str], units: np.ndarray) -> list[str]:
    """A note where a condition on these columns compares numbers of files (M,) in more units than one."""
    kinds = sorted(set(units.tolist()) - {""})
    if len(kinds) < 2 or "unit" in used or not (sized := [name for name in used if name.startswith(_SIZED)]):
        return []
    told = f"{', '.join(kinds[:-1])} and {kinds[-1]}"
    return [f"{', '.join(sized)}: files are in {told}, and numbers were compared as they are; ask for one unit, too"]


def _as_text(column: np.ndarray) -> np.ndarray:
    return np.char.decode(column, "utf-8") if column.dtype.kind == "S" else np.asarray(column)


def _so_many(unit: str) -> float:
    """A unit such as "0.0127 m", as readers tell an odd one."""
    found = re.fullmatch(r"([\d.eE+-]+) m", unit)
    try:
        return float(found[1]) if found else np.nan
    except ValueError:
        return np.nan
