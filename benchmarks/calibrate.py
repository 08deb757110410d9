"""Which temperature makes a model's confidences by words fit: the `calibration` that its facts need.

python -m benchmarks.calibrate runs/parts shapes69.lance modelnet10.lance

Asks the model for the names of labeled shapes that it did not learn from (``--split``), as `pointrecon name` does, and
looks for the temperature under which their labels are most likely, in the mean over tables. Prints it for each table
and for all, as it is to stand in the model's ``config.json``.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

_TRIED = np.geomspace(0.01, 1, 231)  # temperatures, 2% apart


def best_temperature(scored: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """The temperature under which labels (m,) of scores (m, K) are most likely, each of the tables weighing the same.

    Raises:
        InputError: where no temperature between 0.01 and 1 is better than both.
    """
    from pointrecon.errors import InputError
    from pointrecon.labeling.confidence import softmax, surprise

    costs = [np.mean([surprise(softmax(scores, t), label) for scores, label in scored]) for t in _TRIED]
    best = int(np.argmin(costs))
    if best in (0, len(_TRIED) - 1):
        raise InputError(
            f"the labels are most likely at {_TRIED[best]:g}, the end of what is tried: the names say too little of "
            "these shapes, or all of them; take others"
        )
    return float(_TRIED[best])


def table_scores(module: Any, shapes: Any, values: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Scores (m, K) of the split's labeled shapes by the names of their classes, and their labels (m,)."""
    from pointrecon.encode_settings import naming_settings
    from pointrecon.evaluation.name_list import name_list
    from pointrecon.evaluation.splits import labeled_in
    from pointrecon.labeling.phrase_scores import PhraseScores
    from pointrecon.labeling.shape_names import numbers_among
    from pointrecon.readable import readable

    places = labeled_in(shapes, values.split, name=str(shapes.name))
    some = shapes.select(np.sort(np.random.default_rng(0).permutation(places)[: values.most]))
    names = name_list(sorted({readable(one) for one in shapes.meta.classes}))
    encode = naming_settings({"poses": values.poses})
    scores = PhraseScores(module, some, names, encode=encode, progress=False).of(np.arange(len(some)))
    return scores, numbers_among(some, names)


def main(argv: list[str]) -> int:
    """Measure and print; see the module."""
    from pointrecon.evaluation.inputs import resolve_model, resolve_shapes
    from pointrecon.labeling.confidence import calibration_error, softmax, surprise
    from pointrecon.labeling.shape_names import usual_temperature

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model or run folder, a .pth, or a model that comes along")
    parser.add_argument("tables", nargs="+", help="tables of labeled shapes that the model did not learn from")
    parser.add_argument("--split", default="val", choices=["train", "val"])
    parser.add_argument("--most", type=int, default=500, help="shapes that are asked of each table")
    parser.add_argument("--poses", default="auto", help="as of pointrecon name")
    values = parser.parse_args(argv)
    module, _ = resolve_model(values.model)
    usual, scored = usual_temperature(module), []
    print("table                 shapes names right  fits  surprise calibration error | at", f"{usual:g}")
    for data in values.tables:
        shapes = resolve_shapes(data)
        scores, label = table_scores(module, shapes, values)
        scored.append((scores, label))
        right, own = scores.argmax(1) == label, best_temperature(scored[-1:])
        told = []
        for temperature in (own, usual):
            found = softmax(scores, temperature)
            told.append(f"{surprise(found, label):8.3f} {100 * calibration_error(found.max(1), right):8.1f}%")
        counts = f"{len(label):6d} {scores.shape[1]:5d} {100 * right.mean():4.1f}%"
        print(f"{str(data)[-20:]:20s} {counts} {own:.3f}  {told[0]} | {told[1]}", flush=True)
    print(json.dumps({"calibration": {"naming": round(best_temperature(scored), 3)}}))
    return 0


if __name__ == "__main__":
    from pointrecon.cli.main import guarded

    sys.exit(guarded("benchmarks.calibrate", sys.argv[1:], ["python", "-m", "benchmarks.calibrate"]))
