"""AdamW, which parameters decay, and the learning rate of each step."""

import math
from collections.abc import Callable

import torch
from torch import nn

from pointrecon.training.config import Optimisation

_TOKENS = ("queries", "query_positions", "mask_token")


def make_optimiser(
    model: nn.Module, settings: Optimisation, factor: Callable[[str], float] | None = None
) -> torch.optim.AdamW:
    """AdamW without decay on biases, norms and tokens (METHOD section 4); fused where torch has it.

    Args:
        model: its parameters that need a gradient.
        settings: the optimiser's.
        factor: of the learning rate, by parameter name; kept in each group as "factor". 1 for all when left out.
    """
    parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    free = [p for name, p in parameters if p.ndim < 2 or name.rsplit(".", 1)[-1] in _TOKENS]
    free_ids = {id(p) for p in free}
    decayed = [p for _, p in parameters if id(p) not in free_ids]
    factors = {id(p): factor(name) if factor else 1.0 for name, p in parameters}
    groups = [
        {"params": chosen, "weight_decay": decay, "factor": rate}
        for members, decay in ((decayed, settings.weight_decay), (free, 0.0))
        for rate in sorted(set(factors.values()))
        if (chosen := [p for p in members if factors[id(p)] == rate])
    ]
    fused = all(p.device.type in ("cpu", "cuda") for _, p in parameters)
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, settings.beta2), fused=fused)


def learning_rate(step: int, total: int, warmup: int, settings: Optimisation) -> float:
    """Linear warm-up from the final rate, then a cosine back to it.

    Args:
        step: 0 … total - 1.
        total: optimiser steps of the whole run.
        warmup: steps of it that warm up.
    """
    low, high = settings.final_rate, settings.learning_rate
    if step < warmup:
        return low + (high - low) * (step + 1) / warmup
    share = (step - warmup) / max(total - warmup, 1)
    return low + (high - low) * (1 + math.cos(math.pi * share)) / 2
