"""One vector a shape as a file that other tools open: ``.npz`` (numpy) or ``.parquet`` (pandas, DuckDB, Polars).

Vectors of shapes in no table are written part by part beside the file, so that a killed job goes on where it stopped.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.documents import read_json
from pointrecon.errors import InputError, require
from pointrecon.files import is_blank, passing_folder, write_text, written_whole
from pointrecon.retrieval.vector_columns import BesideVectors, check_with
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.feature_writer import check_same_way

Blocks = Iterable[tuple[np.ndarray, np.ndarray]]
SUFFIXES = (".npz", ".parquet")
_INFO = "made-with.json"
_ROWS = 1024  # written at once where pictures are drawn for them


def check_export(out: str | Path, beside: Sequence[str] = ()) -> Path:
    """The path, or InputError where its name ends in neither .npz nor .parquet (or pyarrow is missing).

    ``beside``: what is to be in it beside the vectors, see `vector_columns.WITH`.
    """
    path = Path(out)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"'{out}' is no name for exported vectors: call it something.npz or something.parquet")
    if path.suffix.lower() == ".parquet":
        require("pyarrow.parquet", "table")
    elif check_with(beside):
        raise InputError(f"'{out}' can have vectors alone: for {', '.join(beside)} call it something.parquet")
    if path.is_dir():
        raise InputError(f"'{out}' is a folder: give the name of a file")
    check_with(beside)
    return path


def export_vectors(path: Path, blocks: Blocks, shapes: Shapes, width: int, beside: Sequence[str] = ()) -> None:
    """Write vectors of shapes as float32, whole or not at all, without having them all in memory.

    A ``.npz`` holds ``id``, ``split``, ``label`` (numbers, -1 for none), ``guessed`` (whether a model gave it),
    ``classes`` and ``embedding`` (M, D); a ``.parquet`` has the columns ``id``, ``split``, ``label`` (names, null for
    none), ``guessed`` and ``embedding``. Blocks are ids (m,) and vectors (m, ``width``) in the order of the shapes. A
    ``.parquet`` can have more ``beside`` them, see `vector_columns.BesideVectors`, for which all vectors are read into
    memory.
    """
    with written_whole(path) as file:
        if path.suffix.lower() == ".npz":
            _npz(file, blocks, shapes, width)
        else:
            _parquet(file, blocks, shapes, width, beside)


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
        columns = {"id": np.concatenate(ids), "split": shapes.split, "label": shapes.label}
        columns |= {"guessed": shapes.guessed, "classes": classes}
        for name, column in columns.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, column, allow_pickle=False)


def _parquet(file: Any, blocks: Blocks, shapes: Shapes, width: int, beside: Sequence[str]) -> None:
    pa, parquet = require("pyarrow", "table"), require("pyarrow.parquet", "table")
    text, kind = pa.string(), pa.list_(pa.float32(), width)
    more = None
    if beside:
        every = [(ids, np.asarray(values, np.float32)) for ids, values in blocks]
        more = BesideVectors(beside, shapes, np.concatenate([values for _, values in every]))
        blocks = (
            (ids[i : i + _ROWS], values[i : i + _ROWS]) for ids, values in every for i in range(0, len(ids), _ROWS)
        )
    fields = [("id", text), ("split", text), ("label", text), ("guessed", pa.bool_()), ("embedding", kind)]
    schema = pa.schema([*(pa.field(*one) for one in fields), *(more.fields() if more else [])])
    splits, classes, guessed, start = shapes.split, shapes.meta.classes, shapes.guessed, 0
    with parquet.ParquetWriter(file, schema) as writer:
        for ids, values in blocks:
            end = start + len(ids)
            flat = pa.array(np.ascontiguousarray(values, np.float32).reshape(-1))
            columns = [
                pa.array(ids.tolist(), text),
                pa.array(splits[start:end].tolist(), text),
                pa.array([classes[i] if i >= 0 else None for i in shapes.label[start:end].tolist()], text),
                pa.array(guessed[start:end]),
                pa.FixedSizeListArray.from_arrays(flat, type=kind),
                *(more.columns(start, end) if more else []),
            ]
            writer.write_table(pa.table(columns, schema=schema))
            start = end


def parts_of(out: Path) -> Path:
    """The folder with the parts of a file."""
    return out.with_name(out.name + ".parts")


class VectorParts:
    """The parts, in the folder ``<file>.parts`` until the file is whole. They are written in the shapes' order.

    ``done`` counts the shapes whose vectors were there at the beginning; ``last_id`` is the last of them, or None.
    """

    def __init__(self, out: Path, info: dict, *, overwrite: bool) -> None:
        """Open or begin; InputError for parts made in another way, or a folder that is something else."""
        self.folder = parts_of(out)
        if self.folder.exists() and not (self.folder.is_dir() and is_blank(self.folder)):
            record = self.folder / _INFO
            if not record.is_file():
                raise InputError(f"'{self.folder}' is in the way: move it, or give the file another name")
            if overwrite:
                self.remove()
            else:
                try:
                    before = dict(read_json(record))
                except (ValueError, TypeError):
                    raise InputError(f"'{record}' is damaged: begin again with --overwrite") from None
                check_same_way(f"the vectors in '{self.folder}'", before, info, "make the same, or pass --overwrite")
        write_text(self.folder / _INFO, json.dumps(info))
        self.done = 0
        self.last_id: str | None = None
        for ids, _ in self.read():
            self.done, self.last_id = self.done + len(ids), str(ids[-1])

    def append(self, ids: np.ndarray, values: np.ndarray) -> None:
        """Write the vectors (m, 1, D) of the next shapes, whole or not at all."""
        with written_whole(self.folder / f"{len(self._files()):06d}.npz") as file:
            np.savez(file, id=ids, values=values[:, 0])

    def read(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Ids (m,) and vectors (m, D) of all parts, in order; InputError where a part is damaged."""
        for path in self._files():
            try:
                with np.load(path, allow_pickle=False) as part:
                    yield part["id"], part["values"]
            except (ValueError, KeyError, OSError) as error:
                raise InputError(f"'{path}' is damaged; remove the folder '{self.folder}' to begin anew") from error

    def remove(self) -> None:
        """Take the parts away, all at once."""
        with passing_folder(self.folder) as going:
            self.folder.rename(going / self.folder.name)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.npz"))
