"""Milliseconds of what runs on a GPU, eagerly and as a captured CUDA graph; on a CPU by the host's clock."""

import statistics
from collections.abc import Callable

import torch

from benchmarks.clock import timed

Call = Callable[[], object]


def milliseconds(
    call: Call, device: str, *, repeats: int = 3, inner: int = 0, warm_up: int = 3, stretch: float = 0.5
) -> float:
    """Median over ``repeats`` stretches of calls, per call; nothing waits for the device within a stretch.

    Args:
        call: what is timed.
        device: "cuda" or "cpu".
        repeats: stretches.
        inner: calls of a stretch; 0: about ``stretch`` seconds of them, 7 to 200 on a GPU, one on a CPU.
        warm_up: calls before all.
        stretch: seconds of a stretch.
    """
    if not device.startswith("cuda"):
        return statistics.median(timed(call, device, repeats=repeats, warm_up=1)) * 1e3
    if not inner:
        once = statistics.median(timed(call, device, repeats=3, warm_up=warm_up))
        inner = min(max(round(stretch / once), 7), 200)
        warm_up = 1
    for _ in range(warm_up):
        call()
    stretches = []
    for _ in range(repeats):
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        first.record()
        for _ in range(inner):
            call()
        last.record()
        last.synchronize()
        stretches.append(first.elapsed_time(last) / inner)
    return statistics.median(stretches)


def capture(call: Call, *, warm_up: int = 3) -> Call:
    """``call`` as one CUDA graph: what comes back replays it on the same tensors, and returns its first answer's."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(warm_up):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answer = call()

    def replay() -> object:
        graph.replay()
        return answer

    return replay
