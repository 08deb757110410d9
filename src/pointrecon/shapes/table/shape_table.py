"""Opening and making shape tables, by what their names say."""

from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.files import is_blank
from pointrecon.shapes.table.lance_table import LanceTable
from pointrecon.shapes.table.npz import is_table
from pointrecon.shapes.table.npz_table import NpzTable
from pointrecon.shapes.table.table_base import ShapeTable as ShapeTable
from pointrecon.shapes.table.table_lock import alone
from pointrecon.shapes.table.table_meta import TableMeta


def open_table(path: str | Path) -> ShapeTable:
    """Open a shape table: a ``.lance`` folder (or object-storage address) or one ``.npz`` file.

    InputError for one that is missing, no shape table, damaged, or written by another version.
    """
    return NpzTable.open(Path(path)) if _is_npz(path) else LanceTable.open(path)


def create_table(path: str | Path, meta: TableMeta, *, overwrite: bool = False) -> ShapeTable:
    """Make an empty shape table; ``something.npz`` is one file, ``something.lance`` a LanceDB folder.

    InputError when something is there already and `overwrite` is off, what is there is no shape table, or another
    process is writing there.
    """
    if not _is_npz(path) and not str(path).rstrip("/").endswith(".lance"):
        raise InputError(f"'{path}' is no name for a shape table: call it something.lance or something.npz")
    if "://" in str(path):
        return LanceTable.create(path, meta, overwrite)
    path = Path(path)
    with alone(path):
        if path.exists():
            check_replaceable(path, overwrite)
        return NpzTable.create(path, meta) if _is_npz(path) else LanceTable.create(path, meta, overwrite)


def check_replaceable(path: Path, overwrite: bool) -> None:
    """Raise InputError unless what is here may give way to a new table: never anything but a table."""
    if path.is_dir():
        empty = is_blank(path)
        table = (path / "about.lance").is_dir() and not _is_npz(path)
    else:
        empty = False
        table = _is_npz(path) and is_table(path)
    if not empty and not overwrite:
        raise InputError(f"{path} exists already: choose another name, or say overwrite")
    if not empty and not table:
        raise InputError(f"{path} is no shape table, so it is not overwritten: choose another name")


def _is_npz(path: str | Path) -> bool:
    return str(path).lower().endswith(".npz")
