"""Labels in files: what people confirmed comes in as CSV, what a table has goes out as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np

from pointrecon.checks import checked
from pointrecon.errors import InputError, did_you_mean
from pointrecon.evaluation.name_list import UNKNOWN
from pointrecon.files import write_rows
from pointrecon.labeling.named_shapes import check_file
from pointrecon.labeling.opened_shapes import OpenedShapes, open_labels
from pointrecon.readable import uncelled
from pointrecon.shapes.importers.manifest import csv_records
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.table.id_ends import place_of_id
from pointrecon.shapes.table.label_log import COLUMNS

PERSON = "person"


@dataclass(frozen=True)
class TakenLabels:
    """What `take_labels` did: how many shapes got a label, had it already, or had none in the file.

    ``guesses`` are those of the second that a model gave, and nobody confirmed.
    """

    given: int
    same: int
    empty: int
    guesses: int = 0


@checked
def take_labels(
    data: Any, file: str | Path, *, who: str = PERSON, confirm: bool = False, dry_run: bool = False, **opens: Any
) -> TakenLabels:
    """Give shapes the classes that people wrote into a CSV file, all or nothing; they go over every earlier label.

    Args:
        data: a table, or a folder of shapes.
        file: columns ``id`` (or its end, behind a slash) and ``class``, and ``who`` where several people wrote it;
            parted by ``,`` ``;`` or tabs. Rows without a class are left out, and so are those that an export of the
            table has as they are: nobody may have looked at them.
        who: gave the classes of rows that do not say.
        confirm: somebody looked at all rows: what a model guessed and the file says, too, is confirmed.
        dry_run: change nothing.
        opens: ``table`` and settings of an import for a folder, as for `open_collection`.

    Raises:
        InputError: no such file or columns, an id that is unknown or named twice, the class "unknown", or nothing to
            take.
    """
    rows = list(_rows(Path(file)))
    opened, table = open_labels(data, **opens)
    place = {key: i for i, key in enumerate(opened.ids.tolist())}
    spelt = {normalize("NFC", one): one for one in opened.shapes.meta.classes}  # an ü is one sign, or two
    now, seen = opened.named(opened.shapes.label), dict[str, int]()
    models = set(opened.log.who[opened.log.by_model].tolist())

    def as_it_was(i: int, told: str | None, by: str) -> bool:  # an export, be it one that was taken before
        return told == by or (told in models and not opened.guessed[i])

    given, same, empty, guesses = list[tuple[str, str, str]](), 0, 0, 0
    for line, row in rows:
        key, name = uncelled(row["id"] or ""), _plain(row["class"] or "")
        name = spelt.setdefault(normalize("NFC", name), name)
        key = key if key in place else key.strip()
        if not key and not name:
            continue
        where = f"'{file}', row {line}"
        try:
            i = place_of_id(key, opened.ids, place)
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if i is None:
            hint = did_you_mean(key, place, "'pointrecon label TABLE --export labels.csv' writes them all")
            raise InputError(f"{where}: there is no shape '{key}' in {table.path}; {hint}")
        key = str(opened.ids[i])
        if key in seen:
            raise InputError(f"{where}: the shape '{key}' stands in row {seen[key]} already; keep one of them")
        seen[key] = line
        if name.lower() == UNKNOWN:
            raise InputError(f"{where}: '{UNKNOWN}' is no class; leave it empty where nobody knows")
        by = str(opened.log.who[opened.entry[i]]) if opened.entry[i] >= 0 else ""
        told = None if row.get("who") is None else _plain(row["who"])
        if not name:
            empty += 1
        elif as_it_was(i, told, by) and name == now[i] and not (confirm and opened.guessed[i]):
            same += 1
            guesses += int(opened.guessed[i])
        else:
            given.append((key, name, told if told and told != by and told not in models else who))
    if not given and not same:
        raise InputError(f"'{file}' has no class for any shape: write them into its column 'class'")
    if given and not dry_run:
        table.set_labels(*map(list, zip(*given, strict=True)))
    return TakenLabels(len(given), same, empty, guesses)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a CSV file, counted with its header from 1."""
    if not file.is_file():
        raise InputError(f"there is no file '{file}' with labels: write one with the columns id and class")
    try:
        rows = list(csv_records(SourceFile(file).read_text()))
    except (ValueError, csv.Error) as error:
        raise InputError(f"'{file}' is no readable CSV ({error})") from error
    if missing := [name for name in ("id", "class") if name not in (rows[0] if rows else ())]:
        raise InputError(f"'{file}' has no column '{missing[0]}': labels are read from columns id and class")
    yield from enumerate(rows, start=2)


def _plain(text: str) -> str:
    return " ".join(uncelled(text).split())


def label_rows(opened: OpenedShapes) -> Iterator[dict[str, Any]]:
    """Of each shape `COLUMNS` of the label that it has; ``who`` is "" for one that came with its file."""
    names, log = opened.named(opened.shapes.label), opened.log
    for key, name, at in zip(opened.ids.tolist(), names.tolist(), opened.entry.tolist(), strict=True):
        told: list[Any] = [key, name, "", "", None]
        if at >= 0:
            sure = None if np.isnan(log.confidence[at]) else round(float(log.confidence[at]), 4)
            told = [key, name, str(log.who[at]), str(log.when[at]), sure]
        yield dict(zip(COLUMNS, told, strict=True))


@checked
def export_labels(data: Any, out: str | Path, *, overwrite: bool = False, **opens: Any) -> int:
    """Write every shape of a table with its class, who gave it, when, and how sure a model was; how many have one.

    InputError for shapes that are in no table, another file than a ``.csv``, or one that is there.
    """
    file = check_file(out, overwrite=overwrite, kinds=(".csv",))
    assert file is not None
    opened, _ = open_labels(data, **opens)
    write_rows(file, COLUMNS, label_rows(opened))
    label: np.ndarray = opened.shapes.label
    return int((label >= 0).sum())


def history(data: Any, out: str | Path | None = None, *, overwrite: bool = False, **opens: Any) -> list[dict[str, Any]]:
    """Every label that was given to shapes of a table since they came in, in order; as rows, and into a ``.csv``."""
    file = check_file(out, overwrite=overwrite, kinds=(".csv",))
    _, table = open_labels(data, **opens)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*table.label_history().columns, strict=True)]
    if file is not None:
        write_rows(file, COLUMNS, iter(rows))
    return rows
