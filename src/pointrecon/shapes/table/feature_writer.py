"""Features collected and appended a few seconds apart, with progress; what is written stays after a kill."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import Bar
from pointrecon.shapes.table.table_base import ShapeTable
from pointrecon.shapes.table.table_meta import difference, short

# A write costs a new fragment of the table (or the whole .npz file again), so not every batch is written at once.
FLUSH_SECONDS = 20.0
FLUSH_BYTES = 128 * 2**20
FLUSH_ROWS = 32_768  # ids weigh more than narrow vectors
FLUSH_SHARE = 0.1  # of the time, at most, goes into writing a table that is rewritten whole


class FeatureWriter:
    """Collects features and hands them on, some at a time, in a thread of its own; the rest when the context ends.

    Args:
        append: takes ids (m,) and values (m, V, D) float16 and writes them, whole or not at all.
        what, total, progress: is being made, and how many shapes are to come, for the bar; whether it is shown.
        maker: who gives the features, for messages.
        rewritten: a write takes as long as all that is there: what is collected is held, however much it is, until the
            last one was `FLUSH_SHARE` of the time since.
    """

    def __init__(
        self,
        append: Callable[[np.ndarray, np.ndarray], None],
        what: str,
        total: int,
        *,
        progress: bool,
        maker: str = "the teacher",
        rewritten: bool = False,
    ) -> None:
        self.written = 0
        self._rewritten, self._took = rewritten, 0.0
        self._append, self._maker = append, maker
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._bytes = self._rows = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._under_way: Future[None] | None = None
        self._bar = Bar(what, total) if progress else None
        self._flushed = time.monotonic()

    def __enter__(self) -> "FeatureWriter":
        if self._bar:
            self._bar.__enter__()
        return self

    def add(self, ids: np.ndarray, values: np.ndarray) -> None:
        """Take the features (m, V, D) of these shapes.

        InputError for values that are not finite, or too large for float16; or what writing those before raised.
        """
        with np.errstate(over="ignore"):  # it is looked for right below
            values = values.astype(np.float16)
        bad = np.flatnonzero(~np.isfinite(values).all((1, 2)))
        if len(bad):
            raise InputError(
                f"{self._maker} gives features for '{ids[bad[0]]}' that float16 cannot hold or are NaN: "
                "its weights or that shape are damaged"
            )
        self._waiting.append((ids, values))
        self._bytes, self._rows = self._bytes + values.nbytes, self._rows + len(ids)
        if self._bar:
            self._bar.advance(len(ids))
        since = time.monotonic() - self._flushed
        late = since >= FLUSH_SECONDS
        if self._rewritten:
            due = late and self._took <= FLUSH_SHARE * since
        else:
            due = late or self._bytes >= FLUSH_BYTES or self._rows >= FLUSH_ROWS
        if due:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
        try:
            self._flush()
            self._join()
        finally:
            self._pool.shutdown()

    def _flush(self) -> None:
        self._join()
        waiting, self._waiting = self._waiting, []  # taken out first: a failed write is not tried again
        self._bytes = self._rows = 0
        if waiting:
            ids, values = (np.concatenate(part) for part in zip(*waiting, strict=True))
            self._under_way = self._pool.submit(self._write, ids, values)
        self._flushed = time.monotonic()

    def _write(self, ids: np.ndarray, values: np.ndarray) -> None:
        began = time.monotonic()
        self._append(ids, values)
        self._took = time.monotonic() - began
        self.written += len(ids)

    def _join(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()


def into_table(
    table: ShapeTable,
    name: str,
    info: dict,
    total: int,
    *,
    progress: bool,
    maker: str = "the teacher",
    other: str,
    by_sentence: bool = False,
) -> FeatureWriter:
    """A writer that appends to a table's features, such as "image/clip".

    Args:
        info: what is recorded beside the features.
        total, progress, maker: see :class:`FeatureWriter`.
        other: what to do where features of this name were made in another way, for the message.
        by_sentence: the writer takes sentences in place of ids.

    Raises:
        InputError: features of this name are there and were made in another way.
    """
    if name in table.rows().feature_shapes:
        if by_sentence and table.sentence_features(name) is None:
            raise InputError(f"{table.path}: its features '{name}' are kept by shape, not by sentence: {other}")
        check_same_way(f"{table.path}: its features '{name}'", table.feature_info(name), info, other)
        if total and table.feature_info(name) != info:
            table.set_feature_info(name, info)
    add = table.add_sentences if by_sentence else table.add_features
    return FeatureWriter(
        lambda keys, values: add(name, keys.tolist(), values, info),
        name,
        total,
        progress=progress,
        maker=maker,
        rewritten=table.rewritten,
    )


def check_same_way(what: str, before: dict, now: dict, other: str) -> None:
    """Raise InputError where features were made in another way; the same weights may lie in another place by now."""
    if key := difference(before, now):
        raise InputError(f"{what} were made with {key} = {short(before.get(key))}, not {short(now.get(key))}: {other}")
