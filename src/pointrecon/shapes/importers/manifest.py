"""What is to be imported: one entry per file, from a folder's layout or from a CSV or JSON manifest."""

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.readable import readable
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import SUFFIXES, read_shape

MANIFESTS = (".csv", ".json", ".jsonl")
_SPLITS = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "val": "val", "valid": "val", "validation": "val", "": "",
}  # fmt: skip


@dataclass
class Entry:
    """One file to read, and what is known about its shape; other files that it names may lie anywhere in `root`."""

    path: Path
    id: str
    label: str = ""
    split: str = ""
    captions: list[str] = field(default_factory=list)
    columns: tuple[str, ...] | None = None  # of a table of numbers, as the user names them
    root: Path | None = None

    def read(self, points: int, seed: int) -> Cloud:
        """The shape in the file; entries of other kinds of files read otherwise. Raises InputError, OSError."""
        return read_shape(self.path, points, seed=seed, id=self.id, columns=self.columns, root=self.root)


def folder_entries(folder: Path, *, labels: bool = True, split: str = "") -> list[Entry]:
    """All shape files below a folder, in order of their path; InputError without one in a format this package reads.

    The class is the first sub-folder's name. Folders train, test, val directly above or below the classes
    (``chair/train/x.off``, as ModelNet has it) give the split, else `split` does. The id is the path without its
    suffix; where that is not unique (``a.obj`` beside ``a.stl``) or another file's name, with it.
    """
    paths = sorted(files_below(folder, SUFFIXES))
    if not paths:
        raise InputError(f"{folder} holds no shape files: looked for {' '.join(SUFFIXES)}")
    relatives = [path.relative_to(folder) for path in paths]
    stems = Counter(path.with_suffix("").as_posix() for path in relatives)
    taken = {path.as_posix() for path in relatives}
    levels = _split_levels(relatives)
    entries = []
    for path, relative in zip(paths, relatives, strict=True):
        stem = relative.with_suffix("").as_posix()
        above = list(relative.parts[:-1])
        level = levels.get(above[0] if above else "", None)
        given = split if level is None or len(above) <= level else _SPLITS[above.pop(level).lower()]
        label = above[0] if labels and above else ""
        alone = stems[stem] == 1 and stem not in taken
        entries.append(Entry(path, stem if alone else relative.as_posix(), label, given, root=folder))
    return entries


def is_manifest(path: Path) -> bool:
    """Whether a file lists others: a CSV does with a column ``path``, others are clouds."""
    if path.suffix.lower() != ".csv":
        return path.suffix.lower() in MANIFESTS
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = text_lines(file.readline())
    return any(word.strip(' "').lower() == "path" for line in header for word in re.split("[,;]", line))


def manifest_entries(manifest: Path, *, labels: bool = True, split: str = "") -> list[Entry]:
    """The files a manifest lists; paths are relative to it.

    A CSV with a header, a JSON list of objects, or JSON lines. Columns: ``path``; optional ``label``, ``caption`` or
    ``captions`` (a list; in CSV separated by ``|``), ``split``, ``id``. InputError where it is not readable, without
    ``path``, has an unknown split, or the same id twice.
    """
    entries = []
    for number, record in enumerate(_records(manifest), start=1):
        name = str(record.get("path") or "").strip()
        if not name:
            raise InputError(f"{manifest}, entry {number}, has no 'path': name the column so and fill it in")
        given = str(record.get("split") or split).strip().lower()
        if given not in _SPLITS:
            raise InputError(f"{manifest}, entry {number}: unknown split '{given}'; use train, val or test")
        label = str(record["label"]).strip() if labels and record.get("label") is not None else ""
        id = str(record.get("id") or "").strip() or Path(name).with_suffix("").as_posix()
        path, captions = manifest.parent / name, _captions(record)
        entries.append(Entry(path, id, label, _SPLITS[given], captions, root=manifest.parent))
    if not entries:
        raise InputError(f"{manifest} lists no files: it needs a column 'path'")
    if twice := id_of_several(entries):
        raise InputError(f"{manifest}: the id '{twice}' occurs more than once; give the shapes ids of their own")
    return entries


def id_of_several(entries: Iterable[Entry]) -> str:
    """The first id that more than one entry has, or ""."""
    return next((id for id, count in Counter(entry.id for entry in entries).items() if count > 1), "")


def with_class_captions(entries: list[Entry]) -> list[Entry]:
    """The entries, which get the class name as caption where there is a class and no caption."""
    for entry in entries:
        if entry.label and not entry.captions:
            entry.captions = [readable(entry.label)]
    return entries


def _split_levels(relatives: list[Path]) -> dict[str, int]:
    """First folder -> the level at which its folders are splits.

    All folders side by side must be called so: "Train" among "Bus" and "Ship" is a class.
    """
    below: dict[str, set[str]] = {}
    for path in relatives:
        if len(path.parts) > 1:
            below.setdefault(path.parts[0], set()).add(path.parts[1] if len(path.parts) > 2 else "")
    if below and all(name.lower() in _SPLITS for name in below):
        return dict.fromkeys(below, 0)
    return {name: 1 for name, folders in below.items() if all(f and f.lower() in _SPLITS for f in folders)}


def files_below(folder: Path, suffixes: Collection[str], leave_out: Collection[str] = ()) -> Iterator[Path]:
    """Files with these suffixes in a folder and those below it; links are followed, but not back up."""
    above = {str(folder): {os.path.realpath(folder)}}  # of each folder to come: itself and those it lies in
    for where, folders, files in os.walk(folder, followlinks=True):
        known, here = above.pop(where), []
        for name in folders:
            place = os.path.join(where, name)
            real = os.path.realpath(place)
            hidden = name.startswith((".", "__MACOSX")) or name.endswith(".lance") or name in leave_out
            if not hidden and real not in known:
                above[place] = known | {real}
                here.append(name)
        folders[:] = here
        for file in files:
            if not file.startswith(".") and Path(file).suffix.lower() in suffixes:
                yield Path(where, file)


def _records(manifest: Path) -> list[dict[str, Any]]:
    kind = manifest.suffix.lower()
    try:
        # newline="": what ends a line inside a text is csv's affair
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
        if kind == ".csv":
            records: Any = list(_csv_records(text))
        elif kind == ".jsonl":
            records = [json.loads(line) for line in text.split("\n") if line.strip()]
        else:
            records = json.loads(text)
    except (ValueError, csv.Error) as error:
        raise InputError(f"{manifest} is no readable {kind[1:].upper()} manifest ({error})") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{manifest} should be a list of objects, each with a 'path'")
    return records


def _csv_records(text: str) -> Iterator[dict[str, Any]]:
    header = text_lines(text)[0] if text else ""
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",", strict=True)
    for row in rows:
        if any(row.pop(None, ())):  # behind the last column
            raise ValueError(f"line {rows.line_num} has more fields than the header: put texts with commas in quotes")
        yield {str(name).strip().lower(): value for name, value in row.items()}


def _captions(record: dict[str, Any]) -> list[str]:
    given = record.get("captions") or record.get("caption") or []
    if isinstance(given, str):
        given = given.split("|") if record.get("captions") else [given]
    if not isinstance(given, list):
        raise InputError(f"the captions of '{record.get('path')}' are neither text nor a list of texts")
    return [text for c in given if (text := str(c).strip())]
