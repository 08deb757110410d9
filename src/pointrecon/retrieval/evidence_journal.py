"""Evidence that was taken of pairs of files is kept inside their table, so that no call takes it again."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.retrieval.duplicate_candidates import file_hashes
from pointrecon.retrieval.evidence import KINDS, Evidence, Region
from pointrecon.shapes.table.collection import Shapes

Look = Callable[[int, int], Evidence | None]
_NAME = "evidence.jsonl"


def remembered(look: Look, shapes: Shapes, folder: Path) -> Look:
    """What takes evidence of two shapes by their places: what is known is read, what is new is added to the journal.

    A line is a pair, by the SHA-256 of its files and the code that compared them, and is written at once: a process
    that is killed loses its last pair at most, and two processes may add at the same time. Lines that are damaged or of
    other code are passed over. Evidence with a note (of points in the place of a file) is not kept, nor anything where
    nothing can be written.

    Args:
        look: takes it. shapes: whose places they are; those `file_hashes` has none of are compared each time.
        folder: the table's.
    """
    path, code = folder / _NAME, _code()
    if path.is_symlink():  # a table from somebody else may not have us write elsewhere
        return look
    hashes = file_hashes(shapes)
    known = _read(path, code)

    def evidence(a: int, b: int) -> Evidence | None:
        key = hashes[a], hashes[b]
        if key in known:
            return known[key]
        found = look(a, b)
        if found is not None and all(key) and not found.note:
            line = json.dumps({"a": key[0], "b": key[1], "code": code, **_plain(found)}) + "\n"
            with suppress(OSError), path.open("ab", buffering=0) as file:  # one write, to the end
                file.write(line.encode())
        return found

    return evidence


def _read(path: Path, code: str) -> dict[tuple[str, str], Evidence]:
    found = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            told = json.loads(line)
            if told["code"] == code:
                found[str(told["a"]), str(told["b"])] = _evidence(told)
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return found


def _plain(found: Evidence) -> dict[str, Any]:
    regions = [[r.center.tolist(), r.size.tolist(), r.far, r.share, r.of] for r in found.regions]
    pose = {"rotation": found.rotation.tolist(), "translation": found.translation.tolist()}
    names = ("kind", "scale", "residual", "share", "tolerance")
    return {**{name: getattr(found, name) for name in names}, **pose, "regions": regions}


def _evidence(told: dict[str, Any]) -> Evidence:
    scale, residual, share, tolerance = (float(told[name]) for name in ("scale", "residual", "share", "tolerance"))
    rotation, translation = np.array(told["rotation"], float), np.array(told["translation"], float)
    if rotation.shape != (3, 3) or translation.shape != (3,):
        raise ValueError("no pose")
    regions = tuple(
        Region(np.array(center, float), np.array(size, float), float(far), float(share), str(of))
        for center, size, far, share, of in told["regions"]
    )
    if told["kind"] not in KINDS:
        raise ValueError("no kind of evidence")
    return Evidence(told["kind"], scale, residual, rotation, translation, share, tolerance, regions)


def _code() -> str:
    """A mark of the code that takes evidence: what other code found is not taken for granted."""
    digest = hashlib.sha256()
    for file in sorted(files("pointrecon.retrieval.evidence").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
