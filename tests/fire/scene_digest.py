"""What a folder holds, made comparable: two calls that did the same leave equal digests."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes import open_table

# what differs from call to call: when, how long, where and with what words
_PASSING = (
    *("date", "seconds", "samples_per_second", "command", "machine", "time", "waiting", "peak_memory", "created"),
    *("waiting_for_data", "wait", "elapsed", "log"),
)
_BESIDES = ("timing.json",)  # for an estimate, of undisturbed runs
_EVENTS = "events.out.tfevents."  # TensorBoard's, one for each call


def digest_of(folder: Path) -> dict[str, str]:
    """A mark for every file and every part of a table, by name; a folder has one where it is empty."""
    found: dict[str, str] = {}
    _walk(folder, folder, found)
    return found


def _walk(place: Path, top: Path, found: dict[str, str]) -> None:
    entries = sorted(place.iterdir())
    if not entries and place != top:
        found[f"{place.relative_to(top)}/"] = "empty"
    for path in entries:
        name = str(path.relative_to(top))
        if path.name.startswith(_EVENTS) or path.name in _BESIDES:
            continue
        if path.suffix == ".lance" and path.is_dir():
            found.update(_table(path, name))
            for one in path.iterdir():
                if one.name == ".search":
                    found.update(_prepared(one, f"{name}/{one.name}"))
                elif one.suffix != ".lance":
                    found[f"{name}/{one.name}"] = "beside"
        elif path.name.endswith(".npz.search"):
            found.update(_prepared(path, name))
        elif path.is_dir():
            _walk(path, top, found)
        else:
            found.update(_file(path, name, os.fsencode(top.resolve())))


def _prepared(folder: Path, name: str) -> dict[str, str]:
    """The kinds of what is kept for the next search; their names tell when their table was written."""
    return {f"{name}/{re.sub(r'-[0-9a-f]{24}$', '', one.name)}": "there" for one in folder.iterdir()}


def _file(path: Path, name: str, here: bytes) -> dict[str, str]:
    try:
        if path.suffix == ".npz":
            with np.load(path) as stored:
                if "pointrecon_meta" not in stored.files:
                    return {f"{name}:{key}": _mark(stored[key]) for key in stored.files}
            return _table(path, name)
        if path.suffix == ".json":
            return {name: _mark(_lasting(json.loads(path.read_bytes().replace(here, b""))))}
        if path.suffix == ".jsonl":
            return {name: _mark([_lasting(json.loads(line)) for line in path.read_text().splitlines()])}
    except (ValueError, OSError) as error:
        return {name: f"damaged: {error}"}
    if path.suffix in (".pt", ".html", ".log") or path.name == "README.md" or name.endswith("demo.md"):
        return {name: "there"}  # with times of day in it
    return {name: _mark(path.read_bytes().replace(here, b""))}


def _table(path: Path, name: str) -> dict[str, str]:
    """Of a shape table its description, shapes, pictures and each feature."""
    try:
        table = open_table(path)
        arrays = table.load(pictures=True)
    except InputError as error:
        return {name: f"no table: {error}"}
    shapes = [arrays.id, arrays.points, arrays.label, arrays.split, arrays.captions, arrays.source]
    shapes += [arrays.part, arrays.normals, arrays.color]
    found = {f"{name}:shapes": _mark(shapes), f"{name}:meta": _mark(arrays.meta.to_json())}
    if arrays.pictures is not None and any(arrays.pictures):
        found[f"{name}:pictures"] = _mark(arrays.pictures)
    if len(log := table.label_history()):
        found[f"{name}:labels"] = _mark([log.id, log.name, log.who, log.confidence])
    for feature, values in arrays.features.items():
        if not np.isnan(values).all():
            found[f"{name}:{feature}"] = _mark([values, _lasting(table.feature_info(feature))])
    for feature, some in arrays.sentences.items():
        order = np.argsort(some.text)
        found[f"{name}:{feature}"] = _mark([[some.text[i] for i in order], some.values[order]])
    return found


def _lasting(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _lasting(value) for key, value in sorted(content.items()) if key not in _PASSING}
    return [_lasting(one) for one in content] if isinstance(content, list) else content


def _mark(content: Any) -> str:
    digest = hashlib.sha256()
    _feed(digest, content)
    return digest.hexdigest()[:12]


def _feed(digest: Any, content: Any) -> None:
    if isinstance(content, np.ndarray):
        digest.update(f"{content.dtype.kind}{content.shape}".encode())
        digest.update(json.dumps(content.tolist()).encode() if content.dtype.kind == "U" else content.tobytes())
    elif isinstance(content, list | tuple):
        for one in content:
            _feed(digest, one)
    elif isinstance(content, bytes):
        digest.update(content)
    else:
        digest.update(repr(content).encode())


def leftover(name: str) -> bool:
    """Whether a name is one of a file that should be gone when nothing is running."""
    name = re.sub(r"(^|/)\.(\S+\.npz\.)?search/", "/", name)  # stays there
    return bool(re.search(r"(^|/)\.|\.part|\.parts/|\.lock|\.old|\.replaced|tmp/", name))
