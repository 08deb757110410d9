"""What was measured as a table: on the screen and in Markdown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.bench_rows import ROWS, Row
from benchmarks.bench_settings import TARGET_SIZE
from benchmarks.kept_rows import Kept, Measured
from benchmarks.targets import Shown, TableLine, show, unmeasured

if TYPE_CHECKING:
    from rich.table import Table

HEADINGS = ("what", "ours", "reference", "ratio", "target", "")
PICTURE = "growth.png"
_NOT_RUN = "run"  # begins the remedy for a line nobody measured


def shown(record: Kept, *, gpu: bool) -> Iterator[tuple[Shown, str]]:
    """Every line that was measured or has a target, and its row's name, in the order of `rows.ROWS`.

    Args:
        record: what was measured.
        gpu: whether this machine has a GPU, for saying why a line was not measured.
    """
    for name, row in ROWS.items():
        for device in ("cpu", "cuda"):
            found = [r for r in record.rows if (r.row, r.device) == (name, device)]
            judged = [r for r in found if r.size in ("", TARGET_SIZE)]
            for measured in sorted(found, key=lambda r: r.size != TARGET_SIZE):
                for text in _lines(row, measured, record.quick):
                    yield text, name
            if not judged and not record.quick:
                why = "no GPU" if device == "cuda" and not gpu else f"{_NOT_RUN} --device {device} --rows {name}"
                for line in row.lines:
                    wanted = line.device == device or (not line.device and device == "cpu" and not found)
                    if wanted and line.targets:
                        yield unmeasured(line, device, TARGET_SIZE, why), name


def _lines(row: Row, measured: Measured, quick: bool) -> Iterator[Shown]:
    lines = [line for line in row.lines if line.device in ("", measured.device)]
    if measured.failed:
        for line in lines or [TableLine("", row.summary, "")]:
            yield unmeasured(line, measured.device, measured.size, f"failed: {measured.failed}")
        return
    judged = not quick and measured.size in ("", TARGET_SIZE)
    for line in lines:
        if line.key in measured.lines:
            yield show(line, measured.device, measured.size, measured.lines[line.key], judged=judged)
        elif line.targets and judged:
            yield unmeasured(line, measured.device, measured.size, "no number")


def rich_table(record: Kept, *, gpu: bool) -> "Table":
    """For the screen: lines of rows that were run or need a GPU this machine lacks; below them what is left out."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="quick run: these numbers are no results" if record.quick else None)
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if number in (0, 5) else "right")
    colors = {"met": "green", "missed": "red"}
    previous = ""
    left_out: dict[str, None] = {}
    for line, name in shown(record, gpu=gpu):
        verdict, _, why = line.verdict.partition(" (")
        if why.startswith(_NOT_RUN):
            left_out[name] = None
            continue
        if previous and name != previous:
            table.add_section()
        previous = name
        cells = (line.what, line.ours, line.against, line.ratio, line.target)
        table.add_row(*map(Text, cells), Text(verdict, style=colors.get(verdict, "dim")))
    if left_out:
        table.caption = Text(f"not run here: {', '.join(left_out)} (all targets are in bench.md)")
    return table


def markdown(record: Kept, *, gpu: bool, picture: bool) -> str:
    """The table, where each number comes from, where the time goes, and the curves."""
    parts = ["# Speed, memory and arithmetic"]
    if record.quick:
        parts.append("A quick run, only to see that it works: these numbers are no results.")
    lines = list(shown(record, gpu=gpu))
    parts.append(_table(HEADINGS, [[s.what, s.ours, s.against, s.ratio, s.target, s.verdict] for s, _ in lines]))
    notes = [f"- {s.what}: {s.note}" for s, _ in lines if s.note]
    if notes:
        parts.append("\n".join(notes))
    parts.append("## Measured by\n\n" + "\n".join(_provenance(record)))
    for measured in record.rows:
        if measured.row == "profile" and not measured.failed:
            parts.append(f"## Where the time of a step goes, {measured.device}")
            parts += [_profile(size, found) for size, found in measured.detail.items()]
    for measured in record.rows:
        if measured.row == "growth" and not measured.failed:
            parts.append(f"## As work grows, {measured.device}")
            parts += _growth(measured.detail)
    if picture:
        parts.append(f"![time and memory of encoding over the points of a cloud]({PICTURE})")
    return "\n\n".join(parts) + "\n"


def _table(headings: Any, rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows])


def _provenance(record: Kept) -> Iterator[str]:
    """One line for the rows that one command measured on one machine on one day."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for measured in record.rows:
        machine = measured.machine
        where = machine["gpu"] if measured.device == "cuda" else f"{machine['cpu']}, {machine['vector']}"
        threads = f"{machine['threads']} threads of {machine['cores']} cores, torch {machine['torch']}"
        key = (measured.command, measured.date, f"{where}, {threads}")
        groups.setdefault(key, []).append(measured.row)
    for (command, date, where), rows in groups.items():
        yield f"- {', '.join(rows)}: `{command}`, {date}, {where}"


def _profile(size: str, found: dict[str, Any]) -> str:
    total, spent = sum(found["parts"].values()), sum(found["kinds"].values())
    where = f"`{size}`, batch {found['batch']}, {found.get('precision', '32').replace('32', 'float32')}"
    texts = [
        f"{where}: {found['batch'] / total:,.0f} samples/s, {1e3 * total:.1f} ms a step taken apart (not compiled).",
        _shares("part of a step", found["parts"], total),
        "By operator, from torch's profiler:",
        _shares("kind of work", found["kinds"], spent),
        _table(
            ("operator", "calls a step", "ms", "share"),
            [[f"`{n}`", f"{c:.0f}", f"{1e3 * s:.1f}", f"{s / spent:.1%}"] for n, s, c in found["top"]],
        ),
    ]
    return "\n\n".join(texts)


def _shares(heading: str, seconds: dict[str, float], total: float) -> str:
    rows = [[part, f"{1e3 * second:.1f}", f"{second / total:.1%}"] for part, second in seconds.items()]
    return _table((heading, "ms", "share"), rows)


def _growth(detail: dict[str, Any]) -> list[str]:
    batches = [[str(batch), f"{1e3 * second:.3g}"] for batch, second in detail["batches"].items()]
    points = [
        [f"{p['points']:,}", f"{p['points'] // 16:,}", f"{p['seconds']:.3g}", f"{p['bytes'] * 1e-6:,.0f}"]
        for p in detail["points"]
    ]
    return [
        _table(("batch", "ms a sample"), batches),
        f"One cloud encoded by `{detail['encoder']}`:",
        _table(("points", "patches", "seconds", "extra memory, MB"), points),
    ]
