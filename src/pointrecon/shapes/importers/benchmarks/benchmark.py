"""`import_benchmark`: from the files of a benchmark to a shape table."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.shapes.importers.benchmarks.picture_folders import PicturedEntry
from pointrecon.shapes.importers.benchmarks.plan import Plan, RowEntry, Stack, without_repeats
from pointrecon.shapes.importers.benchmarks.registry import benchmark
from pointrecon.shapes.importers.folders import check_choices, existing, list_skipped, write_results
from pointrecon.shapes.importers.import_writer import ImportReport, Writer
from pointrecon.shapes.importers.manifest import Entry, hold_out, with_class_captions
from pointrecon.shapes.importers.pool import attempt, read_all
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import RawShape, finished, rng_of
from pointrecon.shapes.table.arrays import TableMeta

SPLITS = ("train", "val", "test")
_WORDS = {"train": "training", "val": "validation", "test": "test"}


def import_benchmark(
    name: str,
    folder: str | Path,
    out: str | Path,
    *,
    split: Sequence[str] = (),
    points: int | None = None,
    layout: str = "",
    up: str = "",
    validation: float = 0.0,
    pictures: bool = True,
    views: int = 1,
    strict: bool = False,
    workers: int | None = None,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> ImportReport:
    """Read a benchmark into a table. Files that cannot be read are skipped and listed; the rest goes on.

    Args:
        name: of the registry, such as "modelnet40"; see `pointrecon.shapes.importers.benchmarks.registry`.
        folder: where its files are. out: the table to make, ``something.lance`` or ``something.npz``.
        split: only these ("train", "val", "test"); empty: all there are.
        points: points per shape; None: as many as the files have, or as the field takes of them.
        layout: which form to read where the folder has several; "": the first found.
        up: axis that points up, where the files were turned; "": as the benchmark has it.
        validation: share of the training shapes to hold out as "val", seeded, the same of every class.
        pictures: bring pictures where the benchmark has them.
        views: pictures of a shape to bring where it has several, evenly spread over them.
        strict: refuse other counts than the official ones, and files of many shapes that cannot be opened.
        workers: processes that read files; None: one per core.
        seed: for points chosen at random and the validation shapes.
        overwrite: replace a table that is there. resume: go on with one, after an interrupted import.

    Raises:
        InputError: an unknown name, a folder in no known layout, nothing readable, with `strict` other counts, or
            `out` exists and neither switch is on.
        OSError: the disk is full or read-only; what was imported so far is whole, and `resume` goes on.
    """
    started, folder = time.monotonic(), Path(folder)
    folder = folder if folder.name not in ("", "..") else folder.resolve()  # readers look at its name
    chosen = benchmark(name)
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}: give the one that holds the files, from {chosen.source}")
    _check(split, points, up, validation, views, overwrite, resume)
    table, done = existing(out, overwrite, resume)
    if table is not None and table.meta.name != chosen.title:
        raise InputError(f"{out} holds '{table.meta.name}', not {chosen.title}: give the table that was begun")
    plan = chosen.plan(folder, layout)
    without_repeats(plan)
    _only(plan, split)
    report = ImportReport(str(out) if "://" in str(out) else Path(out), already_there=len(done))
    report.skipped, report.warnings = list(plan.skipped), list(plan.warnings)
    odd = count_differences(plan, chosen.title, split)
    if strict and (odd or plan.skipped):
        raise InputError(odd[0] if odd else f"{plan.skipped[0][0]}: {plan.skipped[0][1]}")
    report.warnings += [(folder.name, sentence) for sentence in odd]
    _prepare(plan, validation, seed, views if pictures else 0)
    meta = TableMeta(
        name=chosen.title,
        classes=plan.classes,
        part_names=plan.part_names,
        up=up or chosen.up_of_layout.get(plan.layout, chosen.up),
        license=chosen.terms,
        source=chosen.source,
    )
    writer = Writer(out, meta, table, overwrite, report)
    batch = 2048 if str(out).endswith(".npz") else 256  # an .npz is rewritten whole at each append
    size = points or plan.points
    files = [entry for entry in plan.files if entry.id not in done]
    if files:
        write_results(read_all(files, size, seed, workers, batch), writer, folder)
    write_results(_read_stacks(plan.stacks, done, size, seed, batch, plan.in_order), writer, folder)
    report.seconds = time.monotonic() - started
    if not report.shapes and not report.already_there:
        reason = f": {report.skipped[0][1]}" if report.skipped else ""
        raise InputError(f"{folder} holds no readable shape of {chosen.title}{reason}")
    list_skipped(report)
    return report


def _check(
    split: Sequence[str],
    points: int | None,
    up: str,
    validation: float,
    views: int,
    overwrite: bool,
    resume: bool,
) -> None:
    if unknown := [s for s in split if s not in SPLITS]:
        raise InputError(f"there is no split '{unknown[0]}'; use train, val or test")
    if views < 1:
        raise InputError(f"there cannot be {views} pictures of a shape: give 1 or more views, or --pictures false")
    check_choices(points, up or "unknown", validation, overwrite, resume)


def _only(plan: Plan, split: Sequence[str]) -> None:
    """Leave out the other splits."""
    if not split:
        return
    plan.files = [entry for entry in plan.files if entry.split in split]
    for stack in plan.stacks:
        stack.entries = [entry for entry in stack.entries if entry.split in split]
    if not any(True for _ in plan.entries()) and not plan.skipped:
        raise InputError(f"this benchmark has no shapes in the split {' or '.join(split)}: see --list")


def count_differences(plan: Plan, title: str, split: Sequence[str] = ()) -> list[str]:
    """One sentence for each split whose shapes are more or fewer than the official number.

    A file that is listed but not there does not count; a line that names a shape again does, as in the official number.
    """
    have = Counter(entry.split for entry in plan.files if entry.path.is_file())
    have.update(entry.split for stack in plan.stacks for entry in stack.entries)
    have.update(plan.repeated)
    sentences = []
    for name, official in plan.expected.items():
        if have[name] == official or (split and name not in split):
            continue
        difference = f"{abs(have[name] - official)} {'more' if have[name] > official else 'fewer'}"
        sentences.append(
            f"{title} ({plan.layout}) officially has {official} {_WORDS[name]} shapes, this folder has {have[name]}: "
            f"{difference}"
        )
    return sentences


def _prepare(plan: Plan, validation: float, seed: int, views: int) -> None:
    """Hold out validation shapes, give class names as captions, leave out pictures."""
    entries = list(plan.entries())
    if twice := [id for id, count in Counter(entry.id for entry in entries).items() if count > 1]:
        raise InputError(f"'{twice[0]}' is listed more than once: get the benchmark's lists anew")
    splits = hold_out(np.array([e.label for e in entries]), np.array([e.split for e in entries]), validation, seed)
    held = iter(splits.tolist())

    def settled(some: Iterable[Entry]) -> list[Entry]:
        return [replace(entry, split=str(next(held))) for entry in some]

    files = [
        replace(entry, pictures=entry.pictures if views else [], views=views)
        if isinstance(entry, PicturedEntry)
        else entry
        for entry in settled(plan.files)
    ]
    plan.files = with_class_captions(files)
    for stack in plan.stacks:
        stack.entries = [e for e in with_class_captions(settled(stack.entries)) if isinstance(e, RowEntry)]


def _read_stacks(
    stacks: list[Stack], done: set[str], points: int, seed: int, batch: int, in_order: bool
) -> Iterator[tuple[list[Entry], list[RawShape | str]]]:
    """Batches of entries with what was read, as `read_all` gives them."""
    todo = [replace(stack, entries=[entry for entry in stack.entries if entry.id not in done]) for stack in stacks]
    with Bar("reading arrays", sum(len(stack.entries) for stack in todo)) as bar:
        for stack in todo:
            if not stack.entries:
                continue
            with stack.open() as cloud:
                for start in range(0, len(stack.entries), batch):
                    chunk = stack.entries[start : start + batch]
                    yield list(chunk), [_read_row(cloud, entry, points, seed, in_order) for entry in chunk]
                    bar.advance(len(chunk))


def _read_row(cloud: Callable[[int], Cloud], entry: RowEntry, points: int, seed: int, in_order: bool) -> RawShape | str:
    name = f"{entry.path.name}, shape {entry.row} ({entry.id})"
    return attempt(lambda: finished(cloud(entry.row), points, name, rng_of(entry.id, seed), in_order=in_order))
