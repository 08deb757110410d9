"""The results of a GPU session as tables: whole for a file, short for a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.gpu_sheet import BEGAN

_HIDDEN = {"session", "part", "name", "state", "rehearsal"}
_SCREEN = 9_000  # characters
_CELL = 60  # characters


@dataclass
class Ending:
    """How a part ended: "PASS", "FAIL" or "TIMEOUT", and after how many seconds."""

    part: str
    word: str
    seconds: float


def markdown(endings: Sequence[Ending], lines: Sequence[dict[str, Any]]) -> str:
    """How every part ended, and a table of each part's results; what began and never ended is said to have died."""
    text = "# GPU session\n\n"
    if any(line.get("rehearsal") for line in lines):
        text += "A rehearsal on a CPU with tiny sizes: its numbers are no results.\n\n"
    text += _table(["part", "", "seconds"], [[one.part, one.word, f"{one.seconds:.1f}"] for one in endings])
    for part in dict.fromkeys(line["part"] for line in lines):
        text += f"\n## {part}\n\n" + part_table([line for line in lines if line["part"] == part])
    return text


def part_table(lines: Sequence[dict[str, Any]]) -> str:
    """One part's lines as a table with a column for each number, or as a list where most cells would be empty."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.get("state") == BEGAN:
            found.setdefault(line["name"], {"error": "began and did not end: killed, or died"})
        else:
            found[line["name"]] = {key: value for key, value in line.items() if key not in _HIDDEN}
    columns = list(dict.fromkeys(key for line in found.values() for key in line))
    if sum(map(len, found.values())) < len(found) * len(columns) / 2:
        lists = {
            name: ", ".join(f"{key} {_cell(value)}" for key, value in line.items()) for name, line in found.items()
        }
        return "".join(f"- {name}: {text}\n" for name, text in lists.items())
    rows = [[name, *(_cell(line.get(column, "")) for column in columns)] for name, line in found.items()]
    return _table(["", *columns], rows)


def for_the_screen(endings: Sequence[Ending], lines: Sequence[dict[str, Any]]) -> str:
    """The same, cut to what a short memory of output keeps: the longest parts lose their last rows."""
    text = markdown(endings, lines)
    rows = 64
    while len(text) > _SCREEN and rows > 4:
        rows //= 2
        text = "\n".join(_cut(section, rows) for section in markdown(endings, lines).split("\n\n## "))
    return text[-_SCREEN:]


def _cut(section: str, rows: int) -> str:
    lines = section.splitlines()
    return "\n".join(lines[: rows + 4] + ["…"] * (len(lines) > rows + 4))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    text = str(value).replace("|", "/").replace("\n", " ")
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
