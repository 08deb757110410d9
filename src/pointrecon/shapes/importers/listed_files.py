"""What a ``metadata.parquet`` tells of the files beside it, as `export_shapes` and `datasets` have them."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.shapes.importers.import_plan import ImportPlan
from pointrecon.shapes.importers.manifest import Entry, manifest_entries
from pointrecon.shapes.importers.other_formats import METADATA


def tell_listed(folder: Path, plan: ImportPlan, known: Mapping[str, str], *, labels: bool, splits: bool) -> None:
    """Give the files of a folder the ids, captions, classes (and who guessed them) and splits of the lists beside them.

    What the folders say of classes and splits gives way to it, unless ``labels`` or ``splits`` were asked of them.
    Files that were imported before keep the ids that are ``known``, and so do all where those of the lists occur twice.
    A list that is damaged, or names no files, is told among the plan's doubts.
    """
    lists = sorted({place for entry in plan.entries if (place := entry.path.parent / METADATA).is_file()})
    told: dict[Path, Entry] = {}
    for place in lists:
        try:
            told |= {entry.path: entry for entry in manifest_entries(place)}
        except InputError as error:
            plan.doubts.append(f"not read: {error}")
    mine = [entry for entry in plan.entries if entry.path in told]
    place_of = {id(entry): printable(entry.path.relative_to(folder).as_posix()) for entry in mine}
    ids = {id(entry): told[entry.path].id for entry in mine if place_of[id(entry)] not in known}
    counts = Counter([ids.get(id(entry), entry.id) for entry in plan.entries])
    for entry in mine:
        own = told[entry.path]
        if max(counts.values()) == 1:
            entry.id = ids.get(id(entry), entry.id)
        entry.captions = own.captions
        if labels:
            entry.label, entry.guess = own.label, own.guess
        if splits:
            entry.split = own.split or entry.split
    if mine:
        if len(mine) == len(plan.entries) and labels and splits:
            plan.doubts = []  # on folders, which say nothing then
        plan.doubts.append(
            f"{METADATA} tells classes, splits, captions and ids of {len(mine)} of {plural(len(plan.entries), 'file')}"
        )
