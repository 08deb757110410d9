"""What a call replaces in a folder, file by file over hours, stays in its ``.replaced`` until the new is finished."""

from collections.abc import Sequence
from pathlib import Path

from pointrecon.files import is_blank, passing_folder, remove

REPLACED = ".replaced"
MOVING = ".replacing"


def set_aside(folder: Path, paths: Sequence[Path], *, finished: bool) -> None:
    """Move these files and folders of a folder out of the way; one that says what the folder is comes last.

    Where a call before this one never finished what it put in their place, what it replaced is kept, and they go.

    Args:
        finished: whether what is to be moved is finished itself.
    """
    kept, moving = folder / REPLACED, folder / MOVING
    if kept.exists() and not finished:
        for path in paths:
            remove(path)
        return
    let_go(folder)
    moving.mkdir(exist_ok=True)
    for path in paths:
        if path.exists():
            path.rename(moving / path.name)
    moving.rename(kept)


def take_back(folder: Path) -> None:
    """Undo what a call that was killed had begun to move."""
    moving = folder / MOVING
    if moving.is_dir():
        for path in moving.iterdir():
            path.rename(folder / path.name)
        moving.rmdir()


def let_go(folder: Path) -> None:
    """The new is finished: what it replaced is gone at once, and then removed."""
    kept = folder / REPLACED
    if kept.exists():
        with passing_folder(kept) as going:
            kept.rename(going / kept.name)


def is_free(folder: Path) -> bool:
    """Whether nothing is in a folder but what an overwriting call that was killed at its beginning leaves."""
    return is_blank(folder) or {path.name for path in folder.iterdir()} <= {REPLACED}
