"""LanceDB's exceptions as ours: OSError where the disk refuses, InputError where data is damaged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.files import disk_error


@contextmanager
def plain_errors(path: str | Path) -> Iterator[None]:
    """Turn LanceDB's own exceptions into OSError (the disk) or InputError (damage).

    Damage that it does not expect makes its Rust code panic, which comes here as no `Exception`.
    """
    try:
        yield
    except InputError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if found := disk_error(error, path):
            raise found from error
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path} is damaged or unreadable: restore it from a copy or make it again ({reason})"
        ) from error
