"""Find a teacher's folder: a short name, a hub id or a local folder; downloads say what and how much."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointrecon import documents
from pointrecon.errors import InputError, did_you_mean, first_line, require

IMAGE_MODELS = {
    "clip": "openai/clip-vit-base-patch32",
    "siglip2": "google/siglip2-base-patch16-224",
    "vit-in21k": "google/vit-base-patch16-224-in21k",
    "dinov2": "facebook/dinov2-base",
}
IMAGE_TEACHERS = ("multiview", "imagenet", *IMAGE_MODELS)  # by name, the first two without a hub
TEXT_MODELS = {key: IMAGE_MODELS[key] for key in ("clip", "siglip2")}

_SMALL = ["*.json", "*.txt", "*.model"]  # configurations and tokenizers
_log = logging.getLogger("pointrecon")


@dataclass(frozen=True)
class Source:
    """Where a teacher comes from: `spec` finds it again, `model` is for people."""

    name: str
    model: str
    spec: str
    folder: Path

    def info(self, width: int) -> dict[str, Any]:
        """What is recorded beside features of this width: which weights made them."""
        return {"model": self.model, "spec": self.spec, "sha256": weights_hash(self.folder), "width": width}


def find_model(spec: str | Path, known: dict[str, str], builtin: tuple[str, ...], kind: str) -> Source:
    """The folder of a `transformers` model by a key of `known`, a hub id or a local folder, downloaded if need be.

    `builtin` names, which are no hub models, and the `kind`, such as "image teacher", are for messages.

    Raises:
        InputError: an unknown name, a folder without a model, or the hub is out of reach.
    """
    text = str(spec)
    if Path(text).is_dir():
        folder = Path(text).resolve()
        if not (folder / "config.json").is_file():
            raise InputError(f"'{text}' is no model folder: it has no config.json; pass a folder like the hub's")
        return Source(_feature_name(folder.name), text, str(folder), folder)
    if text in known:
        return Source(text, known[text], text, _download(known[text]))
    looks_like_id = text.count("/") == 1 and not text.startswith((".", "/", "~")) and not text.endswith("/")
    if looks_like_id:
        return Source(_feature_name(text.replace("/", "--")), text, text, _download(text))
    names = [*builtin, *known]
    hint = did_you_mean(text, names, f"use {', '.join(names)}, a hub id (owner/name) or a folder", cutoff=0.5)
    raise InputError(f"there is no {kind} '{text}'; {hint}")


def weights_hash(folder: Path) -> str:
    """SHA-256 over the folder's weight files, in the order of their names."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()


def weight_files(folder: Path) -> list[Path]:
    """The files `transformers` reads weights from: safetensors, or else PyTorch files."""
    return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def load_weights(folder: Path, model: str) -> Any:
    """The `transformers` model in a folder, in evaluation mode, frozen, float32.

    Only tensors are read (safetensors, or PyTorch files with ``weights_only``), no code from the folder ever runs.

    Raises:
        InputError: no weights, damaged or unsafe ones, or a model type that `transformers` does not know.
    """
    transformers = require("transformers", "teachers")
    if not weight_files(folder):
        raise InputError(f"'{model}' has no weights (model.safetensors): download the whole model folder again")
    try:
        with _quiet(transformers):
            network = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, weights_only=True, dtype="float32"
            )
    except (ValueError, KeyError) as error:  # an unknown model type, or one that brings its own code
        raise InputError(f"'{model}' is not a model that transformers can load: {first_line(error)}") from error
    except Exception as error:
        raise InputError(
            f"the weights of '{model}' are damaged, or hold more than tensors, and were not loaded "
            f"({first_line(error)}): download the model again"
        ) from error
    return network.eval().requires_grad_(False)


def load_tokenizer(folder: Path, model: str) -> Any:
    """The tokenizer in a model folder. Raises InputError where it is missing or damaged."""
    transformers = require("transformers", "teachers")
    try:
        with _quiet(transformers):
            return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise InputError(
            f"'{model}' has no tokenizer that loads ({first_line(error)}): a text teacher needs its files"
        ) from error


def read_json(path: Path) -> dict:
    """A JSON file of a model folder, empty where there is none. Raises InputError where it is damaged."""
    if not path.is_file():
        return {}
    try:
        return dict(documents.read_json(path))
    except (ValueError, TypeError) as error:
        raise InputError(f"'{path}' is damaged: download the model again") from error


def _download(model: str) -> Path:
    hub = require("huggingface_hub", "teachers")
    try:
        folder = Path(hub.snapshot_download(model, local_files_only=True))
        if weight_files(folder) and (folder / "config.json").is_file():
            return folder
    except (OSError, ValueError):  # not downloaded before
        pass
    remedy = f"cannot reach the hub for '{model}': pass a local folder that holds the model"
    if os.environ.get("HF_HUB_OFFLINE", "0").upper() in ("1", "ON", "YES", "TRUE"):
        raise InputError(f"{remedy}, or unset HF_HUB_OFFLINE")
    try:
        sizes = {s.rfilename: s.size or 0 for s in hub.HfApi().model_info(model, files_metadata=True).siblings or []}
    except hub.errors.RepositoryNotFoundError as error:
        raise InputError(f"the hub has no model '{model}', or it needs a login: check the id") from error
    except Exception as error:
        raise InputError(f"{remedy}, or mend the connection ({first_line(error)})") from error
    safe = any(name.startswith("model") and name.endswith(".safetensors") for name in sizes)
    weights = "model*.safetensors" if safe else "pytorch_model*.bin"
    wanted = [n for n in sizes if "/" not in n and n.startswith(weights.split("*")[0]) and n.endswith(weights[-4:])]
    _log.warning("downloading %s from the hub, about %.0f MB", model, sum(sizes[n] for n in wanted) / 1e6)
    try:
        return Path(hub.snapshot_download(model, allow_patterns=[*_SMALL, weights]))
    except Exception as error:
        raise InputError(f"{remedy}, or try again: what has arrived is kept ({first_line(error)})") from error


def _feature_name(text: str) -> str:
    return "".join(c if (c.isascii() and c.isalnum()) or c in "._-" else "-" for c in text).strip("-.") or "model"


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    # unused heads are expected here; the library would list every one of them
    level = transformers.logging.get_verbosity()
    bars = transformers.utils.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(level)
        if bars:
            transformers.utils.logging.enable_progress_bar()
