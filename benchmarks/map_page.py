"""How long the map of a collection takes, step by step, and how large its page is: `python -m benchmarks.map_page`."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.evaluation.name_list import NameList
from pointrecon.reports.shape_map import ShapeMap
from pointrecon.retrieval.clustering import cluster_vectors
from pointrecon.retrieval.layout_2d import nearest_in, project
from pointrecon.retrieval.vectors import Vectors
from pointrecon.screen import say
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.made.making import make_shapes
from pointrecon.shapes.table.arrays import ShapeArrays

WIDTH = 256  # of a vector, as made-nano's
GROUPS = 200
DIFFERENT = 300  # shapes that are made; the others are those, turned and stretched


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=50_000)
    parser.add_argument("--points", type=int, default=512)
    parser.add_argument("--pictures", type=int, default=None, help="pixels a side (as the command has it)")
    parser.add_argument("--out", type=Path, default=Path("map-benchmark.html"))
    given = parser.parse_args()
    vectors = collection(given.shapes, given.points)
    near = timed("neighbors", lambda: nearest_in(vectors.values))
    xy = timed("layout", lambda: project(vectors.values, "neighbors", 0, near=near))
    clusters = timed("clusters", lambda: cluster_vectors(vectors, names=NameList([], [])))
    found = ShapeMap(xy, near, clusters, "neighbors", 0)
    timed("page with pictures", lambda: found.save(given.out, pictures=given.pictures))
    say(f"{len(xy)} shapes, {len(clusters)} clusters: {given.out.stat().st_size / 1e6:.1f} MB")


def collection(count: int, points: int) -> Vectors:
    """So many shapes in groups, and vectors around a middle for each group."""
    rng = np.random.default_rng(0)
    made = as_shapes(make_shapes(None, count=DIFFERENT, family="named", points=points, workers=1)).load()
    source = rng.integers(0, len(made), count)
    turn = rng.uniform(0, 2 * np.pi, count)
    cosine, sine = np.cos(turn)[:, None].astype(np.float16), np.sin(turn)[:, None].astype(np.float16)
    x, y, z = np.moveaxis(made.points[source], -1, 0)
    clouds = np.stack([cosine * x + sine * z, y * rng.uniform(0.6, 1, (count, 1)), cosine * z - sine * x], -1)
    shapes = ShapeArrays.from_points(
        clouds, label=made.label[source], classes=made.meta.classes, up="y", normalize=False
    )
    middle = rng.normal(size=(GROUPS, WIDTH))
    values = middle[source % GROUPS] + 0.7 * rng.normal(size=(count, WIDTH))
    values = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    return Vectors("synthetic", values, np.zeros(WIDTH, np.float32), (WIDTH,), as_shapes(shapes), ("none",), ("given",))


def timed(what: str, work: Callable[[], Any]) -> Any:
    """What the work gives; how long it took is told."""
    began, spent = time.perf_counter(), time.process_time()
    result = work()
    say(f"{what}: {time.perf_counter() - began:.1f} s ({time.process_time() - spent:.1f} s of the processor)")
    return result


if __name__ == "__main__":
    main()
