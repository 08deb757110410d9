"""Ctrl-C and SIGTERM ask a long job to stop in good order, after the piece of work at hand."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from types import FrameType
from typing import Any

from pointrecon.errors import Stopped

_LOOK = 0.5  # seconds between looks at the parent


@contextmanager
def _handled(by: Any, *signals: int) -> Iterator[None]:
    """These signals come to a handler in the block; in another thread than the main one nothing changes."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, by) for number in signals if main}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Interrupt:
    """A context in which the first Ctrl-C or SIGTERM sets :attr:`requested`; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.requested = False  # whether to stop
        self.status = 130  # the exit status for that; 143 after SIGTERM
        self._handled = _handled(self._ask, signal.SIGINT, signal.SIGTERM)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested, self.status = True, 128 + number

    def __enter__(self) -> "Interrupt":
        self._handled.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._handled.__exit__(None, None, None)


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
            threading.Timer(0.05, _again, [came[-1]]).start()  # raised in here it would be lost again
        else:
            before_hook(found)

    before_hook, sys.unraisablehook = sys.unraisablehook, swallowed
    try:
        with _handled(stop, signal.SIGINT, signal.SIGTERM):
            yield
    except BaseException as error:
        if not came or isinstance(error, Stopped | SystemExit):
            raise
        raise Stopped(128 + came[-1]) from None
    finally:
        sys.unraisablehook = before_hook


def _again(number: int) -> None:
    """Send a signal to the main thread itself: one that another thread takes wakes it from no wait."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:  # Windows
        signal.raise_signal(number)


def deaf_children() -> AbstractContextManager[None]:
    """Processes started in the block never hear of Ctrl-C, which is their parent's affair: they inherit to ignore it.

    A moment later, as an initializer, would be too late: until then they have much to import.
    """
    return _handled(signal.SIG_IGN, signal.SIGINT)


@cache
def end_with_parent(parent: int) -> None:
    """In a process that another one, of this number, started to work for it: end when that one is gone, even killed.

    The parent tells its number, as it may be gone before this process has imported what it needs. Nothing on Windows,
    where that cannot be seen so.
    """

    def watch() -> None:
        while os.getppid() == parent or os.name == "nt":
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
