"""Folders of clouds with captions, as Objaverse is handed around: ``.npy`` or ``.npz`` files, and JSON about them.

`openshape`: one ``.npy`` a shape that holds a dict with ``xyz``, ``rgb`` and texts; `captions`: plain arrays, and JSON
files with captions by id. JSON lists called ``train…``, ``val…`` or ``test…`` tell the splits.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.benchmarks.pickles import read_object_npy
from pointrecon.shapes.benchmarks.plan import Plan
from pointrecon.shapes.cloud_files import cloud_of_arrays
from pointrecon.shapes.clouds import as_bytes, check_cloud
from pointrecon.shapes.files import RawShape, finished, read_shape, rng_of
from pointrecon.shapes.manifest import Entry

_IDS = ("id", "uid", "name", "path")
_TEXTS = ("captions", "caption", "text", "description", "blip_caption", "msft_caption")
_CLASS = ("category", "label", "class")
_SPLITS = ("train", "val", "test")


@dataclass
class CaptionedEntry(Entry):
    """A ``.npy`` or ``.npz`` cloud, plain or as OpenShape stores it, with what texts it brings itself."""

    def read(self, points: int, seed: int) -> RawShape:
        if self.path.suffix.lower() == ".npz" or not _holds_object(self.path):
            return read_shape(self.path, points, seed=seed, id=self.id)
        content = read_object_npy(self.path)
        if not isinstance(content, dict) or not isinstance(content.get("xyz"), np.ndarray):
            raise InputError(f"{self.path} holds no dict with 'xyz': it is no shape of OpenShape's form")
        arrays = {key: value for key, value in content.items() if isinstance(value, np.ndarray)}
        cloud = cloud_of_arrays({"points": arrays["xyz"]}, self.path)
        check_cloud(cloud, self.path)
        rgb = arrays.get("rgb")
        if rgb is not None and rgb.shape == cloud.points.shape and rgb.dtype.kind in "fiu":
            cloud.colour = as_bytes(rgb)
        shape = finished(cloud, points, self.path, rng_of(self.id, seed))
        shape.captions = list(dict.fromkeys([*_texts(content), *self.captions]))
        return shape


def read_objaverse(folder: Path, layout: str = "") -> Plan:
    """All clouds below a folder, with captions, classes and splits from JSON files at its top or in ``meta_data``."""
    paths = sorted(_walk(folder))
    if not paths:
        raise InputError(f"{folder} holds no .npy or .npz clouds: give the folder that does")
    stems = Counter(path.stem for path in paths)
    plan = Plan("folder", [], 8192)
    about = _about(folder, plan)
    entries: list[Entry] = []
    for path in paths:
        relative = path.relative_to(folder).with_suffix("").as_posix()
        id = path.stem if stems[path.stem] == 1 else relative
        record = about.get(id) or about.get(relative) or about.get(path.stem) or {}
        label, split = str(record.get("label", "")), str(record.get("split", ""))
        entries.append(CaptionedEntry(path, id, label, split, list(record.get("captions", []))))
    twice = [id for id, count in Counter(entry.id for entry in entries).items() if count > 1]
    if twice:
        raise InputError(f"{folder} holds '{twice[0]}' as .npy and as .npz: move one of them away")
    plan.files = entries
    plan.classes = sorted({entry.label for entry in entries} - {""})
    return plan


def _walk(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "meta_data"]
        yield from (Path(where, file) for file in files if Path(file).suffix.lower() in (".npy", ".npz"))


def _holds_object(path: Path) -> bool:
    """Whether a ``.npy`` is a pickled object; told from its header alone."""
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            file.seek(0)
            return b"'|O'" in file.read(256)
    except ValueError as error:
        raise InputError(f"{path} is no readable array file: damaged or cut short") from error


def _about(folder: Path, plan: Plan) -> dict[str, dict[str, Any]]:
    """Id → captions, label and split, gathered from all the JSON files."""
    about: dict[str, dict[str, Any]] = {}
    for place in (folder, folder / "meta_data", folder / "split", folder / "meta_data" / "split"):
        for path in sorted(place.glob("*.json")):
            split = next((name for name in _SPLITS if path.stem.lower().startswith(name)), "")
            try:
                content = json.loads(path.read_text(encoding="utf-8-sig"))
            except (OSError, ValueError):
                plan.skipped.append((path.relative_to(folder).as_posix(), f"{path.name} is no readable JSON"))
                continue
            for id, record in _records(content):
                known = about.setdefault(id, {"captions": []})
                known["captions"] += [text for text in _texts(record) if text not in known["captions"]]
                label = next((record[key] for key in _CLASS if isinstance(record.get(key), str)), "")
                known |= {"label": label} if label else {}
                known |= {"split": split} if split else {}
    return about


def _records(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, record) of a list of records or ids, or of a map from ids to a caption, captions or a record."""
    for item in content if isinstance(content, list) else []:
        record = item if isinstance(item, dict) else {"id": item}
        id = next((str(record[key]) for key in _IDS if isinstance(record.get(key), str | int)), "")
        if id:
            yield id.removesuffix(".npy").removesuffix(".npz"), record
    for id, item in content.items() if isinstance(content, dict) else []:
        yield str(id), item if isinstance(item, dict) else {"captions": item}


def _texts(record: dict[str, Any]) -> list[str]:
    """The sentences of a record, each once."""
    found: list[str] = []
    for key in _TEXTS:
        value = record.get(key)
        for text in value if isinstance(value, list | tuple) else [value]:
            words = " ".join(text.split()) if isinstance(text, str) else ""
            if words and words not in found:
                found.append(words)
    return found
