"""Vectors on their way into a file: written part by part beside it, so that a killed job goes on where it stopped."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import write_text, written_whole
from pointrecon.shapes.table.feature_writer import check_same_way

_INFO = "made-with.json"


class VectorParts:
    """The parts, in the folder ``<file>.parts`` until the file is whole. They are written in the shapes' order.

    Attributes:
        done: shapes whose vectors were there at the beginning. last_id: the last of them, or None.
    """

    def __init__(self, out: Path, info: dict, *, overwrite: bool) -> None:
        """Open or begin.

        Raises:
            InputError: parts are there that were made in another way, or the folder is something else.
        """
        self.folder = out.with_name(out.name + ".parts")
        if self.folder.exists():
            record = self.folder / _INFO
            if not record.is_file():
                raise InputError(f"'{self.folder}' is in the way: move it, or give the file another name")
            if overwrite:
                self.remove()
            else:
                before = json.loads(record.read_text(encoding="utf-8"))
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
        """Ids (m,) and vectors (m, D) of all parts, in order.

        Raises:
            InputError: where a part is damaged.
        """
        for path in self._files():
            try:
                with np.load(path, allow_pickle=False) as part:
                    yield part["id"], part["values"]
            except (ValueError, KeyError, OSError) as error:
                raise InputError(f"'{path}' is damaged; remove the folder '{self.folder}' to begin anew") from error

    def remove(self) -> None:
        """Take the parts away."""
        shutil.rmtree(self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.npz"))
