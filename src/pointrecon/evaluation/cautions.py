"""Sentences a reader of a number should know: shapes seen before, points repeated."""

from collections.abc import Iterable

import torch


def cautions(
    model: torch.nn.Module | None, fingerprint: str, tested: Iterable[str], *, have: int, wanted: int
) -> list[str]:
    """What to say beside a result, or nothing.

    Args:
        model: as it was loaded, with what it learned from in ``model.facts``; None for random weights.
        fingerprint: of the shapes, all splits together.
        tested: the splits of the shapes measured on ("" for shapes of none).
        have: points a shape of the table has.
        wanted: points the model is given.
    """
    return [*seen_before(model, fingerprint, tested), *repeated(have, wanted)]


def seen_before(model: torch.nn.Module | None, fingerprint: str, tested: Iterable[str]) -> list[str]:
    """A note where the model learned from the split of these shapes that is measured on."""
    facts = getattr(model, "facts", None)
    for data in facts.data if facts is not None else ():
        held_out = "split_seed" in data  # by that seed, in shapes without splits
        if data.get("fingerprint") == fingerprint and not held_out and set(tested) & set(data.get("splits", ())):
            return ["the model learned from the test shapes too: their split was among its training data"]
    return []


def repeated(have: int, wanted: int) -> list[str]:
    """A note where clouds have fewer points than a model is given."""
    return [f"the table has {have} points a shape: they were repeated up to {wanted}"] if have < wanted else []
