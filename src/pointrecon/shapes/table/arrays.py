"""Shapes in memory: one collection as numpy arrays, savable as one ``.npz`` file.

numpy only, so that training and encoding work where LanceDB is not installed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.geometry.upright import check_up, turns
from pointrecon.shapes.table import npz
from pointrecon.shapes.table.column_checks import (
    check_colors,
    check_labels,
    check_normals,
    check_parts,
    check_points,
    check_strings,
    check_values,
    refuse_duplicates,
    whole_numbers,
)
from pointrecon.shapes.table.fact_rows import frame_of
from pointrecon.shapes.table.file_facts import SHORT, check_facts, join_facts, unknown
from pointrecon.shapes.table.join import NO_COLOR, join_features, join_sentences, stacked
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.rows import Rows, Tags
from pointrecon.shapes.table.sentences import Sentences
from pointrecon.shapes.table.table_meta import SPLITS, TableMeta, merge_meta, refuse_other_maker, renumber

if TYPE_CHECKING:
    from pandas import DataFrame

_BY_POINT = {"color": NO_COLOR, "normals": 0, "part": -1}  # what stands for a shape that has none


@dataclass
class ShapeArrays:
    """One collection in memory: M shapes of N points.

    Build one with `ShapeArrays.from_points`, which fills the defaults and checks the input.

    Shape:
        points: (M, N, 3) float16, centered on the mean and scaled into the unit sphere.
        id: (M,) str, unique. label: (M,) int64, index into ``meta.classes``, -1 none.
        split: (M,) str, "train", "val", "test" or "". source: (M,) str, the file it came from.
        captions: one list of sentences a shape. pictures: one list of PNG bytes a shape, or None.
        color: (M, N, 3) uint8 or None. normals: (M, N, 3) float16 or None.
        part: (M, N) int16, index into ``meta.part_names``, -1 none; or None.
        features: such as "image/<teacher>" -> (M, V, D) float16, rows of NaN where there is none.
        sentences: "text/<teacher>" -> `Sentences`, (S, T, D); a shape's are those among its captions.
        facts: what each file is: names of `file_facts.FACTS` -> (M,); "", NaN or -1 where it is not known.
        makers: the name of features -> what is known of who made them: model, hash, templates.
        given: the classes that were given after the import: they are in ``label``, and here is by whom; or None.
        file: where they are read from, or "".
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
    facts: dict[str, np.ndarray] = field(default_factory=dict)
    makers: dict[str, dict] = field(default_factory=dict)
    given: LabelLog | None = None
    file: str = ""

    def __len__(self) -> int:
        return len(self.points)

    @staticmethod
    def from_points(
        points: Any,
        *,
        label: Any = None,
        split: Any = None,
        captions: Sequence[str | Sequence[str]] | None = None,
        classes: Iterable[str] = (),
        id: Any = None,
        source: Any = None,
        color: Any = None,
        normals: Any = None,
        part: Any = None,
        part_names: Iterable[str] = (),
        pictures: Sequence[Sequence[bytes]] | None = None,
        features: dict[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        name: str = "",
        up: str = "unknown",
        units: str = "",
        license: str = "",
        normalize: bool = True,
        where: str = "the given points",
    ) -> "ShapeArrays":
        """Check arrays and fill in what is left out (ids "0000", "0001", ...; no labels, captions or splits).

        Args:
            points: (M, N, 3) numbers, finite. split: one string for all shapes, or one for each.
            label: (M,) numbers of the classes, -1 for none; or class names, "" for none. classes: sorted, of those
                names, where they are left out.
            color: (M, N, 3), 0..255 or fractions of 0..1.
            normalize: center each cloud on its mean and scale it into the unit sphere, as an import does. Without,
                points are kept as given, in float16.
            where: named in error messages.

        Raises:
            InputError: names column and row of a wrong shape or type, NaN, infinity, a double id, or what cannot be
                kept.
        """
        points = check_points(points, where, normalize=normalize)
        count = len(points)
        width = max(4, len(str(count)))
        label, names = check_labels(label, classes, count, where)
        parts = [str(p) for p in part_names]
        ids = check_strings([f"{i:0{width}d}" for i in range(count)] if id is None else id, count)
        told = [[] for _ in range(count)] if captions is None else captions
        arrays = ShapeArrays(
            points=points,
            id=ids,
            meta=TableMeta(name=name, classes=names, part_names=parts, up=up, units=units, license=license),
            label=label,
            split=check_strings("" if split is None else split, count),
            captions=[[own] if isinstance(own, str) else [str(s) for s in own] for own in told],
            source=check_strings("" if source is None else source, count),
            color=None if color is None else check_colors(color, where),
            normals=None if normals is None else check_normals(normals, where),
            part=None if part is None else check_parts(part, parts, where),
            pictures=None if pictures is None else [list(p) for p in pictures],
            features={k: check_values(k, v, ids, where) for k, v in (features or {}).items()},
            facts=check_facts(facts or {}, count, where),
        )
        arrays.check(where)
        return arrays

    @staticmethod
    def empty(meta: TableMeta) -> "ShapeArrays":
        """No shapes."""
        return replace(ShapeArrays.from_points(np.zeros((0, 1, 3))), meta=meta)

    def check(self, where: str | Path = "the shapes") -> None:
        """Raise InputError where lengths, ids, labels, splits or the up axis do not fit together."""
        count, size = self.points.shape[:2]
        expected: dict[str, tuple[int, ...]] = dict.fromkeys(("id", "label", "split", "source"), (count,))
        expected |= dict.fromkeys(self.facts, (count,)) | {
            "color": (count, size, 3),
            "normals": (count, size, 3),
            "part": (count, size),
        }
        for key, shape in expected.items():
            value = self.facts[key] if key in self.facts else getattr(self, key)
            if value is not None and value.shape != shape:
                raise InputError(f"{where}: '{key}' has shape {value.shape}, expected {shape} as the points have")
        for key, value in {"captions": self.captions, "pictures": self.pictures, **self.features}.items():
            if value is not None and len(value) != count:
                raise InputError(f"{where}: '{key}' has {len(value)} entries for {count} shapes")
        for key, values in self.features.items():
            if values.ndim != 3:
                raise InputError(f"{where}: features '{key}' have shape {values.shape}, expected (M, V, D)")
        refuse_duplicates(self.id, where)
        whole_numbers(self.label, "label", len(self.meta.classes) - 1, np.int64, where)
        if self.part is not None:
            check_parts(self.part, self.meta.part_names, where)
        if unknown := set(self.split.tolist()) - set(SPLITS):
            raise InputError(f"{where}: unknown split '{sorted(unknown)[0]}'; use train, val, test or nothing")
        check_up(self.meta.up, f"{where}: ")

    def select(self, which: Any) -> "ShapeArrays":
        """The shapes at these indices, or where this boolean mask (M,) is true, in that order."""
        index = np.asarray(which)
        if index.dtype == bool:
            if index.shape != (len(self),):
                raise InputError(f"a mask of shape {index.shape} cannot select from {len(self)} shapes")
            index = np.flatnonzero(index)
        index = index.astype(np.int64).reshape(-1)
        columns = ("points", "id", "label", "split", "source", *_BY_POINT)
        rows = index.tolist()
        chosen: dict[str, Any] = {key: None if (own := getattr(self, key)) is None else own[index] for key in columns}
        return replace(
            self,
            **chosen,
            captions=[self.captions[i] for i in rows],
            pictures=None if self.pictures is None else [self.pictures[i] for i in rows],
            features={key: values[index] for key, values in self.features.items()},
            facts={key: values[index] for key, values in self.facts.items()},
        )

    def in_split(self, *names: str) -> "ShapeArrays":
        """The shapes of these splits, in order."""
        return self.select(np.isin(self.split, names))

    def adopt(self, meta: TableMeta) -> "ShapeArrays":
        """The same shapes with labels and part labels numbered as in `meta`, which must hold all their names."""
        part = None if self.part is None else renumber(self.meta.part_names, meta.part_names, self.part)
        return replace(self, meta=meta, label=renumber(self.meta.classes, meta.classes, self.label), part=part)

    def turned(self, up: str) -> "ShapeArrays":
        """The same shapes with this axis up, where they name their own."""
        turn = turns(self.meta.up, up)
        if not turn:
            return self
        points, normals = (None if xyz is None else np.roll(xyz, turn, -1) for xyz in (self.points, self.normals))
        assert points is not None
        return replace(self, points=points, normals=normals, meta=replace(self.meta, up=up))

    @staticmethod
    def concatenate(parts: Sequence["ShapeArrays"]) -> "ShapeArrays":
        """Join collections into one.

        Classes and part names are merged by name; N is cut to the smallest; where only some have color, normals or part
        labels, the others get mid-gray, zero vectors and -1; features a part lacks become NaN, and where it has fewer
        of them a shape they are repeated. Different licenses are all kept, joined by "; ". InputError for nothing to
        join, an id in two collections, up axes that contradict each other, or features of one name and two makers.
        """
        meta = merge_meta([part.meta for part in parts])
        names = sorted({name for part in parts for name in (*part.features, *part.sentences)})
        for key in names:
            have = [(i, part) for i, part in enumerate(parts) if key in part.features or key in part.sentences]
            refuse_other_maker(key, [(part.name or f"part {i + 1}", part.feature_info(key)) for i, part in have])
        parts = [part.adopt(meta) for part in parts]
        given = [part.given for part in parts if part.given is not None]
        size, counts = min(part.size for part in parts), [len(part) for part in parts]
        pictures = None
        if any(part.pictures is not None for part in parts):
            pictures = [list(own) for part in parts for own in (part.pictures or [[]] * len(part))]
        by_shape = [name for name in names if any(name in part.features for part in parts)]
        columns: dict[str, Any] = {
            key: np.concatenate([getattr(part, key) for part in parts]) for key in ("id", "label", "split", "source")
        }
        for key, missing in _BY_POINT.items():
            columns[key] = stacked([getattr(part, key) for part in parts], counts, size, missing)
        arrays = ShapeArrays(
            points=np.concatenate([part.points[:, :size] for part in parts]),
            meta=meta,
            **columns,
            captions=[list(own) for part in parts for own in part.captions],
            pictures=pictures,
            features={
                name: join_features(name, [part.features.get(name) for part in parts], counts) for name in by_shape
            },
            sentences=join_sentences([part.sentences for part in parts]),
            facts=join_facts([part.facts for part in parts], counts),
            makers={name: made for part in reversed(parts) for name, made in part.makers.items()},
            given=reduce(LabelLog.and_then, given) if given else None,
        )
        arrays.check("the joined shapes")
        return arrays

    def save(self, path: str | Path) -> None:
        """Write everything into one ``.npz``, whole or not at all."""
        npz.write_members(Path(path), npz.members_for(self))

    @staticmethod
    def load(path: str | Path) -> "ShapeArrays":
        """Read what `save` wrote. Raises InputError where it is missing, damaged or from another version."""
        path = Path(path)
        with npz.members_of(path) as members:
            arrays = ShapeArrays(**npz.columns_of(members, path))
        arrays.check(path)
        return arrays

    # Read by place, in any order and from several threads, as opened tables are: see `RowSource`.

    @property
    def name(self) -> str:
        """For messages, or ""."""
        return self.file or self.meta.name

    @property
    def size(self) -> int:
        """N, points a shape."""
        return self.points.shape[1]

    @property
    def feature_shapes(self) -> dict[str, tuple[int, int]]:
        """Name → (V, D) of the features there are, (T, D) of those kept by sentence."""
        shapes = {name: (values.shape[1], values.shape[2]) for name, values in self.features.items()}
        return shapes | {name: some.shape for name, some in self.sentences.items()}

    def feature_info(self, name: str) -> dict:
        """What was recorded about who made these features; empty if nothing."""
        return dict(self.makers.get(name, {}))

    def has(self, name: str) -> np.ndarray:
        """(M,) bool, which shapes have these features, or "color", "normals", "part" or "pictures".

        None has what is not there; nor those kept by sentence.
        """
        if name == "pictures":
            return np.array([bool(own) for own in self.pictures or [[]] * len(self)], bool)
        if name in self.features:
            return ~np.isnan(self.features[name]).all((1, 2))
        return np.full(len(self), name in _BY_POINT and getattr(self, name) is not None)

    def label_history(self) -> LabelLog:
        """Every class that was given to shapes after the import."""
        return self.given or LabelLog.empty()

    @property
    def guessed(self) -> np.ndarray:
        """(M,) bool, whose label a model gave, and nobody since."""
        return (self.label_history().guesses(self.id) >= 0) & (self.label >= 0)

    def tags(self) -> Iterator[Tags]:
        """Ids, labels, splits and captions of all shapes, in order, some at a time."""
        yield Tags(self.id, self.label, self.split, self.captions)

    def read(self, index: np.ndarray, features: Sequence[str] = (), columns: Sequence[str] = ("id", "points")) -> Rows:
        """The shapes at these places (m,) int64, in the given order, with these features; InputError for damaged data.

        ``columns`` says which of "id", "points", "part", "color", "source" and `file_facts.FACTS` are wanted; where
        not, ids may be "", points (m, 0, 3), part and color None: that saves reading them.
        """
        part = color = None
        if "part" in columns:
            part = np.full((len(index), self.size), -1, np.int16) if self.part is None else self.part[index]
        if "color" in columns:
            shape = (len(index), self.size, 3)
            color = np.full(shape, NO_COLOR, np.uint8) if self.color is None else self.color[index]
        return Rows(
            self.id[index],
            self.points[index, : None if "points" in columns else 0].astype(np.float16, copy=False),
            {name: self.features[name][index].astype(np.float16, copy=False) for name in features},
            part,
            {name: self._short(name)[index] for name in columns if name in SHORT},
            color,
        )

    def _short(self, name: str) -> np.ndarray:
        return self.source if name == "source" else self.facts.get(name, unknown(name, len(self)))

    def frame(self) -> "DataFrame":
        """A row a shape: id, source, split, class, and what its file is (`file_facts.FACTS`); <NA> or NaN if not known.

        No points are read. InputError where pandas is not installed.
        """
        return frame_of(self)

    def take(self, index: np.ndarray, features: Sequence[str] = (), *, pictures: bool = False) -> "ShapeArrays":
        """All that is known of the shapes at these places, in the given order, with these features."""
        by_shape = {name: values for name, values in self.features.items() if name in features}
        told = {name: some for name, some in self.sentences.items() if name in features}
        makers = {name: made for name, made in self.makers.items() if name in features}
        kept = replace(self, features=by_shape, sentences=told, makers=makers, file="")
        taken = (kept if pictures else replace(kept, pictures=None)).select(index)
        return replace(taken, given=taken.given and taken.given.of_shapes(taken.id))
