"""A folder's table: made beside it at first, later brought up to date; and the files that its shapes came from."""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.screen import say
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.folders import import_shapes
from pointrecon.shapes.importers.import_source import source_place
from pointrecon.shapes.importers.manifest import is_manifest
from pointrecon.shapes.importers.table_update import what_changed
from pointrecon.shapes.readers.file_measures import digest
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.npz import plain_arrays
from pointrecon.shapes.table.shape_table import ShapeTable, open_table


def open_collection(
    data: str | Path | ShapeTable,
    *,
    table: str | Path | None = None,
    prune: bool = False,
    progress: bool = True,
    **imports: Any,
) -> ShapeTable:
    """The table of some shapes: one that is there as it is; that of a folder after it was brought up to date.

    Args:
        data: a table, open or its path; or a folder, a ZIP archive or a manifest, whose table lies beside it
            (``parts/`` -> ``parts.lance``). It is made at the first call; later ones read new and changed files only.
        table: where the folder's table lies instead.
        prune: forget the files that are no longer there; else they are told.
        progress: tell on standard error what is read, and how long it takes.
        imports: settings of `import_shapes`, for the first call.

    Raises:
        InputError: nothing there or nothing readable; the table's name is another one's, or nothing can be written
            there.
    """
    if isinstance(data, ShapeTable):
        return data
    if is_table(data):
        if table is not None:
            raise InputError(f"{data} is a table already: leave --table out, or name the folder of its files")
        return open_table(data)
    source = source_place(data)
    if not (source.is_dir() or is_archive(source) or (source.is_file() and is_manifest(source))):
        what = "is one file" if source.is_file() else "is not there"
        raise InputError(f"{source} {what}: name a table, or a folder, .zip or manifest of shapes")
    place = table_beside(source) if table is None else table
    report = import_shapes(source, place, update=True, prune=prune, **imports)
    if progress and (told := what_changed(report)):
        say(f"{place}: {told}", file=sys.stderr)
    return open_table(place)


def table_beside(source: Path) -> Path:
    """Where the table of a folder lies when nobody says; InputError for a folder without a name."""
    whole = source.resolve()
    if not whole.name:
        raise InputError(f"{source} has no name to call a table after: say where it is to lie with --table")
    return whole.with_name(f"{whole.name if source.is_dir() else whole.stem}.lance")


def is_table(data: str | Path) -> bool:
    """Whether this path is a table's, be it there or not."""
    path = Path(data)
    if "://" in str(data) or path.suffix.lower() == ".lance" or (path / "about.lance").is_dir():
        return True
    return path.suffix.lower() == ".npz" and not (path.is_file() and plain_arrays(path))


@dataclass
class Originals:
    """The files that the shapes of a table came from.

    Attributes:
        folder: that their sources are told from (or a ZIP archive); None where it is gone, or the table does not tell.
    """

    folder: Path | None
    _known: dict[str, tuple[int, int, str]] = field(repr=False)  # source -> size, time, SHA-256

    def path(self, source: str) -> Path | None:
        """The file of this source, if it is still the one that was read; None for one in an archive."""
        if self.folder is None or source not in self._known:
            return None
        size, modified, sha256 = self._known[source]
        path = self.folder / source
        with suppress(OSError):
            if not path.is_file() or not sha256:
                return None
            found = path.stat()
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if found.st_size == size and ((inside and found.st_mtime_ns == modified) or digest(path) == sha256):
                return path
        return None


def originals(table: ShapeTable) -> Originals:
    """The files that the shapes of a table came from, wherever they or the table were moved together."""
    shapes = Shapes([table.rows()])
    rows = shapes.read(np.arange(len(shapes)), columns=["source", "bytes", "modified", "hash"]).short
    known = zip(*(rows[name].tolist() for name in ("source", "bytes", "modified", "hash")), strict=True)
    told = {source: (size, modified, sha256) for source, size, modified, sha256 in known}
    return Originals(_folder_of(table), told)


def _folder_of(table: ShapeTable) -> Path | None:
    if not table.meta.folder:
        return None
    beside = Path(table.path).resolve().parent if isinstance(table.path, Path) else Path()
    folder = Path(os.path.normpath(beside / table.meta.folder))
    return folder if folder.exists() else None
