"""Who may change a table: one thread of one process at a time; and one process makes features of one name."""

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from pointrecon import lock

_PATIENCE = 10.0  # seconds that a change waits for another process's
_threads: defaultdict[str, RLock] = defaultdict(RLock)


def threads_of(path: Path | str) -> AbstractContextManager[Any]:
    """A context in which one thread of this process changes the table here; it may enter again."""
    return _threads[str(path)]


def alone(path: Path | str, wait: float | None = None) -> Any:
    """A context in which this process alone writes here; object storage has no locks, but atomic appends."""
    if not isinstance(path, Path):
        return nullcontext()
    return lock.alone(path, wait=_PATIENCE if wait is None else wait)


def making_alone(path: Path | str, name: str) -> AbstractContextManager[Any]:
    """A context in which this process alone makes features of this name; InputError where another one is at it."""
    if not isinstance(path, Path):
        return nullcontext()
    place = path.resolve()
    return lock.only_one(place.with_name(f".{place.name}.{name.replace('/', '.')}.lock"), f"{path}: '{name}'")
