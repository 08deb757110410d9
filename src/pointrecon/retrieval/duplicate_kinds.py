"""What one file can be of another, and groups of such files around the one to keep."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    from pointrecon.retrieval.evidence import Evidence

SAME_FILE, VARIANT = "same-file", "variant"
EXACT = (SAME_FILE, "identical", "rescaled", "mirrored", "remeshed")  # what one is of a copy of a copy, too
DUPLICATE_KINDS = (*EXACT, VARIANT)


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


@dataclass(frozen=True)
class Duplicates:
    """What `duplicates` found.

    Attributes:
        shapes: all that were looked at; groups: the largest first. compared: pairs of which evidence was taken.
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


def kind_of(found: "Evidence") -> str:
    """The kind of duplicate: of what is re-meshed too, hand and size say more than triangles."""
    if found.kind != "remeshed":
        return found.kind
    return "mirrored" if found.mirrored else "remeshed" if found.scale == 1 else "rescaled"
