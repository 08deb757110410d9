"""What a model's weights come from: the facts that travel with it, and the hash that names it."""

import hashlib
import math
from dataclasses import dataclass, field, fields
from pathlib import PureWindowsPath
from typing import Any

import torch

from pointrecon.errors import InputError

CALIBRATED = {"naming": "temperature of a softmax over the cosines of a shape's text query and names"}


@dataclass
class ModelFacts:
    """Kept in the model folder's ``config.json`` and written on the card; records take identity from here.

    As models are handed on, names of tables lose the folders they were in.
    """

    method: str = ""  # how it learned: "recon", "finetune/full" and the like; empty for random weights
    group: str = ""  # what differs from it in seeds alone ("recon nano"); empty where nobody said
    seed: int | None = None  # of pre-training; None where there is none
    epochs: int = 0  # of training, 0 for none
    steps: int = 0  # of training (updates), 0 for none
    origin: str = ""  # `weights_hash` of the weights it began as; empty for random ones
    # what it learned from, oldest first, each with "name", "fingerprint", "splits" and "license"
    data: list[dict[str, Any]] = field(default_factory=list)
    # kinds of shapes whose names it was taught, oldest first: what groups may be called where nobody says
    categories: list[str] = field(default_factory=list)
    protocol: str = ""  # how an epoch was chosen and a number made, for people
    license: str = ""  # of the weights; empty where nobody said
    metrics: dict[str, float] = field(default_factory=dict)  # name → value, measured on the way
    # what makes its confidences fit, measured on validation shapes; see `CALIBRATED`
    calibration: dict[str, float] = field(default_factory=dict)
    notes: str = ""  # anything else a stranger must know

    def __post_init__(self) -> None:
        if isinstance(self.data, list):
            self.data = [one | {"name": _bare(one["name"])} if "name" in one else one for one in self.data]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ModelFacts":
        """From plain values, as written to ``config.json``; InputError for a fact this version does not know."""
        if unknown := values.keys() - {f.name for f in fields(cls)}:
            raise InputError(f"'{min(unknown)}' is no fact of a model that this version knows; use a newer pointrecon")
        categories, calibration = values.get("categories", []), values.get("calibration", {})
        if not isinstance(categories, list) or not all(isinstance(one, str) and one.strip() for one in categories):
            raise InputError("'categories' of a model's facts must be a list of names; mend it or take it out")
        if not isinstance(calibration, dict):
            raise InputError(f"'calibration' of a model's facts is {calibration!r}, not numbers by name; take it out")
        if unknown := calibration.keys() - CALIBRATED.keys():
            raise InputError(f"'{min(unknown)}' is nothing that this version calibrates; use a newer pointrecon")
        for name, value in calibration.items():
            if type(value) not in (int, float) or not 0 < value < math.inf:
                raise InputError(f"'{name}' of a model's calibration must be a number above 0, not {value!r}")
        return cls(**values)


def _bare(name: Any) -> Any:
    """The name of a table's file, or of several joined by " + ", without folders; any other name as it is."""
    parts = str(name).split(" + ")
    bare = [PureWindowsPath(one).name if one.endswith((".lance", ".npz")) else one for one in parts]
    return " + ".join(bare) if isinstance(name, str) else name


def weights_hash(model: torch.nn.Module) -> str:
    """SHA-256 of a model's weights and their names, in hexadecimal digits."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
