"""Ending what takes too long, job after job, with one timer for them all: a thread for each job would cost more."""

import threading
import time
from collections.abc import Callable


class Deadline:
    """Calls ``ring`` where a job that has begun does not end within its seconds."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring, self._lock = ring, threading.Lock()
        self._due: float | None = None  # when the job must have ended
        self._timer: threading.Timer | None = None
        self._goes_off = 0.0
        self._late = False

    def begin(self, seconds: float) -> None:
        """A job begins."""
        with self._lock:
            self._late, self._due = False, time.monotonic() + seconds
            if self._timer is None or self._goes_off > self._due:
                self._set(seconds)

    def end(self) -> bool:
        """It has ended; whether it was rung for."""
        with self._lock:
            self._due = None
            return self._late

    def stop(self) -> None:
        """Leave no timer behind until the next job."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None

    def _set(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._goes_off = threading.Timer(seconds, self._went_off), time.monotonic() + seconds
        self._timer.daemon = True
        self._timer.start()

    def _went_off(self) -> None:
        with self._lock:
            if threading.current_thread() is not self._timer:
                return
            self._timer = None
            if self._due is None:
                return
            if (left := self._due - time.monotonic()) > 0:  # it was set for an earlier job
                self._set(left)
                return
            self._late = True
            self._ring()
