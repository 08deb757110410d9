"""What was measured, kept in one JSON file: rows are added as they finish, and replaced when measured again."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.files import write_text

FORMAT = 1
JSON = "bench.json"


@dataclass
class Measured:
    """One row as it was measured.

    Attributes:
        row: its name.
        device: "cpu" or "cuda".
        size: of the model; empty for rows that do not depend on it.
        command: that measured it.
        date: when.
        machine: names, threads and versions.
        settings: as given.
        seconds: it took.
        lines: key → "ours", "against", "note".
        detail: everything behind them.
        failed: why there are no numbers; empty when there are.
    """

    row: str
    device: str
    size: str
    command: str
    date: str
    machine: dict[str, Any]
    settings: dict[str, Any]
    seconds: float = 0.0
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    failed: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What a later measurement of the same replaces."""
        return self.row, self.device, self.size


class Kept:
    """All rows of one output folder."""

    def __init__(self, path: Path, *, quick: bool) -> None:
        """Read what is there.

        Args:
            path: the JSON file.
            quick: whether what will be added is from quick runs, which are not mixed with others.

        Raises:
            InputError: when the file is damaged, or of the other kind.
        """
        self.path, self.quick = path, quick
        self.rows: list[Measured] = []
        if not path.exists():
            return
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError
            self.rows = [Measured(**row) for row in content["rows"]]
            was_quick = bool(content["quick"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"'{path}' is no file of this version of the benchmarks; remove it or choose another folder with -o"
            ) from error
        if was_quick != quick and self.rows:
            kind = "of quick runs, which are no results" if was_quick else "of full measurements"
            raise InputError(f"'{path}' holds numbers {kind}; choose another folder with -o")

    def add(self, measured: Measured) -> None:
        """Put a row in, in the place of an earlier measurement of the same, and write the file whole."""
        self.rows = [row for row in self.rows if row.place != measured.place] + [measured]
        self.save()

    def save(self) -> None:
        """Write the file whole or not at all."""
        content = {"format": FORMAT, "quick": self.quick, "rows": [asdict(row) for row in self.rows]}
        write_text(self.path, json.dumps(content, indent=1) + "\n")

    def find(self, row: str, device: str, size: str) -> Measured | None:
        """A row with numbers, or None."""
        return next((r for r in self.rows if r.place == (row, device, size) and not r.failed), None)
