"""Command lines run in forks of a process that has imported everything, each of which may be killed at a moment.

A fork starts in milliseconds, where a fresh Python takes seconds to import what a command needs. None of the libraries
has been used when it is made, which is when forking would be unsafe.
"""

import atexit
import json
import mmap
import os
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

_IMPORTS = (
    *("pointrecon.cli.main", "lancedb", "pyarrow.parquet", "sklearn.svm", "sklearn.linear_model", "sklearn.neighbors"),
    *("pointrecon.training.pretraining", "pointrecon.transfer.finetuning", "pointrecon.transfer.part_segmentation"),
    *("pointrecon.transfer.episodes", "pointrecon.transfer.part_labeling", "pointrecon.evaluation.attention_analysis"),
    *("pointrecon.evaluation.robustness_runs", "pointrecon.evaluation.naming", "pointrecon.evaluation.probing"),
    *("pointrecon.experiments.ablation", "pointrecon.experiments.result_tables", "pointrecon.reports.html"),
    *("pointrecon.retrieval.embedding", "pointrecon.shapes.made.making", "pointrecon.shapes.importers.folders"),
    *("pointrecon.shapes.pictures.mesh_pictures", "pointrecon.teachers.teaching", "pointrecon.teachers.minilm"),
    *("pointrecon.models.files.folder", "torch.utils.tensorboard", "matplotlib.figure", "joblib", "tokenizers"),
    *("matplotlib.backends.backend_agg", "jsonargparse", "rich.progress", "plotly.offline", "sklearn.manifold"),
)
# audit events, and the places of the paths among what they tell
_OPERATIONS = {
    **dict.fromkeys(("open", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "shutil.rmtree"), (0,)),
    **dict.fromkeys(("os.rename", "os.link", "os.symlink", "shutil.move", "shutil.copyfile"), (0, 1)),
}
_PATIENCE = 240.0  # seconds, after which a call counts as hanging
_LINGER = 30.0  # seconds that a dead process's children may take to notice


class Ended(NamedTuple):
    """How a call ended."""

    status: int  # its exit status; -9 where it was killed
    operations: int  # file operations it did
    seconds: float
    words: str  # what it wrote on the screen
    orphans: int  # processes of its own that went on without it


def import_everything() -> None:
    """Import what commands need, so that forks have it."""
    with warnings.catch_warnings(action="ignore"):
        for name in _IMPORTS:
            with suppress(ImportError):
                import_module(name)
    warnings.filterwarnings("ignore", "lancedb fork support", RuntimeWarning)


def call(folder: Path, words: Sequence[str], *, operation: int = 0, seconds: float = 0.0) -> Ended:
    """Run a command line in a folder; kill it before its n-th file operation there, or after a time, if told."""
    from pointrecon.cli.main import main

    return _forked(folder, lambda: main(list(words)), operation, seconds)


def compute(folder: Path, answer: Callable[[], Any], words: Sequence[str] = ()) -> tuple[Ended, Any]:
    """What a function gives that is run in a fork, through JSON; before it a command line, if told.

    RuntimeError where the function fails.
    """
    from pointrecon.cli.main import main

    place = folder.with_name(folder.name + ".answer")
    place.unlink(missing_ok=True)

    def work() -> int:
        status = main(list(words)) if words else 0
        place.write_text(json.dumps(answer()))
        return status

    ended = _forked(folder, work, 0, 0.0)
    if not place.exists():
        raise RuntimeError(ended.words)
    return ended, json.loads(place.read_text())


def _forked(folder: Path, job: Callable[[], int], operation: int, seconds: float) -> Ended:
    counted, screen = mmap.mmap(-1, 16), folder.with_name(folder.name + ".screen")  # operations; whether it began
    sys.stdout.flush()
    screen.touch()
    began = time.monotonic()
    child = os.fork()
    if not child:
        _be_a_program(folder.resolve(), job, operation, counted, screen)
    until = seconds or _PATIENCE
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if not counted[8]:
            began = time.monotonic()
        took = time.monotonic() - began
        if done:
            break
        if took > until:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(min(0.002, max(until - took, 0)))
    code = os.waitstatus_to_exitcode(status)
    words = screen.read_text(errors="replace")
    if took > _PATIENCE:
        code, words = 99, f"hangs; {words}"
    operations = struct.unpack("q", counted[:8])[0]
    return Ended(code, operations, took, words, _wait_for_children_of(child, folder.resolve()))


def _be_a_program(folder: Path, job: Callable[[], int], operation: int, counted: mmap.mmap, screen: Path) -> None:
    status = 70
    try:
        os.setsid()
        out = os.open(screen, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        scratch = folder / "tmp"
        scratch.mkdir(exist_ok=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        os.chdir(folder)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        _watch(str(folder), operation, counted)
        status = job()
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]  # as Python does when it ends
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _watch(folder: str, operation: int, counted: mmap.mmap) -> None:
    """Count the file operations in a folder, and end this process right before the n-th."""
    count, lock, here = 0, threading.Lock(), os.getpid()

    def inside(path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return False
        text = os.fsdecode(path)
        return text.startswith(folder) or not text.startswith("/")

    def hook(event: str, told: tuple) -> None:
        nonlocal count
        places = _OPERATIONS.get(event)
        if event != "subprocess.Popen" and (places is None or not any(inside(told[i]) for i in places)):
            return
        with lock:
            count += 1
            counted[:8] = struct.pack("q", count)
            if count == operation:
                os.kill(here, signal.SIGKILL)

    counted[8] = 1
    sys.addaudithook(hook)


def _wait_for_children_of(session: int, folder: Path) -> int:
    """How many processes of a session, or at work in a folder, are still there after a while; they are then ended."""
    until = time.monotonic() + _LINGER
    while left := _members(session, folder):
        if time.monotonic() > until:
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            return len(left)
        time.sleep(0.01)
    return 0


def _members(session: int, folder: Path) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, ValueError, IndexError):
                told = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                own = int(told[3]) == session or Path(os.readlink(f"/proc/{entry}/cwd")) == folder
                if own and told[0] != "Z":
                    found.append(int(entry))
    return found
