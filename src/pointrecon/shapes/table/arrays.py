"""The shape table in memory: one collection of shapes as numpy arrays, savable as one ``.npz`` file.

numpy only, so that training and encoding work where LanceDB is not installed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.sentences import Sentences

FORMAT_VERSION = 1
SPLITS = ("train", "val", "test", "")
UP_AXES = ("x", "y", "z", "unknown")


@dataclass
class TableMeta:
    """What is true of the whole collection: names of classes and parts, up axis, units, license, origin.

    `imported` are the settings of the import that made it: one that goes on follows them.
    """

    name: str = ""
    classes: list[str] = field(default_factory=list)
    part_names: list[str] = field(default_factory=list)
    up: str = "unknown"
    units: str = ""
    license: str = ""
    source: str = ""
    imported: dict[str, Any] = field(default_factory=dict)
    version: int = FORMAT_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes, where: str | Path) -> "TableMeta":
        """Read what `to_json` wrote.

        Raises:
            InputError: not such a record, or one of a newer format version.
        """
        try:
            record = json.loads(text)
            version = int(record["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{where} is not a shape table: its description is damaged") from error
        if version > FORMAT_VERSION:
            raise InputError(
                f"{where} was written by a newer pointrecon (table format {version}, this one reads up to "
                f"{FORMAT_VERSION}): upgrade pointrecon to open it"
            )
        known = {f.name for f in fields(TableMeta)}
        return TableMeta(**{key: value for key, value in record.items() if key in known})


@dataclass
class ShapeArrays:
    """One collection in memory: M shapes of N points.

    Build one with `ShapeArrays.from_points`, which fills the defaults and checks the input.

    Shape:
        points: (M, N, 3) float16; importers center on the mean and scale into the unit sphere.
        id: (M,) str, unique. label: (M,) int64, index into ``meta.classes``, -1 none.
        split: (M,) str, "train", "val", "test" or "". source: (M,) str, the file it came from.
        captions: one list of sentences a shape. pictures: one list of PNG bytes a shape, or None.
        color: (M, N, 3) uint8 or None. normals: (M, N, 3) float16 or None.
        part: (M, N) int16, index into ``meta.part_names``, -1 none; or None.
        features: such as "image/<teacher>" -> (M, V, D) float16, rows of NaN where there is none.
        sentences: "text/<teacher>" -> `Sentences`, (S, T, D); a shape's are those among its captions.
    """

    points: np.ndarray
    id: np.ndarray
    meta: TableMeta
    label: np.ndarray
    split: np.ndarray
    captions: list[list[str]]
    source: np.ndarray
    color: np.ndarray | None = None
    normals: np.ndarray | None = None
    part: np.ndarray | None = None
    pictures: list[list[bytes]] | None = None
    features: dict[str, np.ndarray] = field(default_factory=dict)
    sentences: dict[str, Sentences] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.points)

    @staticmethod
    def from_points(
        points: Any,
        *,
        label: Any = None,
        split: Any = None,
        captions: Sequence[Sequence[str]] | None = None,
        classes: Iterable[str] = (),
        id: Any = None,
        source: Any = None,
        color: Any = None,
        normals: Any = None,
        part: Any = None,
        part_names: Iterable[str] = (),
        pictures: Sequence[Sequence[bytes]] | None = None,
        features: dict[str, Any] | None = None,
        name: str = "",
        up: str = "unknown",
        units: str = "",
        license: str = "",
        where: str = "the given points",
    ) -> "ShapeArrays":
        """Check arrays and fill in what is left out (ids "0000", "0001", ...; no labels, captions or splits).

        The points are stored as given (float16), not moved or scaled.

        Args:
            points: (M, N, 3) numbers, finite. split: one string for all shapes, or one for each.
            where: named in error messages.

        Raises:
            InputError: wrong shape, not numbers, NaN or infinite, duplicate ids, labels outside the classes.
        """
        points = check_points(points, where)
        count = len(points)
        width = max(4, len(str(count)))
        ids = [f"{i:0{width}d}" for i in range(count)] if id is None else id
        meta = TableMeta(
            name=name, classes=[str(c) for c in classes], part_names=[str(p) for p in part_names], up=up,
            units=units, license=license,
        )  # fmt: skip
        arrays = ShapeArrays(
            points=points,
            id=_strings(ids, count),
            meta=meta,
            label=np.full(count, -1, np.int64) if label is None else np.asarray(label).astype(np.int64),
            split=_strings("" if split is None else split, count),
            captions=[[] for _ in range(count)] if captions is None else [[str(s) for s in c] for c in captions],
            source=_strings("" if source is None else source, count),
            color=None if color is None else np.asarray(color).astype(np.uint8),
            normals=None if normals is None else np.asarray(normals).astype(np.float16),
            part=None if part is None else np.asarray(part).astype(np.int16),
            pictures=None if pictures is None else [list(p) for p in pictures],
            features={k: np.asarray(v).astype(np.float16) for k, v in (features or {}).items()},
        )
        arrays.check(where)
        return arrays

    def check(self, where: str | Path = "the shapes") -> None:
        """Raise InputError where lengths, ids, labels, splits or the up axis do not fit together."""
        count, size = self.points.shape[:2]
        expected: dict[str, tuple[Any, tuple[int, ...]]] = {
            "id": (self.id, (count,)),
            "label": (self.label, (count,)),
            "split": (self.split, (count,)),
            "source": (self.source, (count,)),
            "color": (self.color, (count, size, 3)),
            "normals": (self.normals, (count, size, 3)),
            "part": (self.part, (count, size)),
        }
        for key, (value, shape) in expected.items():
            if value is not None and value.shape != shape:
                raise InputError(f"{where}: '{key}' has shape {value.shape}, expected {shape} as the points have")
        for key, value in {"captions": self.captions, "pictures": self.pictures, **self.features}.items():
            if value is not None and len(value) != count:
                raise InputError(f"{where}: '{key}' has {len(value)} entries for {count} shapes")
        for key, values in self.features.items():
            if values.ndim != 3:
                raise InputError(f"{where}: features '{key}' have shape {values.shape}, expected (M, V, D)")
        refuse_duplicates(self.id, where)
        if count and (self.label.min() < -1 or self.label.max() >= len(self.meta.classes)):
            bad = int(self.label.max() if self.label.min() >= -1 else self.label.min())
            raise InputError(f"{where}: label {bad} is outside the {len(self.meta.classes)} classes (-1 means none)")
        if self.part is not None and count and self.part.max() >= max(len(self.meta.part_names), 1):
            raise InputError(
                f"{where}: part {int(self.part.max())} is outside the {len(self.meta.part_names)} part names"
            )
        if unknown := set(self.split.tolist()) - set(SPLITS):
            raise InputError(f"{where}: unknown split '{sorted(unknown)[0]}'; use train, val, test or nothing")
        if self.meta.up not in UP_AXES:
            raise InputError(f"{where}: the up axis is '{self.meta.up}'; use x, y, z or unknown")

    def select(self, which: Any) -> "ShapeArrays":
        """The shapes at these indices, or where this boolean mask (M,) is true, in that order."""
        index = np.asarray(which)
        if index.dtype == bool:
            if index.shape != (len(self),):
                raise InputError(f"a mask of shape {index.shape} cannot select from {len(self)} shapes")
            index = np.flatnonzero(index)
        index = index.astype(np.int64).reshape(-1)
        rows = index.tolist()
        return replace(
            self,
            points=self.points[index],
            id=self.id[index],
            label=self.label[index],
            split=self.split[index],
            captions=[self.captions[i] for i in rows],
            source=self.source[index],
            color=None if self.color is None else self.color[index],
            normals=None if self.normals is None else self.normals[index],
            part=None if self.part is None else self.part[index],
            pictures=None if self.pictures is None else [self.pictures[i] for i in rows],
            features={key: values[index] for key, values in self.features.items()},
        )

    def in_split(self, *names: str) -> "ShapeArrays":
        """The shapes of these splits, in order."""
        return self.select(np.isin(self.split, names))

    @staticmethod
    def concatenate(parts: Sequence["ShapeArrays"]) -> "ShapeArrays":
        """Join collections: see `pointrecon.shapes.table.join.concatenate`."""
        from pointrecon.shapes.table.join import concatenate

        return concatenate(parts)

    def save(self, path: str | Path) -> None:
        """Write everything into one ``.npz``, whole or not at all."""
        from pointrecon.shapes.table.npz import save

        save(self, path)

    @staticmethod
    def load(path: str | Path) -> "ShapeArrays":
        """Read what `save` wrote. Raises InputError where it is missing, damaged or from a newer version."""
        from pointrecon.shapes.table.npz import load

        return load(path)


def check_points(points: Any, where: str | Path, channels: int = 3) -> np.ndarray:
    """(M, N, 3) numbers as float16, or InputError with the reason.

    float16 keeps 3 decimal digits: plenty inside the unit sphere, where importers put every shape.
    """
    points = check_numbers(points, where)
    if points.ndim != 3 or points.shape[2] != channels:
        raise InputError(f"{where}: points have shape {points.shape}, expected (shapes, points, {channels})")
    if points.shape[1] == 0:
        raise InputError(f"{where}: the clouds have no points")
    if not np.isfinite(points).all():
        shape = int(np.flatnonzero(~np.isfinite(points).all((1, 2)))[0])
        raise InputError(f"{where}: shape {shape} has NaN or infinite coordinates; remove or repair it")
    if points.dtype != np.float16 and points.size and np.abs(points).max() > 65504:
        raise InputError(f"{where}: coordinates reach beyond float16; center and scale the shapes first")
    return points.astype(np.float16, copy=False)


def check_numbers(values: Any, where: str | Path) -> np.ndarray:
    """An array of real numbers, or InputError (text, objects, ragged lists, complex numbers)."""
    try:
        values = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{where}: the clouds differ in size; sample them to one number of points first") from error
    if values.dtype.kind not in "fiu":
        raise InputError(f"{where}: the points are of type {values.dtype}, expected numbers")
    return values


def refuse_duplicates(ids: np.ndarray, where: str | Path) -> None:
    """Raise InputError naming the first id that occurs twice."""
    unique, counts = np.unique(ids, return_counts=True)
    if len(unique) < len(ids):
        raise InputError(f"{where}: the id '{unique[counts > 1][0]}' occurs more than once; ids must be unique")


def _strings(values: Any, count: int) -> np.ndarray:
    if isinstance(values, str):
        values = [values] * count
    return np.asarray([str(v) for v in values], dtype=np.str_) if count else np.zeros(0, np.str_)
