"""Shapes of a collection gathered into groups of duplicates, each around the one to keep."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.retrieval.duplicate_candidates import UNLIKE, FactGrid, facts_of_shapes, file_hashes, near_pairs
from pointrecon.retrieval.found_duplicates import (
    DUPLICATE_KINDS,
    EXACT,
    SAME_FILE,
    VARIANT,
    Duplicate,
    DuplicateGroup,
    Duplicates,
    kind_of,
)
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    from pointrecon.retrieval.evidence import Evidence

_SAME_FACTS = 8  # groups of the same facts that a shape is compared with
_CAD = ("step", "stp", "iges", "igs")

Compare = Callable[[int, int], "Evidence | None"]


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


class Gathering:
    """Shapes on their way into groups: each is compared with the heads of those before it in `keep_order`."""

    def __init__(
        self,
        shapes: Shapes,
        kinds: Sequence[str],
        compare: Compare,
        forms: Callable[[], np.ndarray],
        vectors: np.ndarray | None,
    ) -> None:
        """Begin; ``forms`` gives the vectors (M, D) of `pointrecon.geometry.form`, asked where they are needed."""
        self._shapes, self._kinds, self._compare, self._vectors = shapes, kinds, compare, vectors
        self._forms = forms
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
        hashes = file_hashes(self._shapes)
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
        """Shapes that are near in form or in vector; without re-meshed ones and variants, those of unknown facts."""
        left, unknown = np.sort(np.array(self._left(), np.int64)), np.isnan(self._facts).any(1)
        loose = bool({"remeshed", VARIANT} & set(self._kinds))
        if not loose and not (unknown[left].any() and set(self._kinds) & set(EXACT[1:])):
            return
        near = near_pairs(self._forms()[left], neighbors, UNLIKE)
        if self._vectors is not None:  # all of length 1
            near |= near_pairs(self._vectors[left], neighbors, float(np.sqrt(2 - 2 * min_similarity)))
        near = {(int(left[a]), int(left[b])) for a, b in near if loose or unknown[left[[a, b]]].any()}
        copies = np.bincount(np.array([self._head(i) for i in self._found], np.int64), minlength=len(self._shapes))
        place = np.lexsort([self._rank, -copies]).argsort()  # what has most copies comes first: others hang on it
        partners: dict[int, list[int]] = {}
        for a, b in near:
            first, second = (a, b) if place[a] < place[b] else (b, a)
            partners.setdefault(second, []).append(first)
        with Bar("comparing what is alike", len(near), show=progress) as bar:
            for i in sorted(partners, key=place.__getitem__):
                heads = dict.fromkeys(self._head(j) for j in sorted(partners[i], key=place.__getitem__))
                if self._joins(i, list(heads)):
                    self._gathers(i)
                bar.advance(len(partners[i]))

    def result(self) -> Duplicates:
        """The groups, with what is spare first, then the largest; each from what is the same to what differs."""
        groups: dict[int, list[Duplicate]] = {}
        for one in self._found.values():
            groups.setdefault(self._head(one.place), []).append(one)
        for i, one in self._variants.items():
            if i not in self._found and self._head(one.of) != i:
                groups.setdefault(self._head(one.of), []).append(one)
        made = [
            DuplicateGroup(
                keep, tuple(sorted(own, key=lambda one: (DUPLICATE_KINDS.index(one.kind), self._rank[one.place])))
            )
            for keep, own in groups.items()
        ]
        made.sort(key=lambda group: (group.worth, -len(group.others), self._rank[group.keep]))
        failed = f"{self._failed} pairs could not be compared: one of the two has no form" if self._failed else ""
        return Duplicates(self._shapes, tuple(made), len(self._pairs), [failed] if failed else [])

    def _left(self) -> list[int]:
        return [i for i in self._order.tolist() if i not in self._found]

    def _head(self, i: int) -> int:
        while i in self._found:
            i = self._found[i].of
        return i

    def _gathers(self, i: int) -> None:
        """A shape that joined another, both with copies of their own: the better one of the two heads all of them."""
        head, joined = self._head(i), self._found[i]
        if self._rank[i] < self._rank[head]:
            del self._found[i]
            if self._joins(head, [i]):
                i, head = head, i
            else:
                self._found[i] = joined
        for j in [k for k, one in self._found.items() if one.of == i and one.kind != SAME_FILE]:
            self._joins(j, [head])  # else it stays what it is of i

    def _joins(self, i: int, heads: Sequence[int]) -> bool:
        """Whether a shape is a copy of one of these, which it is then put under; what it is a variant of is kept."""
        for head in heads:
            if not (one := self._duplicate(i, head)):
                continue
            if one.kind in EXACT:
                if not one.spare:
                    one = self._closest(i, head, one)
                if not one.spare:
                    self._hands.setdefault(head, []).append(i)
                self._found[i] = one
                return True
            before = self._variants.get(i)
            if before is None or _share(one) > _share(before):
                self._variants[i] = one
        return False

    def _closest(self, i: int, head: int, best: Duplicate) -> Duplicate:
        """What a shape of another hand or size is of those in the group that are of another hand or size, too."""
        for of in self._hands.get(head, ()):
            if self._hangs_on(of, i):
                continue
            one = self._duplicate(i, of)
            if one and one.kind in EXACT and _nearness(one) < _nearness(best):
                best = one
                if best.spare:
                    break
        return best

    def _hangs_on(self, i: int, other: int) -> bool:
        while i != other and i in self._found:
            i = self._found[i].of
        return i == other

    def _duplicate(self, i: int, of: int) -> Duplicate | None:
        """What a shape is of another one; None where that is nothing that was asked for."""
        found = self._compared(of, i)
        if found is None or (kind := kind_of(found)) not in self._kinds:
            return None
        similar = float("nan") if self._vectors is None else float(self._vectors[of] @ self._vectors[i])
        return Duplicate(i, kind, of, found, similar)

    def _compared(self, a: int, b: int) -> "Evidence | None":
        if (a, b) not in self._pairs:
            try:
                self._pairs[a, b] = self._compare(a, b)
            except InputError:
                self._failed += 1
                self._pairs[a, b] = None
        return self._pairs[a, b]


def _nearness(one: Duplicate) -> tuple[bool, bool, int]:
    return not one.spare, one.evidence is not None and one.evidence.kind == "remeshed", EXACT.index(one.kind)


def _share(one: Duplicate) -> float:
    return one.evidence.share if one.evidence else 1.0
