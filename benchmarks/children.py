"""Measurements in fresh processes, the sides in turns, with word of how long it still takes.

Nothing heavy is imported here: on Linux a child's peak memory starts from its parent's.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODULE = f"{__package__}.side"
_ROOT = Path(__file__).parents[1]  # where this package is found
Answer = dict[str, Any]


class ChildFailed(Exception):
    """A measuring process ended badly; the message says how, in a few words."""


def measure(**asked: Any) -> Answer:
    """Run one measurement in a fresh process.

    Raises:
        ChildFailed: when it ends badly.
    """
    command = [sys.executable, "-m", MODULE, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, env={**os.environ, "TQDM_DISABLE": "1"})
    if done.returncode:
        words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        if done.returncode < 0:
            raise ChildFailed(f"stopped by signal {-done.returncode}" + " (out of memory?)" * (done.returncode == -9))
        raise ChildFailed(words[-1] if words else f"exit status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


class Progress:
    """Says what is being measured, and how long the rest will take, from estimates and what they turned out to be."""

    def __init__(self, total: float, say: Callable[[str], None] | None = None) -> None:
        """Start the clock.

        Args:
            total: estimated seconds of everything.
            say: takes a line; standard error unless given.
        """
        self.total, self._done, self._wrong = total, 0.0, 1.0
        self._say = say or (lambda text: print(text, file=sys.stderr, flush=True))
        self._began = self._last = time.monotonic()

    def left(self) -> float:
        """Seconds to go: the estimate for the rest, corrected by how wrong it was so far."""
        return max((self.total - self._done) * self._wrong - (time.monotonic() - self._last), 0.0)

    def now(self, what: str) -> None:
        """This is measured next."""
        self._say(f"{time.monotonic() - self._began:5.0f} s  {what} ({words_for(self.left())} to go)")

    def finished(self, estimate: float) -> None:
        """What was estimated at so many seconds is done."""
        self._done += estimate
        self._last = time.monotonic()
        if self._done > 0:
            self._wrong = (self._last - self._began) / self._done


def words_for(seconds: float) -> str:
    """A duration as one says it."""
    if seconds < 90:
        return f"about {max(round(seconds / 5) * 5, 5)} s"
    return f"about {round(seconds / 60)} min"
