"""A folder's table: made beside it at first, later brought up to date; and the files that its shapes came from."""

import errno
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import is_blank
from pointrecon.readable import printable
from pointrecon.screen import say
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.folders import import_shapes
from pointrecon.shapes.importers.import_source import base_of, folder_of, source_of, source_place
from pointrecon.shapes.importers.manifest import MANIFESTS, is_manifest, manifest_entries
from pointrecon.shapes.importers.skipped_files import told_of
from pointrecon.shapes.importers.table_update import what_changed
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.file_measures import digest, part_hash
from pointrecon.shapes.readers.original_file import OriginalFile
from pointrecon.shapes.readers.packed_file import digests_of
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
    check_unopened(data, table, imports)
    if isinstance(data, ShapeTable):
        return data
    if is_table(data):
        return open_table(data)
    source = source_place(data)
    if not (source.is_dir() or is_archive(source) or (source.is_file() and is_manifest(source))):
        what = "is one file" if source.is_file() else "is not there"
        raise InputError(f"{source} {what}: name a table, or a folder, .zip or manifest of shapes")
    place = table_beside(source) if table is None else Path(table) if "://" not in str(table) else table
    try:
        if isinstance(place, Path):
            _refuse_other(place, source)
        report = import_shapes(source, place, update=True, prune=prune, progress=progress, **imports)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        if not Path(place).exists():
            raise InputError(
                f"'{place}' cannot be written: say with --table where the table of '{source}' may lie"
            ) from error
        say(f"warning: '{place}' cannot be written: what is new in '{source}' is not seen", file=sys.stderr)
        return open_table(place)
    if progress:
        odd = *told_of("warning", report.warnings), *told_of("skipped", report.skipped[report.skipped_before :])
        told = what_changed(report, source, place)
        for line in (*odd, *([f"{place}: {told}"] if told else [])):
            say(line, file=sys.stderr)
    return open_table(place)


def check_unopened(data: Any, table: str | Path | None, imports: Mapping[str, Any]) -> None:
    """InputError for a place of a table, or settings of an import, beside anything but a folder that is to be read."""
    given = ", ".join(f"--{name}" for name in (["table"] if table is not None else list(imports)))
    if not given:
        return
    if isinstance(data, ShapeTable) or (isinstance(data, str | Path) and is_table(data)):
        what = data.path if isinstance(data, ShapeTable) else data
        raise InputError(f"{what} is a table already: leave {given} out, or name the folder of its files")
    if not isinstance(data, str | Path):
        raise InputError("a table and settings of an import are for a folder of files: leave them out")


def _refuse_other(place: Path, source: Path) -> None:
    """Raise InputError where something else than this folder's table has the name that it should have."""
    if not place.exists() or (place.is_dir() and is_blank(place)):
        return
    try:
        found = open_table(place)
        known, own = folder_of(found), found.meta.imported.get("source") == printable(source.resolve().name)
        if own and (known is None or not known.exists() or known.samefile(base_of(source))):
            return
        what = f"the table of {known}" if known else "another table"
    except InputError as error:
        what = f"no table of it ({error})"
    raise InputError(f"{place} is {what}: say with --table where the table of {source} may lie")


def table_beside(source: Path) -> Path:
    """Where the table of a folder lies when nobody says; InputError for a folder without a name."""
    named = source if source.name not in ("", "..") else source.resolve()
    if not named.name:
        raise InputError(f"{source} has no name to call a table after: say where it is to lie with --table")
    return named.with_name(f"{named.name if named.is_dir() else named.stem}.lance")


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
    _known: dict[str, tuple[int, int, str, str]] = field(repr=False)  # source -> size, time, hash, assembly
    _manifest: str = ""  # its name, where a manifest told the files
    _links: bool = False  # whether links out of the folder were followed

    def path(self, source: str) -> Path | None:
        """The file that is this shape's alone, if it is still the one that was read; None for one in an archive."""
        found = self.file(source)
        return None if found is None or found.member or found.part else found.path

    def file(self, source: str) -> OriginalFile | None:
        """Where the geometry of this shape lies, in an archive or an assembly, too; None if it is not what was read.

        A table is not believed where it tells of files outside the folder: a manifest that lies there must name them.
        """
        if self.folder is None or source not in self._known or not self._known[source][2]:
            return None
        size, modified, sha256, assembly = self._known[source]
        name, part = (assembly, source.removeprefix(f"{assembly}#")) if assembly else (source, "")
        path = self.folder / name
        with suppress(OSError, ValueError):
            if not self._within(name) and name not in self._elsewhere:
                return None
            if path.is_file():
                found, inside = path.stat(), path.resolve().is_relative_to(self.folder.resolve())
                same = found.st_size == size and inside and found.st_mtime_ns == modified
                if same or (found.st_size == size and part_hash(digest(path), part) == sha256):
                    return OriginalFile(path, self.folder, part=part)
                return None
            for above in PurePosixPath(name).parents:
                if is_archive(archive := self.folder / above):
                    member = PurePosixPath(name).relative_to(above).as_posix()
                    same = archive.stat().st_mtime_ns == modified
                    if same or part_hash(_packed_digest(archive, member), part) == sha256:
                        return OriginalFile(archive, self.folder, member, part)
        return None

    def _within(self, name: str) -> bool:
        assert self.folder is not None
        told = Path(name)
        if told.is_absolute() or told.drive or ".." in told.parts:
            return False
        return self._links or (self.folder / name).resolve().is_relative_to(self.folder.resolve())

    @cached_property
    def _elsewhere(self) -> set[str]:
        """The sources that the manifest in the folder names."""
        if self.folder is None or not self._manifest:
            return set()
        try:
            return {source_of(entry.path, self.folder) for entry in manifest_entries(self.folder / self._manifest)}
        except (InputError, OSError):
            return set()


def _packed_digest(archive: Path, member: str) -> str:
    try:
        found: str = read_apart(partial(digests_of, archive, [member]), archive).get(member, "")
    except InputError:
        return ""
    return found


def originals(table: ShapeTable) -> Originals:
    """The files that the shapes of a table came from, wherever they or the table were moved together."""
    shapes, names = Shapes([table.rows()]), ("bytes", "modified", "hash", "assembly")
    rows = shapes.read(np.arange(len(shapes)), columns=["source", *names]).short
    known = zip(*(rows[name].tolist() for name in names), strict=True)
    folder = folder_of(table)
    there = folder if folder is not None and folder.exists() else None
    source = Path(str(table.meta.imported.get("source", ""))).name
    manifest = source if Path(source).suffix.lower() in MANIFESTS else ""
    links = table.meta.imported.get("follow_links") is True
    return Originals(there, dict(zip(rows["source"].tolist(), known, strict=True)), manifest, links)
