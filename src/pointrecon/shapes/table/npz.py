"""A collection of shapes as one ``.npz`` file: everything as plain arrays, nothing pickled."""

import json
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import written_whole
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta
from pointrecon.shapes.table.sentences import Sentences

META = "pointrecon_meta"
_OPTIONAL = ("color", "normals", "part")
# what numpy and zipfile raise on truncated, damaged or pickled members (an array's header is Python syntax)
DAMAGE = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, EOFError, SyntaxError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)


def save(arrays: ShapeArrays, path: str | Path, feature_info: dict[str, dict] | None = None) -> None:
    """Write a collection into one ``.npz``, whole or not at all (OSError where the disk refuses)."""
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise InputError(f"{path}: a one-file table is called something.npz")
    members: dict[str, Any] = {
        META: _text(arrays.meta.to_json()),
        "points": arrays.points,
        "id": arrays.id,
        "label": arrays.label,
        "split": arrays.split,
        "source": arrays.source,
        "captions": _text(json.dumps(arrays.captions)),
        "feature_info": _text(json.dumps(feature_info or {})),
    }
    members |= {key: value for key in _OPTIONAL if (value := getattr(arrays, key)) is not None}
    members |= {f"features/{name}": values for name, values in arrays.features.items()}
    for name, some in arrays.sentences.items():
        members |= {f"sentences/{name}": _text(json.dumps(some.text)), f"spoken/{name}": some.values}
    if arrays.pictures is not None:
        flat = [picture for pictures in arrays.pictures for picture in pictures]
        members["picture_count"] = np.array([len(p) for p in arrays.pictures], np.int64)
        members["picture_size"] = np.array([len(p) for p in flat], np.int64)
        members["picture_bytes"] = np.frombuffer(b"".join(flat), np.uint8)
    with written_whole(path) as file:
        np.savez(file, **members)


def load(path: str | Path) -> ShapeArrays:
    """Read what `save` wrote.

    Raises:
        InputError: missing, damaged, not a shape table, or written by a newer version.
    """
    return load_with_info(path)[0]


def load_with_info(path: str | Path) -> tuple[ShapeArrays, dict[str, dict]]:
    """`load`, and what is known about the teachers behind the features."""
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"there is no shape table at {path}: check the path, or make one with 'pointrecon shapes import'"
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            # np.load gives a bare array for a file that is really a .npy
            if not isinstance(archive, np.lib.npyio.NpzFile) or META not in archive.files:
                raise InputError(
                    f"{path} holds arrays but is not a shape table: 'pointrecon shapes import {path} -o "
                    f"{path.stem}.lance' makes one"
                )
            meta = TableMeta.from_json(archive[META].tobytes(), path)
            members = {name: archive[name] for name in archive.files}
        pictures = _pictures(members)
        arrays = ShapeArrays(
            points=members["points"],
            id=members["id"],
            meta=meta,
            label=members["label"],
            split=members["split"],
            captions=json.loads(members["captions"].tobytes()),
            source=members["source"],
            pictures=pictures,
            features={k.removeprefix("features/"): v for k, v in members.items() if k.startswith("features/")},
            sentences={
                name: Sentences(json.loads(members[f"sentences/{name}"].tobytes()), values)
                for key, values in members.items()
                if (name := key.removeprefix("spoken/")) != key
            },
            **{key: members.get(key) for key in _OPTIONAL},
        )
        info = json.loads(members["feature_info"].tobytes())
        if arrays.points.ndim != 3 or arrays.points.dtype.kind != "f":
            raise ValueError("points")
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{path} is damaged or cut short: restore it from a copy or make it again") from error
    arrays.check(path)
    return arrays, info


def _text(text: str) -> np.ndarray:
    # bytes, because numpy's fixed-width strings take the longest caption's room for every one
    return np.frombuffer(text.encode(), np.uint8)


def _pictures(members: dict[str, np.ndarray]) -> list[list[bytes]] | None:
    if "picture_count" not in members:
        return None
    ends = np.cumsum(members["picture_size"]).tolist()
    content = members["picture_bytes"].tobytes()
    flat = [content[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []
    pictures: list[list[bytes]] = []
    row: int = 0
    for count in members["picture_count"].tolist():
        pictures.append(flat[row : row + count])
        row += count
    return pictures


def names_of(splits: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """A split argument as names: "train" -> ("train",)."""
    if splits is None:
        return None
    return (splits,) if isinstance(splits, str) else tuple(splits)
