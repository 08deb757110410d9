"""A folder's table kept up to date: what a call costs when nothing, ten files, or something forty times has changed.

python -m benchmarks.folder_updates --files 10000
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pointrecon.retrieval.folder_table import open_collection
from pointrecon.shapes import open_table

POINTS, VECTOR, TIMES, UPDATES = 2048, 384, 3, 40


def write(folder: Path, number: int, seed: int = 0) -> None:
    """A cloud of 3,000 points as a file."""
    points = np.random.default_rng([number, seed]).normal(size=(3000, 3)).astype(np.float32)
    np.save(folder / f"{number:06d}.npy", points)


def seconds(call: Callable[[], object], times: int = TIMES) -> float:
    """The shortest of several."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took)


def reading(folder: Path) -> str:
    """What opening and reading cost now."""
    rows = open_table(f"{folder}.lance").rows()
    places = np.random.default_rng(1).permutation(len(rows))[:256]
    nothing = seconds(lambda: open_collection(folder, progress=False))
    opened = seconds(lambda: open_table(f"{folder}.lance").rows())
    clouds = seconds(lambda: rows.read(places))
    vectors = seconds(lambda: open_table(f"{folder}.lance").rows().read(np.arange(len(rows)), ["embedding/x"], ["id"]))
    told = {"update without changes": nothing, "open": opened, "256 clouds": clouds, "all vectors": vectors}
    return ", ".join(f"{what} {1000 * took:.0f} ms" for what, took in told.items())


def main() -> None:
    """Print the first import, an update with ten more files, and what reading costs before and after forty updates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "parts"
        folder.mkdir()
        for number in range(count):
            write(folder, number)
        took = seconds(lambda: open_collection(folder, points=POINTS, progress=False), 1)
        print(f"{count} files: {took:.1f} s at first", flush=True)
        rng = np.random.default_rng(0)

        def embed() -> None:
            table = open_table(f"{folder}.lance")
            have = table.feature_ids("embedding/x") if "embedding/x" in table.feature_names() else set()
            lacking = [key for key in table.ids().tolist() if key not in have]
            table.add_features("embedding/x", lacking, rng.normal(size=(len(lacking), 1, VECTOR)), {"sha256": "x"})

        embed()
        print(f"then: {reading(folder)}", flush=True)
        for number in range(count, count + 10):
            write(folder, number)
        print(f"ten files more: {seconds(lambda: open_collection(folder, progress=False), 1):.2f} s", flush=True)
        took_each = []
        for update in range(UPDATES):
            for number in range(5):
                write(folder, count + 10 + 5 * update + number)
            write(folder, update, seed=1)
            (folder / f"{count - 1 - update:06d}.npy").unlink()
            took_each.append(seconds(lambda: open_collection(folder, prune=True, progress=False), 1))
            embed()
        first, last = np.median(took_each[:10]), np.median(took_each[-10:])
        print(f"{UPDATES} updates of 5 new, 1 changed, 1 gone: {first:.2f} s each at first, {last:.2f} s at last")
        print(f"then: {reading(folder)}", flush=True)


if __name__ == "__main__":
    main()
