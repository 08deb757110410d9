"""One cloud on its way from a file to the table: sampled, centered, scaled into the unit sphere."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.file_facts import Facts


@dataclass
class Cloud:
    """Points of one shape as a file holds them, as sampled, or, centered and scaled, as the table keeps them.

    Shape:
        points: (n, 3) float64, in the end float16. color: (n, 3) uint8 or None. normals: (n, 3) as the points, or None.
        part: (n,) part numbers, -1 for none, or None.
        note: something the user should know, such as "repeated up", or "".
        facts: what its file is, as far as known.
        captions, pictures: those that came with the file.
        name: of a part of an assembly.
        step: between numbers that the file can store there, see `coarse.step_of`.
    """

    points: np.ndarray
    color: np.ndarray | None = None
    normals: np.ndarray | None = None
    part: np.ndarray | None = None
    note: str = ""
    facts: Facts = field(default_factory=dict)
    captions: list[str] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    name: str = ""
    step: float = 0.0

    def __getitem__(self, index: np.ndarray) -> "Cloud":
        color, normals, part = (None if a is None else a[index] for a in (self.color, self.normals, self.part))
        return replace(self, points=self.points[index], color=color, normals=normals, part=part)


def resample(cloud: Cloud, count: int, rng: np.random.Generator) -> Cloud:
    """Exactly `count` points: a random subset of a larger cloud, every point and repeats of a smaller."""
    have = len(cloud.points)
    if have >= count:
        return cloud[rng.permutation(have)[:count]]
    rounds = [rng.permutation(have) for _ in range(-(-count // have))]
    note = f"has {have} points, repeated up to {count}"
    return replace(cloud[np.concatenate(rounds)[:count]], note=f"{cloud.note}; {note}" if cloud.note else note)


def without_invalid(cloud: Cloud) -> Cloud:
    """The cloud without points that are NaN in all coordinates, as depth cameras mark them; the note says so."""
    valid = ~np.isnan(cloud.points).all(1)
    if not 0 < valid.sum() < len(valid):
        return cloud
    note = f"{int((~valid).sum())} invalid (NaN) points of the scan dropped"
    return replace(cloud[valid], note=f"{cloud.note}; {note}" if cloud.note else note)


def check_cloud(cloud: Cloud, path: str | Path) -> None:
    """Raise InputError where there are no points, or NaN or infinite ones."""
    if len(cloud.points) == 0:
        raise InputError(f"{path} has no points: remove it or export it again")
    finite = np.isfinite(cloud.points)
    if not finite.all():
        bad = int((~finite.all(1)).sum())
        raise InputError(f"{path} has NaN or infinite coordinates ({bad} points): repair it or remove it")


def normalize(points: np.ndarray, path: str | Path) -> tuple[np.ndarray, float]:
    """(N, 3) centered on the mean and divided by the largest radius (METHOD: inputs), as float16; and that radius.

    InputError where all points are equal, so there is no shape.
    """
    points = np.asarray(points, np.float64)
    # half the span first: the mean of coordinates near the float's limit would overflow
    span = float(np.abs(points).max()) or 1.0
    centered = points / span
    centered = centered - centered.mean(0)
    radius = np.sqrt((centered**2).sum(1).max())
    if not radius > 1e-12:
        raise InputError(f"{path}: all points are equal, there is no shape in it: remove it")
    return (centered / radius).astype(np.float16), float(radius * span)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, 3) of length one, zero where they are zero or not finite."""
    vectors = np.asarray(vectors, np.float64)
    if not np.isfinite(vectors).all():
        vectors = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0)
    with np.errstate(over="ignore"):
        length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def as_bytes(color: np.ndarray) -> np.ndarray:
    """Colors as uint8, from 0..1 floats, bytes, or 16-bit integers (LAS), told apart by type and range."""
    whole = np.asarray(color).dtype.kind in "iu"
    color = np.nan_to_num(np.asarray(color, np.float64))
    top = color.max(initial=0.0)
    if top <= 1.0 and not whole:
        color = color * 255
    elif top > 255:
        color = color / 257
    return np.clip(np.rint(color), 0, 255).astype(np.uint8)
