"""Features into a table a few seconds apart, with progress; what is written stays after a kill."""

import time
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.bar import Bar

if TYPE_CHECKING:
    from pointrecon.shapes.table import ShapeTable

# A write costs a new fragment of the table (or the whole .npz file again), so not every batch is written at
# once.
FLUSH_SECONDS = 20.0


class FeatureWriter:
    """Collects features and appends them to the table; as a context manager it writes the rest at the end.

    Args:
        table: where to.
        name: of the features, such as "image/clip".
        info: what is recorded beside the features; must match what is there if some are there already.
        total: shapes still to come, for the time to go.
        progress: show how far it is on standard error.

    Raises:
        InputError: features of this name are there and were made in another way.
    """

    def __init__(self, table: "ShapeTable", name: str, info: dict, total: int, *, progress: bool) -> None:
        self.table, self.name = table, name
        self.written = 0
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._bar = Bar(name, total) if progress else None
        _check_info(table, name, info)
        if total and table.feature_info(name) != info:
            table.set_feature_info(name, info)
        self._flushed = time.monotonic()

    def __enter__(self) -> "FeatureWriter":
        if self._bar:
            self._bar.__enter__()
        return self

    def add(self, ids: np.ndarray, values: np.ndarray) -> None:
        """Take the features (m, V, D) of these shapes.

        Raises:
            InputError: values that are not finite, or too large for float16.
        """
        with np.errstate(over="ignore"):  # it is looked for right below
            values = values.astype(np.float16)
        bad = np.flatnonzero(~np.isfinite(values).all((1, 2)))
        if len(bad):
            raise InputError(
                f"the teacher gives features for '{ids[bad[0]]}' that float16 cannot hold or are NaN: "
                "its weights or that shape are damaged"
            )
        self._waiting.append((ids, values))
        if self._bar:
            self._bar.advance(len(ids))
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
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
    # the same weights may lie in another place by now
    changed = [key for key in info if before.get(key) != info[key] and key not in ("model", "spec")]
    if changed:
        key, kind = changed[0], name.split("/")[0]
        raise InputError(
            f"{table.path}: its features '{name}' were made with {key} = {_short(before.get(key))}, not "
            f"{_short(info[key])}: use the same, or another name for these ({kind}_name, --{kind}-name)"
        )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
