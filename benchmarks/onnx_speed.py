"""Exported models beside PyTorch: clouds a second from prepared clouds to vectors, the sides in turns.

python -m benchmarks.onnx_speed made-nano made-mini --threads 2 --rounds 30

Best of all rounds, so that other work on the machine tells less.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def main(argv: list[str]) -> int:
    """Print a table in Markdown; see the module."""
    import torch

    from pointrecon.models import OnnxModel, export, load_model

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    values = parser.parse_args(argv)
    torch.set_num_threads(values.threads)
    print(
        "| model | batch | PyTorch, clouds/s | ONNX Runtime, clouds/s | ratio | file | loading |\n" + "|---" * 7 + "|"
    )
    with TemporaryDirectory() as folder:
        for name in values.models:
            model: Any = load_model(name).eval()
            file = export(model, Path(folder) / "model.onnx", overwrite=True)
            began = time.perf_counter()
            runtime = OnnxModel(file.out, threads=values.threads)
            loading = time.perf_counter() - began
            for size in values.batches:
                clouds = model.prepare(torch.randn(size, model.config.points, 3))
                sides: dict[str, Callable[[], Any]] = {
                    "torch": partial(model.features, clouds),
                    "onnx": partial(runtime.features, clouds.numpy()),
                }
                seconds = best_of(sides, values.rounds)
                print(
                    f"| {name} | {size} | {size / seconds['torch']:,.0f} | {size / seconds['onnx']:,.0f} "
                    f"| {seconds['torch'] / seconds['onnx']:.2f}× | {file.bytes / 1e6:.1f} MB | {loading:.2f} s |"
                )
    return 0


def best_of(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The least seconds that each side took, in turns."""
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(rounds):
        for name, call in sides.items():
            began = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - began)
    return best


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
