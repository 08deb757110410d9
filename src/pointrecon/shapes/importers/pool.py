"""Reading many files at once: a process pool that survives readers that crash."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

from joblib.externals.loky import ProcessPoolExecutor

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.read import RawShape

_FIRST = 32  # a small first batch: an early estimate, and an early failure where the disk refuses
_LONG = 10.0  # seconds; a longer import is announced


def read_all(
    entries: list[Entry], points: int, seed: int, workers: int | None, batch: int
) -> Iterator[tuple[list[Entry], list[RawShape | str]]]:
    """Batches of entries, in order, with what was read: a shape, or the reason why not."""
    processes = max(1, min(workers or os.cpu_count() or 1, len(entries)))
    pool = _Pool(processes)
    began = time.monotonic()
    with Bar("reading files", len(entries)) as bar:
        try:
            start = 0
            while start < len(entries):
                chunk = entries[start : start + (batch if start else min(_FIRST, batch))]
                results: list[RawShape | str] = []
                for result in pool.read(chunk, points, seed):
                    results.append(result)
                    bar.advance(1)
                left = (time.monotonic() - began) / len(chunk) * (len(entries) - len(chunk))
                if not start and left > _LONG:
                    print(f"{len(entries)} files on {processes} cores, about {left:.0f} s", file=sys.stderr)
                yield chunk, results
                start += len(chunk)
        finally:
            pool.close()


def read_entry(entry: Entry, points: int, seed: int) -> RawShape | str:
    """One shape, or the reason why not as a sentence. Runs in a worker process."""
    return attempt(lambda: entry.read(points, seed))


def attempt(read: Callable[[], RawShape]) -> RawShape | str:
    """What is read, or the reason why not as a sentence."""
    try:
        return read()
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
    except Exception as error:  # one odd file must not end an import of thousands
        return f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}"


class _Pool:
    """Processes, or this process where one is enough."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor = self._start(processes) if processes > 1 else None
        self._alone: ProcessPoolExecutor | None = None
        self._broken = False

    def read(self, chunk: list[Entry], points: int, seed: int) -> Iterator[RawShape | str]:
        if self._broken:
            self.close()
            self._executor, self._alone, self._broken = self._start(self._processes), None, False
        if self._executor is None:
            yield from (read_entry(entry, points, seed) for entry in chunk)
            return
        futures = [self._submit(self._executor, entry, points, seed) for entry in chunk]
        for entry, future in zip(chunk, futures, strict=True):
            try:
                if future is not None:
                    yield future.result()
                    continue
            except BrokenProcessPool:
                self._broken = True
            # a reader crashed, or was killed for its memory, and took its neighbors along: they are
            # read again, one at a time, so that only the culprit is skipped
            yield self._read_alone(entry, points, seed)

    def close(self) -> None:
        for executor in (self._executor, self._alone):
            if executor is not None:
                executor.shutdown(wait=not self._broken, kill_workers=True)

    def _submit(self, executor: ProcessPoolExecutor, entry: Entry, points: int, seed: int) -> Future | None:
        try:
            return executor.submit(read_entry, entry, points, seed)
        except BrokenProcessPool:  # by an earlier one of this batch
            self._broken = True
            return None

    def _read_alone(self, entry: Entry, points: int, seed: int) -> RawShape | str:
        self._alone = self._alone or self._start(1)
        try:
            return self._alone.submit(read_entry, entry, points, seed).result()
        except BrokenProcessPool:
            self._alone.shutdown(wait=False)
            self._alone = None
            return "crashes its reader, or needs more memory than there is"

    @staticmethod
    def _start(processes: int) -> ProcessPoolExecutor:
        # joblib's processes neither fork, which deadlocks beside LanceDB's threads, nor import the caller's script
        return ProcessPoolExecutor(processes)
