"""A question put to a collection, checked as early as can be: before a folder is read and shapes are embedded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.retrieval.asking import Term, limits_of, terms_of, window_of
from pointrecon.retrieval.conditions import fits, why_none
from pointrecon.retrieval.hit_evidence import check_evidence
from pointrecon.retrieval.known_columns import COLUMNS, Columns, meters, mixed_units, same_size
from pointrecon.retrieval.query_files import copies_of, is_path, try_import, unreadable
from pointrecon.retrieval.query_pictures import check_picture
from pointrecon.retrieval.query_shapes import QueryShapes, check_name, query_shapes
from pointrecon.retrieval.query_words import check_phrases, reader_of
from pointrecon.retrieval.raw_vectors import FORM
from pointrecon.retrieval.vectors import TEACHER, check_makers
from pointrecon.shapes.importers.import_source import base_of, files_of, source_of
from pointrecon.shapes.table.file_facts import SHORT, unknown
from pointrecon.shapes.table.shape_table import open_table
from pointrecon.teachers.loading import check_text_teacher

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes


@dataclass(frozen=True)
class Question:
    """What a search is asked for, and within which limits; the arguments of `pointrecon.search`."""

    terms: list[Term]  # none for all that a condition is true of
    least: float  # similarity
    most: int | None  # hits, None for all
    where: str | None
    size: "str | Sequence[float] | None"
    exact: bool
    evidence: str  # of WANTED
    _read: "dict[str, Shapes]" = field(default_factory=dict, repr=False)  # files asked with, read once

    @staticmethod
    def of(
        given: Mapping[str, Any],
        weights: Mapping[str, float] | None,
        where: str | None,
        size: "str | Sequence[float] | None",
        above: float | None,
        top: int | None,
        exact: bool,
        evidence: str | bool,
    ) -> "Question":
        """A question that makes sense as far as it can be told without shapes or a model; InputError for another."""
        terms, (least, most) = terms_of(given, weights), limits_of(above, top)
        if not terms:
            if where is None:
                raise InputError("nothing is asked: give a shape (--like), --words or a --picture; or --where alone")
            if above is not None:
                raise InputError("nothing is asked with that hits could be similar to: leave the least similarity out")
            most = top
        if where is not None:
            fits(where, COLUMNS, lambda name: unknown(name if name in SHORT else "source", 0), 0)
        if size is not None:
            window_of(size)
            liked = [one for term in terms if term.kind == "like" and term.weight > 0 for one in term.given]
            if len(liked) != 1:
                raise InputError(f"a size window is around one shape, not {len(liked) or 'none'}: ask with one")
        for term in terms:
            if term.kind == "picture":
                for one in term.given:
                    check_picture(one)
            if term.kind == "words":
                check_phrases(term.given)
        return Question(terms, least, most, where, size, exact, check_evidence(evidence))

    def shapes(self, columns: Columns) -> dict[bool, QueryShapes]:
        """The shapes that hits are to be like (True) and unlike (False), where there are any; InputError for none."""
        like = [term for term in self.terms if term.kind == "like"]
        return {term.weight > 0: query_shapes(term.given, columns, self._read) for term in like}

    def among(self, asked: QueryShapes, columns: Columns) -> tuple[np.ndarray | None, list[str]]:
        """(M,) bool, which shapes may be hits, None for all; and what is to be known about that.

        InputError where none may, or where what is ``asked`` with has no size for a size window.
        """
        among, notes = None, []
        if self.where is not None:
            used: dict[str, np.ndarray] = {}
            among = fits(self.where, COLUMNS, lambda name: used.setdefault(name, columns[name]), len(columns))
            if not among.any():
                why = why_none(self.where, COLUMNS, columns.__getitem__)
                raise InputError(f'no shape of {columns.name} fits the condition "{self.where}"{": " * bool(why)}{why}')
            notes += mixed_units(list(used), columns["unit"])
        if self.size is not None:
            low, high = window_of(self.size)
            own, unit = asked.sizes(columns)
            sizes, units = columns.sizes, columns["unit"]
            if (without := int((~np.isfinite(sizes[:, :3]).all(1)).sum())) > 0:
                notes.append(f"{plural(without, 'shape')} without a known size left out")
            if np.isnan(meters(np.array([unit])))[0] or np.isnan(meters(np.unique(units))).any():
                notes.append("not all units are known: where one is not, sizes were compared as the files' numbers")
            fitting = same_size(sizes, units, own, unit, low, high)
            among = fitting if among is None else among & fitting
        return among, notes

    def check_folder(self, source: Path, place: Path, imports: Mapping[str, Any] | None = None) -> None:
        """InputError where it asks with what can be no shape of a folder that is yet to be read, and no file, or one
        that cannot be read.

        Args:
            source: the folder, archive or manifest. place: its table, which may be there from before.
            imports: settings of the import.
        """
        asked = [str(one) for term in self.terms if term.kind == "like" for one in term.given if is_path(one)]
        missing, files = [one for one in asked if not Path(one).exists()], [one for one in asked if Path(one).is_file()]
        own = [one for one in files if source.is_dir() and Path(one).resolve().is_relative_to(source.resolve())]
        damaged = unreadable([one for one in files if one not in own], self._read)
        untried = [] if place.exists() else [*own, *damaged]  # a table that is there will know its files
        if not (missing or damaged or untried):
            return
        entries = files_of(source, follow_links=bool((imports or {}).get("follow_links")))
        ids, sources = [one.id for one in entries], [source_of(one.path, base_of(source)) for one in entries]
        if place.exists():
            ids += open_table(place).ids().tolist()
        for name, error in damaged.items():
            if name not in {*ids, *sources} and not copies_of(name, entries):
                raise error
        for name in untried:
            try:
                try_import(copies_of(name, entries), imports or {})
            except InputError as error:
                raise damaged.get(name, error) from error
        for name in missing:
            check_name(name, ids, sources)

    def check_model(self, model: Any, vector: str) -> None:
        """InputError for a model that is none, or that knows no words; or where a teacher is not installed."""
        check_makers(model, vector)
        kinds = {term.kind for term in self.terms}
        if "picture" in kinds:
            check_makers(TEACHER, "model")
        if "words" in kinds:
            _, reader, _ = reader_of({"views": TEACHER, "form": FORM}.get(vector, model))
            check_text_teacher(reader["spec"] or reader["name"])
