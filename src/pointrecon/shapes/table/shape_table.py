"""The shape table on disk: what every table can do, and opening and creating one."""

import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta, refuse_duplicates
from pointrecon.shapes.table.npz import META
from pointrecon.shapes.table.rows import Rows, Tags
from pointrecon.shapes.table.sentences import SentenceReader, spoken

_FEATURE_NAME = re.compile(r"[a-z]+/[A-Za-z0-9_.-]+")


@dataclass
class Outline:
    """What can be told of a table without reading its points: cheap for a table of any size.

    Shape:
        points: N, or 0 for an empty table. id, label, split: (M,) as in `ShapeArrays`.
        color, normals, part, pictures: how many shapes have them.
    """

    points: int
    id: np.ndarray
    label: np.ndarray
    split: np.ndarray
    captions: list[list[str]]
    color: int
    normals: int
    part: int
    pictures: int


class ShapeTable(ABC):
    """A collection of shapes on disk, a LanceDB folder or one ``.npz`` file. Get one from `open_table`.

    All shapes of a table have the same number of points. Appends are whole batches or nothing.
    """

    path: Path
    meta: TableMeta

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def ids(self) -> np.ndarray:
        """(M,) str, in order."""

    @abstractmethod
    def append(self, arrays: ShapeArrays) -> None:
        """Add a batch of shapes, whole or not at all; features in it are added too.

        Classes and part names are matched by name; new ones are added to the table's.

        Raises:
            InputError: another number of points than the table's, or an id that is there already.
        """

    @abstractmethod
    def feature_names(self) -> list[str]:
        """Such as "image/multiview", "text/minilm" and "embedding/parts"."""

    @abstractmethod
    def add_features(self, name: str, ids: Any, values: Any) -> None:
        """Append features of some shapes: ids (m,) str, values (m, V, D), kept as float16.

        Raises:
            InputError: an id that is unknown or has these features already, or another V or D than before.
        """

    @abstractmethod
    def add_sentences(self, name: str, sentences: Sequence[str], values: Any) -> None:
        """Append what a text teacher makes of sentences, for all shapes that have them among their captions.

        Args:
            name: such as "text/minilm". sentences: S, different, none of them there already.
            values: (S, T, D), a feature for each of T templates, kept as float16.

        Raises:
            InputError: values that float16 cannot hold, another T or D than before, or a sentence that is there.
        """

    @abstractmethod
    def sentence_features(self, name: str) -> SentenceReader | None:
        """The sentences under this name and their features (T, D); None where there are none."""

    @abstractmethod
    def feature_ids(self, name: str) -> set[str]:
        """The shapes that have these features (none if nothing was added under this name)."""

    @abstractmethod
    def feature_info(self, name: str) -> dict:
        """What was recorded about the teacher behind these features; empty if nothing."""

    @abstractmethod
    def set_feature_info(self, name: str, info: dict) -> None:
        """Record a small JSON-able dict about the teacher: model, hash, templates, width."""

    @abstractmethod
    def drop_features(self, name: str) -> None:
        """Take features of this name away, with what is recorded about them; nothing where there are none."""

    @abstractmethod
    def add_pictures(self, ids: Any, pictures: Sequence[Sequence[bytes]]) -> None:
        """Give some shapes pictures, a list of PNG bytes each, in place of those they have; all or nothing.

        Raises:
            InputError: an id that is unknown or named twice, or another number of lists than of ids.
        """

    @abstractmethod
    def picture_ids(self) -> set[str]:
        """The shapes that have pictures."""

    @abstractmethod
    def load(
        self,
        split: str | Sequence[str] | None = None,
        *,
        features: Sequence[str] | None = None,
        pictures: bool = False,
    ) -> ShapeArrays:
        """Everything, or the shapes of these splits, in memory.

        Args:
            features: which to bring; None brings all.
            pictures: bring the pictures as well.
        """

    @abstractmethod
    def take(self, indices: Any) -> ShapeArrays:
        """The shapes at these places (0 to M-1), in the given order, with pictures and the features kept by shape."""

    @abstractmethod
    def outline(self) -> Outline:
        """Ids, labels, splits, captions and counts, without the points."""

    @abstractmethod
    def set_meta(self, meta: TableMeta) -> None:
        """Replace the description (whole or not at all)."""

    @abstractmethod
    def rows(self) -> Rows:
        """The shapes to be read by place, points and features alone; for a table of any size.

        They are read as they are now: what is added to the table later is not seen.
        """

    @abstractmethod
    def tags(self) -> Iterator[Tags]:
        """Ids, labels, splits and captions of all shapes, in order, some at a time."""

    def _what(self, name: str) -> str:
        return f"{self.path}: the features '{check_feature_name(name)}'"

    def ids_with(self, sentences: SentenceReader) -> set[str]:
        """The shapes that have one of these sentences among their captions."""
        known, every = set(sentences.text), ((t.id.tolist(), t.captions) for t in self.tags())
        pairs = (pair for ids, captions in every for pair in zip(ids, captions, strict=True))
        return {key for key, own in pairs if not known.isdisjoint(spoken(own))}

    def batches(self, size: int) -> Iterator[ShapeArrays]:
        """The whole table in order, `size` shapes at a time."""
        for start in range(0, len(self), size):
            yield self.take(np.arange(start, min(start + size, len(self))))

    def __repr__(self) -> str:
        return f"<shape table {self.path}: {len(self)} shapes, {len(self.meta.classes)} classes>"


def open_table(path: str | Path) -> ShapeTable:
    """Open a shape table: a ``.lance`` folder (or object-storage address) or one ``.npz`` file.

    Raises:
        InputError: missing, not a shape table, damaged, or written by a newer version.
    """
    if _is_npz(path):
        from pointrecon.shapes.table.npz_table import NpzTable

        return NpzTable.open(Path(path))
    from pointrecon.shapes.table.lance_table import LanceTable

    return LanceTable.open(path)


def create_table(path: str | Path, meta: TableMeta, *, overwrite: bool = False) -> ShapeTable:
    """Make an empty shape table; ``something.npz`` is one file, ``something.lance`` a LanceDB folder.

    Raises:
        InputError: something is there already and `overwrite` is off, or what is there is no shape table.
    """
    if _is_npz(path):
        from pointrecon.shapes.table.npz_table import NpzTable

        return NpzTable.create(Path(path), meta, overwrite)
    if not str(path).rstrip("/").endswith(".lance"):
        raise InputError(f"'{path}' is no name for a shape table: call it something.lance or something.npz")
    from pointrecon.shapes.table.lance_table import LanceTable

    return LanceTable.create(path, meta, overwrite)


def check_replaceable(path: Path, overwrite: bool) -> None:
    """Raise InputError unless what is here may give way to a new table: never anything but a table."""
    if path.is_dir():
        empty = not any(path.iterdir())
        table = (path / "about.lance").is_dir() and not _is_npz(path)
    else:
        empty = False
        table = _is_npz(path) and not _plain_arrays(path)
    if not empty and not overwrite:
        raise InputError(f"{path} exists already: choose another name, or say overwrite")
    if not empty and not table:
        raise InputError(f"{path} is no shape table, so it is not overwritten: choose another name")


def check_feature_name(name: str) -> str:
    """The name, or InputError where it is not such as "image/clip"."""
    if not _FEATURE_NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is no name for features: use image/NAME, text/NAME or embedding/NAME of letters, digits, . _ -"
        )
    return name


def check_features(name: str, ids: Any, values: Any, *, by_sentence: bool) -> tuple[np.ndarray, np.ndarray]:
    """ids (m,) and values (m, V, D) as float16, or InputError where they do not fit each other or the table."""
    check_feature_name(name)
    if by_sentence:
        raise InputError(f"the features '{name}' are kept by sentence, not for each shape: use another name for these")
    rows = np.asarray([str(i) for i in ids], dtype=np.str_)
    array = np.asarray(values)
    if array.ndim != 3 or len(array) != len(rows) or array.dtype.kind not in "fiu":
        raise InputError(
            f"features '{name}' have shape {array.shape} for {len(rows)} ids, expected (ids, views, width)"
        )
    return rows, array.astype(np.float16)


def check_pictures(table: ShapeTable, ids: Any, pictures: Sequence[Sequence[bytes]]) -> list[str]:
    """The ids as a list, or InputError where they do not fit the table or the pictures."""
    rows = [str(i) for i in ids]
    if len(rows) != len(pictures):
        raise InputError(f"{table.path}: pictures of {len(pictures)} shapes for {len(rows)} ids")
    refuse_duplicates(np.asarray(rows, dtype=np.str_), f"{table.path}, pictures")
    if unknown := set(rows) - set(table.ids().tolist()):
        raise InputError(f"{table.path}: pictures for '{min(unknown)}', but there is no such shape")
    return rows


def check_indices(indices: Any, count: int) -> np.ndarray:
    """Places as int64, or InputError where one is outside the table."""
    index = np.asarray(indices).reshape(-1)
    if index.size and index.dtype.kind not in "iu":
        raise InputError(f"take wants whole numbers, not {index.dtype}")
    index = index.astype(np.int64)
    if index.size and (index.min() < 0 or index.max() >= count):
        raise InputError(
            f"there is no shape {int(index.min() if index.min() < 0 else index.max())}: the table has {count}"
        )
    return index


def no_features(table: ShapeTable, name: str) -> str:
    have = ", ".join(table.feature_names()) or "none"
    return f"{table.path} has no features '{name}' (it has: {have}): 'pointrecon shapes teach' adds them"


def _plain_arrays(path: Path) -> bool:
    """Whether it is somebody's archive of arrays; a damaged one counts as a table and may be replaced."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{META}.npy" not in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _is_npz(path: str | Path) -> bool:
    return str(path).lower().endswith(".npz")
