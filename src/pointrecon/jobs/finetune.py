"""Fine-tune a model for classification on a labelled table, over seeds, with the test shapes seen once."""

import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from lightning_fabric import Fabric

from pointrecon.errors import InputError
from pointrecon.evaluation.classifier import (
    build_classifier,
    check_batches,
    class_counts,
    class_scores,
    train_classifier,
    training_points,
)
from pointrecon.evaluation.record import Record, load_records, save_records, score
from pointrecon.evaluation.splits import Splits, probe_splits
from pointrecon.jobs.finetune_config import FinetuneConfig, resolve
from pointrecon.jobs.pretrain import make_set
from pointrecon.models.config import model_config, size_names
from pointrecon.models.folder import load_model, save_model
from pointrecon.models.model import ReconModel, create_model
from pointrecon.shapes import open_table
from pointrecon.shapes.bar import Bar
from pointrecon.shapes.collection import Collection, open_collection
from pointrecon.tasks.classify import ClassifyTask
from pointrecon.training.loop import leave, make_fabric
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS, RunFolder
from pointrecon.training.selection import Selection

RECORDS = "finetune.json"


@dataclass
class FinetuneResult:
    """What `finetune` found.

    Attributes:
        finished: False when it was interrupted and can be resumed.
        records: of each finished seed, without voting and, where asked for, with.
        model: the model folder, with head: of the only seed, or of the one that did best where epochs were chosen.
    """

    finished: bool
    records: list[Record]
    model: Path | None = None

    def accuracies(self, *, voting: bool = False) -> list[float]:
        """Test accuracy of every seed, between 0 and 1."""
        return [r.metrics["accuracy"] for r in self.records if ("/votes" in r.task) == voting]

    def accuracy(self, *, voting: bool = False) -> float:
        """Mean test accuracy over seeds.

        Raises:
            InputError: when nothing was measured (with voting).
        """
        found = self.accuracies(voting=voting)
        if not found:
            raise InputError("nothing was measured with voting; give votes" if voting else "no seed is finished yet")
        return float(np.mean(found))

    def deviation(self, *, voting: bool = False) -> float | None:
        """Standard deviation over seeds (of a sample); None with fewer than two."""
        found = self.accuracies(voting=voting)
        return float(np.std(found, ddof=1)) if len(found) > 1 else None


def finetune(
    model: str | Path | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    *,
    resume: str | Path | None = None,
    overwrite: bool = False,
    config: FinetuneConfig | None = None,
    **settings: Any,
) -> FinetuneResult:
    """Fine-tune for classification; write the run folder, the model with its head, and the records.

    With several seeds each has a run folder of its own below ``out``.

    Args:
        model: model folder or released ``.pth``; from scratch also a size such as "nano".
        data: a shape table with labels.
        out: the run folder.
        resume: go on with this run folder instead; nothing else is needed.
        overwrite: start afresh where a run is already.
        config: a whole configuration instead of settings.
        **settings: nested settings, for instance ``mode="linear", seeds=3, train={"epochs": 30}``.

    Returns:
        the records; ``finished`` is False when it was interrupted and can be resumed.

    Raises:
        InputError: for bad settings, a table without labels or test shapes, a model that does not fit, a loss that is
            not finite, or a folder in use.
    """
    if resume is not None:
        if model is not None or data is not None or out is not None or settings:
            raise InputError("resume takes only the run folder: the settings are in it")
        folder = RunFolder(resume)
        values = folder.config()
        if "mode" not in values:
            raise InputError(f"'{resume}' is no fine-tuning; go on with 'pointrecon pretrain --resume {resume}'")
        known = {name: str(values.pop(name, "")) for name in ("model", "data", "out")}
        config = resolve(**{**known, "out": str(resume)}, overrides=values)
    else:
        if config is None:
            config = resolve(model=str(model or ""), data=str(data or ""), out=str(out or ""), overrides=settings)
        missing = {"model": "a model, for instance runs/parts/model", "data": "a shape table with labels",
                   "out": "the run folder to write, for instance -o runs/parts-classes"}  # fmt: skip
        for key, what in missing.items():
            if not getattr(config, key):
                raise InputError(f"name {what}")
        folder = RunFolder(config.out)
        config = replace(config, model=_absolute(config.model), data=_absolute(config.data))
        if config.train.probe_every < 1 and (config.keep.epoch == "best" or config.keep.patience):
            raise InputError(
                "keep.epoch best and keep.patience compare epochs and need train.probe_every above 0; "
                "or take keep.epoch last and no patience"
            )
    return _run(config, folder, resumed=resume is not None, overwrite=overwrite)


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if Path(path).exists() else path


def _run(config: FinetuneConfig, folder: RunFolder, *, resumed: bool, overwrite: bool) -> FinetuneResult:
    if not resumed:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    source = _source(config)
    table = open_table(config.data)
    shapes = open_collection([table])
    splits = _splits(shapes, config)
    check_batches(config.mode, len(_share(splits.train, shapes.label, config.labels, 0)), config.train.batch_size)
    build_classifier(source, config.mode, ["a", "b"], **_sizes(config))  # sizes that do not fit are told now
    fabric = make_fabric(config.train)
    if fabric.global_rank == 0 and not resumed:
        folder.create(config.to_dict(), overwrite=overwrite)
        for old in folder.path.glob("seed-*"):
            if (old / CONFIG).is_file():
                shutil.rmtree(old)
    fabric.barrier()
    result = FinetuneResult(True, [])
    for seed in range(config.train.seed, config.train.seed + config.seeds):
        one = replace(config, seeds=1, train=replace(config.train, seed=seed))
        own = folder if config.seeds == 1 else RunFolder(folder.path / f"seed-{seed}")
        if own is not folder and fabric.global_rank == 0 and not (own.path / CONFIG).is_file():
            own.create({**one.to_dict(), "out": str(own.path)})
        fabric.barrier()
        records = _seed(one, own, source, shapes, splits, fabric, whole=folder.path)
        if records is None:
            result.finished = False
            break
        result.records += records
    if fabric.global_rank == 0 and result.finished:
        result.model = _gather(result.records, folder, config)
        print(_sentence(result, config), file=sys.stderr)
    leave(fabric)
    return result


def _source(config: FinetuneConfig) -> ReconModel:
    if config.from_scratch and config.model in size_names():
        return create_model(model_config(config.model), seed=0)
    return load_model(config.model)


def _sizes(config: FinetuneConfig) -> dict[str, Any]:
    given = {"drop_path": config.drop_path, "points": config.points, "patches": config.patches}
    return {name: value for name, value in given.items() if value is not None}


def _splits(shapes: Collection, config: FinetuneConfig) -> Splits:
    """Which shapes are learned from, chosen on and tested on, under the protocol."""
    label, classes = np.asarray(shapes.label), shapes.meta.classes
    if not (label >= 0).any():
        raise InputError(f"the table {config.data} has no labels; import it with a folder per class or a class column")
    splits = probe_splits(label, shapes.split, classes, test_split=config.test_split, seed=config.split_seed)
    if config.protocol == "paper":
        splits.train, splits.val = np.concatenate([splits.train, splits.val]), splits.test
        splits.notes = [note for note in splits.notes if not note.startswith("choices were made")]
        splits.notes.append("protocol 'paper': the epoch was chosen on the test split")
    return splits


def _seed(
    config: FinetuneConfig,
    folder: RunFolder,
    source: ReconModel,
    shapes: Collection,
    splits: Splits,
    fabric: Fabric,
    *,
    whole: Path,
) -> list[Record] | None:
    """One seed's run: its records, or None when it was interrupted. A finished one is only read again."""
    done = folder.path / RESULTS / RECORDS
    if done.is_file() and (folder.path / MODEL).is_dir():
        return load_records(done)
    seed, classes = config.train.seed, shapes.meta.classes
    seen = shapes.select(_share(splits.train, shapes.label, config.labels, seed))
    check, test = shapes.select(splits.val), shapes.select(splits.test)
    model = build_classifier(
        source, config.mode, classes, seed=seed, from_scratch=config.from_scratch, **_sizes(config)
    )
    if fabric.global_rank == 0:
        learning = sum(p.numel() for n, p in model.named_parameters() if config.mode == "full" or n.startswith("head."))
        print(
            f"{config.mode}: {len(seen)} training, {len(check)} validation and {len(test)} test shapes of "
            f"{len(classes)} classes; {learning / 1e6:.2f} million weights learn, seed {seed}",
            file=sys.stderr,
        )
    counts = class_counts(seen.label, len(classes))
    task = ClassifyTask(model, config.mode, config.classify, config.augment, counts=counts)
    active = fabric.global_rank == 0
    wanted = replace(model.config, points=training_points(seen, model.config, config.classify))
    data = make_set(seen, wanted, {}, fabric.device, hold=config.train.hold, active=active)
    outcome, selection = train_classifier(
        task, data, config.optim, config.train, config.keep, folder, fabric,
        check=check if config.train.probe_every else None, fingerprint=seen.fingerprint(),
        again=f"pointrecon finetune --resume {whole}",
    )  # fmt: skip
    if not outcome.finished:
        return None
    records: list[Record] = []
    if active:
        records = _test(config, model, test, splits, selection, len(seen), fabric)
        numbers = {f"{r.task}, {r.split} accuracy": f"{r.metrics['accuracy']:.4f}" for r in records}
        save_model(model.cpu().eval(), folder.model_folder, card=_card(config, shapes, numbers), overwrite=True)
        save_records(done, records)
    fabric.barrier()
    return records


def _share(index: np.ndarray, label: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A seeded share of every class among the shapes ``index``, at least one of each."""
    if share == 1:
        return index
    rng = np.random.default_rng(seed)
    kept = []
    for number in np.unique(label[index]):
        members = rng.permutation(index[label[index] == number])
        kept.append(members[: max(1, round(share * len(members)))])
    return np.sort(np.concatenate(kept))


def _test(
    config: FinetuneConfig,
    model: ReconModel,
    test: Collection,
    splits: Splits,
    selection: Selection,
    trained: int,
    fabric: Fabric,
) -> list[Record]:
    """The one look at the test shapes: without voting, and with it where it was asked for."""
    with Bar("testing", config.votes * len(test)) as bar:
        scores = class_scores(
            model, test, votes=config.votes, augmentation=config.augment, draw=config.classify.draw,
            batch_size=2 * config.train.batch_size, device=fabric.device, seed=config.train.seed, advance=bar.advance,
        )  # fmt: skip
    choices = {
        "epoch": selection.kept_epoch(config.train.epochs),
        "learning_rate": config.optim.learning_rate,
        "batch_size": config.train.batch_size,
        "points": model.config.points,
    }
    if config.labels < 1:
        choices["labels"] = config.labels
    notes = list(splits.notes)
    if config.labels < 1:
        notes.append(f"{100 * config.labels:g}% of each class's training labels were used")
    measured = selection.best_epoch > 0 and config.keep.epoch == "best"
    name = "selection_accuracy"  # on validation shapes, or under the paper's protocol on the test shapes
    records = []
    for votes in dict.fromkeys((1, config.votes)):
        answer = scores[:votes].mean(0).argmax(1)
        found = score(test.label, answer, test.meta.classes)
        if measured:
            found["metrics"][name] = selection.best
        records.append(
            Record(
                task=f"finetune/{config.mode}" + (f"/votes{votes}" if votes > 1 else ""),
                protocol=config.protocol,
                model=config.model,
                weights="untrained" if config.from_scratch else "pre-trained",
                table=config.data,
                split=config.test_split,
                seed=config.train.seed,
                **found,
                choices={**choices, "votes": votes} if votes > 1 else choices,
                counts={"train": trained, "val": len(splits.val), "test": len(test), "classes": len(found["classes"])},
                notes=notes,
            )
        )
    return records


def _gather(records: list[Record], folder: RunFolder, config: FinetuneConfig) -> Path:
    """With several seeds: all records, and the model of the one that did best where epochs were chosen."""
    if config.seeds > 1:
        plain = [r for r in records if "/votes" not in r.task]
        best = max(plain, key=lambda r: r.metrics.get("selection_accuracy", 0.0))
        chosen = load_model(folder.path / f"seed-{best.seed}" / MODEL)
        card = {
            "data": Path(config.data).name,
            "protocol": f"fine-tuning, {config.mode}, {config.protocol}; of {config.seeds} seeds the one that did best "
            f"where epochs were chosen (seed {best.seed})",
            "numbers": {f"{best.split} accuracy, seed {r.seed}": f"{r.metrics['accuracy']:.4f}" for r in plain},
        }
        save_model(chosen, folder.model_folder, card=card, overwrite=True)
        save_records(folder.path / RESULTS / RECORDS, records)
    return folder.model_folder


def _card(config: FinetuneConfig, shapes: Collection, numbers: dict[str, str]) -> dict[str, Any]:
    origin = "random weights" if config.from_scratch else f"`{Path(config.model).name}`"
    return {
        "data": Path(config.data).name + (f" ({shapes.meta.name})" if shapes.meta.name else ""),
        "licence": shapes.meta.licence or "not stated by the data; ask before you pass the weights on",
        "protocol": f"fine-tuning, {config.mode}, from {origin}, {config.protocol}, seed {config.train.seed}",
        "numbers": numbers,
    }


def _sentence(result: FinetuneResult, config: FinetuneConfig) -> str:
    parts = []
    for voting in (False, True):
        found = result.accuracies(voting=voting)
        if found:
            spread = result.deviation(voting=voting)
            mean = f"{100 * result.accuracy(voting=voting):.2f}"
            number = f"{mean}%" if spread is None else f"{mean} ± {100 * spread:.2f}%"
            parts.append(number + (f" with a vote of {config.votes}" if voting else ""))
    seeds = "one seed" if config.seeds == 1 else f"{config.seeds} seeds"
    return (
        f"'{config.test_split}' accuracy {', '.join(parts)} (protocol {config.protocol}, {seeds})\n"
        f"model folder: {result.model}"
    )
