"""What `duplicates` found: groups of files around the one to keep, what each is of another, as rows and in words."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import require
from pointrecon.files import write_rows
from pointrecon.progress import plural
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    from pandas import DataFrame

    from pointrecon.retrieval.evidence import Evidence

SAME_FILE, VARIANT = "same-file", "variant"
EXACT = (SAME_FILE, "identical", "rescaled", "mirrored", "remeshed")  # what one is of a copy of a copy, too
DUPLICATE_KINDS = (*EXACT, VARIANT)
_FACTS = ("format", "unit", "extent_x", "extent_y", "extent_z", "area", "volume", "faces", "bytes", "modified")
COLUMNS = (
    *("group", "proposal", "kind", "id", "file", "of", "words", "scale", "mirrored", "residual", "share", "similarity"),
    *_FACTS,
)


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
        return self.kind in (SAME_FILE, "identical", "remeshed")


@dataclass(frozen=True)
class DuplicateGroup:
    """Shapes that are there more than once: ``keep``, the place of the one proposed to be kept, and the others."""

    keep: int
    others: tuple[Duplicate, ...]

    @property
    def worth(self) -> int:
        """0 with a file that is spare, 1 with a copy of another size or hand, 2 with variants alone."""
        if any(one.spare for one in self.others):
            return 0
        return 2 if all(one.kind == VARIANT for one in self.others) else 1


@dataclass(frozen=True, repr=False)
class Duplicates:
    """What `duplicates` found.

    Attributes:
        shapes: all that were looked at; groups: with what is spare first, then other copies, then
            variants. compared: pairs of which evidence was taken.
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

    def rows(self) -> list[dict[str, Any]]:
        """One for each file of each group, the one to keep first, ready for JSON; what is not known is None.

        ``group`` counts from 1. ``proposal`` is "keep", "spare" (nothing in it that the kept one lacks), or "look" (its
        size, its hand or its form differs). ``kind`` is what the file is ``of`` another, with the evidence in ``words``
        and numbers: see `Evidence`. ``file`` is the path that it was read from, inside the collection's folder.
        """
        places = np.array([place for group in self.groups for place in (group.keep, *(o.place for o in group.others))])
        if not len(places):
            return []
        block = self.shapes.read(places, columns=["id", "source", *_FACTS])
        told = {"id": block.id, "file": np.where(block.short["source"] == "", block.id, block.short["source"])}
        columns = {name: values.tolist() for name, values in {**told, **{k: block.short[k] for k in _FACTS}}.items()}
        ids = dict(zip(places.tolist(), columns["id"], strict=True))
        rows, at = [], 0
        for number, group in enumerate(self.groups, 1):
            for one in (None, *group.others):
                facts = {name: _known(name, values[at]) for name, values in columns.items()}
                names = {name: facts.pop(name) for name in ("id", "file")}
                rows.append({"group": number, **_proposal(one), **names, **_evidence(one, ids), **facts})
                at += 1
        return rows

    def spare_bytes(self) -> int:
        """The size of the files that hold nothing that the one to keep lacks, as far as it is known."""
        places = [one.place for group in self.groups for one in group.others if one.spare]
        sizes = self.shapes.read(np.array(places, np.int64), columns=["bytes"]).short["bytes"]
        return int(sizes[sizes > 0].sum())

    def summary(self) -> dict[str, Any]:
        """All of it for JSON: how many of each kind, and the groups with what there is to say of each file."""
        rows = self.rows()
        groups: dict[int, list[dict[str, Any]]] = {}
        full = {one.place: one for group in self.groups for one in group.others}
        places = [place for group in self.groups for place in (group.keep, *(one.place for one in group.others))]
        for place, row in zip(places, rows, strict=True):
            evidence = full[place].evidence if row["proposal"] != "keep" else None
            groups.setdefault(row.pop("group"), []).append(row | {"details": evidence.to_dict() if evidence else None})
        return {
            "shapes": len(self.shapes),
            "compared": self.compared,
            "kinds": self.counts(),
            "spare_bytes": self.spare_bytes(),
            "notes": self.notes,
            "groups": list(groups.values()),
        }

    def frame(self) -> "DataFrame":
        """The rows for pandas; InputError where it is not installed."""
        return require("pandas", "table").DataFrame(self.rows(), columns=list(COLUMNS))

    def save_csv(self, path: str | Path) -> None:
        """The rows as a CSV file, whole or not at all."""
        write_rows(Path(path), COLUMNS, self.rows())

    def __repr__(self) -> str:
        told = ", ".join(f"{count} {kind}" for kind, count in self.counts().items()) or "none"
        return f"<duplicates among {plural(len(self.shapes), 'shape')} of {self.shapes.name}: {told}>"


def kind_of(found: "Evidence") -> str:
    """The kind of duplicate: of what is re-meshed too, hand and size say more than triangles."""
    if found.kind != "remeshed":
        return found.kind
    return "mirrored" if found.mirrored else "remeshed" if found.scale == 1 else "rescaled"


def _proposal(one: Duplicate | None) -> dict[str, Any]:
    return {"proposal": "keep" if one is None else "spare" if one.spare else "look", "kind": one.kind if one else None}


def _evidence(one: Duplicate | None, ids: dict[int, str]) -> dict[str, Any]:
    found = one.evidence if one else None
    return {
        "of": ids[one.of] if one else None,
        "words": None if one is None else "the same bytes" if found is None else found.words(),
        "scale": found.scale if found else None,
        "mirrored": found.mirrored if found else None,
        "residual": found.residual if found else None,
        "share": found.share if found and found.kind == VARIANT else None,
        "similarity": None if one is None or math.isnan(one.similarity) else round(one.similarity, 4),
    }


def _known(name: str, value: Any) -> Any:
    if name == "modified":
        return datetime.fromtimestamp(value // 10**9, UTC).isoformat(" ") if value >= 0 else None
    missing = value == "" or (isinstance(value, int) and value < 0) or (isinstance(value, float) and math.isnan(value))
    return None if missing else value
