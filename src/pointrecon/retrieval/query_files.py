"""Files that are asked with, tried before the folder that is asked is read: alone, or as its import will read them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointrecon.errors import InputError
from pointrecon.retrieval.query_shapes import shapes_of_file
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.importers.pool import read_entry
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.column_names import column_names
from pointrecon.shapes.readers.file_measures import digest

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes

_LIMITS = {"seconds_per_file", "memory_per_file", "triangles_per_file"}
_POINTS = 16  # of a shape that is only tried


def is_path(given: Any) -> bool:
    """Whether this names a file, or a shape of the collection."""
    return isinstance(given, str | Path)


def unreadable(files: Sequence[str], read: "dict[str, Shapes]") -> dict[str, InputError]:
    """Those that cannot be read by themselves, and why; what the others hold goes to ``read``."""
    found = {}
    for one in files:
        try:
            shapes_of_file(one, read)
        except InputError as error:
            found[one] = error
    return found


def copies_of(file: str, entries: Sequence[Entry]) -> list[Entry]:
    """The files of a folder that are this one, or the same to the byte."""
    size, known = Path(file).stat().st_size, digest(Path(file))
    paths = [one.path for one in entries]  # one in an archive is no file here
    same = [path.is_file() and path.stat().st_size == size and digest(path) == known for path in paths]
    return [*compress(entries, same)]


def try_import(copies: Sequence[Entry], imports: Mapping[str, Any]) -> None:
    """InputError where an import with these settings cannot read a file, of which there are these copies."""
    columns = column_names(imports["columns"]) if imports.get("columns") else None
    if not _LIMITS & imports.keys():
        for one in copies[:1]:
            read_apart(partial(read_entry, replace(one, columns=columns), _POINTS, 0), one.path)
