"""Models that are measured beside one another: what they are called, and whether they were pre-trained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import torch

from pointrecon.errors import InputError
from pointrecon.evaluation.damage import has_head
from pointrecon.evaluation.inputs import identity_of, resolve_model
from pointrecon.evaluation.probing import untrained_twin
from pointrecon.evaluation.views_model import weights_of
from pointrecon.models.facts import weights_hash


@dataclass(frozen=True)
class Contender:
    """One of them."""

    name: str  # path, or class name of a module; different for each that is no twin
    weights: str  # "pre-trained", "untrained" or "picture teacher", as in a record
    module: torch.nn.Module
    mark: str  # a hash of its weights; of a twin those of seed 0
    twin: bool = False  # its architecture with random weights is measured in its place, other ones for every seed

    def of(self, seed: int) -> torch.nn.Module:
        """The model to measure with this seed."""
        return untrained_twin(self.module, seed) if self.twin else self.module

    def identity(self, model: torch.nn.Module) -> dict[str, Any]:
        """The fields of a record for a model from `of`."""
        group = identity_of(self.module, self.name)["group"]
        return {**identity_of(model, self.name), "group": group, "weights": self.weights}


def contenders(models: Sequence[str | Path | torch.nn.Module], *, untrained: bool = False) -> list[Contender]:
    """Load models; with ``untrained`` the first one's architecture with random weights comes last.

    InputError for a model that cannot be loaded or is given twice, or an untrained twin of a model with a head.
    """
    every: list[Contender] = []
    found = [resolve_model(model) for model in models]
    times = Counter(name for _, name in found)
    for number, (module, name) in enumerate(found, 1):
        if times[name] > 1 and not isinstance(models[number - 1], torch.nn.Module):
            raise InputError(f"'{name}' is given twice; compare it with another model")
        name = f"{name} {number}" if times[name] > 1 else name
        every.append(Contender(name, weights_of(module), module, weights_hash(module)[:16]))
    if untrained:
        first = every[0]
        if has_head(first.module):
            raise InputError(
                f"'{first.name}' has a head, which means nothing with random weights; fine-tune one with "
                "--from-scratch and give it as --against"
            )
        mark = weights_hash(untrained_twin(first.module, 0))[:16]  # tells architectures apart, whatever the seed
        every.append(Contender(first.name, "untrained", first.module, mark, twin=True))
    return every


def labels_of(models: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(name, weights) of models, as records have them → short names: the last folders that tell them apart.

    "runs/parts/model" is "parts", "recon.pth" is "recon"; the untrained one of a model there too "untrained".
    """
    twins = [(name, weights) for name, weights in models if weights == "untrained" and (name, "pre-trained") in models]
    places = {name: _place(name) for name, weights in models if (name, weights) not in twins}
    short: dict[str, str] = {}
    for name, parts in places.items():
        ends = (parts[-count:] for count in range(1, len(parts) + 1))
        alone = (end for end in ends if [p[-len(end) :] for p in places.values()].count(end) == 1)
        short[name] = "/".join(next(alone, parts))
    labels = {(name, weights): short[name] for name, weights in models if name in short}
    for twin in twins:
        labels[twin] = "untrained twin" if "untrained" in labels.values() else "untrained"
    return labels


def _place(name: str) -> tuple[str, ...]:
    path = PurePosixPath(Path(name).absolute().as_posix())
    inside = path.name == "model" or path.suffix in (".pth", ".pt", ".ckpt")
    return path.parent.parts if path.name == "model" else path.with_suffix("").parts if inside else path.parts
