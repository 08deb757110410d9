"""Write files and folders whole or not at all; what a full or read-only disk says, as an OSError with its path."""

import errno
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

_REFUSALS = {
    errno.ENOSPC: r"no space left|os error 28\b|disk full|storagefull",
    errno.EROFS: r"read-only file system|os error 30\b",
    errno.EACCES: r"permission denied|os error 13\b",
    errno.EDQUOT: r"quota exceeded|os error 122\b",
    errno.EFBIG: r"file too large|os error 27\b",
}


def disk_error(error: BaseException, path: str | Path) -> OSError | None:
    """What a disk that refuses said, behind another library's exception; None where nothing tells of one."""
    words = str(error).lower()
    for number, pattern in _REFUSALS.items():
        if getattr(error, "errno", None) == number or re.search(pattern, words):
            return OSError(number, os.strerror(number), str(path))
    return None


class _Remembering(io.FileIO):
    """A file that keeps the error of a failed write: the libraries that write to it turn that into others."""

    failed: OSError | None = None

    def write(self, content: Any) -> int:
        try:
            return super().write(content)
        except OSError as error:
            self.failed = error
            raise


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of ``path`` only once everything is on disk.

    Raises:
        OSError: when the disk is full or read-only; ``path`` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    raw: _Remembering | None = None
    try:
        raw = _Remembering(scratch, "w")
        with io.BufferedWriter(raw) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except Exception as error:
        found = (raw.failed if raw else None) or (error if isinstance(error, OSError) else None)
        if found is None:
            raise
        _name(found, scratch, path)
        raise found from None
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def _name(error: OSError, scratch: Path, path: Path) -> None:
    """A full disk does not tell which file it was, a read-only folder tells of the scratch one."""
    if not error.filename or str(error.filename).startswith(str(scratch)):
        error.filename, error.filename2 = str(path), None


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """A block that writes to this file, in place: its OSErrors name it."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def text_lines(text: str) -> list[str]:
    """The lines of a text, ended by line feed, carriage return or both: `str.splitlines` knows eight ends more."""
    lines = re.split(r"\r\n|\r|\n", text)
    return lines if lines[-1] else lines[:-1]


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with written_whole(path) as file:
        file.write(text.encode())


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its place when the block ends well, and vanishes otherwise.

    Files in it get the permissions that new files get here, whatever the library that wrote them gave.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    part.mkdir()
    try:
        try:
            yield part
        except Exception as error:
            if found := disk_error(error, path):
                raise found from None
            raise
        usual = part.stat().st_mode & 0o666
        for file in part.rglob("*"):
            if file.is_file() and not file.is_symlink():
                file.chmod(file.stat().st_mode & 0o111 | usual)
        if path.exists():
            old = part.with_name(part.name + ".old")
            path.rename(old)
            part.rename(path)
            shutil.rmtree(old)
        else:
            part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
