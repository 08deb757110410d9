"""Files that an update need not look at again: those that were only touched, and those that cannot be read."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pointrecon.documents import parse_json
from pointrecon.files import sweep, write_text
from pointrecon.shapes.importers.skipped_files import beside
from pointrecon.shapes.readers.limits import Limits

_PASSING = (
    "pip install",
    "cannot be opened",
    "was changed while",
)  # what may be otherwise next time, the file unchanged


class SeenFile(NamedTuple):
    """A file as it was: its size and time, and either its SHA-256 or why it cannot be read."""

    bytes: int
    modified: int
    hash: str = ""
    reason: str = ""


@dataclass
class SeenFiles:
    """What is known of files beside what the table's rows tell: source -> `SeenFile`.

    It only saves work: whatever is wrong or missing here is looked at again.
    """

    files: dict[str, SeenFile] = field(default_factory=dict)

    @staticmethod
    def load(table: str | Path, limits: Limits) -> "SeenFiles":
        """Those kept beside a table; reasons count where files are read by the same version and limits."""
        found: dict[str, SeenFile] = {}
        if isinstance(table, Path):
            with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
                told = parse_json(_place(table).read_bytes())
                found = {str(source): SeenFile(*one) for source, one in told["files"].items()}
                if told["read_by"] != _read_by(limits):
                    found = {source: one for source, one in found.items() if not one.reason}
        return SeenFiles(found)

    def save(self, table: str | Path, limits: Limits) -> None:
        """Keep them beside a table on disk."""
        if not isinstance(table, Path):
            return
        place = _place(table)
        kept = {source: one for source, one in self.files.items() if not any(word in one.reason for word in _PASSING)}
        if kept:
            write_text(place, json.dumps({"read_by": _read_by(limits), "files": kept}))
        elif place.exists():
            place.unlink()
            sweep(place.parent)


def _place(table: Path) -> Path:
    return beside(table, "seen.json")


def _read_by(limits: Limits) -> list[Any]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        mine = version("pointrecon")
    except PackageNotFoundError:
        mine = ""
    return [mine, limits.seconds, limits.memory, limits.triangles]
