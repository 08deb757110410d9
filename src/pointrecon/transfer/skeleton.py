"""The run that every way of fine-tuning shares: one folder for each seed, the epoch to keep, one test, all gathered."""

import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric
from torch import nn

from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.inputs import data_fields, resolve_model, resolve_shapes, shapes_name
from pointrecon.evaluation.measured import Results
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.models.files.folder import load_model, save_model
from pointrecon.models.files.released import seeded_model
from pointrecon.models.model import create_model
from pointrecon.models.model_config import model_config, size_names
from pointrecon.models.plus.plus_config import PLUS_SIZES, plus_config
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.progress import Bar
from pointrecon.screen import say
from pointrecon.settings import resolve, resumed
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import check_smallest
from pointrecon.training.loop import fit
from pointrecon.training.loop_settings import Training
from pointrecon.training.processes import leave, make_fabric
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS, START, RunFolder
from pointrecon.training.selection import Selection
from pointrecon.training.training_data import make_set
from pointrecon.transfer.transfer_config import TransferConfig
from pointrecon.transfer.transfer_records import facts_of, records_of, sentence
from pointrecon.transfer.transfer_way import C, Transfer, label_share

SCRATCH_KIND = "openshape_1k"  # of a ReCon++ size from scratch: the kind that its authors fine-tuned


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
    if resume:
        RunFolder(out).reopen()
    resume = resume and (model is None or RunFolder(out).exists)  # one that was stopped before it began starts anew
    config, folder = _opened(way, model, data, out, resume, config, recipe, settings)
    with folder.alone():
        return _transfer(way, model, data, config, folder, resume, overwrite)


def _transfer(
    way: type[Transfer[C]], model: Any, data: Any, config: C, folder: RunFolder, resume: bool, overwrite: bool
) -> Results:
    if not resume:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    source = _source(config, model, folder if resume else None)
    shapes = resolve_shapes(config.data if data is None or isinstance(data, str | Path) else data).by_people()
    if data is not None and not isinstance(data, str | Path | list | tuple):
        config.data = shapes_name(shapes)
    fingerprint = data_fields(shapes)["data_fingerprint"]
    if resume and config.data_fingerprint not in ("", fingerprint):
        raise InputError(
            f"{shapes_name(shapes)} holds other shapes than the run '{folder.path}' began with; name theirs with --data"
        )
    this = way.on(replace(config.settled(), data_fingerprint=fingerprint), source, shapes)
    config = this.config
    this.build(0)  # sizes that do not fit are told now
    share = label_share(this.splits.train, this.shapes.label, config.labels, 0)
    check_batches(this.head.kind, len(share), config.train.batch_size)
    fabric = make_fabric(config.train)
    if fabric.global_rank == 0:
        for remark in shapes.remarks:
            say(f"note: {remark}", file=sys.stderr)
    if fabric.global_rank == 0 and not resume:
        folder.create(asdict(config), overwrite=overwrite)
        save_model(source, folder.path / START, overwrite=True)
    fabric.barrier()
    try:
        seeds = range(config.train.seed, config.train.seed + config.seeds)
        records = [record for seed in seeds for record in _one_seed(this, folder, seed, fabric)]
    except Stopped:
        leave(fabric)
        raise
    results = Results(records)
    if fabric.global_rank == 0:
        results.model = _gathered(this, records, folder)
        figure = folder.path / RESULTS / "parts.png"
        results.figure = figure if figure.is_file() else None
        shutil.rmtree(folder.path / START, ignore_errors=True)
        folder.finish()
        say(f"{sentence(this, results)}\nmodel folder: {results.model}", file=sys.stderr)
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


def _source(config: TransferConfig, model: Any, folder: RunFolder | None) -> EitherModel:
    """The model to start from: the one that the run to go on with kept; from scratch a size is enough."""
    if folder is not None and (folder.path / START / "config.json").is_file():
        return load_model(folder.path / START)
    named = model is None or isinstance(model, str | Path)
    if named and config.from_scratch and config.model in size_names():
        return create_model(model_config(config.model), seed=0)
    if named and config.from_scratch and config.model in PLUS_SIZES:
        return seeded_model(plus_config(config.model, SCRATCH_KIND), 0)
    found, _ = resolve_model(config.model if named else model)
    if not isinstance(found, EitherModel):
        raise InputError(f"a {type(found).__name__} cannot be trained further here; give a ReconModel, or its folder")
    return found


def check_batches(head: str, shapes: int, batch_size: int, world: int = 1) -> None:
    """Raise InputError where a kind of head that normalizes over the batch would get a batch of one shape."""
    if name := {"mlp3": "mlp3", "parts": "part"}.get(head):
        why = f"the {name} head normalizes over the batch and needs 2 shapes in each"
        check_smallest(why, shapes, batch_size, world)


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
        say(
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
        model.facts = facts_of(way, selection, seed, len(seen))
        records = records_of(way, model, seed, found, selection, {"train": len(seen), "val": len(check)}, test)
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
        task: from ``way.task``.
        train: the loop, with this run's seed; every ``probe_every`` epochs ``check`` is measured.
        seen, check: the training shapes, and those that decide on the epoch.
        folder: the run folder, where an interrupted run goes on.
        what: it is called on the screen.

    Raises:
        InputError, Stopped: as ``fit`` does; also when batches are too small for the head's batch norm.
    """
    config, model = way.config, task.model
    assert isinstance(model, EitherModel)
    check_batches(way.head.kind, len(seen), train.batch_size, fabric.world_size)

    def measure(shown: nn.Module) -> dict[str, float]:
        metrics = way.scores(shown, check, device=fabric.device)[0][1]["metrics"]
        return {name: metrics[name] for name in way.measures}

    wanted = replace(model.config, points=way.drawn(model, seen))
    data = make_set(
        seen, wanted, {}, fabric.device,
        hold=train.hold, parts=way.parts, rotate=config.augment.rotate, active=fabric.global_rank == 0,
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
