"""What a reader does with a file that may be damaged, and whether that keeps the promises."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np

from fire.good_files import good_files
from fire.mutators import mutated
from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import read_shape

KEPT = ("read", "refused")  # outcomes that keep the promises
SECONDS = 10.0  # a reader that takes longer over a few thousand bytes hangs


@dataclass
class Findings:
    """Outcomes of trials: how many files were read and refused, and each one that broke a promise."""

    counts: Counter = field(default_factory=Counter)
    broken: list[tuple[str, str]] = field(default_factory=list)  # the file, what happened
    slowest: float = 0.0

    def __str__(self) -> str:
        told = ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items()))
        return f"{told}; {len(self.broken)} findings; the slowest took {self.slowest:.2f} s"


def trial(path: Path) -> str:
    """Read one file: "read" or "refused", or how it breaks the promises of a reader."""
    try:
        with _limited(SECONDS):
            cloud = read_shape(path, 64)
    except InputError as error:
        words = str(error)
        return "refused" if path.name in words and "\n" not in words else f"a message without the file: {words[:200]}"
    except TimeoutError:
        return f"takes longer than {SECONDS:g} s"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    columns = [cloud.points, *(column for column in (cloud.color, cloud.normals) if column is not None)]
    if not all(np.isfinite(column.astype(np.float64)).all() for column in columns):
        return "NaN or infinity in what was read"
    sizes = [
        value for name, value in cloud.facts.items() if name not in ("volume", "area") and isinstance(value, float)
    ]
    return "read" if np.isfinite(sizes).all() else f"facts that are not finite: {cloud.facts}"


def trials(suffix: str, folder: Path, count: int, seed: int, seconds: float = np.inf) -> Findings:
    """Mutated files of one format, as many as asked for or as there is time for; broken ones stay in the folder."""
    goods, findings = good_files()[suffix], Findings()
    began = time.monotonic()
    for number in range(count):
        if time.monotonic() - began > seconds:
            break
        rng = np.random.default_rng([seed, number])
        path = folder / f"{suffix[1:]}-{seed}-{number}{suffix}"
        path.write_bytes(mutated(goods[number % len(goods)], goods, rng))
        start = time.monotonic()
        outcome = trial(path)
        findings.slowest = max(findings.slowest, time.monotonic() - start)
        findings.counts[outcome if outcome in KEPT else "broken"] += 1
        if outcome in KEPT:
            path.unlink()
        else:
            findings.broken.append((str(path), outcome))
    return findings


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows: whoever runs the trials notices a hang
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
