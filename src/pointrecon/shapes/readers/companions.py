"""Files that a shape's file names, such as materials, buffers and pictures: whether they are as they were."""

import json
import os
from collections.abc import Collection
from pathlib import Path

from pointrecon.documents import parse_json
from pointrecon.shapes.table.file_facts import Facts


def companions_of(path: Path, named: Collection[Path]) -> Facts:
    """The fact that tells of them: JSON of names, as seen from the file, and their size and time; null if not there."""
    if not named:
        return {}
    found = {Path(os.path.relpath(one, path.parent)).as_posix(): _stat(one) for one in sorted(named)}
    return {"companions": json.dumps(found)}


def same_companions(path: Path, told: str) -> bool:
    """Whether those that a fact tells of are as they were."""
    try:
        return all(_stat(path.parent / name) == one for name, one in parse_json(told).items())
    except (ValueError, AttributeError):
        return False


def _stat(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return [found.st_size, found.st_mtime_ns]
