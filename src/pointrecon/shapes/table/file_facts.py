"""What a file is: the columns that a table keeps of each shape's file beside its points."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.column_checks import as_array, check_strings, whole_numbers
from pointrecon.shapes.table.table_meta import TableMeta

# of one file: name of a column -> its value; what nobody knows is left out
Facts: TypeAlias = dict[str, str | int | float]

# In the file's own unit and axes, before any scaling. Where a fact is not known: "", NaN, or -1.
FACTS: dict[str, type] = {
    "hash": str,  # SHA-256 of the file's bytes, hexadecimal
    "bytes": int,  # its size
    "modified": int,  # when it was last changed, as the disk tells: nanoseconds since 1970; of a ZIP's file, the ZIP
    "companions": str,  # JSON: files that it names -> their size and time, null for one that was not there
    "format": str,  # "obj", "ply", "step", ...
    "reader": str,  # what read it, such as "pointrecon" or "laspy 2.7.0"
    "unit": str,  # "m", "mm", ... where the format or the user tells
    "scale": float,  # what the points were divided by to fit the unit sphere
    "extent_x": float,
    "extent_y": float,
    "extent_z": float,
    "area": float,  # of the whole surface
    "volume": float,  # where the surface is closed
    # Whatever pose and triangles: how far the surface (or the points) spreads around its center along its three main
    # axes, as root mean square, largest first; and how lopsided it is (see `surface_integrals.Spread.skew`).
    "spread_1": float,
    "spread_2": float,
    "spread_3": float,
    "skew": float,
    "vertices": int,  # of a mesh, or the points of a cloud
    "faces": int,  # triangles; 0 of a cloud
    "bodies": int,  # connected parts of the surface
    "assembly": str,  # of a part of one: the file that it is in
    "instances": int,  # how often that has it
    "places": str,  # JSON: what brings it to each of its places from where it stands: rows of 3 x 4 matrices
    "up": str,  # "x", "y" or "z"
    "up_source": str,  # who tells: "format" where it prescribes it, "benchmark" where all its files have it, "user",
    # or "estimated" from the collection's shapes
}
SHORT: dict[str, type] = {"source": str, **FACTS}  # the columns that are read by name, a value a shape
MISSING: dict[type, Any] = {str: "", int: -1, float: np.nan}
KINDS: dict[type, Any] = {str: np.str_, int: np.int64, float: np.float64}

METERS = {  # in one of each unit of length
    "m": 1.0, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "um": 1e-6, "nm": 1e-9, "km": 1e3,
    "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344, "mil": 2.54e-5, "uin": 2.54e-8,
}  # fmt: skip


def unknown(name: str, count: int) -> np.ndarray:
    """(count,) of a column of which nothing is known."""
    kind = SHORT[name]
    return np.full(count, MISSING[kind], KINDS[kind])


def is_known(values: np.ndarray) -> np.ndarray:
    """(M,) bool, where a column says something."""
    kind = values.dtype.kind
    return ~np.isnan(values) if kind == "f" else values >= 0 if kind in "ib" else values != ""


def fact_columns(files: Sequence[Facts]) -> dict[str, np.ndarray]:
    """The facts of M files as columns (M,); one of which no file knows anything is left out."""
    return {
        name: np.array([one.get(name, MISSING[kind]) for one in files], KINDS[kind])
        for name, kind in FACTS.items()
        if any(name in one for one in files)
    }


def with_told(facts: Facts, meta: TableMeta, who: str) -> Facts:
    """The facts of a file, with the unit and the up axis that ``who`` told of the collection where it tells none."""
    told: Facts = {"unit": meta.units} if meta.units else {}
    if meta.up != "unknown":
        told |= {"up": meta.up, "up_source": who}
    return told | facts


def join_facts(parts: Sequence[dict[str, np.ndarray]], counts: Sequence[int]) -> dict[str, np.ndarray]:
    """Columns of all parts, one after the other, unknown where a part lacks one."""
    pairs = list(zip(parts, counts, strict=True))
    return {
        name: np.concatenate([part[name] if name in part else unknown(name, count) for part, count in pairs])
        for name in FACTS
        if any(name in part for part in parts)
    }


def check_facts(given: Mapping[str, Any], count: int, where: str | Path) -> dict[str, np.ndarray]:
    """Columns (M,) of the types of `FACTS`, from one value for each shape or a text for all.

    InputError for an unknown name, another number of values, or values of another type.
    """
    facts: dict[str, np.ndarray] = {}
    for name, values in given.items():
        kind = FACTS.get(name)
        if kind is str:
            facts[name] = check_strings(values, count)
        elif kind is int:
            facts[name] = whole_numbers(values, name, np.iinfo(np.int64).max, np.int64, where)
        elif kind is float and as_array(values).dtype.kind in "fiu":
            facts[name] = as_array(values).astype(np.float64)
        else:
            reason = (
                f"'{name}' are no numbers" if kind else f"there is no fact '{name}'; choose among {', '.join(FACTS)}"
            )
            raise InputError(f"{where}: {reason}")
    return facts
