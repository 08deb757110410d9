"""Do the runs of an ablation, one after another here or several at a time in processes of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from types import FrameType
from typing import IO

from pointrecon.errors import InputError
from pointrecon.experiments.ablation_cell import (
    BUSY,
    DONE,
    STATUS,
    STOPPED,
    Measuring,
    is_done,
    run_cell,
    seconds_per_work,
    words_of,
)
from pointrecon.experiments.ablation_plan import Cell
from pointrecon.files import write_text
from pointrecon.interrupt import Interrupt
from pointrecon.progress import duration

CHILD = f"{__package__}.ablation_cell"
_LOOK = 0.1  # seconds between looks at the processes


@dataclass
class Ending:
    """How the runs ended.

    Attributes:
        stopped: whether it was interrupted.
        failed: the runs that failed, with the last line each said.
        busy: the runs another process is at.
    """

    stopped: bool = False
    failed: list[tuple[Cell, str]] = field(default_factory=list)
    busy: list[Cell] = field(default_factory=list)


def run_cells(cells: Sequence[Cell], measuring: Measuring, jobs: int = 1) -> Ending:
    """Do every run that is not done.

    Ctrl-C or SIGTERM stops in good order: what is pre-training writes a checkpoint. A run that fails does not keep the
    others from going on. Runs that another process is at are left to it.

    Args:
        cells: the runs, done or not.
        measuring: how their models are measured.
        jobs: runs at a time; with 1 they are done in this process.
    """
    teller = _Teller(cells, measuring, jobs)
    todo = [cell for cell in cells if not is_done(cell, measuring)]
    ending = Ending()
    if todo:
        teller.begins(len(todo))
    while todo and not ending.stopped:
        turn = _here(todo, measuring, teller) if jobs == 1 else _beside(todo, measuring, teller, jobs)
        ending = Ending(turn.stopped, ending.failed + turn.failed, turn.busy)
        before, todo = len(todo), [cell for cell in turn.busy if not is_done(cell, measuring)]
        if len(todo) == before:
            break  # all that is left is in other hands; else look again, they may be free or done by now
    return ending


def estimate(cells: Sequence[Cell], measuring: Measuring, jobs: int = 1) -> float | None:
    """Seconds that the runs not yet done take, from those that are; None while none is."""
    rates = [rate for cell in cells if is_done(cell, measuring) and (rate := seconds_per_work(cell)) is not None]
    left = [cell.work() for cell in cells if not is_done(cell, measuring)]
    return median(rates) * sum(left) / min(jobs, max(len(left), 1)) if rates else None


class _Teller:
    """One line for a run's start and one for its end, with the time left."""

    def __init__(self, cells: Sequence[Cell], measuring: Measuring, jobs: int) -> None:
        self.cells, self.measuring, self.jobs = cells, measuring, jobs

    def begins(self, count: int) -> None:
        """Tell how much there is to do."""
        left = estimate(self.cells, self.measuring, self.jobs)
        long = f"about {duration(left)}" if left else "an estimate comes with the first that is done"
        print(f"{count} of {len(self.cells)} runs to do: {long}", file=sys.stderr, flush=True)

    def starts(self, cell: Cell) -> None:
        self._say(cell, "starts")

    def ends(self, cell: Cell, how: str, seconds: float) -> None:
        """Tell how a run ended."""
        left = estimate(self.cells, self.measuring, self.jobs) if how == DONE else None
        done = sum(is_done(one, self.measuring) for one in self.cells)
        rest = f"; {done} of {len(self.cells)} are done" + (f", about {duration(left)} to go" if left else "")
        words = {DONE: f"done in {duration(seconds)}{rest}", STOPPED: "stopped, can go on",
                 BUSY: "is left to the process that is at it"}  # fmt: skip
        self._say(cell, words.get(how, how))

    def _say(self, cell: Cell, what: str) -> None:
        number = self.cells.index(cell) + 1
        print(f"[{number}/{len(self.cells)}] {cell.name}, seed {cell.seed}: {what}", file=sys.stderr, flush=True)


def _here(cells: Sequence[Cell], measuring: Measuring, teller: _Teller) -> Ending:
    """One after another in this process."""
    ending = Ending()
    with _termination_as_interrupt():
        for cell in cells:
            teller.starts(cell)
            began = time.monotonic()
            try:
                how = run_cell(cell, measuring)
            except KeyboardInterrupt:  # files are written whole: nothing is lost wherever it comes
                how = STOPPED
            except InputError as error:
                how = _failed(ending, cell, str(error))
            except Exception as error:  # the others are not to suffer
                write_text(cell.log, traceback.format_exc())
                how = _failed(ending, cell, f"{type(error).__name__}: {error} (see {cell.log})")
            teller.ends(cell, how, time.monotonic() - began)
            if how == BUSY:
                ending.busy.append(cell)
            if how == STOPPED:
                ending.stopped = True
                break
    return ending


def _failed(ending: Ending, cell: Cell, why: str) -> str:
    line = " ".join(why.split()) or "failed"
    ending.failed.append((cell, line))
    return f"failed: {line}"


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as Ctrl-C does, where the training loop does not listen itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Child:
    cell: Cell
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    began: float


def _beside(cells: Sequence[Cell], measuring: Measuring, teller: _Teller, jobs: int) -> Ending:
    """Several at a time, each in a process of its own."""
    ending, waiting, running = Ending(), list(cells), list[_Child]()
    with Interrupt() as interrupt:
        try:
            while running or (waiting and not ending.stopped):
                if interrupt.requested and not ending.stopped:
                    ending.stopped = True
                    print("stopping; runs that are pre-training write a checkpoint", file=sys.stderr, flush=True)
                    for child in running:
                        child.process.terminate()
                while waiting and len(running) < jobs and not ending.stopped:
                    cell = waiting.pop(0)
                    teller.starts(cell)
                    running.append(_start(cell, measuring, jobs))
                for child in [child for child in running if child.process.poll() is not None]:
                    running.remove(child)
                    _judge(child, ending, teller)
                time.sleep(_LOOK)
        finally:  # a second Ctrl-C
            for child in running:
                child.process.kill()
                child.process.wait()
                child.log.close()
    return ending


def _start(cell: Cell, measuring: Measuring, jobs: int) -> _Child:
    cell.log.parent.mkdir(parents=True, exist_ok=True)
    threads = max(1, _cores() // jobs)
    log = cell.log.open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", CHILD, *words_of(cell, measuring)],
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C goes to this process alone, which asks the others to stop
    )
    return _Child(cell, process, log, time.monotonic())


def _judge(child: _Child, ending: Ending, teller: _Teller) -> None:
    child.log.close()
    status = child.process.returncode
    how = next((word for word, number in STATUS.items() if number == status), "")
    if not how and ending.stopped and status == -signal.SIGTERM:
        how = STOPPED  # before or after its pre-training
    if how == BUSY:
        ending.busy.append(child.cell)
    elif how == STOPPED:
        ending.stopped = True
    elif not how:
        lines = [line.strip() for line in child.cell.log.read_text(errors="replace").splitlines() if line.strip()]
        last = f"stopped by signal {-status}" if status < 0 else lines[-1] if lines else f"exit status {status}"
        how = _failed(ending, child.cell, f"{last.removeprefix('pointrecon: ')} (see {child.cell.log})")
    teller.ends(child.cell, how, time.monotonic() - child.began)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not everywhere
        return os.cpu_count() or 1
