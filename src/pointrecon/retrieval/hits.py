"""What a search found: rows for people and programs, as a table, CSV or JSON, or in a notebook with pictures."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pointrecon.errors import require
from pointrecon.files import write_rows
from pointrecon.retrieval.known_columns import Columns

if TYPE_CHECKING:
    from pandas import DataFrame

    from pointrecon.retrieval.evidence import Evidence
    from pointrecon.shapes.table.collection import Shapes

PIXELS = 112


class Searched(Protocol):
    """The index that was searched."""

    @property
    def shapes(self) -> "Shapes": ...
    @property
    def columns(self) -> Columns: ...


@dataclass
class Hits:
    """The shapes found, best first.

    Attributes:
        index: the collection. places: (k,) where the hits are in it. similarity: (k,) float32, at most 1; NaN where a
            condition alone was asked for.
        same: (k,) bool, whether it is the shape that was asked with, or its file is the same to the byte.
        evidence: of each hit what it is of the shape that was asked with, None where it was not compared.
        form: (k,) float32, how far the form of each hit is from that of the shape that was asked with, where it is so
            near that noise may be all that differs (see near_forms), else NaN.
        query: what was asked for, in words. notes: what one should know about the answer.
    """

    index: Searched
    places: np.ndarray
    similarity: np.ndarray
    same: np.ndarray
    query: str
    evidence: "list[Evidence | None]"
    form: np.ndarray
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.places)

    def __repr__(self) -> str:
        told = len(self) > 0 and not np.isnan(self.similarity[0])
        best = f", the best {self.ids[0]} ({100 * self.similarity[0]:.0f}%)" if told else ""
        return f"<{len(self)} hits of {self.query}{best}>"

    @property
    def ids(self) -> list[str]:
        """Of the hits."""
        return self.index.columns.at("id", self.places).tolist()

    def rows(self) -> list[dict[str, Any]]:
        """One for each hit, ready for JSON: rank, id, class, source, similarity and form in per cent, and what it is.

        "same" is whether it is the shape that was asked with or its file is the same to the byte; "kind" one of the
        kinds of evidence, None where it was not compared; "evidence" that in words. "form" is by how much the form
        differs, where that is so little that it may be the same part, scanned or with noise.
        """
        told = [self.index.columns.at(name, self.places).tolist() for name in ("id", "class", "source")]
        form = [None if np.isnan(far) else round(100 * far, 1) for far in self.form.tolist()]
        return [
            {"rank": rank, "id": id, "class": label or None, "source": source or None,
             "similarity": None if np.isnan(value) else round(100 * float(value), 1), "form": far, "same": bool(same),
             "kind": "identical" if same else found and found.kind,
             "evidence": "the same file" if same else found.words() if found else _form_in_words(far)}
            for rank, (id, label, source, value, same, found, far) in enumerate(
                zip(*told, self.similarity, self.same, self.evidence, form, strict=True), 1
            )
        ]  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """All of it for JSON: what was asked for, notes, and the rows as "hits"."""
        return {"query": self.query, "notes": self.notes, "hits": self.rows()}

    def frame(self) -> "DataFrame":
        """The rows for pandas; InputError where it is not installed."""
        return require("pandas", "table").DataFrame(self.rows())

    def save_csv(self, path: str | Path) -> None:
        """The rows as a CSV file, whole or not at all."""
        rows = self.rows()
        write_rows(Path(path), list(rows[0]) if rows else ["rank", "id", "similarity"], rows)

    def pictures(self, size: int = PIXELS) -> list[bytes]:
        """A PNG of each hit."""
        from pointrecon.shapes.pictures.thumbnails import thumbnails

        return thumbnails(self.index.shapes, self.places, size=size)

    def gallery(self) -> str:
        """HTML of the hits with their pictures, to be put into a page."""
        from pointrecon.shapes.pictures.thumbnails import data_address

        found = []
        for row, picture in zip(self.rows(), self.pictures(), strict=True):
            sure = [] if row["similarity"] is None else [f"<b>{row['similarity']:.0f}%</b>"]
            lines = [*sure, escape(row["id"])]
            lines += [f"<small>{escape(told)}</small>" for told in (row["class"], row["evidence"]) if told]
            found.append(
                f'<figure class="cell"><img src="{data_address(picture)}" width={PIXELS} height={PIXELS} '
                f'alt="{escape(row["id"])}"><figcaption>{"<br>".join(lines)}</figcaption></figure>'
            )
        return f"<div class='gallery hits'>{''.join(found)}</div>"

    def _repr_html_(self) -> str:
        style = "display:flex;flex-wrap:wrap;gap:8px;font-size:12px"
        notes = "".join(f"<p>note: {escape(note)}</p>" for note in self.notes)
        return f"<div style='{style}'><p style='width:100%'>{escape(repr(self))}</p>{self.gallery()}</div>{notes}"


def _form_in_words(far: float | None) -> str | None:
    return None if far is None else f"nearly the same form: it differs by {far:.0f}%"
