"""`import_benchmark`: from the files of a benchmark to a shape table."""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.shapes.importers.benchmarks.picture_folders import PicturedEntry
from pointrecon.shapes.importers.benchmarks.plan import Opener, Plan, RowEntry, Stack, without_repeats
from pointrecon.shapes.importers.benchmarks.registry import benchmark
from pointrecon.shapes.importers.import_settings import check_settings, described, settle
from pointrecon.shapes.importers.import_splits import hold_out
from pointrecon.shapes.importers.import_writer import ImportReport, ImportWriter, writing
from pointrecon.shapes.importers.manifest import id_of_several, with_class_captions
from pointrecon.shapes.importers.pool import Read, read_all
from pointrecon.shapes.importers.read_batches import stacked
from pointrecon.shapes.readers.child import Children
from pointrecon.shapes.readers.child_main import attempt
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.file_measures import facts_of
from pointrecon.shapes.readers.limits import Limits, bytes_of
from pointrecon.shapes.readers.read import finished, rng_of

_DEFAULTS: dict[str, Any] = {
    "points": None, "layout": "", "up": "", "validation": 0.0, "pictures": True, "views": 1, "seed": 0,
    "units": "",
}  # fmt: skip
_held: dict[bytes, tuple[ExitStack, Callable[[int], Cloud]]] = {}  # in a reading process: the file at hand
_WORDS = {"train": "training", "val": "validation", "test": "test"}


def import_benchmark(
    name: str,
    folder: str | Path,
    out: str | Path,
    *,
    split: Sequence[str] = (),
    points: int | None = None,
    layout: str | None = None,
    up: str | None = None,
    validation: float | None = None,
    pictures: bool | None = None,
    views: int | None = None,
    strict: bool = False,
    workers: int | None = None,
    seconds_per_file: float = Limits.seconds,
    memory_per_file: str | int = "4GB",
    triangles_per_file: int = Limits.triangles,
    seed: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
) -> ImportReport:
    """Read a benchmark into a table. Files that cannot be read are skipped and listed; the rest goes on.

    What is left out (None) is as the table has it where one is resumed, and as told below else.

    Args:
        name: of the registry, such as "modelnet40"; see `pointrecon.shapes.importers.benchmarks.registry`.
        folder: where its files are.
        split: only these ("train", "val", "test"); empty: all there are.
        points: points per shape; else as many as the files have, or as the field takes of them.
        layout: which form to read where the folder has several; else the first found.
        up: axis that points up, where the files were turned; else as the benchmark has it.
        pictures: bring pictures where the benchmark has them; else true.
        views: pictures of a shape to bring where it has several, evenly spread over them; else 1.
        strict: refuse other counts than the official ones, and files of many shapes that cannot be opened.
        out, validation, workers, seconds_per_file, memory_per_file, triangles_per_file, seed, overwrite, resume: as for
            `import_shapes`, whose errors are these too.

    Raises:
        InputError: an unknown name, a folder in no known layout, with `strict` other counts.
    """
    limits = Limits(seconds_per_file, bytes_of(memory_per_file), triangles_per_file)
    folder = Path(folder)
    folder = folder if folder.name not in ("", "..") else folder.resolve()  # readers look at its name
    chosen = benchmark(name)
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}: give the one that holds the files, from {chosen.source}")
    given = {
        "source": chosen.title, "name": chosen.title, "points": points,
        "layout": layout, "up": up, "validation": validation, "pictures": pictures, "views": views, "seed": seed,
    }  # fmt: skip
    if unknown := [s for s in split if s not in _WORDS]:
        raise InputError(f"there is no split '{unknown[0]}'; use train, val or test")
    if views is not None and views < 1:
        raise InputError(f"there cannot be {views} pictures of a shape: give 1 or more views, or --pictures false")
    check_settings(given)
    with writing(out, overwrite=overwrite, resume=resume) as writer:
        if writer.table is not None and writer.table.meta.name != chosen.title:
            held = writer.table.meta.name
            raise InputError(f"{out} holds '{held}', not {chosen.title}: give the table that was begun")
        settings = settle(out, given, {**_DEFAULTS, "license": chosen.terms}, writer.table)
        plan = chosen.plan(folder, settings["layout"])
        without_repeats(plan)
        _only(plan, split)
        report = writer.report
        report.skipped, report.warnings = list(plan.skipped), list(plan.warnings)
        odd = count_differences(plan, chosen.title, split)
        if strict and (odd or plan.skipped):
            raise InputError(odd[0] if odd else f"{plan.skipped[0][0]}: {plan.skipped[0][1]}")
        report.warnings += [(folder.name, sentence) for sentence in odd]
        _prepare(plan, settings)
        usual = chosen.up_of_layout.get(plan.layout, chosen.up)
        settings |= {"layout": plan.layout, "points": settings["points"] or plan.points, "up": settings["up"] or usual}
        meta = described(settings, classes=plan.classes, part_names=plan.part_names)
        meta.source = chosen.source
        size, seed = settings["points"], settings["seed"]
        files = [entry for entry in plan.files if entry.id not in writer.done]
        read = chain(
            read_all(files, size, seed, workers, writer.batch, writer.stop, limits) if files else (),
            _read_stacks(plan.stacks, writer, size, seed, plan.in_order, limits),
        )
        for arrays in stacked(read, meta, folder, report, "benchmark" if meta.up == usual else "user"):
            writer.write(arrays)
        return writer.finish(f"{folder} holds no readable shape of {chosen.title}")


def _only(plan: Plan, split: Sequence[str]) -> None:
    """Leave out the other splits."""
    if not split:
        return
    plan.files = [entry for entry in plan.files if entry.split in split]
    for stack in plan.stacks:
        stack.entries = [entry for entry in stack.entries if entry.split in split]
    if not list(plan.entries()) and not plan.skipped:
        raise InputError(f"this benchmark has no shapes in the split {' or '.join(split)}: see --list")


def count_differences(plan: Plan, title: str, split: Sequence[str] = ()) -> list[str]:
    """One sentence for each split whose shapes are more or fewer than the official number.

    A file that is listed but not there does not count; a line that names a shape again does, as in the official number.
    """
    have = Counter(entry.split for entry in plan.files if entry.path.is_file())
    have.update(entry.split for stack in plan.stacks for entry in stack.entries)
    have.update(plan.repeated)
    return [
        f"{title} ({plan.layout}) officially has {official} {_WORDS[name]} shapes, this folder has {have[name]}: "
        f"{abs(have[name] - official)} {'more' if have[name] > official else 'fewer'}"
        for name, official in plan.expected.items()
        if have[name] != official and (not split or name in split)
    ]


def _prepare(plan: Plan, settings: Mapping[str, Any]) -> None:
    """Hold out validation shapes, give class names as captions, leave out pictures."""
    entries = list(plan.entries())
    if twice := id_of_several(entries):
        raise InputError(f"'{twice}' is listed more than once: get the benchmark's lists anew")
    labels, told = np.array([e.label for e in entries]), np.array([e.split for e in entries])
    splits = hold_out(labels, told, settings["validation"], settings["seed"]).tolist()
    for entry, split in zip(with_class_captions(entries), splits, strict=True):
        entry.split = split
        if isinstance(entry, PicturedEntry):
            entry.pictures, entry.views = entry.pictures if settings["pictures"] else [], settings["views"]


def _read_stacks(
    stacks: list[Stack], writer: ImportWriter, points: int, seed: int, in_order: bool, limits: Limits | None = None
) -> Iterator[Read]:
    """Batches of entries with what was read, as `read_all` gives them."""
    todo = [replace(stack, entries=[e for e in stack.entries if e.id not in writer.done]) for stack in stacks]
    with Children(1, limits) as children, Bar("reading arrays", sum(len(stack.entries) for stack in todo)) as bar:
        for stack in todo:
            for start in range(0, len(stack.entries), writer.batch):
                chunk = stack.entries[start : start + writer.batch]
                last = start + writer.batch >= len(stack.entries)
                read = partial(_read_rows, stack.open, chunk, points, seed, in_order, last)
                (found,) = children.read([(read, chunk[0].path)])
                yield list(chunk), [found] * len(chunk) if isinstance(found, str) else found
                bar.advance(len(chunk))


def _read_rows(
    open: Opener, entries: list[RowEntry], points: int, seed: int, in_order: bool, last: bool
) -> list[Cloud | str]:
    """Some shapes of a file of many. Runs in a reading process, which keeps it open until it had the last ones."""
    key = pickle.dumps(open)
    if key not in _held:
        _close_held()
        stack = ExitStack()
        _held[key] = (stack, stack.enter_context(open()))
    cloud = _held[key][1]
    found = [_read_row(cloud, entry, points, seed, in_order) for entry in entries]
    if last:
        _close_held()
    return found


def _close_held() -> None:
    while _held:
        _held.popitem()[1][0].close()


def _read_row(cloud: Callable[[int], Cloud], entry: RowEntry, points: int, seed: int, in_order: bool) -> Cloud | str:
    def read() -> Cloud:
        shape = cloud(entry.row)
        shape.facts = facts_of(entry.path, shape, alone=False)
        name = f"{entry.path.name}, shape {entry.row} ({entry.id})"
        return finished(shape, points, name, rng_of(entry.id, seed), in_order=in_order)

    return attempt(read)
