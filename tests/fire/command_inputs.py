"""What the commands under fire need to be there: tiny folders, tables, models and lists, made from seeds."""

import os
from pathlib import Path

import numpy as np
import yaml

from small import SMALL

_TINY = {"points": 48, "patches": 8, "depth": 2}


def make_input(name: str, folder: Path) -> None:
    """Put one of the inputs that commands need into a folder."""
    _INPUTS[name](folder / name)


def _parts(folder: Path, numbers: range = range(40)) -> None:
    """Clouds in two classes."""
    rng = np.random.default_rng(numbers.start)
    for number in numbers:
        place = folder / ("ball" if number % 2 else "box") / f"{number:02d}.xyz"
        place.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(place, rng.normal(size=(40, 3)), "%.4f")


def _more(path: Path) -> None:
    _parts(path.with_name("parts"), range(40, 50))


def _changed(path: Path) -> None:
    """New, changed, touched, moved and missing files, and one that cannot be read."""
    parts, rng = path.with_name("parts"), np.random.default_rng(7)
    _parts(parts, range(40, 50))
    every = sorted(parts.rglob("*.xyz"))
    for place in every[:6]:
        np.savetxt(place, rng.normal(size=(50, 3)), "%.4f")
    for place in every[6:9]:
        place.unlink()
    for place in every[9:12]:
        place.rename(parts / "box" / f"was-{place.name}")
    os.utime(every[12], ns=(1, 1))
    (parts / "box" / "broken.off").write_text("OFF")


def _told_labels(path: Path) -> None:
    """Classes of half of the clouds in "parts"."""
    rows = [f"{kind}/{i + number:02d},{kind}" for i in range(0, 40, 4) for number, kind in enumerate(("box", "ball"))]
    path.write_text("\n".join(["id,class", *rows]) + "\n")


def _copies(path: Path) -> None:
    """Two files that are others again, and one moved."""
    box = path.with_name("parts") / "box"
    for number in (0, 2):
        (box / f"same-{number}.xyz").write_bytes((box / f"{number:02d}.xyz").read_bytes())
    np.savetxt(box / "moved.xyz", np.loadtxt(box / "04.xyz") + 3, "%.4f")


def _names(path: Path) -> None:
    path.write_text("# what these may be\nbox | crate\nball | sphere\nchair\n")


def _shapes(path: Path) -> None:
    from labeled import sticks

    arrays = sticks(60)
    rng = np.random.default_rng(1)
    arrays.features = {
        "text/words": rng.normal(size=(60, 1, 4)).astype(np.float16),
        "image/looks": rng.normal(size=(60, 2, 5)).astype(np.float16),
    }
    arrays.save(path)


def _parted(path: Path) -> None:
    from parted import parted

    parted(32).save(path)


def _model(folder: Path) -> None:
    from labeled import model_folder

    model_folder(folder)


def _told(folder: Path) -> None:
    from parted import segmenter
    from pointrecon.models import create_model, save_model

    save_model(segmenter(create_model("nano", seed=3, **{**SMALL, **_TINY})), folder)


def _named(folder: Path) -> None:
    from pointrecon.models import Teacher, create_model, save_model

    teacher = Teacher("minilm", 384, "minilm", "", ["{}"])
    save_model(create_model("nano", seed=3, **{**SMALL, **_TINY}, teachers={"text": teacher}), folder)


def _released(path: Path) -> None:
    from released_layout import released_state, save

    save(released_state("svm", width=64), path)


def _recipe(path: Path) -> None:
    train = {"epochs": 2, "batch_size": 8, "log_every": 2, "checkpoint_minutes": 0, "precision": "32"}
    path.write_text(yaml.safe_dump({
        "model": {**SMALL, **_TINY}, "augment": {"rotate": "up"}, "optim": {"warmup_epochs": 1},
        "train": {**train, "compile": "off", "probe_every": 1, "keep_every": 1},
    }))  # fmt: skip


def _experiment(path: Path) -> None:
    rates = {"low": 1e-4, "high": 1e-3}
    variants = [
        {"label": name, "value": rate, "settings": {"optim": {"learning_rate": rate}}} for name, rate in rates.items()
    ]
    path.write_text(yaml.safe_dump({"title": "Rate", "axis": "rate", "figure": "curve", "variants": variants}))


_INPUTS = {
    "parts": _parts, "more": _more, "changed": _changed, "shapes.npz": _shapes, "parted.npz": _parted,
    "model": _model, "told": _told, "told.csv": _told_labels,
    "copies": _copies, "names.txt": _names,
    "named": _named, "recon.pth": _released, "small.yaml": _recipe, "two.yaml": _experiment,
}  # fmt: skip
