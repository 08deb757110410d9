"""The files that a table's shapes came from, as its rows tell of them; the parts of an assembly are of one file."""

from dataclasses import dataclass, field

import numpy as np

from pointrecon.shapes.readers.file_measures import part_hash
from pointrecon.shapes.table.shape_table import ShapeTable

_FACTS = ("source", "bytes", "modified", "hash", "companions", "assembly")


@dataclass
class KnownFile:
    """One file.

    Attributes:
        source: where it lies. bytes, modified, companions: see `file_facts.FACTS`.
        apart: whether it is an assembly whose parts are shapes.
        shapes: id of each of its shapes -> the name of the part, or "", and its hash.
        whole: they tell the same of it; else a process was killed while it changed them.
    """

    source: str
    bytes: int
    modified: int
    companions: str
    apart: bool
    shapes: dict[str, tuple[str, str]] = field(default_factory=dict)
    whole: bool = True

    @property
    def ids(self) -> list[str]:
        """Those of its shapes."""
        return list(self.shapes)

    @property
    def hash(self) -> str:
        """Its SHA-256; "" where it is not known, or its parts are shapes."""
        return "" if self.apart else next(iter(self.shapes.values()))[1]

    def holds(self, sha256: str) -> bool:
        """Whether its shapes are those of a file of this SHA-256."""
        return bool(sha256) and all(part_hash(sha256, name) == told for name, told in self.shapes.values())


def known_files(table: ShapeTable) -> dict[str, KnownFile]:
    """All files, by the id that is given to a file: without the names of parts."""
    rows, found = table.rows(), dict[str, KnownFile]()
    read = rows.read(np.arange(len(rows)), columns=("id", *_FACTS))
    told = zip(read.id.tolist(), *(read.short[name].tolist() for name in _FACTS), strict=True)
    for key, source, size, modified, sha256, companions, assembly in told:
        name = source.removeprefix(f"{assembly}#") if assembly else ""
        file = key.rstrip("~").removesuffix(f"#{name}") if assembly else key
        if file not in found:
            found[file] = KnownFile(assembly or source, size, modified, companions, bool(assembly))
        found[file].shapes[key] = name, sha256
        found[file].whole &= (found[file].bytes, found[file].modified) == (size, modified)
    return found


def ids_of_files(table: ShapeTable) -> dict[str, str]:
    """File -> the id that it was given."""
    if table.meta.imported.get("assemblies") != "parts":
        return table.sources()
    return {file.source: key for key, file in known_files(table).items()}
