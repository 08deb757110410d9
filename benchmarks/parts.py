"""Where the time of our step goes: taken apart by what it does, and by operator."""

import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from benchmarks.clock import wait_for
from benchmarks.steps import OurStep

WARM_UP = 2
TOP = 12
# The first that fits an operator's name says what kind of work it is.
KINDS = (
    ("optimizer", r"adam|Optimizer|_foreach|clip_grad"),
    ("attention", r"attention"),
    ("norms", r"layer_norm|batch_norm|LayerNorm|BatchNorm|rms_norm"),
    ("matrix products, convolutions", r"mm\b|addmm|bmm|matmul|linear|conv|gemm"),
    ("gather, scatter, sort", r"gather|scatter|index|sort|topk|select|slice|embedding|nonzero|masked_|where|arg|take"),
    ("copies", r"copy|clone|contiguous|\bcat\b|memcpy|memset|fill_|zero_|empty|stack"),
    (
        "elementwise, reductions",
        r"add|mul|sub|div|neg|pow|square|sqrt|exp|log|abs|relu|gelu|threshold|sum|mean|max|min|norm|clamp|tanh|erf|"
        r"sigmoid|smooth|huber|rand|bernoulli|triton|vectorized|elementwise|reduce|cdist|softmax|lt|gt|le|ge|eq",
    ),
)


def kind_of(operator: str) -> str:
    """The kind of work an operator does, from its name."""
    return next((kind for kind, pattern in KINDS if re.search(pattern, operator)), "rest")


def breakdown(size: str, batch: int, steps: int, device: str, precision: str = "32") -> dict[str, float]:
    """Median seconds of each part of our step, by wrapping the functions and modules that do it.

    Raises:
        RuntimeError: when a part is no longer where it was.
    """
    from pointrecon.models import patches

    ours = OurStep(size, batch, device, precision, compile="off")
    encoder, decoder = ours.model.encoder, ours.model.decoder
    assert decoder is not None
    inside: dict[str, list[tuple[Any, str]]] = {
        "sampling": [(patches, "farthest_point_sample")],
        "neighbors": [(patches, "group")],
        "embedding": [(encoder.embed, "forward"), (encoder.position, "forward")],
        "blocks": [(block, "forward") for block in encoder.blocks],
        "decoder": [(decoder, "forward")],
    }
    whole: dict[str, list[tuple[Any, str]]] = {
        "losses": [(ours, "losses")],
        "backward": [(ours, "backward")],
        "optimizer": [(ours, "update")],
    }
    spent: dict[str, float] = defaultdict(float)

    def timing_of(function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def timing(*args: Any, **kwargs: Any) -> Any:
            wait_for(device)
            start = time.perf_counter()
            result = function(*args, **kwargs)
            wait_for(device)
            spent[part] += time.perf_counter() - start
            return result

        return timing

    taken: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as wrapped:
        for part, places in {**inside, **whole}.items():
            for owner, name in places:
                wrapped.enter_context(mock.patch.object(owner, name, timing_of(getattr(owner, name), part)))
        for number in range(WARM_UP + steps):
            spent.clear()
            ours()
            if number >= WARM_UP:
                spent["losses"] -= sum(spent[part] for part in inside)
                for part in (*inside, *whole):
                    taken[part].append(spent[part])
    medians = {part: statistics.median(values) for part, values in taken.items()}
    missed = [part for part, second in medians.items() if second == 0]
    if missed:
        raise RuntimeError(f"nothing was timed for {missed}: the library's functions have moved")
    medians["losses, masks, rest"] = medians.pop("losses")
    return medians


def operators(
    size: str, batch: int, steps: int, device: str, precision: str = "32", compile: str = "auto"
) -> dict[str, Any]:
    """Seconds a step spent in operators themselves, from torch's profiler, with what training compiles compiled.

    Returns:
        "kinds": kind of work → seconds; "top": the most expensive operators, each (name, seconds, calls).
    """
    from torch.profiler import ProfilerActivity, profile

    gpu = device.startswith("cuda")
    ours = OurStep(size, batch, device, precision, compile=compile)
    for _ in range(WARM_UP):
        ours()
    wait_for(device)
    with profile(activities=[ProfilerActivity.CPU, *[ProfilerActivity.CUDA] * gpu]) as profiler:
        for _ in range(steps):
            ours()
        wait_for(device)
    kinds: dict[str, float] = defaultdict(float)
    each = []
    for event in profiler.key_averages():
        micro = event.self_device_time_total if gpu else event.self_cpu_time_total
        if micro > 0:
            seconds = micro * 1e-6 / steps
            kinds[kind_of(event.key)] += seconds
            each.append((event.key, seconds, event.count / steps))
    each.sort(key=lambda row: -row[1])
    return {"kinds": dict(sorted(kinds.items(), key=lambda pair: -pair[1])), "top": each[:TOP]}


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Both views of one size's step; see `side`.

    Args:
        asked: size, batch, steps, device, precision, compile.
    """
    settings = (asked["size"], asked["batch"], asked["steps"], asked["device"], asked.get("precision", "32"))
    return {"parts": breakdown(*settings), **operators(*settings, asked.get("compile", "auto"))}
