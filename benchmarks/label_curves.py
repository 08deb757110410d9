"""Labels: accuracy over the number of confirmed ones, calibration, wrong ones found, and shapes found by words.

python -m benchmarks.label_curves curves shapes69 --split val -o runs/labels.json
python -m benchmarks.label_curves wrong shapes69 -o runs/labels.json                 # 5% of the labels made wrong
python -m benchmarks.label_curves words shapes69 -o runs/labels.json                 # class names never trained on
python -m benchmarks.label_curves words made:2000 -o runs/labels.json                # captions of made shapes

``--split val`` (the default) holds a fifth of every class of the training shapes out; ``--split test`` measures on the
test shapes, once. Every run adds its records to the JSON file, and writes all of them as a table beside it (.md).
"""

import argparse
import shlex
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

BUDGETS = (50, 100, 200, 500, 1000)
_BATCH = 50  # labels given before suggestions are made anew


@dataclass(frozen=True)
class CurveShapes:
    """Vectors of shapes to label and of those to measure on.

    Shape:
        values: (M, D) of length 1. words: (M, K) log-probabilities by the class names. label: (M,).
        pool, apart: places of the shapes to label, and of those to measure on.
    """

    values: np.ndarray
    words: np.ndarray
    label: np.ndarray
    pool: np.ndarray
    apart: np.ndarray


def read_shapes(data: str) -> Any:
    """Shapes by a name in POINTRECON_DATA, "made:COUNT", or a path."""
    import os

    from benchmarks.tier_sources import KNOWN
    from pointrecon.shapes import as_shapes, make_shapes

    if data.startswith("made:"):
        return as_shapes(make_shapes(None, count=int(data.removeprefix("made:")), points=1024, seed=12345, workers=2))
    file, up = KNOWN.get(data, (data, "unknown"))
    arrays = as_shapes(Path(os.environ.get("POINTRECON_DATA", "."), file) if data in KNOWN else file).load()
    return as_shapes(arrays if up == "unknown" else replace(arrays, meta=replace(arrays.meta, up=up)))


def curve_shapes(shapes: Any, values: argparse.Namespace) -> CurveShapes:
    """What curves and wrong labels are measured on."""
    from pointrecon.encode_settings import naming_settings
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.name_list import NameList
    from pointrecon.evaluation.splits import hold_out
    from pointrecon.labeling.confidence import softmax
    from pointrecon.labeling.phrase_scores import PhraseScores
    from pointrecon.labeling.shape_names import usual_temperature
    from pointrecon.retrieval.vectors import collection_vectors

    index = shapes.in_split("train", "val", "") if values.split == "val" else np.arange(len(shapes))
    used = shapes.select(index)
    apart = hold_out(used.label, 0.2, 0) if values.split == "val" else used.split == "test"
    module, _ = resolve_model(values.model)
    vectors = collection_vectors(used, model=module, vector=values.vector, progress=False).values
    names = NameList(used.meta.classes, [[one] for one in used.meta.classes])
    scores = PhraseScores(module, used, names, encode=naming_settings(None), progress=False)
    words = np.log(softmax(scores.of(np.arange(len(used))), usual_temperature(module)))
    return CurveShapes(vectors, words, used.label, np.flatnonzero(~apart), np.flatnonzero(apart))


def learned(some: CurveShapes, mine: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m, K) probabilities of shapes by a head from these examples, and its classes."""
    from pointrecon.labeling.example_head import fit_head

    known = np.unique(some.label[mine])
    head = fit_head(some.values[mine], some.label[mine], some.words[np.ix_(mine, known)])
    return head.probabilities(some.values[asked], some.words[np.ix_(asked, known)]), known


def curve(some: CurveShapes, way: str, seed: int, budgets: tuple[int, ...]) -> list[tuple[int, dict[str, float]]]:
    """Accuracy and calibration error at each number of labels, given at random or as suggested."""
    from pointrecon.labeling.confidence import calibration_error
    from pointrecon.labeling.suggesting import pick

    # a seed's shapes to label: nine of ten, so that suggestions, which draw nothing, differ between seeds
    order = np.random.default_rng(seed).permutation(some.pool)
    pool = order[: round(0.9 * len(order))]
    given, found = np.zeros(len(pool), bool), []
    for budget in budgets:
        if budget > len(pool):
            break
        while (count := int(given.sum())) < budget:
            step = min(_BATCH, budget - count)
            if way == "random":
                given[np.flatnonzero(~given)[:step]] = True
                continue
            chances, label = None, np.where(given, 0, -1)
            if count:
                chances, known = learned(some, pool[given], pool)
                label[given] = np.searchsorted(known, some.label[pool[given]])
            given[pick(some.values[pool], label, step, way, chances)[0]] = True
        chances, known = learned(some, pool[given], some.apart)
        right = known[chances.argmax(1)] == some.label[some.apart]
        sure = chances.max(1) >= 0.5
        told = {"accuracy": right.mean(), "calibration_error": calibration_error(chances.max(1), right)}
        told |= {"surer_than_half": sure.mean(), "accuracy_of_these": right[sure].mean() if sure.any() else np.nan}
        found.append((budget, {key: float(value) for key, value in told.items()}))
    return found


def wrong_labels(some: CurveShapes, seed: int, share: float) -> dict[str, float]:
    """How high labels that were made wrong stand in the list of doubts."""
    from sklearn.metrics import average_precision_score

    from pointrecon.labeling.doubtful_labels import DOUBTED, doubts
    from pointrecon.labeling.example_head import fit_head

    rng = np.random.default_rng(seed)
    label = some.label[some.pool].copy()
    planted = np.zeros(len(label), bool)
    planted[rng.permutation(len(label))[: round(share * len(label))]] = True
    classes = np.unique(label)
    for i in np.flatnonzero(planted):
        label[i] = rng.choice(classes[classes != label[i]])
    head = fit_head(some.values[some.pool], label)
    doubt, _ = doubts(some.values[some.pool], head.out_of_fold, np.searchsorted(head.classes, label))
    flagged, order = doubt > DOUBTED, np.argsort(-doubt, kind="stable")
    return {
        "average_precision": float(average_precision_score(planted, doubt)),
        "precision_at_planted": float(planted[order[: planted.sum()]].mean()),
        "flagged": float(flagged.mean()),
        "precision_of_flagged": float(planted[flagged].mean()) if flagged.any() else np.nan,
        "recall_of_flagged": float(flagged[planted].mean()),
    }


def by_words(shapes: Any, values: argparse.Namespace) -> tuple[dict[str, float], dict[str, int]]:
    """Shapes found by their captions or class names, and named by these."""
    from pointrecon.encode_settings import naming_settings
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.name_list import NameList
    from pointrecon.labeling.confidence import best_two, calibration_error, softmax
    from pointrecon.labeling.phrase_scores import PhraseScores
    from pointrecon.labeling.shape_names import usual_temperature
    from pointrecon.readable import readable

    captioned = values.data.startswith("made:")
    if not captioned:
        shapes = shapes.select(
            shapes.in_split("test") if values.split == "test" else shapes.in_split("train", "val", "")
        )
    told = [own[0] for own in shapes.captions()] if captioned else [shapes.meta.classes[n] for n in shapes.label]
    names, of = np.unique([readable(one) for one in told], return_inverse=True)
    module, _ = resolve_model(values.model)
    wanted = NameList(names.tolist(), [[name] for name in names.tolist()])
    scores = PhraseScores(module, shapes, wanted, encode=naming_settings(None), progress=False).of(
        np.arange(len(shapes))
    )
    ranked = of[np.argsort(-scores, axis=0, kind="stable")] == np.arange(len(names))  # (M, K): is it one that is meant?
    metrics = {f"recall_at_{k}": float(ranked[:k].any(0).mean()) for k in (1, 5, 10)}
    metrics |= {"precision_at_10": float(ranked[:10].mean())}
    best = best_two(softmax(scores, usual_temperature(module)))
    metrics |= {
        "named_rightly": float((best.first == of).mean()),
        "calibration_error": calibration_error(best.confidence, best.first == of),
    }
    return metrics, {"texts": len(names), "shapes": len(shapes)}


def measure(values: argparse.Namespace, command: str) -> list[Any]:
    """The records of one run."""
    from pointrecon.evaluation.inputs import identity_of, resolve_model
    from pointrecon.evaluation.record import Record

    shapes, (module, _) = read_shapes(values.data), resolve_model(values.model)
    about: dict[str, Any] = {
        **identity_of(module, values.model), "weights": "pre-trained", "protocol": "honest", "data": values.data,
        "split": values.split, "data_fingerprint": shapes.fingerprint(), "command": command,
    }  # fmt: skip
    began, records = time.monotonic(), []

    def note(task: str, seed: int, metrics: dict[str, float], choices: dict[str, Any], counts: dict[str, int]) -> None:
        records.append(Record(f"labels/{task}", seed=seed, metrics=metrics, choices=choices, counts=counts, **about))
        shown = ", ".join(f"{key} {100 * value:.1f}" for key, value in metrics.items())
        told = " ".join(str(value) for value in (*choices.values(), *counts.values()))
        print(
            f"{values.data}, {task}, {told}, seed {seed}: {shown} ({time.monotonic() - began:.0f} s)", file=sys.stderr
        )

    if values.task == "words":
        metrics, counts = by_words(shapes, values)
        note("words", 0, metrics, {}, counts)
        return records
    some = curve_shapes(shapes, values)
    for seed in range(values.seeds):
        if values.task == "wrong":
            metrics = wrong_labels(some, seed, values.share)
            note("wrong", seed, metrics, {"vector": values.vector, "planted": values.share}, {"labels": len(some.pool)})
            continue
        for way in ("random", values.strategy):
            for budget, metrics in curve(some, way, seed, tuple(values.budgets)):
                counts = {"labels": budget, "test": len(some.apart)}
                note("curve", seed, metrics, {"vector": values.vector, "labels": way}, counts)
    return records


def table(records: list[Any]) -> str:
    """All records as Markdown: mean and standard deviation over seeds, in per cent."""
    lines = []
    for task in dict.fromkeys((r.task, r.data, r.split) for r in records):
        own = [r for r in records if (r.task, r.data, r.split) == task]
        keys = list(own[0].metrics)
        lines += [f"**{task[0]}, {task[1]}, {task[2]}**", ""]
        lines += [
            f"| what | seeds | {' | '.join(key.replace('_', ' ') for key in keys)} |",
            "|---" * (len(keys) + 2) + "|",
        ]
        groups: dict[str, list[Any]] = {}
        for record in own:
            told = [*record.choices.values(), *(f"{count} {what}" for what, count in record.counts.items())]
            groups.setdefault(", ".join(map(str, told)), []).append(record)
        for head, some in groups.items():
            each = [np.array([100 * r.metrics[key] for r in some]) for key in keys]
            cells = [f"{one.mean():.1f} ± {one.std(ddof=1):.1f}" if len(one) > 1 else f"{one[0]:.1f}" for one in each]
            lines.append(f"| {head} | {len(some)} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Measure, add to the records, write the table; see the module."""
    from pointrecon.evaluation.record import add_records, load_records
    from pointrecon.files import write_text

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["curves", "wrong", "words"])
    parser.add_argument("data", help="shapes69 or modelnet10 (in POINTRECON_DATA), made:COUNT for words, or a path")
    parser.add_argument("-o", "--out", required=True, help="a .json file, to which records are added")
    parser.add_argument("--model", default="made-nano")
    parser.add_argument("--vector", default="model", help="model, views or fused")
    parser.add_argument("--split", default="val", choices=["val", "test"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(BUDGETS), help="numbers of labels")
    parser.add_argument("--strategy", default="mixed", help="of the suggestions")
    parser.add_argument("--share", type=float, default=0.05, help="of the labels made wrong")
    values = parser.parse_args(argv)
    add_records(values.out, measure(values, shlex.join(["python", "-m", "benchmarks.label_curves", *argv])))
    text = table(load_records(values.out))
    write_text(Path(values.out).with_suffix(".md"), text)
    print(text)
    return 0


if __name__ == "__main__":
    from pointrecon.cli.main import guarded

    sys.exit(guarded("benchmarks.label_curves", sys.argv[1:], ["python", "-m", "benchmarks.label_curves"]))
