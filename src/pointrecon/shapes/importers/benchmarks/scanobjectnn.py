"""ScanObjectNN: scanned objects with background (OBJ_BG), without (OBJ_ONLY), and moved and cut (PB_T50_RS)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from pointrecon.shapes.importers.benchmarks import hdf5
from pointrecon.shapes.importers.benchmarks.official_names import SCANOBJECTNN
from pointrecon.shapes.importers.benchmarks.plan import Plan, inside, not_here
from pointrecon.shapes.readers.clouds import Cloud

_FILES = {"train": "training_objectdataset", "test": "test_objectdataset"}
_SMALL, _LARGE = {"train": 2309, "test": 581}, {"train": 11416, "test": 2882}
HARDEST = "_augmentedrot_scale75"  # PB_T50_RS: boxes moved by up to half their size, turned and scaled


def read_scanobjectnn(folder: Path, layout: str = "", *, part: str, ending: str = "") -> Plan:
    """The shapes of the files of this ending in the folder `part`."""
    folder = inside(inside(inside(folder, "ScanObjectNN"), "h5_files"), part)
    # the hardest files are known by their name, but lie without background in other folders under the same one
    alone = bool(ending) and "split" not in folder.name and (folder / f"{_FILES['train']}{ending}.h5").is_file()
    if folder.name != part and not alone:
        remedy = "give the folder that holds it (often called h5_files)"
        raise not_here(folder, f"has no folder '{part}'", part, remedy=remedy)
    plan = Plan("hdf5", list(SCANOBJECTNN), 2048, part_names=["background", "object"])
    plan.expected = _LARGE if ending == HARDEST else _SMALL
    for split, name in _FILES.items():
        path = folder / f"{name}{ending}.h5"
        with plan.skipping(f"{folder.name}/{path.name}"):
            names, _ = hdf5.labels(plan, path, part="mask")
            plan.add_stack(path, partial(_rows, path), split, names)
    return plan


@contextmanager
def _rows(path: Path) -> Iterator[Callable[[int], Cloud]]:
    with hdf5.rows(path, part="mask") as cloud:
        yield lambda row: _two_parts(cloud(row))


def _two_parts(cloud: Cloud) -> Cloud:
    """In the files -1 is background, anything else the object."""
    return cloud if cloud.part is None else replace(cloud, part=np.where(cloud.part == -1, 0, 1))
