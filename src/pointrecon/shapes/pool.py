"""Reading many files at once: a process pool that survives readers that crash."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from pointrecon.errors import InputError
from pointrecon.shapes.bar import Bar
from pointrecon.shapes.files import RawShape, read_shape
from pointrecon.shapes.manifest import Entry

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
    try:
        return read_shape(entry.path, points, seed=seed, id=entry.id)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"cannot be opened: {error.strerror or error}"
    except MemoryError:
        return "does not fit into memory"
    except Exception as error:  # one odd file must not end an import of thousands
        return f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}"


class _Pool:
    """Processes, or this process where one is enough or none can be started."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor = self._start(processes) if processes > 1 else None

    def read(self, chunk: list[Entry], points: int, seed: int) -> Iterator[RawShape | str]:
        if self._executor is None:
            yield from (read_entry(entry, points, seed) for entry in chunk)
            return
        futures = [self._executor.submit(read_entry, entry, points, seed) for entry in chunk]
        for entry, future in zip(chunk, futures, strict=True):
            yield self._result(entry, future, points, seed)

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _result(self, entry: Entry, future: Future, points: int, seed: int) -> RawShape | str:
        try:
            return future.result()
        except BrokenProcessPool:
            # a reader crashed, or was killed for its memory, and took its neighbours along: each gets a
            # process of its own, so that only the culprit is skipped
            alone = self._start(1)
            if alone is None:
                return "cannot be read: worker processes cannot be started"
            with alone:
                try:
                    result = alone.submit(read_entry, entry, points, seed).result()
                except BrokenProcessPool:
                    result = "crashes its reader, or needs more memory than there is"
            if self._executor is not None and getattr(self._executor, "_broken", False):
                self._executor.shutdown(wait=False, cancel_futures=True)
                self._executor = self._start(self._processes)
            return result

    @staticmethod
    def _start(processes: int) -> ProcessPoolExecutor | None:
        # spawn: forking a process that has LanceDB's threads deadlocks
        executor = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
        try:
            executor.submit(os.getpid).result()
        except BrokenProcessPool:  # a script without its __main__ guard
            executor.shutdown(wait=False)
            print(
                "pointrecon: cannot start worker processes (guard the script with "
                "'if __name__ == \"__main__\":'); reading in this one",
                file=sys.stderr,
            )
            return None
        return executor
