"""Files that are there twice, or nearly: groups around the one to keep, with evidence of each. Nothing is deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError, did_you_mean
from pointrecon.progress import Bar
from pointrecon.retrieval.duplicate_candidates import UNLIKE, FactGrid, facts_of_shapes, forms_of_shapes, near_pairs
from pointrecon.retrieval.vectors import MODEL, collection_vectors
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

    from pointrecon.retrieval.evidence import Evidence
    from pointrecon.shapes.table.shape_table import ShapeTable

SAME_FILE, VARIANT = "same-file", "variant"
EXACT = (SAME_FILE, "identical", "rescaled", "mirrored", "remeshed")  # what one is of a copy of a copy, too
DUPLICATE_KINDS = (*EXACT, VARIANT)
NEIGHBORS = 5  # in form, and in vector, that a shape is compared with
_SAME_FACTS = 8  # groups of the same facts that a shape is compared with
_CAD = ("step", "stp", "iges", "igs")

Compare = Callable[[int, int], "Evidence | None"]


@dataclass(frozen=True)
class Duplicate:
    """One file of a group beside the one to keep.

    Attributes:
        place: in the shapes. kind: one of `DUPLICATE_KINDS`. of: the place of the shape that it is that of: the one to
            keep, or another one of the group.
        evidence: of what ``of`` has to undergo to be this one; None for the same file.
        similarity: cosine of the two vectors; NaN where no vectors were asked.
    """

    place: int
    kind: str
    of: int
    evidence: "Evidence | None" = None
    similarity: float = float("nan")

    @property
    def spare(self) -> bool:
        """Whether it holds nothing that the other one does not: neither size nor hand nor form differ."""
        if self.evidence is None or self.kind == "identical":
            return True
        return self.kind == "remeshed" and self.evidence.scale == 1 and not self.evidence.mirrored


@dataclass(frozen=True)
class DuplicateGroup:
    """Shapes that are there more than once: ``keep``, the place of the one proposed to be kept, and the others."""

    keep: int
    others: tuple[Duplicate, ...]


@dataclass(frozen=True)
class Duplicates:
    """What `duplicates` found.

    Attributes:
        shapes: all that were looked at; groups: the largest first. compared: pairs of which evidence was taken.
        notes: what a reader should know, such as files that could not be compared.
    """

    shapes: Shapes
    groups: tuple[DuplicateGroup, ...]
    compared: int
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Kind → how many files are that of another one, in the order of `DUPLICATE_KINDS`."""
        kinds = [one.kind for group in self.groups for one in group.others]
        return {kind: kinds.count(kind) for kind in DUPLICATE_KINDS if kind in kinds}


def duplicates(
    data: Any,
    *,
    table: str | Path | None = None,
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    kinds: Sequence[str] = DUPLICATE_KINDS,
    min_similarity: float = 0.8,
    neighbors: int = NEIGHBORS,
    progress: bool = True,
) -> Duplicates:
    """Group the files of a collection that are copies or variants of one another, with evidence. Deletes nothing.

    What is compared: shapes of the same hash need no look; those whose facts agree may be identical, rescaled or
    mirrored; those whose form or vector is near may be re-meshed or variants. Each is compared with the best of its
    group (`keep_order`), so that copies of copies come together; a variant hangs on one shape and brings no others.
    The same answer every time.

    Args:
        data: a folder (whose table is made or brought up to date, see `open_collection`), a table, or other shapes as
            `as_shapes` takes them: those are compared by their points alone.
        table: where the table of a folder is, or is made.
        model, vector: whose vectors tell which shapes may be variants, as for `collection_vectors`; they are made only
            where variants are asked for.
        kinds: of `DUPLICATE_KINDS`, what to look for.
        min_similarity: the least cosine at which vectors make a pair worth comparing.
        neighbors: in form and in vector, that each shape is compared with.
        progress: show on standard error what is done, and how long it will take.

    Raises:
        InputError: an unknown kind, no shapes, or what opening and embedding raise.
    """
    asked = tuple(kinds)
    if wrong := [kind for kind in asked if kind not in DUPLICATE_KINDS]:
        told = did_you_mean(wrong[0], DUPLICATE_KINDS, f"choose among {', '.join(DUPLICATE_KINDS)}")
        raise InputError(f"there is no kind of duplicates '{wrong[0]}'; {told}")
    if not asked or not -1 <= min_similarity <= 1 or neighbors < 1:
        raise InputError("name at least one kind, a least similarity between -1 and 1, and one neighbor or more")
    from pointrecon.evaluation.inputs import resolve_shapes

    opened = _opened(data, table, progress)
    shapes = resolve_shapes(data if opened is None else opened)
    values = None
    if VARIANT in asked and len(shapes) > 1:
        found = collection_vectors(shapes if opened is None else opened, model=model, vector=vector, progress=progress)
        shapes, values = found.shapes, found.values
    work = Grouping(shapes, asked, _comparer(opened, shapes), values)
    work.same_files()
    work.same_facts(progress=progress)
    work.alike(neighbors, min_similarity, progress=progress)
    return work.result()


def keep_order(shapes: Shapes) -> np.ndarray:
    """(M,) places, the file to keep before its copies.

    CAD before meshes before clouds; closed surfaces before open ones; then the finest (most triangles, or points), the
    oldest, the one with the shortest path, the first by name.
    """
    rows = shapes.read(
        np.arange(len(shapes)), columns=["id", "source", "format", "volume", "faces", "vertices", "modified"]
    )
    told = rows.short
    source = np.where(told["source"] == "", rows.id, told["source"]).tolist()
    cad, mesh = np.isin(told["format"], _CAD), told["faces"] > 0
    keys = (
        source,
        [len(path) for path in source],
        [path.count("/") for path in source],
        np.where(told["modified"] >= 0, told["modified"], np.iinfo(np.int64).max),
        -np.where(mesh, told["faces"], told["vertices"]),
        np.isnan(told["volume"]),
        ~mesh,
        ~cad,
    )
    return np.lexsort([np.asarray(key) for key in keys])


class Grouping:
    """Shapes on their way into groups: each is compared with the heads of those before it in `keep_order`."""

    def __init__(self, shapes: Shapes, kinds: Sequence[str], compare: Compare, vectors: np.ndarray | None) -> None:
        self._shapes, self._kinds, self._compare, self._vectors = shapes, kinds, compare, vectors
        self._order = keep_order(shapes)
        self._rank = np.argsort(self._order)
        self._facts = facts_of_shapes(shapes)
        self._found: dict[int, Duplicate] = {}  # of each shape that is a copy
        self._variants: dict[int, Duplicate] = {}
        self._hands: dict[int, list[int]] = {}  # of each head the mirrored and the rescaled, one of each
        self._pairs: dict[tuple[int, int], Any] = {}
        self._failed = 0

    def same_files(self) -> None:
        """Files whose bytes are the same, by their hash."""
        hashes = self._shapes.read(np.arange(len(self._shapes)), columns=["hash"]).short["hash"].tolist()
        first: dict[str, int] = {}
        for i in self._order.tolist() if SAME_FILE in self._kinds else ():
            if hashes[i] and first.setdefault(hashes[i], i) != i:
                self._found[i] = Duplicate(i, SAME_FILE, first[hashes[i]])

    def same_facts(self, *, progress: bool = True) -> None:
        """Shapes whose facts say that they could be copies of one another."""
        if not set(self._kinds) & set(EXACT[1:]):
            return
        grid, left = FactGrid(self._facts), self._left()
        with Bar("comparing what has the same measures", len(left), show=progress) as bar:
            for i in left:
                if not self._joins(i, grid.near(i, _SAME_FACTS)):
                    grid.add(i)
                bar.advance(1)

    def alike(self, neighbors: int, min_similarity: float, *, progress: bool = True) -> None:
        """Shapes that are near in form or in vector."""
        if not set(self._kinds) & {"remeshed", VARIANT}:
            return
        left = np.sort(self._left())
        forms = forms_of_shapes(self._shapes, self._facts, left, progress=progress)
        near = near_pairs(forms, neighbors, UNLIKE)
        if self._vectors is not None:  # all of length 1
            near |= near_pairs(self._vectors[left], neighbors, float(np.sqrt(2 - 2 * min_similarity)))
        pairs = [(int(left[a]), int(left[b])) for a, b in sorted(near)]
        partners: dict[int, list[int]] = {}
        for a, b in pairs:
            first, second = (a, b) if self._rank[a] < self._rank[b] else (b, a)
            partners.setdefault(second, []).append(first)
        with Bar("comparing what is alike", len(pairs), show=progress) as bar:
            for i in sorted(partners, key=self._rank.__getitem__):
                others = sorted(partners[i], key=self._rank.__getitem__)
                heads = dict.fromkeys(self._head(j) for j in others)
                if self._joins(i, list(heads)):
                    for j in [k for k, one in self._found.items() if one.of == i]:  # its copies: are they the head's?
                        self._joins(j, [self._head(i)])
                bar.advance(len(others))

    def result(self) -> Duplicates:
        """The groups, the largest first, each ordered from what is the same to what differs."""
        groups: dict[int, list[Duplicate]] = {}
        for one in self._found.values():
            groups.setdefault(self._head(one.place), []).append(one)
        for i, one in self._variants.items():
            if i not in self._found:
                groups.setdefault(one.of, []).append(one)
        made = [
            DuplicateGroup(
                keep, tuple(sorted(own, key=lambda one: (DUPLICATE_KINDS.index(one.kind), self._rank[one.place])))
            )
            for keep, own in groups.items()
        ]
        made.sort(key=lambda group: (-len(group.others), self._rank[group.keep]))
        failed = f"{self._failed} pairs could not be compared: one of the two has no form" if self._failed else ""
        return Duplicates(self._shapes, tuple(made), len(self._pairs), [failed] if failed else [])

    def _left(self) -> list[int]:
        return [i for i in self._order.tolist() if i not in self._found]

    def _head(self, i: int) -> int:
        while i in self._found:
            i = self._found[i].of
        return i

    def _joins(self, i: int, heads: Sequence[int]) -> bool:
        """Whether a shape is a copy of one of these, which it is then put under; what it is a variant of is kept."""
        for head in heads:
            if not (found := self._compared(head, i)) or found.kind not in self._kinds:
                continue
            one = Duplicate(i, found.kind, head, found, self._similarity(head, i))
            if found.kind in EXACT:
                if not one.spare:
                    one = self._same_hand(i, head) or one
                    if one.of == head:
                        self._hands.setdefault(head, []).append(i)
                self._found[i] = one
                return True
            before = self._variants.get(i)
            if before is None or before.evidence is None or found.share > before.evidence.share:
                self._variants[i] = one
        return False

    def _same_hand(self, i: int, head: int) -> Duplicate | None:
        """The same shape among those of the head's group that are mirrored or of another size, as this one is."""
        for of in self._hands.get(head, ()):
            if (found := self._compared(of, i)) and found.kind in self._kinds and found.kind in EXACT:
                one = Duplicate(i, found.kind, of, found, self._similarity(of, i))
                if one.spare:
                    return one
        return None

    def _compared(self, a: int, b: int) -> "Evidence | None":
        if (a, b) not in self._pairs:
            try:
                self._pairs[a, b] = self._compare(a, b)
            except InputError:
                self._failed += 1
                self._pairs[a, b] = None
        return self._pairs[a, b]

    def _similarity(self, a: int, b: int) -> float:
        return float("nan") if self._vectors is None else float(self._vectors[a] @ self._vectors[b])


def _opened(data: Any, table: str | Path | None, progress: bool) -> "ShapeTable | None":
    """The table of the shapes, None for shapes that are in none."""
    from pointrecon.retrieval.folder_table import open_collection
    from pointrecon.shapes.table.shape_table import ShapeTable

    if isinstance(data, str | Path | ShapeTable):
        return open_collection(data, table=table, progress=progress)
    if table is not None:
        raise InputError("a table beside the shapes is for folders: leave table out for shapes in memory")
    return None


def _comparer(table: "ShapeTable | None", shapes: Shapes) -> Compare:
    """What takes evidence of two shapes by their places: from their files, or their points where there is no table."""
    from pointrecon.retrieval.evidence import Geometry, compare

    ids = list(shapes.ids())
    if table is not None:
        import pointrecon.retrieval.evidence as room

        files: Any = room
        return lambda a, b: files.evidence_of(table, ids[a], ids[b])
    none = np.zeros((0, 3), np.int64)

    def of_points(a: int, b: int) -> "Evidence":
        clouds = shapes.read(np.array([a, b]), columns=["points"]).points.astype(np.float64)
        return compare(Geometry(clouds[0], none), Geometry(clouds[1], none))

    return of_points
