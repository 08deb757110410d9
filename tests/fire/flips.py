"""One bit flipped in each kind of file that is written: found, or harmless, and never a traceback."""

import contextlib
import io
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fire.findings import Findings
from pointrecon.errors import InputError


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        make: writes it, or a folder of such files, at the path.
        read: makes a comparable value of it.
        sure: every flip that changes what is read is promised to be found.
        among: the files of a folder that are flipped.
    """

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    sure: bool
    among: str = "*"


def flips(name: str, count: int, folder: Path, seed: int) -> Findings:
    """So many seeded flips over the bytes of what is written of one kind."""
    kind, found, rng = KINDS[name], Findings(), np.random.default_rng([seed, *name.encode()])
    good, place = folder / f"good-{name}", folder / f"flipped-{name}"
    kind.make(good)
    expected = kind.read(good)
    files = [path for path in sorted(good.rglob(kind.among)) if path.is_file()] if good.is_dir() else [good]
    sizes = np.array([path.stat().st_size for path in files], float)
    for _ in range(count):
        copy = shutil.copytree if good.is_dir() else shutil.copyfile
        copy(good, place)
        file = (
            files[rng.choice(len(files), p=sizes / sizes.sum())] if rng.integers(2) else files[rng.integers(len(files))]
        )
        if not file.stat().st_size:
            continue
        damaged = place / file.relative_to(good) if good.is_dir() else place
        content = bytearray(damaged.read_bytes())
        at, bit = int(rng.integers(len(content))), int(rng.integers(8))
        content[at] ^= 1 << bit
        damaged.write_bytes(content)
        outcome = _outcome(kind, place, expected)
        found.counts[outcome if outcome in _KEPT else "broken"] += 1
        if outcome not in _KEPT or (kind.sure and outcome == "unnoticed"):
            found.broken.append(f"{damaged.relative_to(folder)}, byte {at}, bit {bit}: {outcome}")
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return found


_KEPT = ("told", "without effect", "unnoticed")


def _outcome(kind: Kind, place: Path, expected: object) -> str:
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            value = kind.read(place)
    except InputError as error:
        words = str(error)
        return "told" if place.name in words and "\n" not in words else f"a sentence without the file: {words[:200]}"
    except OSError as error:
        return "told" if error.filename and place.name in str(error.filename) else f"no file: {error!r}"
    except MemoryError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {str(error)[:300]}"
    return "without effect" if value == expected else "told" if value == _TOLD else "unnoticed"


_TOLD = "damaged, and what was before it taken"


def _arrays(path: Path) -> object:
    from pointrecon.shapes import open_table

    arrays = open_table(path).load(pictures=True)
    columns = [arrays.points, arrays.label, arrays.normals, arrays.part, *arrays.features.values()]
    columns += [one.values for one in arrays.sentences.values()]
    texts = [arrays.id.tolist(), arrays.captions, arrays.split.tolist(), arrays.source.tolist(), arrays.meta.to_json()]
    return [None if one is None else one.tobytes() for one in columns], texts, arrays.pictures


def _make_table(path: Path) -> None:
    from pointrecon.shapes.made.making import make_shapes
    from pointrecon.shapes.table.shape_table import create_table

    arrays = make_shapes(count=8, points=16, categories=["chair", "table"], workers=1, pictures=1)
    arrays.features["image/looks"] = np.random.default_rng(0).normal(size=(8, 2, 4)).astype(np.float16)
    create_table(path, arrays.meta).append(arrays)


def _named(suffix: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: (folder.mkdir(parents=True), make(folder / f"it{suffix}"))


def _reads(suffix: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: read(folder / f"it{suffix}")


def _make_model(path: Path) -> None:
    from pointrecon.models import create_model, save_model

    save_model(create_model("nano", seed=0, width=32, heads=2, depth=2, points=48, patches=8), path)


def _read_model(path: Path) -> object:
    from pointrecon import load_model

    model = load_model(path)
    return {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}


def _make_checkpoints(path: Path) -> None:
    import torch

    from pointrecon.training.run_folder import RunFolder

    for step in (1, 2):
        weights = torch.arange(400.0) + step
        RunFolder(path).save_checkpoint({"step": step, "task": {"a": weights}, "optimizer": {"b": [step, "c"]}})


def _read_checkpoints(path: Path) -> object:
    from pointrecon.training.run_folder import RunFolder

    state, damaged = RunFolder(path).load_checkpoint()
    assert state is not None
    if damaged:
        sound = all(str(path.name) in sentence and "\n" not in sentence for sentence in damaged)
        return _TOLD if sound and state["step"] in (1, 2) else damaged
    return state["step"], state["task"]["a"].numpy().tobytes(), state["optimizer"]


def _make_run(path: Path) -> None:
    from pointrecon.training.run_folder import RunFolder

    run = RunFolder(path)
    run.create({"data": ["a.lance"], "train": {"epochs": 2}})
    for step in range(1, 20):
        run.append_metrics({"step": step, "loss": 1 / step, "probe/knn": 0.5})


def _read_run(path: Path) -> object:
    from pointrecon.training.run_folder import RunFolder

    run = RunFolder(path)
    run.forget_after(100)
    return run.config(), run.metrics()


def _make_records(path: Path) -> None:
    from pointrecon.evaluation.record import Record, save_records

    record = Record("probe/knn", "honest", "m", "pre-trained", "d", "test", 0, {"accuracy": 0.5})
    save_records(path, [record, record])


def _read_records(path: Path) -> object:
    from pointrecon.evaluation import load_records

    return load_records(path)


KINDS: dict[str, Kind] = {
    "checkpoints": Kind(_make_checkpoints, _read_checkpoints, True),
    "weights": Kind(_make_model, _read_model, True, "*.safetensors"),
    "model": Kind(_make_model, _read_model, False),
    "table-npz": Kind(_named(".npz", _make_table), _reads(".npz", _arrays), True),
    "table-lance": Kind(_named(".lance", _make_table), _reads(".lance", _arrays), False),
    "run": Kind(_make_run, _read_run, False),
    "records": Kind(_named(".json", _make_records), _reads(".json", _read_records), False),
}
