"""What every way of fine-tuning shares: protocol, one run for each seed, the epoch to keep, one test, records."""

import shutil
import sys
from abc import ABC, abstractmethod
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from lightning_fabric import Fabric
from torch import nn

from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.cautions import cautions
from pointrecon.evaluation.inputs import data_fields, identity_of, resolve_model, resolve_shapes, shapes_name
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.splits import Splits, probe_splits, without_choices
from pointrecon.models.facts import ModelFacts, weights_hash
from pointrecon.models.files.folder import load_model, save_model
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import Head, model_config, size_names
from pointrecon.progress import Bar
from pointrecon.settings import resolve, resumed
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.loop import fit
from pointrecon.training.loop_settings import Training
from pointrecon.training.pretraining import make_set
from pointrecon.training.processes import leave, make_fabric
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS, RunFolder
from pointrecon.training.selection import Selection
from pointrecon.transfer.backbone import check_batches, with_head
from pointrecon.transfer.transfer_config import TransferConfig

C = TypeVar("C", bound=TransferConfig)
Found = list[tuple[int, dict[str, Any]]]  # number of votes, and a record's metrics, per_class, classes, ...
START = "start"  # in a run folder: the model it began from, so that the run goes on from its folder alone


class Transfer(ABC, Generic[C]):
    """One way of fine-tuning on some shapes: a subclass says what sets it apart, and the functions below do the rest.

    Attributes:
        command: of the command line; also the file of records.
        settings: its type of configuration. mark: a setting that no other way's runs have.
        measures: what is measured where epochs are compared; the first decides.
        needs: what its shapes must be, for messages.
        task_name: of the records, such as "finetune/full".
        head: that goes on the model.
        shapes: all of them, labeled with what the head tells apart.
        splits: which of them are learned from, chosen on and tested on.
        counts: numbers for the records, besides those of shapes.
    """

    command: ClassVar[str]
    settings: ClassVar[type]
    mark: ClassVar[str]
    measures: ClassVar[tuple[str, ...]]
    needs: ClassVar[str]
    parts: ClassVar[bool] = False  # whether training needs the points' part labels

    def __init__(
        self, config: C, source: ReconModel, shapes: Shapes, splits: Splits, head: Head, task_name: str
    ) -> None:
        self.config, self.source, self.shapes, self.splits = config, source, shapes, splits
        self.head, self.task_name = head, task_name
        self.counts: dict[str, int] = {}

    @classmethod
    @abstractmethod
    def on(cls, config: C, source: ReconModel, shapes: Shapes) -> "Transfer[C]":
        """This way on these shapes; settings that were left open are settled in its ``config``."""

    @abstractmethod
    def task(self, model: ReconModel, seen: Shapes) -> nn.Module:
        """What is optimized on the training shapes, for `fit`."""

    def drawn(self, model: ReconModel, seen: Shapes) -> int:
        """Points a training batch must have."""
        return model.config.points

    @abstractmethod
    def scores(self, model: nn.Module, shapes: Shapes, **how: Any) -> Found:
        """How well a model does, once as it is and where ``votes`` are above 1 again with them.

        Args:
            model: with this head.
            shapes: labeled.
            **how: votes, seed, device, and advance, which is called with the number of clouds done.
        """

    def test(self, model: nn.Module, shapes: Shapes, results: Path, **how: Any) -> Found:
        """`scores` of the test shapes, and what is to be drawn of them into the folder of results."""
        return self.scores(model, shapes, **how)

    def build(self, seed: int) -> ReconModel:
        """The model to train."""
        sizes = {name: getattr(self.config, name) for name in ("drop_path", "points", "patches")}
        given = {name: value for name, value in sizes.items() if value is not None}
        return with_head(self.source, self.head, seed=seed, from_scratch=self.config.from_scratch, **given)


def run_transfer(
    way: type[Transfer[C]],
    model: Any = None,
    data: Any = None,
    out: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    config: C | None = None,
    recipe: str | Path | None = None,
    **settings: Any,
) -> Results:
    """Fine-tune over seeds; arguments as for `pointrecon.finetune`, which says what comes out."""
    out = str(out or (config.out if config else ""))
    if resume and not out:
        raise InputError("name the run folder to go on with, for instance -o runs/parts-transfer")
    resume = resume and (model is None or RunFolder(out).exists)  # one that was stopped before it began starts anew
    config, folder = _opened(way, model, data, out, resume, config, recipe, settings)
    if not resume:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    source = _source(config, model, folder if resume else None)
    shapes = resolve_shapes(config.data if data is None or isinstance(data, str | Path) else data)
    if data is not None and not isinstance(data, str | Path | list | tuple):
        config.data = shapes_name(shapes)
    fingerprint = data_fields(shapes)["data_fingerprint"]
    if resume and config.data_fingerprint not in ("", fingerprint):
        raise InputError(
            f"{shapes_name(shapes)} holds other shapes than the run '{folder.path}' began with; name theirs with --data"
        )
    this = way.on(replace(config, data_fingerprint=fingerprint), source, shapes)
    config = this.config
    this.build(0)  # sizes that do not fit are told now
    share = label_share(this.splits.train, this.shapes.label, config.labels, 0)
    check_batches(this.head.kind, len(share), config.train.batch_size)
    fabric = make_fabric(config.train)
    if fabric.global_rank == 0 and not resume:
        folder.create(asdict(config), overwrite=overwrite)
        for old in folder.path.glob("seed-*"):
            if (old / CONFIG).is_file():
                shutil.rmtree(old)
        save_model(source, folder.path / START, overwrite=True)
    fabric.barrier()
    try:
        records = [record for seed in _seeds(config) for record in _one_seed(this, folder, seed, fabric)]
    except Stopped:
        leave(fabric)
        raise
    results = Results(records)
    if fabric.global_rank == 0:
        results.model = _gathered(this, records, folder)
        figure = folder.path / RESULTS / "parts.png"
        results.figure = figure if figure.is_file() else None
        shutil.rmtree(folder.path / START, ignore_errors=True)
        print(f"{sentence(this, results)}\nmodel folder: {results.model}", file=sys.stderr)
    leave(fabric)
    return results


def _opened(
    way: type[Transfer[C]],
    model: Any,
    data: Any,
    out: str,
    resume: bool,
    config: C | None,
    recipe: str | Path | None,
    settings: dict[str, Any],
) -> tuple[C, RunFolder]:
    """The configuration and run folder of a new run, or of the one to go on with."""
    given = {"model": _named(model, way.__name__), "data": _named(data, ""), "out": out}
    given = {name: value for name, value in given.items() if value}
    if resume:
        folder = RunFolder(out)
        saved = folder.config()
        if way.mark not in saved:
            raise InputError(f"'{out}' is no run of 'pointrecon {way.command}'; its settings have no {way.mark}")
        if isinstance(model, str | Path) and given["model"] != saved.get("model"):
            raise InputError(f"the run '{out}' began from '{saved.get('model')}', not '{model}'; leave the model out")
        saved |= {"out": out, "data": given.get("data", saved.get("data", ""))}
        whole = settings if config is None else {**asdict(config), **settings}
        mine = {name: value for name, value in whole.items() if name not in ("model", "data", "out")}
        return resumed(way.settings, way.command, saved, recipe=recipe, overrides=mine), folder
    config = resolve(way.settings, way.command, config=config, recipe=recipe, overrides={**settings, **given})
    missing = {"model": "a model, for instance runs/parts", "data": way.needs,
               "out": "the run folder to write, for instance -o runs/parts-transfer"}  # fmt: skip
    for key, what in missing.items():
        if not getattr(config, key):
            raise InputError(f"name {what}")
    return config, RunFolder(config.out)


def _named(given: Any, otherwise: str) -> Any:
    """How settings name a model or shapes: paths that are there as absolute ones."""
    if given is None or given == "":
        return ""
    if isinstance(given, str | Path):
        return str(Path(given).absolute()) if Path(given).exists() else str(given)
    if isinstance(given, list | tuple) and all(isinstance(one, str | Path) for one in given):
        return [_named(one, otherwise) for one in given]
    return otherwise or "the shapes in memory"


def _source(config: TransferConfig, model: Any, folder: RunFolder | None) -> ReconModel:
    """The model to start from: the one that the run to go on with kept; from scratch a size is enough."""
    if folder is not None and (folder.path / START / "config.json").is_file():
        return load_model(folder.path / START)
    named = model is None or isinstance(model, str | Path)
    if named and config.from_scratch and config.model in size_names():
        return create_model(model_config(config.model), seed=0)
    found, _ = resolve_model(config.model if named else model)
    if not isinstance(found, ReconModel):
        raise InputError(f"a {type(found).__name__} is no model of this package; give a ReconModel, or its folder")
    return found


def _seeds(config: TransferConfig) -> range:
    return range(config.train.seed, config.train.seed + config.seeds)


def protocol_splits(label: np.ndarray, shapes: Shapes, config: TransferConfig, **how: Any) -> Splits:
    """Which shapes are learned from, chosen on and tested on, under the protocol.

    Args:
        label: (M,) classes, -1 for shapes that cannot be used.
        shapes: the collection.
        config: the protocol, the test split and the seed of what is held out.
        **how: for `probe_splits`.

    Raises:
        InputError: as `probe_splits` does.
    """
    classes = shapes.meta.classes
    splits = probe_splits(label, shapes.split, classes, test_split=config.split, seed=config.split_seed, **how)
    if config.protocol == "paper":
        splits.train, splits.val = np.concatenate([splits.train, splits.val]), splits.test
        chosen = "the epoch was chosen on the test split" if config.keep.chooses else "the last epoch was kept"
        told = f"protocol 'paper': validation shapes were trained on too, and {chosen}"
        splits.notes = [*without_choices(splits.notes), told]
    elif not config.keep.chooses:
        splits.notes = [*without_choices(splits.notes), "validation shapes were held out and decided nothing"]
    return splits


def label_share(index: np.ndarray, label: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A seeded share of every class among the shapes ``index``, at least one of each."""
    if share == 1:
        return index
    rng = np.random.default_rng(seed)
    kept = []
    for number in np.unique(label[index]):
        members = rng.permutation(index[label[index] == number])
        kept.append(members[: max(1, round(share * len(members)))])
    return np.sort(np.concatenate(kept))


def _one_seed(way: Transfer[C], folder: RunFolder, seed: int, fabric: Fabric) -> list[Record]:
    """Train and test with one seed, in a folder of its own where there are several; a finished one is only read."""
    config, active = way.config, fabric.global_rank == 0
    train = replace(config.train, seed=seed)
    own = folder if config.seeds == 1 else RunFolder(folder.path / f"seed-{seed}")
    if own is not folder and active and not (own.path / CONFIG).is_file():
        own.create({**asdict(replace(config, seeds=1, train=train)), "out": str(own.path)})
    fabric.barrier()
    done = own.path / RESULTS / f"{way.command}.json"
    if done.is_file() and (own.path / MODEL).is_dir():
        return load_records(done)
    splits = way.splits
    seen = way.shapes.select(label_share(splits.train, way.shapes.label, config.labels, seed))
    check, test = way.shapes.select(splits.val), way.shapes.select(splits.test)
    model = way.build(seed)
    task = way.task(model, seen)
    if active:
        learning = sum(p.numel() for p in model.parameters() if p.requires_grad) / 1e6
        print(
            f"{way.task_name}: {len(seen)} training, {len(check)} validation and {len(test)} test shapes of "
            f"{len(seen.meta.classes)} classes; {learning:.2f} million weights learn, seed {seed}",
            file=sys.stderr,
        )
    selection = learn(way, task, train, seen, check, own, fabric)
    records: list[Record] = []
    if active:
        with Bar("testing", config.votes * len(test)) as bar:
            found = way.test(
                model, test, own.path / RESULTS,
                votes=config.votes, seed=seed, device=fabric.device, advance=bar.advance,
            )  # fmt: skip
        model.facts = _facts(way, selection, seed, len(seen))
        records = _records(way, model, seed, found, selection, {"train": len(seen), "val": len(check)}, test)
        model.facts.metrics = {f"{r.task}, {r.split} {name}": r.metrics[name] for r in records for name in way.measures}
        save_model(model.cpu().eval(), own.model_folder, overwrite=True)
        save_records(done, records)  # last: they say that the seed is done
    fabric.barrier()
    return records


def learn(
    way: Transfer[C],
    task: nn.Module,
    train: Training,
    seen: Shapes,
    check: Shapes,
    folder: RunFolder,
    fabric: Fabric,
    *,
    what: str = "fine-tuning",
) -> Selection:
    """Train, and give the task's model the weights to keep.

    Args:
        way: of fine-tuning.
        task: from ``way.task``.
        train: the loop, with this run's seed; every ``probe_every`` epochs ``check`` is measured.
        seen: the training shapes.
        check: shapes that decide on the epoch.
        folder: the run folder, where an interrupted run goes on.
        fabric: from ``make_fabric``.
        what: it is called on the screen.

    Raises:
        InputError: as ``fit`` does, or when batches are too small for the head's batch norm.
        Stopped: it was asked to stop; the same call goes on.
    """
    config, model = way.config, task.model
    assert isinstance(model, ReconModel)
    check_batches(way.head.kind, len(seen), train.batch_size, fabric.world_size)

    def measure(shown: nn.Module) -> dict[str, float]:
        metrics = way.scores(shown, check, device=fabric.device)[0][1]["metrics"]
        return {name: metrics[name] for name in way.measures}

    wanted = replace(model.config, points=way.drawn(model, seen))
    data = make_set(
        seen, wanted, {}, fabric.device, hold=train.hold, parts=way.parts, active=fabric.global_rank == 0
    )  # fmt: skip
    selection = Selection(config.keep, way.measures[0])
    outcome = fit(
        task, data, config.optim, train, folder, fabric, fingerprint=seen.fingerprint(),
        probe=measure if train.probe_every else None, selection=selection, what=what,
    )  # fmt: skip
    if not outcome.finished:
        raise Stopped
    selection.finish(model)
    return selection


def _facts(way: Transfer[C], selection: Selection, seed: int, trained: int) -> ModelFacts:
    config, source, shapes = way.config, way.source, way.shapes
    scratch, meta = config.from_scratch, shapes.meta
    learned = {
        "name": Path(shapes_name(shapes)).name, "fingerprint": config.data_fingerprint, "license": meta.license,
        "splits": sorted(set(shapes.split[way.splits.train].tolist())),
    }  # fmt: skip
    return ModelFacts(
        method=way.task_name,
        group=f"{source.facts.group or source.config.size} {way.task_name}{' from scratch' * scratch}",
        seed=None if scratch else source.facts.seed,
        epochs=selection.kept_epoch(config.train.epochs),
        origin="" if scratch else weights_hash(source),
        data=[*([] if scratch else source.facts.data), learned],
        protocol=f"{way.task_name} on {trained} shapes, {config.protocol}, seed {seed}",
        license=meta.license,
    )


def _records(
    way: Transfer[C],
    model: ReconModel,
    seed: int,
    found: Found,
    selection: Selection,
    counts: dict[str, int],
    test: Shapes,
) -> list[Record]:
    """The records of one seed: one for each number of votes."""
    config, points = way.config, model.config.points
    choices: dict[str, Any] = {
        "epoch": selection.kept_epoch(config.train.epochs),
        "learning_rate": config.optim.learning_rate,
        "batch_size": config.train.batch_size,
        "points": points,
    }
    about: dict[str, Any] = identity_of(model, config.model) | {"group": way.source.facts.group}
    about |= {"data": str(config.data), "data_fingerprint": config.data_fingerprint}  # before they were relabeled
    source = None if config.from_scratch else way.source
    tested = set(test.split.tolist())
    careful = cautions(source, config.data_fingerprint, tested, have=test.size, wanted=points)
    told = [*way.splits.notes, *careful]
    if config.labels < 1:
        choices["labels"] = config.labels
        told.append(f"{100 * config.labels:g}% of each class's training labels were used to learn from")
        if config.protocol == "honest" and config.keep.chooses:
            told.append(f"the labels of all {counts['val']} validation shapes were used to choose the epoch")
    records = []
    for votes, values in found:
        if selection.best_epoch > 0 and config.keep.epoch == "best":
            # on validation shapes, or under the paper's protocol on the test shapes
            values["metrics"][f"selection_{way.measures[0]}"] = selection.best
        record = Record(
            task=way.task_name + (f"/votes{votes}" if votes > 1 else ""),
            protocol=config.protocol,
            weights="untrained" if config.from_scratch else "pre-trained",
            split=config.split,
            seed=seed,
            choices={**choices, "votes": votes} if votes > 1 else dict(choices),
            counts={**counts, "test": len(test), "classes": len(values["classes"]), **way.counts},
            notes=list(told),
            **about,
            **values,
        )
        records.append(record)
    return records


def _gathered(way: Transfer[C], records: list[Record], folder: RunFolder) -> Path:
    """With several seeds: all records, and the model of the best where epochs were chosen, else of the first."""
    config, metric = way.config, way.measures[0]
    if config.seeds > 1:
        plain = [r for r in records if r.task == way.task_name]
        best = max(plain, key=lambda r: r.metrics.get(f"selection_{metric}", 0.0))
        chosen = load_model(folder.path / f"seed-{best.seed}" / MODEL)
        rule = "one that did best where epochs were chosen" if config.keep.epoch == "best" else "first"
        chosen.facts.protocol += f"; of {config.seeds} seeds the {rule} (seed {best.seed})"
        chosen.facts.metrics = {f"{r.split} {metric}, seed {r.seed}": r.metrics[metric] for r in plain}
        save_model(chosen, folder.model_folder, overwrite=True)
        save_records(folder.path / RESULTS / f"{way.command}.json", records)
    return folder.model_folder


def sentence(way: Transfer[C], results: Results) -> str:
    """What a finished run found, in one line."""
    config, parts = way.config, []
    for votes in dict.fromkeys((1, config.votes)):
        task = way.task_name + (f"/votes{votes}" if votes > 1 else "")
        numbers = ", ".join(
            f"{results.percent(name, task=task)} {name.replace('_miou', ' mIoU')}" for name in way.measures
        )
        parts.append(numbers + (f" with a vote of {votes}" if votes > 1 else ""))
    seeds = "one seed" if config.seeds == 1 else f"{config.seeds} seeds"
    return f"on '{config.split}': {'; '.join(parts)} (protocol {config.protocol}, {seeds})"
