"""How far a long job is, on standard error: a bar on a terminal, else a line now and then."""

import sys
import time
from typing import TYPE_CHECKING

from pointrecon.screen import say, screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

_QUIET = 30.0  # seconds between lines where there is no terminal


def duration(seconds: float) -> str:
    """A duration as one says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def plural(count: int, noun: str) -> str:
    """So many of something: "1 shape", "3 shapes"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("ory") else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"


def live_bar(console: "Console", shown: bool, *more: "ProgressColumn") -> "Progress":
    """What rich shows of a job on a terminal, with more columns before the time to go."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), *more
    return Progress(*columns, TextColumn("to go"), TimeRemainingColumn(), console=console, disable=not shown)


class Bar:
    """A context that `advance` moves on: what is done ("making shapes"), how many in all, how many were done before."""

    def __init__(self, what: str, total: int, done: int = 0, *, show: bool = True) -> None:
        console = screen(stderr=True)
        self._what, self._total, self._done = what, total, done
        self._first: tuple[float, int] | None = (
            None  # when something was done first: what begins the work is no measure
        )
        self._show, self._live = show, show and console.is_terminal
        self._columns = live_bar(console, self._live)
        self._task = self._columns.add_task(what, total=total, completed=done)
        self._spoke = time.monotonic()

    def advance(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        self._columns.update(self._task, advance=count)
        now = time.monotonic()
        began, before = self._first = self._first or (now, self._done)
        if self._show and not self._live and now - self._spoke >= _QUIET:
            self._spoke = now
            left = (self._total - self._done) * (now - began) / max(self._done - before, 1)
            to_go = f", {duration(left)} to go" if self._done > before else ""
            say(f"{self._what}: {self._done} of {self._total}{to_go}", file=sys.stderr, flush=True)

    def __enter__(self) -> "Bar":
        self._columns.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._columns.stop()
