"""Probes on frozen features, beside the picture teacher's and those of the same architecture with random weights."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table

from pointrecon.checks import checked
from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.families import PICTURES
from pointrecon.evaluation.features import Encode, extract_several, feature_of, features_there
from pointrecon.evaluation.inputs import data_fields, identity_of, labeled_shapes, model_and_data, resolve_model
from pointrecon.evaluation.joining import JOINED, joined, stored_vectors, vectors_named
from pointrecon.evaluation.measured import Results, show_results
from pointrecon.evaluation.measured_run import best_on_test, kept_models, record_place
from pointrecon.evaluation.probe_kinds import PROBES, Setting
from pointrecon.evaluation.record import Record, add_records, score
from pointrecon.evaluation.splits import Splits, probe_splits, without_choices
from pointrecon.evaluation.views_model import ViewsModel
from pointrecon.models.files.released import seeded_model
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.table.collection import Shapes
from pointrecon.teachers.hub import IMAGE_TEACHERS
from pointrecon.training.cloud_stream import points_for

PROTOCOLS = ("honest", "paper")


@checked
def probe(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    probes: str | Sequence[str] = ("svm", "logistic", "knn"),
    feature: str | None = None,
    standardize: bool | None = None,
    compare_untrained: bool = True,
    compare_teacher: bool = True,
    join: str | None = None,
    split: str = "test",
    protocol: str = "honest",
    encode: Encode = None,
    seed: int = 0,
    show: bool = True,
    progress: bool = True,
) -> Results:
    """Fit simple classifiers on frozen features and test them. Points are streamed, features are kept in memory.

    Settings (scaling for the SVM, C of the logistic regression, k, the feature when ``"auto"``) are chosen on the
    validation split; then the probe is fitted on train and validation together and tested once. What is measured beside
    the model makes its own choices in the same way.

    Args:
        model: model folder, released ``.pth``, a module, or an image teacher's name (its pooled views, with nothing
            measured beside them); or a run folder: its finished model, and with protocol
            "paper" the best of the models it kept (``train.keep_every``). The model that comes along, where it and
            ``data`` are not both given.
        data: shapes with labels, as `as_shapes` takes them. Without a validation split 10% of train are held out for
            choices; without any split 20% are held out as test.
        out: where the records go: a ``.json`` file, or a folder for ``results/probe.json``; the run that the model lies
            in when left out.
        probes: which of ``"svm"``, ``"logistic"``, ``"knn"``; also as one word, "svm,knn".
        feature: see `extract_features`, or ``"auto"``: the one whose SVM does best on validation.
        standardize: bring each dimension to deviation 1 before the SVM (``False``: the released way). Chosen on
            validation when left out, because C = 0.075 means little where features hardly vary.
        compare_untrained: measure the same architecture with random weights drawn from ``seed`` beside it.
        compare_teacher: measure the features of the picture teacher beside it, where the shapes have some: what the
            pictures alone tell, without a model (the mean over views; of the model's own teacher, else the first).
        join: also the model's vectors joined with these of the table, such as "imagenet" (``embedding/imagenet``, else
            ``image/imagenet``): each around its mean over the training shapes, at length 1, side by side.
        split: the split to test on.
        protocol: ``"honest"``, or ``"paper"``: choices are made on the test split, as published numbers were.
        encode: how clouds are encoded.
        seed: random weights, held-out shapes and drawn points.
        show, progress: print the table; show a bar while encoding.

    Returns:
        records "probe/svm" and so on, each with weights "untrained", "picture teacher", "pre-trained" and "joined".

    Raises:
        InputError: for shapes without labels or test shapes, an unknown probe, feature or protocol, or a bad ``out``.
    """
    model, data = model_and_data(model, data)
    names = [name.strip() for name in probes.split(",")] if isinstance(probes, str) else list(probes)
    unknown = [name for name in names if name not in PROBES]
    if unknown or not names:
        raise InputError(f"there is no probe {unknown[0] if unknown else ''!r}; take some of {', '.join(PROBES)}")
    if protocol not in PROTOCOLS:
        raise InputError(f"there is no protocol '{protocol}'; take one of {', '.join(PROTOCOLS)}")
    settings = encode_settings(encode, seed=seed)
    shapes = labeled_shapes(data)
    kept = kept_models(model)
    candidates = kept if len(kept) > 1 and protocol == "paper" else {"": list(kept.values())[-1] if kept else model}
    module, name = resolve_model(next(iter(candidates.values())))
    splits = probe_splits(shapes, split=split, seed=seed)
    file = record_place(model, out, "probe")
    used = shapes.select(np.concatenate([splits.train, splits.val, splits.test]))
    about: dict[str, Any] = {**data_fields(shapes), "protocol": protocol, "split": split, "seed": seed}
    wanted = features_there(module) if feature == "auto" else (feature_of(module, feature),)
    pictured = isinstance(module, ViewsModel)
    beside = vectors_named(used, join) if join else ""

    def records_of(features: Mapping[str, np.ndarray], notes: Sequence[str], **who: Any) -> list[Record]:
        return list(_records(features, used, splits, notes, names, standardize, {**about, **who}))

    def measured(module: torch.nn.Module, name: str, weights: str, group: str = "") -> list[Record]:
        who = identity_of(module, name)
        points = points_for(module, shapes, settings.points)
        notes = cautions(module, about["data_fingerprint"], shapes, splits.test, points)
        features = extract_several(module, used, wanted, encode=settings, progress=progress)
        who["group"] = group or who["group"]
        found = records_of(features, notes, **who, weights=weights)
        if beside and weights != "untrained":
            other, fit = stored_vectors(used, beside), slice(len(splits.train))
            told = f"joined: each part around its mean over the {fit.stop} training shapes, at length 1, equal weight"
            both = {f"{name} + {beside}": joined([part, other], fit) for name, part in features.items()}
            found += records_of(both, [*notes, told], **who, weights=JOINED)
        return found

    records: list[Record] = []
    if compare_untrained and not pictured:
        records += measured(untrained_twin(module, seed), name, "untrained", identity_of(module, name)["group"])
    if compare_teacher and not pictured and (teacher := beside or _picture_feature(module, used)):
        records += records_of({teacher: stored_vectors(used, teacher)}, [], weights=PICTURES, model=teacher)
    if len(candidates) > 1:
        loaded = {key: resolve_model(path) for key, path in candidates.items()}
        records += best_on_test({key: measured(*one, "pre-trained") for key, one in loaded.items()})
    else:
        records += measured(module, name, PICTURES if pictured else "pre-trained")
    if file is not None:
        add_records(file, records)
    found = Results(records, file=file)
    if show:
        show_results(found, probe_table(found))
    return found


def probe_table(found: Results) -> Table:
    """Rows: probes. Columns: picture teacher, untrained, pre-trained, joined; what pre-training gained."""
    first = found.records[0]
    table = Table(
        title=f"accuracy on {first.counts['test']} '{first.split}' shapes of {first.data}",
        caption=f"{len(first.classes)} classes, protocol {first.protocol}, seed {first.seed}",
    )
    shown = [name for name in (PICTURES, "untrained", "pre-trained", JOINED) if len(found.where(weights=name))]
    differ = {"untrained", "pre-trained"} <= set(shown)
    for name in ("probe", *shown, *(["difference"] if differ else [])):
        table.add_column(name, justify="left" if name == "probe" else "right")
    for task in dict.fromkeys(record.task for record in found):
        by = {r.weights: 100 * r.metrics["accuracy"] for r in found.where(task=task)}
        more = [f"{by['pre-trained'] - by['untrained']:+.1f}"] if differ else []
        table.add_row(task.removeprefix("probe/"), *(f"{by[name]:.1f}%" for name in shown), *more)
    return table


def _picture_feature(model: Any, shapes: Shapes) -> str:
    """The picture teacher's features that all shapes have: the model's own teacher's, else the first; "" for none.

    Those of views come before a teacher's embeddings.
    """
    teacher = getattr(model.config, "teachers", {}).get("image")
    there = sorted(name for name in shapes.feature_shapes if name.startswith("image/"))
    there += [f"embedding/{name}" for name in IMAGE_TEACHERS if f"embedding/{name}" in shapes.feature_shapes]
    own = f"/{teacher.name}" if teacher is not None else "/"
    for name in sorted(there, key=lambda name: not name.endswith(own)):
        if shapes.has(name).all():
            return name
    return ""


def _records(
    features: Mapping[str, np.ndarray],
    shapes: Shapes,
    splits: Splits,
    cautious: Sequence[str],
    probes: Sequence[str],
    standardize: bool | None,
    about: dict[str, Any],
) -> Iterator[Record]:
    """All probes on the features of one encoder; ``shapes`` are in the order train, val, test."""
    n_train, n_val = len(splits.train), len(splits.val)
    label = shapes.label
    fit, test = slice(0, n_train + n_val), slice(n_train + n_val, None)
    # Under the paper's protocol the test shapes take the place of the validation shapes when settings are chosen.
    paper = about["protocol"] == "paper"
    learn, check = (fit, test) if paper else (slice(0, n_train), slice(n_train, n_train + n_val))
    settings = {name: list(probe.settings) for name, probe in PROBES.items()}
    if standardize is not None:
        settings["svm"] = [s for s in settings["svm"] if s["standardize"] == standardize]
    measured: dict[tuple[str, str], list[float]] = {}

    def choose(name: str, among: Sequence[str]) -> tuple[str, Setting, float | None]:
        """The feature, the setting, and its accuracy where the choice was made (None for no choice)."""
        options = [(kind, setting) for kind in among for setting in settings[name]]
        if len(options) == 1:
            return *options[0], None
        for kind in among:
            if (name, kind) not in measured:
                x = features[kind]
                answers = PROBES[name].predict_each(x[learn], label[learn], x[check], settings[name])
                measured[name, kind] = [float(np.mean(answer == label[check])) for answer in answers]
        found = [value for kind in among for value in measured[name, kind]]
        best = int(np.argmax(found))  # the first of equals: the released feature, the smaller setting
        return *options[best], found[best]

    kind = choose("svm", list(features))[0] if len(features) > 1 else next(iter(features))
    x = features[kind]
    counts = {
        "train": n_train,
        "val": n_val,
        "test": len(splits.test),
        "classes": len(np.unique(label[fit])),
        "dimensions": x.shape[1],
    }
    for name in probes:
        _, setting, selection = choose(name, [kind])
        answer = PROBES[name].fit(x[fit], label[fit], setting)(x[test])
        scored = score(label[test], answer, shapes.meta.classes)
        if selection is not None:  # on validation shapes, or under the paper's protocol on the test shapes
            scored["metrics"]["selection_accuracy"] = selection
        chosen = selection is not None or len(features) > 1
        notes = [*(splits.notes if chosen and not paper else without_choices(splits.notes)), *cautious]
        if chosen and paper:
            notes.append("protocol 'paper': choices were made on the test split")
        choices = {"feature": kind, **setting}
        yield Record(task=f"probe/{name}", **about, **scored, choices=choices, counts=dict(counts), notes=notes)


def untrained_twin(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """A model of the same configuration with random weights drawn from the seed; InputError for an image teacher."""
    if isinstance(model, ViewsModel):
        raise InputError("an image teacher has no untrained twin: measure one of a model")
    return seeded_model(model.config, seed)  # type: ignore[arg-type]
