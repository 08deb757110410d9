"""Few-shot classification: n classes, k training shapes of each, over seeded folds."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.evaluation import knn, logistic, svm
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.inputs import check_labeled, resolve_model, resolve_table
from pointrecon.evaluation.record import Record, load_records, score
from pointrecon.files import write_text
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.models.facts import weights_hash
from pointrecon.shapes.importers.benchmarks.folds import Fold, holds_folds
from pointrecon.training.classification import MODES, Classification
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.transfer.few_shot_folds import draw_folds, fold_mark, fold_notes, own_folds

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays

# Nothing is chosen within a fold: there are no shapes to choose on.
PROBES: dict[str, tuple[Any, dict[str, Any]]] = {
    "svm": (svm, {"c": 0.075, "standardize": True}),
    "logistic": (logistic, {"c": 1.0}),
    "knn": (knn, {"k": 1}),
}
METHODS = (*MODES, *PROBES)
DROP_PATH = 0.1  # METHOD section 4
SETTINGS, RESULTS = "few-shot.json", "results"


@dataclass
class FewShotResult:
    """The records of all folds."""

    records: list[Record]

    @property
    def accuracies(self) -> list[float]:
        """Of each fold, between 0 and 1."""
        return [record.metrics["accuracy"] for record in self.records]

    @property
    def accuracy(self) -> float:
        """Mean over folds."""
        return float(np.mean(self.accuracies))

    @property
    def deviation(self) -> float:
        """Standard deviation over folds (of a sample); 0 for one fold."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.records) > 1 else 0.0

    def sentence(self) -> str:
        """The result in one line."""
        first = self.records[0]
        return (
            f"{first.task}, {first.counts['classes']} ways, {first.choices['shot']} shots: "
            f"{100 * self.accuracy:.1f} ± {100 * self.deviation:.1f}% over {len(self.records)} folds "
            f"({first.weights}, protocol {first.protocol})"
        )


def few_shot(
    model: str | Path | torch.nn.Module,
    table: "str | Path | ShapeArrays",
    *,
    way: int = 5,
    shot: int = 10,
    queries: int = 20,
    folds: int = 10,
    method: str = "full",
    protocol: str = "honest",
    from_scratch: bool = False,
    test_split: str = "test",
    out: str | Path | None = None,
    epochs: int = 150,
    batch_size: int = 32,
    learning_rate: float = 5e-4,
    draw: str | None = None,
    device: str | torch.device | None = None,
    seed: int = 0,
    overwrite: bool = False,
    progress: bool = True,
) -> FewShotResult:
    """Accuracy over folds of a few classes with a few training shapes each (METHOD sections 4 and 5).

    Folds are drawn from the table, or are its own where it is an imported set of them (``modelnet40-fewshot``).

    The trained methods take the last epoch's weights: within a fold there is nothing to choose on. The probes take
    fixed settings for the same reason.

    Args:
        model: model folder, released ``.pth``, or a module.
        table: shape table with labels, on disk or in memory.
        way, shot, queries, folds: see :func:`draw_folds`.
        method: "full", "linear", "mlp3" (trained), "svm", "logistic" or "knn" (on frozen features).
        protocol: "honest", or "paper": the epoch that does best on the fold's test shapes, as published numbers.
        from_scratch: random weights of the same size instead.
        test_split: the split test shapes are drawn from.
        out: folder for one record a fold (``results/``) and for half-done folds; called again with the same settings,
            what is there is not done again.
        epochs, batch_size, learning_rate: of the trained methods; the head learns 10 times faster.
        draw: which points of larger clouds the trained methods see, "random" or "farthest" (see
            :class:`Classification`); farthest, as released, for a table's own folds when left out, else random.
        device: where to compute; an accelerator where there is one when left out.
        seed: draws folds, points and new weights.
        overwrite: do all folds anew, also in a folder that holds other ones.
        progress: show how far it is on standard error.

    Raises:
        InputError: for an unknown method or protocol, a table without labels or shapes enough, or a folder in use.
        KeyboardInterrupt: when it was stopped within a fold; the same call goes on.
    """
    if method not in METHODS:
        raise InputError(f"there is no method '{method}'; take one of {', '.join(METHODS)}")
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise InputError("few-shot trains in one process, and folds are small: start it without torchrun")
    if protocol not in ("honest", "paper"):
        raise InputError(f"there is no protocol '{protocol}'; take one of honest, paper")
    if protocol == "paper" and method in PROBES:
        raise InputError(f"the protocol paper chooses an epoch, and '{method}' has none; take full, linear or mlp3")
    optim = Optimization(learning_rate=learning_rate)
    train = Training(
        epochs=epochs, batch_size=batch_size, probe_every=1 if protocol == "paper" else 0, checkpoint_minutes=1.0,
        device=str(device or "auto").split(":")[0], seed=seed,
    )  # fmt: skip
    module, model_name = resolve_model(model)
    arrays, table_name = resolve_table(table)
    check_labeled(arrays, table_name)
    stored = holds_folds(arrays.id)
    how = Classification(draw=draw or ("farthest" if stored else "random"))
    drawn = (
        own_folds(arrays, table_name, way, shot, folds)
        if stored
        else draw_folds(
            arrays.label, arrays.split, way=way, shot=shot, queries=queries, folds=folds, test_split=test_split,
            seed=seed,
        )
    )  # fmt: skip
    settings = {
        "model": model_name, "weights": weights_hash(module)[:16], "data": table_name, "way": way, "shot": shot,
        "queries": queries, "method": method, "protocol": protocol, "from_scratch": from_scratch,
        "test_split": test_split, "seed": seed,
    }  # fmt: skip
    if method in MODES:
        settings |= {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
        settings["draw"] = how.draw
    settings["shapes"] = fold_mark(arrays, drawn[0])
    weights = "untrained" if from_scratch else "pre-trained"
    tested = np.unique(arrays.split[np.concatenate([fold.test for fold in drawn])]).tolist()
    size: int = module.config.points  # type: ignore[union-attr, assignment]
    careful = cautions("" if from_scratch else model_name, table_name, tested, have=arrays.points.shape[1], wanted=size)
    with _place(out, settings, overwrite) as place:
        files = [place / RESULTS / f"fold-{number:02d}.json" for number in range(folds)]
        already = [load_records(file)[0] if file.is_file() else None for file in files]
        done = sum(record is not None for record in already)
        features = None
        if method in PROBES and done < folds:
            features = _features(module, arrays, drawn, from_scratch, device, seed, progress)
        records: list[Record] = []
        for number, (fold, record) in enumerate(zip(drawn, already, strict=True)):
            if record is None:
                names = [arrays.meta.classes[c] for c in fold.classes]
                truth = np.searchsorted(fold.classes, arrays.label[fold.test])
                choices: dict[str, Any] = {"shot": shot, "fold": number}
                if features is not None:
                    probe, fixed = PROBES[method]
                    known = np.searchsorted(fold.classes, arrays.label[fold.train])
                    answer = probe.predict(features[fold.train], known, features[fold.test], **fixed)
                    choices |= fixed
                else:
                    answer, epoch = _train(
                        module, arrays, fold, names, method, from_scratch, optim, replace(train, seed=seed + number),
                        how, place / f"fold-{number:02d}",
                        f"fold {number + 1} of {folds}",
                    )  # fmt: skip
                    choices |= {"epoch": epoch, "learning_rate": learning_rate, "batch_size": batch_size}
                    choices["draw"] = how.draw
                record = Record(
                    task=f"few-shot/{method}/{way}w{shot}s",
                    protocol=protocol,
                    model=model_name,
                    weights=weights,
                    data=table_name,
                    split=test_split,
                    seed=seed + number,
                    **score(truth, answer, names),
                    choices=choices,
                    counts={"train": len(fold.train), "test": len(fold.test), "classes": way, "folds": folds},
                    notes=[*fold_notes(protocol, fold, way, queries, stored), *careful],
                )
                record.save(files[number])
                shutil.rmtree(place / f"fold-{number:02d}", ignore_errors=True)
                if progress:
                    print(f"fold {number + 1} of {folds}: {100 * record.metrics['accuracy']:.1f}%", file=sys.stderr)
            records.append(record)
    return FewShotResult(records)


@contextmanager
def _place(out: str | Path | None, settings: dict[str, Any], overwrite: bool) -> Iterator[Path]:
    """The folder to work in: the given one, where it is empty or holds folds of these settings; or a passing one."""
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    place, text = Path(out), json.dumps(settings, indent=1) + "\n"
    about = place / SETTINGS
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        if not about.is_file():
            raise InputError(f"'{place}' exists and holds no few-shot folds; choose another folder")
        if about.read_text(encoding="utf-8") != text and not overwrite:
            raise InputError(
                f"'{place}' holds folds of other settings, shapes or weights; choose another folder or pass --overwrite"
            )
        if overwrite:
            for old in (place / RESULTS, *place.glob("fold-*")):
                shutil.rmtree(old, ignore_errors=True)
    write_text(about, text)
    yield place


def _features(
    module: torch.nn.Module,
    arrays: "ShapeArrays",
    drawn: list[Fold],
    from_scratch: bool,
    device: str | torch.device | None,
    seed: int,
    progress: bool,
) -> np.ndarray:
    """(M, D) features of the shapes the folds use; zeros for the others."""
    from pointrecon.evaluation.probing import untrained_twin

    used = np.unique(np.concatenate([places for fold in drawn for places in (fold.train, fold.test)]))
    encoder = untrained_twin(module, seed) if from_scratch else module
    found = extract_features(
        encoder, arrays.select(used), device=pick_device(device or "auto"), seed=seed, progress=progress
    )
    features = np.zeros((len(arrays), found.shape[1]), np.float32)
    features[used] = found
    return features


def _train(
    module: torch.nn.Module,
    arrays: "ShapeArrays",
    fold: Fold,
    names: list[str],
    mode: str,
    from_scratch: bool,
    optim: Optimization,
    train: Training,
    how: Classification,
    folder: Path,
    what: str,
) -> tuple[np.ndarray, int]:
    """Fine-tune on one fold: answers (m,) for its test shapes, and the epoch they come from."""
    from pointrecon.models.model import ReconModel
    from pointrecon.shapes.table.collection import in_memory
    from pointrecon.training.classify_task import ClassifyTask
    from pointrecon.training.keeping import Keeping
    from pointrecon.training.loop import make_fabric
    from pointrecon.training.run_folder import RunFolder
    from pointrecon.training.training_set import TrainingSet
    from pointrecon.transfer.classifier import (
        build_classifier,
        class_scores,
        train_classifier,
        training_points,
    )

    if not isinstance(module, ReconModel):
        raise InputError(f"'{mode}' trains a ReconModel, not a {type(module).__name__}; take svm, logistic or knn")
    parts = [arrays.select(places) for places in (fold.train, fold.test)]
    seen, asked = (
        in_memory(replace(p, label=np.searchsorted(fold.classes, p.label), meta=replace(p.meta, classes=names)))
        for p in parts
    )
    model = build_classifier(module, mode, names, seed=train.seed, from_scratch=from_scratch, drop_path=DROP_PATH)
    task = ClassifyTask(model, mode, how, Augmentation(rotate="none", scale=2 / 3, shift=0.2))
    fabric = make_fabric(train)
    run = RunFolder(folder)
    if not folder.exists():
        run.create({"train": asdict(train), "optim": asdict(optim)})
    points = training_points(seen, model.config, how)
    data = TrainingSet(seen, points=points, up=model.config.up, device=fabric.device)
    paper = bool(train.probe_every)
    outcome, selection = train_classifier(
        task, data, optim, train, Keeping(epoch="best" if paper else "last"), run, fabric,
        check=asked if paper else None, fingerprint=seen.fingerprint(), again="the same command, with -o",
        what=what,
    )  # fmt: skip
    if not outcome.finished:
        raise KeyboardInterrupt
    scores = class_scores(
        model, asked, draw=how.draw, device=fabric.device, batch_size=2 * train.batch_size, seed=train.seed
    )
    return scores[0].argmax(1), selection.kept_epoch(train.epochs)
