"""All shapes that a condition is true of, without anything that they are to be like: no vectors are needed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pointrecon.retrieval.hits import Hits, Searched
from pointrecon.retrieval.known_columns import Columns
from pointrecon.retrieval.query_shapes import QueryShapes
from pointrecon.retrieval.question import Question
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table.collection import Shapes


@dataclass(frozen=True)
class Listing:
    """A collection that is asked by a condition alone: what `as_shapes` takes, and what is known of each shape."""

    given: Any
    columns: Columns

    @cached_property
    def shapes(self) -> Shapes:
        """The M shapes."""
        return as_shapes(self.given)


def listed(question: Question, collection: Searched) -> Hits:
    """The shapes that the question's condition is true of, in the order of their ids, or the first of them."""
    columns = collection.columns
    among, notes = question.among(QueryShapes(), columns)
    every = np.arange(len(columns)) if among is None else np.flatnonzero(among)
    places = every[np.argsort(columns.raw("rank")[every])][: question.most]
    if len(places) < len(every):
        notes.append(f"the first {len(places)} of {len(every)}, by their ids")
    none, same = np.full(len(places), np.nan, np.float32), np.zeros(len(places), bool)
    return Hits(
        collection, places, none, same, f"shapes where {question.where}", [None] * len(places), none.copy(), notes
    )
