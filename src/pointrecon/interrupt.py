"""Ctrl-C and SIGTERM ask a long job to stop in good order, after the piece of work at hand."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pointrecon.errors import Stopped


class Interrupt:
    """A context in which the first Ctrl-C or SIGTERM sets :attr:`requested`; a second Ctrl-C stops at once.

    Attributes:
        requested: whether to stop.
        status: the exit status for that: 130 after Ctrl-C, 143 after SIGTERM.
    """

    def __init__(self) -> None:
        self.requested, self.status = False, 130
        self._before: dict[int, object] = {}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested, self.status = True, 128 + number

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


@contextmanager
def heard() -> Iterator[None]:
    """Outside of an `Interrupt`, Ctrl-C and SIGTERM end the block with `Stopped`, whatever they fall upon.

    A module interrupted while it is imported, or a library in the middle of its own work, may turn what it is told into
    an error of another kind, or swallow it: such errors are stops too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise Stopped(128 + number)

    def swallowed(found: "sys.UnraisableHookArgs") -> None:
        if isinstance(found.exc_value, Stopped):
            threading.Timer(0.05, signal.raise_signal, [came[-1]]).start()  # raised in here it would be lost again
        else:
            before_hook(found)

    before_hook, sys.unraisablehook = sys.unraisablehook, swallowed
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except BaseException as error:
        if not came or isinstance(error, Stopped | SystemExit):
            raise
        raise Stopped(128 + came[-1]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = before_hook


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes started in the block never hear of Ctrl-C, which is their parent's affair: they inherit to ignore it.

    A moment later, as an initializer, would be too late: until then they have much to import.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
