"""What a file is and what its shape measures, in the file's own unit: extents, area, volume where it is closed."""

import hashlib
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.solid import bodies_of, numbered, volume_of
from pointrecon.shapes.readers.surface import Surface
from pointrecon.shapes.readers.surface_integrals import Spread, normals_of, spread_of, spread_of_points
from pointrecon.shapes.table.file_facts import Facts


def facts_of(path: Path, shape: Surface | Cloud, *, alone: bool = True) -> Facts:
    """The facts of a file and the checked shape in it, as `shapes.table.file_facts` names them.

    Without ``alone`` it holds several shapes, so what `disk_facts` tells says nothing of this one. What the reader told
    (its name, "unit", "up") is kept.
    """
    facts = named(path) | measured(shape)
    if "up" in facts:
        facts.setdefault("up_source", "format")
    return facts | (disk_facts(path) if alone else {})


def disk_facts(path: Path, modified: int | None = None) -> Facts:
    """Hash, size and time of a file itself, not of others that it names.

    InputError where it was ``modified`` at another time, before it was read.
    """
    found = path.stat()
    facts: Facts = {"hash": digest(path), "bytes": found.st_size, "modified": found.st_mtime_ns}
    if modified not in (None, facts["modified"]):
        raise InputError(f"{path} was changed while it was read: read it again when it is whole")
    return facts


def part_hash(sha256: str, name: str) -> str:
    """The hash of the part of this name in a file of this hash, which itself is that of its only shape, without one."""
    return hashlib.sha256(f"{sha256}#{name}".encode()).hexdigest() if name else sha256


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def named(path: Path) -> Facts:
    """Format and reader, as far as the name tells them."""
    kind = path.suffix[1:].lower()
    if kind not in ("h5", "hdf5"):
        return {"format": kind, "reader": "pointrecon"}
    from importlib.metadata import version

    return {"format": kind, "reader": f"h5py {version('h5py')}"}


def measured(shape: Surface | Cloud) -> Facts:
    """What a checked shape measures, beside the facts that its reader told; a volume only of a closed surface."""
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(shape, Surface) and shape.pieces:
            found = shape.facts | _of_surface(shape)
        else:
            cloud = shape.loose if isinstance(shape, Surface) else shape
            assert cloud is not None
            points = np.asarray(cloud.points, np.float64)[:, :3]
            found = shape.facts | cloud.facts | _extents(cloud.points) | {"vertices": len(points), "faces": 0}
            found |= _spreads(spread_of_points(points.T))
    return {name: value for name, value in found.items() if not isinstance(value, float) or np.isfinite(value)}


def _of_surface(surface: Surface) -> Facts:
    vertices, faces = _columns(surface)
    used = np.zeros(vertices.shape[1], bool)
    used[faces] = True
    if used.all():
        points = vertices + 0.0  # no -0.0
    else:
        points, faces = vertices[:, used] + 0.0, (np.cumsum(used) - 1).take(faces)
    low, high = points.min(1), points.max(1)
    facts: Facts = {f"extent_{axis}": float(size) for axis, size in zip("xyz", high - low, strict=True)}
    facts |= {"vertices": vertices.shape[1], "faces": faces.shape[1]}
    # positions that are equal are one corner, whatever seams textures or normals cut
    number, count = numbered(points)
    faces = number.take(faces)
    corners = np.empty((3, count))
    corners[:, number] = points - ((low + high) / 2)[:, None]  # far away the volume's terms would cancel
    triangles = np.stack([corners.take(corner, 1) for corner in faces])
    normal, twice = normals_of(triangles)
    facts["area"] = float(twice.sum() / 2)
    facts["bodies"], body = bodies_of(faces, count)
    a = triangles[0]
    if (volume := volume_of(faces, body, (a * normal).sum(0) / 6, corners)) is not None:
        facts["volume"] = volume
    return facts | _spreads(spread_of(triangles, twice))


def _columns(surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (3, V) and faces (3, F) of all pieces, coordinate by coordinate and corner by corner in memory."""
    starts = np.cumsum([0, *(len(piece.vertices) for piece in surface.pieces)])
    vertices, faces = np.empty((3, starts[-1])), np.empty((3, sum(len(piece.faces) for piece in surface.pieces)), int)
    np.concatenate([piece.vertices for piece in surface.pieces], out=vertices.T)
    moved = [
        piece.faces + start if start else piece.faces for piece, start in zip(surface.pieces, starts, strict=False)
    ]
    np.concatenate(moved, out=faces.T)
    return vertices, faces


def _spreads(spread: Spread | None) -> Facts:
    """What stays as it is however the shape is turned or mirrored, and however it is cut into triangles.

    Faces that lie on one another all count: another cut of them would not be told to be one.
    """
    if spread is None:
        return {}
    first, second, third = map(float, spread.spreads)
    return {"spread_1": first, "spread_2": second, "spread_3": third, "skew": spread.skew}


def _extents(points: np.ndarray) -> Facts:
    size = np.ptp(np.asarray(points, np.float64), axis=0) if len(points) else ()
    return {f"extent_{axis}": float(value) for axis, value in zip("xyz", size, strict=False)}
