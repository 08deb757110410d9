"""Reading one file into one cloud of N points, whatever its format."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.assembly_parts import AssemblyPart, parts_of
from pointrecon.shapes.readers.cad_files import read_iges, read_step
from pointrecon.shapes.readers.clouds import Cloud, check_cloud, normalize, resample
from pointrecon.shapes.readers.coarse import coarse_note
from pointrecon.shapes.readers.companions import companions_of
from pointrecon.shapes.readers.e57_file import read_e57
from pointrecon.shapes.readers.file_measures import disk_facts, facts_of, part_hash
from pointrecon.shapes.readers.first_bytes import looks_like
from pointrecon.shapes.readers.gltf import read_gltf
from pointrecon.shapes.readers.las import read_las
from pointrecon.shapes.readers.limits import memory_reason
from pointrecon.shapes.readers.obj import read_obj
from pointrecon.shapes.readers.off import read_off
from pointrecon.shapes.readers.one_array import read_array
from pointrecon.shapes.readers.pcd import read_pcd
from pointrecon.shapes.readers.ply_reader import read_ply
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.stl import read_stl
from pointrecon.shapes.readers.surface import Surface, checked, sample
from pointrecon.shapes.readers.text_tables import read_text
from pointrecon.shapes.readers.threemf_file import read_3mf

# a file's suffix -> what reads it
READERS: dict[str, Callable[[SourceFile], Surface | Cloud]] = {
    ".obj": read_obj, ".off": read_off,
    ".stl": read_stl, ".ply": read_ply,
    ".glb": read_gltf, ".gltf": read_gltf,
    ".3mf": read_3mf, ".step": read_step, ".stp": read_step, ".iges": read_iges, ".igs": read_iges,
    ".xyz": read_text, ".txt": read_text, ".csv": read_text, ".pts": read_text, ".asc": read_text, ".ptx": read_text,
    ".npy": read_array, ".npz": read_array,
    ".pcd": read_pcd, ".las": read_las, ".laz": read_las, ".e57": read_e57, ".h5": read_array, ".hdf5": read_array,
}  # fmt: skip
SUFFIXES = tuple(READERS)


def read_shape(
    path: str | Path,
    points: int = 2048,
    *,
    seed: int = 0,
    columns: tuple[str, ...] | None = None,
    root: Path | None = None,
) -> Cloud:
    """Read a mesh or a cloud, as the table keeps it: N points in float16, centered, the largest radius 1.

    Meshes are sampled by area, with face normals. Of a larger cloud a random subset is taken; a smaller one is repeated
    up, which the note says. The N ``points`` depend on what is in the file and on `seed` only: copies have the same,
    whatever they are called. `columns` are the names of a table's columns, see `pointrecon.shapes.readers.columns`.
    Files that this one names, such as pictures, may lie anywhere in the folder `root`; else only in its own.

    Raises:
        InputError: unknown format, missing, unreadable, empty, NaN or infinite, all points equal, too few channels.
    """
    return cloud_of(SourceFile(Path(path), root, columns), points, seed=seed)


def cloud_of(source: SourceFile, points: int, *, seed: int = 0) -> Cloud:
    """As `read_shape`, of a file that may lie in an archive."""
    return clouds_of(source, points, seed=seed)[0]


def clouds_of(source: SourceFile, points: int, *, seed: int = 0) -> list[Cloud]:
    """As `read_shape`, the parts of an assembly where the source is to be taken ``apart``, each by its name.

    What is one part that stands in one place, or of a format without parts, is one cloud without a name.
    """
    if points < 1:
        raise InputError(f"a shape needs at least one point, not {points}")
    modified = source.path.stat().st_mtime_ns if source.path.is_file() else None
    shape = read_file(source)
    parts = parts_of(shape) if source.apart and isinstance(shape, Surface) else []
    told = disk_facts(source.path, modified) | companions_of(source.path, source.named)
    clouds = []
    for part in parts or [AssemblyPart("", shape, {})]:
        _tell_coarse(part.surface)
        own_hash = part_hash(str(told["hash"]), part.name)
        rng = rng_of(own_hash, seed)
        cloud = sample(part.surface, points, rng) if isinstance(part.surface, Surface) else part.surface
        facts = facts_of(source.path, part.surface, alone=False) | told | part.facts
        facts["hash"] = own_hash
        clouds.append(replace(finished(replace(cloud, facts=facts), points, source.path, rng), name=part.name))
    return clouds


def read_file(source: SourceFile) -> Surface | Cloud:
    """All that a file holds, in its own coordinates and order, checked; InputError as `read_shape`."""
    path = source.path
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise InputError(
            f"{path} is of an unknown format '{suffix}': use one of {' '.join(SUFFIXES)}{looks_like(source)}"
        )
    if not path.is_file():
        raise InputError(f"there is no file {path}: check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is an empty file: remove it or export it again")
    try:
        shape = READERS[suffix](source)
    except MemoryError as error:  # often a damaged header that promises too much
        raise InputError(f"{path} {memory_reason()}") from error
    except InputError as error:
        if told := looks_like(source):
            raise InputError(f"{error}{told}") from error
        raise
    cloud = checked(shape, path).loose if isinstance(shape, Surface) else shape
    if cloud is not None and not (isinstance(shape, Surface) and shape.pieces):
        check_cloud(cloud, path)
    return shape


def _tell_coarse(shape: Surface | Cloud) -> None:
    """Note where the file's precision shows in it."""
    if isinstance(shape, Surface) and shape.pieces:
        step = max(piece.step for piece in shape.pieces)
        shape.notes += filter(None, [coarse_note([piece.vertices for piece in shape.pieces], step)])
    elif cloud := shape.loose if isinstance(shape, Surface) else shape:
        cloud.note = "; ".join(filter(None, [cloud.note, coarse_note([cloud.points], cloud.step)]))


def read_triangles(path: Path) -> np.ndarray:
    """All triangles of a mesh file, (F, 3, 3) float64, in the scene's coordinates; InputError for none or damage."""
    shape = read_file(SourceFile(path))
    if isinstance(shape, Cloud) or not shape.pieces:
        raise InputError(f"{path} has no faces: only its points can be drawn")
    return shape.triangles


def corners_in(shape: Surface | Cloud) -> tuple[np.ndarray, np.ndarray]:
    """All vertices (V, 3) float64 of what was read, and its triangles (F, 3) int64: none of a cloud."""
    if isinstance(shape, Surface) and shape.pieces:
        starts = np.cumsum([0, *(len(piece.vertices) for piece in shape.pieces)])
        faces = [np.asarray(piece.faces, np.int64) + start for piece, start in zip(shape.pieces, starts, strict=False)]
        vertices = np.concatenate([np.asarray(piece.vertices, np.float64) for piece in shape.pieces])
        return vertices, np.concatenate(faces)
    cloud = shape.loose if isinstance(shape, Surface) else shape
    assert cloud is not None
    return np.asarray(cloud.points, np.float64)[:, :3], np.zeros((0, 3), np.int64)


def read_corners(
    path: Path, columns: tuple[str, ...] | None = None, root: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """`corners_in` all that a file holds; errors as `read_file`."""
    return corners_in(read_file(SourceFile(path, root, columns)))


def rng_of(key: str, seed: int) -> np.random.Generator:
    """What decides at random for one shape: its file's hash (its id, if it is one of many in a file) and a seed."""
    return np.random.default_rng([seed, zlib.crc32(key.encode())])


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
    scaled, scale = normalize(cloud.points, path)
    return replace(cloud, points=scaled, normals=normals, part=part, facts=cloud.facts | {"scale": scale})
