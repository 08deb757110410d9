"""A file that a client sends, for as long as its request takes: what the client calls it is only said, never a path."""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.server.refusals import Unreadable
from pointrecon.shapes.importers.manifest import is_manifest
from pointrecon.shapes.readers.first_bytes import looks_like
from pointrecon.shapes.readers.read import SUFFIXES
from pointrecon.shapes.readers.source_file import SourceFile

_LONGEST = 120  # characters of a name that are said


@dataclass(frozen=True)
class Upload:
    """A file in a folder of its own, and what its client calls it.

    Attributes:
        path: where it is. name: for people, one printable line. sent: by the client, and kept under a name made here.
    """

    path: Path
    name: str
    sent: bool = True

    def named(self, told: Any) -> Any:
        """An answer, or a part of one, with the client's name wherever it has that made here."""
        if isinstance(told, str):
            for made in (str(self.path), *((self.path.name, self.path.stem) if self.sent else ())):
                told = told.replace(made, self.name)
            return told
        if isinstance(told, dict):
            return {key: self.named(value) for key, value in told.items()}
        return [self.named(one) for one in told] if isinstance(told, list | tuple) else told


@contextmanager
def kept(content: BinaryIO, name: str | None) -> Iterator[Upload]:
    """A context with a client's file on the disk; it is gone behind it.

    Errors in the block have the client's name, too.

    Raises:
        Unreadable: a format that is not read, or a list of other files, which are none of the client's.
    """
    called = printable(re.split(r"[/\\]", name or "")[-1])[:_LONGEST] or "a file without a name"
    suffix = next((known for known in SUFFIXES if called.lower().endswith(known)), "")
    with TemporaryDirectory(prefix="pointrecon-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"upload-{secrets.token_hex(8)}{suffix}"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        if not suffix:
            told = looks_like(SourceFile(path))
            raise Unreadable(f"'{called}' is of no format that is read ({plural(len(SUFFIXES), 'format')} are){told}")
        if is_manifest(path):
            raise Unreadable(f"'{called}' is a list of other files: send the shape itself")
        upload = Upload(path, called)
        try:
            yield upload
        except InputError as error:
            raise type(error)(upload.named(str(error))) from error
