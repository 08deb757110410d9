"""Write files and folders whole or not at all."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of ``path`` only once everything is on disk.

    Raises:
        OSError: when the disk is full or read-only; ``path`` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with scratch.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        # A full disk does not tell which file it was.
        error.filename = error.filename or str(path)
        raise
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


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
        yield part
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
