"""Benchmarks' clouds as rows of numbers: coordinates, normals, parts, in this order, in a text file or an array."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks.official_names import shapenetpart_parts
from pointrecon.shapes.importers.benchmarks.plan import counted
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud, unit
from pointrecon.shapes.readers.file_measures import facts_of
from pointrecon.shapes.readers.read import finished, rng_of


@dataclass
class NumbersEntry(Entry):
    """A text file of ``x,y,z,nx,ny,nz`` a line, as ModelNet40 has it; the first points stand for fewer."""

    def read(self, points: int, seed: int) -> Cloud:
        cloud = numbered_cloud(_numbers(self.path, ",", (3, 6)), self.path)
        cloud.facts = facts_of(self.path, cloud)
        return finished(cloud, points, self.path, rng_of(self.id, seed), in_order=True)


@dataclass
class PartsEntry(Entry):
    """A text file of ``x y z nx ny nz part`` a line, as ShapeNetPart has it."""

    def read(self, points: int, seed: int) -> Cloud:
        values = _numbers(self.path, None, (7,))
        cloud = numbered_cloud(values, self.path)
        cloud.part = counted(values[:, 6], self.path)
        check_parts(cloud.part, self.label, self.path)
        cloud.facts = facts_of(self.path, cloud)
        return finished(cloud, points, self.path, rng_of(self.id, seed))


def numbered_cloud(values: np.ndarray, path: Path) -> Cloud:
    """A cloud of (N, 3) coordinates, or (N, 6 or more) with normals behind them."""
    if values.ndim != 2 or values.shape[1] < 3 or values.dtype.kind not in "fiu":
        raise InputError(f"{path}: a cloud has the shape {values.shape}, expected (points, 3 or 6)")
    values = values.astype(np.float64)
    return Cloud(values[:, :3], normals=unit(values[:, 3:6]) if values.shape[1] >= 6 else None)


def check_parts(part: np.ndarray, category: str, where: Path) -> None:
    """Raise InputError where a part label (0 to 49) is not of this category of ShapeNetPart."""
    own = [number for number, name in enumerate(shapenetpart_parts()) if name.startswith(f"{category}/")]
    if len(odd := part[~np.isin(part, own)]):
        raise InputError(f"{where} has the part {odd[0]}, a {category} has {own[0]} to {own[-1]}: get the file anew")


def _numbers(path: Path, between: str | None, columns: tuple[int, ...]) -> np.ndarray:
    """(n, one of `columns`) float64 of a text file, or InputError."""
    if not path.is_file():
        raise InputError(f"there is no file {path}, though the list names it: get the benchmark anew")
    try:
        values = np.loadtxt(path, delimiter=between, dtype=np.float64, ndmin=2, comments=None)
    except ValueError as error:
        raise InputError(f"{path} does not hold columns of numbers: damaged or cut short, get it anew") from error
    if values.shape[1] not in columns:
        wanted = " or ".join(map(str, columns))
        raise InputError(f"{path} has {values.shape[1]} columns, expected {wanted}: it is not of this benchmark")
    return values
