"""Reading a whole collection from one file of arrays: .npz, .npy or HDF5, as benchmarks are handed around."""

from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import as_bytes, unit
from pointrecon.shapes.readers.one_array import COLOR_KEYS, NORMAL_KEYS, first, load_arrays, points_of
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.column_checks import check_labels

SUFFIXES = (".npz", ".npy", ".h5", ".hdf5")
_POINTS = ("points", "data")
_SPLITS = ("train", "val", "test")
_NUMBERED = {0: "train", 1: "test", 2: "val"}


def holds_one(path: Path) -> bool:
    """Whether the file holds one cloud (n, 3 or more), which `read.read_shape` reads, and no collection."""
    points = points_of(arrays := load_arrays(path))
    return np.ndim(points) == 2 or (np.shape(points)[:1] == (1,) and first(arrays, _POINTS) is None)


def read_arrays(
    path: Path, points: int | None, *, split: str = "", labels: bool = True, seed: int = 0
) -> tuple[ShapeArrays, list[tuple[str, str]], list[tuple[str, str]]]:
    """All shapes of an array file, centered and scaled; the ones left out, with the reason; and warnings.

    Keys: ``points`` (or ``data``) (M, N, 3 or more); optional ``label`` (numbers or names), ``classes``, ``split`` (0
    train, 1 test, 2 val, or names), ``names``, ``captions``, ``normals``, ``color``, ``part`` (M, N), ``part_names``;
    or the same with ``_train``, ``_val``, ``_test`` behind them. Integer points are divided by their type's largest
    value. ``points`` are kept of each shape, one random choice for all; None keeps all. InputError for a file that is
    unreadable, without points, not of numbers, of wrong shape, or with duplicate names.
    """
    arrays = load_arrays(path)
    groups = [(s, {k.removesuffix(f"_{s}"): v for k, v in arrays.items() if k.endswith(f"_{s}")}) for s in _SPLITS]
    groups = [(s, group) for s, group in groups if first(group, _POINTS) is not None]
    if not groups:
        groups = [(split, arrays)]
    elif split:
        raise InputError(f"{path} tells the splits itself ('points_train', ...): leave out split '{split}'")
    parts = []
    skipped: list[tuple[str, str]] = []
    classes = [str(c) for c in np.asarray(arrays.get("classes", [])).tolist()] if labels else []
    for name, group in groups:
        if not labels:
            group = {k: v for k, v in group.items() if k not in ("label", "labels")}
        part, bad = _part(path, group, arrays, classes, name, points, seed)
        parts.append(part)
        skipped += bad
    whole = ShapeArrays.concatenate(parts)
    have = first(groups[0][1], _POINTS).shape[1]
    warnings = []
    if points is not None and have < points:
        warnings.append((str(path), f"has {have} points a shape, repeated up to {points}"))
    return whole, skipped, warnings


def _part(
    path: Path, group: dict, shared: dict, classes: list[str], split: str, points: int | None, seed: int
) -> tuple[ShapeArrays, list[tuple[str, str]]]:
    raw = first(group, _POINTS)
    if raw is None:
        raise InputError(f"{path} has no array 'points' or 'data' (it has: {', '.join(group) or 'none'})")
    if raw.dtype.kind not in "fiu":
        raise InputError(f"{path}: the points are of type {raw.dtype}, expected numbers")
    if raw.ndim != 3 or raw.shape[2] < 3 or 0 in raw.shape:
        raise InputError(f"{path}: points have shape {raw.shape}, expected (shapes, points, 3 or more)")
    count, size = raw.shape[:2]
    told = ("label", "labels", "split", "names", "part", "captions", *COLOR_KEYS, *NORMAL_KEYS)
    if odd := next((key for key in group if key in told and np.shape(group[key])[:1] != (count,)), None):
        raise InputError(f"{path}: '{odd}' has shape {np.shape(group[odd])} for {count} shapes")
    label, classes = _labels(path, first(group, ("label", "labels")), classes, count)
    splits = _splits(path, group.get("split"), split, count)
    ids = _ids(path, group.get("names"), splits)
    keep = _chosen(size, points, seed)
    clouds, good, reasons = _clouds(raw, keep)
    skipped = [(ids[i], reason) for i, reason in reasons.items()]
    if not len(good):
        raise InputError(f"{path} has no usable shape: {skipped[0][1]}")
    normals, color = first(group, NORMAL_KEYS), first(group, COLOR_KEYS)
    part, captions = group.get("part"), group.get("captions")
    names = [str(p) for p in np.asarray(shared.get("part_names", [])).tolist()]
    if part is not None and not names:
        names = [f"part {i}" for i in range(int(part.max()) + 1)]
    arrays = ShapeArrays.from_points(
        clouds,
        label=label[good],
        split=splits[good],
        captions=None if captions is None else [_words(captions[i]) for i in good],
        classes=classes,
        id=[ids[i] for i in good],
        source=path.name,
        color=None if color is None else as_bytes(color[good][:, keep, :3]),
        normals=None if normals is None else unit(normals[good][:, keep, :3]),
        part=None if part is None else part[good][:, keep],
        part_names=names if part is not None else (),
        normalize=False,
        where=str(path),
    )
    return arrays, skipped


def _clouds(raw: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Centered and scaled (m, N, 3) float16, the shapes they are of, and why the others are not there."""
    scale = float(np.iinfo(raw.dtype).max) if raw.dtype.kind in "iu" else 1.0
    done: list[np.ndarray] = []
    reasons: dict[int, str] = {}
    for start in range(0, len(raw), 512):  # in pieces: float64 of everything would take four times the file's room
        clouds = raw[start : start + 512][:, keep, :3].astype(np.float64) / scale
        finite = np.isfinite(clouds).all((1, 2))
        clouds[~finite] = 0
        clouds -= clouds.mean(1, keepdims=True)
        radius = np.linalg.norm(clouds, axis=2).max(1)
        for bad, reason in ((~finite, "NaN or infinite coordinates"), (finite & ~(radius > 0), "all points are equal")):
            reasons |= dict.fromkeys((start + np.flatnonzero(bad)).tolist(), reason)
        done.append((clouds / np.where(radius > 0, radius, 1)[:, None, None]).astype(np.float16))
    good = np.array([i for i in range(len(raw)) if i not in reasons], np.int64)
    return np.concatenate(done)[good], good, reasons


def _chosen(size: int, points: int | None, seed: int) -> np.ndarray:
    if points is None or points == size:
        return np.arange(size)
    rng = np.random.default_rng(seed)
    if points < size:
        return rng.permutation(size)[:points]
    return np.concatenate([np.arange(size), rng.integers(0, size, points - size)])


def _labels(path: Path, label: Any, classes: list[str], count: int) -> tuple[np.ndarray, list[str]]:
    label = None if label is None else np.asarray(label).reshape(-1)
    if label is not None and label.dtype.kind in "iu" and not classes:
        classes = [str(i) for i in range(int(label.max(initial=-1)) + 1)]
    return check_labels(label, classes, count, path)


def _splits(path: Path, split: Any, default: str, count: int) -> np.ndarray:
    if split is None:
        return np.full(count, default, "<U5")
    if np.asarray(split).dtype.kind not in "iu":
        return np.array([str(s) for s in split])
    if unknown := set(np.unique(split).tolist()) - set(_NUMBERED):
        raise InputError(f"{path}: the split {min(unknown)} is unknown; use 0 train, 1 test, 2 val")
    return np.array([_NUMBERED[int(s)] for s in split], "<U5")


def _ids(path: Path, names: Any, splits: np.ndarray) -> list[str]:
    if names is None:
        stems = [f"{i:06d}" for i in range(len(splits))]
    else:
        full = [str(n) for n in np.asarray(names).tolist()]
        stems = [Path(n).with_suffix("").as_posix() for n in full]
        stems = stems if len(set(stems)) == len(set(full)) else full
    return [f"{s}/{stem}" if s else stem for s, stem in zip(splits.tolist(), stems, strict=True)]


def _words(captions: Any) -> list[str]:
    return [text for text in np.atleast_1d(captions).astype(str).tolist() if text]
