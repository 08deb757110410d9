"""Sentences a reader of a number should know: shapes seen before, points repeated."""

from collections.abc import Iterable

import numpy as np
import torch

from pointrecon.models.facts import weights_hash
from pointrecon.models.files.folder import load_model
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.table.collection import Shapes


def cautions(
    model: torch.nn.Module | None, fingerprint: str, shapes: Shapes, index: np.ndarray | slice, points: int
) -> list[str]:
    """What to say beside a result, or nothing; ``points`` are those the model is given.

    Args:
        model: as it was loaded, with what it learned from in ``model.facts``; None for random weights.
        fingerprint: of the shapes, all splits together.
        index: places of the shapes measured on.
    """
    notes = begun_as(model) + seen_before(model, fingerprint, shapes.split[index].tolist())
    if shapes.size < points:
        notes.append(f"the table has {shapes.size} points a shape: they were repeated up to {points}")
    return notes


def begun_as(model: torch.nn.Module | None) -> list[str]:
    """A note where pre-training began from weights that had learned already."""
    facts = getattr(model, "facts", None)
    if facts is None or not facts.origin or "/" in facts.method:  # "finetune/full": what else would it begin from
        return []
    ready = facts.origin == weights_hash(load_model(READY_MODEL))
    named = f"of {READY_MODEL}" if ready else f"that had learned before (their hash begins with {facts.origin[:8]})"
    return [f"the model's training began from the weights {named}"]


def seen_before(model: torch.nn.Module | None, fingerprint: str, tested: Iterable[str]) -> list[str]:
    """A note where the model learned from the split of these shapes that is measured on."""
    facts = getattr(model, "facts", None)
    for data in facts.data if facts is not None else ():
        held_out = "split_seed" in data  # by that seed, in shapes without splits
        if data.get("fingerprint") == fingerprint and not held_out and set(tested) & set(data.get("splits", ())):
            return ["the model learned from the test shapes too: their split was among its training data"]
    return []
