"""`search`: in one line from a folder of files, or any shapes, to those that are like another, or like words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointrecon.retrieval.hits import Hits
from pointrecon.retrieval.index import Index
from pointrecon.retrieval.listing import Listing, listed
from pointrecon.retrieval.opening import open_columns, open_parts
from pointrecon.retrieval.question import Question
from pointrecon.retrieval.vectors import MODEL

if TYPE_CHECKING:
    import torch


def search(
    data: Any,
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
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    poses: str = "auto",
    table: str | Path | None = None,
    progress: bool = True,
    **imports: Any,
) -> Hits:
    """The shapes of a collection that are most like what is asked for, best first, the same in every call.

    Similarity is the cosine of two vectors around the collection's mean: 1 for equal ones, about 0 for two shapes that
    have no more in common than any two. Of several kinds of what is asked for it is the weighted mean, less what is
    to be unlike. Shapes whose similarity is equal come in the order of their ids. With a condition alone all shapes
    that it is true of are listed in that order, without vectors.

    Args:
        data: a folder, ZIP, manifest or table, or other shapes as `as_shapes` takes them. Of a folder a table is made
            beside it at first; later only new and changed files are read, and only new shapes embedded.
        like: a shape to be like: a file, an id or a file of the collection, an (N, 3) array; or several: their mean.
        words: a phrase to be like, or several, for a model with a text query.
        picture: a picture file (or one of PIL) to be like, or several, by the image teacher "imagenet".
        not_like, not_words, not_picture: the same, to be unlike.
        weights: of these by name; 1 where nobody says, 0.5 of what to be unlike.
        where: only shapes that this is true of, such as "class = 'valve' and volume < 3"; see `conditions.fits`.
        size: only shapes whose extents are in this window around those of the one shape in ``like``: "90-110" (per
            cent), or (0.9, 1.1).
        above: only hits of at least this similarity, 0 to 1.
        top: at most so many hits; else 10, or with ``above`` or a condition alone all.
        exact: find all of the nearest in a very large collection too, not nearly all: a note says how many are found.
        evidence: "copies" compares with the one shape in ``like`` the shapes that could be copies of it by their facts,
            in whatever pose, and puts those that are first, whatever their vectors say; "all" compares every hit too,
            from the files they came from; False (or words, pictures or several shapes in the query) none: order is then
            by the vectors alone, and nothing is read.
        model, vector, poses: by which vectors; see `collection_vectors`. A note says what ``vector="auto"`` took where
            the table has vectors of pictures.
        table: where a folder's table lies; beside it when left out.
        progress: tell what is read and embedded.
        imports: settings of `import_shapes` for a folder that has no table yet.

    Raises:
        InputError: nothing there or nothing asked for, a query that cannot be read, an unknown id or column, words for
            a model that knows none, no image teacher, or a shape without a size to compare.
    """
    given = {"like": like, "words": words, "picture": picture}
    given |= {"not_like": not_like, "not_words": not_words, "not_picture": not_picture}
    question = Question.of(given, weights, where, size, above, top, exact, evidence)
    if not question.terms:
        return listed(question, Listing(*open_columns(data, imports, table=table, progress=progress)))
    how: Any = {"table": table, "model": model, "vector": vector, "poses": poses, "progress": progress}
    index = Index(*open_parts(data, imports, **how, question=question), progress, vector == "auto")
    return index.answer(question)
