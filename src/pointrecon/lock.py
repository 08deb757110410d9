"""One process at a time: a lock that is gone when its process is."""

import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from pointrecon.errors import InputError
from pointrecon.files import sweep
from pointrecon.readable import printable

_TOLD = "process "  # how the words in a lock's file begin
_BLINK = 0.2  # seconds for which a lock may be held by who only looks whether it is left over
_mine: set[str] = set()  # locks that this process holds


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of this file, made when it is not there, while the block runs; the file itself stays.

    Yields whether it is held: always with ``wait``, which waits until another process lets go.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        yield _take(file, wait)


def alone(path: Path, what: str = "", *, wait: float = 0.0) -> AbstractContextManager[None]:
    """A context in which this process alone writes a file or folder; as `only_one`, with a lock beside it."""
    place = path.resolve()
    _sweep_locks(place)
    return only_one(place.with_name(f".{place.name or 'root'}.lock"), what or str(path), wait=wait)


@contextmanager
def only_one(path: Path, what: str, *, wait: float = 0.0) -> Iterator[None]:
    """Be the only process in this block, which may hold others of its own; the lock's file goes with the block.

    Args:
        path: the lock's file, which says who holds it.
        what: is written in the block, for the message.
        wait: seconds until another process's block counts as in the way.

    Raises:
        InputError: another process is in it; says which.
    """
    key, until = str(path.absolute()), time.monotonic() + max(wait, _BLINK)
    if key in _mine:
        yield
        return
    new = not path.parent.exists()
    while True:
        with _opened(path, what) as file:
            if not _take(file, wait=False):
                if time.monotonic() < until:
                    time.sleep(0.05)
                    continue
                raise InputError(f"{what} is being written by {_holder(file)}: wait until it is done")
            if not _is_at(file, path):  # who held it took it away meanwhile
                continue
            words = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
            told = f"{_TOLD}{os.getpid()} on {platform.node()} ({words[:120]})"
            with suppress(OSError):  # a full disk: it holds, and does not tell who
                os.ftruncate(file.fileno(), 0)
                os.write(file.fileno(), told.encode(errors="replace"))
            _mine.add(key)
            sweep(path.parent)  # what is being written there by who was killed is nobody's now
            _sweep_locks(path.parent)
            try:
                yield
            finally:
                _mine.discard(key)
                with suppress(OSError):  # Windows: it is open
                    path.unlink()
                if new:
                    with suppress(OSError):
                        path.parent.rmdir()
            return


def _sweep_locks(folder: Path) -> None:
    """Take away the lock's files that processes left in a folder which were killed."""
    with suppress(OSError):  # Windows: what is open cannot be taken away
        for path in folder.glob(".*.lock"):
            with path.open("r+", encoding="utf-8") as file:
                ours = file.read(len(_TOLD)) in ("", _TOLD)
                if ours and _take(file, wait=False) and _is_at(file, path):
                    path.unlink()


def _opened(path: Path, what: str) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:  # read-only: of the lock's file nobody knows
        raise OSError(error.errno, error.strerror, what) from None


def _holder(file: IO[str]) -> str:
    """Who holds it; it writes that just after it took it."""
    for _ in range(20):
        with suppress(OSError):  # Windows: what is locked cannot be read
            file.seek(0)
            if told := file.read():
                return printable(told)
        time.sleep(0.05)
    return "another process"


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
