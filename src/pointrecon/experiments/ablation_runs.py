"""Do the runs of an ablation, nothing twice: one after another here, or several at a time in processes of their own."""

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

from pointrecon.documents import read_json
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation.probing import probe
from pointrecon.evaluation.record import save_records, write_json
from pointrecon.experiments.ablation_plan import Have, Planned, model_of
from pointrecon.files import disk_error, write_text
from pointrecon.interrupt import Interrupt, end_with_parent, heard
from pointrecon.lock import locked
from pointrecon.progress import duration
from pointrecon.screen import say
from pointrecon.settings import resolve
from pointrecon.training.first_weights import first_model, start_from
from pointrecon.training.pretrain_config import PretrainConfig
from pointrecon.training.pretraining import pretrain
from pointrecon.training.run_folder import CONFIG, MODEL, RESULTS, RunFolder

TIMING = "timing.json"
DONE, BUSY = "done", "busy"
_BUSY_STATUS = 75  # of a child: another process is at its run
_LOOK = 0.1  # seconds between looks at the children


@dataclass
class Measuring:
    """How the model of a run on ``data`` is measured; ``tables`` has labeled shapes by the name of the results file."""

    data: list[Any]
    tables: dict[str, Any]
    compare_untrained: bool = True
    command: str = "python"

    def missing(self, run: Planned) -> list[str]:
        """The tables a run is not measured on yet; all of them while its model is not finished."""
        finished = (run.folder / MODEL).is_dir()
        return [name for name in self.tables if not finished or not results_file(run, name).is_file()]


def results_file(run: Planned, table: str) -> Path:
    """The records of a run on one table."""
    return run.folder / RESULTS / f"{table}.json"


def check_starts(runs: Sequence[Planned], have: Have) -> None:
    """Raise InputError where a run is to begin from a model that is not there or does not fit; ``have``: the teachers.

    A run that has weights of its own already needs none.
    """
    checked = set()
    for run in runs:
        init, model, own = run.config.init, model_of(run.config, have), RunFolder(run.folder)
        if init in ("", "auto") or (init, str(model)) in checked or own.model_folder.is_dir() or own.checkpoint_files():
            continue
        try:
            start_from(first_model(run.config, model), init)
        except InputError as error:
            raise InputError(f"{run} cannot begin from '{init}': {error} (or --init none: random weights)") from error
        checked.add((init, str(model)))


def do_run(run: Planned, measuring: Measuring) -> str:
    """Do what is left to do for one run: DONE, or BUSY (another process is at it).

    Raises:
        InputError: as :func:`pointrecon.pretrain` and :func:`pointrecon.probe`.
        Stopped: it has a checkpoint and can go on.
    """
    with locked(run.beside("lock")) as mine:
        if not mine:
            return BUSY
        began, at_once = time.monotonic(), not (run.folder / CONFIG).is_file()
        if not (run.folder / MODEL).is_dir():
            pretrain(measuring.data, run.folder, config=run.config if at_once else None, resume=not at_once)
            if not (run.folder / MODEL).is_dir():  # train.stop_after
                raise Stopped
        for name in measuring.missing(run):
            found = probe(
                run.folder / MODEL,
                measuring.tables[name],
                results_file(run, name),
                feature="auto",
                seed=run.seed,
                compare_untrained=measuring.compare_untrained,
                show=False,
            )
            for record in found:
                record.command = measuring.command
            save_records(results_file(run, name), found.records)
        if at_once:
            write_json(run.folder / TIMING, {"seconds": round(time.monotonic() - began, 1), "work": run.work()})
    return DONE


@dataclass
class Grinding:
    """Every run of an ablation, and how far they are."""

    runs: Sequence[Planned]  # done or not
    measuring: Measuring
    jobs: int = 1  # runs at a time; with 1 they are done in this process
    failed: dict[str, str] = field(default_factory=dict)  # the runs that failed → the last line each said
    busy: list[Planned] = field(default_factory=list)  # those another process is at

    def left(self) -> list[Planned]:
        """The runs that are not done."""
        return [run for run in self.runs if self.measuring.missing(run)]

    def time_left(self) -> str:
        """How long they take, from those that are done; empty while none is."""
        rates = [rate for run in self.runs if not self.measuring.missing(run) and (rate := _seconds_per_work(run))]
        work = [run.work() for run in self.left()]
        return duration(median(rates) * sum(work) / min(self.jobs, len(work))) if rates and work else ""

    def grind(self) -> None:
        """Do every run that is not done.

        A run that fails does not keep the others from going on; runs that another process is at are left to it.

        Raises:
            Stopped: after Ctrl-C or SIGTERM, in good order: what was pre-training has written a checkpoint.
        """
        todo = self.left()
        if todo:
            told = f"about {long}" if (long := self.time_left()) else "an estimate comes with the first that is done"
            tell(f"{len(todo)} of {len(self.runs)} runs to do: {told}")
        while todo:
            self.busy = []
            self._here(todo) if self.jobs == 1 else self._beside(todo)
            before, todo = len(todo), [run for run in self.busy if self.measuring.missing(run)]
            if len(todo) == before:
                break  # all that is left is in other hands; else look again, they may be free or done by now

    def _here(self, todo: Sequence[Planned]) -> None:
        with heard():
            for run in todo:
                self._tell(run, "starts")
                began = time.monotonic()
                try:
                    self._ended(run, do_run(run, self.measuring), began)
                except InputError as error:
                    self._ended(run, str(error), began)
                except Exception as error:  # the others are not to suffer
                    if disk_error(error, run.folder):  # they would be refused, too
                        raise
                    write_text(run.beside("log"), traceback.format_exc())
                    self._ended(run, f"{type(error).__name__}: {error} (see {run.beside('log')})", began)

    def _beside(self, todo: Sequence[Planned]) -> None:
        waiting, running, status = list(todo), list[_Child](), 0
        with Interrupt() as interrupt:
            try:
                while running or (waiting and not status):
                    if interrupt.requested and not status:
                        status = interrupt.status
                        tell("stopping; runs that are pre-training write a checkpoint")
                        for child in running:
                            child.process.terminate()
                    while waiting and len(running) < self.jobs and not status:
                        running.append(self._started(waiting.pop(0)))
                    for child in [child for child in running if child.process.poll() is not None]:
                        running.remove(child)
                        child.log.close()
                        if child.process.returncode in (130, 143, -15):  # asked to stop, there or before it listened
                            status = status or 143
                            self._tell(child.run, "stopped, can go on")
                        else:
                            self._ended(child.run, child.how(), child.began)
                    time.sleep(_LOOK)
            finally:  # a second Ctrl-C
                for child in running:
                    child.process.kill()
                    child.process.wait()
                    child.log.close()
        if status:
            raise Stopped(status)

    def _started(self, run: Planned) -> "_Child":
        self._tell(run, "starts")
        run.folder.parent.mkdir(parents=True, exist_ok=True)
        log = run.beside("log").open("ab")
        asked = json.dumps({"name": run.name, "config": asdict(run.config), "measuring": vars(self.measuring)})
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, asked, str(os.getpid())],
            env={**os.environ, "OMP_NUM_THREADS": str(max(1, cores // self.jobs))},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C goes to this process alone, which asks the others to stop
        )
        return _Child(run, process, log, time.monotonic())

    def _ended(self, run: Planned, how: str, began: float) -> None:
        if how == BUSY:
            self.busy.append(run)
            self._tell(run, "is left to the process that is at it")
        elif how == DONE:
            long, count = self.time_left(), len(self.runs)
            rest = f"; {count - len(self.left())} of {count} are done" + (f", about {long} to go" if long else "")
            self._tell(run, f"done in {duration(time.monotonic() - began)}{rest}")
        else:
            self.failed[str(run)] = " ".join(how.split()) or "failed"
            self._tell(run, f"failed: {self.failed[str(run)]}")

    def _tell(self, run: Planned, what: str) -> None:
        tell(f"[{self.runs.index(run) + 1}/{len(self.runs)}] {run}: {what}")


@dataclass
class _Child:
    run: Planned
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    began: float

    def how(self) -> str:
        """How it ended: DONE, BUSY, or the last line it said."""
        status = self.process.returncode
        if status in (0, _BUSY_STATUS):
            return BUSY if status else DONE
        path = self.run.beside("log")
        lines = [line.strip() for line in path.read_text(errors="replace").splitlines() if line.strip()]
        last = f"stopped by signal {-status}" if status < 0 else lines[-1] if lines else f"exit status {status}"
        return f"{last.removeprefix('pointrecon: ')} (see {path})"


def _seconds_per_work(run: Planned) -> float | None:
    try:
        content = read_json(run.folder / TIMING)
        return float(content["seconds"]) / float(content["work"])
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None


def tell(text: str) -> None:
    """Tell whoever watches."""
    say(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str]) -> int:
    """Do one run in a process of its own, as `Grinding` describes it; the exit status tells how it ended."""
    asked: dict[str, Any] = json.loads(argv[0])
    try:
        with heard():
            config = resolve(PretrainConfig, "pretrain", overrides=asked["config"])
            run = Planned(asked["name"], config)
            return _BUSY_STATUS if do_run(run, Measuring(**asked["measuring"])) == BUSY else 0
    except InputError as error:
        say(f"pointrecon: {error}", file=sys.stderr)
        return 2
    except Stopped as stop:
        return stop.status


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]))  # what it is at then can be gone on with
    sys.exit(main(sys.argv[1:]))
