"""Find every record below some folders, each measurement once, and the experiments of ablations among them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.evaluation.families import what_was_measured
from pointrecon.evaluation.record import Record, load_records
from pointrecon.replaced import REPLACED

SUMMARY = "ablation.json"  # what `pointrecon ablate` writes beside its runs
MARK = "gathered by"  # a file with this key is what `pointrecon results` wrote itself


class Found(NamedTuple):
    """A record and the file it was read from."""

    record: Record
    file: Path


@dataclass
class Gathered:
    """Each measurement once (of one made again the newest), what ``ablation.json`` files hold, what was left out."""

    found: list[Found] = field(default_factory=list)
    ablations: dict[Path, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read every ``results/*.json`` at any depth below the folders.

    Raises:
        InputError: for a folder that is not there, or one without any record.
    """
    if not folders:
        raise InputError("name at least one folder with results, for instance runs/")
    gathered, read = Gathered(), list[Found]()
    places = list(map(Path, folders))
    for path in sorted({file.resolve() for place in places for file in _result_files(place)}):
        try:
            content = read_json(path)
            if not (isinstance(content, dict) and MARK in content):
                read += [Found(record, path) for record in load_records(path)]
        except (InputError, ValueError, OSError) as error:
            told = str(error) if isinstance(error, InputError) else f"'{path}' is damaged or half-written ({error})"
            gathered.notes.append(f"left out: {told}")
    for path in sorted({file.resolve() for place in places for file in place.rglob(SUMMARY)}):
        try:
            gathered.ablations[path] = dict(read_json(path)["experiments"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            gathered.notes.append(f"left out: '{path}' is damaged ({type(error).__name__}: {error})")
    if not read:
        told = f" ({gathered.notes[0]})" if gathered.notes else ""
        names = ", ".join(map(str, folders))
        raise InputError(f"there is no results/*.json below {names}{told}; 'pointrecon probe' on a run writes one")
    gathered.found, older = _newest(read)
    if older:
        gathered.notes.append(f"of measurements made again the newest was taken; {older} older left out")
    return gathered


def _result_files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; name one with run folders in it")
    found = [file for file in folder.rglob("results/*.json") if REPLACED not in file.parts]
    return [*found, *(folder.glob("*.json") if folder.resolve().name == "results" else ())]


def _newest(read: Sequence[Found]) -> tuple[list[Found], int]:
    """Each measurement once, and how many older ones were left out; copies of a record are the same one."""
    newest: dict[str, Found] = {}
    older = 0
    for one in sorted(read, key=lambda one: one.record.date):
        key = json.dumps([*what_was_measured(one.record), one.record.model_hash or one.record.model])
        older += key in newest and newest[key].record.metrics != one.record.metrics
        newest[key] = one
    return sorted(newest.values(), key=lambda one: (str(one.file), one.record.task, one.record.weights)), older
