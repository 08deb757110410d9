"""The settings, the folder and the source of a fine-tuning that begins or goes on."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import resolve_model
from pointrecon.models.files.folder import load_model
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import model_config, size_names
from pointrecon.settings import resolve, resumed
from pointrecon.training.run_folder import RunFolder
from pointrecon.transfer.transfer_config import TransferConfig
from pointrecon.transfer.transfer_way import C, Transfer

START = "start"  # in a run folder: the model it began from, so that the run goes on from its folder alone


def opened(
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


def source_model(config: TransferConfig, model: Any, folder: RunFolder | None) -> ReconModel:
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
