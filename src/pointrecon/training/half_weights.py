"""A step's weights in bfloat16, cast all at once instead of one by one where autocast meets them."""

from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from pointrecon.models.fast.linear import SingleLinear


class HalfWeights:
    """Copies of the weights that matrix products take, in which a step works; its gradients go to the weights.

    Every number is autocast's: the same casts, hundreds of them by two calls.

    Attributes:
        copies: in bfloat16, which get the gradients first.
    """

    def __init__(self, task: nn.Module) -> None:
        """Copy the weights of the linear layers of ``task``, but for those that stay in float32."""
        self.task = task
        self._own = {
            f"{place}.{name}": parameter
            for place, layer in task.named_modules()
            if isinstance(layer, nn.Linear) and not isinstance(layer, SingleLinear)
            for name, parameter in layer.named_parameters(recurse=False)
            if parameter.requires_grad
        }
        self._half = {
            name: torch.empty_like(parameter, dtype=torch.bfloat16).requires_grad_()
            for name, parameter in self._own.items()
        }
        self.copies = list(self._half.values())
        self._gradients = {name: torch.zeros_like(parameter) for name, parameter in self._own.items()}

    def __call__(self, *values: Any) -> Any:
        """``task(*values)`` with weights that are as they are now."""
        with torch.no_grad():
            torch._foreach_copy_(self.copies, list(self._own.values()))
        return functional_call(self.task, self._half, values)

    @torch.no_grad()
    def hand_over(self) -> None:
        """Give the gradients of the copies to the weights."""
        there = {name: half.grad for name, half in self._half.items() if half.grad is not None}
        if there:
            torch._foreach_copy_([self._gradients[name] for name in there], list(there.values()))
        for name in there:
            self._own[name].grad, self._half[name].grad = self._gradients[name], None
