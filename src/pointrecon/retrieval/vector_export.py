"""One vector a shape as a file that other tools open: ``.npz`` (numpy) or ``.parquet`` (pandas, DuckDB, Polars)."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, require
from pointrecon.files import written_whole
from pointrecon.shapes.table.collection import Shapes

Blocks = Iterable[tuple[np.ndarray, np.ndarray]]
SUFFIXES = (".npz", ".parquet")


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


def export_vectors(path: Path, blocks: Blocks, shapes: Shapes, width: int) -> None:
    """Write vectors of shapes as float32, whole or not at all, without having them all in memory.

    A ``.npz`` holds ``id``, ``split``, ``label`` (numbers, -1 for none), ``classes`` and ``embedding`` (M, D); a
    ``.parquet`` has the columns ``id``, ``split``, ``label`` (names, null for none) and ``embedding``. Blocks are ids
    (m,) and vectors (m, ``width``) in the order of the shapes.
    """
    with written_whole(path) as file:
        (_npz if path.suffix.lower() == ".npz" else _parquet)(file, blocks, shapes, width)


def _npz(file: Any, blocks: Blocks, shapes: Shapes, width: int) -> None:
    ids = []
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(shapes), width)}
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("embedding.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            for some, values in blocks:
                member.write(np.ascontiguousarray(values, "<f4").tobytes())
                ids.append(some)
        classes = np.array(shapes.meta.classes, str)
        columns = {"id": np.concatenate(ids), "split": shapes.split, "label": shapes.label, "classes": classes}
        for name, column in columns.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, column, allow_pickle=False)


def _parquet(file: Any, blocks: Blocks, shapes: Shapes, width: int) -> None:
    pa, parquet = require("pyarrow", "table"), require("pyarrow.parquet", "table")
    text, kind = pa.string(), pa.list_(pa.float32(), width)
    schema = pa.schema([("id", text), ("split", text), ("label", text), ("embedding", kind)])
    splits, classes, start = shapes.split, shapes.meta.classes, 0
    with parquet.ParquetWriter(file, schema) as writer:
        for ids, values in blocks:
            mine = slice(start, start + len(ids))
            start += len(ids)
            flat = pa.array(np.ascontiguousarray(values, np.float32).reshape(-1))
            columns = [
                pa.array(ids.tolist(), text),
                pa.array(splits[mine].tolist(), text),
                pa.array([classes[i] if i >= 0 else None for i in shapes.label[mine].tolist()], text),
                pa.FixedSizeListArray.from_arrays(flat, type=kind),
            ]
            writer.write_table(pa.table(columns, schema=schema))
