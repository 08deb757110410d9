"""LanceDB's exceptions as ours: OSError where the disk refuses, InputError where data is damaged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.files import disk_error


def folder_mark(path: str | Path) -> tuple[int, int] | None:
    """What tells a table's folder from another one put in its place; None on object storage."""
    if not isinstance(path, Path):
        return None
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def refuse_replaced(path: str | Path, mark: tuple[int, int] | None) -> None:
    """Raise InputError where the folder is another one than when it had this mark."""
    if mark is not None and folder_mark(path) != mark:
        raise InputError(f"{path} was replaced or removed since it was opened: run the command again")


@contextmanager
def plain_errors(path: str | Path, mark: tuple[int, int] | None = None) -> Iterator[None]:
    """Turn LanceDB's own exceptions into OSError (the disk) or InputError (damage; replaced, if there is a mark).

    Damage that it does not expect makes its Rust code panic, which comes here as no `Exception`.
    """
    try:
        yield
    except InputError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        refuse_replaced(path, mark)
        if found := disk_error(error, path):
            raise found from error
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path} is damaged or unreadable: restore it from a copy or make it again ({reason})"
        ) from error
