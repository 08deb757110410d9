"""Which files a folder holds, below it too: those to read, those of other known formats, links that lead out of it."""

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from pointrecon.shapes.importers.other_formats import format_of

ARCHIVE = ".zip"


@dataclass
class FoundFiles:
    """What a folder holds.

    Attributes:
        paths: files to read, in order. others: suffix -> how many files of a known format that is not read.
        links: links to folders or files outside that were not followed.
        followed: those of `paths` that lie outside. archives: ZIP archives to look into.
    """

    paths: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    links: list[Path] = field(default_factory=list)
    followed: set[Path] = field(default_factory=set)
    archives: list[Path] = field(default_factory=list)


def find_files(
    folder: Path, suffixes: Collection[str], leave_out: Collection[str] = (), *, follow_links: bool = False
) -> FoundFiles:
    """Files with these suffixes in a folder and those below it, hidden ones, tables and ``leave_out`` left out.

    Links are followed within the folder, but not back up; those that lead out of it only with ``follow_links``.
    """
    found, root = FoundFiles(), os.path.realpath(folder)
    above = {str(folder): {root}}  # of each folder to come: itself and those it lies in

    def leads_out(real: str) -> bool:
        return os.path.commonpath([root, real]) != root

    for where, folders, files in os.walk(folder, followlinks=True):
        known, here, out = above.pop(where), [], leads_out(os.path.realpath(where))
        for name in folders:
            place = os.path.join(where, name)
            real = os.path.realpath(place)
            hidden = name.startswith((".", "__MACOSX")) or name.endswith(".lance") or name in leave_out
            if hidden or real in known:
                continue
            if leads_out(real) and not follow_links:
                found.links.append(Path(place))
                continue
            above[place] = known | {real}
            here.append(name)
        folders[:] = here
        beside = {os.path.splitext(file)[1].lower() for file in files}
        for file in files:
            place = os.path.join(where, file)
            if file.startswith("."):
                continue
            suffix = os.path.splitext(file)[1].lower()
            if suffix not in suffixes and suffix != ARCHIVE:
                if kind := format_of(file, beside):
                    found.others[kind] += 1
                continue
            outside = out or (os.path.islink(place) and leads_out(os.path.realpath(place)))
            if outside and not follow_links:
                found.links.append(Path(place))
                continue
            if suffix == ARCHIVE:
                found.archives.append(Path(place))
                continue
            found.paths.append(Path(place))
            if outside:
                found.followed.add(found.paths[-1])
    found.paths.sort()
    found.archives.sort()
    return found
