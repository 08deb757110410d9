"""Where a part of a GPU session writes: a line of JSON for each thing measured, as soon as it is."""

import argparse
import faulthandler
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pointrecon.errors import first_line

FILE = "results.jsonl"
SESSION = "POINTRECON_GPU_SESSION"  # tells this session's lines from those of one before in the same file
BROKEN = 75  # exit status: the GPU answers no more in this process, go on in another
BEGAN = "began"


class Sheet:
    """The results of one part, and how much of its time is left.

    A line says first that something began, then what was found: what killed the process is named, and when the part is
    started again it is left out.

    Attributes:
        rehearse: tiny sizes, on a CPU.
        device: "cuda" or "cpu".
        failed: whether anything did.
        before: name → last line, of an earlier start in this session.
    """

    def __init__(self, part: str, out: Path, seconds: float, *, rehearse: bool) -> None:
        import torch

        self.part, self.rehearse = part, rehearse or not torch.cuda.is_available()
        self.device = "cpu" if self.rehearse else "cuda"
        self.failed = False
        self._path, self._until = out / FILE, time.monotonic() + seconds
        self._session = os.environ.get(SESSION, "")
        mine = [line for line in read_lines(self._path) if line["part"] == part and line["session"] == self._session]
        self.before = {line["name"]: line for line in mine}

    def left(self) -> float:
        """Seconds of the part's time that are left."""
        return self._until - time.monotonic()

    def write(self, name: str, /, **found: Any) -> None:
        """Keep one line, on the disk when this returns; what was found under a key of the sheet's own is ``key_``."""
        line: dict[str, Any] = {"session": self._session, "part": self.part, "name": name}
        if self.rehearse:
            line["rehearsal"] = True
        line |= {key + "_" * (key in line): value for key, value in found.items()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        print(f"{time.strftime('%H:%M:%S')} {name}: {found}", flush=True)

    @contextmanager
    def attempt(self, name: str, needs: float = 0.0) -> Iterator[dict[str, Any] | None]:
        """What is put into the dict becomes the line ``name``; an error becomes one, too, and is not passed on.

        Gives None where there is nothing to do: it began before, or ``needs`` more seconds than are left.

        Args:
            name: of what is measured.
            needs: seconds it takes, as far as one knows.
        """
        found: dict[str, Any] = {}
        if name in self.before:
            yield None
            return
        if self.left() < needs:
            self.write(name, skipped=f"{self.left():.0f} s left, needs {needs:.0f} s")
            yield None
            return
        free()
        self.write(name, state=BEGAN)
        start = time.monotonic()
        try:
            yield found
        except Exception as error:
            traceback.print_exc()
            self.failed = True
            self.write(name, **found | {"error": f"{type(error).__name__}: {first_line(error)}"[:300]})
            if _broken(error):
                sys.exit(BROKEN)
        else:
            self.failed |= "fallback" in found  # not what the name says
            self.write(name, **found | {"spent_s": time.monotonic() - start})


def _broken(error: Exception) -> bool:
    """Whether CUDA refuses everything from here on."""
    import torch

    if not torch.cuda.is_available():
        return False
    try:
        torch.cuda.synchronize()
        torch.ones(1, device="cuda").item()
    except Exception:
        return True
    return False


def free() -> None:
    """Forget what was compiled, and give memory back."""
    import torch

    if dynamo := sys.modules.get("torch._dynamo"):  # to import it takes seconds
        dynamo.reset()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def run_part(part: str, measure: Callable[[Sheet], object]) -> None:
    """``measure`` with the sheet this process was started with, ``OUT --seconds S [--rehearse]``; then exit.

    The status is not 0 where anything failed.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.gpu_{part}")
    parser.add_argument("out", type=Path, help="folder for the results")
    parser.add_argument("--seconds", type=float, default=600, help="that this part may take")
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes, on the CPU")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    faulthandler.dump_traceback_later(max(asked.seconds - 2, 1))  # into the log: where it hung
    sheet = Sheet(part, asked.out, asked.seconds, rehearse=asked.rehearse)
    measure(sheet)
    sys.exit(1 if sheet.failed else 0)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All whole lines of a file of results; none where there is no file."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:  # a process died while writing it
            continue
    return lines
