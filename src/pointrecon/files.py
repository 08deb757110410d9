"""Write files and folders whole or not at all, sweep up after killed processes, tell what a full disk says."""

import csv
import ctypes
import errno
import hashlib
import io
import os
import platform
import re
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from pointrecon.errors import InputError
from pointrecon.readable import cells

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


_swept: set[str] = set()  # folders that this process looked through


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of ``path`` only once everything is on disk.

    Raises:
        OSError: when the disk is full or read-only; ``path`` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
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


def check_new(path: str | Path, *, overwrite: bool = False, endings: Sequence[str] = ()) -> Path:
    """The path of a file to be written, or InputError where a folder is there, or a file that may not give way.

    InputError too where a file is in the place of one of its folders, or its name has none of the ``endings``: before
    anything is computed for it.
    """
    found = Path(path)
    if endings and found.suffix.lower() not in endings:
        raise InputError(f"'{path}' is no name for this: call it something{' or something'.join(endings)}")
    if found.is_dir():
        raise InputError(f"'{path}' is a folder: give the name of a file")
    if (above := next((one for one in found.parents if one.exists()), None)) and not above.is_dir():
        raise InputError(f"'{path}' cannot be written: '{above}' is a file; choose another name")
    if found.exists() and not overwrite:
        raise InputError(f"'{found}' exists already: choose another name, or pass --overwrite")
    return found


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV file, whole or not at all: its columns in the first line, then the rows; None is left empty."""
    with written_whole(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(cells("" if row[name] is None else row[name] for name in columns) for row in rows)
        text.detach()


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with written_whole(path) as file:
        file.write(text.encode())


@contextmanager
def passing_folder(path: Path) -> Iterator[Path]:
    """A hidden folder beside ``path`` for the time of the block; `sweep` removes it if this process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def made_aside(path: Path) -> Iterator[Path]:
    """A path to make a file or folder at, of the same name, that moves to ``path`` when the block ends well."""
    with passing_folder(path) as folder:
        yield folder / path.name
        put_in_place(folder / path.name, path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its place when the block ends well, and vanishes otherwise.

    Files in it get the permissions that new files get here, whatever the library that wrote them gave.
    """
    with made_aside(path) as part:
        part.mkdir()
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


def put_in_place(new: Path, path: Path) -> None:
    """Move a file or folder to ``path``; what is there, if anything, goes once it has arrived.

    A process that is killed meanwhile leaves one of the two there, or (on Windows, and where a disk cannot exchange
    names) the old one beside it for `sweep` to put back.
    """
    if not path.exists():
        new.rename(path)
    elif path.is_file():
        new.replace(path)
    elif _exchanged(new, path):
        remove(new)
    else:
        aside = _scratch(path).with_suffix(".old")
        path.rename(aside)
        try:
            new.rename(path)
        except OSError:
            aside.rename(path)
            raise
        remove(aside)


def sweep(folder: Path) -> None:
    """Remove what processes that are gone left half-written in a folder, and put back what they had moved aside."""
    _swept.add(str(folder.absolute()))
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            found = _SCRATCH.fullmatch(entry.name)
            if not found or found["host"] != _host() or _is_running(int(found["process"])):
                continue
            if found["kind"] == "old" and not (place := folder / found["name"]).exists():
                entry.rename(place)
            else:
                remove(entry)


def remove(path: Path) -> None:
    """Take a file or folder away, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_blank(folder: Path) -> bool:
    """Whether a folder holds nothing but what a call that was killed at its very beginning leaves."""
    sweep(folder)
    return all(_SCRATCH.fullmatch(entry.name) for entry in folder.iterdir())


# what is half-written says who writes it: on disks that machines share, others' processes cannot be seen
_SCRATCH = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{6})-(?P<process>\d+)-[0-9a-f]{8}\.(?P<kind>part|old)")


def _scratch(path: Path) -> Path:
    if str(path.parent.absolute()) not in _swept:
        sweep(path.parent)
    return path.with_name(f".{path.name}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.part")


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]


def _is_running(process: int) -> bool:
    if sys.platform == "win32":  # there, a signal of 0 is none that does nothing
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two now have each other's names, which happens at once or not at all."""
    names = [os.fsencode(path) for path in (one, other)]
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return system.renamex_np(*names, ctypes.c_uint(2)) == 0
        return system.renameat2(-100, names[0], -100, names[1], ctypes.c_uint(2)) == 0
    except (AttributeError, OSError, TypeError):  # a system without
        return False
