"""Pre-train on shapes, or resume: data, task, loop, probe and model folder put together."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, Stopped
from pointrecon.models.facts import ModelFacts
from pointrecon.models.files.folder import save_model
from pointrecon.models.model import ReconModel
from pointrecon.models.plus.plus_clouds import is_colored
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.parser import READY_MODEL
from pointrecon.progress import plural
from pointrecon.readable import readable
from pointrecon.screen import say
from pointrecon.settings import resolve, resumed
from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.batches import check_smallest
from pointrecon.training.feature_spread import spread_of
from pointrecon.training.first_weights import FEW, begin, begins_with, first_model
from pointrecon.training.loop import Outcome, fit
from pointrecon.training.objective import model_for
from pointrecon.training.pretrain_config import PretrainConfig, group_of
from pointrecon.training.pretrain_task import PretrainTask
from pointrecon.training.processes import leave, make_fabric
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.training_data import choose_teachers, make_set, share_of
from pointrecon.training.validation import validation_probe


def pretrain(
    data: Any = None,
    out: str | Path | None = None,
    *,
    recipe: str | Path | None = None,
    init: str | Path = "",
    resume: bool = False,
    overwrite: bool = False,
    config: PretrainConfig | None = None,
    **settings: Any,
) -> Outcome:
    """Pre-train a ReCon or ReCon++ model and write its run folder (``out/model`` is the model folder).

    Args:
        data: shapes, as `pointrecon.as_shapes` takes them: a table, a folder of files, arrays, or a list of these.
        out: the run folder.
        recipe: a recipe's name or a YAML file.
        init: a model to start the weights from; "none" for random ones. Left out, the model that comes along where
            shapes are few and it fits (see :func:`pointrecon.training.first_weights.begins_with`).
        resume: go on with the run in ``out``, with its own settings. ``data`` is only needed where it is no longer
            where it was.
        overwrite: start afresh where a run is already.
        config: settings to begin with instead of the defaults.
        **settings: nested, over recipe and config, for instance ``model={"size": "nano"}, train={"epochs": 20}``.

    Returns:
        how it ended; ``finished`` is False where ``train.stop_after`` ended it.

    Raises:
        InputError: for bad settings, data that does not fit, a loss that is not finite, a folder in use, or one
            that another process is writing.
        Stopped: by Ctrl-C or SIGTERM, with a checkpoint written; ``resume`` goes on.
    """
    out = str(out or (config.out if config else ""))
    parts = [] if data is None else list(data) if isinstance(data, list | tuple) else [data]
    if not (parts or resume or (config and config.data)):
        raise InputError("name at least one shape table to learn from, for instance parts.lance")
    if not out:
        raise InputError("name the run folder to write or to go on with, for instance -o runs/parts")
    places = {"data": [_place(part) for part in parts]} if parts else {}
    folder = RunFolder(out)
    with folder.alone():
        if resume:
            folder.reopen()
        resume = resume and (not parts or folder.exists)  # one that was stopped before it began starts anew
        if resume:
            saved = folder.config() | {"out": out} | places
            config = resumed(PretrainConfig, "pretrain", saved, recipe=recipe, overrides=settings)
        else:
            given = {**settings, **places, "out": out} | ({"init": init} if init else {})
            config = resolve(PretrainConfig, "pretrain", config=config, recipe=recipe, overrides=given)
        config = replace(config.settled(), data=[_place(part) for part in config.data])
        parts = parts or config.data
        shapes, each = _opened(parts, folder if resume else None)
        if not resume:
            count = len(shapes.in_split(*config.splits))
            config = replace(config, init=begins_with(config, round(config.fraction * count)))
            config = replace(config, group=config.group or group_of(config, str(recipe or "")))
        return _run(config, shapes, each, folder, resume, overwrite)


def _place(part: Any) -> str:
    """What the run's settings call some shapes: their absolute path, or a name."""
    if isinstance(part, str | Path):
        return str(part) if "://" in str(part) else str(Path(part).absolute())
    return str(getattr(part, "path", "") or getattr(part, "name", "") or "arrays in memory")


def _opened(parts: list[Any], run: RunFolder | None) -> tuple[Shapes, list[Shapes]]:
    """All shapes together, and those of each part."""
    try:
        each = [as_shapes(part).by_people() for part in parts]
        return (each[0] if len(each) == 1 else as_shapes(parts).by_people()), each
    except InputError as error:
        if run is None:
            raise
        raise InputError(f"{error}; if the shapes are elsewhere now, go on with --data PLACE -o {run.path}") from None


def _run(
    config: PretrainConfig, shapes: Shapes, parts: list[Shapes], folder: RunFolder, resume: bool, overwrite: bool
) -> Outcome:
    chosen, teachers = choose_teachers(shapes, config.objective)
    if config.objective.contrasts:
        goal = replace(config.objective, image=chosen.get("image", "none"), text=chosen.get("text", "none"))
        config = replace(config, objective=goal)
    model_config = model_for(config.objective, config.model.resolve(), teachers)
    seen = shapes.select(shapes.in_split(*config.splits))
    if len(seen) == 0:
        have = ", ".join(repr(name) for name in shapes.splits)
        raise InputError(f"no shape is in the splits {config.splits} (the table has {have}); set splits")
    if config.fraction < 1:
        seen = seen.select(share_of(len(seen), config.fraction, seed=config.train.seed, least=config.train.batch_size))

    both = config.objective.contrasts and config.objective.reconstructs
    fabric = make_fabric(config.train, unused_parameters=not both)
    active = fabric.global_rank == 0
    if config.objective.self_contrast:
        why = "objective.self_contrast compares the shapes of a batch"
        check_smallest(why, len(seen), config.train.batch_size, fabric.world_size)
    if active and not resume:
        folder.check(overwrite=overwrite)  # before shapes are read for minutes
    model = first_model(config, model_config)
    learned = [_learned(part, config) for part in parts]
    model.facts = ModelFacts(
        config.objective.paradigm, config.group, config.train.seed, data=learned,
        categories=_categories(seen) if chosen.get("text", "").startswith("text/") else [],
    )  # fmt: skip
    begun = bool(config.init) or config.blocks != "none"
    if not (resume and folder.checkpoint_files()):  # else the folder has the weights
        begin(model, config)
    if active:
        _announce(config, model, seen, len(shapes), chosen)
    fingerprint, probe = seen.fingerprint([*chosen.values()]), validation_probe(shapes)
    training = make_set(
        seen, model_config, chosen, fabric.device,
        hold=config.train.hold, rotate=config.augment.rotate, targets=config.objective.targets, active=active,
    )  # fmt: skip
    license = shapes.meta.license
    goal = config.objective
    spreads = {
        kind: spread_of(seen, key, goal.targets, unit=config.model.plus)
        for kind, key in chosen.items()
        if goal.standardizes(kind)
    }
    del shapes, seen, parts  # what is held on the device need not stay in the host's memory
    if active and not resume:
        folder.create(asdict(config), overwrite=overwrite)
    fabric.barrier()
    task = PretrainTask(model, config.objective, config.augment, spreads)
    try:
        outcome = fit(
            task, training, config.optim, config.train, folder, fabric,
            fingerprint=fingerprint, probe=probe, keep_start=begun,
        )  # fmt: skip
    except Stopped:
        leave(fabric)
        raise
    if outcome.finished and active:
        model.facts = _facts(config, model.facts, license, outcome.step, folder)
        save_model(model.cpu().eval(), folder.model_folder, overwrite=True)
        folder.finish()
        say(f"model folder: {folder.model_folder}", file=sys.stderr)
    leave(fabric)
    return outcome


def _learned(shapes: Shapes, config: PretrainConfig) -> dict[str, Any]:
    splits = [name for name in shapes.splits if name in config.splits]
    return {
        "name": shapes.name, "fingerprint": shapes.fingerprint(), "splits": splits, "license": shapes.meta.license,
    }  # fmt: skip


def _categories(shapes: Shapes) -> list[str]:
    """The classes that shapes are of, as a text teacher reads them."""
    label: np.ndarray = shapes.label
    spoken = (readable(shapes.meta.classes[i]) for i in np.unique(label[label >= 0]).tolist())
    return [*dict.fromkeys(name for name in spoken if name)]


def _announce(
    config: PretrainConfig, model: ReconModel | ReconPlusModel, seen: Shapes, total: int, chosen: dict[str, str]
) -> None:
    count = sum(p.numel() for p in model.parameters())
    teachers = ", ".join(chosen.values()) or "none"
    share = f" ({config.fraction:g} of those to train on)" if config.fraction < 1 else ""
    lines = [
        f"{len(seen)} of {total} shapes{share} from {', '.join(config.data)}; teachers: {teachers}",
        f"{config.objective.paradigm}, {model.config.size} ({count / 1e6:.2f} million parameters), "
        f"{plural(config.train.epochs, 'epoch')} of batches of {config.train.batch_size}, seed {config.train.seed}"
        + (f", starting from {config.init}" if config.init else "")
        + (f", blocks of {config.blocks}" if config.blocks != "none" else ""),
    ]
    lines += seen.remarks
    if len(seen) < FEW:
        lines.append(_few(len(seen), config.init))
    if seen.size < model.config.points:
        lines.append(
            f"warning: clouds have {seen.size} points, the model takes {model.config.points}; points are repeated up"
        )
    for kind, key in chosen.items():
        without = int((~seen.has(key)).sum())
        if without:
            lines.append(f"{without} shapes have no {kind} feature and do not contribute to that loss")
    if isinstance(model, ReconPlusModel):
        lines += _of_plus(config, model, seen, chosen)
    say("\n".join(lines), file=sys.stderr)


def _of_plus(config: PretrainConfig, model: ReconPlusModel, seen: Shapes, chosen: dict[str, str]) -> list[str]:
    """What to know of a ReCon++ run: queries that nothing teaches, colors that are not there, shapes laid down."""
    told, each = [], config.objective.targets == "all"
    queries = {"image": model.config.image_queries, "text": model.config.text_queries}
    for kind in chosen if each else ():
        key = chosen[kind]
        views = 1 if key.startswith("image/") and kind == "text" else seen.feature_shapes[key][0]
        views = found[0].shape[1] if (found := seen.sentences(key)) else views
        if views < queries[kind]:
            told.append(
                f"a shape has {plural(views, 'feature')} '{key}' at most for {queries[kind]} {kind} queries, of which "
                f"so many learn in a step; --model.{kind}_queries {views} has no more"
            )
    for kind in ("image", "text"):
        if config.objective.contrasts and kind not in chosen:
            told.append(f"without a teacher of {kind}s nothing teaches the {queries[kind]} {kind} queries")
    if is_colored(model) and not (colored := seen.has("color")).all():
        none = int((~colored).sum())
        told.append(
            f"{plural(none, 'shape')} of {len(seen)} have no colors and are gray (model.channels 3 looks at none)"
        )
    if config.augment.lay_down:
        told.append(
            "warning: augment.lay_down lays shapes on their side while they are learned from, and nothing does "
            "where the model is used: upright shapes will be in a pose that it has not seen"
        )
    return told


def _few(count: int, init: str) -> str:
    """What to know where shapes are few."""
    if init:
        return (
            f"{count} shapes are few to learn from (below some {FEW}), so it goes on from '{init}' (--init none: from "
            "random weights); compare both with 'pointrecon probe'"
        )
    return (
        f"warning: {count} shapes are few to learn from: below some {FEW} a model may be no better than random weights "
        f"at finding neighbors; begin from the model that comes along (the same command with --init {READY_MODEL} "
        "--model.size nano --overwrite) or take it as it is ('pointrecon embed' needs no learning), and compare with "
        "'pointrecon probe', which measures random weights beside a model"
    )


def _facts(config: PretrainConfig, begun: ModelFacts, license: str, steps: int, folder: RunFolder) -> ModelFacts:
    probes = [line for line in folder.metrics() if any(key.startswith("probe/") for key in line)]
    last = probes[-1] if probes else {}
    return replace(
        begun, epochs=config.train.epochs, steps=steps, license=license,
        protocol=f"pre-training, {config.objective.paradigm}, seed {config.train.seed}, {config.train.epochs} epochs; "
        "numbers below are on the validation split",
        metrics={f"validation {key.removeprefix('probe/')} accuracy": value
                 for key, value in last.items() if key.startswith("probe/")},
    )  # fmt: skip
