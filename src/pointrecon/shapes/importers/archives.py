"""ZIP archives among the files to import: what they hold, as if they were folders."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.shapes.importers.found_files import ARCHIVE, FoundFiles
from pointrecon.shapes.importers.manifest import Entry, file_stat
from pointrecon.shapes.importers.other_formats import format_of
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.packed_file import members_of, read_packed
from pointrecon.shapes.readers.read import SUFFIXES

PACKED = -1  # the size of a file in an archive, which nobody looked into


@dataclass
class PackedEntry(Entry):
    """A file in an archive: its path is the archive's and, behind it, its name there."""

    archive: Path = Path()
    scratch: Path = Path()  # where it may be unpacked; see `unpacking`

    def stat(self) -> tuple[int, int]:
        """No size, and the archive's time."""
        return PACKED, file_stat(self.archive)[1]

    def read(self, points: int, seed: int) -> Cloud | list[Cloud]:
        """Unpack it for as long as it is read."""
        member, told = self.path.relative_to(self.archive).as_posix(), (self.columns, self.apart)
        clouds = read_packed(self.archive, member, self.scratch, points, seed, *told)
        return clouds if self.apart else clouds[0]


def is_archive(path: Path) -> bool:
    """Whether this is a file that is read as a folder."""
    return path.suffix.lower() == ARCHIVE and path.is_file()


def look_into(found: FoundFiles) -> tuple[dict[Path, Path], list[str]]:
    """Add what the archives hold to what was found; those files, each with its archive, and what of them is not read.

    Archives within archives count as files of another format.
    """
    inside: dict[Path, Path] = {}
    lost = []
    for archive in found.archives:
        try:
            names, left_out = read_apart(partial(members_of, archive), archive)
        except InputError as error:
            lost.append(printable(str(error)))
            continue
        for name in names:
            *folders, file = name.split("/")
            if any(part.startswith((".", "__MACOSX")) for part in (*folders, file)):
                continue
            if os.path.splitext(file)[1].lower() in SUFFIXES:
                inside[archive / name] = archive
            elif kind := format_of(file, {".gltf"}):
                found.others[kind] += 1
        lost += [f"{printable(archive.name)}: {plural(n, what)} left out" for what, n in left_out.items()]
    found.paths = sorted([*found.paths, *inside])
    return inside, lost


@contextmanager
def unpacking(entries: Sequence[Entry]) -> Iterator[None]:
    """A context with a folder for what is unpacked while these are read; it is gone behind it."""
    packed = [entry for entry in entries if isinstance(entry, PackedEntry)]
    if not packed:
        yield
        return
    with TemporaryDirectory(prefix="pointrecon-", ignore_cleanup_errors=True) as folder:
        for entry in packed:
            entry.scratch = Path(folder)
        yield
