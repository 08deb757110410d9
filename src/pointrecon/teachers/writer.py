"""Features into a table a few seconds apart, with progress; what is written stays after a kill."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.errors import InputError

if TYPE_CHECKING:
    from pointrecon.shapes.table import ShapeTable

# A write costs a new fragment of the table (or the whole .npz file again), so not every batch is written at
# once.
FLUSH_SECONDS = 20.0
_SPEAK_SECONDS = 20.0


class FeatureWriter:
    """Collects features and appends them to the table; as a context manager it writes the rest at the end.

    Args:
        table: where to.
        name: of the features, such as "image/clip".
        info: what is recorded beside the features; must match what is there if some are there already.
        total: shapes still to come, for the time to go.

    Raises:
        InputError: features of this name are there and were made in another way.
    """

    def __init__(
        self, table: "ShapeTable", name: str, info: dict, total: int, *, progress: bool = True
    ) -> None:
        self.table, self.name, self.total = table, name, total
        self.written = 0
        self._done = 0
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._progress = progress
        _check_info(table, name, info)
        if total and table.feature_info(name) != info:
            table.set_feature_info(name, info)

    def __enter__(self) -> "FeatureWriter":
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("to go"),
            TimeRemainingColumn(),
            console=console,
            disable=not (self._progress and console.is_terminal),
        )
        self._silent = not self._progress or console.is_terminal
        self._task = self._bar.add_task(self.name, total=self.total)
        self._start = self._spoken = self._flushed = time.monotonic()
        self._bar.start()
        return self

    def add(self, ids: np.ndarray, values: np.ndarray) -> None:
        """Take the features (m, V, D) of these shapes.

        Raises:
            InputError: values that are not finite.
        """
        bad = np.flatnonzero(~np.isfinite(values.astype(np.float16)).all((1, 2)))
        if len(bad):
            raise InputError(
                f"the teacher gives features for '{ids[bad[0]]}' that float16 cannot hold or are NaN: "
                "its weights or that shape are damaged"
            )
        self._waiting.append((ids, values.astype(np.float16)))
        self._done += len(ids)
        self._bar.update(self._task, completed=self._done)
        now = time.monotonic()
        if now - self._flushed >= FLUSH_SECONDS:
            self._flush()
        if not self._silent and now - self._spoken >= _SPEAK_SECONDS:
            self._spoken = now
            to_go = (now - self._start) / self._done * (self.total - self._done)
            print(
                f"{self.name}: {self._done}/{self.total} shapes, about {to_go / 60:.1f} min to go",
                file=sys.stderr,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []  # taken out first: a failed write is not tried again
        if waiting:
            ids, values = (np.concatenate(part) for part in zip(*waiting, strict=True))
            self.table.add_features(self.name, ids, values)
            self.written += len(ids)
        self._flushed = time.monotonic()


def _check_info(table: "ShapeTable", name: str, info: dict) -> None:
    if not table.feature_ids(name):
        return
    before = table.feature_info(name)
    changed = [key for key in info if before.get(key) != info[key] and key not in ("model", "spec")]
    if changed:
        key = changed[0]
        kind = name.split("/")[0]
        raise InputError(
            f"{table.path} has features '{name}' made with another {key} ({_short(before.get(key))}, now "
            f"{_short(info[key])}): use the same, or store these under a name of their own with {kind}_name"
        )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
