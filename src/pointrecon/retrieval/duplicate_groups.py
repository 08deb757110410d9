"""Files that are there twice, or nearly: groups around the one to keep, with evidence of each. Nothing is deleted."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.checks import check_whole, is_number
from pointrecon.errors import InputError, did_you_mean
from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS, VARIANT, Duplicates
from pointrecon.retrieval.gathering import Compare, Gathering
from pointrecon.retrieval.vectors import MODEL, check_makers, collection_vectors
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

    from pointrecon.retrieval.evidence import Evidence
    from pointrecon.shapes.table.shape_table import ShapeTable

NEIGHBORS = 5  # in form, and in vector, that a shape is compared with


def duplicates(
    data: Any,
    *,
    table: str | Path | None = None,
    model: "str | Path | torch.nn.Module" = MODEL,
    vector: str = "auto",
    poses: str = "auto",
    kinds: Sequence[str] = DUPLICATE_KINDS,
    min_similarity: float = 0.8,
    neighbors: int = NEIGHBORS,
    progress: bool = True,
    **imports: Any,
) -> Duplicates:
    """Group the files of a collection that are copies or variants of one another, with evidence. Deletes nothing.

    What is compared: shapes of the same hash need no look; those whose facts agree may be identical, rescaled or
    mirrored; those whose form or vector is near may be re-meshed or variants. Each is compared with the best of its
    group (`keep_order`), so that copies of copies come together; a variant hangs on one shape and brings no others.
    The same answer every time.

    Args:
        data: a folder (whose table is made or brought up to date, see `open_collection`), a table, or other shapes as
            `as_shapes` takes them: those are compared by their points alone.
        table: where the table of a folder is, or is made.
        model, vector, poses: whose vectors tell which shapes may be variants, as for `collection_vectors`; made
            only where variants are asked for.
        kinds: of `DUPLICATE_KINDS`, what to look for.
        min_similarity: the least cosine at which vectors make a pair worth comparing.
        neighbors: in form and in vector, that each shape is compared with.
        progress: show on standard error what is done, and how long it will take.
        imports: settings of `import_shapes` for a folder that has no table yet.

    Raises:
        InputError: an unknown kind, no shapes, or what opening and embedding raise.
    """
    asked = tuple(kinds) if isinstance(kinds, Iterable) and not isinstance(kinds, str) else (kinds,)
    if wrong := [kind for kind in asked if kind not in DUPLICATE_KINDS]:
        told = did_you_mean(wrong[0], DUPLICATE_KINDS, f"choose among {', '.join(DUPLICATE_KINDS)}")
        raise InputError(f"there is no kind of duplicates '{wrong[0]}'; {told}")
    if not asked:
        raise InputError(f"no kind of duplicates is named; choose among {', '.join(DUPLICATE_KINDS)}")
    if not is_number(min_similarity) or not -1 <= min_similarity <= 1:
        raise InputError(f"the least similarity is {min_similarity}; it is a cosine, between -1 and 1")
    check_whole("neighbors", neighbors)
    if VARIANT in asked:
        check_makers(model, vector)
    from pointrecon.shapes.door import as_shapes

    opened = _opened(data, table, progress, imports)
    shapes = as_shapes(data if opened is None else opened)
    values = None
    if VARIANT in asked and len(shapes) > 1:
        found = collection_vectors(
            shapes if opened is None else opened, model=model, vector=vector, poses=poses, progress=progress
        )
        shapes, values = found.shapes, found.values

    def forms() -> np.ndarray:
        found = collection_vectors(shapes if opened is None else opened, vector="form", progress=progress).values
        if len(found) != len(shapes):
            raise InputError(f"{shapes.name} was changed while it was read: run the command again")
        return found

    work = Gathering(shapes, asked, _comparer(opened, shapes), forms, values)
    work.same_files()
    work.same_facts(progress=progress)
    work.alike(neighbors, min_similarity, progress=progress)
    return work.result()


def _opened(data: Any, table: str | Path | None, progress: bool, imports: dict[str, Any]) -> "ShapeTable | None":
    """The table of the shapes, None for shapes that are in none."""
    from pointrecon.retrieval.folder_table import check_unopened, open_collection
    from pointrecon.shapes.table.shape_table import ShapeTable

    if isinstance(data, str | Path | ShapeTable):
        return open_collection(data, table=table, progress=progress, **imports)
    check_unopened(data, table, imports)
    return None


def _comparer(table: "ShapeTable | None", shapes: Shapes) -> Compare:
    """What takes evidence of two shapes by their places: from their files, or their points where there is no table."""
    from pointrecon.retrieval.evidence import Geometry, compare

    if table is not None:
        from pointrecon.retrieval.compared import ComparedShapes
        from pointrecon.retrieval.evidence_journal import remembered

        files = ComparedShapes(table)
        if len(files) != len(shapes):
            raise InputError(f"{table.path} was changed while it was read: run the command again")
        inside = isinstance(table.path, Path) and table.path.is_dir()
        look = remembered(files.of_numbers, shapes, Path(table.path)) if inside else files.of_numbers

        def of_files(a: int, b: int) -> "Evidence | None":
            found = look(a, b)
            return found and files.of_true_sizes(found, a, b)

        return of_files
    none = np.zeros((0, 3), np.int64)

    def of_points(a: int, b: int) -> "Evidence":
        clouds = shapes.read(np.array([a, b]), columns=["points"]).points.astype(np.float64)
        return compare(Geometry(clouds[0], none, 2.0**-11), Geometry(clouds[1], none, 2.0**-11))

    return of_points
