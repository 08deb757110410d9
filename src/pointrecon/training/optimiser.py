"""AdamW, which parameters decay, and the learning rate of each step."""

import math

import torch
from torch import nn

from pointrecon.training.config import Optimisation

_TOKENS = ("queries", "query_positions", "mask_token")


def make_optimiser(model: nn.Module, settings: Optimisation) -> torch.optim.AdamW:
    """AdamW without decay on biases, norms and tokens (METHOD section 4); fused where torch has it."""
    parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    free = [p for name, p in parameters if p.ndim < 2 or name.rsplit(".", 1)[-1] in _TOKENS]
    free_ids = {id(p) for p in free}
    decayed = [p for _, p in parameters if id(p) not in free_ids]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": free, "weight_decay": 0.0},
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
