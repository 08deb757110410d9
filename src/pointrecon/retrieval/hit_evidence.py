"""What the hits of a search are of the shape that was asked with; and copies of it in other poses, found by facts."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.evidence.likely_copies import FACTS_READ, could_be_copies, pose_free
from pointrecon.retrieval.known_columns import Columns
from pointrecon.retrieval.query_shapes import QueryShapes

if TYPE_CHECKING:
    from pointrecon.retrieval.evidence import Evidence, Geometry
    from pointrecon.shapes.table.shape_table import ShapeTable

WANTED = ("copies", "all", "false")
COPIES = ("identical", "rescaled", "mirrored", "remeshed")
_MOST = 20  # shapes that could be copies by their facts alone, the nearest, which are looked at


def hit_evidence(
    asked: QueryShapes,
    columns: Columns,
    table: "Callable[[], ShapeTable | None]",
    places: np.ndarray,
    among: np.ndarray | None,
    wanted: str,
) -> "tuple[np.ndarray, list[Evidence | None], np.ndarray]":
    """The hits with copies that they lack, of each what it is, and (k,) bool whether its file is the same to the byte.

    Args:
        asked: evidence is of one shape; of several none is given.
        columns: of the collection. table: opens it, where there is one. places: (k,) of the hits. among: (M,) bool,
            which shapes may be hits.
        wanted: "copies" compares those shapes that could be copies by their facts, "all" every hit too.
    """
    same = asked.same(columns)
    if wanted == "false" or asked.count != 1:
        return places, [None] * len(places), np.isin(places, same)
    likely = _likely(asked, columns, among)
    hits = np.concatenate([places, np.setdiff1d(np.union1d(likely, _within(same, among)), places)])
    worth = ~np.isin(hits, same) & (np.isin(hits, likely) if wanted == "copies" else np.ones(len(hits), bool))
    found: list[Evidence | None] = [None] * len(hits)
    if worth.any() and (opened := table()) is not None:
        _compare(asked, opened, hits, worth, found)
    told = np.isin(hits, same)
    kept = [i for i in range(len(hits)) if i < len(places) or told[i] or is_copy(found[i])]
    return hits[kept], [found[i] for i in kept], told[kept]


def check_evidence(wanted: str | bool) -> str:
    """The word of `WANTED` that is meant; InputError for another one."""
    found = ("copies" if wanted else "false") if isinstance(wanted, bool) else wanted
    if found not in WANTED:
        raise InputError(f"there is no evidence '{wanted}': take copies, all or false")
    return found


def is_copy(found: "Evidence | None") -> bool:
    """Whether it is the same shape: in another pose, size, mirror image or mesh."""
    return found is not None and found.kind in COPIES


def order_of(found: "Evidence | None", same: bool, form: float) -> float:
    """Where hits of this kind come: copies first, the most exact ones before others; then those of nearly the form.

    ``form`` is how far theirs is from it, NaN where that is too far.
    """
    if same:
        return -1
    if found is not None and found.kind in COPIES:
        return COPIES.index(found.kind)
    return len(COPIES) + (1 if np.isnan(form) else float(form))


def _likely(asked: QueryShapes, columns: Columns, among: np.ndarray | None) -> np.ndarray:
    """(m,) places of the shapes that could be copies by their facts; none where those are not known."""
    told, own = (columns, asked.places[0]) if asked.places else (Columns.of(asked.others[0]), 0)
    mine = {name: told.at(name, np.array([own])) for name in FACTS_READ}
    theirs = {name: columns.raw(name) for name in FACTS_READ}
    own_numbers, numbers = pose_free(mine)[0], pose_free(theirs)[0]
    count = len(numbers)
    could = could_be_copies({name: np.repeat(one, count) for name, one in mine.items()}, theirs)
    found = _within(np.flatnonzero(could & np.isfinite(numbers).all(1) & np.isfinite(own_numbers).all()), among)
    return found[np.argsort(np.abs(numbers[found] - own_numbers).max(1), kind="stable")[:_MOST]]


def _within(places: np.ndarray, among: np.ndarray | None) -> np.ndarray:
    return places if among is None else places[among[places]]


def _compare(
    asked: QueryShapes, table: "ShapeTable", hits: np.ndarray, worth: np.ndarray, found: "list[Evidence | None]"
) -> None:
    from pointrecon.retrieval.compared import ComparedShapes

    compared, given = ComparedShapes(table), None
    for i in np.flatnonzero(worth).tolist():
        if asked.places:
            found[i] = compared.evidence(asked.places[0], int(hits[i]))
        else:
            given = given or _geometry(asked)
            found[i] = compared.of_given(*given, int(hits[i]))


def _geometry(asked: QueryShapes) -> "tuple[Geometry, str, str]":
    """The shape that was asked with and is not in the collection, what limits it, and its unit."""
    from pointrecon.retrieval.evidence import Geometry
    from pointrecon.shapes.readers.child import read_apart
    from pointrecon.shapes.readers.read import read_corners

    told = Columns.of(asked.others[0])
    unit = str(told["unit"][0])
    if asked.files:
        path = asked.files[0]
        try:
            return Geometry(*read_apart(partial(read_corners, path), path)), "", unit
        except InputError as error:
            why = str(error)
    else:
        why = "what was asked with is no file"
    points = asked.others[0].read(np.array([0])).points[0].astype(np.float64)
    scale = float(told["scale"][0])
    scale, unknown = (1.0, "; true size not known") if np.isnan(scale) else (scale, "")
    return Geometry(points * scale, np.zeros((0, 3)), 2.0**-11 * scale), f"by stored points: {why}{unknown}", unit
