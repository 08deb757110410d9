"""Part of a GPU session: which kernels the time of a step and of encoding goes to, as tables in the part's log."""

from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.clock import wait_for
from benchmarks.gpu_encode import POINTS, encoder
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, switched
from benchmarks.steps import OurStep
from benchmarks.tensors import clouds

CALLS = 5
TOP = 30


def measure(sheet: Sheet) -> None:
    """Encoding by the frozen encoder and by the usual layers, then the training step, each eagerly."""
    device, small = sheet.device, sheet.rehearse
    size, precision = ("nano", "32") if small else ("base", "bf16")

    def step() -> Callable[[], object]:
        return OurStep(size, 2 if small else 128, device, precision, compile="off")

    def encoding(way: str) -> Callable[[], object]:
        encode, points = encoder(size, device, precision, way), clouds(2 if small else 1024, POINTS, device)
        return lambda: encode(points)

    jobs: dict[str, Callable[[], Callable[[], object]]] = {
        "encoding, frozen": lambda: encoding("frozen"),
        "step": step,
        "encoding, eager": lambda: encoding("eager"),
    }
    for name, make in jobs.items():
        with sheet.attempt(f"{size} {name}", needs=4) as found, switched((*ALL, "norm")):
            if found is not None:
                found |= kernels(make(), device, f"{size} {name}")


def kernels(call: Callable[[], object], device: str, name: str) -> dict[str, float]:
    """Print the most expensive kernels of a call (on a CPU: operators).

    Returns:
        "device_ms" in kernels and "launches", per call.
    """
    gpu = device != "cpu"
    for _ in range(2 if gpu else 1):
        call()
    wait_for(device)
    count = CALLS if gpu else 1
    with profile(activities=[ProfilerActivity.CUDA if gpu else ProfilerActivity.CPU]) as profiler:
        for _ in range(count):
            call()
        wait_for(device)
    rows = [
        (event.self_device_time_total if gpu else event.self_cpu_time_total, event.count, event.key)
        for event in profiler.key_averages()
        if gpu is (event.device_type == torch.autograd.DeviceType.CUDA)
    ]
    rows.sort(reverse=True)
    total, launches = sum(row[0] for row in rows) / count / 1e3, sum(row[1] for row in rows) / count
    print(f"\n{name}: {total:.2f} ms in {launches:.0f} launches per call; ms, share, calls, name")
    for micro, calls, key in rows[:TOP]:
        milli = micro / count / 1e3
        print(f"{milli:9.3f} {100 * milli / max(total, 1e-9):5.1f}% {calls / count:7.1f}  {_short(key)}")
    return {"device_ms": total, "launches": launches}


def _short(name: str) -> str:
    """A kernel's name without what all have in common."""
    for common in ("void ", "at::native::", "(anonymous namespace)::", "c10::", "std::"):
        name = name.replace(common, "")
    return name[:110]


if __name__ == "__main__":
    run_part("profile", measure)
