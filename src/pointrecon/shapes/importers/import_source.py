"""A source, whatever it is, and the files in it that are to be read as the settings of the import say."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.readable import printable
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.found_files import ARCHIVE
from pointrecon.shapes.importers.import_plan import ImportPlan, plan_folder
from pointrecon.shapes.importers.import_settings import check_settings
from pointrecon.shapes.importers.import_splits import draw_splits
from pointrecon.shapes.importers.known_files import ids_of_files
from pointrecon.shapes.importers.layout import SPLITS_FROM, Layout, check_labels_from
from pointrecon.shapes.importers.listed_files import tell_listed
from pointrecon.shapes.importers.manifest import MANIFESTS, Entry, is_manifest, manifest_entries, with_class_captions
from pointrecon.shapes.readers import array_files
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.read import SUFFIXES
from pointrecon.shapes.table import npz
from pointrecon.shapes.table.shape_table import ShapeTable


def source_place(source: str | Path) -> Path:
    """Where the source is; InputError for an empty name, which would be this folder."""
    if not str(source).strip():
        raise InputError("no source was given: name a folder, a manifest or a file ('.' is this folder)")
    return Path(source)


def check_source(source: Path, settings: Mapping[str, Any]) -> None:
    """Raise InputError for a source that is not there or of no kind that is read, or a setting that no import takes."""
    if not source.exists():
        raise InputError(f"there is no folder, manifest or file at {source}: check the path")
    if source.is_file() and source.suffix.lower() not in (*MANIFESTS, *SUFFIXES, ARCHIVE):
        raise InputError(f"{source} is neither a folder, nor a manifest, nor a file that is read: see --help")
    if source.suffix.lower() == ".lance" or (source.suffix.lower() == ".npz" and npz.is_table(source)):
        raise InputError(
            f"{source} is a shape table already: every command takes it as its data, and there is nothing to import"
        )
    if (labels_from := settings["labels_from"]) is not None:
        check_labels_from(labels_from)
    if (splits_from := settings["splits_from"]) not in (None, *SPLITS_FROM):
        raise InputError(f"splits come from {', '.join(SPLITS_FROM)}, not '{splits_from}'")
    check_settings(settings)


def files_of(source: Path, *, follow_links: bool = False) -> list[Entry]:
    """What a folder, archive or manifest holds as an import finds it, without reading any; InputError for nothing."""
    return manifest_entries(source) if is_manifest(source) else plan_folder(source, follow_links=follow_links).entries


def base_of(source: Path) -> Path:
    """The folder, or archive, that the sources of its shapes are told from."""
    return source if source.is_dir() or is_archive(source) else source.parent


def source_of(path: Path, base: Path) -> str:
    """The file of a shape as a table tells it, from `base_of` the source on."""
    return printable(path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path))


def folder_from(source: Path, out: str | Path) -> str:
    """`base_of` as the table at ``out`` keeps it: seen from the folder that it lies in, so that both can be moved."""
    base = base_of(source).resolve()
    if "://" in str(out):
        return base.as_posix()
    try:
        return Path(os.path.relpath(base, Path(out).resolve().parent)).as_posix()
    except ValueError:  # another drive
        return base.as_posix()


def folder_of(table: ShapeTable) -> Path | None:
    """The folder that a table's sources are told from, where it should lie now; None where the table does not tell."""
    if not table.meta.folder:
        return None
    beside = table.path.resolve().parent if isinstance(table.path, Path) else Path()
    return Path(os.path.normpath(beside / table.meta.folder))


def _is_arrays(source: Path, limits: Limits | None) -> bool:
    if not source.is_file() or source.suffix.lower() not in array_files.SUFFIXES:
        return False
    return not read_apart(partial(array_files.holds_one, source), source, limits=limits)


def plan_source(
    source: Path, settings: dict[str, Any], table: ShapeTable | None = None, limits: Limits | None = None
) -> ImportPlan:
    """The files, with their splits and captions as the settings say, which keep the layout; none of an array file.

    Files that the ``table`` has keep their ids.
    """
    names = {key: settings[key] for key in ("labels_from", "splits_from")}
    plan = ImportPlan([], Layout(), [])
    if source.is_dir() or is_archive(source):
        known = {} if table is None else ids_of_files(table)
        decided = settings["layout"]
        links, layout = settings["follow_links"], decided and Layout(**decided)
        plan = plan_folder(source, **names, split=settings["split"], follow_links=links, layout=layout, known=known)
        settings["layout"] = asdict(plan.layout)
        if source.is_dir():
            by_list = names["labels_from"] in ("auto", "folder"), names["splits_from"] == "auto"
            tell_listed(source, plan, known, labels=by_list[0], splits=by_list[1])
    else:
        for name, value in names.items():
            if value not in ("auto", "folder", "none"):
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"{source} is no folder, so {option} {value} says nothing of it: leave it out")
        if is_manifest(source):
            labels, split = names["labels_from"] != "none", settings["split"]
            plan.entries = manifest_entries(source, labels=labels, split=split, doubts=plan.doubts)
        elif not _is_arrays(source, limits):
            plan.entries = [Entry(source, printable(source.stem), split=settings["split"], root=source.parent)]
    entries = plan.entries
    labels, told = np.array([e.label for e in entries]), np.array([e.split for e in entries])
    for entry, split in zip(entries, draw_splits(labels, told, **shares(settings)).tolist(), strict=True):
        entry.split, entry.columns = split, tuple(settings["columns"]) or None
        entry.apart = settings.get("assemblies") == "parts"
    if settings["caption_from_class"]:
        with_class_captions(entries)
    return plan


def shares(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `draw_splits` is to know."""
    return {name: settings[name] for name in ("test", "validation", "seed")}
