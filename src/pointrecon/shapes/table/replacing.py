"""A table that is to replace another is made beside it, and takes its place when it is whole."""

import sys
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.files import is_blank, put_in_place, remove
from pointrecon.screen import say
from pointrecon.shapes.table.shape_table import check_replaceable


def place_to_write(out: Path, *, overwrite: bool, resume: bool) -> tuple[Path, bool]:
    """Where to write a table so that the one at ``out`` stays until it is whole, and whether a begun one is there.

    To be asked by who holds the lock of ``out``; `arrived` ends it. What an interrupted overwrite began is gone on with
    by ``resume`` and removed otherwise.

    Raises:
        InputError: something is at ``out``, and neither switch is on or it is no table.
    """
    fresh = out.with_name(f".new-{out.name}")
    if resume and fresh.exists():
        told = f"note: going on with the table that is to replace {out} (to keep the old one, remove {fresh})"
        say(told, file=sys.stderr)
        return fresh, True
    there = out.exists() and not (out.is_dir() and is_blank(out))
    if there and not overwrite and not resume:
        raise InputError(f"{out} exists already: choose another name, or say --resume or --overwrite")
    if there and overwrite:
        check_replaceable(out, overwrite)
    remove(fresh)
    return (fresh, False) if there and overwrite else (out, there)


def arrived(place: Path, out: Path) -> None:
    """The table at the place that `place_to_write` gave is whole: it is to be at ``out`` now."""
    if place != out:
        put_in_place(place, out)
