"""One vector a shape as a file that other tools open: ``.npz`` (numpy) or ``.parquet`` (pandas, DuckDB, Polars)."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import written_whole

SUFFIXES = (".npz", ".parquet")


class Vectors(NamedTuple):
    """Some shapes' vectors, with what is known of the shapes.

    Shape:
        id, split: (m,) str. label: (m,) int64, -1 for none. values: (m, D).
    """

    id: np.ndarray
    split: np.ndarray
    label: np.ndarray
    values: np.ndarray


def check_export(out: str | Path) -> Path:
    """The path, or InputError where its name ends in neither .npz nor .parquet (or pyarrow is missing)."""
    path = Path(out)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"'{out}' is no name for exported vectors: call it something.npz or something.parquet")
    if path.suffix.lower() == ".parquet":
        require("pyarrow.parquet", "table")
    if path.is_dir():
        raise InputError(f"'{out}' is a folder: give the name of a file")
    return path


def export_vectors(path: Path, blocks: Iterable[Vectors], classes: list[str], count: int, width: int) -> None:
    """Write vectors of ``count`` shapes as float32, whole or not at all, without having them all in memory.

    A ``.npz`` holds ``id``, ``split``, ``label`` (numbers, -1 for none), ``classes`` and ``embedding`` (M, D); a
    ``.parquet`` has the columns ``id``, ``split``, ``label`` (names, null for none) and ``embedding``.
    """
    with written_whole(path) as file:
        (_npz if path.suffix.lower() == ".npz" else _parquet)(file, blocks, classes, count, width)


def _npz(file: Any, blocks: Iterable[Vectors], classes: list[str], count: int, width: int) -> None:
    short: list[tuple[np.ndarray, ...]] = []
    header = {"descr": "<f4", "fortran_order": False, "shape": (count, width)}
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("embedding.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            for block in blocks:
                member.write(np.ascontiguousarray(block.values, "<f4").tobytes())
                short.append(block[:3])
        columns = [np.concatenate(column) for column in zip(*short, strict=True)]
        for name, values in zip(("id", "split", "label", "classes"), (*columns, np.array(classes, str)), strict=True):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def _parquet(file: Any, blocks: Iterable[Vectors], classes: list[str], count: int, width: int) -> None:
    pa, parquet = require("pyarrow", "table"), require("pyarrow.parquet", "table")
    text, kind = pa.string(), pa.list_(pa.float32(), width)
    schema = pa.schema([("id", text), ("split", text), ("label", text), ("embedding", kind)])
    with parquet.ParquetWriter(file, schema) as writer:
        for block in blocks:
            flat = pa.array(np.ascontiguousarray(block.values, np.float32).reshape(-1))
            columns = [
                pa.array(block.id.tolist(), text),
                pa.array(block.split.tolist(), text),
                pa.array([classes[i] if i >= 0 else None for i in block.label.tolist()], text),
                pa.FixedSizeListArray.from_arrays(flat, type=kind),
            ]
            writer.write_table(pa.table(columns, schema=schema))
