"""Reading one file into one cloud of N points, whatever its format."""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.cloud_files import read_array, read_las, read_text
from pointrecon.shapes.readers.clouds import Cloud, check_cloud, normalize, resample
from pointrecon.shapes.readers.mesh_files import read_mesh
from pointrecon.shapes.readers.pcd import read_pcd

MESHES = (".obj", ".off", ".stl", ".ply", ".glb", ".gltf")
_CLOUDS = {
    ".xyz": read_text, ".txt": read_text, ".csv": read_text, ".pts": read_text, ".npy": read_array, ".npz": read_array,
    ".pcd": read_pcd, ".las": read_las, ".laz": read_las, ".h5": read_array, ".hdf5": read_array,
}  # fmt: skip
SUFFIXES = (*MESHES, *_CLOUDS)


def read_shape(path: str | Path, points: int = 2048, *, seed: int = 0, id: str = "") -> Cloud:
    """Read a mesh or a cloud, as the table keeps it: N points in float16, centered, the largest radius 1.

    Meshes are sampled by area, with face normals. Of a larger cloud a random subset is taken; a smaller one is repeated
    up, which the note says. The N ``points`` depend on the file, `seed` and `id` only: `id` is mixed into the seed, so
    that equal files under two names do not give equal points.

    Raises:
        InputError: unknown format, missing, unreadable, empty, NaN or infinite, all points equal, too few channels.
    """
    path = Path(path)
    if points < 1:
        raise InputError(f"a shape needs at least one point, not {points}")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path} is of an unknown format '{suffix}': use one of {' '.join(SUFFIXES)}")
    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is an empty file: remove it or export it again")
    rng = rng_of(id, seed)
    try:
        cloud = read_mesh(path, points, rng) if suffix in MESHES else _CLOUDS[suffix](path)
    except MemoryError as error:  # often a damaged header that promises too much
        raise InputError(f"{path} asks for more memory than there is: check it, or thin it out") from error
    return finished(cloud, points, path, rng)


def rng_of(id: str, seed: int) -> np.random.Generator:
    """What decides at random for one shape: its id and the seed, nothing else."""
    return np.random.default_rng([seed, zlib.crc32(id.encode())])


def finished(cloud: Cloud, points: int, path: str | Path, rng: np.random.Generator, *, in_order: bool = False) -> Cloud:
    """A cloud of exactly `points` points, centered and scaled; with ``in_order`` the first ones, not a random choice.

    InputError for no points, NaN or infinite ones, or all equal; it names the ``path``.
    """
    check_cloud(cloud, path)
    if in_order and len(cloud.points) > points:
        cloud = cloud[np.arange(points)]
    if len(cloud.points) != points:
        cloud = resample(cloud, points, rng)
    normals = None if cloud.normals is None else cloud.normals.astype(np.float16)
    part = None if cloud.part is None else cloud.part.astype(np.int16)
    return replace(cloud, points=normalize(cloud.points, path), normals=normals, part=part)
