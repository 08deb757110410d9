"""ModelNet40 and ModelNet10, in the four forms they are handed around in.

`text`: ``modelnet40_normal_resampled``, a text file a shape, and lists; `pickle`: the ``*_8192pts_fps.dat`` of
Point-BERT and Point-MAE; `hdf5`: ``modelnet40_ply_hdf5_2048``; `off`: the meshes, ``class/train/x.off``.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks import hdf5
from pointrecon.shapes.importers.benchmarks.numbers_files import NumbersEntry, numbered_cloud
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40
from pointrecon.shapes.importers.benchmarks.pickles import read_pickle
from pointrecon.shapes.importers.benchmarks.plan import (
    Plan,
    inside,
    label_names,
    listed_files,
    not_here,
    plain_name,
    read_list,
)
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud

POINTS = 8192  # what the field takes of the 10,000 points of a text file
_COUNTS = {40: {"train": 9843, "test": 2468}, 10: {"train": 3991, "test": 908}}
_HDF5_COUNTS = {"train": 9840, "test": 2468}  # three training shapes are missing in this form
_CLASSES = {40: MODELNET40, 10: MODELNET10}
_SPLITS = ("train", "test")


def read_modelnet(folder: Path, layout: str = "", *, kind: int) -> Plan:
    """ModelNet40 or ModelNet10, which lies among the 40-class text files too, in the given or any form."""
    usual = ("", "modelnet40_normal_resampled", "modelnet40_ply_hdf5_2048", f"ModelNet{kind}")
    readers: dict[str, Callable[[Path, int], Plan | None]] = {
        "pickle": _pickles, "text": _text, "hdf5": _hdf5, "off": _meshes,
    }  # fmt: skip
    for name in (layout,) if layout else readers:
        for place in dict.fromkeys(inside(folder, part) for part in usual):
            plan = readers[name](place, kind)
            if plan is not None:
                plan.layout = name
                return plan
    marks = (f"modelnet{kind}_train*", "train_files.txt", "*/train/*.off")
    what = f"holds ModelNet{kind} in no known form{f' ({layout})' if layout else ''}"
    raise not_here(folder, what, *marks)


def _classes(folder: Path, kind: int) -> list[str]:
    known = (folder / name for name in (f"modelnet{kind}_shape_names.txt", "shape_names.txt"))
    path = next((path for path in known if path.is_file()), None)
    if path is None:
        return list(_CLASSES[kind])
    names = read_list(path)
    if len(names) != kind or len(set(names)) != kind:
        raise InputError(f"{path} names {len(set(names))} classes, ModelNet{kind} has {kind}: get it anew")
    return names


def _listed(folder: Path, kind: int, split: str) -> list[str]:
    path = folder / f"modelnet{kind}_{split}.txt"
    return [plain_name(name, path) for name in read_list(path)]


def _text(folder: Path, kind: int) -> Plan | None:
    lists = {split: folder / f"modelnet{kind}_{split}.txt" for split in _SPLITS}
    if not any(path.is_file() for path in lists.values()):
        return None
    classes = _classes(folder, kind)
    entries = []
    for split, path in lists.items():
        for name in _listed(folder, kind, split):
            label = name.rpartition("_")[0]
            if label not in classes:
                raise InputError(f"{path} lists '{name}', but there is no class '{label}': get the list anew")
            entries.append(NumbersEntry(folder / label / f"{name}.txt", name, label, split))
    return Plan("", classes, POINTS, files=entries, expected=_COUNTS[kind], in_order=True)


def _pickles(folder: Path, kind: int) -> Plan | None:
    files = sorted(folder.glob("*.dat"))
    name = rf"modelnet{kind}_%s_\d+pts(_fps)?\.dat"
    found = {split: [path for path in files if re.fullmatch(name % split, path.name)] for split in _SPLITS}
    if not any(found.values()):
        return None
    if odd := next((paths for paths in found.values() if len(paths) > 1), None):
        raise InputError(f"{folder} has both {odd[0].name} and {odd[1].name}: move one of them away")
    plan = Plan("", _classes(folder, kind), POINTS, expected=_COUNTS[kind], in_order=True)
    for split, paths in found.items():
        for path in paths:
            with plan.skipping(path.name):
                plan.points, labels = read_apart(partial(_size_and_labels, path), path)
                names = label_names(labels, plan.classes, path)
                # the pickle is read again when its turn comes, so that only one is held at a time
                plan.add_stack(path, partial(_pickled, path), split, names, _ids_of_list(folder, kind, split, names))
    return plan


def _ids_of_list(folder: Path, kind: int, split: str, names: list[str]) -> list[str]:
    """The names of the list the pickle was made from, where it is beside it and fits."""
    listed = _listed(folder, kind, split) if (folder / f"modelnet{kind}_{split}.txt").is_file() else []
    return listed if [name.rpartition("_")[0] for name in listed] == names else []


def _pair(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Clouds and labels of ``[list of (N, 6) arrays, list of (1,) arrays]``."""
    content = read_pickle(path)
    if isinstance(content, list | tuple) and len(content) == 2:
        clouds, labels = content
        with suppress(TypeError, ValueError):
            if len(clouds) == len(labels) > 0 and all(np.ndim(c) == 2 and np.shape(c)[1] >= 3 for c in clouds):
                return list(clouds), np.concatenate([np.ravel(label) for label in labels])
    raise InputError(f"{path} does not hold a list of clouds and a list of labels: it is not of this benchmark")


def _size_and_labels(path: Path) -> tuple[int, np.ndarray]:
    """Points of a shape, and the labels. Runs in a reading process."""
    clouds, labels = _pair(path)
    return len(clouds[0]), labels


@contextmanager
def _pickled(path: Path) -> Iterator[Callable[[int], Cloud]]:
    clouds, _ = _pair(path)
    yield lambda row: numbered_cloud(clouds[row], path)


def _hdf5(folder: Path, kind: int) -> Plan | None:
    lists = {split: folder / f"{split}_files.txt" for split in _SPLITS}
    if kind != 40 or not (any(path.is_file() for path in lists.values()) or any(folder.glob("ply_data_train*.h5"))):
        return None
    plan = Plan("", _classes(folder, kind), 2048, expected=_HDF5_COUNTS, in_order=True)
    for split, listing in lists.items():
        for path in listed_files(listing, f"ply_data_{split}*.h5"):
            with plan.skipping(path.name):
                names, _ = hdf5.labels(plan, path, normals="normal")
                ids, taken = _ids_of_ply(path, names), {entry.id for entry in plan.entries()}
                ids = ids if taken.isdisjoint(ids) else []
                plan.add_stack(path, partial(hdf5.rows, path, normals="normal"), split, names, ids)
    return plan


def _ids_of_ply(path: Path, names: list[str]) -> list[str]:
    """From ``ply_data_train_0_id2file.json`` beside the file, where it fits: "airplane/airplane_0001.ply" each."""
    listing = path.with_name(re.sub(r"^(ply_data_(?:train|test))(\d+)$", r"\1_\2_id2file", path.stem) + ".json")
    try:
        ids = [Path(str(name)).stem for name in read_json(listing)]
    except (OSError, ValueError, TypeError):
        return []
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
