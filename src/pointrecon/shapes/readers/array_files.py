"""Reading a whole collection from one file of arrays: .npz, .npy or HDF5, as benchmarks are handed around."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.array_labels import checked_parts, ids_of, numbered, sorted_labels, splits_of, words
from pointrecon.shapes.readers.array_store import open_arrays, texts
from pointrecon.shapes.readers.channels import channels_of
from pointrecon.shapes.readers.clouds import unit
from pointrecon.shapes.readers.columns import is_matrix
from pointrecon.shapes.readers.one_array import (
    COLOR_KEYS,
    LABEL_KEYS,
    NORMAL_KEYS,
    PART_KEYS,
    POINT_KEYS,
    colors_of,
    first,
    points_name,
    transposed,
)
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.npy_members import Stored

SUFFIXES = (".npz", ".npy", ".h5", ".hdf5")
_SPLITS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}  # as names have them
_SHARED = {"classes": ("classes", "class_names", "label_names"), "part_names": ("part_names", "seg_names")}
_PER_SHAPE = (*LABEL_KEYS, "split", "names", "captions", *PART_KEYS, *COLOR_KEYS, *NORMAL_KEYS)


def holds_one(path: Path) -> bool:
    """Whether the file holds one cloud (n, 3 or more), which `read.read_shape` reads, and no collection."""
    with open_arrays(path) as arrays:
        name = first(arrays, (*POINT_KEYS, "x"))
        some = [arrays[name]] if name else arrays.values()
        return max((len(one.shape) for one in some if one.dtype.kind in "fiuV"), default=3) < 3


def read_arrays(
    path: Path,
    points: int | None,
    *,
    split: str = "",
    labels: bool = True,
    seed: int = 0,
    columns: Sequence[str] | None = None,
) -> tuple[ShapeArrays, list[tuple[str, str]], list[tuple[str, str]]]:
    """All shapes of an array file, centered and scaled; the ones left out, with the reason; and warnings.

    Keys: ``points`` (or ``data``, ``xyz``, ...) (M, N, 3 or more) or (M, 3, N); optional ``label`` (numbers or names,
    one-hot, or of each point, which makes parts), ``classes``, ``split`` (0 train, 1 test, 2 val, or names), ``names``,
    ``captions``, ``normals``, ``color``, ``part`` (M, N), ``part_names``; ``X`` and ``y`` are points and label; or the
    same with ``_train``, ``_val``, ``_test`` behind or before them, or in HDF5 groups called so. Integer
    points are divided by their type's largest value.
    What channels behind the coordinates are their values show, and a warning says, where ``columns`` does not name all.
    ``points`` are kept of each shape, one random choice for all; None keeps all. InputError for a file that is
    unreadable, without points, not of numbers, of wrong shape, or with duplicate names.
    """
    with open_arrays(path) as arrays:
        groups = [(s, group) for s in _SPLITS if first(group := _of_split(arrays, s), POINT_KEYS)]
        if not groups:
            groups = [(split, _usual(arrays))]
        elif split:
            raise InputError(f"{path} tells the splits itself ('points_train', ...): leave out split '{split}'")
        keys = {what: key for what, names in _SHARED.items() if (key := first(arrays, names))}
        shared = {what: texts(arrays[key].read()).reshape(-1).tolist() for what, key in keys.items()}
        if twice := next((f"{key}' holds '{name}" for key in shared for name in _twice(shared[key])), ""):
            raise InputError(f"{path}: '{twice}' twice: give each its own name")
        used = {arrays[key].name for key in keys.values()}
        read = [_part(path, group, shared, name, points, labels, seed, used, columns) for name, group in groups]
        left = [str(one) for one in arrays.values() if one.name not in used]
    whole = ShapeArrays.concatenate([part for part, _, _ in read])
    told = list(dict.fromkeys(note for _, _, notes in read for note in notes))
    if left:
        told.append(f"left out: {', '.join(left[:5])}{' ...' if len(left) > 5 else ''}")
    return whole, [one for _, skipped, _ in read for one in skipped], [(str(path), note) for note in told]


def _of_split(arrays: Mapping[str, Stored], split: str) -> dict[str, Stored]:
    """The arrays ``points_train`` or ``train/points``, ... of one split, as ``points``, ..."""
    found = {}
    for said in _SPLITS[split]:
        for key, array in arrays.items():
            name = key.removesuffix(f"_{said}").removeprefix(f"{said}/").removeprefix(f"{said}_")
            if name != key:
                found[name] = array
    return _usual(found)


def _usual(arrays: Mapping[str, Stored]) -> dict[str, Stored]:
    """The same, where ``X`` are the clouds and ``y`` their labels under the names that these have elsewhere."""
    clouds = next((key for key in ("X", "x") if key in arrays and len(arrays[key].shape) == 3), None)
    if clouds is None or first(arrays, POINT_KEYS):
        return dict(arrays)
    names = {clouds: "points"} | {key: "label" for key in ("Y", "y") if not first(arrays, LABEL_KEYS)}
    return {names.get(key, key): array for key, array in arrays.items()}


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []


def _part(
    path: Path,
    group: Mapping[str, Stored],
    shared: dict[str, list[str]],
    split: str,
    points: int | None,
    labels: bool,
    seed: int,
    used: set[str],
    columns: Sequence[str] | None,
) -> tuple[ShapeArrays, list[tuple[str, str]], list[str]]:
    """The shapes of one split, those left out, and notes; the names of arrays that were of use are added to `used`."""
    name = points_name(group, path, 3)
    shape, kind = group[name].shape, group[name].dtype
    if kind.hasobject:
        group[name].read()  # says why not
    if kind.kind not in "fiu":
        raise InputError(f"{path}: the points are of type {kind}, expected numbers")
    if len(shape) != 3 or 0 in shape or ((turned := transposed(shape, path)) is False and shape[2] < 3):
        raise InputError(f"{path}: points have shape {shape}, expected (shapes, points, 3 or more)")
    count = shape[0]
    if odd := next((key for key in group if key in _PER_SHAPE and group[key].shape[:1] != (count,)), None):
        raise InputError(f"{path}: '{odd}' has shape {group[odd].shape} for {count} shapes")
    raw = group[name].read()
    if is_matrix(raw):
        raise InputError(f"{path}: '{name}' holds matrices of shape {shape[1:]}, such as poses of a camera, not clouds")
    raw = raw.swapaxes(1, 2) if turned else raw
    size = raw.shape[1]
    used.add(group[name].name)

    def of(*keys: str) -> np.ndarray | None:
        if not (key := first(group, keys)):
            return None
        used.add(group[key].name)
        return group[key].read()

    def of_points(keys: Iterable[str]) -> np.ndarray | None:
        if (values := of(*keys)) is None:
            return None
        if turned and values.ndim == 3 and values.shape[2] == size:
            values = values.swapaxes(1, 2)
        if values.ndim != 3 or values.shape[1] != size or values.shape[2] < 3 or values.dtype.kind not in "fiu":
            told = f"'{first(group, keys)}' has shape {values.shape} and type {values.dtype}"
            raise InputError(f"{path}: {told} for {count} shapes of {size} points, expected 3 numbers for each point")
        return values

    notes = ["read with its axes swapped, as it holds (shapes, channels, points)"] if turned else []
    classes = shared.get("classes", []) if labels else []
    label, by_point = of(*LABEL_KEYS), None
    if label is not None:
        label, by_point = sorted_labels(path, first(group, LABEL_KEYS), label, size, classes)
    label, classes = numbered(path, label if labels else None, classes, count)
    part = of(*PART_KEYS)
    if part is not None:
        part = checked_parts(path, first(group, PART_KEYS), part, count, size)
    elif by_point is not None:
        part = checked_parts(path, first(group, LABEL_KEYS), by_point, count, size)
        notes.append(f"'{first(group, LABEL_KEYS)}' holds a number for each point: read as parts")
    splits = splits_of(path, of("split"), split, count)
    ids = ids_of(path, of("names"), splits)
    normals, color, captions = of_points(NORMAL_KEYS), of_points(COLOR_KEYS), of("captions")
    channels, told = channels_of(raw, path, columns)
    notes += [told] if told else []
    if normals is None and "normals" in channels:
        normals = raw[:, :, channels["normals"]]
    if color is None and "color" in channels:
        color = raw[:, :, channels["color"]]
    if part is None and "part" in channels:
        part = checked_parts(
            path, f"{name}', channel '{channels['part'][0] + 1}", raw[:, :, channels["part"]], count, size
        )
    raw = raw[:, :, channels["xyz"]]
    keep = _chosen(size, points, seed)
    clouds, good, reasons, sizes = _clouds(raw, keep)
    skipped = [(ids[i], reason) for i, reason in reasons.items()]
    if not len(good):
        raise InputError(f"{path} has no usable shape: {skipped[0][1]}")
    if color is not None and (color := colors_of(color[good][:, keep, :4])) is None:
        notes.append("colors left out: they are no numbers from 0 to 1, 255 or 65535")
    names = shared.get("part_names", [])
    if part is not None and not names:
        names = [f"part {i}" for i in range(int(part.max()) + 1)]
    if points is not None and size < points:
        notes.append(f"has {size} points a shape, repeated up to {points}")
    arrays = ShapeArrays.from_points(
        clouds,
        label=label[good],
        split=splits[good],
        captions=None if captions is None else [words(captions[i]) for i in good],
        classes=classes,
        id=[ids[i] for i in good],
        source=path.name,
        color=color,
        normals=None if normals is None else unit(normals[good][:, keep, :3]),
        part=None if part is None else part[good][:, keep],
        part_names=names if part is not None else (),
        facts={
            **{name: sizes[good, i] for i, name in enumerate(("scale", "extent_x", "extent_y", "extent_z"))},
            **{"vertices": np.full(len(good), size), "faces": np.zeros(len(good), np.int64)},
        },
        normalize=False,
        where=str(path),
    )
    return arrays, skipped, notes


def _clouds(raw: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[int, str], np.ndarray]:
    """Centered and scaled (m, N, 3) float16, the shapes they are of, why the others are not there; sizes of all.

    Sizes (M, 4) are what the points were divided by, and their extents, all points counted.
    """
    sizes = np.zeros((len(raw), 4))
    scale = float(np.iinfo(raw.dtype).max) if raw.dtype.kind in "iu" else 1.0
    done: list[np.ndarray] = []
    reasons: dict[int, str] = {}
    for start in range(0, len(raw), 512):  # in pieces: float64 of everything would take four times the file's room
        every = raw[start : start + 512, :, :3].astype(np.float64)
        clouds = every[:, keep] / scale
        finite = np.isfinite(clouds).all((1, 2))
        clouds[~finite] = 0
        clouds -= clouds.mean(1, keepdims=True)
        radius = np.linalg.norm(clouds, axis=2).max(1)
        with np.errstate(all="ignore"):  # of those that are left out
            sizes[start : start + 512] = np.column_stack([radius * scale, np.ptp(every, axis=1)])
        for bad, reason in ((~finite, "NaN or infinite coordinates"), (finite & ~(radius > 0), "all points are equal")):
            reasons |= dict.fromkeys((start + np.flatnonzero(bad)).tolist(), reason)
        done.append((clouds / np.where(radius > 0, radius, 1)[:, None, None]).astype(np.float16))
    good = np.array([i for i in range(len(raw)) if i not in reasons], np.int64)
    return np.concatenate(done)[good], good, reasons, sizes


def _chosen(size: int, points: int | None, seed: int) -> np.ndarray:
    if points is None or points == size:
        return np.arange(size)
    rng = np.random.default_rng(seed)
    if points < size:
        return rng.permutation(size)[:points]
    return np.concatenate([np.arange(size), rng.integers(0, size, points - size)])
