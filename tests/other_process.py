"""Another process that holds a lock, for tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write("process 1 on elsewhere (pointrecon)")
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_holds(path: Path) -> Iterator[None]:
    """While this block runs, another process writes the file or folder at the path."""
    lock = path.with_name(f".{path.name}.lock")
    words = [sys.executable, "-S", "-c", _HOLD, str(lock)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()
    lock.unlink(missing_ok=True)
