"""Few-shot classification: n classes, k training shapes of each, over seeded folds."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.inputs import data_fields, identity_of, labeled_shapes, model_and_data, resolve_model
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.measured_run import record_place
from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.evaluation.probing import untrained_twin
from pointrecon.evaluation.record import Record, add_records, load_records, score
from pointrecon.evaluation.splits import Splits
from pointrecon.evaluation.views_model import weights_of
from pointrecon.files import passing_folder, write_text
from pointrecon.lock import alone
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.parser import READY_MODEL
from pointrecon.progress import plural
from pointrecon.replaced import is_free, let_go, set_aside, take_back
from pointrecon.screen import say
from pointrecon.shapes.importers.benchmarks.folds import Fold, holds_folds
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import points_for
from pointrecon.training.head_settings import MODES, Classification
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.processes import make_fabric
from pointrecon.training.run_folder import RunFolder
from pointrecon.transfer.few_shot_folds import draw_folds, fold_mark, fold_notes, own_folds
from pointrecon.transfer.finetuning import Finetuning
from pointrecon.transfer.skeleton import learn
from pointrecon.transfer.transfer_config import FinetuneConfig

METHODS = (*MODES, *PROBES)
DROP_PATH = 0.1  # METHOD section 4
SETTINGS, RESULTS = "few-shot.json", "results"


def few_shot(
    model: Any = READY_MODEL,
    data: Any = None,
    out: str | Path | None = None,
    *,
    way: int = 5,
    shot: int = 10,
    queries: int = 20,
    folds: int = 10,
    method: str = "full",
    protocol: str = "honest",
    from_scratch: bool = False,
    split: str = "test",
    epochs: int = 150,
    batch_size: int = 32,
    learning_rate: float = 5e-4,
    draw: str | None = None,
    encode: EncodeSettings | Mapping[str, Any] | None = None,
    seed: int = 0,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = True,
) -> Results:
    """Accuracy over folds of a few classes with a few training shapes each (METHOD sections 4 and 5).

    Folds are drawn from the shapes, or are their own where they are an imported set of them (``modelnet40-fewshot``).
    The trained methods take the last epoch's weights, as within a fold there is nothing to choose on; the probes take
    fixed settings for the same reason.

    Args:
        model, data, progress: as for `pointrecon.probe`.
        out: folder for one record a fold (``results/``) and for half-done folds; without it records go to the run that
            the model lies in.
        way, shot, queries, folds: see :func:`draw_folds`.
        method: "full", "linear", "mlp3" (trained), "svm", "logistic" or "knn" (on frozen features).
        protocol: "honest", or "paper": the epoch that does best on the fold's test shapes, as published numbers.
        from_scratch: random weights of the same size instead.
        split: the split test shapes are drawn from.
        epochs, batch_size, learning_rate: of the trained methods; the head learns 10 times faster.
        draw: which points of larger clouds the trained methods see, "random" or "farthest" (see
            :class:`Classification`); farthest, as released, for a table's own folds when left out, else random.
        encode: points, device and precision of all methods, and the probes' batch size.
        seed: draws folds, points and new weights.
        resume: go on with the folds in ``out``; what is there is not done again, and more ``folds`` may be asked for.
        overwrite: do all folds anew, also in a folder that holds other ones.

    Raises:
        InputError: for an unknown method or protocol, data without labels or shapes enough, or a folder in use.
        Stopped: it was stopped within a fold; the same call with ``resume`` goes on.
    """
    model, data = model_and_data(model, data)
    if method not in METHODS:
        raise InputError(f"there is no method '{method}'; take one of {', '.join(METHODS)}")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise InputError("few-shot trains in one process, and folds are small: start it without torchrun")
    if protocol not in ("honest", "paper"):
        raise InputError(f"few-shot has no protocol '{protocol}'; take honest or paper")
    if protocol == "paper" and method in PROBES:
        raise InputError(f"the protocol paper chooses an epoch, and '{method}' has none; take full, linear or mlp3")
    if resume and out is None:
        raise InputError("name the folder to go on with, for instance -o runs/5w10s")
    how, paper = encode_settings(encode, seed=seed), protocol == "paper"
    module, model_name = resolve_model(model)
    shapes = labeled_shapes(data)
    about = {**data_fields(shapes), **identity_of(module, model_name)}
    about["data"] = str(data) if isinstance(data, str | Path) else about["data"]
    ids = np.asarray(list(shapes.ids()), dtype=np.str_)
    stored = holds_folds(ids)
    config = FinetuneConfig(
        model=model_name, data=about["data"], from_scratch=from_scratch, protocol=protocol, split=split, seeds=1,
        drop_path=DROP_PATH, points=how.points, mode=method if method in MODES else "full",
        classify=Classification(draw=draw or ("farthest" if stored else "random")),
        optim=Optimization(learning_rate=learning_rate), keep=Keeping(epoch="best" if paper else "last"),
        train=Training(
            epochs=epochs, batch_size=batch_size, probe_every=int(paper), checkpoint_minutes=1.0, seed=seed,
            device=how.device, precision=how.precision, compile="capture",  # torch.compile takes longer than a fold
        ),
    )  # fmt: skip
    if stored:
        drawn = own_folds(ids, shapes, about["data"], way, shot, folds)
    else:
        drawn = draw_folds(shapes, way=way, shot=shot, queries=queries, folds=folds, tested=split, seed=seed)
    settings = {
        "weights": about["model_hash"][:16], "shapes": fold_mark(ids, drawn[0]), "way": way, "shot": shot,
        "queries": queries, "method": method, "protocol": protocol, "from_scratch": from_scratch, "split": split,
        "seed": seed, "points": how.points,
    }  # fmt: skip
    fixed: dict[str, Any] = {"epoch": epochs, "learning_rate": learning_rate, "batch_size": batch_size}
    fixed = dict(PROBES[method].fixed) if method in PROBES else {**fixed, "draw": config.classify.draw}
    tested = np.concatenate([fold.test for fold in drawn])
    points = points_for(module, shapes, how.points)
    careful = [
        *shapes.remarks,
        *cautions(None if from_scratch else module, about["data_fingerprint"], shapes, tested, points),
    ]
    for remark in shapes.remarks if progress else ():
        say(f"note: {remark}", file=sys.stderr)
    records: list[Record] = []
    busy = nullcontext() if out is None else alone(Path(out), f"the folder '{out}'")
    with busy, _place(out, settings | fixed, resume, overwrite) as place:
        files = [place / RESULTS / f"fold-{number:02d}.json" for number in range(folds)]
        features = None
        if method in PROBES and not all(file.is_file() for file in files):
            features = _features(module, shapes, drawn, from_scratch, how, progress)
        for number, (fold, file) in enumerate(zip(drawn, files, strict=True)):
            if file.is_file():
                records += load_records(file)
                continue
            names = [shapes.meta.classes[c] for c in fold.classes]
            choices: dict[str, Any] = {"shot": shot, "fold": number, **fixed}
            if features is None:
                own = place / f"fold-{number:02d}"
                what = f"fold {number + 1} of {folds}"
                found, choices["epoch"] = _trained(module, shapes, fold, names, config, seed + number, own, what)
                shutil.rmtree(own)
            else:
                known, truth = (np.searchsorted(fold.classes, shapes.label[i]) for i in (fold.train, fold.test))
                answer = PROBES[method].fit(features[fold.train], known, fixed)(features[fold.test])
                found = score(truth, answer, names)
            record = Record(
                task=f"few-shot/{method}/{way}w{shot}s",
                protocol=protocol,
                weights="untrained" if from_scratch else weights_of(module),
                split=split,
                seed=seed + number,
                choices=choices,
                counts={"train": len(fold.train), "test": len(fold.test), "classes": way, "folds": folds},
                notes=[*fold_notes(protocol, fold, way, queries, stored), *careful],
                **about,
                **found,
            )
            record.save(file)
            records.append(record)
            if progress:
                say(f"fold {number + 1} of {folds}: {100 * record.metrics['accuracy']:.1f}%", file=sys.stderr)
    beside = record_place(model, None, "few-shot") if out is None else None
    if beside is not None:
        add_records(beside, records)
    return Results(records)


def few_shot_sentence(results: Results) -> str:
    """The result in one line."""
    first = results.records[0]
    ways, shots = plural(first.counts["classes"], "way"), plural(first.choices["shot"], "shot")
    return (
        f"{first.task}, {ways}, {shots}: {results.percent()} over {plural(len(results), 'fold')} "
        f"({first.weights}, protocol {first.protocol})"
    )


@contextmanager
def _place(out: str | Path | None, settings: dict[str, Any], resume: bool, overwrite: bool) -> Iterator[Path]:
    """The folder to work in: the given one, where it is empty or holds folds of these settings; or a passing one."""
    if out is None:
        with passing_folder(Path(tempfile.gettempdir(), "few-shot")) as folder:
            yield folder
        return
    place, text = Path(out), json.dumps(settings, indent=1) + "\n"
    about = place / SETTINGS
    take_back(place)
    if place.exists() and not (place.is_dir() and is_free(place)):
        if not about.is_file():
            raise InputError(f"'{place}' exists and holds no few-shot folds; choose another folder")
        if not overwrite and not resume:
            raise InputError(f"'{place}' holds folds already; go on with --resume, or pass --overwrite")
        if not overwrite and about.read_text(encoding="utf-8") != text:
            raise InputError(
                f"'{place}' holds folds of other settings, shapes or weights; choose another folder or pass --overwrite"
            )
        if overwrite:
            set_aside(place, [*place.glob("fold-*"), place / RESULTS, about], finished=False)
    write_text(about, text)
    yield place
    let_go(place)


def _features(
    module: torch.nn.Module, shapes: Shapes, drawn: list[Fold], from_scratch: bool, how: EncodeSettings, progress: bool
) -> np.ndarray:
    """(M, D) features of the shapes the folds use; zeros for the others."""
    used = np.unique(np.concatenate([places for fold in drawn for places in (fold.train, fold.test)]))
    encoder = untrained_twin(module, how.seed) if from_scratch else module
    found = extract_features(encoder, shapes.select(used), encode=how, progress=progress)
    features = np.zeros((len(shapes), found.shape[1]), np.float32)
    features[used] = found
    return features


def _trained(
    module: torch.nn.Module,
    shapes: Shapes,
    fold: Fold,
    names: list[str],
    config: FinetuneConfig,
    seed: int,
    place: Path,
    what: str,
) -> tuple[dict[str, Any], int]:
    """Fine-tune on one fold: what its test shapes say, and the epoch it comes from."""
    if not isinstance(module, EitherModel):
        raise InputError(
            f"'{config.mode}' trains a ReconModel, not a {type(module).__name__}; take svm, logistic or knn"
        )
    seen, test = (shapes.select(i) for i in (fold.train, fold.test))
    seen, test = (s.relabeled(np.searchsorted(fold.classes, s.label), names) for s in (seen, test))
    fabric = make_fabric(config.train)
    folder = RunFolder(place)
    if not place.exists():
        folder.create(asdict(config))
    everything = np.arange(len(seen))
    tuning = Finetuning.on(config, module, seen, Splits(everything, everything, everything))
    task = tuning.task(tuning.build(seed), seen)
    selection = learn(tuning, task, replace(config.train, seed=seed), seen, test, folder, fabric, what=what)
    found = tuning.scores(task.model, test, device=fabric.device, seed=seed)
    return found[0][1], selection.kept_epoch(config.train.epochs)
