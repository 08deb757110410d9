"""The groups a collection falls into: a representative, a size and a proposed name of each, and all members."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.checks import checked
from pointrecon.errors import InputError
from pointrecon.evaluation.name_list import NameList, Names, name_list
from pointrecon.files import check_new, write_rows, write_text
from pointrecon.progress import plural
from pointrecon.retrieval.cluster_names import NOBODY, by_captions, by_file_names, by_labels, by_words, words_of
from pointrecon.retrieval.grouping import check_count, grouped
from pointrecon.retrieval.index import Index
from pointrecon.retrieval.vectors import MODEL, Vectors
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

_READ = 65_536  # names of files read at once


@dataclass(frozen=True)
class Cluster:
    """One group: its number, name, who proposed it (see `Proposed`) and which share agrees.

    ``representative`` is the id of the most typical member, ``place`` where it is in the collection.
    """

    number: int
    name: str
    named_by: str
    share: float
    size: int
    representative: str
    place: int


@dataclass(frozen=True)
class Clusters:
    """The shapes of a collection in groups, the largest first.

    Attributes:
        vectors: those that were compared. groups: k of them.
        number: (M,) int64, the group of each shape. typical: (M,) float32, its cosine to its group's mean.
        notes: what one should know about them.
    """

    vectors: Vectors
    groups: list[Cluster]
    number: np.ndarray
    typical: np.ndarray
    notes: list[str] = field(default_factory=list)

    @property
    def shapes(self) -> Shapes:
        """The M shapes."""
        return self.vectors.shapes

    def __len__(self) -> int:
        return len(self.groups)

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'cluster')} of {self.shapes.name}: {plural(len(self.number), 'shape')}>"

    def members(self, number: int) -> np.ndarray:
        """(m,) places of the members, the most typical ones first."""
        mine = np.flatnonzero(self.number == number)
        return mine[np.argsort(-self.typical[mine], kind="stable")]

    def rows(self) -> list[dict[str, Any]]:
        """A row a shape, group by group, the most typical ones first: cluster, name, id, source, typical."""
        found = []
        for group in self.groups:
            mine = self.members(group.number)
            told = self.shapes.read(mine, columns=["id", "source"])
            for key, source, value in zip(
                told.id.tolist(), told.short["source"].tolist(), self.typical[mine], strict=True
            ):
                row = {"cluster": group.number, "name": group.name, "id": key, "source": source}
                found.append({**row, "typical": round(float(value), 4), "representative": key == group.representative})
        return found

    def save(self, path: str | Path) -> None:
        """Write the members, whole or not at all: ``.csv`` has `rows`, ``.json`` the groups with their members' ids."""
        path = check_clusters_file(path)
        rows = self.rows()
        if path.suffix.lower() == ".csv":
            write_rows(path, list(rows[0]), rows)
            return
        ids: dict[int, list[str]] = {}
        for row in rows:
            ids.setdefault(row["cluster"], []).append(row["id"])
        told = [{**asdict(group), "members": ids[group.number]} for group in self.groups]
        write_text(path, json.dumps({"vectors": self.vectors.name, "notes": self.notes, "clusters": told}, indent=1))

    def _repr_html_(self) -> str:
        from pointrecon.shapes.pictures.thumbnails import data_address, thumbnails

        pictures = thumbnails(self.shapes, [group.place for group in self.groups])
        cards = "".join(
            f"<figure style='margin:0;width:112px;text-align:center'><img width=96 height=96 alt='' "
            f"src='{data_address(picture)}'><figcaption>{escape(title(group))}<br>{group.size}</figcaption></figure>"
            for group, picture in zip(self.groups, pictures, strict=True)
        )
        style = "display:flex;flex-wrap:wrap;gap:8px;font-size:12px"
        return f"<p>{escape(repr(self))}</p><div style='{style}'>{cards}</div>"


@checked
def clusters(
    data: Any,
    *,
    count: int | None = None,
    names: Names | None = None,
    table: str | Path | None = None,
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    progress: bool = True,
    **imports: Any,
) -> Clusters:
    """Group the shapes of a collection by their vectors; the same shapes give the same groups at every call.

    A name is proposed where at least half of a group agree on it: their class, or the two that they are of, where
    they have labels and others are not of it as often; else words of their files' names; else words of their captions;
    else the one of ``names`` that the model's text query finds in two thirds of them. Where a model alone says so, by
    "words" or by "guesses" (most of the labels are its own), `title` puts a question mark behind it.

    Args:
        data: a folder or table, as for `Index.open`, which takes ``table``, ``model``, ``vector``,
            ``progress`` and ``imports`` too.
        count: how many groups; those with the highest mean silhouette when left out.
        names: what groups may be called, as `name_list` takes them; when left out, the kinds of shapes that the model
            was taught the names of.

    Raises:
        InputError: more groups than shapes, no such file of names, or as for `Index.open`.
    """
    wanted = None if names is None else name_list(names)
    check_count(count)
    index = Index.open(data, table=table, model=model, vector=vector, progress=progress, **imports)
    return cluster_vectors(index.vectors, count=count, names=wanted)


def cluster_vectors(vectors: Vectors, *, count: int | None = None, names: NameList | None = None) -> Clusters:
    """`clusters` of vectors that are there; with a list of no names, none is asked of the model."""
    shapes, found = vectors.shapes, grouped(vectors.values, count)
    ids = shapes.read(found.middle, columns=["id"]).id.tolist()
    order = np.lexsort((-found.typical, found.group))
    mine = np.split(order, np.cumsum(np.bincount(found.group))[:-1])
    told = _file_names(shapes)
    elsewhere = Counter(word for name in told for word in set(words_of(name)))
    label = np.asarray(shapes.label, np.int64)
    common = np.bincount(label[label >= 0], minlength=len(shapes.meta.classes)) / len(shapes)
    proposed, nameless, guessed = [], [], shapes.guessed
    for number, own in enumerate(mine):
        labeled = by_labels(label[own], shapes.meta.classes, common)
        if labeled is not None and 2 * int(guessed[own].sum()) > int((label[own] >= 0).sum()):
            labeled = labeled._replace(by="guesses")
        if labeled is None or not (name := labeled).name:
            name = by_file_names([told[place] for place in own.tolist()], elsewhere, len(told))
        proposed.append(name)
        if labeled is None and name is NOBODY:
            nameless.append(number)
    captions = shapes.captions() if nameless else []
    if any(captions):
        by_them = by_captions(captions, mine)
        proposed = [by_them[n] if n in nameless else one for n, one in enumerate(proposed)]
        nameless = [number for number in nameless if proposed[number] is NOBODY]
    notes = []
    if nameless and (names is None or names.names):
        try:
            for number, one in zip(nameless, by_words(vectors, [mine[n] for n in nameless], names), strict=True):
                proposed[number] = one
        except InputError as error:
            notes.append(f"{plural(len(nameless), 'cluster')} could not be named by words: {error}")
    groups = [
        Cluster(number, one.name, one.by, round(one.share, 3), len(own), key, int(place))
        for number, (one, own, key, place) in enumerate(zip(proposed, mine, ids, found.middle, strict=True), 1)
    ]
    return Clusters(vectors, groups, found.group + 1, found.typical, notes)


def title(group: Cluster) -> str:
    """What to call a group: its name, in doubt where a model alone proposes it; or its number."""
    return f"{group.name}{'?' * (group.named_by in ('words', 'guesses'))}" if group.name else f"cluster {group.number}"


def check_clusters_file(path: str | Path, *, overwrite: bool = True) -> Path:
    """The path, or InputError where it is no .csv or .json, or is there and may not be overwritten."""
    return check_new(path, overwrite=overwrite, endings=(".csv", ".json"))


def _file_names(shapes: Shapes) -> list[str]:
    """(M,) of each shape the file it came from, its id where that is not known."""
    found: list[str] = []
    for start in range(0, len(shapes), _READ):
        rows = shapes.read(np.arange(start, min(start + _READ, len(shapes))), columns=["id", "source"])
        sources = rows.short["source"].tolist()
        found += [source or key for source, key in zip(sources, rows.id.tolist(), strict=True)]
    return found
