"""What this machine can do at best: matrix multiplies and memory copies, and its name."""

import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.clock import timed

DTYPES = {"32": torch.float32, "bf16": torch.bfloat16}
# rows, inner, columns: square ones, and those of the patch embedding and the blocks of `base`
CPU_SHAPES = [(1024, 1024, 1024), (2048, 2048, 2048), (65536, 512, 512), (16384, 384, 1536), (16384, 512, 384)]
GPU_SHAPES = [(4096, 4096, 4096), (8192, 8192, 8192), (16384, 8192, 8192), (131072, 512, 512)]
QUICK_SHAPES = [(256, 256, 256), (1024, 128, 128)]


def describe(asked: dict[str, Any]) -> dict[str, Any]:
    """Names of CPU and GPU, threads and versions; see `side`."""
    gpu = torch.cuda.is_available()
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "vector": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if gpu else "",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def cpu_name() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """The best of every library over several shapes, and a large copy; see `side`.

    A peak is the fastest of all tries, not their median: what the machine can do when nothing is in the way.

    Args:
        asked: device, quick.

    Returns:
        "32" and "bf16" → library → {"flops": per second, "shape"}; "copy": bytes read and written per second.
    """
    device, quick = asked["device"], asked["quick"]
    shapes = QUICK_SHAPES if quick else GPU_SHAPES if device.startswith("cuda") else CPU_SHAPES
    found: dict[str, Any] = {}
    for name, dtype in DTYPES.items():
        best: dict[str, dict[str, Any]] = {}
        for shape in shapes:
            rows, inner, columns = shape
            for library, call in products(shape, dtype, device):
                seconds = _fastest(call, device, quick)
                flops = 2 * rows * inner * columns / seconds
                if flops > best.get(library, {"flops": 0})["flops"]:
                    best[library] = {"flops": flops, "shape": shape}
        found[name] = best
    count = 2**20 if quick else 2**29 if device.startswith("cuda") else 2**27  # float32: 4, 2048, 512 MiB
    source, target = torch.ones(count, device=device), torch.empty(count, device=device)
    found["copy"] = 8 * count / _fastest(lambda: target.copy_(source), device, quick)
    return found


def products(
    shape: tuple[int, int, int], dtype: torch.dtype, device: str
) -> Iterator[tuple[str, Callable[[], object]]]:
    """The same product through every library: a matrix multiply, a 1×1 convolution in channels-last form (on CPUs
    oneDNN's) and, on CPUs that have it, oneDNN's linear layer.
    """
    rows, inner, columns = shape
    a = torch.randn(rows, inner, device=device, dtype=dtype)
    b = torch.randn(inner, columns, device=device, dtype=dtype)
    out = torch.empty(rows, columns, device=device, dtype=dtype)
    yield "torch.mm", lambda: torch.mm(a, b, out=out)
    side = 32
    image = a.view(1, rows // side, side, inner).permute(0, 3, 1, 2)
    kernel = b.t().contiguous().view(columns, inner, 1, 1).to(memory_format=torch.channels_last)
    convolve = torch.nn.functional.conv2d

    def convolution() -> object:
        with torch.no_grad():
            return convolve(image, kernel)

    yield "1×1 convolution", convolution
    if device == "cpu" and torch.backends.mkldnn.is_available():
        weight = b.t().contiguous()
        fused = torch.ops.mkldnn._linear_pointwise
        yield "oneDNN linear", lambda: fused(a, weight, None, "none", [], "")


def _fastest(call: Callable[[], object], device: str, quick: bool) -> float:
    """Seconds of the fastest of many calls: about half a second of them, at least five."""
    once = min(timed(call, device, repeats=1))
    repeats = 3 if quick else min(max(int(0.5 / once), 5), 200)
    return min(timed(call, device, repeats=repeats, inner=10 if device.startswith("cuda") else 1))
