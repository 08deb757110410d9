"""Retrieval tier by tier: altered copies ask for their originals, shapes for others of their class.

python -m benchmarks.retrieval_tiers shapes69 -o runs/tiers.json                        # test shapes
python -m benchmarks.retrieval_tiers shapes69 --split val --queries 50 -o /tmp/tiers.json
python -m benchmarks.retrieval_tiers made:2000 --vectors model,classical -o runs/tiers.json
python -m benchmarks.retrieval_tiers shapes69 --split all --pool 2048 --queries 0 --tiers "jitter 0.02, 30% dropped" \\
    -o runs/tiers.json                                                                  # the protocol of "Shape"

Every run adds its records to the JSON file, and writes all of them as a table beside it (.md).
"""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

# "turned" and "any" are the model's in several poses; "fused" are the model's as search has them by default with those
# of the views; "search" and "search with views" are what search answers by these: what is near in "form" comes first
VECTORS = (
    *("model", "turned", "any", "views", "fused", "untrained", "classical", "voxels", "form"),
    *("search", "search with views"),
)
_MODELS = ("model", "turned", "any", "fused", "search", "search with views")
_CLASSICAL = ("classical", "voxels")
_HEADS = {"recall_at_1": "recall@1", "mean_average_precision": "mAP", "precision_at_10": "precision@10"}


class Makers:
    """What makes vectors of clouds, each loaded once."""

    def __init__(self, model: str, seed: int, batch_size: int) -> None:
        self._model, self._seed, self._batch = model, seed, batch_size
        self._loaded: dict[str, Any] = {}

    def module(self, name: str) -> Any:
        """The network behind vectors, None for a classical descriptor."""
        from pointrecon.evaluation.form_model import FormModel
        from pointrecon.evaluation.inputs import resolve_model
        from pointrecon.evaluation.probing import untrained_twin

        if name in _CLASSICAL:
            return None
        name = "model" if name in _MODELS else name
        if name == "form":
            return FormModel()
        if name not in self._loaded:
            found = (
                untrained_twin(self.module("model"), self._seed)
                if name == "untrained"
                else resolve_model("imagenet" if name == "views" else self._model)[0]
            )
            self._loaded[name] = found
        return self._loaded[name]

    def parts(self, name: str, clouds: np.ndarray, up: str) -> list[np.ndarray]:
        """The vectors (M, D) that are joined to one, of clouds (M, n, 3)."""
        from benchmarks.rotation_free import rotation_free, voxels
        from pointrecon.encode_settings import POSES
        from pointrecon.evaluation.features import extract_features
        from pointrecon.shapes.table.arrays import ShapeArrays

        if name in _CLASSICAL:
            return {"classical": rotation_free, "voxels": voxels}[name](clouds)
        arrays = ShapeArrays.from_points(clouds, up=up)
        how = {"batch_size": self._batch, "seed": self._seed, "poses": name if name in POSES else "given"}
        return [extract_features(self.module(name), arrays, encode=how, progress=False)]


class Kept:
    """Parts of vectors that were made of some clouds: the fused ones take those of the model and of the views."""

    def __init__(self, makers: Makers, clouds: np.ndarray, up: str) -> None:
        self._makers, self._clouds, self._up = makers, clouds, up
        self._made: dict[str, list[np.ndarray]] = {}

    def parts(self, name: str) -> list[np.ndarray]:
        """As `Makers.parts`."""
        if name in ("fused", "search", "search with views"):
            own = self.parts("any" if self._up == "unknown" else "turned")
            return own if name == "search" else [*own, *self.parts("views")]
        if name not in self._made:
            self._made[name] = self._makers.parts(name, self._clouds, self._up)
        return self._made[name]


def compared(name: str, gallery: Kept, queries: Kept) -> np.ndarray:
    """(Q, G) the similarity by which search puts the gallery in order: around its mean, but for forms."""
    from pointrecon.evaluation.joining import joined
    from pointrecon.retrieval.near_forms import apart, how_many_near

    if name == "form":
        return queries.parts(name)[0] @ gallery.parts(name)[0].T
    own = gallery.parts(name)
    many = len(own[0])
    both = [np.concatenate([a, b]) for a, b in zip(own, queries.parts(name), strict=True)]
    every = joined(both, slice(0, many))
    similar = every[many:] @ every[:many].T / len(both)
    if not name.startswith("search"):
        return similar
    for row, far in zip(similar, apart(compared("form", gallery, queries)), strict=True):
        order = np.argsort(far, kind="stable")
        first = order[: how_many_near(far[order])]
        row[first] = 2 - far[first]
    return similar


def measure(values: argparse.Namespace, command: str) -> list[Any]:
    """The records of one run."""
    from benchmarks.retrieval_scores import class_scores, copy_scores
    from benchmarks.tier_sources import CLASS, TIERS, originals
    from pointrecon.errors import InputError
    from pointrecon.evaluation.record import Record

    for asked, known in ((values.vectors, VECTORS), (values.tiers, (*TIERS, CLASS))):
        if wrong := [word for word in asked if word not in known]:
            raise InputError(f"there is no '{wrong[0]}': choose among {'; '.join(known)}")
    found, many = originals(values.data, split=values.split, pool=values.pool, points=values.points, up=values.up)
    makers = Makers(values.model, values.seed, values.batch_size)
    gallery = Kept(makers, found.clouds(), found.up)
    asking = np.sort(np.random.default_rng(values.seed).permutation(many)[: values.queries or many])
    records = []
    for name in values.tiers:
        began = time.monotonic()
        truth = asking
        if name != CLASS:
            if TIERS[name].least and not found.are_meshes:
                continue
            clouds, truth = found.asking(TIERS[name], asking, values.seed)
            if not len(truth):
                continue
            queries = Kept(makers, clouds, found.up)
        for vector in values.vectors:
            if name == CLASS:
                metrics = class_scores(compared(vector, gallery, gallery), found.label)
            else:
                metrics = copy_scores(compared(vector, gallery, queries), truth)
            records.append(
                Record(
                    f"retrieval/{name}", "honest", **_maker(makers, vector, values.model),
                    data=found.name, split=values.split, seed=values.seed, metrics=metrics,
                    choices={"feature": vector, "pool": values.pool},
                    counts={"queries": len(found.label) if name == CLASS else len(truth), "gallery": len(found.label)},
                    data_fingerprint=found.mark, command=command,
                )
            )  # fmt: skip
            shown = ", ".join(f"{_HEADS.get(key, key)} {100 * value:.1f}" for key, value in metrics.items())
            print(f"{found.name}, {name}, {vector}: {shown} ({time.monotonic() - began:.0f} s)", file=sys.stderr)
    return records


def _maker(makers: Makers, vector: str, model: str) -> dict[str, Any]:
    from pointrecon.evaluation.families import PICTURES
    from pointrecon.evaluation.inputs import identity_of
    from pointrecon.evaluation.joining import JOINED

    joined = dict.fromkeys(("fused", "search", "search with views"), JOINED)
    weights = {**dict.fromkeys(_MODELS, "pre-trained"), "views": PICTURES, **joined, "form": "none"}.get(vector, vector)
    module = makers.module(vector)
    if module is None:
        return {"model": vector, "weights": "none"}
    both = f"{model} + imagenet"
    told = identity_of(
        module,
        {"views": "imagenet", "form": "form", **dict.fromkeys(("fused", "search with views"), both)}.get(vector, model),
    )
    return {**told, "weights": weights}


def table(records: Sequence[Any]) -> str:
    """All records as Markdown: a table for each collection and pool, a row a tier, a column a vector; per cent."""
    blocks = []
    kinds = dict.fromkeys((r.data, r.split, r.choices.get("pool", 0)) for r in records)
    for data, split, pool in kinds:
        own = [r for r in records if (r.data, r.split, r.choices.get("pool", 0)) == (data, split, pool)]
        columns = [name for name in VECTORS if any(r.choices["feature"] == name for r in own)]
        lines = [
            f"**{data}**, {split}, {max(r.counts['gallery'] for r in own)} shapes to find",
            "",
            f"| tier | measure | queries | {' | '.join(columns)} |",
            "|---|---|---|" + "---|" * len(columns),
        ]
        for task in dict.fromkeys(r.task for r in own):
            mine = {r.choices["feature"]: r for r in own if r.task == task}
            for key, head in _HEADS.items():
                if all(key in r.metrics for r in mine.values()):
                    told = [f"{100 * mine[name].metrics[key]:.1f}" if name in mine else "–" for name in columns]
                    count = next(iter(mine.values())).counts["queries"]
                    lines.append(f"| {task.removeprefix('retrieval/')} | {head} | {count} | {' | '.join(told)} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def main(argv: list[str]) -> int:
    """Measure, add to the records, write the table; see the module."""
    from benchmarks.tier_sources import CLASS, TIERS
    from pointrecon.evaluation.record import add_records, load_records
    from pointrecon.files import write_text

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="shapes69, modelnet10, meshes (in POINTRECON_DATA), made:COUNT, or a path")
    parser.add_argument("-o", "--out", required=True, help="a .json file, to which records are added")
    parser.add_argument("--model", default="made-nano")
    parser.add_argument("--vectors", default="model,turned,untrained,classical,voxels", help=f"of {','.join(VECTORS)}")
    parser.add_argument("--tiers", default=";".join([*TIERS, CLASS]), help="names with semicolons between; all")
    parser.add_argument("--split", default="test", help="of a table: test, val or all")
    parser.add_argument("--queries", type=int, default=200, help="copies of each tier; 0: of all shapes")
    parser.add_argument("--pool", type=int, default=0, help="shapes to find: of the split, or also others (its own)")
    parser.add_argument("--points", type=int, default=2048, help="drawn on a mesh")
    parser.add_argument("--up", default="", help="x, y or z, where the data does not say")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch-size", type=int, default=64)
    values = parser.parse_args(argv)
    values.vectors = [word.strip() for word in values.vectors.split(",")]
    values.tiers = [word.strip() for word in values.tiers.split(";")]

    add_records(values.out, measure(values, shlex.join(["python", "-m", "benchmarks.retrieval_tiers", *argv])))
    text = table(load_records(values.out))
    write_text(Path(values.out).with_suffix(".md"), text)
    print(text)
    return 0


if __name__ == "__main__":
    from pointrecon.cli.main import guarded

    sys.exit(guarded("benchmarks.retrieval_tiers", sys.argv[1:], ["python", "-m", "benchmarks.retrieval_tiers"]))
