"""Bringing a table up to date: what is to be read of its source, and what is told and forgotten afterwards."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.importers.import_plan import ImportPlan
from pointrecon.shapes.importers.import_source import base_of, folder_of, source_of
from pointrecon.shapes.importers.import_update import Changes, find_changes, tell_moved
from pointrecon.shapes.importers.import_writer import ImportReport, ImportWriter
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.importers.seen_files import SeenFile, SeenFiles
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.table.shape_table import ShapeTable


class TableUpdate:
    """An update under way.

    Attributes:
        todo: the files that are to be read.
    """

    def __init__(
        self,
        source: Path,
        plan: ImportPlan,
        settings: dict[str, Any],
        writer: ImportWriter,
        limits: Limits,
        rehash: bool,
    ) -> None:
        """Compare the files with the table, and tell it which have moved; InputError for one file of many shapes."""
        self._writer, self._limits, self._place = writer, limits, writer.report.table
        self._changes = Changes(new=plan.entries)
        if writer.table is not None:
            if not plan.entries:
                raise InputError(
                    f"{source} is one file of many shapes, which cannot be updated: --overwrite reads it anew"
                )
            _refuse_elsewhere(source, writer.table)
            seen = SeenFiles.load(self._place, limits)
            drawn = bool(settings["test"] or settings["validation"])
            self._changes = find_changes(
                plan.entries, writer.table, source, seen, rehash=rehash, drawn=drawn, limits=limits
            )
            tell_moved(writer.table, self._changes.moved, source)
        found = self._changes
        writer.replaced = {key for ids in found.before.values() for key in ids}
        writer.done -= writer.replaced | found.before.keys()
        writer.report.skipped += found.skipped
        writer.report.skipped_before = len(found.skipped)
        self.todo = [*found.new, *found.changed]
        self._stats = {source_of(entry.path, base_of(source)): entry.stat() for entry in self.todo}

    def finish(self, *, prune: bool) -> None:
        """Forget what is gone, if that is wanted; report the rest, and keep what the next update need not look at."""
        found, report, table = self._changes, self._writer.report, self._writer.table
        if table is not None and (lost := self._obsolete()):
            table.remove(lost)
        if table is not None and prune:
            report.pruned = table.remove([key for file in found.gone.values() for key in file.ids])
        else:
            report.gone = sorted(file.source for file in found.gone.values())
        report.moved, report.unchanged = len(found.moved), found.unchanged
        for place, reason in report.skipped:
            if place in self._stats:
                found.seen.files[place] = SeenFile(*self._stats[place], reason=reason)
        if table is not None:
            if report.shapes or report.changed or report.moved or report.pruned:
                table.tidy()
            found.seen.save(self._place, self._limits)

    def _obsolete(self) -> list[str]:
        """Parts of changed assemblies that these have no more; none of those that could not be read."""
        written = self._writer.written
        return [
            key
            for file, before in self._changes.before.items()
            if any(key == file or key.startswith(f"{file}#") for key in written)
            for key in before
            if key not in written
        ]


def check_up_axis(
    source: Path, todo: Sequence[Entry], settings: dict[str, Any], writer: ImportWriter, *, update: bool
) -> None:
    """Where a table has y up as its files were all glTF: warn in an update of others, else InputError."""
    if writer.table is None or writer.table.meta.imported["up"] == settings["up"]:
        return
    others = [entry.path for entry in todo if not entry.is_gltf]
    if others and not update:
        table = writer.report.table
        raise InputError(f"{table} has y up as its files were all glTF, {others[0]} is not: say --up y")
    told = "is taken as y up, as the files before were all glTF: --up y says it is"
    writer.report.warnings += [(source_of(path, base_of(source)), told) for path in others]


def _refuse_elsewhere(source: Path, table: ShapeTable) -> None:
    """Raise InputError where the table is that of another folder of the same name, which is still there."""
    known = folder_of(table)
    if known is not None and known.exists() and not known.samefile(base_of(source)):
        raise InputError(f"{table.path} is the table of {known}, not of {source}: choose another name for this one's")


def what_changed(report: ImportReport, source: Path, place: str | Path) -> str:
    """ "10 new, 3 changed; 4 files are no longer there: '... --prune' forgets them", or "" where nothing did."""
    counts = {
        "new": report.shapes, "changed": report.changed, "moved": report.moved, "forgotten": report.pruned,
    }  # fmt: skip
    told = [", ".join(f"{count} {what}" for what, count in counts.items() if count)]
    if len(report.skipped) > report.skipped_before:
        told.append(f"{plural(len(report.skipped), 'file')} cannot be read (listed in {report.skipped_list})")
    if report.gone:
        are, them = ("is", "it") if len(report.gone) == 1 else ("are", "them")
        prune = f"pointrecon shapes import {shlex.join([str(source), '-o', str(place)])} --update --prune"
        told.append(f"{plural(len(report.gone), 'file')} {are} no longer there: '{prune}' forgets {them}")
    return "; ".join(filter(None, told))
