"""The model folder: ``model.safetensors``, ``config.json`` and a model card. The hub holds the same."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from pointrecon import __version__
from pointrecon.errors import InputError, require
from pointrecon.files import whole_folder
from pointrecon.models.facts import ModelFacts
from pointrecon.models.files.card import model_card
from pointrecon.models.files.released import fill, load_released
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import ModelConfig

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
_CHECKPOINTS = (".pth", ".pt", ".ckpt", ".bin")


def save_model(
    model: ReconModel, folder: str | Path, *, card: dict[str, Any] | None = None, overwrite: bool = False
) -> Path:
    """Write a model folder, whole or not at all.

    Args:
        model: the model.
        folder: where; refused when it exists, unless ``overwrite``.
        card: facts for the model card: ``data``, ``license``, ``protocol``, ``numbers``, ``notes``.
        overwrite: replace an existing model folder.

    Raises:
        InputError: when the folder exists.
    """
    folder = Path(folder)
    if folder.exists() and not overwrite:
        raise InputError(f"'{folder}' exists already; choose another folder or pass overwrite")
    if folder.exists() and any(folder.iterdir()) and not (folder / CONFIG).is_file():
        raise InputError(f"'{folder}' is not a model folder, so it is not overwritten; choose another")
    content = {"format": "pointrecon", "version": __version__, "model": model.config.to_dict()}
    content["facts"] = model.facts.to_dict()
    with whole_folder(folder) as part:
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
        save_file(state, part / WEIGHTS, metadata={"format": "pt"})
        (part / CONFIG).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        (part / CARD).write_text(model_card(model, card or {}), encoding="utf-8")
    return folder


def load_model(path: str | Path, **overrides: Any) -> ReconModel:
    """A model, ready to use, from a model folder, a released ``.pth`` or a hub name ("owner/name").

    Args:
        path: where the model is.
        **overrides: for a released checkpoint, settings its weights do not tell (``points``, ``patches``); for a
            model folder the same change how many points and patches are used.

    Raises:
        InputError: when there is nothing to load, or it is damaged, unsafe or does not fit.
    """
    where = Path(path)
    if where.suffix in _CHECKPOINTS:
        return load_released(where, **overrides)
    if not where.exists() and str(path).count("/") == 1 and not str(path).startswith((".", "/")):
        where = _from_hub(str(path))
    config_file = where / CONFIG
    if not config_file.is_file():
        run = where / "model"
        hint = f"; did you mean '{run}'?" if (run / CONFIG).is_file() else ""
        raise InputError(f"'{path}' is neither a model folder (no {CONFIG}) nor a .pth checkpoint{hint}")
    try:
        content = json.loads(config_file.read_text(encoding="utf-8"))
        settings, facts = dict(content["model"]), dict(content.get("facts") or {})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{config_file}' is damaged ({error}); restore the folder") from None
    model = ReconModel(ModelConfig.from_dict({**settings, **overrides}))
    try:
        state = load_file(where / WEIGHTS)
    except FileNotFoundError:
        raise InputError(f"'{where}' has no {WEIGHTS}; restore the folder") from None
    except SafetensorError as error:
        raise InputError(f"'{where / WEIGHTS}' is damaged ({error}); restore the folder") from None
    fill(model, state, where / WEIGHTS)
    model.facts = ModelFacts.from_dict(facts)
    return model.eval()


def _from_hub(name: str) -> Path:
    hub = require("huggingface_hub", "hub")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=[WEIGHTS, CONFIG, CARD]))
    except Exception as error:  # the hub's errors have no common base; all mean "not to be had"
        raise InputError(
            f"there is no folder '{name}', and the hub does not give it either "
            f"({type(error).__name__}); check the name, the network or your token"
        ) from None


def convert(checkpoint: str | Path, out: str | Path, *, overwrite: bool = False, **overrides: Any) -> Path:
    """Turn a released ``.pth`` into our model folder with a model card.

    Args:
        checkpoint: the released file.
        out: the folder to write.
        overwrite: replace an existing model folder.
        **overrides: settings the weights do not tell (``points``, ``patches``).

    Raises:
        InputError: see :func:`load_model` and :func:`save_model`.
    """
    model = load_released(checkpoint, **overrides)
    card = {
        "data": "as the released checkpoint's own; the released ReCon models were pre-trained on ShapeNet-55",
        "license": "the checkpoint's own license applies",
        "notes": f"Converted from the released-layout checkpoint `{Path(checkpoint).name}`.",
    }
    return save_model(model, out, card=card, overwrite=overwrite)
