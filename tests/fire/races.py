"""Two processes at once on one thing: each trial must end with one whole, right result and one clear sentence."""

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fire.command_inputs import make_input
from fire.forked_calls import import_everything
from fire.race_list import RACES, SOURCES, Race

_PATIENCE = 180.0  # seconds, after which a call counts as hanging


@dataclass
class Tally:
    """Trials of one race: how often both came through, one was told to wait, and each trial that broke a promise."""

    both: int = 0
    one: int = 0
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = self.both + self.one + len(self.broken)
        return f"{done} trials: {self.both} both right, {self.one} one right and one told, {len(self.broken)} broken"


def race(name: str, trials: int, folder: Path, seed: int) -> Tally:
    """So many seeded trials of one race, the second call some moments after the first; broken ones stay."""
    import_everything()
    this, tally, rng = RACES[name], Tally(), np.random.default_rng([seed, *name.encode()])
    start = folder / f"{name}-start"
    start.mkdir(parents=True)
    with Forked(start, lambda: _prepare(this, start)) as made:
        status, words, _ = made.wait()
    if status:
        raise RuntimeError(f"{name}: what the race needs could not be made: {words}")
    with Forked(start, lambda: 0) as nothing:
        nothing.wait()
    longest = 0.0
    for number in range(trials):
        place = folder / f"{name}-{number}"
        shutil.copytree(start, place)
        late = float(rng.uniform(0, longest)) if number % 2 else float(rng.uniform(0, 0.05))
        swapped = bool(rng.integers(2))
        one, other = (this.second, this.first) if swapped else (this.first, this.second)
        with Forked(place, _command(one), "one") as a, Forked(place, _command(other), "other", late) as b:
            ended = [a.wait(), b.wait()]
        longest = max(longest, ended[0][2])
        if swapped:
            ended.reverse()
        fault = _told(ended)
        fine = [status == 0 for status, _, _ in ended]
        if not fault:
            with Forked(place, _checked(this, fine), "check") as check:
                status, words, _ = check.wait()
            fault = words.strip() if status else ""
        if fault:
            tally.broken.append(f"{place}: {fault}")
            continue
        tally.both, tally.one = tally.both + all(fine), tally.one + (not all(fine))
        shutil.rmtree(place)
        for mark in folder.glob(f"{name}-{number}.*"):
            mark.unlink()
    return tally


def _told(ended: list[tuple[int, str, float]]) -> str:
    """What is wrong with how two calls ended, or ""."""
    for status, words, _ in ended:
        if status not in (0, 2) or "Traceback" in words or "panicked" in words:
            return f"status {status}: {words[-1500:]}"
        if status == 2 and not words.strip().splitlines()[-1].startswith("pointrecon: "):
            return f"no sentence: {words[-600:]}"
        if status == 2 and not any(told in words for told in ("being written by", "exists already", *_KNOWN)):
            return f"not told that another process is at it: {words[-600:]}"
    if all(status for status, _, _ in ended):
        return f"neither came through: {ended[0][1][-400:]} | {ended[1][1][-400:]}"
    return ""


_KNOWN = (
    "holds a run already",
    "holds folds already",
    "holds an ablation",
    "was replaced or removed",
    "holds a run already",
)


def _command(line: str) -> Callable[[], int]:
    def run() -> int:
        from pointrecon.cli.main import main

        sys.argv = ["pointrecon", *line.split()]
        return main(line.split())

    return run


def _prepare(this: Race, folder: Path) -> int:
    for line in (*(f"+{name}" for name in this.needs), *this.before):
        name = line.removeprefix("+")
        if name == line:
            if status := _command(line)():
                return status
        else:
            SOURCES[name](folder / name) if name in SOURCES else make_input(name, folder)
    return 0


def _checked(this: Race, fine: list[bool]) -> Callable[[], int]:
    def check() -> int:
        fault = this.right(*fine) or _leftovers()
        print(fault)
        return 1 if fault else 0

    return check


def _leftovers() -> str:
    # the lock of an ablation stays, and what was prepared for the next search
    found = [str(path) for path in Path().rglob(".*") if path.name != ".lock" and not path.name.endswith(".search")]
    return f"left over: {', '.join(found[:5])}" if found else ""


class Forked:
    """A job in a fork of this process, from ``late`` seconds on; its screen goes to a file beside the folder."""

    def __init__(self, folder: Path, job: Callable[[], int], name: str = "job", late: float = 0.0) -> None:
        self.screen, self.began = folder.with_name(f"{folder.name}.{name}"), time.monotonic()
        sys.stdout.flush()
        self.process = os.fork()
        if not self.process:
            self._be(folder, job, late)

    def __enter__(self) -> "Forked":
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.process, 9)
            os.waitpid(self.process, 0)

    def wait(self) -> tuple[int, str, float]:
        """The exit status (99 where it hangs), what was on the screen, the seconds it took."""
        while True:
            done, status = os.waitpid(self.process, os.WNOHANG)
            took = time.monotonic() - self.began
            if done:
                return os.waitstatus_to_exitcode(status), self.screen.read_text(errors="replace"), took
            if took > _PATIENCE:
                return 99, f"hangs; {self.screen.read_text(errors='replace')}", took
            time.sleep(0.005)

    def _be(self, folder: Path, job: Callable[[], int], late: float) -> None:
        status = 70
        try:
            os.setsid()
            out = os.open(self.screen, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.chdir(folder)
            time.sleep(late)
            status = job()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
