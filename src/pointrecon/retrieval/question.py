"""A question put to a collection, checked as early as can be: before a folder is read and shapes are embedded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointrecon.errors import InputError
from pointrecon.retrieval.asking import Term, limits_of, terms_of, window_of
from pointrecon.retrieval.conditions import fits
from pointrecon.retrieval.hit_evidence import check_evidence
from pointrecon.retrieval.known_columns import COLUMNS, Columns
from pointrecon.retrieval.query_pictures import check_picture
from pointrecon.retrieval.query_shapes import QueryShapes, check_name, query_shapes, shapes_of_file
from pointrecon.retrieval.query_words import check_phrases, reader_of
from pointrecon.retrieval.raw_vectors import FORM
from pointrecon.retrieval.vectors import TEACHER, check_makers
from pointrecon.shapes.importers.import_plan import plan_folder
from pointrecon.shapes.importers.import_source import base_of, source_of
from pointrecon.shapes.importers.manifest import is_manifest, manifest_entries
from pointrecon.shapes.readers.file_measures import digest
from pointrecon.shapes.table.file_facts import SHORT, unknown
from pointrecon.shapes.table.shape_table import open_table
from pointrecon.teachers.loading import check_text_teacher

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes


@dataclass(frozen=True)
class Question:
    """What a search is asked for, and within which limits; the arguments of `pointrecon.search`."""

    terms: list[Term]
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

    def check_folder(self, source: Path, place: Path, *, follow_links: bool = False) -> None:
        """InputError where it asks with what can be no shape of a folder that is yet to be read, and no file, or one
        that cannot be read.

        Args:
            source: the folder, archive or manifest. place: its table, which may be there from before.
            follow_links: as the import will.
        """
        asked = [one for term in self.terms if term.kind == "like" for one in term.given if isinstance(one, str | Path)]
        missing, damaged = [one for one in asked if not Path(one).exists()], self._damaged(asked, source)
        if not missing and not damaged:
            return
        if is_manifest(source):
            entries = manifest_entries(source)
        else:
            entries = plan_folder(source, follow_links=follow_links).entries
        ids, sources = [one.id for one in entries], [source_of(one.path, base_of(source)) for one in entries]
        if place.exists():
            ids += open_table(place).ids().tolist()
        for name, error in damaged.items():
            if name not in {*ids, *sources} and not _has_copy(Path(name), [entry.path for entry in entries]):
                raise error
        for one in missing:
            check_name(one, ids, sources)

    def _damaged(self, asked: Sequence[str | Path], source: Path) -> dict[str, InputError]:
        """The files outside a folder that cannot be read, and why; those in it are the import's, which has settings."""
        found = {}
        for one in asked:
            path = Path(one)
            if path.is_file() and not (source.is_dir() and path.resolve().is_relative_to(source.resolve())):
                try:
                    shapes_of_file(one, self._read)
                except InputError as error:
                    found[str(one)] = error
        return found

    def check_model(self, model: Any, vector: str) -> None:
        """InputError for a model that is none, or that knows no words; or where a teacher is not installed."""
        check_makers(model, vector)
        kinds = {term.kind for term in self.terms}
        if "picture" in kinds:
            check_makers(TEACHER, "model")
        if "words" in kinds:
            _, reader, _ = reader_of({"views": TEACHER, "form": FORM}.get(vector, model))
            check_text_teacher(reader["spec"] or reader["name"])


def _has_copy(path: Path, files: Sequence[Path]) -> bool:
    """Whether one of these files is the same as another one to the byte."""
    size = path.stat().st_size
    return any(one.is_file() and one.stat().st_size == size and digest(one) == digest(path) for one in files)
