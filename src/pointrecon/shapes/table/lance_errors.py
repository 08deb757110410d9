"""LanceDB's exceptions as ours: OSError where the disk refuses, InputError where data is damaged."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointrecon.errors import InputError

_DISK = {
    errno.ENOSPC: r"no space left|os error 28\b|disk full",
    errno.EROFS: r"read-only file system|os error 30\b",
    errno.EACCES: r"permission denied|os error 13\b",
    errno.EDQUOT: r"quota exceeded|os error 122\b",
    errno.EFBIG: r"file too large|os error 27\b",
}


@contextmanager
def plain_errors(path: str | Path) -> Iterator[None]:
    """Turn LanceDB's own exceptions into OSError (the disk) or InputError (damage)."""
    try:
        yield
    except InputError:
        raise
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        text = str(error).lower()
        for number, pattern in _DISK.items():
            if re.search(pattern, text):
                raise OSError(number, os.strerror(number), str(path)) from error
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path} is damaged or unreadable: restore it from a copy or make it again ({reason})"
        ) from error
