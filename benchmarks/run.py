"""Measure rows one after another, keep each as it is done, and write the table."""

import datetime
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.bench_rows import ROWS, Bench
from benchmarks.bench_settings import TARGET_SIZE, Settings
from benchmarks.children import ChildFailed, Progress, measure, words_for
from benchmarks.growth import draw
from benchmarks.kept_rows import JSON, Kept, Measured
from benchmarks.table import PICTURE, markdown
from pointrecon.errors import InputError, did_you_mean
from pointrecon.files import write_text

MARKDOWN = "bench.md"


def chosen_rows(asked: tuple[str, ...]) -> list[str]:
    """The rows to measure, in the order of the table; all of them when none is named.

    Raises:
        InputError: for a name that is no row.
    """
    for name in asked:
        if name not in ROWS:
            hint = did_you_mean(name, ROWS, f"choose from {', '.join(ROWS)}.")
            raise InputError(f"there is no row '{name}' to measure; {hint}")
    return [name for name in ROWS if not asked or name in asked]


def bench(out: str | Path, settings: Settings, *, command: str = "python -m benchmarks") -> tuple[Kept, bool]:
    """Measure, and write ``bench.json``, ``bench.md`` and ``growth.png`` into a folder.

    What the folder holds already stays, except rows that are measured again.

    Args:
        out: the folder.
        settings: what and how.
        command: kept beside the numbers.

    Returns:
        (everything the folder holds now, whether this machine has a GPU).

    Raises:
        InputError: for an unknown row, a device that is not there, or a folder that cannot be written or holds
            something else.
    """
    out = Path(out)
    rows = chosen_rows(settings.rows)
    record = Kept(out / JSON, quick=settings.quick)
    try:
        machine = measure(what="machine", threads=settings.threads)
    except ChildFailed as error:
        raise InputError(f"a measuring process does not start: {error}") from error
    gpu = bool(machine["gpu"])
    if settings.device == "cuda" and not gpu:
        raise InputError("--device is cuda, and torch sees no GPU; use --device cpu or install a GPU build of torch")
    try:
        record.save()  # a folder that cannot be written is found out now, not after an hour
    except OSError as error:
        raise InputError(
            f"'{out}' cannot be written ({error.strerror or error}); choose another folder with -o"
        ) from error
    device = settings.device if settings.device != "auto" else "cuda" if gpu else "cpu"
    machine = {key: value for key, value in machine.items() if key != "what"}

    worker = Bench(settings, device, Progress(0))
    estimates = {name: ROWS[name].seconds(worker) for name in rows}
    worker.progress = Progress(sum(estimates.values()))
    where = machine["gpu"] if device == "cuda" else f"{machine['cpu']}, {machine['threads']} threads"
    _say(f"measuring {', '.join(rows)} on {where}: {words_for(sum(estimates.values()))}; leave the machine alone")

    common: dict[str, Any] = {
        "device": device,
        "command": command,
        "date": datetime.date.today().isoformat(),
        "machine": machine,
        "settings": asdict(settings),
    }
    for name in rows:
        row = ROWS[name]
        measured = Measured(row=name, size=settings.size if row.sized else "", **common)
        started = time.monotonic()
        try:
            found = row.measure(worker)
            measured.lines, measured.detail = found["lines"], found["detail"]
        except ChildFailed as error:
            measured.failed = str(error)
            _say(f"{name} failed: {error}")
        measured.seconds = time.monotonic() - started
        record.add(measured)
        worker.progress.finished(estimates[name])
        write_text(out / MARKDOWN, markdown(record, gpu=gpu, picture=(out / PICTURE).exists()))

    if "growth" in rows:
        write_picture(record, out)
        write_text(out / MARKDOWN, markdown(record, gpu=gpu, picture=(out / PICTURE).exists()))
    return record, gpu


def write_picture(record: Kept, out: Path) -> None:
    """Draw the curves of every device; without matplotlib say so and draw nothing."""
    rows = [row for row in record.rows if row.row == "growth" and not row.failed]
    rows.sort(key=lambda row: row.size != TARGET_SIZE)
    curves = {f"{row.detail['encoder']}, {row.device}": row.detail["points"] for row in rows}
    if not curves:
        return
    try:
        draw(curves, out / PICTURE)
    except InputError as error:
        _say(f"no {PICTURE}: {error}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
