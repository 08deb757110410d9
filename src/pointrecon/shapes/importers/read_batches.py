"""What an import reads, as arrays with their description: files one by one, or an array file; a batch at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.progress import Bar
from pointrecon.readable import printable, readable
from pointrecon.shapes.importers.import_settings import POINTS, described
from pointrecon.shapes.importers.import_source import base_of, shares, source_of
from pointrecon.shapes.importers.import_splits import draw_splits
from pointrecon.shapes.importers.import_writer import ImportReport, ImportWriter
from pointrecon.shapes.importers.manifest import Entry, part_of
from pointrecon.shapes.importers.pool import Read, read_all
from pointrecon.shapes.importers.up_axis import AUTO, take_vote, voters, who_tells
from pointrecon.shapes.readers import array_files
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.file_measures import named
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.file_facts import fact_columns, with_told
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.shapes.table.label_log import LabelLog, new_entries
from pointrecon.shapes.table.table_meta import TableMeta


def read_batches(
    source: Path,
    entries: Sequence[Entry],
    settings: dict[str, Any],
    report: ImportReport,
    workers: int | None,
    limits: Limits | None = None,
    writer: ImportWriter | None = None,
    *,
    show: bool = True,
) -> Iterator[ShapeArrays]:
    """The shapes of these files, or of an array file, that the writer's table lacks, with their description."""
    done, batch = (set[str](), 256) if writer is None else (writer.done, writer.batch)
    if not entries:
        yield from _of_array_file(source, settings, report, limits, done, batch, show=show)
        return
    settings["points"] = settings["points"] or POINTS
    stop = (lambda: False) if writer is None else writer.stop
    how: Any = (settings["points"], settings["seed"], workers, batch, stop, limits)
    if settings["up"] == AUTO:
        asked = [replace(entry, apart=False) for entry in voters(entries, show=show)]
        take_vote(settings, report, [one for _, every in read_all(asked, *how, show=show) for one in every])
    meta = described(settings, classes=sorted({e.label for e in entries} - {""}))
    if writer is not None and writer.table is not None:
        meta.imported = writer.table.meta.imported
    elif meta.up == "unknown" and all(entry.is_gltf for entry in entries):
        meta.up = "y"
    todo = [entry for entry in entries if entry.id not in done]
    base = base_of(source)
    taken = done | {entry.id for entry in entries}
    yield from stacked(read_all(todo, *how, show=show), meta, base, report, who_tells(settings), taken)


def _of_array_file(
    source: Path,
    settings: dict[str, Any],
    report: ImportReport,
    limits: Limits | None,
    done: Collection[str],
    batch: int,
    *,
    show: bool,
) -> Iterator[ShapeArrays]:
    labels, split, seed = settings["labels_from"] != "none", settings["split"], settings["seed"]
    columns = tuple(settings["columns"]) or None
    arrays, report.skipped, report.warnings = read_apart(
        partial(
            array_files.read_arrays, source, settings["points"],
            split=split, labels=labels, seed=seed, columns=columns,
        ), source, limits=limits,
    )  # fmt: skip
    arrays.split = draw_splits(arrays.label, arrays.split, **shares(settings))
    classes = arrays.meta.classes
    if settings["caption_from_class"]:
        own = zip(arrays.captions, arrays.label.tolist(), strict=True)
        arrays.captions = [c or ([readable(classes[n])] if n >= 0 else []) for c, n in own]
    settings["points"] = arrays.points.shape[1]
    if settings["up"] == AUTO:
        take_vote(settings, report, voters(arrays.points))
    arrays.meta = described(settings, classes=classes, part_names=arrays.meta.part_names)
    arrays.facts |= fact_columns([with_told(named(source), arrays.meta, who_tells(settings))] * len(arrays))
    arrays = arrays.select(np.array([id not in done for id in arrays.id.tolist()], dtype=bool))
    with Bar("writing shapes", len(arrays), show=show) as bar:
        for start in range(0, len(arrays), batch):
            part = arrays.select(np.arange(start, min(start + batch, len(arrays))))
            yield part
            bar.advance(len(part))


def stacked(
    batches: Iterable[Read],
    meta: TableMeta,
    base: Path,
    report: ImportReport,
    who: str = "user",
    taken: Collection[str] = (),
) -> Iterator[ShapeArrays]:
    """Batches of what was read as arrays; reasons in place of shapes go to the report.

    Sources are told from `base`; ``who`` told the up axis and the unit that the collection has; ids that are ``taken``
    are no part's.
    """
    for chunk, results in batches:
        good: list[tuple[Entry, Cloud]] = []
        for entry, result in zip(chunk, results, strict=True):
            place = source_of(entry.path, base)
            if isinstance(result, str):
                report.skipped.append((place, printable(result)))
                continue
            for cloud in result if isinstance(result, list) else [result]:
                report.warnings += [(place, printable(cloud.note))] if cloud.note else []
                if meta.up != "unknown" and (own := cloud.facts.get("up", meta.up)) != meta.up:
                    report.warnings.append((place, f"has {own} up by its format: taken as {meta.up} up, as was told"))
                good.append((part_of(entry, cloud, place, taken), cloud))
        if good:
            arrays = _arrays(good, meta, base)
            arrays.facts = fact_columns([with_told(shape.facts, meta, who) for _, shape in good])
            yield arrays


def _arrays(good: Sequence[tuple[Entry, Cloud]], meta: TableMeta, base: Path) -> ShapeArrays:
    place = {name: i for i, name in enumerate(meta.classes)}
    entries, shapes = zip(*good, strict=True)
    size = shapes[0].points.shape

    def column(name: str, none: np.ndarray) -> np.ndarray | None:
        own = [getattr(shape, name) for shape in shapes]
        return np.stack([none if one is None else one for one in own]) if any(one is not None for one in own) else None

    part = column("part", np.full(size[0], -1, np.int16))
    if part is not None and not meta.part_names:
        meta = replace(meta, part_names=[f"part {i}" for i in range(part.max() + 1)])
    arrays = ShapeArrays.from_points(
        np.stack([shape.points for shape in shapes]),
        label=[place.get(entry.label, -1) for entry in entries],
        split=[entry.split for entry in entries],
        captions=[shape.captions or entry.captions for entry, shape in good],
        classes=meta.classes,
        id=[entry.id for entry in entries],
        source=[source_of(entry.path, base) for entry in entries],
        color=column("color", np.full(size, NO_COLOR, np.uint8)),
        normals=column("normals", np.zeros(size, np.float16)),
        part=part,
        part_names=meta.part_names,
        pictures=[shape.pictures for shape in shapes] if any(shape.pictures for shape in shapes) else None,
        normalize=False,
    )
    arrays.meta = meta
    told = [(entry.id, entry.label, *entry.guess) for entry in entries if entry.guess is not None]
    if told:
        key, name, who, sure = map(list, zip(*told, strict=True))
        arrays.given = new_entries(LabelLog.empty(), key, name, who, sure, str(base))
    return arrays
