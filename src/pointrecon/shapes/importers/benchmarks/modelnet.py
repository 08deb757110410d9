"""ModelNet40 and ModelNet10, in the four forms they are handed around in.

`text`: ``modelnet40_normal_resampled``, a text file a shape, and lists; `pickle`: the ``*_8192pts_fps.dat`` of
Point-BERT and Point-MAE; `hdf5`: ``modelnet40_ply_hdf5_2048``; `off`: the meshes, ``class/train/x.off``.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks import hdf5
from pointrecon.shapes.importers.benchmarks.numbers_files import NumbersEntry, numbered_cloud
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40
from pointrecon.shapes.importers.benchmarks.pickles import read_pickle
from pointrecon.shapes.importers.benchmarks.plan import (
    Plan,
    elsewhere,
    inside,
    label_names,
    listed_files,
    numbered,
    plain_name,
    read_list,
)
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud

LAYOUTS = ("pickle", "text", "hdf5", "off")
POINTS = 8192  # what the field takes of the 10,000 points of a text file
_COUNTS = {40: {"train": 9843, "test": 2468}, 10: {"train": 3991, "test": 908}}
_HDF5_COUNTS = {"train": 9840, "test": 2468}  # three training shapes are missing in this form
_CLASSES = {40: MODELNET40, 10: MODELNET10}
_SPLITS = ("train", "test")


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
            entries.append(NumbersEntry(folder / label / f"{name}.txt", name, label, split))
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
            with plan.skipping(path.name):
                clouds, labels = _pair(path)
                names = label_names(labels, plan.classes, path)
                plan.points = len(clouds[0])
                ids = _ids_of_list(folder, kind, split, names)
                # the pickle is read again when its turn comes, so that only one is held at a time
                plan.add_stack(path, partial(_pickled, path), ids, names, repeat(split, len(names)))
                del clouds
    return plan


def _ids_of_list(folder: Path, kind: int, split: str, names: list[str]) -> list[str]:
    """The names of the list the pickle was made from, where it is beside it and fits; else numbers."""
    if (folder / f"modelnet{kind}_{split}.txt").is_file():
        listed = _listed(folder, kind, split)
        if [name.rpartition("_")[0] for name in listed] == names:
            return listed
    return numbered(split, len(names))


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
        return list(clouds), np.concatenate([np.asarray(v).reshape(-1) for v in labels])
    except (TypeError, ValueError) as error:
        raise InputError(str(error)) if isinstance(error, InputError) else wrong from error


@contextmanager
def _pickled(path: Path) -> Iterator[Callable[[int], Cloud]]:
    clouds, _ = _pair(path)
    yield lambda row: numbered_cloud(clouds[row], path)


def _hdf5(folder: Path, kind: int) -> Plan | None:
    lists = {split: folder / f"{split}_files.txt" for split in _SPLITS}
    if kind != 40 or not (any(path.is_file() for path in lists.values()) or any(folder.glob("ply_data_train*.h5"))):
        return None
    plan = Plan("", _classes(folder, kind), 2048, expected=_HDF5_COUNTS, in_order=True)
    taken: set[str] = set()
    for split, listing in lists.items():
        before = 0
        for path in listed_files(listing, f"ply_data_{split}*.h5"):
            with plan.skipping(path.name):
                names, _ = hdf5.labels(plan, path, normals="normal")
                ids = _ids_of_ply(path, names)
                if not ids or taken.intersection(ids):
                    ids = numbered(split, len(names), before)
                taken.update(ids)
                before += len(names)
                opened = partial(hdf5.rows, path, normals="normal")
                plan.add_stack(path, opened, ids, names, repeat(split, len(names)))
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
