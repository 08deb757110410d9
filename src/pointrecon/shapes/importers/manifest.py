"""What is to be imported: one entry per file; and those that a CSV or JSON manifest lists."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pointrecon.documents import parse_json
from pointrecon.errors import InputError, require
from pointrecon.files import text_lines
from pointrecon.readable import printable, readable
from pointrecon.shapes.importers.layout import SPLIT_NAMES
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import clouds_of, read_shape
from pointrecon.shapes.readers.source_file import SourceFile

MANIFESTS = (".csv", ".json", ".jsonl")
_COLUMNS = ("path", "label", "caption", "captions", "split", "id", "guessed", "who", "confidence")
_ALSO = {"file_name": "path", "class": "label"}  # as exports and `datasets` call them
_YES, _NO = ("true", "yes", "1", "1.0"), ("false", "no", "0", "0.0", "")
SOMEBODY = "a model"  # who guessed, where nobody says


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
    apart: bool = False  # an assembly is to be taken apart
    guess: tuple[str, float] | None = None  # the model that gave the label, and how sure it was

    @property
    def is_gltf(self) -> bool:
        """Whether its format prescribes that y is up."""
        return self.path.suffix.lower() in (".glb", ".gltf")

    def stat(self) -> tuple[int, int]:
        """The file's size and the time when it was modified; -2 where it cannot be seen."""
        return file_stat(self.path)

    def read(self, points: int, seed: int) -> Cloud | list[Cloud]:
        """The shape in the file, or its parts; entries of other kinds of files read otherwise.

        Raises InputError, OSError.
        """
        if self.apart:
            source = SourceFile(self.path, self.root, self.columns, apart=True)
            return clouds_of(source, points, seed=seed)
        return read_shape(self.path, points, seed=seed, columns=self.columns, root=self.root)


def file_stat(path: Path) -> tuple[int, int]:
    """Size and time of a file; -2 where it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return -2, -2
    return found.st_size, found.st_mtime_ns


def is_manifest(path: Path) -> bool:
    """Whether a file lists others: a CSV does with a column ``path``, others are clouds."""
    if path.suffix.lower() != ".csv":
        return path.suffix.lower() in MANIFESTS
    with path.open("rb") as file:
        start = file.read(1 << 16)
    try:
        header = text_lines(SourceFile(path, content=start).read_text())[:1]
    except InputError:
        return False
    named = ("path", "file_name")
    return any(word.strip(' "').lower() in named for line in header for word in re.split("[,;\t]", line))


def manifest_entries(
    manifest: Path, *, labels: bool = True, split: str = "", doubts: list[str] | None = None
) -> list[Entry]:
    """The files a manifest lists; paths are relative to it.

    A CSV with a header, a JSON list of objects, or JSON lines. Columns: ``path``; optional ``label``, ``caption`` or
    ``captions`` (a list; in CSV separated by ``|``), ``split``, ``id``; ``guessed``, whether a model gave the label,
    ``who`` and its ``confidence``; ``file_name`` and ``class`` are the same as path and label. What others there are is
    added to ``doubts``. InputError where it is not readable, without ``path``, has an unknown split, or the same id
    twice.
    """
    entries, folder, others = [], manifest.parent.resolve(), dict[str, None]()
    for number, record in enumerate(_records(manifest), start=1):
        where = f"{manifest}, entry {number}"
        others |= dict.fromkeys(key for key in record if key not in (*_COLUMNS, ""))
        name = str(record.get("path") or "").strip()
        if not name:
            raise InputError(f"{where}, has no 'path': name the column so and fill it in")
        given = str(record.get("split") or split).strip().lower()
        if given and given not in SPLIT_NAMES:
            raise InputError(f"{where}: unknown split '{given}'; use train, val or test")
        label = str(record["label"]).strip() if labels and record.get("label") is not None else ""
        id = str(record.get("id") or "").strip() or Path(name.replace("\\", "/")).with_suffix("").as_posix()
        path, captions = _place(manifest.parent, name), _captions(record)
        root = manifest.parent if path.resolve().is_relative_to(folder) else None
        entry = Entry(path, printable(id), printable(label), SPLIT_NAMES.get(given, ""), captions, root=root)
        entry.guess = _guess(record, where) if label else None
        entries.append(entry)
    if others and doubts is not None:
        names = f"{', '.join(list(others)[:8])}{' ...' * (len(others) > 8)}"
        doubts.append(f"not read of the manifest: {printable(names)}; read are {', '.join(_COLUMNS)}")
    if not entries:
        raise InputError(f"{manifest} lists no files: it needs a column 'path'")
    if twice := id_of_several(entries):
        raise InputError(f"{manifest}: the id '{twice}' occurs more than once; give the shapes ids of their own")
    return entries


def _guess(record: dict[str, Any], where: str) -> tuple[str, float] | None:
    """Which model gave the label, and how sure it was; None for a label by people."""
    told = {
        key: "" if record.get(key) is None else str(record[key]).strip() for key in ("guessed", "who", "confidence")
    }
    try:
        sure = float(told["confidence"] or 0)
    except ValueError:
        sure = -1.0
    if not 0 <= sure <= 1:
        raise InputError(f"{where}: the confidence '{told['confidence']}' is no number from 0 to 1")
    if (guessed := told["guessed"].lower()) not in (*_YES, *_NO):
        raise InputError(f"{where}: 'guessed' is '{told['guessed']}', expected true or false")
    return (
        (printable(told["who"]) or SOMEBODY, sure) if guessed in _YES or (not guessed and told["confidence"]) else None
    )


def _place(folder: Path, name: str) -> Path:
    """Where a file is that a manifest names, also as Windows writes it."""
    path = folder / name
    return path if "\\" not in name or path.exists() else folder / name.replace("\\", "/")


def part_of(entry: Entry, cloud: Cloud, source: str, taken: Collection[str]) -> Entry:
    """The entry of a part of an assembly, whose facts then name the file, its ``source``; else the same entry.

    Its id is the file's and, behind "#", the part's name, and "~" as long as that is taken.
    """
    if not cloud.name:
        return entry
    cloud.facts["assembly"] = source
    id, path = f"{entry.id}#{cloud.name}", entry.path.parent / f"{entry.path.name}#{cloud.name}"
    while id in taken:
        id += "~"
    return replace(entry, path=path, id=id)


def id_of_several(entries: Iterable[Entry]) -> str:
    """The first id that more than one entry has, or ""."""
    return next((id for id, count in Counter(entry.id for entry in entries).items() if count > 1), "")


def with_class_captions(entries: list[Entry]) -> list[Entry]:
    """The entries, which get the class name as caption where there is a class and no caption."""
    for entry in entries:
        if entry.label and not entry.captions:
            entry.captions = [readable(entry.label)]
    return entries


def _records(manifest: Path) -> list[dict[str, Any]]:
    kind = manifest.suffix.lower()
    try:
        if kind == ".parquet":
            return [_ours(record) for record in read_apart(partial(_parquet_records, manifest), manifest)]
        text = SourceFile(manifest).read_text()
        if kind == ".csv":
            records: Any = list(csv_records(text))
        elif kind == ".jsonl":
            records = [parse_json(line) for line in text.split("\n") if line.strip()]
        else:
            records = parse_json(text)
    except (ValueError, csv.Error) as error:
        raise InputError(f"{manifest} is no readable {kind[1:].upper()} manifest ({error})") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{manifest} should be a list of objects, each with a 'path'")
    return [_ours(record) for record in records]


def _parquet_records(manifest: Path) -> list[dict[str, Any]]:
    parquet = require("pyarrow.parquet", "table")
    try:
        with parquet.ParquetFile(manifest) as file:
            mine = [name for name in file.schema_arrow.names if name in (*_COLUMNS, *_ALSO)]
            found: list[dict[str, Any]] = file.read(mine).to_pylist()
    except (OSError, ValueError) as error:  # what pyarrow raises on damage are both
        raise InputError(f"{manifest} is damaged or no Parquet file: {error}") from error
    return found


def _ours(record: dict[str, Any]) -> dict[str, Any]:
    """The record by the names of `_COLUMNS`, which go before the others."""
    return {_ALSO.get(key, key) if _ALSO.get(key) not in record else key: value for key, value in record.items()}


def csv_records(text: str) -> Iterator[dict[str, Any]]:
    """The rows of a CSV by their column's name in small letters, parted as its header is: by ``,`` ``;`` or tabs.

    ValueError or `csv.Error` for rows that do not fit the header.
    """
    header = text_lines(text)[0] if text else ""
    parts = next((one for one in (";", "\t") if one in header), ",")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=parts, strict=True)
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
