"""ShapeNetPart: 16 categories, 50 parts; the text folder with normals, or the HDF5 files."""

from functools import partial
from pathlib import Path

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks import hdf5
from pointrecon.shapes.importers.benchmarks.numbers_files import PartsEntry, check_parts
from pointrecon.shapes.importers.benchmarks.official_names import SHAPENETPART, shapenetpart_parts
from pointrecon.shapes.importers.benchmarks.plan import Plan, inside, listed_files, not_here, plain_name, read_list
from pointrecon.shapes.importers.manifest import Entry

_FOLDER = "shapenetcore_partanno_segmentation_benchmark_v0_normal"
_COUNTS = {"train": 12137, "val": 1870, "test": 2874}


def read_shapenetpart(folder: Path, layout: str = "") -> Plan:
    """ShapeNetPart in whichever form the folder has, or in the given one."""
    folder = inside(folder, _FOLDER, "hdf5_data", "shapenet_part_seg_hdf5_data")
    if (folder / "train_test_split").is_dir() and layout in ("", "text"):
        return _text(folder)
    hdf5_marks = ("train_hdf5_file_list.txt", "ply_data_train*.h5")
    if any(any(folder.glob(mark)) for mark in hdf5_marks) and layout in ("", "hdf5"):
        return _hdf5(folder)
    what = "has neither 'train_test_split' (text form) nor 'train_hdf5_file_list.txt' (HDF5 form)"
    raise not_here(folder, what, "train_test_split", *hdf5_marks)


def _plan(layout: str) -> Plan:
    return Plan(layout, list(SHAPENETPART), 2048, expected=_COUNTS, part_names=shapenetpart_parts())


def _text(folder: Path) -> Plan:
    plan = _plan("text")
    if any(folder.glob("*/points/*.pts")):
        raise InputError(f"{folder} is the form without normals, with points/*.pts: get {_FOLDER} instead")
    categories = {synset: name for name, (synset, _) in SHAPENETPART.items()}
    listed = folder / "synsetoffset2category.txt"
    for line in read_list(listed) if listed.is_file() else []:
        name, _, synset = line.partition("\t") if "\t" in line else line.partition(" ")
        if categories.get(synset.strip()) != name.strip():
            raise InputError(f"{listed} says '{line}', which is not ShapeNetPart's: get the folder anew")
    entries: list[Entry] = []
    for split in _COUNTS:
        path = folder / "train_test_split" / f"shuffled_{split}_file_list.json"
        try:
            pairs = [str(line).split("/")[-2:] for line in read_json(path)]
        except FileNotFoundError:
            raise InputError(f"there is no list {path}: it is part of the benchmark, get it with the shapes") from None
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} is no JSON list of shapes: get it anew") from error
        for pair in pairs:
            if len(pair) != 2 or pair[0] not in categories:
                raise InputError(f"{path} lists '{'/'.join(pair)}', which is no shape of this benchmark: get it anew")
            synset, name = pair[0], plain_name(pair[1], path)
            entries.append(PartsEntry(folder / synset / f"{name}.txt", f"{synset}/{name}", categories[synset], split))
    plan.files = entries
    return plan


def _hdf5(folder: Path) -> Plan:
    plan = _plan("hdf5")
    plan.in_order = True
    for split in _COUNTS:
        for path in listed_files(folder / f"{split}_hdf5_file_list.txt", f"ply_data_{split}*.h5"):
            with plan.skipping(path.name):
                names, parts = hdf5.labels(plan, path, part="pid")
                if parts is None:
                    raise InputError(f"{path} has no 'label' and 'pid': it is not of this benchmark")
                for name, part in zip(names, parts, strict=True):
                    check_parts(part, name, path)
                plan.add_stack(path, partial(hdf5.rows, path, part="pid"), split, names)
    return plan
