"""What a ZIP archive holds: its members by safe names, none of which unpacks to more than it may."""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pointrecon.errors import InputError, first_line

MOST_UNPACKED = 4_000_000_000  # bytes, of what is read of an archive at once
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, struct.error)


class ZipMembers:
    """The members of an archive.

    Attributes:
        infos: name, with / between folders and none before the first -> its place in the archive. left_out: why members
            cannot be read -> how many.
    """

    def __init__(self, file: Path | IO[bytes], shown: Path) -> None:
        """Open it; InputError, which names the file ``shown``, where it is damaged."""
        self._shown = shown
        self.begin_anew()
        self.infos: dict[str, zipfile.ZipInfo] = {}
        self.left_out: Counter[str] = Counter()
        with self._told("archive"):
            self._archive = zipfile.ZipFile(file)
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/")
            if info.is_dir() or name.endswith("/"):
                continue
            if why := _unsafe(name, info):
                self.left_out[why] += 1
            else:
                self.infos["/".join(part for part in name.split("/") if part not in ("", "."))] = info

    def begin_anew(self) -> None:
        """What was unpacked until now counts no more."""
        self._left = MOST_UNPACKED

    def read(self, name: str) -> bytes:
        """The bytes of a member; InputError where it is damaged, or all that was read is too much."""
        with self.opened(name) as file:
            return file.read()

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A member to be read in a block; InputError as `read`."""
        with self._told(name), self._archive.open(self._within(name)) as file:
            yield file

    def unpack(self, name: str, folder: Path) -> Path:
        """Write a member into a folder, below which it keeps its name; its place. InputError as `read`."""
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with self.opened(name) as packed, place.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
        return place

    def _within(self, name: str) -> zipfile.ZipInfo:
        info = self.infos[name]
        self._left -= info.file_size  # more than that zipfile does not give
        if self._left < 0:
            size = f"more than {MOST_UNPACKED / 1e9:.2g} GB from {info.compress_size:,} bytes"
            raise InputError(f"{self._shown}: {name} unpacks to {size}: unpack it yourself if that is right")
        return info

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except InputError:
            raise
        except _DAMAGE as error:
            raise InputError(f"{self._shown} is damaged ({what}: {first_line(error)[:100]}): fetch it again") from error


def _unsafe(name: str, info: zipfile.ZipInfo) -> str:
    """Why a member is not read, or ""."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "link"
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0] or "\0" in name:
        return "unsafe name"
    if any(len(part.encode(errors="surrogatepass")) > 255 for part in name.split("/")):
        return "overlong name"
    return "locked member" if info.flag_bits & 1 else ""
