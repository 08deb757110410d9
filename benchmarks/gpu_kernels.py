"""Part of a GPU session: every fast way of a GPU beside its plain twin, at base's sizes: both answers, both times."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from benchmarks.gpu_clock import capture, milliseconds
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.twins import on_cpu, on_gpu

# Answers as they can be compared: a kernel may list the points of a patch in another order.
_COMPARED: dict[str, Callable[[Any], Tensor]] = {
    "triton nearest": lambda patches: patches.norm(dim=-1).sort(-1).values,
    "tree": lambda patches: patches.norm(dim=-1).sort(-1).values,
    "triton chamfer": lambda answer: answer[0],
}

_STRETCH = 0.05  # seconds of calls: the eager twin of the farthest points takes 7 ms, its kernel 0.05
_MOST = 0.02  # difference: what rounding to bfloat16 explains


def measure(sheet: Sheet) -> None:
    """A line per way and batch: error, milliseconds of both sides, and of both replayed as CUDA graphs."""
    for batch in (2,) if sheet.rehearse else (128, 1024):
        calls = on_cpu("cpu", small=True) if sheet.rehearse else on_gpu("cuda", small=False, batch=batch)
        for way, call in calls.items():
            with sheet.attempt(f"{way} x {batch}", needs=2) as found:
                if found is not None:
                    beside_its_twin(way, call, sheet.device, found)


def beside_its_twin(way: str, call: Callable[[], Any], device: str, found: dict[str, Any]) -> None:
    """Put into ``found`` what both sides of one way answer and take; another answer is an error."""
    from pointrecon.models.fast import switch

    answers: dict[str, Any] = {}
    for side, mode in (("twin", "off"), ("ours", "all")):
        before = switch.use(mode)
        try:
            answers[side] = call()
            found[f"{side}_ms"] = milliseconds(call, device, stretch=_STRETCH)
            if device != "cpu":
                found[f"{side}_graph_ms"] = milliseconds(capture(call), device, stretch=_STRETCH)
        finally:
            switch.use(before)
    found["speedup"] = found["twin_ms"] / found["ours_ms"]
    if isinstance(answers["ours"], Tensor) or way in _COMPARED:
        same = _COMPARED.get(way, lambda answer: answer)
        found["difference"] = difference(same(answers["ours"]), same(answers["twin"]))
        if not found["difference"] < _MOST:
            raise RuntimeError("the kernel answers otherwise than its twin")


def difference(ours: Tensor, twin: Tensor) -> float:
    """Of numbers the mean difference over the mean size; of indices the share of rows that are not the same."""
    if not ours.is_floating_point():
        return float((ours != twin).any(-1).float().mean())
    return float((ours.float() - twin.float()).abs().mean() / twin.float().abs().mean().clamp_min(1e-12))


if __name__ == "__main__":
    run_part("kernels", measure)
