"""Part of a GPU session: what this machine is, and its rates of products, copies and launches."""

import platform
import shutil
import subprocess
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from benchmarks.gpu_clock import capture, milliseconds
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.peaks import describe

_ASKED = "driver_version,memory.total,memory.used,clocks.sm,clocks.max.sm,clocks.mem,power.limit,temperature.gpu"
_PACKAGES = ("numpy", "triton", "pytest", "lightning-fabric", "jsonargparse", "rich", "scikit-learn", "transformers")


def measure(sheet: Sheet) -> None:
    """Versions first, then rates."""
    device, small = sheet.device, sheet.rehearse
    with sheet.attempt("versions") as found:
        if found is not None:
            found |= describe({}) | {"cuda": torch.version.cuda or "", "python": platform.python_version()} | packages()
    with sheet.attempt("nvidia-smi") as found:
        if found is not None and shutil.which("nvidia-smi"):
            found |= driver()
    size = 256 if small else 8192
    for name, dtype in (("bfloat16", torch.bfloat16), ("float32", torch.float32)):
        with sheet.attempt(f"product {name}") as found:
            if found is not None:
                found["ms"] = milliseconds(partial(torch.mm, *matrices(size, dtype, device)), device)
                found["tflops"] = 2 * size**3 / found["ms"] / 1e9
    with sheet.attempt("copy") as found:
        if found is not None:
            source = torch.randn(1 << (16 if small else 28), device=device)
            target = torch.empty_like(source)
            found["ms"] = milliseconds(lambda: target.copy_(source), device)
            found["gb_per_s"] = 2 * source.nbytes / found["ms"] / 1e6
    with sheet.attempt("copy from pinned memory") as found:
        if found is not None and not small:
            source = torch.randn(1 << 26).pin_memory()
            target = torch.empty(source.shape, device=device)
            found["ms"] = milliseconds(lambda: target.copy_(source, non_blocking=True), device)
            found["gb_per_s"] = source.nbytes / found["ms"] / 1e6
    with sheet.attempt("launch of a small kernel") as found:
        if found is not None:
            one = torch.zeros(1, device=device)

            def launches() -> None:
                for _ in range(100):
                    one.add_(1)

            found["us"] = milliseconds(launches, device) * 10
            if not small:
                found["us_in_graph"] = milliseconds(capture(launches), device) * 10


def matrices(size: int, dtype: torch.dtype, device: str) -> list[torch.Tensor]:
    """Two square ones of normal numbers: zeros would be faster than any real ones."""
    return [torch.randn(size, size, device=device, dtype=dtype) for _ in range(2)]


def packages() -> dict[str, str]:
    """Versions of what is installed beside torch; empty for what is not."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def driver() -> dict[str, Any]:
    """What ``nvidia-smi`` says about the first GPU."""
    command = ["nvidia-smi", f"--query-gpu={_ASKED}", "--format=csv,noheader"]
    first = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.splitlines()[0]
    return dict(zip(_ASKED.split(","), (value.strip() for value in first.split(",")), strict=False))


if __name__ == "__main__":
    run_part("machine", measure)
