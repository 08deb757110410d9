"""A collection opened to be searched: its table brought up to date, its vectors and columns ready."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointrecon.encode_settings import check_poses
from pointrecon.errors import InputError
from pointrecon.retrieval.folder_table import check_unopened, is_table, open_collection, table_beside
from pointrecon.retrieval.known_columns import Columns
from pointrecon.retrieval.prepared_store import folder_marks, store_of
from pointrecon.retrieval.vectors import Vectors, are_prepared, check_makers, check_vector, collection_vectors
from pointrecon.shapes.importers.archives import is_archive
from pointrecon.shapes.importers.import_source import source_place
from pointrecon.shapes.importers.manifest import is_manifest
from pointrecon.shapes.table.shape_table import ShapeTable, open_table

if TYPE_CHECKING:
    from pointrecon.retrieval.question import Question


def open_parts(
    data: Any,
    imports: dict[str, Any],
    *,
    table: str | Path | None,
    model: Any,
    vector: str,
    poses: str,
    progress: bool,
    question: "Question | None" = None,
) -> "tuple[Vectors, Columns, ShapeTable | Path | None]":
    """What an `Index` is made of; arguments and errors are those of `Index.open`.

    A ``question`` that is to be asked is checked before a folder is read or shapes are embedded for it.
    """
    check_vector(vector)
    check_poses(poses)
    if not isinstance(model, str | Path) and not hasattr(model, "state_dict"):
        raise InputError(f"a model is named, or loaded, not {model!r}")

    def check(source: Path, place: Path) -> None:
        if question is None:
            check_makers(model, vector)
            return
        question.check_model(model, vector)
        question.check_folder(source, place, imports)

    found = _table_of(data, table, progress, imports, check)
    given = data if found is None else found
    store = store_of(getattr(found, "path", found))
    if question is not None and found is not None and not are_prepared(given, model, vector, poses):
        from pointrecon.shapes.door import as_shapes

        question.check_model(model, vector)
        known = Columns.kept(lambda: as_shapes(given), store)
        if len(known):
            question.shapes(known)
    vectors = collection_vectors(given, model=model, vector=vector, poses=poses, progress=progress)
    columns = Columns.kept(lambda: vectors.shapes, store)
    if len(columns) != len(vectors.values):
        raise InputError(f"{columns.name} was changed while it was read: run the command again")
    return vectors, columns, found


def open_columns(
    data: Any, imports: dict[str, Any], *, table: str | Path | None, progress: bool
) -> tuple[Any, Columns]:
    """The shapes as they are to be read, and what is known of them; nothing is embedded."""
    from pointrecon.shapes.door import as_shapes

    found = _table_of(data, table, progress, imports, lambda source, place: None)
    given = as_shapes(data) if found is None else found
    return given, Columns.kept(lambda: as_shapes(given), store_of(getattr(found, "path", found)))


def _table_of(
    data: Any, table: str | Path | None, progress: bool, imports: dict[str, Any], check: Callable[[Path, Path], None]
) -> "ShapeTable | Path | None":
    """The table of a collection, open or its path; None for shapes in memory and for a single file.

    ``check`` is called with a folder and the place of its table before that is made or brought up to date.
    """
    check_unopened(data, table, imports)
    if not isinstance(data, str | Path):
        return data if isinstance(data, ShapeTable) else None
    if is_table(data):
        return open_table(data) if "://" in str(data) or not Path(data).exists() else Path(data)
    source = source_place(data)
    if not source.exists():
        raise InputError(f"there are no shapes at {data}: check the path")
    if source.is_file() and not is_archive(source) and not is_manifest(source):
        return None
    place = Path(table_beside(source) if table is None else table)
    marks = "" if is_manifest(source) or imports else f"{source.resolve()} {folder_marks(source)}"
    store = store_of(place)
    if marks and store is not None and store.read("folder", f"{marks} {store.state('shapes')}") is not None:
        return place  # nothing has changed
    check(source, place)
    found = open_collection(data, table=table, progress=progress, **imports)
    if marks and (store := store_of(place)) is not None:
        store.write("folder", f"{marks} {store.state('shapes')}", {}, lambda _: {})
    return found
