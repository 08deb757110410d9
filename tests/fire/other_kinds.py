"""Files of other kinds than shapes: good ones to begin from, and what reads each. Loaded in a process of its own."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError

MODEL = "good-model"  # beside the files under trial


OTHERS = {
    "manifest-csv": ".csv",
    "manifest-json": ".json",
    "manifest-jsonl": ".jsonl",
    "recipe": ".yaml",
    "records": ".json",
    "table": ".npz",
    "model-config": ".json",
    "model-weights": ".safetensors",
    "checkpoint": ".pth",
}


def good_others(kind: str, folder: Path) -> list[bytes]:
    """Contents of good files of a kind; what they need besides is written into the folder."""
    made: dict[str, Callable[[], list[bytes]]] = {
        "manifest-csv": lambda: [_manifest_csv(), _manifest_csv(";")],
        "manifest-json": lambda: [json.dumps(_entries(), indent=1).encode()],
        "manifest-jsonl": lambda: ["\n".join(map(json.dumps, _entries())).encode()],
        "recipe": lambda: [
            _recipe(),
            b"train: &a {epochs: 3, seed: 1}\nmodel: {size: nano}\noptim:\n  learning_rate: 1e-3\n",
        ],
        "records": _records,
        "table": lambda: _tables(folder),
        "model-config": lambda: [(_model(folder) / "config.json").read_bytes()],
        "model-weights": lambda: [(_model(folder) / "model.safetensors").read_bytes()],
        "checkpoint": lambda: _checkpoints(folder),
    }
    return made[kind]()


def other_trial(kind: str, path: Path) -> str:
    """Read one file: "read" or "refused", or how it breaks a promise."""
    try:
        _READ[kind](path)
    except InputError as error:
        return "refused" if "\n" not in str(error) else f"a message of several lines: {str(error)[:200]}"
    except MemoryError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "read"


def _read_manifest(path: Path) -> None:
    from pointrecon.shapes.importers.manifest import manifest_entries

    for entry in manifest_entries(path):
        entry.id.encode()


def _read_recipe(path: Path) -> None:
    from pointrecon.settings import resolve, settings_parser
    from pointrecon.training.pretrain_config import PretrainConfig

    try:
        resolve(PretrainConfig, "pretrain", recipe=path)
    except InputError as error:
        if "\n" in str(error):
            raise
    parser = settings_parser(PretrainConfig, "pretrain", skip=("data", "out"))
    parser.parse_args(["--config", str(path)], defaults=False)


def _read_records(path: Path) -> None:
    from pointrecon.evaluation.record import load_records

    load_records(path)


def _read_table(path: Path) -> None:
    from pointrecon.shapes.door import as_shapes
    from pointrecon.shapes.table.summary import describe

    describe(as_shapes(path))


def _read_model(path: Path, name: str) -> None:
    from pointrecon.models import load_model

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(path.parent / MODEL, folder, dirs_exist_ok=True)
        shutil.copy(path, Path(folder, name))
        load_model(folder)


def _read_checkpoint(path: Path) -> None:
    from pointrecon.models import load_model

    load_model(path)


_READ: dict[str, Callable[[Path], None]] = {
    **dict.fromkeys(("manifest-csv", "manifest-json", "manifest-jsonl"), _read_manifest),
    "recipe": _read_recipe,
    "records": _read_records,
    "table": _read_table,
    "model-config": lambda path: _read_model(path, "config.json"),
    "model-weights": lambda path: _read_model(path, "model.safetensors"),
    "checkpoint": _read_checkpoint,
}


def _entries() -> list[dict]:
    first = {"path": "a/1.off", "label": "chair", "captions": ["a chair", "ein Stuhl ü"], "split": "train", "id": "one"}
    return [first, {"path": "a/2.off", "label": "bed", "caption": "a bed", "split": "test", "id": "2", "mass": 1.5}]


def _manifest_csv(between: str = ",") -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, delimiter=between)
    rows.writerow(["path", "label", "captions", "split", "id", "mass"])
    rows.writerows(
        [["a/1.off", "chair", 'a "chair"|ein Stuhl', "train", "one", 1], ["a/2.off", "bed", "", "test", "", 2]]
    )
    return text.getvalue().encode()


def _recipe() -> bytes:
    import pointrecon

    return Path(pointrecon.__file__).with_name("recipes").joinpath("nano.yaml").read_bytes()


def _records() -> list[bytes]:
    from dataclasses import asdict

    from pointrecon.evaluation.record import Record

    record = Record("probe/svm", "honest", "m", "pre-trained", "d", "test", 0, {"accuracy": 0.5}, notes=["x"])
    return [json.dumps(asdict(record)).encode(), json.dumps([asdict(record)] * 2, indent=1).encode()]


def _tables(folder: Path) -> list[bytes]:
    from shape_samples import full

    found = []
    for count in (2, 5):
        full(count, 4).save(folder / "good.npz")
        found.append((folder / "good.npz").read_bytes())
    return found


def _model(folder: Path) -> Path:
    from pointrecon.models import create_model, save_model
    from small import SMALL

    if not (folder / MODEL).exists():
        save_model(create_model(**{**SMALL, "width": 8, "depth": 1}), folder / MODEL)
    return folder / MODEL


def _checkpoints(folder: Path) -> list[bytes]:
    import torch

    from released_layout import released_state

    state = {name: torch.from_numpy(np.array(value)) for name, value in released_state("svm", width=64).items()}
    state = {name: value for name, value in state.items() if not any(f"blocks.{i}." in name for i in range(1, 12))}
    found = []
    for archive in (True, False):
        content = {"base_model": state, "epoch": np.int64(3), "metrics": {"acc": np.float64(0.5)}}
        torch.save(content, folder / "good.pth", _use_new_zipfile_serialization=archive)
        found.append((folder / "good.pth").read_bytes())
    return found
