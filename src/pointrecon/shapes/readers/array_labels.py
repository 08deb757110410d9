"""Labels, splits and names of a collection in an array file: numbers or text, one-hot or per point."""

from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.array_store import texts
from pointrecon.shapes.readers.read import SUFFIXES
from pointrecon.shapes.table.column_checks import check_labels

_NUMBERED = {0: "train", 1: "test", 2: "val"}
_SHAPE_FILES = (*SUFFIXES, ".step", ".stp", ".iges", ".igs", ".3mf", ".dae", ".fbx", ".wrl", ".blend", ".mat", ".pth")
_DENSE = 1024  # numbers up to here are counted on from 0, so that files of one collection agree


def sorted_labels(
    path: Path, name: str, label: np.ndarray, size: int, classes: list[str]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The labels (M,) of the shapes, or None, and those of their points (M, N), or None, as their shape tells.

    (M,) and (M, 1) are classes, (M, K) of one 1 a row too, (M, N) whole numbers parts; InputError for other shapes.
    """
    given = label.shape
    while label.ndim > 1 and label.shape[-1] == 1:
        label = label[..., 0]
    if label.dtype.kind in "SUO":
        label = texts(label)
    elif label.dtype.kind == "b" or (label.dtype.kind == "f" and (label == np.rint(label)).all()):
        label = label.astype(np.int64)
    if label.ndim == 1:
        return label, None
    numbers = label.ndim == 2 and label.dtype.kind in "iu"
    hot = numbers and ((label == 0) | (label == 1)).all() and (label.sum(1) == 1).all()
    points = numbers and label.shape[1] == size
    if hot and not points and len(classes) in (0, label.shape[1]):
        return label.argmax(1), None
    if points and not hot:
        return None, label
    raise InputError(
        f"{path}: '{name}' has shape {given} for {len(label)} shapes of {size} points: expected ({len(label)},), "
        f"one-hot ({len(label)}, classes) or a number for each point ({len(label)}, {size})"
    )


def numbered(path: Path, label: np.ndarray | None, classes: list[str], count: int) -> tuple[np.ndarray, list[str]]:
    """Labels as numbers (M,) of the classes, which are named by numbers where the file has no names."""
    if label is not None and label.dtype.kind in "iu" and not classes:
        if label.max() < _DENSE:
            classes = [str(i) for i in range(int(label.max()) + 1)]
        elif label.min() >= -1:  # numbers of a list elsewhere, such as WordNet's
            found = np.unique(label[label >= 0])
            label = np.where(label >= 0, np.searchsorted(found, label), -1)
            classes = [str(i) for i in found.tolist()]
    return check_labels(label, classes, count, path)


def checked_parts(path: Path, name: str, part: np.ndarray, count: int, size: int) -> np.ndarray:
    """Part numbers (M, N); InputError for another shape, or what is no number of a part."""
    if part.shape not in ((count, size), (count, size, 1)):
        raise InputError(f"{path}: '{name}' has shape {part.shape} for {count} shapes of {size} points")
    part = part.reshape(count, size)
    if part.dtype.kind not in "fiub" or not ((part >= -1) & (part <= 32767)).all() or (part != np.rint(part)).any():
        raise InputError(f"{path}: '{name}' should hold whole numbers from -1 (none) to 32767, one for each point")
    return part


def splits_of(path: Path, split: np.ndarray | None, default: str, count: int) -> np.ndarray:
    """The splits (M,) of 0 train, 1 test, 2 val, or of names; all the same where there are none."""
    if split is None:
        return np.full(count, default, "<U5")
    split = _one_each(path, "split", split, count).reshape(-1)
    if split.dtype.kind not in "iu":
        return np.array([str(s) for s in texts(split).tolist()])
    if unknown := set(np.unique(split).tolist()) - set(_NUMBERED):
        raise InputError(f"{path}: the split {min(unknown)} is unknown; use 0 train, 1 test, 2 val")
    return np.array([_NUMBERED[int(s)] for s in split], "<U5")


def ids_of(path: Path, names: np.ndarray | None, splits: np.ndarray) -> list[str]:
    """Ids from names, without a shape file's suffix (only such are cut), or counted; the split goes before them."""
    if names is None:
        stems = [f"{i:06d}" for i in range(len(splits))]
    else:
        full = [str(n) for n in texts(_one_each(path, "names", names, len(splits))).reshape(-1).tolist()]
        if "" in full:
            raise InputError(f"{path}: shape {full.index('')} has an empty name: name each shape, or leave 'names' out")
        stems = [_stem(n) for n in full]
        stems = stems if len(set(stems)) == len(set(full)) else full
    return [f"{s}/{stem}" if s else stem for s, stem in zip(splits.tolist(), stems, strict=True)]


def words(captions: Any) -> list[str]:
    """One shape's captions, those that are not empty."""
    return [text for text in texts(np.atleast_1d(captions)).reshape(-1).tolist() if text]


def _one_each(path: Path, name: str, values: np.ndarray, count: int) -> np.ndarray:
    if values.size != count:
        raise InputError(f"{path}: '{name}' has shape {values.shape} for {count} shapes, expected one for each")
    return values


def _stem(name: str) -> str:
    cut = next((name[: -len(suffix)] for suffix in _SHAPE_FILES if name.lower().endswith(suffix)), name)
    return name if cut.endswith("/") or not cut else cut
