"""Shapes made here: any number, from one seed, the same on every machine, with no license attached."""

import os
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from pointrecon.checks import check_seed, checked
from pointrecon.errors import InputError, Stopped, did_you_mean
from pointrecon.interrupt import Interrupt, deaf_children, end_with_parent
from pointrecon.progress import Bar
from pointrecon.shapes.made import parametric, programs
from pointrecon.shapes.made.difficulty import Difficulty, choose_difficulty, degrade
from pointrecon.shapes.made.parametric import CATEGORIES, FIRST
from pointrecon.shapes.made.solids import Array
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.replacing import arrived, place_to_write
from pointrecon.shapes.table.shape_table import ShapeTable, create_table, open_table
from pointrecon.shapes.table.table_lock import alone
from pointrecon.shapes.table.table_meta import TableMeta

Family = Literal["named", "programs", "both"]
_FAMILIES = ("named", "programs")
_BATCH = 256
_FEW = 500  # so few are made sooner than another process starts
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class MakingPlan:
    """Everything that decides what shape number i is."""

    family: str
    categories: tuple[str, ...]
    points: int
    seed: int
    difficulty: Difficulty
    split: tuple[float, float, float]

    def describe(self) -> str:
        """Kept in the table; two tables with the same text continue each other."""
        level = self.difficulty
        spoilt = f"noise {level.noise:g}, missing {level.missing:g}, clutter {level.clutter:g}"
        parts = [
            f"made by pointrecon: family {self.family}, seed {self.seed}, {self.points} points, {spoilt}",
            "any pose" if level.any_pose else "upright",
            "split " + "/".join(f"{share:g}" for share in self.split),
        ]
        if self.categories not in ((), FIRST):
            every = self.categories == tuple(CATEGORIES)
            parts.append(f"{len(CATEGORIES)} categories" if every else f"only {', '.join(self.categories)}")
        return ", ".join(parts)  # no semicolon: it separates the sources of joined tables

    def place(self, number: int) -> tuple[str, int]:
        """Family, and number within it, of shape `number`."""
        if self.family == "both":
            return _FAMILIES[number % 2], number // 2
        return self.family, number

    def name(self, number: int) -> str:
        family, index = self.place(number)
        return f"{family}-{index:06d}"


class Made(NamedTuple):
    """One finished shape: (N, 3), (N, 3) and (N,) arrays; `part` counts in `part_names`, -1 is none."""

    xyz: Array
    normals: Array
    part: Array
    part_names: Sequence[str]
    captions: Sequence[str]
    label: int
    split: str


@checked
def make_shapes(
    out: str | Path | None = None,
    *,
    count: int = 2000,
    family: Family = "named",
    points: int = 1024,
    seed: int = 0,
    categories: Sequence[str] | None = None,
    difficulty: str = "none",
    noise: float | None = None,
    missing: float | None = None,
    clutter: float | None = None,
    any_pose: bool = False,
    split: Sequence[float] = (0.8, 0.1, 0.1),
    workers: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    pictures: int = 0,
) -> ShapeTable | ShapeArrays:
    """Make shapes: named everyday and engineering objects, random programs, or both by turns.

    Shape i depends on the settings and i alone: more of them, or more workers, change none that was there.
    Classes take turns, so they are balanced; splits are balanced within each class.

    Args:
        out: where the table goes (``.lance`` or ``.npz``), or None to get the shapes in memory.
        count: how many. points: points per shape.
        family: "named" (labels, captions, part labels), "programs" (none of these), "both" (half and half).
        categories: of the named family; all of them by default, ["first"] for the 97 there were at first.
        difficulty: "none", "easy", "medium" or "hard"; noise, missing, clutter replace single values of
            the level, any_pose turns each shape freely (see `pointrecon.shapes.made.difficulty`).
        split: fractions of train, val and test.
        workers: processes; by default as many as there are processors.
        overwrite: replace a table that is there. resume: go on with it, keeping what it has.
        pictures: views to render of each shape; 0 for none.

    Raises:
        InputError: a setting out of range, an unknown category, or a table that is in the way.
        Stopped: on Ctrl-C or SIGTERM; what was made is in the table, and `resume` goes on.
    """
    level = choose_difficulty(difficulty, noise=noise, missing=missing, clutter=clutter, any_pose=any_pose)
    plan = _plan(family, categories, points, seed, level, split)
    for name, value, least in (("count", count, 1), ("workers", workers, 1), ("pictures", pictures, 0)):
        if value is not None and value < least:
            raise InputError(f"'{name}' is {value}, expected {least} or more")
    if overwrite and resume:
        raise InputError("a table cannot be both overwritten and resumed: choose one of the two")
    meta = TableMeta(
        name=Path(out).stem if out is not None else "made shapes",
        classes=list(plan.categories),
        up="unknown" if any_pose else "y",
        license=f"none (made by pointrecon, seed {seed})",
        source=plan.describe(),
    )
    if out is None or "://" in str(out):
        table = None if out is None else _table(out, meta, overwrite, resume)
        return _make(plan, meta, table, count, workers, pictures)
    out = Path(out)
    with alone(out):
        place, begun = place_to_write(out, overwrite=overwrite, resume=resume)
        _make(plan, meta, _table(place, meta, False, begun), count, workers, pictures)
        arrived(place, out)
    return open_table(out)


def _make(
    plan: MakingPlan, meta: TableMeta, table: ShapeTable | None, count: int, workers: int | None, pictures: int
) -> ShapeTable | ShapeArrays:
    """Make the shapes that a table lacks, or all without one."""
    have = set() if table is None else set(table.ids().tolist())
    numbers = [number for number in range(count) if plan.name(number) not in have]
    # A .npz is written anew at every append, so it gets everything at once.
    by_batch = table is not None and not table.rewritten
    kept: list[ShapeArrays] = []
    with Interrupt() as interrupt, Bar("making shapes", count, count - len(numbers)) as bar:
        batches = _batches(plan, numbers, workers)
        for arrays in batches:
            arrays.meta = replace(meta, part_names=arrays.meta.part_names)
            if pictures:
                from pointrecon.shapes.pictures.mesh_pictures import cloud_pictures

                arrays.pictures = cloud_pictures(arrays.points, views=pictures, up="y")
            if by_batch and table is not None:
                table.append(arrays)
            else:
                kept.append(arrays)
            bar.advance(len(arrays))
            if interrupt.requested:
                with warnings.catch_warnings(action="ignore"):  # joblib's, that work was not used
                    batches.close()
                break
    if table is not None and kept:
        table.append(ShapeArrays.concatenate(kept))
    if interrupt.requested:
        raise Stopped(interrupt.status)
    return ShapeArrays.concatenate(kept) if table is None else table


def make_shape(plan: MakingPlan, number: int) -> Made:
    """Shape `number` of a plan, centered on the mean and scaled into the unit sphere."""
    family, index = plan.place(number)
    # One stream each, so that a difficulty spoils the same shape and does not make another.
    key = [plan.seed, _FAMILIES.index(family), index]
    shape, surface, spoil = (_rng([*key, stream]) for stream in range(3))
    wanted = plan.difficulty.candidates(plan.points)
    if family == "named":
        label, turn = index % len(plan.categories), index // len(plan.categories)
        built = parametric.build(plan.categories[label], int(shape.integers(2**63)))
        xyz, normals, part = parametric.sample_surface(built, wanted, surface)
        names, captions = built.parts, built.captions
    else:
        label, turn = -1, index
        xyz, normals = programs.sample_surface(programs.build_program(shape), wanted, surface)
        part, names, captions = np.full(wanted, -1), [], []
    xyz, normals, part = degrade(xyz, normals, part, plan.points, plan.difficulty, spoil)
    xyz = xyz - xyz.mean(0)
    xyz = xyz / np.sqrt((xyz**2).sum(1).max())
    return Made(xyz, normals, part, names, captions, label, _split(plan.split, label, turn))


def _make_batch(plan: MakingPlan, numbers: Sequence[int]) -> ShapeArrays:
    made = [make_shape(plan, number) for number in numbers]
    names = list(dict.fromkeys(name for one in made for name in one.part_names))
    place = {name: number for number, name in enumerate(names)}
    # The last entry serves part -1: none.
    tables = [np.array([*(place[name] for name in one.part_names), -1]) for one in made]
    return ShapeArrays.from_points(
        np.stack([one.xyz for one in made]),
        normals=np.stack([one.normals for one in made]),
        part=np.stack([to[one.part] for to, one in zip(tables, made, strict=True)]) if names else None,
        part_names=names,
        captions=[one.captions for one in made],
        label=[one.label for one in made],
        classes=plan.categories,
        split=[one.split for one in made],
        id=[plan.name(number) for number in numbers],
        normalize=False,
        where="the shapes made here",
    )


def _batches(plan: MakingPlan, numbers: list[int], workers: int | None) -> Generator[ShapeArrays, None, None]:
    """The shapes of these numbers in order, made by several processes where that is worth it."""
    import joblib

    workers = min(workers or joblib.cpu_count(), -(-len(numbers) // _FEW))
    size = max(1, min(_BATCH, -(-len(numbers) // (4 * max(workers, 1)))))
    parts = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    if workers <= 1:
        return (_make_batch(plan, part) for part in parts)
    # joblib's own processes need no "if __name__ == '__main__'" in the caller's script.
    with deaf_children():
        return joblib.Parallel(workers, return_as="generator")(
            joblib.delayed(_make_apart)(plan, p, os.getpid()) for p in parts
        )


def _make_apart(plan: MakingPlan, numbers: Sequence[int], parent: int) -> ShapeArrays:
    end_with_parent(parent)
    return _make_batch(plan, numbers)


def _plan(
    family: str, categories: Sequence[str] | None, points: int, seed: int, level: Difficulty, split: Sequence[float]
) -> MakingPlan:
    if family not in (*_FAMILIES, "both"):
        raise InputError(f"there is no family '{family}' of shapes; use named, programs or both")
    if categories is not None and family == "programs":
        raise InputError("programs have no categories: leave them out, or make the family 'named'")
    if family == "programs":
        chosen: tuple[str, ...] = ()
    elif categories is not None and list(categories) == ["first"]:
        chosen = FIRST
    else:
        chosen = tuple(dict.fromkeys(CATEGORIES if categories is None else categories))
    for name in chosen:
        if name not in CATEGORIES:
            hint = did_you_mean(name, CATEGORIES, f"choose among {', '.join(CATEGORIES)}")
            raise InputError(f"there is no category '{name}'; {hint}")
    if not chosen and family != "programs":
        raise InputError("no categories were given; name at least one, or leave them out for all")
    if points < 1:
        raise InputError(f"'points' is {points}, expected 1 or more")
    check_seed(seed)
    shares = tuple(float(share) for share in split)
    if len(shares) != 3 or not all(share >= 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise InputError(f"the split is {list(split)}, expected three fractions that sum to 1: train, val, test")
    return MakingPlan(family, chosen, points, seed, level, shares)


def _table(out: str | Path, meta: TableMeta, overwrite: bool, resume: bool) -> ShapeTable:
    if not resume:
        return create_table(out, meta, overwrite=overwrite)
    table = open_table(out)
    if table.meta.source != meta.source:
        raise InputError(
            f"{out} cannot be resumed with these settings: it was '{table.meta.source}', not '{meta.source}'; "
            "give the same settings, or another name"
        )
    return table


def _split(shares: tuple[float, float, float], label: int, turn: int) -> str:
    """Multiples of the golden ratio fall evenly into any intervals, however many are taken."""
    spot = (turn * _GOLDEN + label * _GOLDEN**2) % 1.0
    reach, chosen = 0.0, ""
    for name, share in zip(("train", "val", "test"), shares, strict=True):
        if share > 0 and (not chosen or spot >= reach):
            chosen = name
        reach += share
    return chosen


def _rng(key: Sequence[int]) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
