"""What "auto", "32" and "bf16" mean on a device: one answer for training and encoding."""

import warnings
from typing import TYPE_CHECKING

from pointrecon.errors import InputError

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "32", "bf16")


def check_precision(precision: str, name: str = "precision") -> None:
    """Raise InputError, naming the setting, when it is no precision."""
    if precision not in PRECISIONS:
        raise InputError(f"{name} must be {', '.join(PRECISIONS[:-1])} or {PRECISIONS[-1]}, not '{precision}'")


def in_bfloat16(precision: str, device: "torch.device") -> bool:
    """Whether matrix products are computed in bfloat16.

    Args:
        precision: "auto" (where a GPU has arithmetic for it), "32" or "bf16". bf16 on a processor that only imitates it
            warns: a training step of ``nano`` took eight times as long there as in float32.
        device: where.

    Raises:
        InputError: for another word.
    """
    import torch

    check_precision(precision)
    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    if precision == "bf16" and device.type == "cpu" and not _processor_has_it():
        warnings.warn(
            "this processor has no bfloat16 arithmetic, and bf16 is several times slower here than float32; "
            "leave the precision at auto, or set it to 32",
            stacklevel=2,
        )
    return precision == "bf16"


def _processor_has_it() -> bool:
    """What oneDNN says, which PyTorch's products in bfloat16 go through; no warning where it cannot be asked."""
    import torch

    asks = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return asks is None or bool(asks())
