"""Models that are measured beside one another: what they are called, and whether they were pre-trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from pointrecon.errors import InputError
from pointrecon.evaluation.damage import has_head
from pointrecon.evaluation.inputs import resolve_model
from pointrecon.evaluation.probing import untrained_twin
from pointrecon.evaluation.run_names import short_names
from pointrecon.models.facts import weights_hash
from pointrecon.training.run_folder import CONFIG, MODEL, RunFolder


@dataclass(frozen=True)
class Contender:
    """One of them.

    Attributes:
        label: short name, different for each: as few of its last folders as tell it from the others.
        name: path, or class name of a module.
        weights: "pre-trained" or "untrained", as in a record.
        module: the model.
        mark: a hash of its weights; of a twin those of seed 0.
        twin: its architecture with random weights is measured in its place, other ones for every seed.
    """

    label: str
    name: str
    weights: str
    module: torch.nn.Module
    mark: str
    twin: bool = False

    def of(self, seed: int) -> torch.nn.Module:
        """The model to measure with this seed."""
        return untrained_twin(self.module, seed) if self.twin else self.module


def contenders(models: Sequence[str | Path | torch.nn.Module], *, untrained: bool = False) -> list[Contender]:
    """Load models; with ``untrained`` the first one's architecture with random weights comes last.

    Raises:
        InputError: for a model that cannot be loaded, or an untrained twin of a model with a head.
    """
    found = [resolve_model(model) for model in models]
    names = [name for _, name in found]
    places = [_place(name) for name in names]
    shortest = short_names(places)
    labels = [shortest[place] for place in places]
    labels = [f"{label} {i + 1}" if labels.count(label) > 1 else label for i, label in enumerate(labels)]
    every = [
        Contender(label, name, _weights(name), module, weights_hash(module)[:16])
        for label, name, (module, _) in zip(labels, names, found, strict=True)
    ]
    if untrained:
        first = every[0]
        if has_head(first.module):
            raise InputError(
                f"'{first.name}' has a head, which means nothing with random weights; fine-tune one with "
                "--from-scratch and give it as --against"
            )
        mark = weights_hash(untrained_twin(first.module, 0))[:16]  # tells architectures apart, whatever the seed
        label = "untrained twin" if "untrained" in labels else "untrained"
        every.append(Contender(label, first.name, "untrained", first.module, mark, twin=True))
    return every


def _place(name: str) -> str:
    """ "model" in "runs/parts" → "/…/runs/parts", "recon.pth" → "recon"."""
    path = Path(name)
    return (path.absolute().parent if path.name == MODEL else path.with_suffix("")).as_posix()


def _weights(name: str) -> str:
    """As the run folder around the model tells: "untrained" where fine-tuning began with random weights."""
    run = Path(name).parent
    scratch = Path(name).name == MODEL and (run / CONFIG).is_file() and RunFolder(run).config().get("from_scratch")
    return "untrained" if scratch else "pre-trained"
