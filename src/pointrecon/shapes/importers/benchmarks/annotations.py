"""What JSON and CSV files beside the clouds tell about them: captions, classes and splits, by the shapes' ids.

JSON, also ``.json.gz`` as Objaverse has it: maps from ids to a caption, several or a record; lists of records or ids;
maps from classes to ids (``lvis-annotations``). CSV as Cap3D has it: an id and a caption a line, with or without a
header. A file called ``train…``, ``val…`` or ``test…`` tells the split of the shapes it lists.
"""

import csv
import gzip
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

_PLACES = ("", "meta_data", "metadata", "split", "meta_data/split")
_KINDS = ("*.json", "*.json.gz", "*.csv")
_IDS = ("id", "uid", "object_id", "name", "path")
_TEXTS = ("captions", "caption", "text", "description", "blip_caption", "msft_caption")
_CLASS = ("category", "label", "class")
_SPLITS = ("train", "val", "test")
_DAMAGE = (OSError, ValueError, EOFError, csv.Error, RecursionError)
About = dict[str, dict[str, Any]]


def gather(folder: Path, shapes: Collection[str]) -> tuple[About, list[tuple[str, str]]]:
    """Id → captions, label and split, from all the files; and the files that cannot be read, with the reason.

    ``folder`` is looked through with its ``meta_data``, ``metadata`` and ``split``; ``shapes`` are the ids there are.
    """
    about: About = {}
    skipped: list[tuple[str, str]] = []
    for path in sorted({path for place in _PLACES for kind in _KINDS for path in (folder / place).glob(kind)}):
        split = next((name for name in _SPLITS if path.name.lower().startswith(name)), "")
        try:
            records = list(_csv_records(path) if path.suffix == ".csv" else _records(_json(path), shapes))
        except _DAMAGE:
            name = path.relative_to(folder).as_posix()
            kind = "CSV" if path.suffix == ".csv" else "JSON"
            skipped.append((name, f"{path.name} is no readable {kind}: get it anew, or move it away"))
            continue
        for id, record in records:
            known = about.setdefault(id, {"captions": []})
            known["captions"] += [text for text in texts(record, id) if text not in known["captions"]]
            label = next((record[key] for key in _CLASS if isinstance(record.get(key), str)), "")
            known |= {"label": label} if label else {}
            known |= {"split": split} if split else {}
    return about, skipped


def texts(record: dict[str, Any], id: str = "") -> list[str]:
    """The sentences of a record, each once; its name too, where that is not the id."""
    found: list[str] = []
    name = record.get("name")
    for value in [*(record.get(key) for key in _TEXTS), "" if name == id else name]:
        for text in value if isinstance(value, list | tuple) else [value]:
            words = " ".join(text.split()) if isinstance(text, str) else ""
            if words and words not in found:
                found.append(words)
    return found


def _json(path: Path) -> Any:
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    return json.loads(content.decode("utf-8-sig"))


def _records(content: Any, shapes: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, record) of whatever form the JSON has."""
    for item in content if isinstance(content, list) else []:
        record = item if isinstance(item, dict) else {"id": item}
        id = next((str(record[key]) for key in _IDS if isinstance(record.get(key), str | int)), "")
        if id:
            yield id.removesuffix(".npy").removesuffix(".npz"), record
    for key, item in content.items() if isinstance(content, dict) else []:
        if key not in shapes and isinstance(item, list) and any(isinstance(id, str) and id in shapes for id in item):
            yield from ((str(id), {"category": str(key)}) for id in item)
        else:
            yield str(key), item if isinstance(item, dict) else {"captions": item}


def _csv_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header: list[str] = []
        for number, row in enumerate(csv.reader(file)):
            if not number and row and row[0].strip().lower() in _IDS:
                header = [name.strip().lower() for name in row]
            elif len(row) > 1:
                record: dict[str, Any] = dict(zip(header, row, strict=False)) if header else {"caption": row[1]}
                yield row[0].strip().removesuffix(".npy").removesuffix(".npz"), record
