"""``torch.compile`` that never stands in the way."""

import warnings
from collections.abc import Callable
from typing import Any

import torch


def compiled(function: Callable[..., Any], *, graphs: bool = False) -> Callable[..., Any]:
    """``function`` through ``torch.compile`` for fixed shapes; as it is, with a warning, where compiling fails.

    Args:
        function: of tensors.
        graphs: replay whole CUDA graphs, which saves launching kernels one by one (PyTorch's "reduce-overhead").
    """
    mode = "reduce-overhead" if graphs else "default"
    fast: Callable[..., Any] | None = torch.compile(function, dynamic=False, mode=mode)

    def call(*values: Any) -> Any:
        nonlocal fast
        if fast is not None:
            if graphs:
                torch.compiler.cudagraph_mark_step_begin()
            try:
                return fast(*values)
            except torch._dynamo.exc.TorchDynamoException as error:
                fast = None
                reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
                warnings.warn(f"going on without torch.compile, which failed: {reason}", stacklevel=2)
        return function(*values)

    return call
