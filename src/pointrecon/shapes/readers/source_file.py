"""A file to read: its content, its text in whatever encoding, and the files beside it that it names."""

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from pointrecon.errors import InputError

_STAND_INS = {
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run 'git lfs pull'",
    b"<!doctype html": "a web page, not a shape: download the file itself",
    b"<html": "a web page, not a shape: download the file itself",
}


@dataclass
class SourceFile:
    """One file, and what its reader may know.

    Attributes:
        path: the file. root: the folder that was named for import; files that this one names must lie in it.
        columns: what the columns of a table without names are, as the user says; None where they were not told.
        content: what to read in place of the file's own bytes.
        named: other files that were asked for, there or not.
        apart: an assembly is to be taken apart: its pieces tell where they stand.
    """

    path: Path
    root: Path | None = None
    columns: tuple[str, ...] | None = None
    content: bytes | None = None
    named: set[Path] = field(default_factory=set)
    apart: bool = False

    def read_bytes(self) -> bytes:
        """All of it. InputError where it only stands for the shape, such as a Git LFS pointer."""
        content = self.path.read_bytes() if self.content is None else self.content
        head = content[:64].lstrip().lower()
        for start, what in _STAND_INS.items():
            if head.startswith(start):
                raise InputError(f"{self.path} is {what}")
        return content

    def read_text(self) -> str:
        """All of it as text: UTF-8 or UTF-16, with mark or without, else Latin-1. InputError for what is no text."""
        content = self.read_bytes()
        try:
            if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return content.decode("utf-16", "replace")
            if b"\0" in content[:4096]:
                return content.decode(_order_without_mark(content[:4096]), "replace")
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("latin-1")
        except UnicodeError as error:
            raise InputError(f"{self.path} is not text, as its name says: check what it is") from error

    def companion(self, name: str) -> Path:
        """A file that this one names, such as a material, by a path relative to this one.

        InputError where it lies outside `root` (else this file's folder), or is not there.
        """
        folder = self.path.parent
        root = (self.root or folder).resolve()
        why = ""
        for spelled in dict.fromkeys((name, unquote(name), name.replace("\\", "/"))):
            place = Path(folder, spelled)
            try:
                if "://" in spelled or not place.resolve().is_relative_to(root):
                    why = "lies outside the folder that was named"
                    continue
                why = "is not there"
                self.named.add(place)
                if place.is_file():
                    return place
            except (OSError, ValueError):  # too long, or a letter that no name may have
                why = "is no file's name"
        raise InputError(f"{self.path}: '{name[:100]}', which it names, {why}")


def _order_without_mark(head: bytes) -> str:
    """The encoding of text in UTF-16 by where its zeros are; UnicodeError where it is none."""
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = head[first::2], head[1 - first :: 2]
        if high.count(0) > 0.9 * len(high) and 0 not in low:
            return encoding
    raise UnicodeError
