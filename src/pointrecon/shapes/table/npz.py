"""One ``.npz`` file of plain arrays and texts, nothing pickled: how a collection lies on disk in one piece."""

import json
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import written_whole
from pointrecon.shapes.table.npy_members import DAMAGE, stored_npz

META = "pointrecon_meta"


def write_members(path: Path, members: dict[str, np.ndarray]) -> None:
    """Write the file, whole or not at all (OSError where the disk refuses)."""
    if path.suffix.lower() != ".npz":
        raise InputError(f"{path}: a one-file table is called something.npz")
    with written_whole(path) as file:
        np.savez(file, **members)  # type: ignore[arg-type]  # a name that savez has for itself is none of ours


@contextmanager
def members_of(path: Path) -> Iterator[dict[str, np.ndarray]]:
    """What the file holds, for a block that makes sense of it: damage there is told, too.

    InputError for a file that is missing, damaged, or somebody's archive of arrays.
    """
    if not path.is_file():
        raise InputError(
            f"there is no shape table at {path}: check the path, or make one with 'pointrecon shapes import'"
        )
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            stored = stored_npz(path, archive)
            if META not in stored:
                raise InputError(
                    f"{path} holds arrays but is not a shape table: 'pointrecon shapes import "
                    f"{shlex.quote(str(path))} -o {shlex.quote(path.stem)}.lance' makes one"
                )
            members = {name: one.read() for name, one in stored.items()}
        yield members
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{path} is damaged or cut short: restore it from a copy or make it again") from error


def plain_arrays(path: Path) -> bool:
    """Whether it is somebody's archive of arrays, and no table; a damaged one counts as a table."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{META}.npy" not in archive.namelist()
    except zipfile.BadZipFile:
        return False


def is_table(path: Path) -> bool:
    """Whether it is a table, be it damaged, and nothing else that is called so."""
    if plain_arrays(path):
        return False
    with path.open("rb") as file:  # one that was cut short is known by its first member
        return f"{META}.npy".encode() in file.read(256) or zipfile.is_zipfile(file)


def packed(text: Any) -> np.ndarray:
    """JSON as bytes: numpy's fixed-width strings would take the longest caption's room for every one."""
    return np.frombuffer(json.dumps(text).encode(), np.uint8)


def unpacked(member: np.ndarray) -> Any:
    """What `packed` packed."""
    return json.loads(member.tobytes())


def pack_pictures(pictures: Sequence[Sequence[bytes]] | None) -> dict[str, np.ndarray]:
    """Pictures as members; none for None."""
    if pictures is None:
        return {}
    flat = [picture for own in pictures for picture in own]
    return {
        "picture_count": np.array([len(own) for own in pictures], np.int64),
        "picture_size": np.array([len(picture) for picture in flat], np.int64),
        "picture_bytes": np.frombuffer(b"".join(flat), np.uint8),
    }


def unpack_pictures(members: dict[str, np.ndarray]) -> list[list[bytes]] | None:
    """What `pack_pictures` packed."""
    if "picture_count" not in members:
        return None
    flat = np.split(members["picture_bytes"], np.cumsum(members["picture_size"])[:-1])
    rows = np.cumsum([0, *members["picture_count"]])
    return [[one.tobytes() for one in flat[start:end]] for start, end in pairwise(rows)]
