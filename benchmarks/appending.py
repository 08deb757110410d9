"""How long an append to a shape table takes as the table grows: tiny clouds, so that the table's own cost is seen.

python -m benchmarks.appending --rows 1000 60000 1000000
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from pointrecon.shapes import ShapeArrays, TableMeta, create_table

POINTS, BATCH, TIMES = 4, 256, 15


def batch(start: int, count: int) -> ShapeArrays:
    """Shapes with ids from ``start`` on."""
    points = np.random.default_rng(start).normal(size=(count, POINTS, 3))
    return ShapeArrays.from_points(points, id=[f"shape/{i:09d}" for i in range(start, start + count)])


def main() -> None:
    """Print milliseconds of an append of 256 shapes at each size: median and slowest of 15, and of the first one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 60_000, 1_000_000])
    parser.add_argument("--fill", type=int, default=BATCH, help="shapes at once on the way there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, have = create_table(Path(folder) / "t.lance", TableMeta()), 0
        for rows in sorted(options.rows):
            while have < rows:
                table.append(batch(have, min(options.fill, rows - have)))
                have += min(options.fill, rows - have)
            seconds = []
            for _ in range(TIMES):
                more = batch(have, BATCH)
                began = time.perf_counter()
                table.append(more)
                seconds.append(time.perf_counter() - began)
                have += BATCH
            middle, most = 1000 * statistics.median(seconds), 1000 * max(seconds)
            print(f"{rows:>9} rows: {middle:6.1f} ms an append of {BATCH}, at most {most:.1f}", flush=True)


if __name__ == "__main__":
    main()
