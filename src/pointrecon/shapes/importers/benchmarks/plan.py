"""What a benchmark's folder holds, told before it is read: entries, names, and how many there should be."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud

Opener = Callable[[], AbstractContextManager[Callable[[int], Cloud]]]
_SPLITS = ("", "train", "val", "test")
_SEE = "'pointrecon shapes benchmark --list' tells what it should look like"
_LOOKED_AT = 300  # folders, when looking for the one that was meant


@dataclass
class RowEntry(Entry):
    """One shape of a file of many: its row."""

    row: int = 0


@dataclass
class Stack:
    """Many shapes in one file; `open` gives a context in which a row's number brings its cloud."""

    entries: list[RowEntry]
    open: Opener


@dataclass
class Plan:
    """What is to be imported."""

    layout: str  # which of the benchmark's layouts was found
    classes: list[str]  # names, in the order of the labels
    points: int  # points a shape where the user gives no number
    files: Sequence[Entry] = ()  # one entry a file
    stacks: list[Stack] = field(default_factory=list)  # files of many shapes
    # the official number of shapes of each split; empty where there is none
    expected: dict[str, int] = field(default_factory=dict)
    repeated: Counter[str] = field(default_factory=Counter)  # how many lines of each split's list name a shape again
    part_names: list[str] = field(default_factory=list)
    in_order: bool = False  # fewer points are the first ones, as the field takes them, not a random choice
    skipped: list[tuple[str, str]] = field(default_factory=list)  # files that cannot be read, with the reason
    warnings: list[tuple[str, str]] = field(default_factory=list)  # what else is odd

    def entries(self) -> Iterator[Entry]:
        """All of them, files first."""
        yield from self.files
        for stack in self.stacks:
            yield from stack.entries

    def add_stack(self, path: Path, open: Opener, split: str, labels: list[str], ids: Sequence[str] = ()) -> None:
        """Plan the shapes of one file, row by row; without ids they get numbers, "train-00000" and so on."""
        before = sum(entry.split == split for entry in self.entries())
        ids = ids or [f"{split}-{number:05d}" for number in range(before, before + len(labels))]
        rows = enumerate(zip(ids, labels, strict=True))
        self.stacks.append(Stack([RowEntry(path, id, label, split, row=row) for row, (id, label) in rows], open))

    @contextmanager
    def skipping(self, name: str) -> Iterator[None]:
        """A context in which a file that cannot be read is skipped, with the reason."""
        try:
            yield
        except InputError as error:
            self.skipped.append((name, str(error)))


def without_repeats(plan: Plan) -> None:
    """Keep a file that is listed more than once once, in the later of its splits: no test shape is trained on."""
    kept: dict[tuple[str, Path], Entry] = {}
    again: list[str] = []
    for entry in plan.files:
        key = (entry.id, entry.path)
        if key in kept:
            again.append(entry.id)
            if _SPLITS.index(entry.split) <= _SPLITS.index(kept[key].split):
                plan.repeated[entry.split] += 1
                continue
            plan.repeated[kept.pop(key).split] += 1
        kept[key] = entry
    plan.files = list(kept.values())
    if again:
        lines = "1 line names a shape" if len(again) == 1 else f"{len(again)} lines name shapes"
        sentence = f"{lines} listed before, such as '{again[0]}': kept once, in the later of its splits"
        plan.warnings.append(("lists", sentence))


def not_here(folder: Path, what: str, *marks: str, remedy: str = _SEE) -> InputError:
    """The folder and what it lacks, with a folder near it that holds one of these names or patterns, where there is."""
    below = _folders_in(folder)
    below += [path for child in below for path in _folders_in(child)]
    for place in [*folder.resolve().parents[:2], *below[:_LOOKED_AT]]:
        if any(any(place.glob(mark)) for mark in marks):
            return InputError(f"{folder} {what}: {remedy}; perhaps you mean {place}")
    return InputError(f"{folder} {what}: {remedy}")


def _folders_in(folder: Path) -> list[Path]:
    try:
        children = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError:
        return []
    return children[:_LOOKED_AT]


def read_list(path: Path, remedy: str = "it is part of the benchmark, get it with the shapes") -> list[str]:
    """The lines of a text file, without blanks and empty ones; InputError, with the remedy, where it is missing."""
    try:
        return [line.strip() for line in text_lines(path.read_text(encoding="utf-8-sig")) if line.strip()]
    except FileNotFoundError:
        raise InputError(f"there is no list {path}: {remedy}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text: it should list one shape a line") from error


def listed_files(listing: Path, pattern: str) -> list[Path]:
    """The files beside a list that it names; without the list, those of this pattern, as most readers take them.

    InputError for no list and no such file, or a list that is no text.
    """
    if not listing.is_file() and (beside := sorted(listing.parent.glob(pattern))):
        return beside
    # the lists name the folder of the first repository that used them
    names = [line.replace("\\", "/").rpartition("/")[2] for line in read_list(listing)]
    return [listing.with_name(plain_name(name, listing)) for name in names]


def plain_name(name: str, where: str | Path) -> str:
    """The name, or InputError where it would lead out of its folder."""
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
        raise InputError(f"{where} lists '{name}', which is no name of a file in this folder: get the list anew")
    return name


def inside(folder: Path, *names: str) -> Path:
    """The folder itself or the first of these sub-folders that is there."""
    return next((folder / name for name in names if (folder / name).is_dir()), folder)


def label_names(values: np.ndarray, classes: list[str], where: str | Path) -> list[str]:
    """The classes of numbers (n,) or (n, 1), or InputError."""
    numbers = counted(values, where).tolist()
    if odd := [number for number in numbers if not 0 <= number < len(classes)]:
        raise InputError(f"{where} has the label {odd[0]}, the benchmark has {len(classes)} classes: get it anew")
    return [classes[number] for number in numbers]


def counted(values: np.ndarray, where: str | Path) -> np.ndarray:
    """(n,) int64 of an array of whole numbers (n,) or (n, 1), or InputError."""
    values = np.asarray(values).reshape(-1)
    if values.dtype.kind not in "iuf" or not (values == np.floor(values)).all():
        raise InputError(f"{where}: labels are of type {values.dtype}, expected whole numbers")
    return values.astype(np.int64)
