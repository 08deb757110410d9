"""Folders of clouds with captions, as Objaverse is handed around: ``.npy`` or ``.npz`` files, and JSON about them.

OpenShape: one ``.npy`` a shape that holds a dict with ``xyz``, ``rgb`` and texts. ULIP: ``UID/UID_8192.npz``. Captions,
classes and splits come from JSON and CSV files: see `annotations`.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks.annotations import gather, texts
from pointrecon.shapes.importers.benchmarks.pickles import read_object_npy
from pointrecon.shapes.importers.benchmarks.plan import Plan
from pointrecon.shapes.importers.found_files import find_files
from pointrecon.shapes.importers.manifest import Entry, id_of_several
from pointrecon.shapes.readers.array_store import in_memory
from pointrecon.shapes.readers.clouds import Cloud, check_cloud
from pointrecon.shapes.readers.file_measures import facts_of
from pointrecon.shapes.readers.one_array import cloud_in
from pointrecon.shapes.readers.read import finished, read_shape, rng_of

_COUNT = re.compile(r"_\d{3,6}$")  # ULIP names a cloud after its id and number of points


@dataclass
class CaptionedEntry(Entry):
    """A ``.npy`` or ``.npz`` cloud, plain or as OpenShape stores it, with what texts it brings itself."""

    def read(self, points: int, seed: int) -> Cloud:
        if self.path.suffix.lower() == ".npz" or not _holds_object(self.path):
            return read_shape(self.path, points, seed=seed)
        content = read_object_npy(self.path)
        if not isinstance(content, dict) or not isinstance(content.get("xyz"), np.ndarray):
            raise InputError(f"{self.path} holds no dict with 'xyz': it is no shape of OpenShape's form")
        arrays = {key: content[key] for key in ("xyz", "rgb") if isinstance(content.get(key), np.ndarray)}
        cloud = cloud_in({key: in_memory(key, values) for key, values in arrays.items()}, self.path)
        assert isinstance(cloud, Cloud)
        check_cloud(cloud, self.path)
        cloud.facts = facts_of(self.path, cloud)
        shape = finished(cloud, points, self.path, rng_of(self.id, seed))
        shape.captions = list(dict.fromkeys([*texts(content, self.id), *self.captions]))
        return shape


def read_objaverse(folder: Path, layout: str = "") -> Plan:
    """All clouds below a folder, with captions, classes and splits from the files at its top or in ``meta_data``."""
    paths = find_files(folder, (".npy", ".npz"), ("meta_data",), follow_links=True).paths
    if not paths:
        raise InputError(f"{folder} holds no .npy or .npz clouds: give the folder that does")
    stems = Counter(path.stem for path in paths)
    short = Counter(_COUNT.sub("", path.stem) for path in paths)
    plan = Plan("folder", [], 8192)
    about, plan.skipped = gather(folder, {*stems, *short})
    entries: list[Entry] = []
    for path in paths:
        relative = path.relative_to(folder).with_suffix("").as_posix()
        id = path.stem if stems[path.stem] == 1 else relative
        plain = _COUNT.sub("", path.stem)
        if short[plain] == 1 and (plain == path.parent.name or (plain in about and path.stem not in about)):
            id = plain
        record = about.get(id) or about.get(relative) or about.get(path.stem) or about.get(plain) or {}
        label, split = str(record.get("label", "")), str(record.get("split", ""))
        entries.append(CaptionedEntry(path, id, label, split, list(record.get("captions", []))))
    if twice := id_of_several(entries):
        raise InputError(f"{folder} holds '{twice}' as .npy and as .npz: move one of them away")
    plan.files = entries
    plan.classes = sorted({entry.label for entry in entries} - {""})
    return plan


def _holds_object(path: Path) -> bool:
    """Whether a ``.npy`` is a pickled object; told from its header alone."""
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            file.seek(0)
            return b"'|O'" in file.read(256)
    except ValueError as error:
        raise InputError(f"{path} is no readable array file: damaged or cut short") from error
