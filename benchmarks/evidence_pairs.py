"""Evidence on pairs made from meshes: what was done to each copy against what is said of it, and what that costs.

    python -m benchmarks.evidence_pairs MESHES -o runs/evidence.json --pairs 5000 --seed 0

MESHES holds a folder of mesh files a class. Classes are halved: thresholds were chosen on `--half chosen`, figures are
of the other (`--half told`). Truth comes from what was done, not from what looks alike: a copy is turned, moved, its
vertices and faces shuffled and its coordinates rounded as files round them (float32, or six digits). Whether a mirrored
copy is another shape is not asked of the code that is measured: every mesh to be mirrored first gets a small
tetrahedron with six different edges at one of its corners, which no mirroring maps onto itself. "same class" are pairs
of two files; those said to be copies are listed, for some files are in such collections twice.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

KINDS_MADE = (
    "identical",
    "rescaled",
    "mirrored",
    "mirrored, rescaled",
    "subdivided",
    "retriangulated",
    "variant",
    "same class",
)
TRUTH = {
    "subdivided": "remeshed",
    "retriangulated": "remeshed",
    "decimated": "",
    "same class": "",
    "mirrored, rescaled": "mirrored",
}
Mesh = tuple[np.ndarray, np.ndarray]


def marked(vertices: np.ndarray, faces: np.ndarray, rng: np.random.Generator, size: float = 0.04) -> Mesh:
    """With a tetrahedron of six different edges, ``size`` of the diagonal large, at one of the corners."""
    used = np.unique(faces)
    corner = vertices[used[int(rng.integers(len(used)))]]
    mark = (
        np.array([[0, 0, 0], [1, 0, 0], [0.3, 0.8, 0], [0.2, 0.3, 0.6]])
        * size
        * np.linalg.norm(np.ptp(vertices[used], axis=0))
    )
    sides = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    return np.concatenate([vertices, corner + mark]), np.concatenate([faces, sides + len(vertices)])


def stored(vertices: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> Mesh:
    """As a binary file keeps it, or a text of six digits."""
    if rng.random() < 0.5:
        return vertices.astype(np.float32).astype(np.float64), faces
    digits = 5 - np.floor(np.log10(np.maximum(np.abs(vertices), 1e-300)))
    step = 10.0 ** -np.clip(digits, -300, 300)
    return np.rint(vertices / step) * step, faces


def made(kind: str, mesh: Mesh, other: Mesh | None, rng: np.random.Generator) -> tuple[Mesh, Mesh, dict[str, Any]]:
    """The two shapes of a pair, and what is true of it beside its kind."""
    from benchmarks import altered_meshes as altered

    seed = int(rng.integers(2**31))
    told: dict[str, Any] = {"scale": 1.0}
    if kind.startswith("mirrored"):
        mesh = marked(*mesh, rng)
    factor = float(rng.choice([25.4, 1000, 10, np.exp(rng.uniform(-1, 1))]))
    if kind == "identical":
        copy = altered.turned(*mesh, seed)
    elif kind in ("rescaled", "mirrored, rescaled"):
        copy = altered.rescaled(*mesh, seed, factor=factor)
        copy = altered.mirrored(*copy, seed) if "mirrored" in kind else copy
        told["scale"] = factor
    elif kind == "mirrored":
        copy = altered.mirrored(*mesh, seed)
    elif kind == "variant":
        change = altered.changed(*mesh, seed)
        # turned by hand, so that it is known where the change went
        moved = altered.turned(np.concatenate([change.vertices, change.center[None]]), change.faces, seed)
        copy = moved[0][:-1], moved[1]
        told |= {"center": moved[0][-1], "radius": change.radius}
    elif kind == "same class":
        copy = altered.turned(*(other or mesh), seed)
    else:
        copy = altered.ALTERATIONS[kind][1](*mesh, seed)
    return stored(*mesh, rng), stored(*altered.shuffled(*copy, seed), rng), told


def by_facts(a: Mesh, b: Mesh) -> bool:
    """Whether b could be a copy of a by what a table keeps of their files."""
    from pointrecon.retrieval.evidence import could_be_copies
    from pointrecon.retrieval.evidence.likely_copies import FACTS_READ
    from pointrecon.shapes.readers.file_measures import measured as facts_of
    from pointrecon.shapes.readers.surface import Piece, Surface

    one, other = (facts_of(Surface([Piece(*mesh)])) for mesh in (a, b))
    columns = [{name: np.array([facts.get(name, np.nan)]) for name in FACTS_READ} for facts in (one, other)]
    return bool(could_be_copies(*columns)[0])


def measured(values: argparse.Namespace) -> list[dict[str, Any]]:
    """A record a pair."""
    from pointrecon.errors import InputError
    from pointrecon.retrieval.evidence import Geometry, compare
    from pointrecon.shapes.readers.read import READERS, read_corners

    folders = sorted(path for path in Path(values.meshes).iterdir() if path.is_dir())
    start = {"chosen": 0, "told": 1, "all": 0}[values.half]
    classes = [sorted(p for p in folder.iterdir() if p.suffix.lower() in READERS) for folder in folders]
    classes = [files for files in classes[start :: 1 if values.half == "all" else 2] if len(files) > 1]
    if not classes:
        raise InputError(f"{values.meshes} has no folders of several mesh files: name one that has a folder a class")
    read: dict[Path, Mesh] = {}

    def mesh_of(path: Path) -> Mesh:
        if path not in read:
            vertices, faces = read_corners(path)
            read[path] = vertices, faces
        return read[path]

    rows = []
    for number in range(values.pairs):
        rng = np.random.default_rng([values.seed, number])
        kind = values.kinds[number % len(values.kinds)]
        files = classes[int(rng.integers(len(classes)))]
        first, *others = (files[i] for i in rng.permutation(len(files)))
        a, b, told = made(kind, mesh_of(first), mesh_of(others[-1]) if kind == "same class" else None, rng)
        one, two = Geometry(*a), Geometry(*b)
        began = time.process_time()
        one.normal, two.normal  # noqa: B018  # what is computed of a shape once, however many it is compared with
        ready = time.process_time()
        found = compare(one, two)
        row = {
            "kind": kind, "said": found.kind, "truth": TRUTH.get(kind, kind), "words": found.words(),
            "a": f"{first.parent.name}/{first.name}", "b": others[-1].name if kind == "same class" else "",
            "triangles": [len(a[1]), len(b[1])],
            "mirrored": found.mirrored, "share": found.share, "residual": found.residual,
            "could_be": by_facts(a, b), "scale_off": abs(found.scale / told["scale"] - 1),
            "prepare_ms": 1000 * (ready - began), "compare_ms": 1000 * (time.process_time() - ready),
        }  # fmt: skip
        if kind == "variant" and found.kind == "variant":
            reach = told["radius"]
            row["place_found"] = any(
                np.linalg.norm(np.maximum(np.abs(told["center"] - r.center) - r.size / 2, 0)) < reach
                for r in found.regions
            )
        rows.append(row)
        if values.verbose and row["truth"] and row["said"] != row["truth"]:
            print(f"{number}: {row['kind']}: {row['words']} ({row['a']}, {row['triangles']})", file=sys.stderr)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a row for what was done, a column for what was said; precision and recall; milliseconds."""
    from pointrecon.retrieval.evidence import KINDS

    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    lines = [f"| done | pairs | {' | '.join(KINDS)} |", "|---" * (len(KINDS) + 2) + "|"]
    for kind in kinds:
        own = [row for row in rows if row["kind"] == kind]
        counts = [str(sum(row["said"] == said for row in own) or "") for said in KINDS]
        lines.append(f"| {kind} | {len(own)} | {' | '.join(counts)} |")
    lines += ["", "| said | precision | recall |", "|---|---|---|"]
    known = [row for row in rows if row["truth"] or row["kind"] == "same class"]
    for said in KINDS[:-1]:
        right = sum(row["truth"] == row["said"] == said for row in known)
        called, there = (
            sum(row["said"] == said and row["kind"] != "same class" for row in known),
            sum(row["truth"] == said for row in known),
        )
        if there:
            lines.append(f"| {said} | {100 * right / max(called, 1):.2f}% | {100 * right / there:.2f}% |")
    for what in ("prepare_ms", "compare_ms"):
        values = np.array([row[what] for row in rows])
        shown = ", ".join(f"{kind} {np.mean([r[what] for r in rows if r['kind'] == kind]):.0f}" for kind in kinds)
        lines += ["", f"{what}: mean {values.mean():.1f}, 95% below {np.quantile(values, 0.95):.1f}; {shown}"]
    copies = [row for row in rows if row["truth"] not in ("", "variant")]
    others = [row for row in rows if row["kind"] == "same class"]
    kept = [f"{sum(row['could_be'] for row in some)} of {len(some)}" for some in (copies, others)]
    lines += ["", f"could be copies by the facts of their files: {kept[0]} copies, {kept[1]} pairs of one class"]
    places = [row["place_found"] for row in rows if "place_found" in row]
    if places:
        lines += ["", f"place of the change found: {sum(places)} of {len(places)} variants"]
    doubts = [row for row in rows if row["kind"] == "same class" and row["said"] not in ("similar", "variant")]
    lines += ["", *(f"- of one class, said to be copies: {row['a']}, {row['b']}: {row['words']}" for row in doubts)]
    return "\n".join(lines).rstrip() + "\n"


def main(argv: list[str]) -> int:
    """Measure, write every pair and the table; see the module."""
    from pointrecon.errors import InputError
    from pointrecon.files import write_text

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meshes", help="a folder with a folder of mesh files a class")
    parser.add_argument("-o", "--out", required=True, help="a .json file for every pair; the table lies beside it")
    parser.add_argument("--pairs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", choices=("chosen", "told", "all"), default="told", help="of the classes")
    parser.add_argument("--kinds", default=";".join(KINDS_MADE), help="with semicolons between; 'decimated' too")
    parser.add_argument("--verbose", action="store_true", help="tell each pair that is said to be something else")
    values = parser.parse_args(argv)
    values.kinds = [word.strip() for word in values.kinds.split(";")]
    if wrong := [word for word in values.kinds if word not in (*KINDS_MADE, "decimated")]:
        raise InputError(f"there is no '{wrong[0]}': choose among {'; '.join((*KINDS_MADE, 'decimated'))}")
    rows = measured(values)
    write_text(Path(values.out), "\n".join(json.dumps(row) for row in rows) + "\n")
    text = table(rows)
    write_text(Path(values.out).with_suffix(".md"), text)
    print(text)
    return 0


if __name__ == "__main__":
    from pointrecon.cli.main import guarded

    sys.exit(guarded("benchmarks.evidence_pairs", sys.argv[1:], ["python", "-m", "benchmarks.evidence_pairs"]))
