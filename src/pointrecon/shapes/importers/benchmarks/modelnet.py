"""ModelNet40 and ModelNet10, in the four forms they are handed around in.

`text`: ``modelnet40_normal_resampled``, a text file a shape, and lists; `pickle`: the ``*_8192pts_fps.dat`` of
Point-BERT and Point-MAE; `hdf5`: ``modelnet40_ply_hdf5_2048``; `off`: the meshes, ``class/train/x.off``.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks import hdf5
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40
from pointrecon.shapes.importers.benchmarks.pickles import read_pickle
from pointrecon.shapes.importers.benchmarks.plan import (
    Plan,
    RowEntry,
    Stack,
    counted,
    elsewhere,
    inside,
    label_name,
    plain_name,
    read_files_list,
    read_list,
)
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud, unit
from pointrecon.shapes.readers.read import RawShape, finished, rng_of

LAYOUTS = ("pickle", "text", "hdf5", "off")
POINTS = 8192  # what the field takes of the 10,000 points of a text file
_COUNTS = {40: {"train": 9843, "test": 2468}, 10: {"train": 3991, "test": 908}}
_HDF5_COUNTS = {"train": 9840, "test": 2468}  # three training shapes are missing in this form
_CLASSES = {40: MODELNET40, 10: MODELNET10}
_SPLITS = ("train", "test")


@dataclass
class TextEntry(Entry):
    """A text file of ``x,y,z,nx,ny,nz`` a line."""

    def read(self, points: int, seed: int) -> RawShape:
        values = numbers(self.path, ",", (3, 6))
        cloud = Cloud(values[:, :3], normals=unit(values[:, 3:]) if values.shape[1] == 6 else None)
        return finished(cloud, points, self.path, rng_of(self.id, seed), in_order=True)


def numbers(path: Path, between: str | None, columns: tuple[int, ...]) -> np.ndarray:
    """(n, one of `columns`) float64 of a text file, or InputError."""
    if not path.is_file():
        raise InputError(f"there is no file {path}, though the list names it: get the benchmark anew")
    try:
        values = np.loadtxt(path, delimiter=between, dtype=np.float64, ndmin=2, comments=None)
    except ValueError as error:
        raise InputError(f"{path} does not hold columns of numbers: damaged or cut short, get it anew") from error
    if values.shape[1] not in columns:
        wanted = " or ".join(str(c) for c in columns)
        raise InputError(f"{path} has {values.shape[1]} columns, expected {wanted}: it is not of this benchmark")
    return values


def read_modelnet40(folder: Path, layout: str = "") -> Plan:
    """ModelNet40 in whichever form the folder has, or in the given one."""
    return _read(folder, layout, 40)


def read_modelnet10(folder: Path, layout: str = "") -> Plan:
    """ModelNet10: from its own lists of the 40-class text folder, its pickles, or its meshes."""
    return _read(folder, layout, 10)


def _read(folder: Path, layout: str, kind: int) -> Plan:
    usual = ("", "modelnet40_normal_resampled", "modelnet40_ply_hdf5_2048", f"ModelNet{kind}")
    readers: dict[str, Callable[[Path, int], Plan | None]] = {
        "pickle": _pickles, "text": _text, "hdf5": _hdf5, "off": _meshes,
    }  # fmt: skip
    for name in (layout,) if layout else LAYOUTS:
        for place in dict.fromkeys(inside(folder, part) for part in usual):
            plan = readers[name](place, kind)
            if plan is not None:
                plan.layout = name
                return plan
    marks = (f"modelnet{kind}_train*", "train_files.txt", "*/train/*.off")
    raise InputError(
        f"{folder} holds ModelNet{kind} in no known form{f' ({layout})' if layout else ''}: "
        f"'pointrecon shapes benchmark --list' tells what it should look like{elsewhere(folder, *marks)}"
    )


def _classes(folder: Path, kind: int) -> list[str]:
    path = folder / f"modelnet{kind}_shape_names.txt"
    path = path if path.is_file() else folder / "shape_names.txt"
    if not path.is_file():
        return list(_CLASSES[kind])
    names = read_list(path)
    if len(names) != kind or len(set(names)) != kind:
        raise InputError(f"{path} names {len(set(names))} classes, ModelNet{kind} has {kind}: get it anew")
    return names


def _listed(folder: Path, kind: int, split: str) -> list[str]:
    path = folder / f"modelnet{kind}_{split}.txt"
    return [plain_name(name, path) for name in read_list(path)]


def _class_of(name: str, classes: list[str], where: Path) -> str:
    found = name.rpartition("_")[0]
    if found not in classes:
        raise InputError(f"{where} lists '{name}', but there is no class '{found}': get the list anew")
    return found


def _text(folder: Path, kind: int) -> Plan | None:
    lists = {split: folder / f"modelnet{kind}_{split}.txt" for split in _SPLITS}
    if not any(path.is_file() for path in lists.values()):
        return None
    classes = _classes(folder, kind)
    entries: list[Entry] = []
    for split, path in lists.items():
        for name in _listed(folder, kind, split):
            label = _class_of(name, classes, path)
            entries.append(TextEntry(folder / label / f"{name}.txt", name, label, split))
    return Plan("", classes, POINTS, files=entries, expected=_COUNTS[kind], in_order=True)


def _pickles(folder: Path, kind: int) -> Plan | None:
    pattern = re.compile(rf"modelnet{kind}_(train|test)_(\d+)pts(_fps)?\.dat")
    found = sorted(path for path in folder.glob("*.dat") if pattern.fullmatch(path.name))
    if not found:
        return None
    by_split: dict[str, list[Path]] = {}
    for path in found:
        by_split.setdefault(str(pattern.fullmatch(path.name)[1]), []).append(path)  # type: ignore[index]
    if odd := next((paths for paths in by_split.values() if len(paths) > 1), None):
        raise InputError(f"{folder} has both {odd[0].name} and {odd[1].name}: move one of them away")
    plan = Plan("", _classes(folder, kind), POINTS, expected=_COUNTS[kind], in_order=True)
    for split in _SPLITS:
        for path in by_split.get(split, []):
            try:
                clouds, labels = _pair(path)
            except InputError as error:
                plan.skipped.append((path.name, str(error)))
                continue
            plan.points = len(clouds[0])
            names = [label_name(int(value), plan.classes, path) for value in labels]
            ids = _ids_of_list(folder, kind, split, names)
            del clouds  # the pickle is read again when its turn comes, so that only one is held at a time
            entries = [
                RowEntry(path, id, name, split, row=row) for row, (id, name) in enumerate(zip(ids, names, strict=True))
            ]
            plan.stacks.append(Stack(path, entries, partial(_pickled, path)))
    return plan


def _ids_of_list(folder: Path, kind: int, split: str, names: list[str]) -> list[str]:
    """The names of the list the pickle was made from, where it is beside it and fits; else numbers."""
    if (folder / f"modelnet{kind}_{split}.txt").is_file():
        listed = _listed(folder, kind, split)
        if [name.rpartition("_")[0] for name in listed] == names:
            return listed
    return [f"{split}-{row:05d}" for row in range(len(names))]


def _pair(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Clouds and labels of ``[list of (N, 6) arrays, list of (1,) arrays]``."""
    content = read_pickle(path)
    wrong = InputError(f"{path} does not hold a list of clouds and a list of labels: it is not of this benchmark")
    if not isinstance(content, list | tuple) or len(content) != 2:
        raise wrong
    clouds, labels = content
    try:
        if len(clouds) != len(labels) or not len(clouds) or any(np.ndim(c) != 2 or np.shape(c)[1] < 3 for c in clouds):
            raise wrong
        return list(clouds), counted(np.concatenate([np.asarray(v).reshape(-1) for v in labels]), path)
    except (TypeError, ValueError) as error:
        raise InputError(str(error)) if isinstance(error, InputError) else wrong from error


@contextmanager
def _pickled(path: Path) -> Iterator[Callable[[int], Cloud]]:
    clouds, _ = _pair(path)
    yield lambda row: numbered_cloud(clouds[row], path)


def numbered_cloud(values: np.ndarray, path: Path) -> Cloud:
    """A cloud of (N, 3) coordinates, or (N, 6) with normals behind them."""
    if values.ndim != 2 or values.shape[1] < 3 or values.dtype.kind not in "fiu":
        raise InputError(f"{path}: a cloud has the shape {values.shape}, expected (points, 3 or 6)")
    values = values.astype(np.float64)
    return Cloud(values[:, :3], normals=unit(values[:, 3:6]) if values.shape[1] >= 6 else None)


def _hdf5(folder: Path, kind: int) -> Plan | None:
    lists = {split: folder / f"{split}_files.txt" for split in _SPLITS}
    if kind != 40 or not (any(path.is_file() for path in lists.values()) or any(folder.glob("ply_data_train*.h5"))):
        return None
    plan = Plan("", _classes(folder, kind), 2048, expected=_HDF5_COUNTS, in_order=True)
    taken: set[str] = set()
    for split, listing in lists.items():
        before = 0
        for line in read_files_list(listing, f"ply_data_{split}*.h5"):
            # the lists name the folder of the first repository that used them
            path = folder / plain_name(line.replace("\\", "/").rpartition("/")[2], listing)
            try:
                found, shape = hdf5.columns(path, ["label"], per_point=["normal"])
                if "label" not in found:
                    raise InputError(f"{path} has no labels: it is not of this benchmark")
                labels = counted(found["label"], path)
            except InputError as error:
                plan.skipped.append((path.name, str(error)))
                continue
            plan.points = shape[1]
            names = [label_name(int(value), plan.classes, path) for value in labels]
            ids = _ids_of_ply(path, names)
            if not ids or taken.intersection(ids):
                ids = [f"{split}-{before + row:05d}" for row in range(len(names))]
            taken.update(ids)
            before += len(names)
            entries = [
                RowEntry(path, id, name, split, row=row) for row, (id, name) in enumerate(zip(ids, names, strict=True))
            ]
            plan.stacks.append(Stack(path, entries, partial(hdf5.rows, path, normals="normal")))
    return plan


def _ids_of_ply(path: Path, names: list[str]) -> list[str]:
    """From ``ply_data_train_0_id2file.json`` beside the file, where it fits: "airplane/airplane_0001.ply" each."""
    match = re.fullmatch(r"(ply_data_(?:train|test))(\d+)", path.stem)
    listing = path.with_name(f"{match[1]}_{match[2]}_id2file.json") if match else path
    if match is None or not listing.is_file():
        return []
    try:
        files = [str(name) for name in json.loads(listing.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        return []
    ids = [Path(name).stem for name in files]
    fits = len(set(ids)) == len(names) and [id.rpartition("_")[0] for id in ids] == names
    return ids if fits else []


def _meshes(folder: Path, kind: int) -> Plan | None:
    entries = [
        Entry(path, path.stem, name, split)
        for name in _CLASSES[kind]
        for split in _SPLITS
        for path in sorted((folder / name / split).glob("*.off"))
        if not path.name.startswith(".")  # what macOS puts beside files
    ]
    return Plan("", list(_CLASSES[kind]), POINTS, files=entries, expected=_COUNTS[kind]) if entries else None
