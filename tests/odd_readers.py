"""Readers that go wrong, in a file that a reading process can import quickly."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.shapes.readers.clouds import Cloud


class Panic(BaseException):
    """What a library in Rust raises."""


def value(given: Any) -> Any:
    return given


def abort() -> None:
    os.abort()


def segfault() -> None:
    print("words of a library", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def forge() -> int:
    """Write its own answer, of an endless size."""
    for number in range(3, 12):
        with suppress(OSError):
            os.write(number, b"\xff" * 64)
    return 1


def leave() -> None:
    os._exit(0)


def panic() -> None:
    raise Panic("at the disco")


def hang(told: str = "") -> None:
    """In Python, which other threads can interrupt."""
    _tell(told)
    while True:
        pass


def hang_in_a_library(told: str = "") -> None:
    """In C, where no other thread of Python's runs."""
    _tell(told)
    ctypes.PyDLL(None).sleep(60)


def fill() -> None:
    kept = []
    while True:
        kept.append(bytes(10_000_000))


def prints() -> int:
    print("words of a library", flush=True)
    os.write(1, b"\0" * 100)
    os.write(2, b"and more")
    return 5


def own_id() -> tuple[int, str]:
    return os.getpid(), os.getcwd()


@contextmanager
def rows_that_crash() -> Iterator[Callable[[int], Cloud]]:
    """An opened file of many shapes."""
    yield lambda row: os._exit(11)


@contextmanager
def rows_of_noise() -> Iterator[Callable[[int], Cloud]]:
    yield lambda row: Cloud(np.random.default_rng(row).normal(size=(16, 3)))


def _tell(told: str) -> None:
    if told:
        Path(told).write_text(str(os.getpid()))
