"""Reading many files at once: a process pool that survives readers that crash."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

from joblib.externals.loky import ProcessPoolExecutor

from pointrecon.errors import InputError
from pointrecon.interrupt import deaf_children
from pointrecon.progress import Bar, duration, plural
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud

_FIRST = 32  # a small first batch: an early estimate, and an early failure where the disk refuses
_LONG = 10.0  # seconds; a longer import is announced
Read = tuple[list[Entry], list[Cloud | str]]


def read_all(
    entries: Sequence[Entry],
    points: int,
    seed: int,
    workers: int | None = None,
    batch: int = 256,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Read]:
    """Batches of entries, in order, with what was read: a shape, or the reason why not.

    ``stop`` is asked after every file; where it says so, what was read so far is the last batch.
    """
    processes = max(1, min(workers or os.cpu_count() or 1, len(entries)))
    pool = _Pool(processes)
    with Bar("reading files", len(entries)) as bar:
        try:
            start = 0
            while start < len(entries) and not stop():
                chunk = list(entries[start : start + (batch if start else min(max(_FIRST, 2 * processes), batch))])
                results: list[Cloud | str] = []
                times: list[float] = []
                with closing(pool.read(chunk, points, seed)) as coming:
                    for result in coming:
                        results.append(result)
                        times.append(time.monotonic())
                        bar.advance(1)
                        if stop():
                            break
                left = seconds_left(times, len(entries))
                if not start and left > _LONG:
                    work = f"{plural(len(entries), 'file')} in {plural(processes, 'process')}"
                    print(f"{work}, about {duration(left)}", file=sys.stderr)
                yield chunk[: len(results)], results
                start += len(chunk)
        finally:
            pool.close()


def seconds_left(times: Sequence[float], total: int) -> float:
    """How long the rest of `total` files takes, told from when the first ones were done; 0 where one is too few.

    Their first half does not count: meanwhile the processes were starting.
    """
    half = len(times) // 2
    return (times[-1] - times[half - 1]) / (len(times) - half) * (total - len(times)) if half else 0.0


def read_entry(entry: Entry, points: int, seed: int) -> Cloud | str:
    """One shape, or the reason why not as a sentence. Runs in a worker process."""
    return attempt(lambda: entry.read(points, seed))


def attempt(read: Callable[[], Cloud]) -> Cloud | str:
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
    """Processes, or this process where one is enough.

    joblib's neither fork, which deadlocks beside LanceDB's threads, nor import the caller's script.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._executor = ProcessPoolExecutor(processes) if processes > 1 else None
        self._alone: ProcessPoolExecutor | None = None
        self._broken = False

    def read(self, chunk: list[Entry], points: int, seed: int) -> Generator[Cloud | str, None, None]:
        if self._broken:
            self.close()
            self._executor, self._alone, self._broken = ProcessPoolExecutor(self._processes), None, False
        if self._executor is None:
            yield from (read_entry(entry, points, seed) for entry in chunk)
            return
        with deaf_children():
            futures = [self._submit(self._executor, entry, points, seed) for entry in chunk]
        try:
            for entry, future in zip(chunk, futures, strict=True):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    # a reader crashed, or was killed for its memory, and took its neighbors along: they are
                    # read again, one at a time, so that only the culprit is skipped
                    self._broken = True
                    yield self._read_alone(entry, points, seed)
        finally:  # where nobody waits for the rest
            for future in futures:
                future.cancel()

    def close(self) -> None:
        for executor in (self._executor, self._alone):
            if executor is not None:
                executor.shutdown(wait=not self._broken, kill_workers=self._broken)

    @staticmethod
    def _submit(executor: ProcessPoolExecutor, entry: Entry, points: int, seed: int) -> Future:
        try:
            return executor.submit(read_entry, entry, points, seed)
        except BrokenProcessPool as error:  # by an earlier one of this batch
            future: Future = Future()
            future.set_exception(error)
            return future

    def _read_alone(self, entry: Entry, points: int, seed: int) -> Cloud | str:
        self._alone = self._alone or ProcessPoolExecutor(1)
        try:
            with deaf_children():
                future = self._alone.submit(read_entry, entry, points, seed)
            return future.result()
        except BrokenProcessPool:
            self._alone.shutdown(wait=False)
            self._alone = None
            return "crashes its reader, or needs more memory than there is"
