"""One process at a time: a lock that is gone when its process is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


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
