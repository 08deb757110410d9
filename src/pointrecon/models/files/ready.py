"""Models that come along with the package: their names, where they lie, and the hash that their weights have."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError

# name → SHA-256 of its model.safetensors
READY = {
    "made-nano": "7bc39ebb67a9055b688388b9a0aefe58aeb736256abe8e88b89e3ce2589e995f",
    "made-mini": "a6d8bb87a54da2cdae5b1099f0941d3de889403eee9d0e48a78ec630fff7d5e1",
}
_WEIGHTS = "model.safetensors"


def ready_folder(name: str) -> Path:
    """The model folder of a name in ``READY``."""
    return Path(str(files("pointrecon.models"))) / "ready" / name


def check_ready(name: str) -> None:
    """Raise InputError where the weights of a model that came along are missing or are others."""
    file = ready_folder(name) / _WEIGHTS
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise InputError(f"'{file}' is missing, which comes along with the package; install it again") from None
    if found != READY[name]:
        raise InputError(f"'{file}' is not the one that came along (SHA-256 {READY[name]}); install the package again")


def ready_models() -> list[dict[str, Any]]:
    """Of each: ``name``, ``size``, ``points``, ``width``, ``bytes``, ``license`` and ``notes``, as in its card."""
    told = []
    for name in READY:
        folder = ready_folder(name)
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model = {key: content["model"][key] for key in ("size", "points", "width")}
        facts = {key: content["facts"][key] for key in ("license", "notes")}
        told.append({"name": name, **model, "bytes": (folder / _WEIGHTS).stat().st_size, **facts})
    return told
