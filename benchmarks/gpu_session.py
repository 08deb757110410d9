"""Runs the parts of a GPU session one after another; a part that hangs or dies costs the others nothing.

Nothing heavy is imported here. After every part the folder is complete: a session may be cut off at any time.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from benchmarks.gpu_parts import PARTS, SessionPart
from benchmarks.gpu_sheet import BROKEN, FILE, SESSION, read_lines
from benchmarks.gpu_summary import Ending, for_the_screen, markdown

_ROOT = Path(__file__).parents[1]
_GRACE = 5.0  # seconds to write down what a stopped part has, before it is killed
_WORTH_IT = 15.0  # seconds that must be left to start a broken part again
_IMPORTS = ("torch._inductor.compile_fx", "sklearn.svm", "transformers", "lightning_fabric", "jsonargparse")
_WARM_UP = 90.0  # seconds for these: a cold disk is slow, and no part's limit counts that
_TAIL = 25  # lines of a failed part's log on the screen
_LARGEST_LOG = 8 << 20  # bytes


def run_session(out: Path, parts: Mapping[str, SessionPart], *, rehearse: bool) -> list[Ending]:
    """Run the parts in order, and print and write how they end.

    Args:
        out: folder of the results; what is there stays.
        parts: name → part.
        rehearse: tiny sizes on the CPU; a GPU is hidden.
    """
    out.mkdir(parents=True, exist_ok=True)
    if not rehearse:
        _warm_up(out / "imports.log")
    session, endings = time.strftime("%Y-%m-%dT%H:%M:%S"), list[Ending]()
    for name, part in parts.items():
        ending = _run(name, part, out, session, rehearse)
        endings.append(ending)
        print(f"{ending.word:8}{name:12}{ending.seconds:6.1f} s", flush=True)
        if ending.word != "PASS":
            print("".join(f"    {line[:200]}\n" for line in _tail(out / f"{name}.log")), end="", flush=True)
        lines = [line for line in read_lines(out / FILE) if line["session"] == session]
        (out / "summary.md").write_text(markdown(endings, lines), encoding="utf-8")
    print(for_the_screen(endings, lines if endings else []), flush=True)
    return endings


def _warm_up(log: Path) -> None:
    """Read from the disk what the parts import; what is not installed is left out."""
    start = time.monotonic()
    lines = [f"try: import {module}\nexcept Exception as error: print(error)" for module in _IMPORTS]
    script = "\n".join(lines)
    _stopped_in_time(f"exec {shlex.quote(sys.executable)} -c {shlex.quote(script)}", dict(os.environ), log, _WARM_UP)
    print(f"{'':8}{'imports':12}{time.monotonic() - start:6.1f} s", flush=True)


def _run(name: str, part: SessionPart, out: Path, session: str, rehearse: bool) -> Ending:
    """One part, started again where CUDA broke or the process died, as long as every start gets further."""
    limit = part.rehearsal_seconds if rehearse else part.seconds
    command = part.rehearsal if rehearse and part.rehearsal else part.command
    path = [str(_ROOT / "src"), str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {
        **os.environ,
        **{"PYTHON": sys.executable, "OUT": str(out.resolve()), "REHEARSE": "--rehearse" if rehearse else ""},
        **{"PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
        SESSION: session,
    }
    if rehearse:
        surroundings["CUDA_VISIBLE_DEVICES"] = ""
    start, died = time.monotonic(), False
    log = out / f"{name}.log"
    while True:
        known, left = _names(out, session), limit - (time.monotonic() - start)
        status = _stopped_in_time(command, surroundings | {"LIMIT": f"{left:.1f}"}, log, left)
        spent = time.monotonic() - start
        _shorten(log)
        if status == 0:
            return Ending(name, "FAIL" if died else "PASS", spent)
        if status is None:
            return Ending(name, "TIMEOUT", spent)
        died = True
        further = _names(out, session) > known
        if not (further and (status < 0 or status > 128 or status == BROKEN) and limit - spent > _WORTH_IT):
            return Ending(name, "FAIL", spent)


def _names(out: Path, session: str) -> set[tuple[str, str]]:
    """What this session began or wrote so far."""
    return {(line["part"], line["name"]) for line in read_lines(out / FILE) if line["session"] == session}


def _stopped_in_time(command: str, surroundings: dict[str, str], log: Path, limit: float) -> int | None:
    """Exit status of a command, its output at the end of ``log``; None where it took too long and was stopped."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=_ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            # The first signal is Ctrl-C's: pytest then tells what it has, Python where it was.
            for number, patience in ((signal.SIGINT, _GRACE), (signal.SIGKILL, 60)):
                _signal_all(process.pid, number)
                try:
                    process.wait(patience)
                    break
                except subprocess.TimeoutExpired:
                    continue
            return None
        finally:
            _signal_all(process.pid, signal.SIGKILL)  # what it left running would hold the GPU's memory
            process.poll()


def _signal_all(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _shorten(log: Path) -> None:
    """Keep the end of a log that ran away."""
    if log.stat().st_size > _LARGEST_LOG:
        log.write_bytes(b"...\n" + log.read_bytes()[-_LARGEST_LOG:])


def _tail(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]


def chosen(names: Sequence[str], parts: Mapping[str, SessionPart]) -> dict[str, SessionPart]:
    """The parts named, in that order, each perhaps with other seconds ("steps:200"); all when none is named.

    Raises:
        ValueError: for a name that is no part, or seconds that are no number.
    """
    found = {}
    for asked in names or parts:
        name, _, seconds = asked.partition(":")
        if name not in parts:
            raise ValueError(f"there is no part '{name}'; choose from {', '.join(parts)}")
        part = parts[name]
        if seconds:
            part = replace(part, seconds=float(seconds), rehearsal_seconds=float(seconds))
        found[name] = part
    return found


def main(argv: Sequence[str]) -> int:
    """Parse and run; 0 only if all parts passed."""
    limits = "; ".join(f"{name} ({part.seconds:.0f} s)" for name, part in PARTS.items())
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.sh", description="What this GPU makes of the library.")
    parser.add_argument("out", type=Path, help="folder: a log per part, results.jsonl, summary.md")
    parser.add_argument(
        "parts", nargs="*", metavar="PART[:SECONDS]", help=f"in this order; all when left out: {limits}"
    )
    parser.add_argument("--rehearse", action="store_true", help="the same on the CPU, with tiny sizes")
    asked = parser.parse_args(argv)
    try:
        parts = chosen(asked.parts, PARTS)
    except ValueError as error:
        parser.error(str(error))
    endings = run_session(asked.out, parts, rehearse=asked.rehearse)
    return 0 if all(ending.word == "PASS" for ending in endings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
