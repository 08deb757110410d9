"""The model folder: ``model.safetensors``, ``config.json`` and a model card. The hub holds the same."""

import hashlib
import json
import warnings
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from pointrecon import __version__
from pointrecon.documents import read_json
from pointrecon.errors import InputError, did_you_mean, require
from pointrecon.files import whole_folder
from pointrecon.lock import alone
from pointrecon.models.facts import ModelFacts
from pointrecon.models.files.card import model_card
from pointrecon.models.files.ready import READY, check_ready, ready_folder
from pointrecon.models.files.released import check_size, load_released, model_from
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import ModelConfig
from pointrecon.models.plus.plus_clouds import is_colored
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.readable import printable

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
IN_RUN = "model"  # a run folder's finished model
CHECKPOINTS = (".pth", ".pt", ".ckpt", ".bin")
PLUS = "recon++"  # the family that a folder names; one that names none is of ReCon
_HUB = "hub:"
_LOOKED = 1000  # folders among which one like a mistyped one is looked for


def save_model(model: ReconModel | ReconPlusModel, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a model folder, whole or not at all, with the model's facts and a card made from them.

    Raises:
        InputError: when the folder exists, unless it is a model folder and ``overwrite`` says to replace it; or another
            process is writing there.
    """
    folder = Path(folder)
    with alone(folder, f"the model '{folder}'"):
        _write(model, folder, overwrite)
    return folder


def _write(model: ReconModel | ReconPlusModel, folder: Path, overwrite: bool) -> None:
    if folder.exists() and not overwrite:
        raise InputError(f"'{folder}' exists already; choose another folder or pass overwrite")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / CONFIG).is_file())):
        raise InputError(f"'{folder}' is not a model folder, so it is not overwritten; choose another")
    content = {
        "format": "pointrecon",
        "version": __version__,
        **({"family": PLUS, "kind": model.config.kind} if isinstance(model, ReconPlusModel) else {}),
        "model": asdict(model.config),
        "input": {
            "points": model.config.points,
            "scaling": "mean 0, largest radius 1",
            "up": model.config.up,
            "colors": "0 to 1, gray (0.4) where there are none" if is_colored(model) else "none",
        },
        "facts": asdict(model.facts),
    }
    with whole_folder(folder) as part:
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
        save_file(state, part / WEIGHTS, metadata={"format": "pt"})
        content["weights_sha256"] = _sum(part / WEIGHTS)
        (part / CONFIG).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        (part / CARD).write_text(model_card(model), encoding="utf-8")


def load_model(path: str | Path, *, revision: str | None = None, **overrides: Any) -> ReconModel | ReconPlusModel:
    """A model, ready to use: ReCon's, or ReCon++'s.

    Args:
        path: a model folder, a run folder (its finished model), a released ``.pth``, "hub:owner/name", or the name of a
            model that comes along ("made-nano"), unless something here has that name: it wins, with a warning.
        revision: branch, tag or commit, of a model on the hub.
        **overrides: for a released checkpoint, settings its weights do not tell (``points``, ``patches``); for a
            model folder the same change how many points and patches are used.

    Raises:
        InputError: when there is nothing to load, or it is damaged, unsafe or does not fit.
    """
    if str(path).startswith(_HUB):
        where = _from_hub(str(path).removeprefix(_HUB), revision)
    elif revision is not None:
        raise InputError(f"'{path}' is on this machine and has no revision; only '{_HUB}owner/name' does")
    elif Path(path).suffix in CHECKPOINTS:
        return load_released(path, **overrides)
    else:
        where = model_folder(path)
        if str(path) in READY and where == ready_folder(str(path)):
            check_ready(str(path))
        elif str(path) in READY:
            warnings.warn(
                f"'{path}' is the model in the folder '{where.absolute()}', not the one of that name that comes along; "
                "write './' before it to say so, or rename the folder to have the other",
                stacklevel=2,
            )
    config_file = where / CONFIG
    try:
        content = read_json(config_file)
        settings, facts = dict(content["model"]), dict(content.get("facts") or {})
    except FileNotFoundError:
        raise InputError(f"'{path}' holds no model (no {CONFIG})") from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{config_file}' is damaged ({error}); restore the folder") from None
    family = content.get("family", "")
    if family not in ("", PLUS):
        raise InputError(f"'{config_file}' is of a family that this version does not know: use a newer pointrecon")
    kind = PlusConfig if family else ModelConfig
    try:
        model_config, model_facts = kind.from_dict(settings), ModelFacts.from_dict(facts)
    except InputError as error:
        raise InputError(f"'{config_file}': {error}") from None
    if overrides:
        model_config = kind.from_dict({**settings, **overrides})
    try:
        _check_size(model_config, where)
        if (told := content.get("weights_sha256")) and told != _sum(where / WEIGHTS):
            raise InputError(
                f"'{where / WEIGHTS}' is damaged, or not the file that {CONFIG} tells of; restore the folder (if you "
                f"changed the weights on purpose, take 'weights_sha256' out of {CONFIG})"
            )
        state = load_file(where / WEIGHTS)
    except FileNotFoundError:
        raise InputError(f"'{where}' has no {WEIGHTS}; restore the folder") from None
    except SafetensorError as error:
        raise InputError(f"'{where / WEIGHTS}' is damaged ({error}); restore the folder") from None
    model = model_from(model_config, state, where / WEIGHTS)
    model.facts = model_facts
    return model


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _check_size(config: ModelConfig | PlusConfig, folder: Path) -> None:
    """Compare a configuration with the weights' header, before anything of the size it says is made or read."""
    with safe_open(folder / WEIGHTS, "pt") as file:
        state = {name: torch.empty(file.get_slice(name).get_shape(), device="meta") for name in file.keys()}  # noqa: SIM118
    check_size(config, state, folder / WEIGHTS, folder / CONFIG)


def model_folder(path: str | Path) -> Path:
    """The model folder that a path means: itself, the finished model of a run folder, or a model that comes along.

    Raises:
        InputError: for anything else.
    """
    where = Path(path)
    if str(path) in READY and not where.exists():
        return ready_folder(str(path))
    for folder in (where, where / IN_RUN):
        if (folder / CONFIG).is_file():
            return folder
    if not where.exists():
        raise InputError(f"there is no model '{path}': no such run or folder is here; {_instead(where)}")
    if where.suffix.lower() == ".onnx":
        raise InputError(f"'{path}' is an ONNX file: open it with pointrecon.OnnxModel, or give what it was made of")
    unfinished = sorted(where.glob("models/epoch-*"))
    hint = f"; the newest it has kept is '{unfinished[-1]}'" if unfinished else ""
    hint += f"; rename it to have the model '{path}' that comes along" if str(path) in READY else ""
    raise InputError(f"'{path}' is no model folder (no {CONFIG}), no finished run and no .pth checkpoint{hint}")


def _instead(where: Path) -> str:
    """What a model that is not there may be meant to be: one beside it or that comes along, or one on the hub."""
    name, beside = str(where), list[str]()
    with suppress(OSError):
        every = islice(where.parent.iterdir(), _LOOKED)
        beside = [str(one) for one in every if any((one / inside / CONFIG).is_file() for inside in ("", IN_RUN))]
    meant = did_you_mean(name, [*beside, *READY])
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        hub = f"a model on the hub is written '{_HUB}{name}'"
        return f"{meant} ({hub})" if meant else hub
    return meant or "give a folder, a .pth file or a name of 'pointrecon models'"


def _from_hub(name: str, revision: str | None) -> Path:
    hub = require("huggingface_hub", "hub")
    try:
        return Path(hub.snapshot_download(name, revision=revision, allow_patterns=[WEIGHTS, CONFIG, CARD]))
    except Exception as error:  # the hub's errors have no common base; all mean "not to be had"
        at = f" at revision '{revision}'" if revision else ""
        raise InputError(
            f"the hub does not give '{name}'{at} ({type(error).__name__}); check the name, the network or your token"
        ) from None


def convert(checkpoint: str | Path, out: str | Path, *, overwrite: bool = False, **overrides: Any) -> Path:
    """Turn a released ``.pth`` into our model folder ``out``: :func:`load_model`, then :func:`save_model`."""
    model = load_released(checkpoint, **overrides)
    name = printable(Path(checkpoint).name).replace("`", "")
    learned = (
        "The released ReCon++ models learned from OpenShape's shapes (Objaverse, ShapeNet, ABO, 3D-FUTURE)"
        if isinstance(model, ReconPlusModel)
        else "The released ReCon models were pre-trained on ShapeNet-55"
    )
    model.facts.notes = (
        f"Converted from the released-layout checkpoint `{name}`. {learned}; data and license are the checkpoint's own."
    )
    return save_model(model, out, overwrite=overwrite)
