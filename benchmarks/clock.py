"""Seconds and bytes of what runs in this process."""

import time
from collections.abc import Callable

import torch

from pointrecon.memory import peak_memory


def wait_for(device: str) -> None:
    """Until the device has done what it was asked."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def peak_bytes(device: str) -> int:
    """The most memory held so far: on a GPU what torch allocated there, else resident memory of the process."""
    return peak_memory(torch.device(device))


def timed(call: Callable[[], object], device: str, *, repeats: int, warm_up: int = 1, inner: int = 1) -> list[float]:
    """Seconds of each call, after the warm-up.

    Args:
        call: what is timed.
        device: it is waited for at the start and the end of every measurement.
        repeats: measurements.
        warm_up: calls before them.
        inner: calls in one measurement, for what is shorter than starting and waiting for it.
    """
    for _ in range(warm_up):
        call()
    seconds = []
    for _ in range(repeats):
        wait_for(device)
        start = time.perf_counter()
        for _ in range(inner):
            call()
        wait_for(device)
        seconds.append((time.perf_counter() - start) / inner)
    return seconds


def timed_steps(step: Callable[[], object], steps: int, device: str) -> list[float]:
    """Seconds of each training step or encoding. On a GPU, ten at a time: nothing waits for the host in between."""
    gpu = device.startswith("cuda")
    return timed(step, device, repeats=steps, warm_up=10 if gpu else 1, inner=10 if gpu else 1)
