"""Speed and peak memory of one pre-training step: ours beside the plain eager reference, in one run.

    python benchmarks/pretrain_step.py                       tiny and base, then where nano's time goes
    python benchmarks/pretrain_step.py --sizes tiny --batch 8 --steps 4 --breakdown ""
    python benchmarks/pretrain_step.py --device cuda --batch 128

Each measurement is a fresh process, and the two sides take turns (A B A B), so that neither a noisy machine
nor the memory of the other side favours one. A step is forward, backward and optimiser on clouds and
teachers' features that are already tensors, in float32; the frozen teachers run on neither side. Speed is
the batch over the median step, memory the process's peak.

This file imports nothing heavy: on Linux a child's peak memory starts from its parent's.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

SIDES = ("ours", "reference")
CHILD = Path(__file__).with_name("pretrain_side.py")


def measure(**settings: Any) -> dict[str, Any]:
    """Run one side in a fresh process; its JSON."""
    done = subprocess.run(
        [sys.executable, str(CHILD), json.dumps(settings)], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def compare(size: str, rounds: int, **settings: Any) -> dict[str, Any]:
    """Both sides of one size, in turns; medians over all steps of all rounds."""
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for number in range(rounds):
        for side in SIDES:
            print(f"{size}, round {number + 1} of {rounds}: {side} ...", file=sys.stderr, flush=True)
            runs[side].append(measure(side=side, size=size, **settings))
    result: dict[str, Any] = {"size": size}
    for side, measured in runs.items():
        seconds = [second for run in measured for second in run["seconds"]]
        result[side] = {
            "samples_per_second": settings["batch"] / statistics.median(seconds),
            "peak_bytes": max(run["peak_bytes"] for run in measured),
            "start_bytes": statistics.median(run["start_bytes"] for run in measured),
            "step_seconds": seconds,
        }
    ours, reference = result["ours"], result["reference"]
    result["faster"] = ours["samples_per_second"] / reference["samples_per_second"]
    result["memory"] = ours["peak_bytes"] / reference["peak_bytes"]
    return result


def comparison_table(results: list[dict[str, Any]]) -> str:
    """Markdown: a line per size."""
    lines = [
        "| size | ours, samples/s | reference, samples/s | speed | ours, MB | reference, MB | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in results:
        ours, reference = row["ours"], row["reference"]
        lines.append(
            f"| {row['size']} | {ours['samples_per_second']:.1f} | {reference['samples_per_second']:.1f} "
            f"| {row['faster']:.2f}× | {ours['peak_bytes'] / 1e6:.0f} | {reference['peak_bytes'] / 1e6:.0f} "
            f"| {row['memory']:.2f}× |"
        )
    return "\n".join(lines)


def breakdown_table(result: dict[str, Any]) -> str:
    """Markdown: the share of each part of one size's step."""
    total = sum(result["parts"].values())
    lines = [
        f"{result['size']}: {result['batch'] / total:.0f} samples/s, {1e3 * total:.1f} ms a step",
        "",
        "| part of a step | ms | share |",
        "|---|---|---|",
    ]
    lines += [f"| {part} | {1e3 * second:.1f} | {second / total:.1%} |" for part, second in result["parts"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", default=["tiny", "base"], choices=["tiny", "small", "base"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=8, help="measured steps per round, after two to warm up")
    parser.add_argument("--rounds", type=int, default=2, help="how often each side has its turn")
    parser.add_argument("--breakdown", default="nano", help="size whose step is taken apart; '' for none")
    parser.add_argument("--breakdown-batch", type=int, default=128)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0 leaves it to torch")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/benchmarks/pretrain_step.json"))
    args = parser.parse_args()

    settings = {"device": args.device, "threads": args.threads, "steps": args.steps}
    report: dict[str, Any] = {
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores"
        if hasattr(os, "sched_getaffinity")
        else f"{platform.machine()}, {os.cpu_count()} cores",
        "batch": args.batch,
        **settings,
    }
    sizes = [compare(size, args.rounds, batch=args.batch, **settings) for size in args.sizes]
    report["sizes"] = sizes
    if sizes:
        print(comparison_table(sizes))
    if args.breakdown:
        print(f"{args.breakdown}: taking a step apart ...", file=sys.stderr, flush=True)
        taken = measure(side="breakdown", size=args.breakdown, batch=args.breakdown_batch, **settings)
        report["breakdown"] = taken
        print("\n" + breakdown_table(taken))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    where = f"{report['machine']}, {args.device}, batch {args.batch}, {report['date']}"
    print(f"\n{where}; every step's time is in {args.output}")


if __name__ == "__main__":
    main()
