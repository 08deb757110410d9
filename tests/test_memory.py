"""Free memory is the least that any limit leaves; what was freed is taken again without page faults."""

import subprocess
import sys
from pathlib import Path

import pytest

from pointrecon.memory import _group_free

COUNT = """
import resource, sys
from pointrecon.memory import keep_freed_memory
kept = keep_freed_memory()
def faults():
    bytearray(64 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
first = faults()
for _ in range(5):
    last = faults()
print(kept, last - first)
"""


def run(**environment: str) -> tuple[bool, int]:
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True, env=environment)
    kept, faults = done.stdout.split()
    return kept == "True", int(faults)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc")
def test_memory_freed_is_taken_again_without_page_faults() -> None:
    kept, faults = run()
    if not kept:
        pytest.skip("this C library has no mallopt")
    assert faults < 16_384  # one clearing of the 64 MiB at most, not five


def test_settings_of_the_user_win() -> None:
    kept, _ = run(MALLOC_TRIM_THRESHOLD_="131072")
    assert not kept


def group(folder: Path, limit: str, used: int, cached: int = 0, version: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current", "file")
    names = names if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache")
    for name, content in {names[0]: limit, names[1]: used, "memory.stat": f"anon 5\n{names[2]} {cached}"}.items():
        (folder / name).write_text(f"{content}\n")


def test_the_smallest_limit_of_all_groups_counts(tmp_path: Path) -> None:
    own, root = tmp_path / "own", tmp_path / "root"
    own.write_text("0::/system.slice/job.scope/step\n")
    assert _group_free(root, own) == sys.maxsize  # nothing is there
    group(root, "max", 10)
    assert _group_free(root, own) == sys.maxsize
    group(root / "system.slice/job.scope/step", "max", 10)
    group(root / "system.slice/job.scope", "9000", 2000, 500)  # Slurm limits the job, not its step
    assert _group_free(root, own) == 7500
    group(root / "system.slice/job.scope/step", "100", 300)
    assert _group_free(root, own) == 0


def test_groups_of_version_one_and_of_a_container(tmp_path: Path) -> None:
    own, root = tmp_path / "own", tmp_path / "root"
    own.write_text("5:memory:/docker/abc\n4:cpu:/\n0::/\n")
    group(root / "memory", "9223372036854771712", 10, version=1)
    assert _group_free(root, own) > 2**60
    group(root / "memory", "8000", 1000, 1000, version=1)  # the path outside is not there inside
    assert _group_free(root, own) == 8000
    group(root / "memory/docker/abc", "4000", 1000, version=1)
    assert _group_free(root, own) == 3000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address limits as Linux has them")
def test_ulimit_counts() -> None:
    code = "import torch; from pointrecon.memory import free_memory; print(free_memory(torch.device('cpu')))"
    for option in ("-v", "-d"):
        limited = ["bash", "-c", f'ulimit {option} 12000000; exec "$0" "$@"', sys.executable, "-c", code]
        done = subprocess.run(limited, capture_output=True, text=True, check=True)
        assert 0 < int(done.stdout) < 12_000_000 * 1024
