"""How fast the nearest of very many vectors are found: exact, and in cells with the recall that they have.

    python -m benchmarks.search_speed --count 1000000

Vectors are those of made shapes by the model that comes along, and others between neighbors of them, with noise: as
crowded and as many-sided as real ones. Prints a line of JSON; nothing is kept.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon import make_shapes
from pointrecon.memory import peak_memory
from pointrecon.retrieval.index import Index
from pointrecon.retrieval.known_columns import Columns
from pointrecon.retrieval.near_cells import NearCells, make_cells
from pointrecon.retrieval.raw_vectors import extract
from pointrecon.retrieval.vectors import Vectors, unit_length
from pointrecon.screen import say

_BLOCK = 50_000


def main(argv: Sequence[str]) -> int:
    """Make the vectors, the cells, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="vectors")
    parser.add_argument("--shapes", type=int, default=2000, help="made shapes that they are drawn around")
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=1, help="a vector's width, times this (6 is like fused ones)")
    values = parser.parse_args(list(argv))
    with tempfile.TemporaryDirectory(prefix="search-speed-") as folder:
        say(json.dumps(measured(Path(folder), values.count, values.shapes, values.queries, values.repeat)))
    return 0


def measured(folder: Path, count: int, shapes: int, asked: int, repeat: int = 1) -> dict[str, float]:
    """The figures, times in milliseconds (median) and seconds."""
    vectors, queries = some_vectors(folder, count, shapes, asked, repeat)
    began = time.perf_counter()
    told, lengths = make_cells(vectors, folder)
    building = time.perf_counter() - began
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in lengths}
    cells = NearCells.opened(vectors, told, arrays)
    rank = np.arange(count)
    columns = Columns(lambda _: rank, "vectors", "y")
    given: Any = None
    made = Vectors("drawn", vectors, np.zeros(vectors.shape[1]), (vectors.shape[1],), given, (), (), cells=cells)
    index = Index(made, columns)
    found = {}
    for exact in (True, False):
        index.nearest(queries[:2], 10, exact=exact)
        places, times = [], []
        for query in queries:
            began = time.perf_counter()
            places.append(index.nearest(query, 10, exact=exact)[0][0])
            times.append(1e3 * (time.perf_counter() - began))
        found[exact] = np.array(places), float(np.median(times)), float(np.max(times))
    every = np.array([np.argsort(-(vectors @ query), kind="stable")[:10] for query in queries[:10]])
    assert cells is not None
    open_ = [len(cells.candidates(query, 10, exact=True)) / count for query in queries] if cells else [1.0]
    return {
        "count": count, "width": vectors.shape[1], "build_s": round(building, 1), "cells": len(arrays["middles"]),
        "first_numbers": arrays["head"].shape[1],
        "probes": told["probes"], "recall_at_build": told["recall"], "recall": _shared(found[True][0], found[False][0]),
        "exact_ms": round(found[True][1], 2), "exact_worst_ms": round(found[True][2], 2),
        "approximate_ms": round(found[False][1], 2), "approximate_worst_ms": round(found[False][2], 2),
        "exact_agrees": _shared(every, found[True][0][:10]),
        "compared_whole": round(float(np.mean(open_)), 4), "peak_memory_mb": round(peak_memory_of() / 1e6),
    }  # fmt: skip


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    """The share of (Q, k) places that are in the same row of the other too."""
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(one, other, strict=True)]))


def peak_memory_of() -> int:
    """Of this process, bytes."""
    import torch

    return peak_memory(torch.device("cpu"))


def some_vectors(folder: Path, count: int, shapes: int, asked: int, repeat: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, D) in a file mapped into memory and (asked, D), all around the mean and of length 1."""
    made = extract("made-nano", make_shapes(None, count=shapes, family="both", points=1024, workers=1))
    seen = unit_length(made - made.mean(0))
    near = np.argsort(-(seen @ seen.T), axis=1)[:, 1:9]
    rng = np.random.default_rng(0)
    spread = seen.std(0) * 0.15

    def drawn(many: int) -> np.ndarray:
        base = rng.integers(len(seen), size=(repeat, many))
        other = near[base, rng.integers(near.shape[1], size=base.shape)]
        share = rng.random((*base.shape, 1), np.float32)
        noise = rng.normal(size=(*base.shape, seen.shape[1])).astype(np.float32) * spread
        found = share * seen[base] + (1 - share) * seen[other] + noise
        return unit_length(np.concatenate([*found], axis=1))

    values = np.lib.format.open_memmap(folder / "values.npy", "w+", np.float32, (count, repeat * seen.shape[1]))
    for start in range(0, count, _BLOCK):
        values[start : start + _BLOCK] = drawn(min(_BLOCK, count - start))
    values.flush()
    return np.load(folder / "values.npy", mmap_mode="r"), drawn(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
