"""What a reading process does: it waits for a file, reads it under its limits, sends back what it holds, or why not."""

import os
import pickle
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from pointrecon.errors import InputError
from pointrecon.shapes.readers.limits import InForce, memory_reason
from pointrecon.shapes.readers.parcels import pack

_WAITS = 10.0  # seconds, for the next file
_LATER = 1.0  # seconds after the parent should have ended it: it is gone, and a library lets no other thread run
FRAME = struct.Struct("<QQ")  # lengths of an answer's header and of what follows


def main() -> None:
    """Read what the parent asks for on standard input until it is gone; the answers go to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # when to stop is the parent's affair
    asked, answers = _pipes()
    # what most files need, before the parent's clock runs
    import pointrecon.shapes.readers.read  # noqa: F401

    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, requests), daemon=True).start()
    _send(answers, b"", [])
    _silence()
    while True:
        try:
            request = requests.get(timeout=_WAITS)
        except queue.Empty:
            os._exit(0)
        with suppress(BrokenPipeError):  # the parent is gone, which the other thread sees
            _send(answers, b"", [])  # else nobody could tell what it ended by
            _send(answers, *_answer(request))


def attempt(read: Callable[[], Any]) -> Any:
    """What is read, or the reason why not as a sentence."""
    try:
        return read()
    except InputError as error:
        return str(error)
    except MemoryError:
        return memory_reason()
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
    except Exception as error:  # one odd file must not end an import of thousands
        return f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}"


def _answer(request: bytes) -> tuple[bytes, list[memoryview]]:
    try:
        return pack(attempt(lambda: _read(request)))
    except MemoryError:
        return pack(memory_reason())
    except BaseException as error:  # such as a panic of a library in Rust
        return pack(f"crashes its reader ({type(error).__name__}: {' '.join(str(error).split())[:120]})")


def _read(request: bytes) -> Any:
    folder, limits, read = pickle.loads(request)
    with suppress(OSError):
        os.chdir(folder)
    InForce.limits = limits
    _limit_memory(limits.memory)
    with _Alarm(limits.seconds + _LATER):
        return read()


class _Alarm:
    """A context that ends this process, whatever it does, after so many seconds; nothing on Windows."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *error: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has; only where the system tells and limits that: Linux."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        have = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = have + more
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """What standard input and output were; a library that prints disturbs no answer."""
    asked, answers = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for pipe in (asked, answers):
            msvcrt.setmode(pipe, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return os.fdopen(asked, "rb"), os.fdopen(answers, "wb")


def _silence() -> None:
    """No words of libraries on the user's screen, and no memory image in the user's folder when one crashes."""
    os.dup2(1, 2)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _listen(asked: BinaryIO, requests: "queue.SimpleQueue[bytes]") -> None:
    """Pass requests on; where there are no more the parent has ended, and so does this process, at once."""
    while len(head := asked.read(8)) == 8:
        requests.put(asked.read(int.from_bytes(head, "little")))
    os._exit(0)


def _send(answers: BinaryIO, header: bytes, pieces: list[memoryview]) -> None:
    answers.write(FRAME.pack(len(header), sum(map(len, pieces))))
    answers.write(header)
    for piece in pieces:
        answers.write(piece)
    answers.flush()
