"""How much memory there is and how much was used, on processors and GPUs."""

import ctypes
import os
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pointrecon.files import text_lines

if TYPE_CHECKING:
    import torch

_GROUP = Path("/sys/fs/cgroup")
_UNKNOWN = 4 << 30  # taken to be free where the system does not tell
_MALLOC = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"}


def free_memory(device: "torch.device") -> int:
    """Bytes that can still be taken on a device: of a GPU its free memory, else what the system gives to programs.

    Limits set on the process (``ulimit -v``) or on its groups (containers, batch systems, systemd) count too: the
    smallest that applies.
    """
    if device.type == "cuda":
        import torch

        return torch.cuda.mem_get_info(device)[0]
    return min(_system_free(), _group_free(), _limit_free())


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


def _group_free(root: Path = _GROUP, own: Path = Path("/proc/self/cgroup")) -> int:
    """What the groups that this process is in leave it, each of them and all above; version 1, 2 or both at once."""
    kinds = [
        ("0::", ("", "unified"), ("memory.max", "memory.current", "file")),
        (":memory:", ("memory",), ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache")),
    ]
    try:
        told = text_lines(own.read_text(encoding="utf-8"))
    except OSError:
        told = []
    left = sys.maxsize
    for mark, mounts, names in kinds:
        inside = [line.partition(mark)[2].strip("/") for line in told if mark in line]
        for mount in mounts:
            # in a container the path may be that outside: then only the mount's own folder is there
            paths = {above for path in inside for above in (path, *map(str, PurePosixPath(path).parents))}
            groups = {root / mount / path for path in paths}
            for group in groups | {root / mount}:
                left = min(left, _left(group, *names))
    return left


def _left(group: Path, limit: str, used: str, cached: str) -> int:
    try:
        most = (group / limit).read_text(encoding="ascii").strip()
        taken = int((group / used).read_text(encoding="ascii"))
        # files the system keeps in memory are given back when somebody needs the room
        kept = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return sys.maxsize if most == "max" else max(int(most) - taken + int(kept.get(cached, 0)), 0)
    except (OSError, ValueError):
        return sys.maxsize


def _limit_free() -> int:
    """What ``ulimit -v`` and ``-d`` leave of this process's addresses."""
    try:
        import resource

        size, _, _, _, _, data, _ = (int(pages) for pages in Path("/proc/self/statm").read_text().split())
    except (ImportError, OSError, ValueError):
        return sys.maxsize
    left = sys.maxsize
    for limit, pages in ((resource.RLIMIT_AS, size), (resource.RLIMIT_DATA, data)):
        if (most := resource.getrlimit(limit)[0]) != resource.RLIM_INFINITY:
            left = min(left, max(most - pages * resource.getpagesize(), 0))
    return left
