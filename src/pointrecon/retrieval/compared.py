"""Evidence between shapes of a table: from the files they came from, else from the points that the table keeps."""

from collections import OrderedDict
from dataclasses import replace
from functools import partial

import numpy as np

from pointrecon.errors import InputError, did_you_mean
from pointrecon.readable import printable
from pointrecon.retrieval.evidence import Evidence, Geometry, compare, in_units
from pointrecon.retrieval.folder_table import originals
from pointrecon.retrieval.known_columns import meters
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.file_facts import METERS
from pointrecon.shapes.table.shape_table import ShapeTable

_KEPT = 3_000_000  # corners and triangles in memory at once, some 400 MB with what is computed of them

_SAME_UNIT = 1e-3  # a factor this near to a unit's is that unit's


class ComparedShapes:
    """The shapes of a table, ready to be compared: files are read once, each in a process of its own."""

    def __init__(self, table: ShapeTable) -> None:
        """What is there is told once; files that change later are compared by their points."""
        self._shapes = Shapes([table.rows()])
        rows = self._shapes.read(np.arange(len(self._shapes)), columns=["source", "scale", "unit"])
        self._source, self._scale = rows.short["source"].tolist(), rows.short["scale"]
        self._unit = rows.short["unit"].tolist()
        names, counts = np.unique(rows.short["source"], return_counts=True)
        self._several = set(names[counts > 1].tolist())  # files of several shapes: which of them is which is not told
        self._files = originals(table)
        columns = table.meta.imported.get("columns")
        self._columns = tuple(columns) if columns else None
        self._kept: OrderedDict[int, tuple[Geometry, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._shapes)

    def evidence(self, a: int, b: int) -> Evidence:
        """What the shape at place ``b`` is of that at ``a``, of true sizes where both units are known.

        Its note says where the files themselves are not there.
        """
        return self.of_true_sizes(self.of_numbers(a, b), self._unit[a], b)

    def of_numbers(self, a: int, b: int) -> Evidence:
        """The same of the files' numbers, whatever their units."""
        return self._told(*self._geometry(a), b)

    def of_given(self, geometry: Geometry, why: str, unit: str, b: int) -> Evidence:
        """What the shape at place ``b`` is of one that is not in the table; ``why`` tells what limits that one."""
        return self.of_true_sizes(self._told(geometry, why, b), unit, b)

    def of_true_sizes(self, found: Evidence, unit: int | str, b: int) -> Evidence:
        """Evidence of the numbers of a shape (its place, or its unit) and of that at ``b``, told of their sizes."""
        units = self._unit[unit] if isinstance(unit, int) else unit, self._unit[b]
        if "" in units:
            return _with_unit(found, *units)
        if units[0] == units[1]:
            return found
        one, other = meters(np.array(units)).tolist()
        return in_units(found, *units, one / other) if one > 0 and other > 0 else found

    def _told(self, geometry: Geometry, why: str, b: int) -> Evidence:
        other, why_b = self._geometry(b)
        found = compare(geometry, other)
        return replace(found, note="; ".join(dict.fromkeys(filter(None, (found.note, why, why_b)))))

    def _geometry(self, place: int) -> tuple[Geometry, str]:
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        found = self._read(place)
        self._kept[place] = found
        while len(self._kept) > 2 and sum(len(g.vertices) + len(g.faces) for g, _ in self._kept.values()) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def _read(self, place: int) -> tuple[Geometry, str]:
        source = self._source[place]
        file = None if source in self._several else self._files.file(source)
        if file is not None:
            try:
                return Geometry(*read_apart(partial(file.corners, self._columns), file.path)), ""
            except InputError as error:
                why = f"the file could not be compared ({printable(str(error))})"
        else:
            why = "the file itself is not there any more, or holds several shapes"
        points = self._shapes.read(np.array([place]), columns=["points"]).points[0].astype(np.float64)
        scale = self._scale[place]
        told = f"by {len(points)} stored points: {why}"
        if not np.isfinite(scale):
            told, scale = f"{told}; true size not known", 1.0
        # they lie in the unit sphere, as float16
        return Geometry(points * scale, np.zeros((0, 3)), 2.0**-11 * scale), told


def evidence_of(table: ShapeTable, id_a: str, id_b: str) -> Evidence:
    """What shape ``id_b`` of a table is of shape ``id_a``.

    The files they came from are read, in archives and the parts of assemblies too, each in a process of its own; where
    one is gone, changed or holds several shapes, the points that the table keeps of it are compared instead, and the
    note says so.

    Raises:
        InputError: the table has no such shape; or all its points are in one place.
    """
    ids = table.ids().tolist()
    for id in (id_a, id_b):
        if id not in ids:
            meant = did_you_mean(id, ids, "see 'shapes info --files'")
            raise InputError(f"{table.path} has no shape '{printable(id)}': {meant}")
    return ComparedShapes(table).evidence(ids.index(id_a), ids.index(id_b))


def _with_unit(found: Evidence, unit_a: str, unit_b: str) -> Evidence:
    """Evidence of the numbers of two files of which one tells its unit: in which the other is of the same size."""
    known = meters(np.array([unit_a or unit_b])).item()
    if found.kind in ("similar", "variant") or bool(unit_a) == bool(unit_b) or not known > 0:
        return found
    other = known / found.scale if unit_a else known * found.scale
    unit = next((name for name, size in METERS.items() if abs(other / size - 1) < _SAME_UNIT), "")
    note = f"one file tells no unit: of the same size if it is in {unit}" if unit else ""
    return replace(found, note="; ".join(filter(None, [found.note, note])))
