"""AdamW, which parameters decay, and the learning rate of each step."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from pointrecon.training.loop_settings import Optimization

_TOKENS = ("queries", "query_positions", "mask_token")


def usual_decay(name: str, parameter: Tensor) -> bool:
    """Whether a parameter of ReCon decays: no bias, norm or token (METHOD section 4)."""
    return parameter.ndim > 1 and name.rsplit(".", 1)[-1] not in _TOKENS


def plus_decay(name: str, parameter: Tensor) -> bool:
    """Whether a parameter of ReCon++ decays: queries and the start of a row do, too (METHOD-PLUS section 4)."""
    return parameter.ndim > 1 or name.endswith((".start", ".start_position"))


def make_optimizer(
    model: nn.Module,
    settings: Optimization,
    factor: Callable[[str], float | Sequence[float]] | None = None,
    decays: Callable[[str, Tensor], bool] = usual_decay,
) -> torch.optim.AdamW:
    """AdamW without decay on some parameters; fused where torch has it.

    Args:
        factor: of the learning rate, by parameter name; kept in each group as "factor". 1 for all when left out. For a
            token of several rows it may be one factor a row.
        decays: whether the parameter of this name does.
    """
    parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    free = [p for name, p in parameters if not decays(name, p)]
    free_ids = {id(p) for p in free}
    decayed = [p for _, p in parameters if id(p) not in free_ids]
    factors, by_row = dict[int, float](), list[tuple[Tensor, Tensor]]()
    for name, p in parameters:
        found = factor(name) if factor else 1.0
        if isinstance(found, Sequence):
            assert id(p) in free_ids, "decay would be scaled too"
            by_row.append((p, torch.tensor(found).view(-1, *[1] * (p.ndim - 1))))
        factors[id(p)] = 1.0 if isinstance(found, Sequence) else found
    groups = [
        {"params": chosen, "weight_decay": decay, "factor": rate}
        for members, decay in ((decayed, settings.weight_decay), (free, 0.0))
        for rate in sorted(set(factors.values()))
        if (chosen := [p for p in members if factors[id(p)] == rate])
    ]
    fused = all(p.device.type in ("cpu", "cuda") for _, p in parameters)
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, settings.beta2), fused=fused)
    if by_row:
        _scale_rows(optimizer, by_row)
    return optimizer


def _scale_rows(optimizer: torch.optim.Optimizer, scaled: list[tuple[Tensor, Tensor]]) -> None:
    """Multiply what a step adds to each row; without decay that is what the learning rate multiplies."""
    before: list[Tensor] = []

    @torch.no_grad()
    def remember(*_: Any) -> None:
        scaled[:] = [(p, factors.to(p.device)) for p, factors in scaled]
        before[:] = [p.clone() for p, _ in scaled]

    @torch.no_grad()
    def scale(*_: Any) -> None:
        for (p, factors), old in zip(scaled, before, strict=True):
            p.copy_(old + factors * (p - old))

    optimizer.register_step_pre_hook(remember)
    optimizer.register_step_post_hook(scale)


def learning_rate(step: int, total: int, warmup: int, settings: Optimization) -> float:
    """Linear warm-up from the final rate, then a cosine back to it; ``step`` is 0 … ``total`` - 1."""
    low, high = settings.final_rate, settings.learning_rate
    if step < warmup:
        return low + (high - low) * (step + 1) / warmup
    share = (step - warmup) / max(total - warmup, 1)
    return low + (high - low) * (1 + math.cos(math.pi * share)) / 2
