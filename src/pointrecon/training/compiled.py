"""``torch.compile`` that never stands in the way."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from pointrecon.models.blocks import LayerStack, call


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` of tensors through ``torch.compile``, for fixed shapes; plainly, with a warning, where it fails."""
    fast: Callable[..., Any] | None = torch.compile(function, dynamic=False)

    def run(*values: Any, **named: Any) -> Any:
        nonlocal fast
        if fast is not None:
            try:
                return fast(*values, **named)
            except torch._dynamo.exc.TorchDynamoException as error:
                fast = None
                reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
                warnings.warn(f"going on without torch.compile, which failed: {reason}", stacklevel=2)
        return function(*values, **named)

    return run


def compile_stacks(model: nn.Module) -> None:
    """Compile the layers of every :class:`~pointrecon.models.blocks.LayerStack` for training.

    Layer by layer: those that differ in their weights alone share one program, so a deep model compiles as fast as a
    shallow one.
    """
    fast = compiled(call)
    for module in model.modules():
        if isinstance(module, LayerStack):
            module.call = fast
