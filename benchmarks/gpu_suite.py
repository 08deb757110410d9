"""Part of a GPU session: the tests that need a device, on it; every failure is a line as it happens."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.gpu_sheet import Sheet, run_part

LIST = Path(__file__).with_name("gpu_tests.txt")


class TestReporter:
    """A pytest plugin: counts outcomes, and keeps what failed."""

    __test__ = False

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.counts: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called for each phase of each test."""
        if report.when != "call" and report.outcome == "passed":
            return
        self.counts[report.outcome] = self.counts.get(report.outcome, 0) + 1
        if report.outcome == "failed":
            crash = getattr(report.longrepr, "reprcrash", None)
            reason = crash.message if crash is not None else str(report.longrepr)
            self.sheet.write(report.nodeid, error=reason.splitlines()[0][:300] if reason else report.when)

    def pytest_sessionfinish(self) -> None:
        """Called at the end, after an interrupt too."""
        self.sheet.write("tests", **self.counts)


def listed(path: Path) -> list[str]:
    """pytest's arguments from a file: one a line, ``#`` begins a comment."""
    lines = (line.split("#", 1)[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def run(sheet: Sheet) -> None:
    """Run the listed tests."""
    import pytest

    os.environ["POINTRECON_DEVICE"] = sheet.device
    os.environ["OMP_NUM_THREADS"] = "2"  # of each worker: more of them fight for the cores
    options = ["-q", "-rfE", "--durations=10", "-p", "no:cacheprovider"]
    if find_spec("pytest_timeout"):
        options += ["--timeout=60"]
    if sheet.rehearse:
        options += ["-k", "cuda or gpu"]  # all are collected; those that want a GPU are skipped
    elif find_spec("xdist"):
        options += ["-n", "6"]
    sheet.failed = bool(pytest.main([*options, *listed(LIST)], plugins=[TestReporter(sheet)]))


if __name__ == "__main__":
    run_part("suite", run)
