"""The index of a collection: its vectors, opened once, the shapes nearest to others, and those that a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.checks import check_whole
from pointrecon.errors import InputError, first_line
from pointrecon.progress import plural
from pointrecon.retrieval.asking import Term, name_of, told
from pointrecon.retrieval.hit_evidence import hit_evidence, order_of
from pointrecon.retrieval.hits import Hits
from pointrecon.retrieval.known_columns import Columns
from pointrecon.retrieval.listing import listed
from pointrecon.retrieval.near_forms import near_forms
from pointrecon.retrieval.opening import open_parts
from pointrecon.retrieval.prepared_store import PreparedStore, store_of
from pointrecon.retrieval.query_pictures import PictureSpace, picture_space
from pointrecon.retrieval.query_shapes import QueryShapes
from pointrecon.retrieval.query_words import WordSpace, word_space
from pointrecon.retrieval.question import Question
from pointrecon.retrieval.vectors import MODEL, TEACHER, Vectors, collection_vectors, unit_length
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

if TYPE_CHECKING:
    import torch

_CELLS = 1 << 24  # similarities computed at once
_DIGITS = 6  # of a similarity: what differs less is a tie, which ids decide


@dataclass(frozen=True)
class Index:
    """A collection that can be searched. Get one from `Index.open`.

    Attributes:
        vectors: one a shape, ready to be compared.
        columns: what is known of each shape, by name.
        given: the table where the shapes are, its path, or None for shapes in memory.
        progress: whether what takes long is told.
        chosen: whether nobody said which vectors are to be compared.
    """

    vectors: Vectors
    columns: Columns
    given: "ShapeTable | Path | None" = None
    progress: bool = True
    chosen: bool = False

    def __repr__(self) -> str:
        return f"<index of {self.columns.name}: {plural(len(self), 'shape')} by {self.vectors.name}>"

    @staticmethod
    def open(
        data: Any,
        *,
        table: str | Path | None = None,
        model: "str | Path | torch.nn.Module" = MODEL,
        vector: str = "auto",
        poses: str = "auto",
        progress: bool = True,
        **imports: Any,
    ) -> "Index":
        """Open a collection to search it; shapes that were not embedded before are embedded now.

        Args:
            data: a table (a path or an open one), a folder, ZIP or manifest (its table is made or brought up to date,
                see `open_collection`), or other shapes as `as_shapes` takes them.
            table: where a folder's table lies; beside it when left out.
            model, vector, poses, progress: as for `collection_vectors`.
            imports: as for `open_collection`.

        Raises:
            InputError: as `collection_vectors` and `open_collection`.
        """
        how: Any = {"table": table, "model": model, "vector": vector, "poses": poses, "progress": progress}
        return Index(*open_parts(data, imports, **how), progress, vector == "auto")

    @property
    def shapes(self) -> Shapes:
        """The M shapes, in the order of the vectors."""
        return self.vectors.shapes

    @cached_property
    def table(self) -> "ShapeTable | None":
        """Where the shapes are; None for those in memory."""
        return open_table(self.given) if isinstance(self.given, str | Path) else self.given

    @property
    def ids(self) -> np.ndarray:
        """(M,) str."""
        return self.columns["id"]

    @cached_property
    def forms(self) -> "Index":
        """The same shapes to be compared by their form alone, which no rotation changes; made where it is not there."""
        given = self.shapes if self.given is None else self.given
        found = collection_vectors(given, vector="form", progress=self.progress)
        if len(found.values) != len(self):
            raise InputError(f"{self.columns.name} was changed since it was opened: open it again")
        return replace(self, vectors=found)

    @cached_property
    def words(self) -> WordSpace:
        """Where words and the shapes can be compared; InputError for a model without a text query."""
        maker, poses = self.vectors.makers[0], self.vectors.poses[0]
        return word_space(
            maker, lambda: self.shapes, lambda: self.table, self._store, poses=poses, progress=self.progress
        )

    @cached_property
    def pictures(self) -> PictureSpace:
        """Where pictures and the shapes can be compared; embeds their views where they are not."""
        from pointrecon.evaluation.views_model import ViewsModel

        views, maker = self.vectors, self.vectors.makers[0]
        if len(views.makers) > 1 or not (maker == TEACHER or isinstance(maker, ViewsModel)):
            given = self.shapes if self.given is None else self.given
            views = collection_vectors(given, vector="views", progress=self.progress)
        return picture_space(views, self._store)

    @property
    def _store(self) -> PreparedStore | None:
        return store_of(getattr(self.given, "path", self.given))

    def __len__(self) -> int:
        return len(self.vectors.values)

    def search(
        self,
        like: Any = (),
        *,
        words: str | Sequence[str] = (),
        picture: Any = (),
        not_like: Any = (),
        not_words: str | Sequence[str] = (),
        not_picture: Any = (),
        weights: Mapping[str, float] | None = None,
        where: str | None = None,
        size: str | Sequence[float] | None = None,
        above: float | None = None,
        top: int | None = None,
        exact: bool = False,
        evidence: str | bool = "copies",
    ) -> Hits:
        """The shapes that are most like what is asked for; arguments and errors are those of `pointrecon.search`.

        It answers as that does. ``evidence=False`` is the fast way: by vectors alone, where nothing is read or compared
        and copies in other poses do not come first.
        """
        given = {"like": like, "words": words, "picture": picture}
        given |= {"not_like": not_like, "not_words": not_words, "not_picture": not_picture}
        return self.answer(Question.of(given, weights, where, size, above, top, exact, evidence))

    def answer(self, question: Question) -> Hits:
        """What `search` finds, of a question that was put before."""
        if not question.terms:
            return listed(question, self)
        terms, least, most, exact = question.terms, question.least, question.most, question.exact
        asked = question.shapes(self.columns)
        mine = asked.get(True, QueryShapes())
        among, notes = question.among(mine, self.columns)
        if self.chosen and asked:
            notes[:0] = _chosen(self.vectors)
        space = {"like": lambda: self.vectors.values, "words": lambda: self.words.values}
        space["picture"] = lambda: self.pictures.vectors.values
        vectors = [self._vector(term, asked) for term in terms]
        if len(terms) == 1 and terms[0].kind == "like" and terms[0].weight > 0 and most is not None:
            (places,), (similarity,) = self.nearest(vectors[0], most, among, exact=exact)
            if (cells := self.vectors.cells) is not None and cells.answers(most) and among is None and not exact:
                notes.append(
                    f"{100 * cells.recall:.1f}% of the nearest are found in a collection of this size (measured); ask "
                    "for exact ones to have all"
                )
            keep = similarity >= least
            places, similarity = places[keep], similarity[keep]
        else:
            weight = sum(t.weight for t in terms if t.weight > 0) or -sum(t.weight for t in terms)
            parts = [np.float32(t.weight / weight) * (space[t.kind]() @ v) for t, v in zip(terms, vectors, strict=True)]
            scores = np.round(np.sum(parts, axis=0, dtype=np.float32), _DIGITS)
            every = np.flatnonzero((scores >= least) & (np.ones(len(self), bool) if among is None else among))
            order = best(
                scores[every], self.columns.raw("rank")[every], len(every) if most is None else min(most, len(every))
            )
            places, similarity = every[order], scores[every[order]]
        query = ", ".join(
            told(t, asked[t.weight > 0].names if t.kind == "like" else [name_of(one) for one in t.given]) for t in terms
        )
        likes = len(terms) == 1 and terms[0].kind == "like" and terms[0].weight > 0
        wanted = question.evidence if likes else "false"
        near, far = np.zeros(0, np.int64), np.zeros(0)
        if wanted != "false":
            near, far = near_forms(self.forms.vectors, self.forms.nearest, mine, among)
            places = np.concatenate([places, near[~np.isin(near, places)]])
        places, found, same = hit_evidence(mine, self.columns, lambda: self.table, places, among, wanted)
        if len(places) > len(similarity):  # copies, in other poses too
            more = self.vectors.values[places[len(similarity) :]] @ vectors[0]
            similarity = np.concatenate([similarity, np.round(more, _DIGITS)])
        order, form = np.arange(len(places)), np.full(len(places), np.nan, np.float32)
        for place, value in zip(near, far, strict=True):
            form[places == place] = value
        if wanted != "false":
            first = [order_of(*one) for one in zip(found, same.tolist(), form.tolist(), strict=True)]
            order = np.lexsort((self.columns.raw("rank")[places], -similarity, first))[:most]
        hits = places[order], similarity[order], same[order]
        return Hits(self, *hits, query, [found[i] for i in order], form[order], notes)

    def _vector(self, term: Term, asked: dict[bool, QueryShapes]) -> np.ndarray:
        if term.kind == "like":
            return asked[term.weight > 0].vector(self.vectors)
        return (self.words if term.kind == "words" else self.pictures).vector(term.given)

    def nearest(
        self, queries: Any, top: int = 10, among: Any = None, *, exact: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """The most similar shapes of each query, best first; of equal ones those with the first ids.

        Args:
            queries: (Q, D) as ``vectors.values`` are, such as rows of them; any length.
            top: how many, or as many as there are.
            among: places (m,), or a mask (M,), of the shapes to look among; all when left out.
            exact: of very many shapes (``vectors.cells``) too; else nearly all of the nearest are found, much faster:
                ``vectors.cells.recall`` says how many.

        Returns:
            places (Q, k) int64 in ``shapes``, and cosines (Q, k) float32 around the collection's mean.

        Raises:
            InputError: queries of another width or that are not finite, fewer than one to find, or no such places.
        """
        try:
            asked = np.atleast_2d(np.asarray(queries, np.float32))
        except (TypeError, ValueError) as error:
            raise InputError(f"queries are numbers (Q, D): {first_line(error)}") from None
        values, cells = self.vectors.values, self.vectors.cells
        if asked.ndim != 2 or asked.shape[1] != values.shape[1]:
            raise InputError(f"queries have shape {asked.shape}, expected (queries, {values.shape[1]})")
        if not np.isfinite(asked).all():
            raise InputError("queries hold NaN or infinity: leave those rows out")
        check_whole("top", top)
        asked = unit_length(asked)
        places = np.arange(len(values))
        if among is not None:
            places = _places(among, len(values))
            values = values[places]
        count = min(top, len(places))
        found, similarity = np.zeros((len(asked), count), np.int64), np.zeros((len(asked), count), np.float32)
        rank = self.columns.raw("rank")
        if cells is not None and among is None:
            for row, query in enumerate(asked):
                near = cells.candidates(query, count, exact=exact)
                scores = np.round((values if len(near) == len(values) else values[near]) @ query, _DIGITS)
                order = best(scores, rank[near], count)
                found[row], similarity[row] = near[order], scores[order]
            return found, similarity
        step = max(_CELLS // max(len(places), 1), 1)
        for start in range(0, len(asked), step):
            scores = np.round(asked[start : start + step] @ values.T, _DIGITS)
            for row, own in enumerate(scores, start):
                order = best(own, rank[places], count)
                found[row], similarity[row] = places[order], own[order]
        return found, similarity


def best(scores: np.ndarray, rank: np.ndarray, count: int) -> np.ndarray:
    """(count,) where the highest of (M,) scores are, best first; of equal ones those of the lowest ``rank`` (M,)."""
    if not count:
        return np.zeros(0, np.int64)
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        among = np.flatnonzero(scores >= least)
    else:
        among = np.arange(len(scores))
    return among[np.lexsort((rank[among], -scores[among]))[:count]]


def _chosen(vectors: Vectors) -> list[str]:
    """What is compared where nobody said it and the table has vectors of the image teacher: they change every hit."""
    column = f"embedding/{TEACHER}"
    if len(vectors.makers) > 1:
        return [f"by the model and by pictures, as the table has {column} of all shapes (vector 'model': without)"]
    if vectors.makers[0] == TEACHER or not vectors.viewed:
        return []
    some = f"by the model alone, as the table has {column} of {vectors.viewed} of {len(vectors.values)} shapes only"
    return [f"{some} (vector 'fused': of all, and by both)"]


def _places(among: Any, count: int) -> np.ndarray:
    """(m,) int64, the places that somebody names, or has a mask (count,) of; InputError for others."""
    chosen = np.asarray(among)
    if chosen.dtype == bool and chosen.shape == (count,):
        return np.flatnonzero(chosen)
    whole = chosen.dtype.kind in "iu" or not chosen.size
    if chosen.dtype == bool or not whole or (chosen.size and not (chosen.min() >= 0 and chosen.max() < count)):
        raise InputError(f"among are places from 0 to {count - 1}, or a mask of {count} shapes")
    return chosen.astype(np.int64).reshape(-1)
