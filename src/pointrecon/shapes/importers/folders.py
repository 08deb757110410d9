"""`import_shapes`: from a folder, a manifest or a file to a shape table; `read_folder`: to memory."""

import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pointrecon.checks import checked
from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.screen import say
from pointrecon.shapes.importers.import_plan import told_before
from pointrecon.shapes.importers.import_settings import settle
from pointrecon.shapes.importers.import_source import check_source, folder_from, plan_source, source_place
from pointrecon.shapes.importers.import_writer import ImportReport, writing
from pointrecon.shapes.importers.manifest import is_manifest
from pointrecon.shapes.importers.read_batches import read_batches
from pointrecon.shapes.importers.skipped_files import reasons
from pointrecon.shapes.importers.table_update import TableUpdate, check_up_axis
from pointrecon.shapes.importers.up_axis import AUTO
from pointrecon.shapes.readers.column_names import column_names
from pointrecon.shapes.readers.limits import Limits, bytes_of
from pointrecon.shapes.table.arrays import ShapeArrays

_DEFAULTS = {
    "up": "unknown", "split": "", "labels_from": "auto", "caption_from_class": True, "validation": 0.0, "test": 0.0,
    "units": "", "license": "", "seed": 0, "points": None, "columns": [],
    "splits_from": "auto", "follow_links": False, "layout": None, "up_estimated": False,
}  # fmt: skip


@checked
def import_shapes(
    source: str | Path,
    out: str | Path,
    *,
    points: int | None = None,
    up: str | None = None,
    split: str | None = None,
    labels_from: str | None = None,
    splits_from: str | None = None,
    caption_from_class: bool | None = None,
    validation: float | None = None,
    test: float | None = None,
    columns: str | Sequence[str] | None = None,
    assemblies: str | None = None,
    name: str | None = None,
    units: str | None = None,
    license: str | None = None,
    follow_links: bool | None = None,
    workers: int | None = None,
    seconds_per_file: float = Limits.seconds,
    memory_per_file: str | int = "4GB",
    triangles_per_file: int = Limits.triangles,
    seed: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    update: bool = False,
    prune: bool = False,
    rehash: bool = False,
    progress: bool = True,
) -> ImportReport:
    """Read shapes into a table. Files that cannot be read are skipped and listed; the rest goes on.

    Classes and splits are told on standard error before anything is read, with what is doubtful about them.

    What is left out (None) is as the table has it where one is resumed, and as told below else.

    Args:
        source: a folder (see `pointrecon.shapes.importers.layout`), a manifest (CSV, JSON, JSON lines; see
            `pointrecon.shapes.importers.manifest`), one file of many clouds (see
            `pointrecon.shapes.readers.array_files`), or a file of one shape.
        out: the table to make, ``something.lance`` or ``something.npz``.
        points: points per shape; else 2048, or as many as an array file has.
        up: "x", "y", "z" or "unknown", which becomes "y" where all files are glTF, which prescribes it. "auto": what
            the shapes look like, "unknown" where they do not agree; the report says how sure it is. A table that is
            there keeps its own.
        split: "train", "val" or "test" for shapes whose place does not tell.
        labels_from: what names the classes of a folder's files: "auto", which is the first sub-folder unless that
            makes no sense, "first", "parent" (the folder a file lies in), or a pattern of names such as ``{class}_#``;
            "none" leaves labels out, those of a manifest or an array file too.
        splits_from: "auto": folders train, val, test that stand side by side as splits do; "folders": every folder
            called so; "none": no folder.
        caption_from_class: give shapes without a caption their class name as one; else true.
        validation: share of the training shapes to hold out as "val", seeded, the same of every class.
        test: the same as "test", drawn first, for shapes that come without a test split.
        columns: what the columns of text tables and plain arrays of numbers are, in order, such as "x,y,z,r,g,b"; "_"
            leaves one out. Else their first line, or their usual order.
        assemblies: "parts": each different part of a STEP, IGES, glTF or 3MF file is a shape, with how often and where
            it stands; else "whole".
        name: of the collection; else the source's.
        follow_links: read what links lead to outside the source's folder too; else false.
        workers: processes that read files; None: one per core.
        seconds_per_file, memory_per_file, triangles_per_file: a file that costs more is skipped; a large one may take
            longer and more memory (see `pointrecon.shapes.readers.limits`).
        seed: for the sampling of points and the shapes held out.
        overwrite: replace a table that is there. resume: go on with one; shapes it lacks are added.
        update: bring the table up to date, or make it: files that are new are read, and those that changed since; the
            shape of a file that was moved stays under its id. prune: forget shapes whose files are gone, which are told
            else. rehash: compare the content of all files, not of those of another time alone, and try again those that
            could not be read.
        progress: tell on standard error what is there, and how far the reading is.

    Raises:
        InputError: nothing readable in the source, `out` exists and neither switch is on, a setting other than the
            resumed table's, or another process is writing there.
        Stopped, OSError: on Ctrl-C or SIGTERM, or a full disk; what was imported is whole, and `resume` goes on.
    """
    source = source_place(source)
    limits = Limits(seconds_per_file, bytes_of(memory_per_file), triangles_per_file)
    given = {
        "points": points, "up": up, "split": split, "labels_from": labels_from, "seed": seed, "test": test,
        "splits_from": splits_from, "follow_links": follow_links, "assemblies": assemblies,
        "caption_from_class": caption_from_class, "validation": validation, "name": name, "units": units,
        "license": license, "source": printable(source.resolve().name),
        "columns": None if columns is None else list(column_names(columns)),
    }  # fmt: skip
    check_source(source, given)
    if (prune or rehash) and not update:
        raise InputError("prune and rehash belong to an update: say --update, too")
    if workers is not None and workers < 0:
        raise InputError(f"{workers} processes cannot read files: say 1 or more, or leave --workers out")
    if "://" not in str(out) and source.resolve() == Path(out).resolve():
        raise InputError(f"{out} is the source itself: choose another name for the table")
    with writing(out, overwrite=overwrite, resume=resume, update=update) as writer:
        if up == AUTO and writer.table is not None:
            up = given["up"] = None
        settings = settle(out, given, {**_DEFAULTS, "name": printable(source.resolve().stem)}, writer.table)
        plan = plan_source(source, settings, writer.table, limits)
        under_way = TableUpdate(source, plan, settings, writer, limits, rehash=rehash) if update else None
        todo = plan.entries if under_way is None else under_way.todo
        writer.report.not_read = plan.not_read
        told = [told_before(todo), *map("warning: {}".format, plan.doubts), plan.not_read] if todo else plan.doubts
        for line in filter(None, told if progress else ()):
            say(line, file=sys.stderr)
        if up is None:
            check_up_axis(source, todo, settings, writer, update=update)
        folder = folder_from(source, out)
        if writer.table is not None and writer.table.meta.folder != folder:  # moved, or made before tables told it
            writer.table.set_meta(replace(writer.table.meta, folder=folder))
        if todo or not plan.entries:
            for arrays in read_batches(source, todo, settings, writer.report, workers, limits, writer, show=progress):
                arrays.meta.folder = folder
                writer.write(arrays)
        if under_way is not None:
            under_way.finish(prune=prune)
        other = source.suffix.lower() == ".csv" and not is_manifest(source)
        manifest = ", and is no manifest as it has no 'path' column" if other else ""
        return writer.finish(f"{source} holds no readable shape{manifest}")


def read_folder(
    source: str | Path, points: int | None = None, seed: int = 0, workers: int | None = None
) -> ShapeArrays:
    """Shapes in memory as `import_shapes` reads them, from a folder, a manifest, an array file or a single file.

    Files that cannot be read are left out, which a warning says; InputError where nothing is there or readable. Without
    ``points`` there are 2048 a shape, or as many as an array file has.
    """
    source = source_place(source)
    report = ImportReport(source)
    name = {"name": printable(source.resolve().stem), "source": printable(source.resolve().name)}
    settings = {**_DEFAULTS, **name, "points": points, "seed": seed}
    check_source(source, settings)
    plan = plan_source(source, settings)
    for line in filter(None, (*plan.doubts, plan.not_read)):
        warnings.warn(f"{source}: {line}", stacklevel=2)
    parts = list(read_batches(source, plan.entries, settings, report, workers))
    if not parts:
        raise InputError(f"{source} holds no readable shape: {reasons(report.skipped)}")
    if report.skipped:
        were = "was" if len(report.skipped) == 1 else "were"
        lost = f"{plural(len(report.skipped), 'file')} of {source} could not be read and {were} left out"
        warnings.warn(f"{lost}: {reasons(report.skipped)}", stacklevel=2)
    whole = ShapeArrays.concatenate(parts)
    whole.meta.imported = {}
    return whole
