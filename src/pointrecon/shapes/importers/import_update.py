"""What became of the files since a table was made: new, changed, moved, gone; only what must be read is read."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path, PurePosixPath

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.shapes.importers.archives import PACKED, PackedEntry, is_archive
from pointrecon.shapes.importers.import_source import base_of, source_of
from pointrecon.shapes.importers.known_files import KnownFile, known_files
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.importers.seen_files import SeenFile, SeenFiles
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.companions import same_companions
from pointrecon.shapes.readers.file_measures import digest
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.packed_file import digests_of
from pointrecon.shapes.table.shape_table import ShapeTable

_LONG = 1_000_000_000  # bytes to be compared by their hashes: of more, it is shown how far it is


@dataclass
class Changes:
    """What became of the files.

    Attributes:
        new, changed: files to read. moved: id -> the entry of the file as it lies now.
        gone: files that are no longer there, by id. before: id of a changed file -> those of the shapes it gave.
        skipped: (source, reason) of files that could not be read before and are as they were.
        unchanged: how many. seen: what the next update is to know of files that were looked at.
    """

    new: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    moved: dict[str, Entry] = field(default_factory=dict)
    gone: dict[str, KnownFile] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0
    seen: SeenFiles = field(default_factory=SeenFiles)


def find_changes(
    entries: Sequence[Entry],
    table: ShapeTable,
    source: Path,
    seen: SeenFiles,
    *,
    rehash: bool = False,
    drawn: bool = False,
    limits: Limits | None = None,
) -> Changes:
    """Compare the files that a source has now with those that a table's shapes came from.

    A file of the same size and time is unchanged; else its SHA-256 decides, with ``rehash`` always. One that changed
    or moved keeps the class that its shape has where its place tells none, and its split where splits were ``drawn``.
    """
    rows, base, found = known_files(table), base_of(source), Changes()
    files = _Files(entries, rows, limits, show=rehash)
    with files.bar:
        for entry in entries:
            row, place = rows.get(entry.id), source_of(entry.path, base)
            size, modified = files.stats[entry.id]
            before = None if rehash else seen.files.get(place)
            if before is not None and (before.bytes, before.modified) != (size, modified):
                before = None
            if before is not None and before.reason:
                found.skipped.append((place, before.reason))
                found.seen.files[place] = before
            elif row is None:
                found.new.append(entry)
            elif not row.whole or (row.apart and row.source != place) or _companions_changed(row, entry, modified):
                found.changed.append(entry)
            elif not rehash and row.source == place and row.modified == modified and size in (row.bytes, PACKED):
                found.unchanged += 1
            elif row.holds(sha256 := files.hash_of(entry) if before is None else before.hash):
                if row.source != place:
                    found.moved[entry.id] = entry
                    continue
                found.unchanged += 1
                if row.modified != modified:  # only touched
                    found.seen.files[place] = SeenFile(size, modified, sha256)
            else:
                found.changed.append(entry)
    found.before = {entry.id: rows[entry.id].ids for entry in found.changed}
    there = {entry.id for entry in entries}
    found.gone = {key: row for key, row in rows.items() if key not in there}
    if source.is_dir() or is_archive(source):  # else a list says what there is
        opens = cache(_opens)
        found.gone = {key: row for key, row in found.gone.items() if _is_gone(base, row.source, opens)}
    _find_moved(found, rows, files)
    _keep_told(found, table, drawn=drawn)
    return found


class _Files:
    """Sizes, times and SHA-256 of files; archives are unpacked once, and only if one of their files is asked for."""

    def __init__(
        self, entries: Sequence[Entry], rows: dict[str, KnownFile], limits: Limits | None, *, show: bool
    ) -> None:
        self._entries, self._rows, self._limits = entries, rows, limits
        self._packed: dict[Path, dict[str, str]] = {}
        self.stats = {entry.id: entry.stat() for entry in entries}
        asked = [
            size
            for key, (size, modified) in self.stats.items()
            if key in rows and size == rows[key].bytes and (show or modified != rows[key].modified)
        ]
        self.bar = Bar("comparing files", len(asked), show=sum(asked) > _LONG)

    def hash_of(self, entry: Entry) -> str:
        """The SHA-256 of a file; "" for one of another size than its row tells, or that cannot be read."""
        row = self._rows.get(entry.id)
        if isinstance(entry, PackedEntry):
            return self._in_archive(entry.archive).get(_inside(entry), "")
        if row is not None and row.bytes != self.stats[entry.id][0]:
            return ""
        self.bar.advance(1)
        try:
            return digest(entry.path)
        except OSError:
            return ""

    def _in_archive(self, archive: Path) -> dict[str, str]:
        if archive not in self._packed:
            packed = [e for e in self._entries if isinstance(e, PackedEntry) and e.archive == archive]
            known = [_inside(entry) for entry in packed if entry.id in self._rows]
            try:
                self._packed[archive] = read_apart(partial(digests_of, archive, known), archive, limits=self._limits)
            except InputError:  # who reads what is in it says why
                self._packed[archive] = {}
        return self._packed[archive]


def _inside(entry: PackedEntry) -> str:
    return entry.path.relative_to(entry.archive).as_posix()


def _companions_changed(row: KnownFile, entry: Entry, modified: int) -> bool:
    if not row.companions:
        return False
    if isinstance(entry, PackedEntry):
        return row.modified != modified
    return not same_companions(entry.path, row.companions)


def _is_gone(base: Path, source: str, opens: Callable[[Path], bool]) -> bool:
    """Whether a file is gone for sure: not where its folder or archive cannot be looked into."""
    for above in PurePosixPath(source).parents:
        if is_archive(base / above):
            return opens(base / above)
    try:
        (base / source).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _opens(archive: Path) -> bool:
    try:
        read_apart(partial(digests_of, archive, []), archive)
    except InputError:
        return False
    return True


def _find_moved(found: Changes, rows: dict[str, KnownFile], files: _Files) -> None:
    """New files that are gone ones elsewhere, by size and SHA-256."""
    gone: defaultdict[int, dict[str, str]] = defaultdict(dict)  # size -> hash -> id
    for key in found.gone:
        if rows[key].hash and not rows[key].companions:
            gone[rows[key].bytes].setdefault(rows[key].hash, key)
    new = []
    for entry in found.new:
        same = gone.get(files.stats[entry.id][0])
        if same and (before := same.pop(files.hash_of(entry), "")):
            found.moved[before] = entry
            del found.gone[before]
        else:
            new.append(entry)
    found.new = new


def _keep_told(found: Changes, table: ShapeTable, *, drawn: bool) -> None:
    """Give the files that changed or moved what their shapes have been told; a model's guess was of another shape."""
    wanted = {entry.id: entry for entry in found.changed} | found.moved
    if not wanted:
        return
    classes, log = [*table.meta.classes, ""], table.label_history()
    guessed = {key for key, place in log.last().items() if log.by_model[place]}
    for tags in table.tags():
        columns = (tags.id.tolist(), tags.label.tolist(), tags.split.tolist(), tags.captions)
        for key, label, split, captions in zip(*columns, strict=True):
            if (entry := wanted.get(key)) is not None:
                told = "" if key in guessed and key not in found.moved else classes[label]
                entry.label = entry.label or told
                entry.split = split if drawn else entry.split
                entry.captions = entry.captions or list(captions)


def tell_moved(table: ShapeTable, moved: dict[str, Entry], source: Path) -> None:
    """Tell a table where the files of these shapes lie now; ids, points and features stay."""
    keys = list(moved)
    for start in range(0, len(keys), 1024):
        places = np.flatnonzero(np.isin(table.ids(), keys[start : start + 1024]))
        arrays = table.rows().take(places, pictures=True)
        entries = [moved[key] for key in arrays.id.tolist()]
        classes = list(dict.fromkeys([*arrays.meta.classes, *(entry.label for entry in entries if entry.label)]))
        number = {name: place for place, name in enumerate(classes)} | {"": -1}
        arrays = arrays.adopt(replace(arrays.meta, classes=classes))
        arrays.label = np.array([number[entry.label] for entry in entries], np.int64)
        arrays.source = np.array([source_of(entry.path, base_of(source)) for entry in entries], np.str_)
        arrays.split = np.array([entry.split for entry in entries], np.str_)
        arrays.captions = [entry.captions for entry in entries]
        arrays.facts["modified"] = np.array([entry.path.stat().st_mtime_ns for entry in entries], np.int64)
        table.replace(arrays, bare=False)
