"""The files of a folder to import, with classes and splits by its layout, and what is told of them before reading."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path, PurePath, PurePosixPath

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.shapes.importers.archives import PackedEntry, is_archive, look_into
from pointrecon.shapes.importers.found_files import FoundFiles, find_files
from pointrecon.shapes.importers.layout import Layout, decide
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.importers.other_formats import not_read
from pointrecon.shapes.readers.read import SUFFIXES

# notes and lists, which say nothing about the layout: texts beside files of other formats, else by their names
_TEXTS = {".txt", ".csv"}
_NOTES = re.compile(
    r"(read.?me|licen[cs]e|copying|notice|change.?log|citation)([\W_].*)?"
    r"|authors|credits|attribution|notes?|about|info|todo|labels?|classes|categor(y|ies)|meta.?data|splits?"
    r"|(class|label|categor(y|ies)|shape|file|train|test|val)_?(names?|list|files?)",
    flags=re.IGNORECASE,
)
_NAMED = 5


@dataclass
class ImportPlan:
    """What is to be imported from a folder.

    Attributes:
        entries: its files, in order. layout: where its folders name splits and classes.
        doubts: what may be meant otherwise, with the option that settles it. not_read: files of other formats, or "".
    """

    entries: list[Entry]
    layout: Layout
    doubts: list[str]
    not_read: str = ""


def plan_folder(
    folder: Path,
    *,
    labels_from: str = "auto",
    splits_from: str = "auto",
    split: str = "",
    follow_links: bool = False,
    layout: Layout | None = None,
    known: Mapping[str, str] | None = None,
) -> ImportPlan:
    """All shape files below a folder, or in a ZIP archive; InputError without one in a format this package reads.

    An archive in the folder is as a folder of its name, with the class and split that it would have without .zip.

    The id is the path without its suffix; where that is not unique (``a.obj`` beside ``a.stl``) or another file's name,
    with it. Names are kept as `printable` has them.

    Args:
        labels_from, splits_from: see `pointrecon.shapes.importers.layout`. layout: one that was decided before.
        split: of files whose folders do not tell.
        follow_links: read what links lead to outside the folder too.
        known: sources and ids of files imported before, which keep them.
    """
    archived = is_archive(folder)
    found = FoundFiles(archives=[folder]) if archived else find_files(folder, SUFFIXES, follow_links=follow_links)
    archives, lost = look_into(found)
    links = ""
    if found.links:
        such = printable(found.links[0].relative_to(folder).as_posix())
        links = f"{plural(len(found.links), 'link')} out of the folder not followed, such as {such}: see "
        links += "--follow-links of 'pointrecon shapes import'"
    others = not_read(found.others)
    if not found.paths:
        more = "; ".join(filter(None, [others, links, *lost]))
        raise InputError(f"{folder} holds no shape files: looked for {' '.join(SUFFIXES)}{'; ' if more else ''}{more}")
    relatives = [PurePosixPath(printable(path.relative_to(folder).as_posix())) for path in found.paths]
    folders = [
        path if archived or not (archive := archives.get(found_path)) else _unzipped(path, archive.relative_to(folder))
        for path, found_path in zip(relatives, found.paths, strict=True)
    ]
    sure = list(compress(folders, _shapes(folders)))
    doubts: list[str] = []
    if layout is None:
        layout, doubts = decide(sure, labels_from, splits_from)
    classes = {layout.class_of(path) for path in sure}  # a folder of notes makes none
    entries: list[Entry] = []
    for path, relative, id in zip(found.paths, folders, _ids(relatives, known or {}), strict=True):
        label = layout.class_of(relative)
        told = label if label in classes else "", layout.split_of(relative.parts[:-1]) or split
        if path in archives:
            entries.append(PackedEntry(path, id, *told, archive=archives[path]))
        else:
            entries.append(Entry(path, id, *told, root=None if path in found.followed else folder))
    return ImportPlan(entries, layout, [*doubts, *([links] if links else []), *lost], others)


def told_before(entries: Sequence[Entry]) -> str:
    """ "classes: 3 (chair, desk, lamp); splits: train 24, test 12": what is known of the files that are to be read."""
    sure = list(compress(entries, _shapes([entry.path for entry in entries])))
    notes = len(entries) - len(sure)
    text = summary([entry.label for entry in sure], [entry.split for entry in sure])
    return f"{text}; to be tried as clouds: {plural(notes, 'text file')}" if notes else text


def summary(labels: Sequence[str], splits: Sequence[str]) -> str:
    """Classes and splits of some shapes in a line; "" stands for none. Long lists are shortened."""
    classes, by_split = Counter(labels), Counter(splits)
    bare = classes.pop("", 0)
    names = sorted(classes)
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    told = f"classes: {len(names)} ({', '.join(names[:_NAMED])}{more})" if names else "classes: none"
    told += f", {bare} without" if names and bare else ""
    counts = [f"{name} {by_split[name]}" for name in ("train", "val", "test") if by_split[name]]
    if counts and by_split[""]:
        counts.append(f"none {by_split['']}")
    return f"{told}; splits: {', '.join(counts) or 'none'}"


def _unzipped(path: PurePosixPath, archive: PurePath) -> PurePosixPath:
    """The path of an archive's member, from the source on, as if the archive's name had no suffix."""
    parts = list(path.parts)
    parts[len(archive.parts) - 1] = PurePosixPath(parts[len(archive.parts) - 1]).stem
    return PurePosixPath(*parts)


def _shapes(paths: Sequence[PurePath]) -> list[bool]:
    """Which files are shapes, as far as their names tell, and no notes; all where that leaves none."""
    texts = [path.suffix.lower() in _TEXTS for path in paths]
    notes = [text and _NOTES.fullmatch(path.stem) is not None for text, path in zip(texts, paths, strict=True)]
    least = texts if not all(texts) else notes if not all(notes) else [False] * len(paths)
    return [not note for note in least]


def _ids(paths: Sequence[PurePath], known: Mapping[str, str]) -> list[str]:
    """One for each path, the known ones as they were."""
    names = [path.as_posix() for path in paths]
    stems = [path.with_suffix("").as_posix() for path in paths]
    count, taken, used = Counter(stems), set(names), set(known.values())
    ids = []
    for name, stem in zip(names, stems, strict=True):
        id = known.get(name, "")
        if not id:
            id = stem if count[stem] == 1 and stem not in taken and stem not in used else name
            while id in used:
                id += "~"
            used.add(id)
        ids.append(id)
    return ids
