"""Ctrl-C and SIGTERM at unlucky moments: one sentence that says how to go on, and no traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CALL = """
import os, sys
from importlib.abc import MetaPathFinder

class Interrupts(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), int(sys.argv[2]))
            except BaseException as error:
                if sys.argv[3] == "other":  # as modules in C do it
                    raise ImportError("initialization failed") from error
                raise

sys.meta_path.insert(0, Interrupts())
from pointrecon.cli.main import main
sys.exit(main(["pretrain", "t.npz", "-o", "run", "--train.epochs", "3"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("error", ["same", "other"])
@pytest.mark.parametrize("module", ["jsonargparse", "torch", "pointrecon.training.pretraining"])
def test_while_modules_are_imported(module: str, error: str, number: int, tmp_path: Path) -> None:
    words = [sys.executable, "-c", CALL, module, str(int(number)), error]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 128 + number
    assert done.stderr.strip() == (
        "pointrecon: stopped; go on with: pointrecon pretrain t.npz -o run --train.epochs 3 --resume"
    )


SWALLOWED = """
import os, signal, time
from pointrecon.errors import Stopped
from pointrecon.interrupt import heard

class Loud:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10):
            pass

try:
    with heard():
        Loud()
        time.sleep(60)
        print("went on")
except Stopped as stop:
    print(stop.status)
"""


def test_what_python_would_swallow_stops_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", SWALLOWED], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("130", "")


ORPHANED = """
import os, subprocess, sys
code = "import sys, time; from pointrecon.interrupt import end_with_parent as end; {child}; time.sleep(20)"
own = [sys.executable, "-c", code, str(os.getpid())]
child = subprocess.Popen(own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
{parent}
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows tells no process that its parent is gone")
@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("end(int(sys.argv[1])); print(flush=True)", "child.stdout.readline()"),
        ("time.sleep(1); end(int(sys.argv[1]))", ""),  # the parent is killed while the child still imports
    ],
)
def test_what_works_for_a_killed_process_ends_too(child: str, parent: str) -> None:
    code = ORPHANED.format(child=child, parent=parent)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    number, until = int(told.stdout), time.monotonic() + 7
    while (alive := _is_alive(number)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if _PROC else True


_PROC = Path("/proc/self/stat").exists()
