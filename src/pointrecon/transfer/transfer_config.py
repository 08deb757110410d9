"""The settings of every way of fine-tuning, and the options of their commands. No torch here."""

import inspect
from argparse import SUPPRESS
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pointrecon.checks import check_choice, check_range
from pointrecon.errors import InputError
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.parser import READY_MODEL
from pointrecon.screen import hold
from pointrecon.settings import given, settings_parser
from pointrecon.training.head_settings import Classification, Segmentation, check_mode
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop_settings import Optimization, Training

PROTOCOLS = ("honest", "paper", "all")


@dataclass
class TransferConfig:
    """What all transfers share.

    Attributes:
        model: model folder, released .pth or made-nano to start from; from scratch also the name of a size.
        data: shapes with labels.
        out: the run folder.
        from_scratch: random weights of the same size instead of the model's.
        protocol: honest (validation shapes choose the epoch, test shapes are seen once), paper (the released rule:
            trained on train and validation, the epoch that does best on the test shapes) or all (trained on train and
            validation for train.epochs, which an honest run chose before; with keep.epoch last).
        split: the split to test on.
        seeds: runs, with the seeds train.seed, train.seed + 1 and so on; one is quick and says little.
        votes: scaled copies of each test shape whose scores are averaged, besides the result without.
        labels: share of the training labels used, the same of every class; another draw for every seed.
        split_seed: draws what is held out of tables without validation or test split, the same for all seeds.
        drop_path: rate of dropped residual branches in the last block.
        points: points per cloud (unset: the model's own; to segment 2048, or all where there are fewer).
        patches: patches per cloud (unset: the model's own; to segment one for 16 points).
        augment: random changes to each batch.
        optim: the optimizer.
        train: the loop.
        keep: which weights to keep.
        data_fingerprint: mark of the shapes; written by the run, and checked when it goes on.
    """

    model: str = ""
    data: str | list[str] = ""
    out: str = ""
    from_scratch: bool = False
    protocol: str = "honest"
    split: str = "test"
    seeds: int = 3
    votes: int = 1
    labels: float = 1.0
    split_seed: int = 0
    drop_path: float = 0.2
    points: int | None = None
    patches: int | None = None
    augment: Augmentation = field(default_factory=lambda: Augmentation(rotate="none", scale=2 / 3, shift=0.2))
    optim: Optimization = field(default_factory=Optimization)
    train: Training = field(default_factory=lambda: Training(epochs=100, batch_size=32, probe_every=1))
    keep: Keeping = field(default_factory=Keeping)
    data_fingerprint: str = ""

    def __init_subclass__(cls) -> None:
        # The parser takes each setting's help from the class it is given: what is said here goes to its end.
        shared = inspect.cleandoc(TransferConfig.__doc__ or "").split("Attributes:\n")[1]
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or '')}\n{shared}"

    def __post_init__(self) -> None:
        check_choice(self, protocol=PROTOCOLS)
        check_range(
            self, seeds="[1, inf)", votes="[1, inf)", labels="(0, 1]", drop_path="[0, 1)", split_seed="[0, inf)"
        )
        if self.protocol == "all" and self.keep.chooses:
            raise InputError(
                "protocol all learns from validation shapes too, so none are left to compare epochs: add keep.epoch "
                "last, no patience, and as train.epochs the epoch that a run with protocol honest chose"
            )
        if self.train.probe_every < 1 and self.keep.chooses:
            raise InputError(
                "keep.epoch best and keep.patience compare epochs and need train.probe_every above 0; "
                "or take keep.epoch last and no patience"
            )

    def settled(self) -> Self:
        """The same settings, with the warm-up as it will run, and no probe where there is nothing to measure on."""
        train = replace(self.train, probe_every=0) if self.protocol == "all" else self.train
        return replace(self, train=train, optim=replace(self.optim, warmup_epochs=self.optim.warmup(train.epochs)))


@dataclass
class FinetuneConfig(TransferConfig):
    """Everything a fine-tuning needs; written to the run folder as resolved.

    Attributes:
        mode: full (all weights learn, three layers of head), linear (a linear head on the frozen model) or mlp3
            (three layers on it).
        classify: loss, drawing of points, the head's learning rate.
        drop_layer_scale: leave the LayerScale of a ReCon++ model out, as the released code does when it loads one for
            transfer. It learned with it, so it is kept otherwise.
    """

    mode: str = "full"
    drop_layer_scale: bool = False
    classify: Classification = field(default_factory=Classification)

    def __post_init__(self) -> None:
        check_mode(self.mode)
        super().__post_init__()


@dataclass
class SegmentConfig(TransferConfig):
    """Everything a part segmentation needs; written to the run folder as resolved.

    Attributes:
        segment: which points the loss counts, the head's learning rate.
    """

    drop_path: float = 0.1
    segment: Segmentation = field(default_factory=Segmentation)
    augment: Augmentation = field(default_factory=lambda: Augmentation(rotate="none", scale=0.8, shift=0.1))
    optim: Optimization = field(default_factory=lambda: Optimization(learning_rate=2e-3))
    train: Training = field(default_factory=lambda: Training(epochs=100, batch_size=16, probe_every=1))


def given_settings(
    kind: type[TransferConfig], command: str, description: str, examples: str, shapes: str, words: Sequence[str]
) -> dict[str, Any]:
    """The words of a command that fine-tunes, as its Python function takes them; ``shapes``: what data must be."""
    hidden = ("from_scratch", "data_fingerprint")
    parser = settings_parser(kind, command, description, examples, skip=("model", "data", "out", *hidden))
    parser.flag("--from-scratch", "random weights of the same size")
    parser.add_argument("--data_fingerprint", type=str, help=SUPPRESS)  # in the config.yaml of a run
    parser.add_argument(
        "model", nargs="?", help="model folder, .pth, a size to start from scratch; left out: made-nano"
    )
    parser.add_argument("data", nargs="?", help=shapes)
    parser.add_argument("--data", dest="moved", help="the same shapes in another place, when a run goes on")
    parser.out("the run folder to write")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes' lists them) or a YAML file")
    parser.flag("--resume", "go on with the run in the folder --out")
    parser.flag("--overwrite", "start afresh where a run is already")
    values = given(parser, words)
    values["data"] = values.pop("moved", None) or values.get("data")
    if values.get("model") and not (values["data"] or values.get("resume") or values.get("from_scratch")):
        hold(f"no model is named: it begins from {READY_MODEL}, which comes along")
        values |= {"model": READY_MODEL, "data": values["model"]}
    return values
