"""``python -m benchmarks``: speed, memory and arithmetic beside a plain reference, as a table with targets."""

import shlex
import sys
from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  python -m benchmarks                                      everything, a quarter of an hour on two cores
  python -m benchmarks --quick                              does it work here? a few minutes, numbers are no results
  python -m benchmarks --rows pretrain,encode --rounds 4    two rows, each side with four turns
  python -m benchmarks --rows teachers -o runs/bench        measured later: joins what the folder holds already
  python -m benchmarks --size tiny --threads 1 --rows pretrain
  python -m benchmarks --device cuda --batch 256 --compile graphs"""


def main(argv: Sequence[str]) -> int:
    """Parse, measure, print the table; 1 when a row could not be measured."""
    from benchmarks.bench_rows import ROWS

    listed = "; ".join(f"{name}: {row.summary}" for name, row in ROWS.items())
    parser = CommandParser(
        "bench",
        "Measure this machine's peaks, then training, encoding and sampling beside a plain eager reference in "
        "the same run, each side in fresh processes and in turns. Writes bench.json, bench.md and growth.png. "
        "On a busy machine measure row by row: a folder keeps the rows it has.",
        EXAMPLES,
    )
    parser.add_argument("--rows", type=str, default="", help=f"names with commas between, all when left out. {listed}")
    parser.add_argument("--size", type=str, default="base", help="tiny, small or base; targets are those of base")
    parser.add_argument("--device", type=str, default="auto", help="auto (the GPU where there is one), cpu or cuda")
    parser.add_argument(
        "--compile", type=str, default="auto", help="our step, as train.compile: auto, on, capture, graphs, off"
    )
    parser.add_argument("--batch", type=int, default=0, help="shapes per step; 0: each row's own")
    parser.add_argument("--threads", type=int, default=0, help="torch's threads; 0: as many as torch takes")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side")
    parser.add_argument("--steps", type=int, default=0, help="measured steps in a turn; 0: each row's own")
    parser.add_argument("--quick", action="store_true", help="everything tiny, to see that it works")
    parser.add_argument("-o", "--out", type=str, default="", help="folder (runs/bench, quick: runs/bench-quick)")
    values = parser.parse_args(list(argv))

    from rich.console import Console

    from benchmarks.bench_settings import Settings
    from benchmarks.run import bench
    from benchmarks.table import rich_table

    settings = Settings(
        rows=tuple(name.strip() for name in values.rows.split(",") if name.strip()),
        size="tiny" if values.quick and values.size == "base" else values.size,
        device=values.device,
        compile=values.compile,
        batch=values.batch,
        threads=values.threads,
        rounds=values.rounds,
        steps=values.steps,
        quick=values.quick,
    )
    out = values.out or ("runs/bench-quick" if values.quick else "runs/bench")
    record, gpu = bench(out, settings, command=shlex.join(["python", "-m", "benchmarks", *argv]))
    screen = Console(highlight=False)
    screen.print(rich_table(record, gpu=gpu))
    screen.print(f"written to {out}: bench.json, bench.md", soft_wrap=True, markup=False)
    return 1 if any(row.failed for row in record.rows) else 0


if __name__ == "__main__":
    from pointrecon.cli.main import guarded

    sys.exit(guarded("benchmarks.__main__", sys.argv[1:], ["python", "-m", "benchmarks"]))
