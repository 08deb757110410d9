"""Work on coming items in background threads, a few ahead of who uses it, in order."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Ahead(Generic[T, R]):
    """An iterator over (item, work(item)) that has the next results made while the last one is used.

    What ``work`` raises is raised where its result would come. Use it as a context manager or call :meth:`close`: then
    no further work starts, and what is under way is waited for.
    """

    def __init__(self, work: Callable[[T], R], items: Iterable[T], *, depth: int = 4, workers: int = 2) -> None:
        """``work`` is called in ``workers`` threads; at most ``depth`` results are made or under way."""
        self.waited = 0.0  # seconds the user of the iterator waited for results so far
        self._work, self._items, self._depth = work, iter(items), depth
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="ahead")
        self._coming: deque[tuple[T, Future[R]]] = deque()
        self._fill()

    def ready(self) -> bool:
        """Whether the next result is there already."""
        return bool(self._coming) and self._coming[0][1].done()

    def close(self) -> None:
        """Stop; safe to call twice."""
        self._items = iter(())
        self._coming.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while len(self._coming) < self._depth:
            try:
                item = next(self._items)
            except StopIteration:
                return
            self._coming.append((item, self._pool.submit(self._work, item)))

    def __iter__(self) -> Iterator[tuple[T, R]]:
        return self

    def __next__(self) -> tuple[T, R]:
        if not self._coming:
            raise StopIteration
        item, future = self._coming.popleft()
        began = time.monotonic()
        try:
            result = future.result()
        finally:
            self.waited += time.monotonic() - began
        self._fill()
        return item, result

    def __enter__(self) -> "Ahead[T, R]":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
