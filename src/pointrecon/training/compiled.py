"""``torch.compile`` that never stands in the way."""

import warnings
from collections.abc import Callable
from typing import Any

import torch


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` of tensors through ``torch.compile``, for fixed shapes; plainly, with a warning, where it fails."""
    fast: Callable[..., Any] | None = torch.compile(function, dynamic=False)

    def call(*values: Any) -> Any:
        nonlocal fast
        if fast is not None:
            try:
                return fast(*values)
            except torch._dynamo.exc.TorchDynamoException as error:
                fast = None
                reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
                warnings.warn(f"going on without torch.compile, which failed: {reason}", stacklevel=2)
        return function(*values)

    return call
