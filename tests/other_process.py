"""Another process that writes a file, a table or a run, for tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = """
import sys
from pathlib import Path
from pointrecon.lock import only_one

with only_one(Path(sys.argv[1]), "it"):
    print("in", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_holds(path: Path) -> Iterator[int]:
    """While this block runs, another process writes what is at the path; gives that process's number."""
    words = [sys.executable, "-c", _HOLD, str(path.with_name(f".{path.name}.lock"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "in\n"
        try:
            yield process.pid
        finally:
            process.stdin.close()
            process.wait()
