"""How much memory there is and how much was used, on processors and GPUs."""

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_GROUP = Path("/sys/fs/cgroup")
_UNKNOWN = 4 << 30  # taken to be free where the system does not tell
_MALLOC = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"}


def free_memory(device: "torch.device") -> int:
    """Bytes that can still be taken on a device: of a GPU its free memory, else what the system gives to programs.

    A limit set on the process's group (containers, batch systems) counts too.
    """
    if device.type == "cuda":
        import torch

        return torch.cuda.mem_get_info(device)[0]
    return min(_system_free(), _group_free())


def peak_memory(device: "torch.device") -> int:
    """Bytes used at most so far: what torch took of a GPU, else the memory of this process; 0 where nobody tells."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def keep_freed_memory() -> bool:
    """Let this process reuse the memory it frees instead of giving it back to the system at once.

    A training step frees and takes gigabytes of large tensors; glibc gives each back and the system clears each anew,
    which takes a twentieth of a step on a CPU. Peak memory stays the same. Where the environment sets glibc's malloc
    (``MALLOC_MMAP_THRESHOLD_``, ``MALLOC_TRIM_THRESHOLD_``, ``GLIBC_TUNABLES``) nothing is changed.

    Returns:
        whether it was done; not on systems without glibc.
    """
    if _MALLOC & os.environ.keys():
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    return bool(mallopt(mmap_threshold, 1 << 30) and mallopt(trim_threshold, 2**31 - 1))


def _system_free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:  # without /proc: half of what is built in
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return _windows_free() or _UNKNOWN


def _windows_free() -> int:
    """Of physical memory; 0 on other systems."""
    fields: list[tuple[str, type]] = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)]
    fields += [(name, ctypes.c_ulonglong) for name in ("total", "free", "page", "page_free", "own", "own_free", "more")]
    status = type("MEMORYSTATUSEX", (ctypes.Structure,), {"_fields_": fields})()
    status.length = ctypes.sizeof(status)
    try:
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        return 0
    return int(status.free)


def _group_free() -> int:
    try:
        limit = (_GROUP / "memory.max").read_text(encoding="ascii").strip()
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        # files the system keeps in memory are given back when somebody needs the room
        cached = dict(line.split() for line in (_GROUP / "memory.stat").read_text(encoding="ascii").splitlines())
        return sys.maxsize if limit == "max" else int(limit) - used + int(cached.get("file", 0))
    except (OSError, ValueError):
        return sys.maxsize
