"""Why files were skipped, counted by reason; and the list of them beside a table."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from pointrecon.files import sweep, write_text
from pointrecon.readable import cells

_KINDS = 4


def reasons(skipped: Sequence[tuple[str, str]]) -> str:
    """Counted, the most frequent first: "400 × is an empty file, 277 × has no points; such as a.txt is ..."."""
    kinds = by_kind(skipped)
    told = [f"{len(same)} × {kind}" for kind, same in kinds[:_KINDS]]
    if len(kinds) > _KINDS:
        told.append(f"{sum(len(same) for _, same in kinds[_KINDS:])} for other reasons")
    file, reason = kinds[0][1][0]
    such = reason if file in reason else f"{file}: {reason}"
    return such if len(skipped) == 1 else f"{', '.join(told)}; such as {such}"


def by_kind(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(file, reason) pairs by the kind of reason, the most frequent kind first."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for file, reason in pairs:
        kinds.setdefault(kind_of(file, reason), []).append((file, reason))
    return sorted(kinds.items(), key=lambda item: -len(item[1]))


def told_of(title: str, pairs: Sequence[tuple[str, str]], most: int = 10) -> list[str]:
    """Lines for the screen, each kind of reason once: "skipped: a.txt – has no points (and 2 more like it)"."""
    kinds, lines = by_kind(pairs), []
    for _, same in kinds[:most]:
        file, reason = same[0]
        such = reason if file in reason else f"{file} – {reason}"
        lines.append(f"{title}: {such}{f' (and {len(same) - 1} more like it)' if len(same) > 1 else ''}")
    if len(kinds) > most:
        lines.append(f"{title}: ... and {sum(len(same) for _, same in kinds[most:])} more")
    return lines


def kind_of(file: str, reason: str) -> str:
    """A reason without what differs from file to file: the file, numbers, what stands in quotes or brackets."""
    name = re.escape(file.rpartition("/")[2])
    reason = re.sub(rf"^\S.*?{name}\W*\s+", "", reason) if re.search(name, reason) else reason
    reason = re.sub(r"'[^']*'|\([^)]*\)", "", reason)
    reason = re.sub(r"(?<![\w-])[-+]?\d[\d.,]*", "…", re.split(r"[:;]\s", reason)[0])
    return " ".join(reason.split()).strip(" .,:;") or "unreadable"


def beside(table: Path, name: str) -> Path:
    """Where a file lies that belongs to a table: in its folder, else beside it under both names."""
    return table / name if table.is_dir() else table.with_suffix(f".{name}")


def list_skipped(skipped: Sequence[tuple[str, str]], table: Path) -> Path | None:
    """Write the list beside a table, or take an earlier one away where nothing was skipped; its place."""
    path = beside(table, "skipped.csv")
    if not skipped:
        path.unlink(missing_ok=True)  # of an earlier attempt
        sweep(path.parent)
        return None
    text = io.StringIO()
    csv.writer(text).writerows(map(cells, [("file", "reason"), *skipped]))
    write_text(path, text.getvalue())
    return path


def count_skipped(table: Path) -> int:
    """How many files the list beside a table names; 0 without a list."""
    path = beside(table, "skipped.csv")
    if not path.is_file():
        return 0
    with path.open(encoding="utf-8", newline="") as file:
        return max(0, sum(1 for _ in csv.reader(file)) - 1)
