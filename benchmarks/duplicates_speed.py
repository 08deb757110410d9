"""How `duplicates` scales, and whether it finds what was planted.

python -m benchmarks.duplicates_speed synthetic --count 100000   # candidates alone: facts, forms, vectors; no files
python -m benchmarks.duplicates_speed files --count 200          # a folder with planted copies, from the import on
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

_WIDTH = 384  # of a synthetic vector
_PLANTED = 0.1  # share of shapes that are copies of others


def synthetic(count: int, seed: int) -> dict[str, Any]:
    """Random facts, clouds of 64 points and vectors, a tenth of them copies; what is compared costs nothing here."""
    import torch

    from pointrecon.memory import peak_memory
    from pointrecon.retrieval.evidence import Evidence
    from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS
    from pointrecon.retrieval.gathering import Gathering
    from pointrecon.retrieval.vectors import collection_vectors
    from pointrecon.shapes import ShapeArrays, as_shapes

    rng = np.random.default_rng(seed)
    whole = count - round(_PLANTED * count)
    of = np.concatenate([np.arange(whole), rng.integers(whole, size=count - whole)])
    spread = np.sort(np.exp(0.5 * rng.normal(size=(whole, 3))), axis=1)[of, ::-1] * np.exp(rng.normal(size=(count, 1)))
    size = np.linalg.norm(spread, axis=1)
    skew = np.cbrt(rng.uniform(0, 0.3, whole))[of] * size
    clouds = rng.normal(size=(count, 64, 3)).astype(np.float32) * spread[:, None]
    centers = rng.normal(size=(200, _WIDTH)).astype(np.float32)
    vectors = (centers[rng.integers(200, size=whole)] + rng.normal(size=(whole, _WIDTH)).astype(np.float32))[of]
    vectors += 0.05 * rng.normal(size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    facts = {f"spread_{k + 1}": spread[:, k] for k in range(3)}
    arrays = ShapeArrays.from_points(clouds, facts={**facts, "skew": skew, "faces": rng.integers(10, 9999, count)})
    pose = np.eye(3), np.zeros(3)

    def look(a: int, b: int) -> Evidence:
        return Evidence("identical" if of[a] == of[b] else "similar", 1.0, 0.0, *pose)

    times = {}
    shapes = as_shapes(arrays)

    def forms() -> np.ndarray:
        return collection_vectors(shapes, vector="form", progress=False).values

    work = Gathering(shapes, DUPLICATE_KINDS, look, forms, vectors)
    for name, run in (("same measures", lambda: work.same_facts()), ("alike", lambda: work.alike(5, 0.8))):
        began = time.monotonic()
        run()
        times[name] = round(time.monotonic() - began, 1)
    found = work.result()
    copies = sum(len(group.others) for group in found.groups)
    memory = peak_memory(torch.device("cpu")) // 2**20
    return {
        "shapes": count, "planted": count - whole, "found": copies, "pairs compared": found.compared,
        "all pairs": count * (count - 1) // 2, "seconds": times, "peak memory MiB": memory,
        "seconds a form of 2,048 points": round(_form_seconds(rng), 5),
    }  # fmt: skip


def _form_seconds(rng: np.random.Generator) -> float:
    import torch

    from pointrecon.geometry import form

    clouds = torch.from_numpy(rng.normal(size=(100, 2048, 3)))
    began = time.monotonic()
    form(clouds)
    return (time.monotonic() - began) / 100


def files(count: int, seed: int) -> dict[str, Any]:
    """A folder of made meshes, each fourth with a planted copy of some kind; from the first import to the groups."""
    from benchmarks.altered_meshes import ALTERATIONS
    from pointrecon.retrieval.duplicate_groups import duplicates
    from pointrecon.shapes.made.parametric.catalog import CATEGORIES, build

    names, kinds = list(CATEGORIES), [*ALTERATIONS, "bytes"]
    planted: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "parts"
        folder.mkdir()
        for i in range(count):
            mesh = build(names[i % len(names)], -1 - i)
            text = obj_text(mesh.vertices, mesh.faces)
            (folder / f"{i:05d}.obj").write_text(text)
            if i % 4:
                continue
            how = kinds[i // 4 % len(kinds)]
            if how != "bytes":
                text = obj_text(*ALTERATIONS[how][1](mesh.vertices, mesh.faces, seed + i))
            (folder / f"{i:05d}-{how}.obj").write_text(text)
            planted[f"{i:05d}"] = how
        began = time.monotonic()
        first = duplicates(folder)
        middle = time.monotonic()
        again = duplicates(folder)
        ids = list(first.shapes.ids())
        told: Counter[str] = Counter()
        for group in first.groups:
            for one in group.others:
                a, b = sorted((ids[one.place], ids[one.of]))
                same = b.startswith(a[:5])
                told[f"{planted[a[:5]] if same else 'nothing planted'} → {one.kind}"] += 1
        for how in planted.values():
            told[f"{how}, planted"] += 1
        return {
            "files": len(ids), "pairs compared": first.compared, "seconds": round(middle - began, 1),
            "seconds of the second call": round(time.monotonic() - middle, 1),
            "the same answer": str(first.groups) == str(again.groups), "found": dict(sorted(told.items())),
        }  # fmt: skip


def obj_text(vertices: np.ndarray, faces: np.ndarray) -> str:
    """A mesh as the text of an OBJ file."""
    lines = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices.tolist()]
    return "\n".join([*lines, *(f"f {a} {b} {c}" for a, b, c in (faces + 1).tolist())]) + "\n"


def main(argv: list[str]) -> int:
    """Measure and print JSON; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["synthetic", "files"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    values = parser.parse_args(argv)
    measure = synthetic if values.what == "synthetic" else files
    print(json.dumps(measure(values.count, values.seed), indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
