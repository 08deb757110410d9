"""A process that holds the lock of a table."""

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
def other_writer(table: Path) -> Iterator[int]:
    """A context in which another process writes this table; gives its number."""
    words = [sys.executable, "-c", _HOLD, str(table.with_name(f".{table.name}.lock"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "in\n"
        try:
            yield process.pid
        finally:
            process.stdin.close()
            process.wait()
