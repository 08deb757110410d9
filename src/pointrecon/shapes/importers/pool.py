"""Reading many files at once, each in a process of its own: one that crashes its reader costs no other."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial

from pointrecon.progress import Bar, duration, plural
from pointrecon.screen import say
from pointrecon.shapes.importers.archives import unpacking
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.child import Children
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.limits import Limits

_FIRST = 32  # a small first batch: an early estimate, and an early failure where the disk refuses
_LONG = 10.0  # seconds; a longer import is announced
Read = tuple[list[Entry], list[Cloud | list[Cloud] | str]]


def read_all(
    entries: Sequence[Entry],
    points: int,
    seed: int,
    workers: int | None = None,
    batch: int = 256,
    stop: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
    *,
    show: bool = True,
) -> Iterator[Read]:
    """Batches of entries, in order, with what was read: a shape, or the reason why not.

    ``stop`` is asked after every file, and now and then meanwhile; where it says so, what was read so far is the last
    batch. ``show`` how far it is on standard error.
    """
    processes = max(1, min(workers or os.cpu_count() or 1, len(entries)))
    start = 0
    reading = Bar("reading files", len(entries), show=show)
    with unpacking(entries), Children(processes, limits) as children, reading as bar:
        while start < len(entries) and not stop():
            chunk = list(entries[start : start + (batch if start else min(max(_FIRST, 2 * processes), batch))])
            results: list[Cloud | list[Cloud] | str] = []
            times: list[float] = []
            tasks = [(partial(read_entry, entry, points, seed), entry.path) for entry in chunk]
            with closing(children.read(tasks, stop)) as coming:
                for result in coming:
                    results.append(result)
                    times.append(time.monotonic())
                    bar.advance(1)
                    if stop():
                        break
            left = seconds_left(times, len(entries))
            if show and not start and left > _LONG:
                work = f"{plural(len(entries), 'file')} in {plural(processes, 'process')}"
                say(f"{work}, about {duration(left)}", file=sys.stderr)
            yield chunk[: len(results)], results
            start += len(chunk)


def seconds_left(times: Sequence[float], total: int) -> float:
    """How long the rest of `total` files takes, told from when the first ones were done; 0 where one is too few.

    Their first half does not count: meanwhile the processes were starting.
    """
    half = len(times) // 2
    return (times[-1] - times[half - 1]) / (len(times) - half) * (total - len(times)) if half else 0.0


def read_entry(entry: Entry, points: int, seed: int) -> Cloud | list[Cloud]:
    """One shape, or the parts of one. Runs in a reading process; raises InputError, OSError."""
    return entry.read(points, seed)
