"""Reading files in processes of their own: one that crashes, hangs or fills the memory costs its file and no other.

Why own ones: with the executors of `concurrent.futures` and joblib one crash breaks the pool and all it reads, no task
has a limit of time, and results are pickles, which a process that read a hostile file could forge.
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

from pointrecon.errors import InputError, first_line
from pointrecon.shapes.readers.child_main import FRAME, main
from pointrecon.shapes.readers.deadline import Deadline
from pointrecon.shapes.readers.limits import Limits
from pointrecon.shapes.readers.parcels import unpack

_LOOK = 0.5  # seconds, how often it is asked whether to stop
# libraries' own threads would reserve memory that no file needs
_SMALL = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
# a function of a module, or a `partial` of one, that gives what `parcels` sends; the file it reads
Task = tuple[Callable[[], Any], Path]


def read_apart(read: Callable[[], Any], path: str | Path, *, limits: Limits | None = None) -> Any:
    """What `read`, the function of a `Task`, gives of the file at `path`, run in another process.

    InputError, which names the file, where it cannot be read, crashes its reader or costs more than the limits allow.
    """
    with Children(1, limits) as children:
        (result,) = children.read([(read, Path(path))])
    if isinstance(result, str):
        raise InputError(result if str(path) in result else f"{path} {result}")
    return result


class Children:
    """A context with processes that read files, so many at a time."""

    def __init__(self, processes: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._threads = ThreadPoolExecutor(processes, "reading")  # one waits for each process
        self._all = [_Apart() for _ in range(processes)]
        with suppress(IndexError):
            self._all[0] = _spare.pop()
        self._free: SimpleQueue[_Apart] = SimpleQueue()
        for child in self._all:
            self._free.put(child)

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes, even busy ones; an idle one is kept for the next file."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._all:
            child.stop()
        self._threads.shutdown()
        for child in self._all:
            if not _spare and child.reuse():
                _spare.append(child)
            else:
                child.end()

    def read(self, tasks: Sequence[Task], stop: Callable[[], bool] = lambda: False) -> Generator[Any, None, None]:
        """What each gives, in order, or why it could not be read, a sentence; no more where `stop` says so."""
        futures = [self._threads.submit(self._one, *task) for task in tasks]
        try:
            for future in futures:
                while not future.done():
                    with suppress(TimeoutError):
                        future.exception(_LOOK)
                    if not future.done() and stop():
                        return
                yield future.result()
        finally:  # where nobody waits for the rest
            for future in futures:
                future.cancel()

    def _one(self, read: Callable[[], Any], path: Path) -> Any:
        child = self._free.get()
        try:
            return child.ask(read, path, self._limits)
        finally:
            self._free.put(child)


class _Apart:
    """One process, started when it is first asked, and anew after it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._busy = self._stopped = False
        self._deadline = Deadline(self._kill)

    def ask(self, read: Callable[[], Any], path: Path, limits: Limits) -> Any:
        """What it gives, or why it could not be read, a sentence."""
        with suppress(OSError):  # what is wrong is the reader's to say
            limits = limits.for_size(path.stat().st_size)
        request = pickle.dumps((_here(), limits, read))
        try:
            while begun := self._begin():
                process, fresh = begun
                self._deadline.begin(limits.seconds)
                seen = False
                try:
                    _send(process, request)
                    seen = _receive(process, 0) is not None
                    return _answer(process, limits)
                except (OSError, EOFError, MemoryError):
                    status = process.wait()
                finally:
                    late = self._deadline.end()
                if seen or fresh:  # else it had just ended, and never saw the file
                    return limits.too_slow if late else _reason(status, limits)
            return "was not read: stopped"
        finally:
            self._busy = False

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """Answer no more: a busy process is killed, and who waits for it is told that it ended."""
        with self._lock:
            self._stopped = True
            if self._busy and self._process is not None:
                self._process.kill()

    def reuse(self) -> bool:
        """Whether it may be asked again after a stop."""
        self._stopped = False
        self._deadline.stop()
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """End it for good."""
        self._deadline.stop()
        if self._process is not None:
            self._process.kill()
            with suppress(OSError), self._process:  # closes its pipes and waits
                pass

    def forget(self) -> None:
        """Leave it to the process that this one was forked from."""
        if self._process is not None and self._process.stdin and self._process.stdout:
            self._process.returncode = 0  # what is no child of this one is not waited for
            self._process.stdin.close()
            self._process.stdout.close()

    def _begin(self) -> "tuple[subprocess.Popen[bytes], bool] | None":
        """The process, waiting for a file, and whether for its first; None after a stop."""
        with self._lock:
            if self._stopped:
                return None
            self._busy = True
            if self._process is not None and self._process.poll() is None:
                return self._process, False
            self.end()
            self._process = process = _started()
        try:
            _receive(process, sys.maxsize)
        except EOFError as error:
            if self._stopped:
                return None
            what = f"the process that reads files cannot start (status {process.wait()}): see its words above"
            raise InputError(what) from error
        return process, True


def _started() -> "subprocess.Popen[bytes]":
    # not `multiprocessing`: its processes import the caller's script, or fork beside other libraries' threads
    path = [place for place in sys.path if isinstance(place, str)]
    code = f"import sys; sys.path[:] = {path!a}; from {main.__module__} import main; main()"
    # in a group of its own it hears no Ctrl-C
    apart: dict[str, Any] = {"creationflags": 0x200} if os.name == "nt" else {"process_group": 0}
    return subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, env={**os.environ, **_SMALL}, **apart)


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _expire(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _send(process: "subprocess.Popen[bytes]", request: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(len(request).to_bytes(8, "little") + request)
    process.stdin.flush()


def _answer(process: "subprocess.Popen[bytes]", limits: Limits) -> Any:
    """What it says of a file; EOFError where it ends before."""
    try:
        header, body = _receive(process, limits.memory)
    except MemoryError:
        _expire(process)
        return limits.too_large
    try:
        return unpack(header, body)
    except Exception as error:  # it was forged
        _expire(process)
        return f"crashes its reader ({first_line(error)})"


def _receive(process: "subprocess.Popen[bytes]", most: int) -> tuple[bytes, bytearray]:
    answers = cast(BufferedReader, process.stdout)
    head = answers.read(FRAME.size)
    if len(head) < FRAME.size:
        raise EOFError
    first, second = FRAME.unpack(head)
    if first + second > most:
        _expire(process)
        raise MemoryError
    header, body = answers.read(first), bytearray(second)
    if len(header) < first or answers.readinto(body) < second:
        raise EOFError
    return header, body


def _reason(status: int, limits: Limits) -> str:
    """Why a file is skipped whose reader ended with this status."""
    number = -status if status < 0 else 0
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"status {status}"
    if name == "SIGALRM":
        return limits.too_slow
    if name == "SIGKILL":
        return "crashes its reader (SIGKILL, which is how a system ends what takes too much memory)"
    if name == "SIGABRT":  # how C++ and Rust end where they get no memory
        return f"crashes its reader (SIGABRT), or {limits.too_large}"
    return f"crashes its reader ({name})"


def _end_spare() -> None:
    while _spare:
        _spare.pop().end()


def _forget_spare() -> None:
    while _spare:
        _spare.pop().forget()


# one that waits for another file, until it ends by itself
_spare: list[_Apart] = []
atexit.register(_end_spare)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_spare)
