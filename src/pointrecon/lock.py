"""One process at a time: a lock that is gone when its process is."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pointrecon.errors import InputError


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of this file while the block runs; the file itself stays.

    Args:
        path: the file, made when it is not there.
        wait: until another process lets go; otherwise the block is told.

    Yields:
        whether the lock is held; always with ``wait``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        yield _take(file, wait)


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Be the only process in this block; the lock's file holds the process's number and goes with the block.

    Raises:
        InputError: another process is in it; named with ``what``, which it writes.
    """
    new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a+", encoding="utf-8") as file:
            if not _take(file, wait=False):
                raise InputError(f"{what} is being written by process {_number(file)}: wait until it is done")
            if not _is_at(file, path):  # who held it took it away meanwhile
                continue
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                with suppress(OSError):  # Windows: it is open
                    path.unlink()
                if new:
                    with suppress(OSError):
                        path.parent.rmdir()
            return


def _number(file: IO[str]) -> str:
    """The process that holds it; it writes that just after it took it."""
    for _ in range(20):
        with suppress(OSError):  # Windows: what is locked cannot be read
            file.seek(0)
            if number := file.read():
                return number
        time.sleep(0.05)
    return "?"


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _take(file: IO[str], wait: bool) -> bool:
    # Closing the file, or the end of the process however it comes, lets go.
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
