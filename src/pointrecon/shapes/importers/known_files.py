"""The files that a table's shapes came from, as its rows tell of them; the parts of an assembly are of one file."""

from dataclasses import dataclass

import numpy as np

from pointrecon.shapes.table.shape_table import ShapeTable

_FACTS = ("source", "bytes", "modified", "hash", "companions", "assembly")


@dataclass
class KnownFile:
    """One file.

    Attributes:
        source: where it lies. bytes, modified, hash, companions: see `file_facts.FACTS`.
        ids: of its shapes. whole: they tell the same of it; else a process was killed while it changed them.
        apart: they are the parts of an assembly.
    """

    source: str
    bytes: int
    modified: int
    hash: str
    companions: str
    ids: list[str]
    whole: bool = True
    apart: bool = False


def known_files(table: ShapeTable) -> dict[str, KnownFile]:
    """All files, by the id that is given to a file: without the names of parts."""
    rows, found = table.rows(), dict[str, KnownFile]()
    read = rows.read(np.arange(len(rows)), columns=("id", *_FACTS))
    told = zip(read.id.tolist(), *(read.short[name].tolist() for name in _FACTS), strict=True)
    for key, source, size, modified, sha256, companions, assembly in told:
        own = KnownFile(assembly or source, size, modified, sha256, companions, [key], apart=bool(assembly))
        file = key.rstrip("~").removesuffix(source.removeprefix(assembly)) if assembly else key
        if (before := found.setdefault(file, own)) is not own:
            before.ids.append(key)
            before.whole &= (before.hash, before.bytes, before.modified) == (sha256, size, modified)
    return found
