"""What a benchmark's folder holds, told before it is read: entries, names, and how many there should be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.clouds import Cloud
from pointrecon.shapes.files import RawShape
from pointrecon.shapes.manifest import Entry

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG, JPEG
Counts = dict[str, int]  # split -> shapes


@dataclass
class RowEntry(Entry):
    """One shape of a file of many: its row."""

    row: int = 0


@dataclass
class PicturedEntry(Entry):
    """A cloud's file, and those of its pictures."""

    pictures: list[Path] = field(default_factory=list)

    def read(self, points: int, seed: int) -> RawShape:
        shape = super().read(points, seed)
        for path in self.pictures:
            content = path.read_bytes()
            if content.startswith(_PICTURES):
                shape.pictures.append(content)
            else:
                note = f"{path.name} is no PNG or JPEG picture, left out"
                shape.note = f"{shape.note}; {note}" if shape.note else note
        return shape


@dataclass
class Stack:
    """Many shapes in one file.

    `open` gives a context in which a row's number brings its cloud.
    """

    path: Path
    entries: list[RowEntry]
    open: Callable[[], AbstractContextManager[Callable[[int], Cloud]]]


@dataclass
class Plan:
    """What is to be imported.

    Attributes:
        layout: which of the benchmark's layouts was found. classes: names, in the order of the labels.
        points: points a shape where the user gives no number.
        files: one entry a file. stacks: files of many shapes.
        expected: the official number of shapes of each split; empty where there is none.
        in_order: fewer points are the first ones, as the field takes them, not a random choice.
        skipped: files that cannot be read, with the reason. warnings: what else is odd.
    """

    layout: str
    classes: list[str]
    points: int
    files: Sequence[Entry] = ()
    stacks: list[Stack] = field(default_factory=list)
    expected: Counts = field(default_factory=dict)
    part_names: list[str] = field(default_factory=list)
    in_order: bool = False
    skipped: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        """All of them, files first."""
        yield from self.files
        for stack in self.stacks:
            yield from stack.entries


def read_list(path: Path) -> list[str]:
    """The lines of a text file, without blanks and empty ones.

    Raises:
        InputError: missing or not text.
    """
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError:
        raise InputError(f"there is no list {path}: it is part of the benchmark, get it with the shapes") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text: it should list one shape a line") from error


def plain_name(name: str, where: str | Path) -> str:
    """The name, or InputError where it would lead out of its folder."""
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
        raise InputError(f"{where} lists '{name}', which is no name of a file in this folder: get the list anew")
    return name


def inside(folder: Path, *names: str) -> Path:
    """The folder itself or the first of these sub-folders that is there."""
    return next((folder / name for name in names if (folder / name).is_dir()), folder)


def label_name(value: int, classes: list[str], where: str | Path) -> str:
    """The class of a number, or InputError."""
    if not 0 <= value < len(classes):
        raise InputError(f"{where} has the label {value}, the benchmark has {len(classes)} classes: get it anew")
    return classes[value]


def counted(values: np.ndarray, where: str | Path) -> np.ndarray:
    """(n,) int64 of an array of whole numbers (n,) or (n, 1), or InputError."""
    values = np.asarray(values).reshape(-1)
    whole = values.dtype.kind in "iu" or (values.dtype.kind == "f" and bool((values == np.floor(values)).all()))
    if not whole:
        raise InputError(f"{where}: labels are of type {values.dtype}, expected whole numbers")
    return values.astype(np.int64)
