"""Probes on frozen features, beside the same architecture with random weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.evaluation import knn, logistic, svm
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.features import KINDS, extract_kinds
from pointrecon.evaluation.inputs import check_labeled, resolve_model, resolve_table
from pointrecon.evaluation.kept import best_on_test, kept_models
from pointrecon.evaluation.record import Record, save_records, score
from pointrecon.evaluation.splits import Splits, probe_splits, without_choices

if TYPE_CHECKING:
    from rich.table import Table

    from pointrecon.shapes.table.arrays import ShapeArrays

# Each has SETTINGS to choose from and predict(train_x, train_y, x, **setting) -> labels.
PROBES: dict[str, ModuleType] = {"svm": svm, "logistic": logistic, "knn": knn}
PROTOCOLS = ("honest", "paper")


@dataclass
class ProbeResult:
    """The records of one call: each probe once per set of weights."""

    records: list[Record]

    def accuracy(self, probe: str, weights: str = "pre-trained") -> float:
        """Test accuracy of one probe, between 0 and 1."""
        for record in self.records:
            if record.task == f"probe/{probe}" and record.weights == weights:
                return record.metrics["accuracy"]
        raise InputError(f"the probe '{probe}' was not measured with {weights} weights")

    def save(self, path: str | Path) -> None:
        """Write all records as one JSON list."""
        save_records(path, self.records)

    def table(self) -> "Table":
        """Rows: probes. Columns: untrained, pre-trained, difference."""
        from rich.table import Table

        first = self.records[0]
        table = Table(
            title=f"accuracy on {first.counts['test']} '{first.split}' shapes of {first.data}",
            caption=f"{len(first.classes)} classes, protocol {first.protocol}, seed {first.seed}",
        )
        for name in ("probe", "untrained", "pre-trained", "difference"):
            table.add_column(name, justify="left" if name == "probe" else "right")
        tasks = list(dict.fromkeys(record.task for record in self.records))
        for task in tasks:
            found = {r.weights: 100 * r.metrics["accuracy"] for r in self.records if r.task == task}
            before, after = found.get("untrained"), found.get("pre-trained")
            table.add_row(
                task.removeprefix("probe/"),
                "–" if before is None else f"{before:.1f}%",
                "–" if after is None else f"{after:.1f}%",
                "–" if before is None or after is None else f"{after - before:+.1f}",
            )
        return table


def probe(
    model: str | Path | torch.nn.Module,
    table: "str | Path | ShapeArrays",
    *,
    probes: Sequence[str] = ("svm", "logistic", "knn"),
    feature: str = "recon",
    standardize: bool | None = None,
    compare_untrained: bool = True,
    test_split: str = "test",
    protocol: str = "honest",
    points: int | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    show: bool = True,
    progress: bool = True,
) -> ProbeResult:
    """Fit simple classifiers on frozen features and test them.

    Settings (scaling for the SVM, C of the logistic regression, k, the kind of feature when ``"auto"``) are
    chosen on the validation split; then the probe is fitted on train and validation together and tested
    once. The untrained encoder makes its own choices in the same way.

    Args:
        model: model folder, released ``.pth``, or a module; or a run folder: its finished model, and with protocol
            "paper" the best of the models it kept (``train.keep_every``).
        table: shape table on disk or in memory, with labels. Without a validation split 10% of train are
            held out for choices; without any split 20% are held out as test.
        probes: which of ``"svm"``, ``"logistic"``, ``"knn"``.
        feature: kind of feature (see `extract_features`), or ``"auto"``: the one whose SVM does best on
            validation.
        standardize: bring each dimension to deviation 1 before the SVM (``False``: the released way). Chosen
            on validation when left out, because C = 0.075 means little where features hardly vary.
        compare_untrained: measure the same architecture with random weights drawn from ``seed`` beside it.
        test_split: the split to test on.
        protocol: ``"honest"``, or ``"paper"``: choices are made on the test split, as published numbers were.
        points: points per cloud; what the model was made for when left out.
        batch_size: clouds at once.
        device: where to compute; CUDA where there is one when left out.
        seed: random weights, held-out shapes and drawn points.
        out: also write the records to this JSON file.
        show: print the table.
        progress: show a bar while encoding.

    Returns:
        the records, one per probe and set of weights.

    Raises:
        InputError: for a table without labels or test shapes, an unknown probe, feature or protocol.
    """
    unknown = [name for name in probes if name not in PROBES]
    if unknown or not probes:
        raise InputError(f"there is no probe {unknown[0] if unknown else ''!r}; take some of {', '.join(PROBES)}")
    if feature not in (*KINDS, "auto"):
        raise InputError(f"there is no feature '{feature}'; take one of {', '.join(KINDS)} or auto")
    if protocol not in PROTOCOLS:
        raise InputError(f"there is no protocol '{protocol}'; take one of {', '.join(PROTOCOLS)}")
    arrays, table_name = resolve_table(table)
    check_labeled(arrays, table_name)
    kept = kept_models(model)
    if len(kept) > 1 and protocol == "paper":
        measured: dict[str, list[Record]] = {}
        for name, path in kept.items():
            found = probe(
                path, arrays, probes=probes, feature=feature, standardize=standardize, protocol=protocol,
                compare_untrained=compare_untrained and not measured, test_split=test_split, points=points,
                batch_size=batch_size, device=device, seed=seed, show=False, progress=progress,
            )  # fmt: skip
            measured[name] = [replace(record, data=table_name) for record in found.records]
        return _shown(ProbeResult(best_on_test(measured)), out, show)
    module, model_name = resolve_model(list(kept.values())[-1] if kept else model)
    splits = probe_splits(arrays.label, arrays.split, arrays.meta.classes, test_split=test_split, seed=seed)
    splits.notes += cautions(
        model_name, table_name, arrays.split[splits.test].tolist(), have=arrays.points.shape[1],
        wanted=points or module.config.points,  # type: ignore[union-attr, arg-type]
    )  # fmt: skip
    used = np.concatenate([splits.train, splits.val, splits.test])
    shapes = arrays.select(used)
    place = pick_device(device or "auto")
    records = []
    contenders = {"untrained": untrained_twin(module, seed)} if compare_untrained else {}
    for weights, encoder in {**contenders, "pre-trained": module}.items():
        features = extract_kinds(
            encoder,
            shapes,
            KINDS if feature == "auto" else (feature,),
            batch_size=batch_size,
            points=points,
            device=place,
            seed=seed,
            progress=progress,
        )
        origin = {"protocol": protocol, "model": model_name, "data": table_name, "split": test_split}
        records += _measure(features, shapes, splits, probes, standardize, {**origin, "weights": weights, "seed": seed})
    return _shown(ProbeResult(records), out, show)


def _shown(result: ProbeResult, out: str | Path | None, show: bool) -> ProbeResult:
    """The result, written and printed where that is asked for."""
    if out is not None:
        result.save(out)
    if show:
        from rich.console import Console

        console = Console()
        console.print(result.table())
        for note in dict.fromkeys(note for record in result.records for note in record.notes):
            console.print(f"note: {note}", highlight=False, soft_wrap=True)
    return result


def _measure(
    features: Mapping[str, np.ndarray],
    shapes: "ShapeArrays",
    splits: Splits,
    probes: Sequence[str],
    standardize: bool | None,
    origin: dict[str, Any],
) -> list[Record]:
    """All probes on the features of one encoder; ``shapes`` are in the order train, val, test."""
    n_train, n_val = len(splits.train), len(splits.val)
    label = shapes.label
    fit, test = slice(0, n_train + n_val), slice(n_train + n_val, None)
    # Under the paper's protocol the test shapes take the place of the validation shapes when settings are
    # chosen.
    if origin["protocol"] == "paper":
        learn, check = fit, test
    else:
        learn, check = slice(0, n_train), slice(n_train, n_train + n_val)

    def accuracy(name: str, kind: str, setting: dict[str, Any]) -> float:
        x = features[kind]
        answer = PROBES[name].predict(x[learn], label[learn], x[check], **setting)
        return float(np.mean(answer == label[check]))

    settings = {name: list(PROBES[name].SETTINGS) for name in ("svm", *probes)}
    if standardize is not None:
        settings["svm"] = [s for s in settings["svm"] if s["standardize"] == standardize]

    measured: dict[tuple[str, str], list[float]] = {}

    def choose(name: str, kinds: Sequence[str]) -> tuple[str, dict[str, Any], float | None]:
        """The kind of feature, the setting, and its accuracy where the choice was made (None for no choice)."""
        options = [(kind, setting) for kind in kinds for setting in settings[name]]
        if len(options) == 1:
            return *options[0], None
        for kind in kinds:
            if (name, kind) not in measured:
                measured[name, kind] = [accuracy(name, kind, setting) for setting in settings[name]]
        found = [value for kind in kinds for value in measured[name, kind]]
        best = int(np.argmax(found))  # the first of equals: the released feature, the smaller setting
        return *options[best], found[best]

    kind = choose("svm", list(features))[0] if len(features) > 1 else next(iter(features))
    counts = {
        "train": n_train,
        "val": n_val,
        "test": len(splits.test),
        "classes": len(np.unique(label[fit])),
        "dimensions": features[kind].shape[1],
    }
    records = []
    for name in probes:
        _, setting, selection = choose(name, [kind])
        x = features[kind]
        answer = PROBES[name].predict(x[fit], label[fit], x[test], **setting)
        scored = score(label[test], answer, shapes.meta.classes)
        if selection is not None:  # on validation shapes, or under the paper's protocol on the test shapes
            scored["metrics"]["selection_accuracy"] = selection
        chosen = selection is not None or len(features) > 1
        notes = list(splits.notes) if chosen and check != test else without_choices(splits.notes)
        if chosen and check == test:
            notes.append("protocol 'paper': choices were made on the test split")
        records.append(
            Record(
                task=f"probe/{name}",
                **origin,
                **scored,
                choices={"feature": kind, **setting},
                counts=counts,
                notes=notes,
            )
        )
    return records


def untrained_twin(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """A model of the same configuration with random weights drawn from the seed."""
    from pointrecon.models import create_model

    return create_model(model.config, seed=seed)  # type: ignore[arg-type]


def quick_probe(train_x: np.ndarray, train_y: np.ndarray, val_x: np.ndarray, val_y: np.ndarray) -> dict[str, float]:
    """Validation accuracy of the released SVM and a 10-nearest-neighbor vote, fast enough for training.

    Args:
        train_x: (M, D) features; train_y: (M,) labels.
        val_x: (m, D) features; val_y: (m,) labels.

    Returns:
        ``{"svm": …, "knn": …}``, shares between 0 and 1.
    """
    # Standardized, so that the curve shows what the features know and not how their scale drifts.
    named = {
        "svm": svm.predict(train_x, train_y, val_x, standardize=True),
        "knn": knn.predict(train_x, train_y, val_x),
    }
    return {name: float(np.mean(answer == val_y)) for name, answer in named.items()}
