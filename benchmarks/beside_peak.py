"""Steps and encodings with the machine's peak taken right before and after each."""

from collections.abc import Callable
from typing import Any

from benchmarks.clock import timed
from benchmarks.encoding import our_encoder, reference_encoder
from benchmarks.peaks import DTYPES, products
from benchmarks.steps import OurStep, ReferenceStep
from benchmarks.tensors import clouds


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Times of steps or encodings, and the peak of matrix products right before and after each; see `side`.

    What a machine can do changes while others use it, so a share of the peak needs both at the same time.

    Args:
        asked: job ("pretrain" or "encode"), side, size, batch, device, steps, precision, compile.

    Returns:
        "seconds": of each step; "peaks": floating point operations a second of the fastest library, the mean of
        both sides of that step; "torch.mm": the same of PyTorch's own matrix product.
    """
    device, size, batch = asked["device"], asked["size"], asked["batch"]
    precision, ours = asked.get("precision", "32"), asked["side"] == "ours"
    step: Callable[[], object]
    if asked["job"] == "encode":
        encode = our_encoder(size, None, device, precision) if ours else reference_encoder(size, device)
        cloud = clouds(batch, 1024, device)
        step = lambda: encode(cloud)  # noqa: E731
    elif ours:
        step = OurStep(size, batch, device, precision, compile=asked.get("compile", "auto"))
    else:
        step = ReferenceStep(size, batch, device)
    side = 2048 if device == "cpu" else 8192
    calls = dict(products((side, side, side), DTYPES[precision], device))
    fastest = min(calls, key=lambda library: min(timed(calls[library], device, repeats=3)))

    def reached() -> dict[str, float]:
        return {name: 2 * side**3 / min(timed(calls[name], device, repeats=3)) for name in {fastest, "torch.mm"}}

    gpu = device.startswith("cuda")
    timed(step, device, repeats=1, warm_up=10 if gpu else 1)
    seconds: list[float] = []
    beside: list[dict[str, float]] = []
    before = reached()
    for _ in range(asked["steps"]):
        seconds += timed(step, device, repeats=1, warm_up=0, inner=10 if gpu else 1)
        after = reached()
        beside.append({name: (before[name] + after[name]) / 2 for name in before})
        before = after
    return {
        "seconds": seconds,
        "peaks": [rates[fastest] for rates in beside],
        "torch.mm": [rates["torch.mm"] for rates in beside],
    }
