"""Classes given to shapes that are in a table already, by people and models: a log whose last words count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.column_checks import check_strings, refuse_duplicates

COLUMNS = ("id", "class", "who", "when", "confidence")


@dataclass(frozen=True)
class LabelLog:
    """Entries in the order they were made; all are (n,).

    Attributes:
        id: str. name: str, the class, "" where it was taken away. who: str, a person or a model.
        when: str, UTC, such as "2026-11-26T17:20:08+00:00".
        confidence: float64, a model's, 0 to 1; NaN of a person.
    """

    id: np.ndarray
    name: np.ndarray
    who: np.ndarray
    when: np.ndarray
    confidence: np.ndarray

    def __len__(self) -> int:
        return len(self.id)

    @staticmethod
    def of(columns: Sequence[Any]) -> "LabelLog":
        """From the five columns, as lists; a confidence may be None."""
        key, name, who, when = (np.asarray(text, np.str_).reshape(-1) for text in columns[:4])
        told = np.array([np.nan if value is None else value for value in columns[4]], np.float64)
        return LabelLog(key, name, who, when, told)

    @staticmethod
    def empty() -> "LabelLog":
        """No entries."""
        return LabelLog.of([[]] * len(COLUMNS))

    @property
    def columns(self) -> list[list[Any]]:
        """The five columns as lists, None for no confidence: ready for JSON and Arrow."""
        told = [None if np.isnan(value) else value for value in self.confidence.tolist()]
        return [self.id.tolist(), self.name.tolist(), self.who.tolist(), self.when.tolist(), told]

    def select(self, which: np.ndarray) -> "LabelLog":
        """These entries, by index or mask."""
        return LabelLog(*(column[which] for column in (self.id, self.name, self.who, self.when, self.confidence)))

    def of_shapes(self, ids: np.ndarray) -> "LabelLog | None":
        """The entries on these shapes; None where there are none."""
        mine = np.isin(self.id, ids)
        return self.select(mine) if mine.any() else None

    def and_then(self, later: "LabelLog") -> "LabelLog":
        """This log with later entries behind."""
        both = zip(self.columns, later.columns, strict=True)
        return LabelLog.of([before + after for before, after in both])

    @property
    def by_model(self) -> np.ndarray:
        """(n,) bool, which entries a model made."""
        return ~np.isnan(self.confidence)

    def without_guesses(self, ids: np.ndarray) -> "LabelLog":
        """The log without what models said of these shapes: they are others now."""
        return self.select(~(np.isin(self.id, ids) & self.by_model))

    def guesses(self, ids: np.ndarray) -> np.ndarray:
        """(m,) int64, of each of these shapes the place of the last entry on it where that is a model's, else -1."""
        if not self.by_model.any():
            return np.full(len(ids), -1, np.int64)
        last = self.last()
        place = np.array([last.get(key, -1) for key in ids.tolist()], np.int64).reshape(-1)
        return np.where(np.append(self.by_model, False)[place], place, -1)

    def last(self) -> dict[str, int]:
        """Id → the place of the last entry on it."""
        return {key: place for place, key in enumerate(self.id.tolist())}

    def over(self, ids: np.ndarray, label: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        """(m,) int64, the labels of shapes that came with ``label``, with what was given since.

        InputError where a class is none of the table's.
        """
        number = {name: i for i, name in enumerate(classes)} | {"": -1}
        last, found = self.last(), label.astype(np.int64)
        for i, key in enumerate(ids.tolist()):
            if (place := last.get(key)) is None:
                continue
            if (name := str(self.name[place])) not in number:
                raise InputError(f"the class '{name}' of '{key}' is none of the table's: set_meta took it away")
            found[i] = number[name]
        return found


def new_entries(log: LabelLog, ids: Any, classes: Any, who: Any, confidence: Any, where: str) -> LabelLog:
    """Entries for these shapes; those that say again what the last one said, of the same, are left out.

    InputError for lengths that differ, an id named twice, an empty ``who``, or a confidence that is not within 0 to 1.
    """
    keys, names = check_strings(list(ids), len(ids)), check_strings(list(classes), len(classes))
    by = check_strings(who, len(keys if isinstance(who, str) else who))
    told = np.full(len(keys), np.nan) if confidence is None else np.asarray(confidence, np.float64).reshape(-1)
    if not len(keys) == len(names) == len(told) == len(by):
        raise InputError(
            f"{where}: {len(names)} classes, {len(by)} givers, {len(told)} confidences for {len(keys)} ids"
        )
    refuse_duplicates(keys, f"{where}, labels")
    if not all(one.strip() for one in by.tolist()):
        raise InputError(f"{where}: labels need to say who gave them: a name, or a model's")
    if confidence is not None and not ((told >= 0) & (told <= 1)).all():
        raise InputError(f"{where}: confidences of labels are numbers from 0 to 1")
    when = np.full(len(keys), datetime.now(UTC).isoformat(timespec="seconds"))
    last, fresh = log.last(), np.ones(len(keys), bool)
    for i, key in enumerate(keys.tolist()):
        if (place := last.get(key)) is not None:
            same = log.name[place] == names[i] and log.who[place] == by[i]
            fresh[i] = not (same and np.isclose(log.confidence[place], told[i], atol=1e-6, equal_nan=True))
    return LabelLog(keys, names, by, when, told).select(fresh)


def may_be_given(log: LabelLog, ids: np.ndarray, label: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """(m,) bool, which of a model's labels no label of a person or of the files stands in the way of.

    A model may also take away ("") what a model gave, and nothing else. ``label`` are those that the shapes have now.
    """
    last, free = log.last(), np.ones(len(ids), bool)
    for i, key in enumerate(ids.tolist()):
        place = last.get(key)
        by_model = place is not None and bool(log.by_model[place])
        free[i] = (by_model or label[i] < 0) if classes[i] else (by_model and label[i] >= 0)
    return free
