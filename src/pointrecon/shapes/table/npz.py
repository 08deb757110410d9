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
from pointrecon.shapes.table.file_facts import FACTS, KINDS
from pointrecon.shapes.table.label_log import LabelLog
from pointrecon.shapes.table.npy_members import DAMAGE, stored_npz
from pointrecon.shapes.table.sentences import Sentences
from pointrecon.shapes.table.table_meta import TableMeta

META = "pointrecon_meta"
_COLUMNS = ("points", "id", "label", "split", "source")
_LEFT_OUT = ("color", "normals", "part")  # where no shape has any


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


def members_for(arrays: Any) -> dict[str, np.ndarray]:
    """What a file of these `ShapeArrays` holds."""
    members = {META: np.frombuffer(arrays.meta.to_json().encode(), np.uint8)}  # first: a table's start says so
    members |= {key: value for key in (*_COLUMNS, *_LEFT_OUT) if (value := getattr(arrays, key)) is not None}
    members |= {"captions": packed(arrays.captions), "feature_info": packed(arrays.makers)}
    members |= {"given": packed(arrays.given.columns)} if arrays.given else {}
    members |= {f"features/{name}": values for name, values in arrays.features.items()}
    members |= {f"facts/{name}": values for name, values in arrays.facts.items()}
    for name, some in arrays.sentences.items():
        members |= {f"sentences/{name}": packed(some.text), f"spoken/{name}": some.values}
    return members | pack_pictures(arrays.pictures)


def columns_of(members: dict[str, np.ndarray], path: Path) -> dict[str, Any]:
    """The arguments of `ShapeArrays` that `members_for` wrote; an error of `DAMAGE`, or InputError, for others."""

    def named(kind: str) -> dict[str, np.ndarray]:
        return {name: values for key, values in members.items() if (name := key.removeprefix(kind)) != key}

    features, captions, makers = named("features/"), unpacked(members["captions"]), unpacked(members["feature_info"])
    if members["points"].ndim != 3 or any(one.dtype.kind != "f" for one in (members["points"], *features.values())):
        raise ValueError("points or features")
    if not all(value.ndim == 3 for value in features.values()) or not isinstance(makers, dict):
        raise ValueError("features")
    if not all(isinstance(text, str) for own in list(captions) for text in list(own)):
        raise ValueError("captions")
    return {
        "meta": TableMeta.from_json(members[META].tobytes(), path),
        **{key: members[key] for key in _COLUMNS},
        **{key: members.get(key) for key in _LEFT_OUT},
        "captions": captions,
        "pictures": unpack_pictures(members),
        "features": features,
        "sentences": {k: Sentences(unpacked(members[f"sentences/{k}"]), v) for k, v in named("spoken/").items()},
        "facts": {k: v.astype(KINDS[FACTS[k]], copy=False) for k, v in named("facts/").items() if k in FACTS},
        "makers": makers,
        "given": LabelLog.of(unpacked(members["given"])) if "given" in members else None,
    }


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
