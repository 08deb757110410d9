"""The shapes that are asked for others like them: ids of the collection, files, or arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError, did_you_mean
from pointrecon.retrieval.known_columns import Columns
from pointrecon.shapes.readers.file_measures import digest
from pointrecon.shapes.table.id_ends import place_by_end, spellings

if TYPE_CHECKING:
    from pointrecon.retrieval.vectors import Vectors
    from pointrecon.shapes.table.collection import Shapes

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
_HINTS = 20_000  # ids among which a misspelt one is looked for


@dataclass
class QueryShapes:
    """What was asked with.

    Attributes:
        places: those that are in the collection. others: those that are not.
        names: all of them, for people. files: those of the others that are a file each.
    """

    places: list[int] = field(default_factory=list)
    others: "list[Shapes]" = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many shapes there are."""
        return len(self.places) + sum(map(len, self.others))

    def vector(self, vectors: "Vectors") -> np.ndarray:
        """(D,) the mean of their vectors, each of length 1, at length 1."""
        parts = [vectors.values[self.places]]
        for shapes in self.others:
            parts.append(vectors.embed(shapes))
        mean = np.concatenate(parts).mean(0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def sizes(self, columns: Columns) -> tuple[np.ndarray, str]:
        """(6,) as `Columns.sizes`, and the unit: of the one shape that was asked with.

        InputError for several, or one that has no size.
        """
        if self.count != 1:
            raise InputError(f"a size window is around one shape, not {', '.join(self.names) or 'none'}: ask with one")
        from_table = bool(self.places)
        place, told = (self.places[0], columns) if from_table else (0, Columns.of(self.others[0]))
        found = told.sizes[place]
        if not np.isfinite(found[:3]).all():
            raise InputError(f"'{self.names[0]}' has no size that is known: leave the size window out")
        return found, str(told["unit"][place])

    def same(self, columns: Columns) -> np.ndarray:
        """(m,) places of the shapes themselves and of those whose file is the same to the byte."""
        own = set(columns.at("hash", np.array(self.places, np.int64)).tolist())
        own |= {told for shapes in self.others for told in Columns.of(shapes)["hash"].tolist()}
        copies = [columns.find("hash", told) for told in sorted(own - {""})]
        return np.unique(np.concatenate([*copies, np.array(self.places, np.int64)]))


def query_shapes(given: Any, columns: Columns, read: "dict[str, Shapes] | None" = None) -> QueryShapes:
    """What a caller asks with, one or several of: an id, a file or its name in the collection, arrays, other shapes.

    Args:
        given: a text or path, an (N, 3) or (M, N, 3) array, shapes, or a list of these.
        columns: of the collection, whose up axis files that do not say have too.
        read: files that were read for this before; those read now are added.

    Raises:
        InputError: no such id or file, or one that cannot be read.
    """
    from pointrecon.shapes.door import as_shapes

    found, read = QueryShapes(), {} if read is None else read
    for one in given if isinstance(given, list | tuple) else [given]:
        place = _place(one, columns) if isinstance(one, str | Path) else None
        if place is not None:
            found.places.append(place)
            found.names.append(str(columns.at("id", np.array([place]))[0]))
            continue
        named = isinstance(one, str | Path)
        shapes = shapes_of_file(one, read) if named else as_shapes(one)
        if not len(shapes):
            raise InputError(f"{shapes.name} has no shapes to ask with")
        if shapes.meta.up == "unknown":
            shapes = as_shapes(replace(shapes.load(), meta=replace(shapes.meta, up=columns.up)))
        found.others.append(shapes)
        found.names.append(str(one) if named else shapes.meta.name or "a given shape")
        found.files += [Path(one)] if named and len(shapes) == 1 else []
    return found


def shapes_of_file(given: str | Path, read: "dict[str, Shapes]") -> "Shapes":
    """What a file to ask with holds, read once: ``read`` has those that were before. InputError where it cannot be."""
    from pointrecon.shapes.door import as_shapes

    if Path(given).suffix.lower() in _PICTURES:
        raise InputError(f"{given} is a picture, not a shape: ask with --picture (from Python picture=)")
    if str(given) not in read:
        read[str(given)] = as_shapes(given)
    return read[str(given)]


def place_of_name(text: str, columns: Columns) -> int:
    """Where the shape of this id or file's name is in the collection, or the one whose ends so: no file is looked at.

    InputError for none, or for several.
    """
    place = _exact(text, columns)
    return _by_end(text, columns) if place is None else place


def _place(given: str | Path, columns: Columns) -> int | None:
    """Where a shape of the collection is; None for a file that is none of its files."""
    text, path = str(given), Path(given)
    if (place := _exact(text, columns)) is not None:
        return place
    if path.exists():
        same = columns.find("hash", digest(path)) if path.is_file() else np.zeros(0, np.int64)
        if not len(same):
            return None
        itself = [path.as_posix().endswith(f"/{source}") for source in columns.at("source", same).tolist()]
        return int(same[np.lexsort((columns.at("id", same), np.logical_not(itself)))[0]])
    return _by_end(text, columns)


def _exact(text: str, columns: Columns) -> int | None:
    for known in ("id", "source"):
        for one in spellings(text):
            if len(found := columns.find(known, one)) == 1:
                return int(found[0])
    return None


def _by_end(text: str, columns: Columns) -> int:
    ids, sources = columns["id"], columns["source"]
    for names in (sources, ids):
        if (place := place_by_end(names, Path(text).as_posix())) is not None:
            return place
    raise _no_such(text, ids[:_HINTS].tolist(), sources[:_HINTS].tolist())


def check_name(given: str | Path, ids: Sequence[str], sources: Sequence[str]) -> None:
    """InputError for what can be no shape of a collection of these files, however they are read: parts count, too."""
    text, path = str(given), Path(given).as_posix()
    begins = {text, path, *(text[:i] for i, sign in enumerate(text) if sign == "#")}  # of a part: FILE#PART
    begins |= {spelled for one in begins for spelled in spellings(one)}
    known, ends = {*ids, *sources}, tuple(f"/{one}" for one in begins)
    if not begins & known and not any(one.endswith(ends) for one in known):
        raise _no_such(text, ids[:_HINTS], sources[:_HINTS])


def _no_such(text: str, ids: Sequence[str], sources: Sequence[str]) -> InputError:
    ends = [id.rsplit("/", 1)[-1] for id in ids]  # these find a shape, too
    hint = did_you_mean(text, [*ids, *sources, *ends], "check the path, or the id")
    return InputError(f"'{text}' is neither a file nor an id of the collection; {hint}")
