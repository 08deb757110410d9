"""Shapes to be found, and the altered copies that ask for them, tier by tier."""

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.altered_meshes import Pair, cropped, decimated, noisy, resampled, retriangulated, turned
from pointrecon.errors import InputError

# what POINTRECON_DATA holds: name -> file or folder, up axis
KNOWN = {
    "shapes69": ("shapes69_2048.npz", "unknown"),
    "modelnet10": ("modelnet10_1024.npz", "z"),
    "meshes": ("meshes", "unknown"),
}
CLASS = "same class"
_NONE = np.zeros((0, 3), np.int64)


class Tier(NamedTuple):
    """A kind of copy. ``alter`` makes it of a mesh or cloud, ``damage`` of the points that were drawn on it."""

    name: str
    alter: Callable[[np.ndarray, np.ndarray, int, str], Pair] = lambda v, f, seed, up: (v, f)
    damage: Callable[[np.ndarray, int], np.ndarray] = lambda points, seed: points
    least: int = 0  # triangles that it needs; 0: it takes clouds too


@dataclass(frozen=True)
class TierShapes:
    """M meshes, or clouds as meshes without faces; in ``points`` how many are drawn on a mesh."""

    name: str
    mark: str  # a fingerprint
    shapes: list[Pair]
    ids: list[str]
    label: np.ndarray
    up: str
    points: int

    @property
    def are_meshes(self) -> bool:
        """Whether there are triangles."""
        return any(len(faces) for _, faces in self.shapes)

    def clouds(self) -> np.ndarray:
        """(M, N, 3) of the originals."""
        return np.stack([self._drawn(*self.shapes[i], self._seed(i, "original")) for i in range(len(self.shapes))])

    def asking(self, tier: Tier, places: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Copies (Q, n, 3) of those of these places that the tier makes sense for, and which ones (Q,) they are."""
        able = [i for i in places.tolist() if len(self.shapes[i][1]) >= tier.least]
        found = []
        for i in able:
            drawn = self._seed(i, f"{tier.name} {seed}")
            vertices, faces = self.shapes[i]
            copy = tier.alter(vertices, faces, drawn, "y" if self.up == "unknown" else self.up)
            found.append(tier.damage(self._drawn(*copy, drawn), drawn))
        count = min(map(len, found), default=0)
        return np.stack([points[:count] for points in found] or [np.zeros((0, 1, 3))]), np.array(able, np.int64)

    def some(self, places: np.ndarray) -> "TierShapes":
        """Those at these places."""
        kept = places.tolist()
        ids, shapes = ([every[i] for i in kept] for every in (self.ids, self.shapes))
        return replace(self, shapes=shapes, ids=ids, label=self.label[places])

    def _seed(self, i: int, what: str) -> int:
        return zlib.crc32(f"{what} {self.ids[i]}".encode())

    def _drawn(self, vertices: np.ndarray, faces: np.ndarray, seed: int) -> np.ndarray:
        return resampled(vertices, faces, seed, count=self.points) if len(faces) else vertices


def originals(data: str, *, split: str, pool: int = 0, points: int = 2048, up: str = "") -> tuple[TierShapes, int]:
    """Shapes to be found, and how many of them (the first) may ask.

    Args:
        data: a name of `KNOWN` (in the folder POINTRECON_DATA), "made:2000" (meshes of the named family, of seeds that
            no table of `make_shapes` begins with), a folder of meshes, or shapes as `as_shapes` takes them.
        split: of a table: "test", "val" (a tenth of the training shapes of each class where there is none), or "all".
        pool: that many are to be found, some of the split, or others from the rest of the table; 0: those of the split.
        points: drawn on a mesh.
        up: the axis that points up; what is known of the data where it is left out.
    """
    where, known_up = KNOWN.get(data, (data, ""))
    if data in KNOWN:
        if not os.environ.get("POINTRECON_DATA"):
            raise InputError(f"'{data}' lies in the folder that POINTRECON_DATA names: set it, or give a path")
        where = str(Path(os.environ["POINTRECON_DATA"]) / where)
    up = up or known_up
    if data.startswith("made:"):
        found = _made(int(data[5:]), points)
    elif Path(where).is_dir() and not where.endswith(".lance"):
        found = _meshes(Path(where), points, up or "unknown")
    else:
        return _table(where, split, pool, up)
    return found, len(found.shapes)


def _table(where: str, split: str, pool: int, up: str) -> tuple[TierShapes, int]:
    from pointrecon.evaluation.splits import probe_splits
    from pointrecon.shapes.door import as_shapes

    shapes = as_shapes(where)
    chosen = np.arange(len(shapes)) if split == "all" else shapes.in_split(split)
    if split == "val" and not len(chosen):
        chosen = probe_splits(shapes).val
    if not len(chosen):
        raise InputError(f"{where} has no shapes of the split '{split}': choose test, val or all")
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.permutation(chosen)[: pool or len(chosen)])
    rest = rng.permutation(np.setdiff1d(np.arange(len(shapes)), chosen))
    kept = np.concatenate([chosen, rest[: max(pool - len(chosen), 0)]])
    rows = shapes.read(kept)
    clouds = [(points, _NONE) for points in rows.points.astype(np.float64)]
    up = up or shapes.meta.up
    return (
        TierShapes(shapes.name, shapes.fingerprint(), clouds, rows.id.tolist(), shapes.label[kept], up, shapes.size),
        len(chosen),
    )


def _meshes(folder: Path, points: int, up: str) -> TierShapes:
    from pointrecon.shapes.readers.read import SUFFIXES, read_file
    from pointrecon.shapes.readers.source_file import SourceFile
    from pointrecon.shapes.readers.surface import Surface

    shapes, ids, names = [], [], []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        surface = read_file(SourceFile(path))
        if isinstance(surface, Surface) and surface.pieces:
            starts = np.cumsum([0, *(len(piece.vertices) for piece in surface.pieces)])
            faces = [piece.faces + start for piece, start in zip(surface.pieces, starts[:-1], strict=True)]
            shapes.append((np.concatenate([piece.vertices for piece in surface.pieces]), np.concatenate(faces)))
            ids.append(path.relative_to(folder).as_posix())
            names.append(path.parent.name)
    if not shapes:
        raise InputError(f"there are no meshes in {folder}: give a folder of them, or a table")
    label = np.unique(names, return_inverse=True)[1]
    mark = f"{zlib.crc32(''.join(ids).encode()):08x}"
    return TierShapes(folder.name, mark, shapes, ids, label, up, points)


def _made(count: int, points: int) -> TierShapes:
    from pointrecon.shapes.made.parametric.catalog import CATEGORIES, build

    names = list(CATEGORIES)
    built = [build(names[i % len(names)], -1 - i) for i in range(count)]  # tables have seeds from 0 on
    shapes = [(one.vertices, one.faces) for one in built]
    ids, label = [f"made-{i}" for i in range(count)], np.arange(count) % len(names)
    return TierShapes(f"{count} made shapes", f"made-{count}", shapes, ids, label, "y", points)


def _mirror(v: np.ndarray, f: np.ndarray, up: str) -> Pair:
    """Across a plane that holds the up axis."""
    sides = np.ones(3)
    sides[1 if up == "x" else 0] = -1
    return v * sides, f[:, ::-1]


def _larger(v: np.ndarray, seed: int) -> np.ndarray:
    return v * np.exp(np.random.default_rng(seed).uniform(-1, 1) * np.log(5))


def _fewer(points: np.ndarray, seed: int, count: int) -> np.ndarray:
    return points[np.random.default_rng(seed).permutation(len(points))[:count]]


def _noise(points: np.ndarray, seed: int, sigma: float) -> np.ndarray:
    return noisy(points, _NONE, seed, sigma=sigma)[0]


TIERS = {
    tier.name: tier
    for tier in (
        Tier("turned about up", lambda v, f, seed, up: turned(v, f, seed, about=up)),
        Tier("turned any way", lambda v, f, seed, up: turned(v, f, seed)),
        Tier("mirrored", lambda v, f, seed, up: _mirror(v, f, up)),
        Tier("rescaled", lambda v, f, seed, up: (_larger(v, seed), f)),
        Tier("re-meshed", lambda v, f, seed, up: retriangulated(v, f, seed), least=1),
        # of fewer than 100 triangles a tenth is no form
        Tier("10% of the triangles", lambda v, f, seed, up: decimated(v, f), least=100),
        Tier("noise 1%", damage=lambda p, seed: _noise(p, seed, 0.01)),
        Tier("noise 2.5%", damage=lambda p, seed: _noise(p, seed, 0.025)),
        Tier("30% cropped", lambda v, f, seed, up: cropped(v, f, seed, share=0.3)),
        Tier("512 points", damage=lambda p, seed: _fewer(p, seed, 512)),
        # the protocol of "Shape" (arXiv 2604.22826)
        Tier("jitter 0.02, 30% dropped", damage=lambda p, seed: _noise(_fewer(p, seed, len(p) * 7 // 10), seed, 0.02)),
    )
}
