"""What every way of fine-tuning shares: settings or resuming, protocols, one run per seed, gathering them."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

import numpy as np
from lightning_fabric import Fabric

from pointrecon.errors import InputError
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.splits import Splits, probe_splits, without_choices
from pointrecon.models.files.folder import load_model, save_model
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import model_config, size_names
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.loop import leave, make_fabric
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS, RunFolder
from pointrecon.transfer.transfer_config import C, TransferConfig, resolve
from pointrecon.transfer.transfer_records import TransferResult

_MARKS = {"mode": "finetune", "segment": "segment"}  # a setting → whose run it is


@dataclass(frozen=True)
class Kind(Generic[C]):
    """One way of fine-tuning.

    Attributes:
        config: its configuration.
        command: such as "finetune".
        mark: a setting that tells its runs from all others.
        records: file of its records.
        metric: what is told of a run, and what decides where epochs are chosen.
        table: what its table must be, for messages.
    """

    config: type[C]
    command: str
    mark: str
    records: str
    metric: str
    table: str


def opened(
    kind: Kind[C],
    model: str | Path | None,
    data: str | Path | None,
    out: str | Path | None,
    resume: str | Path | None,
    config: C | None,
    settings: dict[str, Any],
) -> tuple[C, RunFolder]:
    """The configuration and run folder of a new run, or of the one to go on with.

    Raises:
        InputError: for bad or missing settings, or a folder of another kind.
    """
    if resume is not None:
        if model is not None or data is not None or out is not None or settings:
            raise InputError("resume takes only the run folder: the settings are in it")
        folder = RunFolder(resume)
        values = folder.config()
        if kind.mark not in values:
            made_by = next((command for mark, command in _MARKS.items() if mark in values), "pretrain")
            raise InputError(
                f"'{resume}' is no run of '{kind.command}'; 'pointrecon {made_by} --resume {resume}' goes on"
            )
        known = {name: str(values.pop(name, "")) for name in ("model", "data", "out")}
        return resolve(kind.config, kind.command, **{**known, "out": str(resume)}, overrides=values), folder
    if config is None:
        config = resolve(
            kind.config, kind.command, model=str(model or ""), data=str(data or ""), out=str(out or ""),
            overrides=settings,
        )  # fmt: skip
    missing = {"model": "a model, for instance runs/parts/model", "data": kind.table,
               "out": "the run folder to write, for instance -o runs/parts-transfer"}  # fmt: skip
    for key, what in missing.items():
        if not getattr(config, key):
            raise InputError(f"name {what}")
    if config.train.probe_every < 1 and config.keep.chooses:
        raise InputError(
            "keep.epoch best and keep.patience compare epochs and need train.probe_every above 0; "
            "or take keep.epoch last and no patience"
        )
    return replace(config, model=_absolute(config.model), data=_absolute(config.data)), RunFolder(config.out)


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if Path(path).exists() else path


def source_model(config: TransferConfig) -> ReconModel:
    """The model to start from; from scratch a size is enough."""
    if config.from_scratch and config.model in size_names():
        return create_model(model_config(config.model), seed=0)
    return load_model(config.model)


def sizes(config: TransferConfig) -> dict[str, Any]:
    """The settings of the model that were given."""
    given = {"drop_path": config.drop_path, "points": config.points, "patches": config.patches}
    return {name: value for name, value in given.items() if value is not None}


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
    splits = probe_splits(label, shapes.split, classes, test_split=config.test_split, seed=config.split_seed, **how)
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


def run_seeds(
    kind: Kind[C],
    config: C,
    folder: RunFolder,
    *,
    resumed: bool,
    overwrite: bool,
    one_seed: Callable[[C, RunFolder, Fabric], list[Record] | None],
    told: Callable[[TransferResult], str],
) -> TransferResult:
    """Run every seed in a folder of its own (the only one in the run's), and gather their records and best model.

    Args:
        kind: of transfer.
        config: of all seeds.
        folder: of the run.
        resumed: go on with what is in the folder.
        overwrite: start afresh where a run is already.
        one_seed: trains and tests one: its records, or None when it was interrupted.
        told: the last words about a finished run.
    """
    fabric = make_fabric(config.train)
    if fabric.global_rank == 0 and not resumed:
        folder.create(config.to_dict(), overwrite=overwrite)
        for old in folder.path.glob("seed-*"):
            if (old / CONFIG).is_file():
                shutil.rmtree(old)
    fabric.barrier()
    result = TransferResult(True)
    for seed in range(config.train.seed, config.train.seed + config.seeds):
        one = replace(config, seeds=1, train=replace(config.train, seed=seed))
        own = folder if config.seeds == 1 else RunFolder(folder.path / f"seed-{seed}")
        if own is not folder and fabric.global_rank == 0 and not (own.path / CONFIG).is_file():
            own.create({**one.to_dict(), "out": str(own.path)})
        fabric.barrier()
        done = own.path / RESULTS / kind.records
        if done.is_file() and (own.path / MODEL).is_dir():  # a finished one is only read again
            records: list[Record] | None = load_records(done)
        else:
            records = one_seed(one, own, fabric)
        if records is None:
            result.finished = False
            break
        result.records += records
    if fabric.global_rank == 0 and result.finished:
        result.model = _gather(kind, result.records, folder, config)
        print(f"{told(result)}\nmodel folder: {result.model}", file=sys.stderr)
    leave(fabric)
    return result


def keep_seed(
    kind: Kind[C], config: TransferConfig, shapes: Shapes, model: ReconModel, records: list[Record], own: RunFolder
) -> None:
    """Write a finished seed's model with its card, and its records last: they say that it is done."""
    origin = "random weights" if config.from_scratch else f"`{Path(config.model).name}`"
    card = {
        "data": Path(config.data).name + (f" ({shapes.meta.name})" if shapes.meta.name else ""),
        "license": shapes.meta.license or "not stated by the data; ask before you pass the weights on",
        "protocol": f"{records[0].task}, from {origin}, {config.protocol}, seed {config.train.seed}",
        "numbers": {f"{r.task}, {r.split} {kind.metric}": f"{r.metrics[kind.metric]:.4f}" for r in records},
    }
    save_model(model.cpu().eval(), own.model_folder, card=card, overwrite=True)
    save_records(own.path / RESULTS / kind.records, records)


def _gather(kind: Kind[C], records: list[Record], folder: RunFolder, config: TransferConfig) -> Path:
    """With several seeds: all records, and the model of the best where epochs were chosen, else of the first."""
    if config.seeds > 1:
        plain = [r for r in records if "/votes" not in r.task]
        best = max(plain, key=lambda r: r.metrics.get(f"selection_{kind.metric}", 0.0))
        chosen = load_model(folder.path / f"seed-{best.seed}" / MODEL)
        rule = "one that did best where epochs were chosen" if config.keep.epoch == "best" else "first"
        card = {
            "data": Path(config.data).name,
            "protocol": f"{best.task}, {config.protocol}; of {config.seeds} seeds the {rule} (seed {best.seed})",
            "numbers": {f"{r.split} {kind.metric}, seed {r.seed}": f"{r.metrics[kind.metric]:.4f}" for r in plain},
        }
        save_model(chosen, folder.model_folder, card=card, overwrite=True)
        save_records(folder.path / RESULTS / kind.records, records)
    return folder.model_folder
