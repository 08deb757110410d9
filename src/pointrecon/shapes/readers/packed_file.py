"""A file in a ZIP archive, read as if it lay in a folder: unpacked for as long as it is read, with those it names."""

import hashlib
import json
import posixpath
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import clouds_of
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.zip_members import ZipMembers
from pointrecon.shapes.table.file_facts import Facts


@dataclass
class PackedFile(SourceFile):
    """A member that was unpacked into `root`; files that it names are unpacked when they are asked for."""

    archive: ZipMembers | None = None

    def companion(self, name: str) -> Path:
        """As of any file, in the archive alone."""
        assert self.root is not None
        assert self.archive is not None
        folder = self.path.parent.relative_to(self.root).as_posix()
        for spelled in (name, unquote(name), name.replace("\\", "/")):
            member = posixpath.normpath(posixpath.join(folder, spelled))
            if member in self.archive.infos and not (self.root / member).exists():
                self.archive.unpack(member, self.root)
        return super().companion(name)


def members_of(archive: Path) -> tuple[list[str], dict[str, int]]:
    """The names of an archive's members, in order, and why some cannot be read -> how many; InputError for damage."""
    members = ZipMembers(archive, archive)
    return sorted(members.infos), dict(members.left_out)


def read_packed(
    archive: Path,
    member: str,
    scratch: Path,
    points: int,
    seed: int = 0,
    columns: tuple[str, ...] | None = None,
    apart: bool = False,
) -> list[Cloud]:
    """As `clouds_of`, of a member; it is unpacked into a folder of its own within ``scratch``."""
    modified = archive.stat().st_mtime_ns
    with unpacked(archive, member, scratch, columns, apart=apart) as source:
        clouds = clouds_of(source, points, seed=seed)
    return [replace(cloud, facts=cloud.facts | _of_archive(cloud.facts, modified)) for cloud in clouds]


@contextmanager
def unpacked(
    archive: Path, member: str, scratch: Path, columns: tuple[str, ...] | None = None, *, apart: bool = False
) -> Iterator[PackedFile]:
    """A member for a block, in a folder of its own within ``scratch``; InputErrors of the block name the archive."""
    members = _opened(archive, archive.stat().st_mtime_ns)
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        members.begin_anew()
        yield PackedFile(members.unpack(member, folder), folder, columns, apart=apart, archive=members)
    except InputError as error:
        raise InputError(str(error).replace(str(folder), str(archive))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def digests_of(archive: Path, names: list[str]) -> dict[str, str]:
    """The SHA-256 of these members, those left out that are not there; InputError for damage."""
    members, found = ZipMembers(archive, archive), {}
    for name in names:
        if name in members.infos:
            members.begin_anew()
            with members.opened(name) as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return found


def _of_archive(facts: Facts, modified: int) -> Facts:
    """The facts of a member: the archive's time in place of that of what was unpacked."""
    named = (
        {"companions": json.dumps(dict.fromkeys(json.loads(str(facts["companions"]))))} if "companions" in facts else {}
    )
    return {"modified": modified, **named}


@lru_cache(maxsize=1)  # a process mostly reads one after the other of the same archive
def _opened(archive: Path, changed: int) -> ZipMembers:
    return ZipMembers(archive, archive)
