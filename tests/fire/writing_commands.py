"""Every command that writes, as small as can be, for calls that are killed and made again."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from small import SMALL

_TINY = {"points": 48, "patches": 8, "depth": 2}


@dataclass(frozen=True)
class Writing:
    """A command line, and what must hold of it.

    Attributes:
        words: the command line. again: what is added to call it again after it was killed.
        needs: inputs, as `make_input` makes them. before: command lines that make what is there already, and +inputs.
        keeps: beginnings of names in a digest that are as before or as after it at any moment.
    """

    words: str
    again: str = "--resume"
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


_MAKE = "shapes make {} --count 24 --points 32 --categories chair table mug --workers 1"
_OLD = "shapes make {} --count 9 --points 16 --seed 5 --categories stool bench --workers 1"
_IMPORT = "shapes import parts -o {} --points 32 --workers 1"
_RENDER = "shapes render {} --views 1 --size 16 --device cpu"
_BARE = _IMPORT + " --labels-from none"
_PRETRAIN = "pretrain shapes.npz -o run --recipe small.yaml"
_FINETUNE = "finetune model shapes.npz -o run --train.epochs 2 --train.batch_size 12 --train.checkpoint_minutes 0"
_FINETUNE += " --train.probe_every 1 --train.precision 32 --train.compile off"
_SEGMENT = "segment model parted.npz -o run --points 48 --patches 8 --train.epochs 2 --train.batch_size 8 --votes 1"
_SEGMENT += " --train.checkpoint_minutes 0 --train.probe_every 1 --train.precision 32 --train.compile off"
_FEW = "few-shot model shapes.npz -o few --way 2 --shot 2 --queries 4 --folds 2"
_EMBED = "embed model --name own "
_ABLATE = "ablate two.yaml shapes.npz -o abl --recipe small.yaml --seeds 1 --jobs {} --compare-untrained false"
_ROBUST = "robustness model shapes.npz -o damage --corruptions noise --severities 1,3 --seeds 2"

WRITING: dict[str, Writing] = {
    "make": Writing(_MAKE.format("t.lance")),
    "make-npz": Writing(_MAKE.format("t.npz")),
    "make-overwrite": Writing(
        _MAKE.format("t.lance") + " --overwrite", "", before=(_OLD.format("t.lance"),), keeps=("t.lance",)
    ),
    "make-overwrite-npz": Writing(
        _MAKE.format("t.npz") + " --overwrite", "", before=(_OLD.format("t.npz"),), keeps=("t.npz",)
    ),
    "make-resume": Writing(
        _MAKE.format("t.lance").replace("24", "400") + " --resume", "", before=(_MAKE.format("t.lance"),)
    ),
    "import": Writing(_IMPORT.format("t.lance"), needs=("parts",)),
    "import-npz": Writing(_IMPORT.format("t.npz"), needs=("parts",)),
    "import-overwrite": Writing(
        _IMPORT.format("t.lance") + " --overwrite", "", ("parts",), (_OLD.format("t.lance"),), ("t.lance",)
    ),
    "import-overwrite-npz": Writing(
        _IMPORT.format("t.npz") + " --overwrite", "", ("parts",), (_OLD.format("t.npz"),), ("t.npz",)
    ),
    "import-resume": Writing(
        "shapes import parts -o t.lance --workers 1 --resume", "", ("parts",),
        ("shapes import parts -o t.lance --points 32 --workers 1", "+more"),
    ),
    "import-update": Writing(
        "shapes import parts -o t.lance --workers 1 --update --prune", "", ("parts", "model"),
        (_IMPORT.format("t.lance"), _EMBED + "t.lance", _RENDER.format("t.lance"), "+changed"),
    ),
    "import-update-npz": Writing(
        "shapes import parts -o t.npz --workers 1 --update --prune", "", ("parts", "model"),
        (_IMPORT.format("t.npz"), _EMBED + "t.npz", _RENDER.format("t.npz"), "+changed"),
    ),
    "teach": Writing(
        "shapes teach t.lance --image multiview --text minilm --workers 1 --views 2", "",
        before=(_MAKE.format("t.lance"),), keeps=("t.lance:shapes",),
    ),
    "teach-npz": Writing(
        "shapes teach t.npz --image multiview --text minilm --workers 1 --views 2", "",
        before=(_MAKE.format("t.npz"),), keeps=("t.npz:shapes",),
    ),
    "render": Writing(
        "shapes render t.lance --views 2 --size 24 --device cpu", "", before=(_MAKE.format("t.lance"),),
        keeps=("t.lance:shapes",),
    ),
    "render-overwrite": Writing(
        "shapes render t.lance --views 2 --size 24 --device cpu --overwrite", "",
        before=(_MAKE.format("t.lance") + " --pictures 1",), keeps=("t.lance:shapes", "t.lance:pictures"),
    ),
    "pretrain": Writing(_PRETRAIN, needs=("shapes.npz", "small.yaml")),
    "pretrain-overwrite": Writing(
        _PRETRAIN + " --overwrite", "", ("shapes.npz", "small.yaml"),
        (_PRETRAIN + " --train.seed 3 --train.keep_every 0",), ("run/model/model.safetensors",),
    ),
    "pretrain-resume": Writing(
        "pretrain -o run --resume --train.stop_after 0", "", ("shapes.npz", "small.yaml"),
        (_PRETRAIN + " --train.stop_after 2",),
    ),
    "finetune": Writing(_FINETUNE, needs=("shapes.npz", "model")),
    "finetune-seeds": Writing(_FINETUNE + " --seeds 2", needs=("shapes.npz", "model")),
    "finetune-overwrite": Writing(
        _FINETUNE + " --seeds 2 --overwrite", "", ("shapes.npz", "model"), (_FINETUNE + " --train.seed 4",),
        ("run/model/model.safetensors",),
    ),
    "segment": Writing(_SEGMENT, needs=("parted.npz", "model")),
    "label-parts": Writing("label-parts told parted.npz -o l.lance", "", ("parted.npz", "told")),
    "label-parts-overwrite": Writing(
        "label-parts told parted.npz -o l.lance --overwrite", "", ("parted.npz", "told"), (_OLD.format("l.lance"),),
        ("l.lance",),
    ),
    "label-parts-folder": Writing(
        "label-parts told parted.npz -o plys --overwrite", "", ("parted.npz", "told"),
        ("label-parts told parted.npz -o plys --split val",), ("plys/",),
    ),
    "few-shot": Writing(_FEW + " --method linear --epochs 2", needs=("shapes.npz", "model")),
    "few-shot-svm": Writing(_FEW + " --method svm", needs=("shapes.npz", "model")),
    "few-shot-overwrite": Writing(
        _FEW + " --method linear --epochs 2 --overwrite", "", ("shapes.npz", "model"), (_FEW + " --method svm",),
        ("few/results/fold-00.json",),
    ),
    "few-shot-nowhere": Writing(
        _FEW.replace("-o few ", "") + " --method linear --epochs 1", "", ("shapes.npz", "model"),
    ),
    "embed-table": Writing(_EMBED + "t.lance", "", ("model",), (_MAKE.format("t.lance"),), ("t.lance:shapes",)),
    "embed-npz": Writing(_EMBED + "t.npz", "", ("model",), (_MAKE.format("t.npz"),), ("t.npz:shapes",)),
    "embed-overwrite": Writing(
        _EMBED + "t.lance --overwrite", "", ("model",),
        (_MAKE.format("t.lance"), _EMBED + "t.lance --feature patches"),
        ("t.lance:shapes", "t.lance:embedding/own"),
    ),
    "embed-file": Writing(_EMBED + "t.npz -o v.npz --in-table false", "", ("model",), (_MAKE.format("t.npz"),)),
    "embed-file-overwrite": Writing(
        _EMBED + "t.npz -o v.parquet --in-table false --overwrite", "", ("model",),
        (_MAKE.format("t.npz"), _EMBED + "t.npz -o v.parquet --in-table false --feature patches"), ("v.parquet",),
    ),
    "probe": Writing("probe model shapes.npz --out rec --probes svm,knn", "", ("shapes.npz", "model")),
    "convert": Writing("convert recon.pth out", "--overwrite", ("recon.pth",)),
    "convert-overwrite": Writing(
        "convert recon.pth model --overwrite", "", ("recon.pth", "model"), keeps=("model/model.safetensors",)
    ),
    "zero-shot": Writing("zero-shot named t.npz -o rec", "", ("named",), (_MAKE.format("t.npz") + " --count 60",)),
    "robustness": Writing(_ROBUST, "", ("shapes.npz", "model")),
    "robustness-overwrite": Writing(
        _ROBUST + " --overwrite", "", ("shapes.npz", "model"), (_ROBUST + " --probe knn",),
        ("damage/results/robustness-model-seed0.json",),
    ),
    "ablate": Writing(_ABLATE.format(1), needs=("shapes.npz", "small.yaml", "two.yaml")),
    "ablate-jobs": Writing(_ABLATE.format(2), needs=("shapes.npz", "small.yaml", "two.yaml")),
    "results": Writing("results rec -o tables", "", ("shapes.npz", "model"), ("probe model shapes.npz --out rec",)),
    "attention": Writing("attention model shapes.npz -o att", "--overwrite", ("shapes.npz", "model")),
    "attention-overwrite": Writing(
        "attention model shapes.npz -o att --overwrite", "", ("shapes.npz", "model"),
        ("attention model shapes.npz -o att --split val",), ("att/attention.npz",),
    ),
    "label-from": Writing(
        "label t.lance --from told.csv", "", ("parts", "told.csv"), (_BARE.format("t.lance"),), ("t.lance:shapes",)
    ),
    "label-from-npz": Writing(
        "label t.npz --from told.csv", "", ("parts", "told.csv"), (_BARE.format("t.npz"),), ("t.npz:shapes",)
    ),
    "label-examples": Writing(
        "label t.lance --examples --model model --threshold 0.1", "", ("parts", "told.csv", "model"),
        (_BARE.format("t.lance"), "label t.lance --from told.csv"), ("t.lance:shapes",),
    ),
    "label-export": Writing(
        "label t.lance --export l.csv --overwrite", "", ("parts", "told.csv"),
        (_BARE.format("t.lance"), "label t.lance --export l.csv", "label t.lance --from told.csv"), ("l.csv",),
    ),
    "show": Writing("show 0001 0002 --model model --data shapes.npz -o s.png s.html", "--overwrite",
                    ("shapes.npz", "model")),
    "duplicates": Writing(
        "duplicates t.lance --kinds same-file,identical,remeshed --csv d.csv --html d.html", "--overwrite", ("parts",),
        (_IMPORT.format("t.lance"),), ("t.lance",),
    ),
    "report": Writing("report run", "", ("shapes.npz", "small.yaml"), (_PRETRAIN,)),
}  # fmt: skip


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
    "named": _named, "recon.pth": _released, "small.yaml": _recipe, "two.yaml": _experiment,
}  # fmt: skip
