"""Where to compute and how finely: one rule for devices and one for precision, for training and encoding alike."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pointrecon.errors import InputError

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "32", "bf16")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def check_device(device: str, name: str = "device") -> None:
    """Raise InputError, naming the setting, when it is no name of a device."""
    if not _DEVICE.fullmatch(str(device)):
        raise InputError(f"{name} must be auto, cpu, cuda, cuda:1 (or another number) or mps, not '{device}'")


def pick_device(device: "str | torch.device" = "auto", name: str = "device") -> "torch.device":
    """The device asked for.

    Args:
        device: "auto" (what the environment's ``POINTRECON_DEVICE`` says, else the first GPU where there is one, else
            the processor), "cpu", "cuda", "cuda:1" and so on, or "mps".
        name: of the setting, for messages.

    Raises:
        InputError: for another word, or a device that is not here.
    """
    import torch

    wanted = str(device)
    if wanted == "auto":
        wanted = os.environ.get("POINTRECON_DEVICE", "auto")
    check_device(wanted, name)
    gpus = torch.cuda.device_count()
    if wanted == "auto":
        return torch.device("cuda" if gpus else "mps" if torch.backends.mps.is_available() else "cpu")
    found = torch.device(wanted)
    if found.type == "cuda" and (found.index or 0) >= gpus:
        have = f"{gpus} GPU{'s' * (gpus != 1)}" if gpus else "no GPU"
        raise InputError(f"{name} is {wanted}, and torch sees {have} here; use cpu, or a torch that knows your GPU")
    if found.type == "mps" and not torch.backends.mps.is_available():
        raise InputError(f"{name} is mps, and this machine has none; use cpu")
    return found


def check_precision(precision: str, name: str = "precision") -> None:
    """Raise InputError, naming the setting, when it is no precision."""
    if precision not in PRECISIONS:
        raise InputError(f"{name} must be {', '.join(PRECISIONS[:-1])} or {PRECISIONS[-1]}, not '{precision}'")


def in_bfloat16(precision: str, device: "torch.device") -> bool:
    """Whether matrix products are computed in bfloat16.

    Args:
        precision: "auto" (where a GPU has arithmetic for it), "32" or "bf16". bf16 on a processor that only imitates it
            warns: a training step of ``nano`` took eight times as long there as in float32.

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


@contextmanager
def one_thread() -> Iterator[None]:
    """Small tensors: several threads would wait for one another, and sum in another order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
