"""Keeping freed memory: what is taken again costs no page faults."""

import subprocess
import sys

import pytest

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
