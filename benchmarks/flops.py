"""Arithmetic counted: operations of matrix products, convolutions and attention, forward and backward."""

import math
import re
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry, sdpa_backward_flop_count, sdpa_flop_count

aten = torch.ops.aten
PRODUCT = re.compile("mm|mv|linear|conv|attention|dot")  # in the names of operators that multiply matrices


def _attention(query: Any, key: Any, value: Any, *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    return sdpa_flop_count(query, key, value)


def _attention_backward(
    grad: Any, query: Any, key: Any, value: Any, *args: Any, out_shape: Any = None, **kwargs: Any
) -> int:
    return sdpa_backward_flop_count(grad, query, key, value)


def _addmm(bias: Any, a: Any, b: Any, *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    return 2 * a[0] * a[1] * b[1]


def _mv(a: Any, b: Any, *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    return 2 * a[0] * a[1]


def _linear(values: Any, *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    return 2 * math.prod(out_shape) * values[-1]


# What torch's counter leaves out on a CPU.
MORE: dict[Any, Callable[..., int]] = {
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    aten._addmm_activation: _addmm,
    aten.mv: _mv,
}
if torch.backends.mkldnn.is_available():
    MORE[torch.ops.mkldnn._linear_pointwise] = _linear


class _Names(TorchDispatchMode):
    """Remembers which operators were called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[Any] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.add(func._overloadpacket)
        return func(*args, **(kwargs or {}))


def count_flops(call: Callable[[], object]) -> tuple[int, list[str]]:
    """Operations of one call; a multiply and an add are two.

    Attention's backward is counted as it is done, with the scores computed again.

    Returns:
        (operations, names of operators that look like products and were not counted).
    """
    names = _Names()
    counter = FlopCounterMode(display=False, custom_mapping=MORE)
    with names, counter:
        call()
    known = {*flop_registry, *MORE}
    missed = [str(op) for op in names.seen - known if PRODUCT.search(str(op))]
    return counter.get_total_flops(), sorted(missed)


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Operations per sample of a step and of encoding, of both sides, in float32 on the CPU; see `side`.

    Args:
        asked: size.

    Returns:
        "ours" and "reference" → "step", "encode" (operations), "missed" (names).
    """
    from benchmarks.encoding import our_encoder, reference_encoder
    from benchmarks.steps import OurStep, ReferenceStep
    from benchmarks.tensors import clouds

    batch, size = 2, asked["size"]
    points = clouds(batch, 1024, "cpu")
    sides: dict[str, tuple[Callable[[], None], Callable[..., object]]] = {
        "ours": (OurStep(size, batch, "cpu", compile="off"), our_encoder(size, None, "cpu")),
        "reference": (ReferenceStep(size, batch, "cpu"), reference_encoder(size, "cpu")),
    }
    found: dict[str, Any] = {}
    for side, (step, encode) in sides.items():
        operations, missed = count_flops(step)
        more, also_missed = count_flops(lambda encode=encode: encode(points))  # type: ignore[misc]
        found[side] = {"step": operations / batch, "encode": more / batch, "missed": missed + also_missed}
    return found
