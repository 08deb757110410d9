"""Pre-train on shape tables, or resume: data, task, loop, probe and model folder put together."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.memory import free_memory
from pointrecon.models.facts import ModelFacts
from pointrecon.models.files.folder import load_model, save_model
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import ModelConfig, Teacher
from pointrecon.settings import resolve, resumed
from pointrecon.shapes import TableMeta, open_table
from pointrecon.shapes.table.collection import Shapes, open_collection
from pointrecon.training.loop import Outcome, Probe, fit, leave, make_fabric
from pointrecon.training.objective import Objective, model_for
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretrain_task import PretrainTask
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_set import StreamingSet, TrainingSet, held_bytes

PROBE_SHAPES = 1500  # enough for a steady curve, few enough to cost seconds


def pretrain(
    data: str | Path | list[str | Path] | None = None,
    out: str | Path | None = None,
    *,
    recipe: str | Path | None = None,
    init: str | Path = "",
    resume: bool = False,
    overwrite: bool = False,
    config: PretrainConfig | None = None,
    **settings: Any,
) -> Outcome:
    """Pre-train a ReCon model and write its run folder (``out/model`` is the model folder).

    Args:
        data: one or several shape tables (``.lance`` or ``.npz``).
        out: the run folder.
        recipe: a recipe's name or a YAML file.
        init: a model to start the weights from.
        resume: go on with the run in ``out``, with its own settings. ``data`` is only needed where its tables moved.
        overwrite: start afresh where a run is already.
        config: settings to begin with instead of the defaults.
        **settings: nested, over recipe and config, for instance ``model={"size": "nano"}, train={"epochs": 20}``.

    Returns:
        how it ended; ``finished`` is False where ``train.stop_after`` ended it.

    Raises:
        InputError: for bad settings, data that does not fit, a loss that is not finite, or a folder in use.
        Stopped: by Ctrl-C or SIGTERM, with a checkpoint written; ``resume`` goes on.
    """
    tables = [data] if isinstance(data, str | Path) else list(data or [])
    given = settings | ({"data": tables} if tables else {}) | ({"out": out} if out else {})
    given |= {"init": init} if init else {}
    folder = RunFolder(out or (config.out if config else ""))
    if resume and not out:
        raise InputError("name the run folder to go on with, for instance -o runs/parts --resume")
    resume = resume and (not tables or folder.exists)  # one that was stopped before it began starts anew
    if resume:
        saved = folder.config() | {"out": str(out)} | ({"data": tables} if tables else {})
        config = resumed(PretrainConfig, "pretrain", saved, recipe=recipe, overrides=settings)
    else:
        config = resolve(PretrainConfig, "pretrain", config=config, recipe=recipe, overrides=given)
    if not config.data:
        raise InputError("name at least one shape table to learn from, for instance parts.lance")
    if not config.out:
        raise InputError("name the run folder to write, for instance -o runs/parts")
    config.data = [path if "://" in path else str(Path(path).absolute()) for path in config.data]
    return _run(config, folder, resumed=resume, overwrite=overwrite)


def _run(config: PretrainConfig, folder: RunFolder, *, resumed: bool, overwrite: bool) -> Outcome:
    model_config = config.model.resolve()
    shapes = open_data(config.data)
    chosen, teachers = choose_teachers(shapes, config.objective)
    model_config = model_for(config.objective, model_config, teachers)
    seen = shapes.select(shapes.in_split(*config.splits))
    if len(seen) == 0:
        have = ", ".join(repr(name) for name in shapes.splits)
        raise InputError(f"no shape is in the splits {config.splits} (the table has {have}); set splits")
    if config.fraction < 1:
        seen = seen.select(share_of(len(seen), config.fraction, seed=config.train.seed, least=config.train.batch_size))

    fabric = make_fabric(config.train, unused_parameters=not config.objective.contrasts)
    active = fabric.global_rank == 0
    if active and not resumed:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    model = create_model(model_config, seed=config.train.seed)
    if config.init:
        start_from(model, config.init)
    _announce(config, model, seen, len(shapes), chosen, active=active)
    fingerprint, probe, meta = seen.fingerprint([*chosen.values()]), _make_probe(shapes), shapes.meta
    training = make_set(seen, model_config, chosen, fabric.device, hold=config.train.hold, active=active)
    del shapes, seen  # what is held on the device need not stay in the host's memory
    if active and not resumed:
        folder.create(config.to_dict(), overwrite=overwrite)
    fabric.barrier()
    task = PretrainTask(model, config.objective, config.augment)
    outcome = fit(
        task,
        training,
        config.optim,
        config.train,
        folder,
        fabric,
        fingerprint=fingerprint,
        probe=probe,
    )
    if outcome.finished and fabric.global_rank == 0:
        model.facts = _facts(config, meta, folder)
        save_model(model.cpu().eval(), folder.model_folder, overwrite=True)
        print(f"model folder: {folder.model_folder}", file=sys.stderr)
    leave(fabric)
    return outcome


def open_data(paths: list[str]) -> Shapes:
    """Several tables as one collection (ids get the table's name when there are several)."""
    return open_collection([open_table(path) for path in paths])


def share_of(count: int, fraction: float, *, seed: int, least: int) -> np.ndarray:
    """Places (m,) of a seeded share of ``count`` shapes, in order: at least ``least``, or all where there are fewer.

    With one seed a smaller share is part of a larger one.
    """
    kept = max(round(fraction * count), least)
    return np.sort(np.random.default_rng(seed).permutation(count)[:kept])


def make_set(
    seen: Shapes,
    config: ModelConfig,
    chosen: dict[str, str],
    device: torch.device,
    *,
    hold: str = "auto",
    parts: bool = False,
    active: bool = True,
) -> TrainingSet | StreamingSet:
    """The shapes to train on, held on the device or streamed.

    Args:
        seen: the shapes.
        config: of the model: its points and up axis.
        chosen: "image"/"text" → features to imitate.
        device: where batches are wanted.
        hold: see :class:`pointrecon.training.loop_settings.Training`.
        parts: bring the part labels of the points.
        active: tell what was chosen, and how far reading is.
    """
    settings: dict[str, Any] = {"points": config.points, "up": config.up, "device": device, "parts": parts, **chosen}
    needed, free = held_bytes(seen, chosen.values(), parts=parts), free_memory(device)
    if device.type != "cuda":  # processes of one machine share its memory
        free //= int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if hold == "stream" or (hold == "auto" and needed > free / 2):
        if active:
            print(f"shapes are streamed from the table; held, they take {needed / 2**20:.0f} MiB", file=sys.stderr)
        return StreamingSet(seen, **settings)
    if needed > free:
        raise InputError(
            f"the shapes take {needed / 2**20:.0f} MiB and {free / 2**20:.0f} MiB are free on {device}; "
            "use --train.hold stream or auto"
        )
    return TrainingSet(seen, progress=active, **settings)


def choose_teachers(shapes: Shapes, objective: Objective) -> tuple[dict[str, str], dict[str, Teacher]]:
    """Which feature columns the image and text query imitate.

    Args:
        shapes: the shapes.
        objective: names the columns, or leaves the choice.

    Returns:
        ("image"/"text" → name of the features, "image"/"text" → :class:`Teacher`).

    Raises:
        InputError: when a named column is not there.
    """
    chosen: dict[str, str] = {}
    teachers: dict[str, Teacher] = {}
    if not objective.contrasts:
        return chosen, teachers
    for kind, wanted in (("image", objective.image), ("text", objective.text)):
        have = sorted(name for name in shapes.feature_shapes if name.startswith(f"{kind}/"))
        if wanted == "none" or (wanted == "auto" and not have):
            continue
        key = have[0] if wanted == "auto" else wanted if "/" in wanted else f"{kind}/{wanted}"
        if key not in have:
            raise InputError(
                f"the table has no features '{key}' (it has {', '.join(have) or 'none'}); run 'pointrecon shapes "
                f"teach' with --{kind} {key.split('/', 1)[1]} first"
            )
        chosen[kind] = key
        info = shapes.feature_info(key)
        made_by = str(info.get("sha256") or info.get("model", ""))
        teachers[kind] = Teacher(
            key.split("/", 1)[1], shapes.feature_shapes[key][1], str(info.get("spec", "")), made_by,
            list(info.get("templates", [])),
        )  # fmt: skip
    return chosen, teachers


def start_from(model: ReconModel, path: str) -> None:
    """Start a model's weights from another model's: every tensor of the same name and shape is taken.

    Raises:
        InputError: when the encoders do not fit.
    """
    state = load_model(path).state_dict()
    own = model.state_dict()
    missing = [n for n in own if n.startswith("encoder.") and (n not in state or state[n].shape != own[n].shape)]
    if missing:
        raise InputError(f"the encoder of '{path}' does not fit this model (first difference: {missing[0]})")
    own.update({name: value for name, value in state.items() if name in own and own[name].shape == value.shape})
    model.load_state_dict(own)


def _make_probe(shapes: Shapes) -> Probe | None:
    """A probe on validation shapes, when the table has labels and a "val" split."""
    found = []
    for split in ("train", "val"):
        index = shapes.in_split(split)
        index = index[shapes.label[index] >= 0]
        found.append(index[np.random.default_rng(0).permutation(len(index))])
    if len(found[1]) == 0 or len(np.unique(shapes.label[found[0]])) < 2:
        return None
    train, val = (shapes.load(index[:PROBE_SHAPES]) for index in found)

    def measure(model: torch.nn.Module) -> dict[str, float]:
        from pointrecon.evaluation import extract_features, quick_probe

        how = {"device": str(next(model.parameters()).device), "precision": "32"}
        found = [extract_features(model, part, encode=how, progress=False) for part in (train, val)]
        return quick_probe(found[0], train.label, found[1], val.label)

    return measure


def _announce(
    config: PretrainConfig,
    model: ReconModel,
    seen: Shapes,
    total: int,
    chosen: dict[str, str],
    *,
    active: bool,
) -> None:
    if not active:
        return
    count = sum(p.numel() for p in model.parameters())
    teachers = ", ".join(chosen.values()) or "none"
    share = f" ({config.fraction:g} of those to train on)" if config.fraction < 1 else ""
    lines = [
        f"{len(seen)} of {total} shapes{share} from {', '.join(config.data)}; teachers: {teachers}",
        f"{config.objective.paradigm}, {model.config.size} ({count / 1e6:.2f} million parameters), "
        f"{config.train.epochs} epochs of batches of {config.train.batch_size}, seed {config.train.seed}",
    ]
    if seen.size < model.config.points:
        lines.append(
            f"warning: clouds have {seen.size} points, the model takes {model.config.points}; points are repeated up"
        )
    for kind, key in chosen.items():
        without = int((~seen.has(key)).sum())
        if without:
            lines.append(f"{without} shapes have no {kind} feature and do not contribute to that loss")
    print("\n".join(lines), file=sys.stderr)


def _facts(config: PretrainConfig, meta: TableMeta, folder: RunFolder) -> ModelFacts:
    probes = [line for line in folder.metrics() if any(key.startswith("probe/") for key in line)]
    numbers = {
        f"validation {key.removeprefix('probe/')} accuracy": value
        for key, value in (probes[-1] if probes else {}).items()
        if key.startswith("probe/")
    }
    return ModelFacts(
        method=config.objective.paradigm,
        seed=config.train.seed,
        epochs=config.train.epochs,
        data=[{"name": Path(path).name, "splits": config.splits, "license": meta.license} for path in config.data],
        license=meta.license,
        protocol=f"pre-training, {config.objective.paradigm}, seed {config.train.seed}, {config.train.epochs} epochs; "
        "numbers below are on the validation split",
        metrics=numbers,
    )
