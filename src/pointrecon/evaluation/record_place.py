"""Where a measurement is written: where it was asked for, else beside the model in its run. Known before any work."""

import os
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.evaluation.record import load_records

_CONFIG, _RESULTS = "config.yaml", "results"  # of a run folder


def record_place(model: Any, out: str | Path | None, name: str) -> Path | None:
    """The file that records go to with `add_records`.

    Args:
        model: as it was handed over: a path, or a module.
        out: a ``.json`` file, or a folder that gets ``results/<name>.json``; None: the run the model lies in.
        name: of the measurement, such as "probe" or "zero-shot-text".

    Returns:
        the file; None where nothing was asked for and the model lies in no run, or in one that is not ours to write.

    Raises:
        InputError: for something else in the file's or the folder's place, or one that cannot be written.
    """
    if out is None:
        run = run_of_model(model)
        place = None if run is None else run / _RESULTS / f"{name}.json"
        return place if place is not None and _writable(place) else None
    path = Path(out)
    if path.suffix == ".json":
        place = path
    elif path.exists() and not path.is_dir():
        raise InputError(f"'{out}' is a file of another kind: give a .json file, or a folder for results/{name}.json")
    else:
        place = path / _RESULTS / f"{name}.json"
    if place.is_dir():
        raise InputError(f"'{place}' is a folder, and a file of records belongs there; choose another name")
    if not _writable(place):
        raise InputError(f"'{place}' cannot be written: check the path and its permissions")
    if place.exists():
        load_records(place)  # another program's JSON is not added to
    return place


def run_of_model(model: Any) -> Path | None:
    """The run folder that is given as a model, or that a model folder lies in (also ``models/epoch-0100``)."""
    if not isinstance(model, str | Path):
        return None
    path = Path(model).absolute()
    for run in (path, path.parent, path.parent.parent if path.parent.name == "models" else path):
        if (run / _CONFIG).is_file():
            return run
    return None


def _writable(place: Path) -> bool:
    there = next(folder for folder in place.absolute().parents if folder.exists())
    return there.is_dir() and os.access(there, os.W_OK)
