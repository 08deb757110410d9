"""What a reader does with a file that may be damaged, and whether that keeps the promises."""

import time
from functools import partial
from pathlib import Path

import numpy as np

from fire.findings import Findings
from fire.good_files import good_files
from fire.mutators import mutated
from fire.other_kinds import OTHERS, good_others, other_trial
from pointrecon.errors import InputError
from pointrecon.shapes.readers.child import Children
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.read import read_shape

KEPT = ("read", "refused")  # outcomes that keep the promises
FOREIGN = (
    ".las",
    ".laz",
    ".h5",
    ".step",
    ".iges",
)  # of these it is promised only that a crash or a hang costs no more than the file
_LIMITED = ("crashes its reader", "takes longer", "needs more")
_AT_ONCE = 64


def trial(path: Path) -> str:
    """Read one file: "read" or "refused", or how it breaks the promises of a reader."""
    try:
        cloud = read_shape(path, 64)
    except InputError as error:
        words = str(error)
        return "refused" if path.name in words and "\n" not in words else f"a message without the file: {words[:200]}"
    except MemoryError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    columns = [cloud.points, *(column for column in (cloud.color, cloud.normals) if column is not None)]
    if not all(np.isfinite(column.astype(np.float64)).all() for column in columns):
        return "NaN or infinity in what was read"
    sizes = [v for name, v in cloud.facts.items() if name not in ("volume", "area") and isinstance(v, float)]
    return "read" if np.isfinite(sizes).all() else f"facts that are not finite: {cloud.facts}"


def trials(kind: str, folder: Path, count: int, seed: int, seconds: float = np.inf) -> Findings:
    """Mutated files of one format or other kind, as many as asked for or as there is time for; broken ones stay.

    They are read as an import reads them, in a process of their own, with tighter limits.
    """
    if kind.startswith("."):
        suffix, goods, read, limits = kind, good_files()[kind], trial, Limits(seconds=20, memory=1 << 30)
    else:
        suffix, goods = OTHERS[kind], good_others(kind, folder)
        read, limits = partial(other_trial, kind), Limits(seconds=60, memory=3 << 30)  # and to load torch
    findings, began = Findings(), time.monotonic()
    with Children(2, limits) as children:
        for first in range(0, count, _AT_ONCE):
            if time.monotonic() - began > seconds:
                break
            paths = []
            for number in range(first, min(first + _AT_ONCE, count)):
                rng = np.random.default_rng([seed, number])
                paths.append(folder / f"{kind.lstrip('.')}-{seed}-{number}{suffix}")
                paths[-1].write_bytes(mutated(goods[number % len(goods)], goods, rng))
            for path, outcome in zip(
                paths, children.read([(partial(read, path), path) for path in paths]), strict=True
            ):
                if kind in FOREIGN and outcome.startswith(_LIMITED):
                    findings.counts["ended"] += 1
                elif outcome in KEPT:
                    findings.counts[outcome] += 1
                else:
                    findings.counts["broken"] += 1
                    findings.broken.append(f"{path}: {outcome}")
                    continue
                path.unlink()
    return findings
