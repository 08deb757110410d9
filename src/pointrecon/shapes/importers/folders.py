"""`import_shapes`: from a folder, a manifest or an array file to a shape table."""

import csv
import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import written_whole
from pointrecon.progress import Bar
from pointrecon.readable import readable
from pointrecon.shapes.importers.import_writer import ImportReport, Writer
from pointrecon.shapes.importers.manifest import (
    MANIFESTS,
    Entry,
    check_share,
    draw_splits,
    folder_entries,
    manifest_entries,
    with_class_captions,
)
from pointrecon.shapes.importers.pool import read_all
from pointrecon.shapes.readers import array_files
from pointrecon.shapes.readers.read import SUFFIXES, RawShape
from pointrecon.shapes.table.arrays import UP_AXES, ShapeArrays, TableMeta
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.shapes.table.shape_table import ShapeTable, check_replaceable, open_table

POINTS = 2048
_ARRAY_BATCH = 512


def import_shapes(
    source: str | Path,
    out: str | Path,
    *,
    points: int | None = None,
    up: str = "unknown",
    split: str = "",
    labels_from: str = "folder",
    caption_from_class: bool = True,
    validation: float = 0.0,
    test: float = 0.0,
    name: str = "",
    units: str = "",
    license: str = "",
    workers: int | None = None,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> ImportReport:
    """Read shapes into a table. Files that cannot be read are skipped and listed; the rest goes on.

    Args:
        source: a folder (class = first sub-folder), a manifest (CSV, JSON, JSON lines; see
            `pointrecon.shapes.importers.manifest`), or one file of many clouds (see
            `pointrecon.shapes.readers.array_files`).
        out: the table to make, ``something.lance`` or ``something.npz``.
        points: points per shape; None: 2048, or as many as an array file has.
        up: "x", "y", "z" or "unknown"; unknown becomes "y" where all files are glTF, which prescribes it.
        split: "train", "val" or "test" for shapes whose place does not tell.
        labels_from: "folder" (or the manifest or array file), or "none" to leave labels out.
        caption_from_class: give shapes without a caption their class name as one.
        validation: share of the training shapes to hold out as "val", seeded, the same of every class.
        test: the same as "test", drawn first, for shapes that come without a test split.
        workers: processes that read files; None: one per core.
        seed: for the sampling of points and the shapes held out.
        overwrite: replace a table that is there. resume: go on with one, after an interrupted import.

    Raises:
        InputError: nothing readable in the source, or `out` exists and neither switch is on.
        OSError: the disk is full or read-only; what was imported so far is whole, and `resume` goes on.
    """
    started, source = time.monotonic(), Path(source)
    _check(source, points, up, labels_from, validation, overwrite, resume)
    check_share("test", test)
    if "://" not in str(out) and source.resolve() == Path(out).resolve():
        raise InputError(f"{out} is the source itself: choose another name for the table")
    table, done = existing(out, overwrite, resume)
    meta = TableMeta(name=name or source.stem, up=up, units=units, license=license, source=source.name)
    labels = labels_from == "folder"
    report = ImportReport(str(out) if "://" in str(out) else Path(out), already_there=len(done))
    writer = Writer(out, meta, table, overwrite, report)
    if not source.is_dir() and _holds_many(source):
        arrays, report.skipped, report.warnings = array_files.read_arrays(
            source, points, split=split, labels=labels, seed=seed
        )
        arrays.split = draw_splits(arrays.label, arrays.split, test=test, validation=validation, seed=seed)
        _write_arrays(arrays, writer, done, caption_from_class)
    else:
        read = folder_entries if source.is_dir() else manifest_entries
        entries = read(source, labels=labels, split=split)
        labeled, told = np.array([e.label for e in entries]), np.array([e.split for e in entries])
        splits = draw_splits(labeled, told, test=test, validation=validation, seed=seed)
        entries = [replace(e, split=str(s)) for e, s in zip(entries, splits.tolist(), strict=True)]
        if caption_from_class:
            entries = with_class_captions(entries)
        writer.meta = replace(
            meta,
            classes=sorted({e.label for e in entries} - {""}),
            up="y" if up == "unknown" and all(e.path.suffix.lower() in (".glb", ".gltf") for e in entries) else up,
        )
        base = source if source.is_dir() else source.parent
        todo = [e for e in entries if e.id not in done]
        # an .npz is rewritten whole at each append, so it gets fewer and larger ones
        batch = 2048 if str(writer.out).endswith(".npz") else 256
        write_results(read_all(todo, points or POINTS, seed, workers, batch), writer, base)
    report.seconds = time.monotonic() - started
    if not report.shapes and not report.already_there:
        reason = f": {report.skipped[0][1]}" if report.skipped else ""
        raise InputError(f"{source} holds no readable shape ({len(report.skipped)} files tried){reason}")
    list_skipped(report)
    return report


def _check(
    source: Path,
    points: int | None,
    up: str,
    labels_from: str,
    validation: float,
    overwrite: bool,
    resume: bool,
) -> None:
    if not source.exists():
        raise InputError(f"there is no folder, manifest or array file at {source}: check the path")
    if source.is_file() and source.suffix.lower() not in (*MANIFESTS, *array_files.SUFFIXES):
        hint = "give its folder, or a manifest that lists it" if source.suffix.lower() in SUFFIXES else "see --help"
        raise InputError(f"{source} is neither a folder, nor a manifest, nor an array file: {hint}")
    if labels_from not in ("folder", "none"):
        raise InputError(f"labels come from 'folder' or 'none', not '{labels_from}'")
    check_choices(points, up, validation, overwrite, resume)


def check_choices(points: int | None, up: str, validation: float, overwrite: bool, resume: bool) -> None:
    """Raise InputError for a value that no import takes."""
    if points is not None and points < 1:
        raise InputError(f"a shape needs at least one point, not {points}")
    if up not in UP_AXES:
        raise InputError(f"the up axis is '{up}'; use x, y, z or unknown")
    if not 0 <= validation < 1:
        raise InputError(f"the validation share is {validation}: it must be at least 0 and below 1")
    if overwrite and resume:
        raise InputError("overwrite and resume contradict each other: choose one")


def existing(out: str | Path, overwrite: bool, resume: bool) -> tuple[ShapeTable | None, set[str]]:
    """The table to go on with, and what is in it; refuses one that is there by accident, before any work."""
    local = "://" not in str(out)
    if overwrite and local and Path(out).exists():
        check_replaceable(Path(out), overwrite)  # before any work
    if overwrite or (local and not Path(out).exists()):
        return None, set()
    if not resume:
        if not local:  # `create_table` looks there, and refuses
            return None, set()
        raise InputError(f"{out} exists already: choose another name, or say --resume or --overwrite")
    table = open_table(out)
    return table, set(table.ids().tolist())


def _holds_many(source: Path) -> bool:
    return source.suffix.lower() in array_files.SUFFIXES


def _write_arrays(arrays: ShapeArrays, writer: Writer, done: set[str], captions: bool) -> None:
    classes = arrays.meta.classes
    if captions:
        own = zip(arrays.captions, arrays.label.tolist(), strict=True)
        arrays.captions = [c or ([readable(classes[n])] if n >= 0 else []) for c, n in own]
    # the classes first, so that labels keep their numbers
    writer.meta = replace(writer.meta, classes=classes, part_names=arrays.meta.part_names)
    arrays = arrays.select(np.array([id not in done for id in arrays.id.tolist()], dtype=bool))
    batch = len(arrays) if str(writer.out).endswith(".npz") else _ARRAY_BATCH
    with Bar("writing shapes", len(arrays)) as bar:
        for start in range(0, len(arrays), max(batch, 1)):
            part = arrays.select(np.arange(start, min(start + batch, len(arrays))))
            writer.write(part)
            bar.advance(len(part))


def write_results(batches: Iterable[tuple[list[Entry], list[RawShape | str]]], writer: Writer, base: Path) -> None:
    """Write batches of what was read; reasons in place of shapes go to the report. Sources are told from `base`."""
    report = writer.report
    for chunk, results in batches:
        good: list[tuple[Entry, RawShape]] = []
        for entry, result in zip(chunk, results, strict=True):
            if isinstance(result, str):
                report.skipped.append((_relative(entry.path, base), result))
                continue
            if result.note:
                report.warnings.append((_relative(entry.path, base), result.note))
            good.append((entry, result))
        if good:
            writer.write(_arrays(good, writer.meta, base))


def _arrays(good: Sequence[tuple[Entry, RawShape]], meta: TableMeta, base: Path) -> ShapeArrays:
    place = {name: i for i, name in enumerate(meta.classes)}
    entries, shapes = [entry for entry, _ in good], [shape for _, shape in good]
    blank = shapes[0].points.shape
    color = normals = None
    if any(shape.color is not None for shape in shapes):
        gray = np.full(blank, NO_COLOR, np.uint8)
        color = np.stack([gray if shape.color is None else shape.color for shape in shapes])
    if any(shape.normals is not None for shape in shapes):
        zero = np.zeros(blank, np.float16)
        normals = np.stack([zero if shape.normals is None else shape.normals for shape in shapes])
    part = None
    if any(shape.part is not None for shape in shapes):
        none = np.full(blank[0], -1, np.int16)
        part = np.stack([none if shape.part is None else shape.part for shape in shapes])
    return ShapeArrays.from_points(
        np.stack([shape.points for shape in shapes]),
        label=[place.get(entry.label, -1) for entry in entries],
        split=[entry.split for entry in entries],
        captions=[shape.captions or entry.captions for entry, shape in good],
        classes=meta.classes,
        id=[entry.id for entry in entries],
        source=[_relative(entry.path, base) for entry in entries],
        color=color,
        normals=normals,
        part=part,
        part_names=meta.part_names,
        pictures=[shape.pictures for shape in shapes] if any(shape.pictures for shape in shapes) else None,
        up=meta.up,
    )


def _relative(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def list_skipped(report: ImportReport) -> None:
    """Write what was skipped beside the table, or remove the list of an earlier attempt."""
    if isinstance(report.table, str):  # on object storage
        return
    table = report.table
    path = table / "skipped.csv" if table.is_dir() else table.with_suffix(".skipped.csv")
    if not report.skipped:
        path.unlink(missing_ok=True)  # of an earlier attempt
        return
    text = io.StringIO()
    csv.writer(text).writerows([("file", "reason"), *report.skipped])
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
    report.skipped_list = path
